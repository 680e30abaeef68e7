/**
 * `deno task torture`: the tests that damage what is read, in any number.
 *
 * @module
 */
import { nonNegativeInteger, runTask } from "./cli.ts";

/** Where what must lie on a disk lies; removed at the end. */
const FOLDER = "torture_tmp";
/** Of any single file, in milliseconds, and of the process, in bytes. */
const MOST_TIME = 1000, MOST_MEMORY = 512 * 2 ** 20;
/** Files between two looks at the memory. */
const STEP = 50;

interface Outcome {
  accepted: number;
  refused: number;
  slowest: { number: number; milliseconds: number };
}

await runTask({
  name: "torture",
  summary: "Damage files at random, read them, and fail where one hangs, crashes or deceives.",
  options: {
    images: nonNegativeInteger("--images", "mutations of PNG and JPEG files", 0),
    archives: nonNegativeInteger("--archives", "mutations of a zip archive", 0),
    seed: nonNegativeInteger("--seed", "other seeds give other damage", 0),
  },
  examples: ["deno task torture --images=100000", "deno task torture --archives=10000 --seed=1"],
}, async ({ images, archives, seed }, tools) => {
  const { openPercentage, screenOf } = await import("./percentage.ts");
  const faults: string[] = [];

  /** Runs one kind, shows how far it is, and judges time and memory. */
  const run = async (
    kind: string,
    count: number,
    work: (onProgress: (done: number) => void) => Outcome | Promise<Outcome>,
  ) => {
    if (count === 0) return;
    let memory = 0;
    const start = performance.now();
    using progress = openPercentage(kind, screenOf(tools));
    const { accepted, refused, slowest } = await work((done) => {
      if (done % STEP !== 0 && done !== count) return;
      memory = Math.max(memory, Deno.memoryUsage().rss);
      progress.show("damaging", done, count);
    });
    progress[Symbol.dispose]();
    const seconds = (performance.now() - start) / 1000;
    const worst = `mutation ${slowest.number}, ${slowest.milliseconds.toFixed(1)} ms`;
    const [used, rate] = [Math.round(memory / 1e6), Math.round(count / seconds)];
    tools.print(`${kind}: ${refused} refused, ${accepted} accepted; ${rate} a second`);
    tools.print(`${kind}: the slowest was ${worst}; the most memory was ${used} MB`);
    if (slowest.milliseconds > MOST_TIME) faults.push(`${kind}: ${worst}, is too slow`);
    if (memory > MOST_MEMORY) faults.push(`${kind}: ${used} MB are too much memory`);
  };

  await run("images", images, async (onProgress) => {
    const { mutateImages } = await import("../tests/data/mutate_images.ts");
    return mutateImages(images, { seed, onProgress });
  });
  await run("archives", archives, async (onProgress) => {
    const { mutateArchives } = await import("../tests/data/mutate_archives.ts");
    await Deno.remove(FOLDER, { recursive: true }).catch(() => {}); // of a killed run
    await Deno.mkdir(FOLDER);
    try {
      return await mutateArchives(archives, FOLDER, { seed, onProgress });
    } finally {
      await Deno.remove(FOLDER, { recursive: true });
    }
  });
  if (faults.length > 0) throw new Error(`Cannot pass: ${faults.join("; ")}`);
});
