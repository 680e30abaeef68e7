/**
 * The images and networks of the tests. All trainings use these, so that the driver compiles their shaders
 * once.
 *
 * @module
 */
import { SHAPES_PHASE1 } from "../../src/data/silhouettes_phase1.ts";
import { SHAPES_PHASE2 } from "../../src/data/silhouettes_phase2.ts";
import { drawSilhouette } from "../../src/data/draw_silhouettes.ts";
import { writeKerasWeights } from "../../src/io/keras_h5.ts";
import type { NetworkDesign } from "../../src/nn/design.ts";
import { initialParameters } from "../../src/nn/initializer.ts";
import { createLayout, namedParameters } from "../../src/nn/layout.ts";
import { PAPER, phase1Network } from "../../src/nn/paper_network.ts";
import { createRandom, mixSeed } from "../../src/random.ts";
import { encodePng } from "../../src/report/png.ts";

/** Side of the images: the smallest that the paper's network takes. */
export const SIZE = 41;

/** The paper's first block alone, which compiles in half of the whole network's time. */
export const SMALL: NetworkDesign = {
  input: SIZE,
  blocks: PAPER.blocks.slice(0, 1),
  dense: [],
  dropout: [0.5],
  phase2: { dense: [], dropout: [0.5] },
};

/**
 * Draws the built-in classes with few images each, as PNG, which takes a tenth of JPEG's time, and writes
 * network.json beside them: `SMALL`.
 */
export async function drawSmallSet(dir: string): Promise<void> {
  const parts = [
    { folder: "phase1", shapes: SHAPES_PHASE1, count: 3 },
    { folder: "phase2/train", shapes: SHAPES_PHASE2, count: 2 },
    { folder: "phase2/valid", shapes: SHAPES_PHASE2, count: 1 },
    { folder: "phase2/test", shapes: SHAPES_PHASE2, count: 1 },
  ];
  await Deno.mkdir(dir, { recursive: true });
  await Deno.writeTextFile(`${dir}/network.json`, JSON.stringify(SMALL));
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

/** Writes so many of the paper's networks as phase 1 does, untrained. */
export async function writeUntrained(dir: string, trials: number): Promise<void> {
  const layout = createLayout(phase1Network(2, [SIZE, SIZE]));
  for (let trial = 0; trial < trials; trial++) {
    const row = initialParameters(layout, createRandom(trial));
    await Deno.mkdir(`${dir}/trial00${trial}`, { recursive: true });
    await writeKerasWeights(`${dir}/trial00${trial}/cnn.h5`, namedParameters(layout, row));
  }
}
