/**
 * The images of trainings in the tests. All use these, so that the driver compiles their shaders once.
 *
 * @module
 */
import { SHAPES_PHASE1 } from "../../src/data/shapes_phase1.ts";
import { SHAPES_PHASE2 } from "../../src/data/shapes_phase2.ts";
import { drawSilhouette } from "../../src/data/synthetic.ts";
import { createRandom, mixSeed } from "../../src/random.ts";
import { encodePng } from "../../src/report/png.ts";

/** Side of the images: the smallest that the paper's network takes. */
export const SIZE = 41;

/** Draws the built-in classes with few images each, as PNG, which takes a tenth of JPEG's time. */
export async function drawSmallSet(dir: string): Promise<void> {
  const parts = [
    { folder: "phase1", shapes: SHAPES_PHASE1, count: 3 },
    { folder: "phase2/train", shapes: SHAPES_PHASE2, count: 2 },
    { folder: "phase2/valid", shapes: SHAPES_PHASE2, count: 1 },
    { folder: "phase2/test", shapes: SHAPES_PHASE2, count: 1 },
  ];
  for (const [part, { folder, shapes, count }] of parts.entries()) {
    for (const [label, [name, shape]] of Object.entries(shapes).entries()) {
      await Deno.mkdir(`${dir}/${folder}/${name}`, { recursive: true });
      for (let i = 0; i < count; i++) {
        const rgba = drawSilhouette(shape, createRandom(mixSeed(part, label, i)), SIZE);
        const png = encodePng({ width: SIZE, height: SIZE, rgba });
        await Deno.writeFile(`${dir}/${folder}/${name}/${i}.png`, png);
      }
    }
  }
}
