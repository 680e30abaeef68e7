/**
 * `deno task torture`: what the tests do to this program, in any number.
 *
 * @module
 */
import { nonNegativeInteger, runTask, type Tools } from "./cli.ts";

/** Where what must lie on a disk lies; removed at the end. */
const FOLDER = "torture_tmp";
/** Of any single file, and from a signal to the end, in milliseconds. */
const MOST_TIME = 1000;
/** Of the process that reads damaged files, in bytes. */
const MOST_MEMORY = 512 * 2 ** 20;
/** How much more memory a long training may take at its end than after a fifth of it. */
const MOST_GROWTH = 1.1;
/** Files between two looks at the memory. */
const STEP = 50;

/** What is done when nothing is chosen. */
const LARGE = {
  ...{ images: 100_000, archives: 10_000, kills: 200, signals: 20, networks: 1000, soak: 300 },
};

/** Shows how far it is. */
type Show = (done: number) => void;

/** One kind of torment: what it found in words, and what must not have happened. */
type Torment = (
  count: number,
  seed: number,
  show: Show,
) => Promise<{ told: string[]; faults: string[] }>;

const TORMENTS: Record<keyof typeof LARGE, { unit: string; torment: Torment }> = {
  images: { unit: "images", torment: damageImages },
  archives: { unit: "archives", torment: damageArchives },
  kills: { unit: "kills", torment: killTasks },
  signals: { unit: "signals", torment: interruptTasks },
  networks: { unit: "networks", torment: trainNetworks },
  soak: { unit: "epochs", torment: trainLong },
};

await runTask({
  name: "torture",
  summary: "Damage files, kill tasks, train any network and for long; without options all of it, " +
    "for an hour or so. Fails where something hangs, crashes, deceives, is lost or grows.",
  options: {
    images: nonNegativeInteger("--images", "mutations of PNG and JPEG files", 0),
    archives: nonNegativeInteger("--archives", "mutations of a zip archive", 0),
    kills: nonNegativeInteger(
      "--kills",
      "kill -9 of phase 1, fit and phase 2, going on after each",
      0,
    ),
    signals: nonNegativeInteger("--signals", "Ctrl-C, and as many SIGTERM, of both phases", 0),
    networks: nonNegativeInteger("--networks", "random networks against their float64 twins", 0),
    soak: nonNegativeInteger("--soak", "epochs of 20 networks while memory is watched", 0),
    seed: nonNegativeInteger("--seed", "other seeds give other damage", 0),
  },
  examples: ["deno task torture", "deno task torture --images=100000 --kills=50 --seed=1"],
}, async ({ seed, ...chosen }, tools) => {
  const counts = Object.values(chosen).some((count) => count > 0) ? chosen : LARGE;
  const faults: string[] = [];
  for (const [kind, { unit, torment }] of entriesOf(TORMENTS)) {
    if (counts[kind] === 0) continue;
    const show = await openShow(tools, kind, unit, counts[kind]);
    const found = await torment(counts[kind], seed, show);
    show.end();
    for (const line of found.told) tools.print(`${kind}: ${line}`);
    faults.push(...found.faults.map((fault) => `${kind}: ${fault}`));
  }
  if (faults.length > 0) throw new Error(`Cannot pass: ${faults.join("; ")}`);
});

function entriesOf<K extends string, V>(record: Record<K, V>): [K, V][] {
  return Object.entries(record) as [K, V][];
}

async function openShow(tools: Tools, what: string, unit: string, total: number) {
  const { openPercentage, screenOf } = await import("./percentage.ts");
  const progress = openPercentage(unit, screenOf(tools));
  return Object.assign((done: number) => progress.show(what, done, total), {
    end: () => progress[Symbol.dispose](),
  });
}

/** Runs work in a folder of its own. */
async function inFolder<T>(work: () => Promise<T>): Promise<T> {
  const clear = () => Deno.remove(FOLDER, { recursive: true }).catch(() => {}); // a killed run's too
  await clear();
  await Deno.mkdir(FOLDER);
  try {
    return await work();
  } finally {
    await clear();
  }
}

async function damageImages(count: number, seed: number, show: Show) {
  const { mutateImages } = await import("../tests/data/mutate_images.ts");
  return await judgeReading(count, show, (onProgress) => mutateImages(count, { seed, onProgress }));
}

async function damageArchives(count: number, seed: number, show: Show) {
  const { mutateArchives } = await import("../tests/data/mutate_archives.ts");
  return await judgeReading(
    count,
    show,
    (onProgress) => inFolder(() => mutateArchives(count, FOLDER, { seed, onProgress })),
  );
}

/** What became of damaged files. */
interface Reading {
  accepted: number;
  refused: number;
  slowest: { number: number; milliseconds: number };
}

/** Judges the time and the memory that reading damaged files takes. */
async function judgeReading(
  count: number,
  show: Show,
  read: (onProgress: Show) => Reading | Promise<Reading>,
) {
  let memory = 0;
  const start = performance.now();
  const { accepted, refused, slowest } = await read((done) => {
    if (done % STEP !== 0 && done !== count) return;
    memory = Math.max(memory, Deno.memoryUsage().rss);
    show(done);
  });
  const rate = Math.round(1000 * count / (performance.now() - start));
  const worst = `mutation ${slowest.number}, ${slowest.milliseconds.toFixed(1)} ms`;
  const used = `${Math.round(memory / 1e6)} MB`;
  return {
    told: [
      `${refused} refused, ${accepted} accepted; ${rate} a second`,
      `the slowest was ${worst}; the most memory was ${used}`,
    ],
    faults: [
      ...slowest.milliseconds > MOST_TIME ? [`${worst}, is too slow`] : [],
      ...memory > MOST_MEMORY ? [`${used} are too much memory`] : [],
    ],
  };
}

function killTasks(count: number, seed: number, show: Show) {
  return stopTasks(["phase1", "fit", "phase2"], ["SIGKILL"], count, seed, show);
}

function interruptTasks(count: number, seed: number, show: Show) {
  return stopTasks(["phase1", "phase2"], ["SIGINT", "SIGTERM"], count, seed, show);
}

/** Stops tasks by each signal so many times, and compares what they come to with undisturbed runs. */
async function stopTasks(
  tasks: readonly ("phase1" | "fit" | "phase2")[],
  signals: readonly ("SIGKILL" | "SIGINT" | "SIGTERM")[],
  count: number,
  seed: number,
  show: Show,
) {
  const { prepareInterruptions } = await import("../tests/interruptions.ts");
  const told: string[] = [], faults: string[] = [];
  await inFolder(async () => {
    const interrupt = await prepareInterruptions(FOLDER, seed, "deno");
    let done = 0;
    for (const signal of signals) {
      for (const [i, task] of tasks.entries()) {
        const share = Math.floor((count + i) / tasks.length); // they add up to count
        const toll = await interrupt(task, signal, share, () => show(++done / signals.length));
        const slowest = Math.round(Math.max(0, ...toll.took));
        told.push(
          `${task}, ${toll.stops} × ${signal}, ${toll.ends} ends with ` +
            `${toll.faults.length === 0 ? "the same bytes" : `${toll.faults.length} faults`}; ` +
            `at most ${toll.repeated} epochs again; the slowest stop took ${slowest} ms`,
        );
        faults.push(...toll.faults);
        if (toll.repeated > 1) faults.push(`${task} trained ${toll.repeated} epochs again`);
        if (slowest > MOST_TIME) faults.push(`${task} took ${slowest} ms to stop by ${signal}`);
      }
    }
  });
  return { told, faults };
}

async function trainNetworks(count: number, seed: number, show: Show) {
  const { openGpu } = await import("../mod.ts");
  const { checkNetworks } = await import("../tests/nn/any_network.ts");
  await checkNetworks(openGpu, count, { seed, onProgress: show });
  return { told: [`${count} trained a step as their float64 twins do`], faults: [] };
}

async function trainLong(epochs: number, _: number, show: Show) {
  const { openGpu } = await import("../mod.ts");
  const { soak } = await import("../tests/soak.ts");
  const gpu = await openGpu();
  const size = { trials: 20, epochs, size: 48, perClass: 20, onProgress: show };
  const { memory, objects } = await inFolder(() => soak(gpu, FOLDER, size));
  gpu.close();
  const [early, late] = [memory.early, memory.late].map((bytes) => `${Math.round(bytes / 1e6)} MB`);
  const grown = `memory ${early} after a fifth, ${late} at the end`;
  const made = `objects on the GPU ${objects.early}, then ${objects.late}`;
  return {
    told: [grown, made],
    faults: [
      ...memory.late > MOST_GROWTH * memory.early ? [grown] : [],
      ...objects.late !== objects.early ? [made] : [],
    ],
  };
}
