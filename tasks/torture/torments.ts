/**
 * What `deno task torture` does, kind by kind: the same as the tests, in any number.
 *
 * @module
 */
import type { Signal, Stopped } from "./interruptions.ts";

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

/** What was found, in lines, and what must not have happened. */
export interface Findings {
  told: string[];
  faults: string[];
}

/** How often, with which seed, and who is told how far it is. */
type Torment = (count: number, seed: number, show: (done: number) => void) => Promise<Findings>;

/** Each kind, and how often it is done where nothing is chosen. */
export const TORMENTS = {
  images: { large: 100_000, unit: "images", torment: damageImages },
  archives: { large: 10_000, unit: "archives", torment: damageArchives },
  kills: { large: 200, unit: "kills", torment: stopBy(["SIGKILL"], ["phase1", "fit", "phase2"]) },
  signals: {
    large: 20,
    unit: "signals",
    torment: stopBy(["SIGINT", "SIGTERM", "SIGUSR1", "SIGUSR2"]),
  },
  sharing: { large: 60, unit: "seconds", torment: shareForLong },
  networks: { large: 1000, unit: "networks", torment: trainNetworks },
  soak: { large: 300, unit: "epochs", torment: trainLong },
  cluster: { large: 1, unit: "experiments", torment: troubleJobs },
} satisfies Record<string, { large: number; unit: string; torment: Torment }>;

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

async function damageImages(...[count, seed, show]: Parameters<Torment>): Promise<Findings> {
  const { mutateImages } = await import("./mutate_images.ts");
  return await judgeReading(count, show, (onProgress) => mutateImages(count, { seed, onProgress }));
}

async function damageArchives(...[count, seed, show]: Parameters<Torment>): Promise<Findings> {
  const { mutateArchives } = await import("./mutate_archives.ts");
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
  show: (done: number) => void,
  read: (onProgress: (done: number) => void) => Reading | Promise<Reading>,
): Promise<Findings> {
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

/** Stops tasks by each signal `count` times, and compares what they come to with undisturbed runs. */
function stopBy(signals: Signal[], tasks: Stopped[] = ["phase1", "phase2"]): Torment {
  return async (count, seed, show) => {
    const { prepareInterruptions } = await import("./interruptions.ts");
    const told: string[] = [], faults: string[] = [];
    await inFolder(async () => {
      const interrupt = await prepareInterruptions(FOLDER, seed, "deno");
      let done = 0;
      for (const [i, task] of tasks.entries()) {
        const share = Math.floor((count * signals.length + i) / tasks.length); // they add up
        const onStop = () => show(++done / signals.length);
        const toll = await interrupt(task, signals, share, onStop);
        const slowest = Math.round(Math.max(0, ...toll.took));
        told.push(
          `${task}, ${toll.stops} × ${signals.join(", ")}, ${toll.ends} ends with ` +
            `${toll.faults.length === 0 ? "the same bytes" : `${toll.faults.length} faults`}; ` +
            `at most ${toll.repeated} epochs again; the slowest stop took ${slowest} ms`,
        );
        faults.push(...toll.faults);
        if (toll.repeated > 1) faults.push(`${task} trained ${toll.repeated} epochs again`);
        if (slowest > MOST_TIME) faults.push(`${task} took ${slowest} ms to stop`);
      }
    });
    return { told, faults };
  };
}

async function shareForLong(...[seconds, , show]: Parameters<Torment>): Promise<Findings> {
  const { shareFolder } = await import("./sharing.ts");
  const start = performance.now();
  const timer = setInterval(() => show(Math.round((performance.now() - start) / 1000)), 1000);
  const { tries, faults } = await inFolder(() =>
    shareFolder(`${FOLDER}/run`, { processes: 2, seconds, deno: "deno" })
  ).finally(() => clearInterval(timer));
  return { told: [`2 processes took one folder or read its checkpoints ${tries} times`], faults };
}

async function trainNetworks(...[count, seed, show]: Parameters<Torment>): Promise<Findings> {
  const { openGpu } = await import("../../mod.ts");
  const { checkNetworks } = await import("./any_network.ts");
  await checkNetworks(openGpu, count, { seed, onProgress: show });
  return { told: [`${count} trained a step as their float64 twins do`], faults: [] };
}

async function troubleJobs(...[count, , show]: Parameters<Torment>): Promise<Findings> {
  const { lacksForCluster, troubleCluster } = await import("./cluster.ts");
  const lacks = await lacksForCluster();
  if (lacks !== "") return { told: [`left out: it needs ${lacks}`], faults: [] };
  const dir = new URL(`../../${FOLDER}`, import.meta.url).pathname;
  const work = { trials: 4, seeds: 3, alphas: [1, 2], epochs: 400 };
  const told: string[] = [], faults: string[] = [];
  for (let done = 0; done < count; show(++done)) {
    faults.push(...await inFolder(() => troubleCluster(dir, work, (text) => told.push(text))));
  }
  return { told, faults };
}

async function trainLong(...[epochs, , show]: Parameters<Torment>): Promise<Findings> {
  const { openGpu } = await import("../../mod.ts");
  const { soak } = await import("./soak.ts");
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
