/**
 * The lab's experiments on a disk in memory give the files that the tasks give on a real one.
 *
 * @module
 */
import { fit, type FitSummary, openGpu, phase1, phase2, writeSyntheticSet } from "../../mod.ts";
import { PAPER64 } from "../../src/nn/paper_network.ts";
import { assert, assertEquals } from "../helpers/assert.ts";
import { SMALL } from "../helpers/lab_worker.ts";
import { test } from "../helpers/folders.ts";

/** What differs from run to run: times, names of folders, and who ran. */
const VARIES = /(summary|config|lab)\.json$|tfevents|\.running$|\.lock$|report\.html$/;

test("the lab's files are those of the tasks, byte by byte", async (dir) => {
  const url = new URL("../helpers/lab_worker.ts", import.meta.url);
  const worker = new Worker(url, { type: "module" });
  interface Told {
    html: string;
    files: [string, Uint8Array][];
    brought: string;
  }
  const told = new Promise<Told>((resolve, reject) => {
    worker.onmessage = ({ data }) => resolve(data);
    worker.onerror = ({ message }) => reject(new Error(message));
  });
  const { html, files, brought } = await told.finally(() => worker.terminate());
  assert(html.includes("SK-reg"), "no comparison");

  const gpu = await openGpu();
  const { size, perClass, networks, epochs, seeds: trials, newEpochs, seed } = SMALL;
  const dataDir = `${dir}/data/silhouettes`, kernelDir = `${dir}/data/kernel_dataset`;
  const covDir = `${dir}/data/gaussian_fit`, common = { dataDir, size, seed, network: PAPER64 };
  await writeSyntheticSet(dataDir, { size, perClass, phase2: { train: 5, valid: 5, test: 5 } });
  const first = { trials: networks, epochs, folders: true };
  await phase1(gpu, { ...common, ...first, resultsDir: kernelDir });
  await fit({ kernelDir, gaussianDir: covDir });
  for (const mode of ["l2", "sk"] as const) {
    const resultsDir = `${dir}/data/${mode}`,
      own = { mode, alpha: SMALL[mode], covDir, resultsDir };
    await phase2(gpu, { ...common, ...own, trials, firstTrial: 0, epochs: newEpochs });
  }
  gpu.close();
  const samplesOf = ({ layers }: FitSummary) => layers.map(({ samples }) => samples);
  const summary = JSON.parse(await Deno.readTextFile(`${covDir}/summary.json`));
  assertEquals(samplesOf(JSON.parse(brought)), samplesOf(summary), "of weights that are brought");
  assert(!brought.includes("holds the same kernels"), "one network was taken for two");
  const compared = files.filter(([path]) => !VARIES.test(path));
  assert(compared.some(([path]) => path.endsWith("trial001/cnn.h5")));
  for (const [path, bytes] of compared) {
    const wanted = await Deno.readFile(`${dir}/${path}`);
    const text = (all: Uint8Array) => new TextDecoder("latin1").decode(all);
    assert(text(bytes) === text(wanted).replaceAll(`${dir}/`, ""), `${path} differs`);
  }
  assert(compared.length > 200, `only ${compared.length} files`);
});
