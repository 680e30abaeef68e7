import { guardPng } from "../../src/data/guard_png.ts";
import { assertEquals, assertThrows } from "../helpers/assert.ts";
import {
  buildPng,
  chunk,
  header,
  image,
  join,
  type PngSpec,
  SIGNATURE,
} from "../../tasks/torture/build_png.ts";

const SPEC: PngSpec = { width: 3, height: 2, depth: 8, colour: 0, samples: [1, 2, 3, 4, 5, 6] };
const END = chunk("IEND");
const file = (...chunks: Uint8Array[]) => join(SIGNATURE, ...chunks);
const sound = buildPng(SPEC);

Deno.test("guardPng unpacks the rows, each behind its filter, and says what they hold", () => {
  const { rows, passes, palette, transparency, ...header } = guardPng(sound, 100);
  const { samples: _, ...spec } = SPEC;
  assertEquals(header, { ...spec, bits: 8, interlaced: false });
  assertEquals([...rows], [0, 1, 2, 3, 1, 4, 1, 1]);
  assertEquals(passes.map(({ count, stride, start }) => [count, stride, start]), [[2, 4, 0]]);
  assertEquals([palette, transparency], [undefined, undefined]);
});

Deno.test("guardPng lays out the passes of an interlaced picture, those without columns as none", () => {
  const { passes, rows } = guardPng(
    buildPng({ ...SPEC, depth: 1, samples: [1, 0, 0, 1, 1, 0], interlaced: true }),
    100,
  );
  const laidOut = passes.map(({ count, stride, start }) => `${count} ${stride} ${start}`);
  assertEquals(laidOut, ["1 2 0", "0 1 2", "0 2 2", "1 2 2", "0 2 4", "1 2 4", "1 2 6"]);
  assertEquals(rows.length, 8);
});

Deno.test("guardPng takes of optional chunks transparency alone, and nothing behind the last one", () => {
  const text = chunk("tEXt", [65, 66]); // without the NUL that upng-js looks for
  const before = [text, chunk("tRNS", [0, 1]), chunk("acTL", [0, 0, 0, 9, 0, 0, 0, 0])];
  const behind = [Uint8Array.of(10), chunk("tRNS", [0, 2]), sound];
  const guarded = guardPng(file(header(SPEC), ...before, image(SPEC), text, END, ...behind), 100);
  assertEquals(guarded, { ...guardPng(sound, 100), transparency: Uint8Array.of(0, 1) });
});

/** Files that must be refused, and what the error says; more of them: tasks/torture/hostile_png.ts. */
const REFUSED: [what: string, bytes: Uint8Array, says: string][] = [
  ["another signature", sound.with(1, 0x51), "no PNG"],
  ["a cut file", sound.subarray(0, sound.length - 13), "passes the end"],
  ["a length of 2³² − 1", sound.map((byte, i) => i >= 8 && i < 12 ? 255 : byte), "passes the end"],
];
for (const [what, bytes, says] of REFUSED) {
  Deno.test(`guardPng refuses ${what}`, () => {
    assertThrows(() => guardPng(bytes, 100), Error, says);
  });
}
