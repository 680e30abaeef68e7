/**
 * What the page asks for, done by the tasks' experiments on the page's disk, in the folders that the tasks
 * use by default: taken home, they are found there.
 *
 * @module
 */
import { writeSyntheticSet } from "../data/synthetic.ts";
import { checkShaders } from "../doctor/check_shaders.ts";
import type { TrainingEvent } from "../experiments/events.ts";
import { fit } from "../experiments/fit.ts";
import { phase1 } from "../experiments/phase1.ts";
import { phase2 } from "../experiments/phase2.ts";
import { describeNetworks, readThumbnails, writeReport } from "../experiments/report.ts";
import { type Gpu, openGpu } from "../gpu/device.ts";
import { writeJson } from "../io/files.ts";
import { PAPER64 } from "../nn/paper_network.ts";
import { compareModes } from "../report/comparison.ts";
import { drawCurves } from "../report/draw_curves.ts";
import { drawKernels } from "../report/draw_kernels.ts";
import { markup } from "../report/markup.ts";
import {
  confusionSection,
  disputedSection,
  phase2Section,
  shownImages,
  testSection,
} from "../report/page_comparison.ts";
import type { Section as ReportSection } from "../report/page_parts.ts";
import { phase1Section } from "../report/page_phase1.ts";
import { priorSection } from "../report/page_prior.ts";
import { configFile, summaryFile } from "../runs/file_names.ts";
import { readResult } from "../runs/results.ts";
import type { History } from "../training/state.ts";
import type { Disk } from "./disk.ts";
import { listImages, takeImages } from "./images.ts";
import { takePrior } from "./take_prior.ts";
import type {
  Download,
  LabEvent,
  Overview,
  Section,
  Settings,
  Step,
  TaskName,
  Tasks,
} from "./protocol.ts";
import { packFolder } from "./take_home.ts";

/** Where each step's results lie. */
export const FOLDERS: Record<Step, string> = {
  images: "data/silhouettes",
  phase1: "data/kernel_dataset",
  prior: "data/gaussian_fit",
  l2: "data/l2",
  sk: "data/sk",
};
const SETTINGS = "lab.json", REPORT = "report.html";

/** The pictures of each class of phase 2 that are drawn. */
const NEW_CLASSES = { train: 5, valid: 5, test: 5 };
/** Milliseconds between two pictures of the curves. */
const REDRAW = 1000;

/** Why a training ended that was stopped. */
class Stopped extends Error {
  readonly kind = "stopped";

  constructor() {
    super("Stopped; its state is saved");
  }
}

/** One function a task. */
type Doing = { [Name in TaskName]: (ask: Tasks[Name]["ask"]) => Promise<Tasks[Name]["get"]> };

/** Answers what the page asks; one task at a time works with the GPU. */
export function createLab(disk: Disk, tell: (event: LabEvent) => void) {
  let gpu: Gpu | undefined;
  let stopping = new AbortController();

  const device = async (): Promise<Gpu> => {
    try {
      gpu?.check();
    } catch {
      gpu = undefined; // it was lost: another is opened
    }
    return gpu ??= await openGpu({
      onCompile: (done, total) => tell({ kind: "compile", done, total }),
    });
  };

  /** What all trainings have in common. */
  const training = (settings: Settings, goOn: boolean) => ({
    dataDir: FOLDERS.images,
    network: PAPER64,
    size: settings.size,
    seed: settings.seed,
    resume: goOn,
    overwrite: !goOn,
    watchWeights: true,
    command: "the lab, in a browser",
    signal: stopping.signal,
  });

  const train = async (step: Step, settings: Settings, work: () => Promise<unknown>) => {
    stopping = new AbortController();
    await writeJson(SETTINGS, settings);
    await work();
    return await section(step);
  };

  const doing: Doing = {
    open: () => Promise.resolve(overview(disk)),
    async gpu() {
      const { adapter: { name, software }, tunedFor } = await device();
      return { name, isSoftware: software, tunedFor };
    },
    async doctor() {
      let checked = 0;
      const healthy = await checkShaders(await device(), { seed: 0, rounds: 1 }, (check) => {
        checked++;
        tell({ kind: "check", ...check });
      });
      return { healthy, checked };
    },
    async draw({ settings: { size, perClass } }) {
      if (disk.find(FOLDERS.images)) disk.remove(FOLDERS.images, true);
      const onProgress = (done: number, total: number) => tell({ kind: "pictures", done, total });
      await writeSyntheticSet(FOLDERS.images, { size, perClass, phase2: NEW_CLASSES, onProgress });
      return await listImages(FOLDERS.images);
    },
    async bring(ask) {
      await takeImages(disk, FOLDERS.images, ask);
      return await listImages(FOLDERS.images);
    },
    images: () => listImages(FOLDERS.images),
    async bringPrior({ given }) {
      await takePrior(disk, FOLDERS.prior, given);
      return await section("prior");
    },
    phase1({ settings, goOn }) {
      return train("phase1", settings, async () =>
        await phase1(await device(), {
          ...training(settings, goOn),
          resultsDir: FOLDERS.phase1,
          trials: settings.networks,
          folders: true,
          epochs: settings.epochs,
        }, watcher(tell)));
    },
    async fit() {
      const folders = { kernelDir: FOLDERS.phase1, gaussianDir: FOLDERS.prior };
      await fit({ ...folders, overwrite: true, command: "the lab, in a browser" }, (event) => {
        if (event.kind === "layer") tell({ kind: "layer", name: event.summary.name });
        else if (event.kind === "warning") tell(event);
      });
      return await section("prior");
    },
    phase2({ settings, mode, goOn }) {
      return train(mode, settings, async () =>
        await phase2(await device(), {
          ...training(settings, goOn),
          resultsDir: FOLDERS[mode],
          mode,
          alpha: settings[mode],
          covDir: disk.find(FOLDERS.prior) ? FOLDERS.prior : undefined,
          trials: settings.seeds,
          firstTrial: 0,
          epochs: settings.newEpochs,
        }, watcher(tell)));
    },
    compare,
    show: ({ step }) => section(step),
    async report() {
      const runs = Object.values(FOLDERS).filter((dir) => disk.find(summaryFile(dir)));
      await writeReport({ runs, out: REPORT, overwrite: true });
      return download(disk, REPORT);
    },
    async takeHome() {
      const bytes = await packFolder(disk, "");
      return { name: "skreg-lab.zip", bytes, type: "application/zip" };
    },
    list: () => Promise.resolve({ paths: disk.walk() }),
    read: ({ path }) => Promise.resolve(download(disk, path)),
    forget() {
      for (const { name } of disk.list("")) disk.remove(name, true);
      return Promise.resolve(overview(disk));
    },
  };
  return {
    /** Does a task. */
    run: <Name extends TaskName>(task: Name, ask: unknown): Promise<Tasks[Name]["get"]> =>
      doing[task](ask as Tasks[Name]["ask"]) as Promise<Tasks[Name]["get"]>,
    /** Ends what trains, its state saved. */
    stop: () => stopping.abort(new Stopped()),
  };
}

/** How far each step is. */
function overview(disk: Disk): Overview {
  const state = (step: Step) => {
    const dir = FOLDERS[step];
    if (step === "images") return disk.find(dir) ? "done" : "none";
    if (disk.find(summaryFile(dir)) && !isUnfinished(disk, dir)) return "done";
    return disk.find(configFile(dir)) ? "begun" : "none";
  };
  const steps = Object.fromEntries(
    (Object.keys(FOLDERS) as Step[]).map((step) => [step, state(step)]),
  ) as Overview["steps"];
  const stored = disk.find(SETTINGS);
  const settings = stored && stored !== "folder"
    ? JSON.parse(new TextDecoder().decode(stored.bytes))
    : undefined;
  return { steps, settings };
}

/** Whether trials of a run are still to be trained: phase 1 writes its summary group by group. */
function isUnfinished(disk: Disk, dir: string): boolean {
  return disk.walk(dir).some((path) => /\/checkpoint[^/]*$/.test(path));
}

/** Tells the page what a training tells. */
function watcher(tell: (event: LabEvent) => void): (event: TrainingEvent) => void {
  let histories: History[] = [], drawn = 0;
  return (event) => {
    if (event.kind === "warning") tell(event);
    if (event.kind === "group") {
      histories = Array.from({ length: event.trials }, () => ({ train: [], valid: [] }));
      tell({ kind: "group", what: event.what, from: event.from });
    }
    if (event.kind === "weights") {
      const networks = event.trials.map((weights) => pictureOf(weights.get("conv2d_1.kernel")!));
      tell({ kind: "kernels", epoch: event.epoch, networks });
    }
    if (event.kind !== "epoch") return;
    const { report: { epoch, trials, seconds }, epochs, images } = event;
    for (const [i, of] of trials.entries()) {
      if (!of) continue;
      histories[i].train.push(of.train);
      histories[i].valid.push(of.valid);
    }
    const alive = trials.filter((it) => it !== null);
    const mean = (value: (it: (typeof alive)[number]) => number) =>
      alive.reduce((sum, it) => sum + value(it), 0) / alive.length;
    tell({
      kind: "epoch",
      epoch,
      epochs,
      loss: mean(({ train }) => train.loss),
      accuracy: mean(({ train }) => train.accuracy),
      validLoss: mean(({ valid }) => valid.loss),
      validAccuracy: mean(({ valid }) => valid.accuracy),
      imagesPerSecond: images * trials.length / seconds.train,
    });
    if (performance.now() - drawn < REDRAW && epoch < epochs) return;
    drawn = performance.now();
    const shown = histories.filter(({ valid }) => valid.length > 0);
    drawCurves(shown.map(copyOf)).then((svg) => tell({ kind: "curves", svg }));
  };
}

/** A history as it is now. */
const copyOf = ({ train, valid }: History): History => ({ train: [...train], valid: [...valid] });

/** The kernels (K, K, C, M) of a layer, each its channels side by side; white is three standard deviations. */
function pictureOf({ shape, data }: { shape: number[]; data: Float32Array }) {
  const [rows, columns, channels, count] = shape, size = rows * columns * channels;
  const kernels = new Float32Array(data.length);
  for (let i = 0; i < data.length; i++) {
    kernels[(i % count) * size + Math.floor(i / count)] = data[i];
  }
  const spread = Math.sqrt(data.reduce((sum, value) => sum + value * value, 0) / data.length);
  const numbers = { shape: [count, rows, columns, channels], data: kernels };
  return drawKernels(numbers, { scale: 3 * spread || 1, columns: 1, zoom: 6 });
}

/** What the report says of a step. */
async function section(step: Step): Promise<Section> {
  const result = await readResult(FOLDERS[step]);
  if (step === "prior") return inHtml([priorSection([result])]);
  const networks = describeNetworks([result]);
  return inHtml([
    step === "phase1" ? phase1Section([result], networks) : phase2Section([result], networks),
  ]);
}

/** L2 against SK-reg. */
async function compare(): Promise<Section> {
  const results = await Promise.all([FOLDERS.l2, FOLDERS.sk].map(readResult));
  const comparisons = compareModes(results);
  const thumbnails = await readThumbnails(shownImages(comparisons));
  return inHtml([
    testSection(results, comparisons),
    disputedSection(comparisons, thumbnails),
    confusionSection(results),
  ]);
}

/** The first title, and all bodies under theirs. */
function inHtml(sections: ReportSection[]): Section {
  const [first, ...others] = sections.map(({ title, body }) => ({
    title,
    html: markup`${body}`.text,
  })).filter(({ html }) => html !== "");
  const rest = others.map(({ title, html }) => `${markup`<h3>${title}</h3>`.text}\n${html}`);
  return { title: first?.title ?? "", html: [first?.html ?? "", ...rest].join("\n") };
}

const TYPES: Record<string, string> = {
  html: "text/html",
  json: "application/json",
  csv: "text/csv",
  svg: "image/svg+xml",
  png: "image/png",
};

/** A file of the disk. */
function download(disk: Disk, path: string): Download {
  const name = path.slice(path.lastIndexOf("/") + 1);
  const type = TYPES[name.slice(name.lastIndexOf(".") + 1)] ?? "application/octet-stream";
  return { name, bytes: disk.file(path).bytes, type };
}
