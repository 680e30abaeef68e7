/**
 * What the page asks for, done by the tasks' experiments on the page's disk, in the folders that the tasks
 * use by default: taken home, they are found there.
 *
 * @module
 */
import { writeSyntheticSet } from "../data/draw_silhouettes.ts";
import { checkShaders } from "../doctor/check_shaders.ts";
import { fit } from "../experiments/fit.ts";
import { phase1 } from "../experiments/phase1.ts";
import { phase2 } from "../experiments/phase2.ts";
import { writeReport } from "../experiments/report.ts";
import { type Gpu, openGpu } from "../gpu/device.ts";
import { writeJson } from "../io/files.ts";
import { PAPER64 } from "../nn/paper_network.ts";
import { summaryFile } from "../runs/file_names.ts";
import type { Disk } from "./memory_disk.ts";
import { listImages, takeImages } from "./images.ts";
import { takePrior } from "./take_prior.ts";
import { begunWith, overview, SETTINGS } from "./overview.ts";
import type { Download, LabEvent, Settings, Step, TaskName, Tasks } from "./protocol.ts";
import { packFolder } from "./take_home.ts";
import { compare, FOLDERS, section } from "./sections.ts";
import { watcher } from "./watch.ts";

/** The report that is made here. */
const REPORT = "report.html";

/** The pictures of each class of phase 2 that are drawn. */
const NEW_CLASSES = { train: 5, valid: 5, test: 5 };

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

  const train = async (
    step: Step,
    asked: { settings: Settings; goOn: boolean },
    work: (settings: Settings) => Promise<unknown>,
  ) => {
    stopping = new AbortController();
    const settings = asked.goOn ? await begunWith(disk, step, asked.settings) : asked.settings;
    tell({ kind: "settings", settings });
    await writeJson(SETTINGS, settings);
    await work(settings);
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
      return train("phase1", { settings, goOn }, async (settings) =>
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
      });
      return await section("prior");
    },
    phase2({ settings, mode, goOn }) {
      // What is learned anew is a pair: half of an earlier one would be taken for done.
      if (mode === "l2" && !goOn && disk.find(FOLDERS.sk)) disk.remove(FOLDERS.sk, true);
      const isBegun = goOn && overview(disk).steps[mode] === "begun";
      return train(mode, { settings, goOn }, async (settings) =>
        await phase2(await device(), {
          ...training(settings, isBegun),
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
