/**
 * Small image sets for the tests.
 *
 * @module
 */
import { buildPng } from "../../tasks/torture/build_png.ts";

/** A grey picture of one row. */
export const grey = (...samples: number[]): Uint8Array =>
  buildPng({ width: samples.length, height: 1, depth: 8, colour: 0, samples });

/** Pictures that all differ, in two classes a part: paths → bytes. */
export function soundSet(): Record<string, Uint8Array> {
  const files: Record<string, Uint8Array> = {};
  let next = 0;
  for (const part of ["phase1", "phase2/train", "phase2/valid", "phase2/test"]) {
    for (const name of ["cat", "dog"]) {
      for (const i of [1, 2]) files[`${part}/${name}/${i}.png`] = grey(next++, 0);
    }
  }
  return files;
}
