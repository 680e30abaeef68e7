/**
 * A network that is not the paper's, from images to predictions: 3×3 kernels without a pool, then 1×1,
 * whose samples are single numbers. Both phases train the same one, so that it is compiled once.
 *
 * @module
 */
import { fit, phase1, phase2, predictImages, writeReport } from "../mod.ts";
import { denseL2Of } from "../src/experiments/penalty.ts";
import { readJson } from "../src/io/files.ts";
import { readNpy } from "../src/io/npy.ts";
import { checkDesign } from "../src/nn/check_design.ts";
import { createLayout } from "../src/nn/layout.ts";
import { phase1Network, phase2Network } from "../src/nn/paper_network.ts";
import type { RunConfig } from "../src/runs/config.ts";
import { covarianceFile } from "../src/runs/file_names.ts";
import { assert, assertEquals, assertRejects } from "./helpers/assert.ts";
import { soundSet } from "./helpers/build_set.ts";
import { withFiles } from "./helpers/folders.ts";
import { gpu } from "./helpers/device.ts";

const network = checkDesign({
  input: 12,
  blocks: [{ kernel: 3, filters: 4, stride: 2 }, { kernel: 1, filters: 3 }],
}, "here");

Deno.test("a network of one's own goes from images to predictions, and is remembered", () =>
  withFiles(soundSet(), async (dataDir) => {
    const [kernelDir, covDir, resultsDir] = ["kernels", "prior", "new"]
      .map((name) => `${dataDir}/${name}`);
    const small = { dataDir, network, epochs: 1, batch: 2 };
    const trained = { ...small, resultsDir: kernelDir };
    const { model, settings } = await phase1(gpu, { ...trained, trials: 3 });
    const { blocks } = network, head = { dense: [], dropout: [0.5] };
    assertEquals(model.network, { input: [12, 12, 3], blocks, dense: [2], dropout: [0.5] });
    const { options } = await readJson<RunConfig>(`${kernelDir}/config.json`);
    for (const { network, size, rotate, shift, flip } of [settings, options]) {
      assertEquals([network, size, rotate, shift, flip], [{ blocks, ...head }, 12, 30, 1, true]);
    }

    const again = { ...trained, trials: 4, resume: true };
    const wider = { ...network, blocks: [blocks[0], { ...blocks[1], filters: 5 }] };
    for (
      const [other, says] of [
        [{ network: wider }, "other network"],
        [{ rotate: 10 }, "rotate was 30, now 10"],
        [{ shift: 2 }, "shift was 1, now 2"],
        [{ flip: false }, "flip was true, now false"],
        [{ shift: 13 }, "from 0 to their side, 12"],
        [{ rotate: 181 }, "give 0 to 180"],
      ] as const
    ) await assertRejects(() => phase1(gpu, { ...again, ...other }), Error, says);
    // Only phase 2's head is another: nothing that phase 1 trains.
    await phase1(gpu, {
      ...again,
      network: { ...network, phase2: { dense: [9], dropout: [0, 0] } },
    });

    const { layers } = await fit({ kernelDir, gaussianDir: covDir });
    assertEquals(layers.map(({ rank, dimensions }) => [rank, dimensions]), [[3, 27], [2, 1]]);
    assertEquals((await readNpy(covarianceFile(covDir, 2, 2))).shape, [1, 1]);

    const sk = { ...small, covDir, mode: "sk", alpha: 2, resultsDir } as const;
    await assertRejects(
      () => phase2(gpu, { ...sk, network: undefined, size: 41, resultsDir: `${dataDir}/no` }),
      Error,
      "or another --network",
    );
    const learned = await phase2(gpu, sk);
    assertEquals([learned.model.network, learned.settings.network], [model.network, {
      blocks,
      ...head,
    }]);

    const images = [`${dataDir}/phase2/test`];
    const { images: predicted } = await predictImages(gpu, { weights: resultsDir, images });
    assertEquals(predicted.map(({ probabilities }) => probabilities.length), [2, 2, 2, 2]);
    await Deno.remove(`${resultsDir}/summary.json`);
    const bare = { weights: resultsDir, images, network, dataDir };
    const same = await predictImages(gpu, bare);
    assertEquals([same.images, same.classes], [predicted, ["cat", "dog"]]);
    const guess = () => predictImages(gpu, { ...bare, network: undefined });
    await assertRejects(guess, Error, "--network");

    const out = `${dataDir}/report.html`;
    await writeReport({ runs: [kernelDir, covDir], out });
    const page = await Deno.readTextFile(out);
    assert(page.includes("3×3 stride 2, ReLU") && page.includes("1×1, ReLU"), "the layers");
    assert(page.includes("by up to 30°, shifted by up to 1 pixel, mirrored"), "augmentation");
  }));

Deno.test("denseL2Of has the hidden layers as phase 1's, and the last as it is told", () => {
  assertEquals(denseL2Of(createLayout(phase1Network(20)), 0), [0.01, 0]);
  assertEquals(denseL2Of(createLayout(phase2Network(10)), 0.3), [0.3]);
});
