/**
 * What the page and its worker say to each other. The worker has the disk and the GPU, and runs the
 * tasks' experiments; the page shows and asks.
 *
 * @module
 */
import { PAPER_ALPHA } from "../experiments/penalty.ts";

/** What a visitor chooses; a link holds all of it. */
export interface Settings {
  /** Side of the square images in pixels. */
  size: number;
  /** Built-in silhouettes drawn of each class of phase 1. */
  perClass: number;
  /** Networks of phase 1. */
  networks: number;
  /** Passes of phase 1 over its training images. */
  epochs: number;
  /** Networks of phase 2 in each mode, each with its own seed. */
  seeds: number;
  /** Passes of phase 2 over its training images. */
  newEpochs: number;
  /** Strength of plain L2, λ / 0.05. */
  l2: number;
  /** Strength of SK-reg, λ / 0.05. */
  sk: number;
  /** The experiment: equal seeds give equal results. */
  seed: number;
}

/** What a first visit takes: small, so that an adapter on the CPU is through in minutes. */
export const DEFAULTS: Settings = {
  size: 48,
  perClass: 6,
  networks: 3,
  epochs: 10,
  seeds: 3,
  newEpochs: 15,
  ...PAPER_ALPHA,
  seed: 0,
};

/** The bounds of each setting. */
export const BOUNDS: Record<keyof Settings, { least: number; most: number; whole: boolean }> = {
  size: { least: 37, most: 256, whole: true },
  perClass: { least: 2, most: 100, whole: true },
  networks: { least: 1, most: 50, whole: true },
  epochs: { least: 1, most: 10_000, whole: true },
  seeds: { least: 1, most: 50, whole: true },
  newEpochs: { least: 1, most: 10_000, whole: true },
  l2: { least: 0, most: 64, whole: false },
  sk: { least: 0, most: 64, whole: false },
  seed: { least: 0, most: 2 ** 31, whole: true },
};

/** The parts of the story that leave results. */
export type Step = "images" | "phase1" | "prior" | "l2" | "sk";

/** How far a step is. */
export type State = "none" | "begun" | "done";

/** The disk, as a page that is opened finds it. */
export interface Overview {
  /** How far each step is; "begun" can go on to the same bytes. */
  steps: Record<Step, State>;
  /** What was chosen when the disk was last used; undefined on a first visit. */
  settings?: Settings;
}

/** Files that a visitor hands over, each with its path from the folder or archive that was dropped. */
export type Given = { path: string; file: Blob }[];

/** What the page asks for, and what it gets. */
export interface Tasks {
  /** Opens the disk. */
  open: { ask: Record<never, never>; get: Overview };
  /** Opens the GPU. */
  gpu: { ask: Record<never, never>; get: { name: string; isSoftware: boolean; tunedFor: string } };
  /** Checks every shader against its float64 twin; a `check` event each. */
  doctor: { ask: Record<never, never>; get: { healthy: boolean; checked: number } };
  /** Draws the built-in silhouettes. */
  draw: { ask: { settings: Settings }; get: Images };
  /**
   * Takes images: phase1/… and phase2/{train,valid,test}/… as the tasks read them; or class folders,
   * which become those of one phase: of phase 2 each class is divided by the seed among training,
   * validation and test. A zip archive is its content.
   */
  bring: { ask: { given: Given; as: "phase1" | "phase2"; seed: number }; get: Images };
  /** What images there are. */
  images: { ask: Record<never, never>; get: Images };
  /** Takes a fit's folder (conv1_cov_rank3.npy, …) as the prior, or weights of anyone, to which one is fitted. */
  bringPrior: { ask: { given: Given }; get: Section };
  /** Trains networks; `goOn` finishes what was begun, with its settings; else earlier results are replaced. */
  phase1: { ask: { settings: Settings; goOn: boolean }; get: Section };
  /** Fits a Gaussian to each layer's kernels. */
  fit: { ask: Record<never, never>; get: Section };
  /** Learns the new classes in one mode; `goOn` finishes a pair of modes that was begun, with its settings. */
  phase2: { ask: { settings: Settings; mode: "l2" | "sk"; goOn: boolean }; get: Section };
  /** L2 against SK-reg, where both are done. */
  compare: { ask: Record<never, never>; get: Section };
  /** A part of the report on what there is, of a step that is done. */
  show: { ask: { step: "phase1" | "prior" | "l2" | "sk" }; get: Section };
  /** The whole report, as `deno task report` writes it. */
  report: { ask: Record<never, never>; get: Download };
  /** Everything as a zip archive of the folders that the tasks read. */
  takeHome: { ask: Record<never, never>; get: Download };
  /** Paths of all files. */
  list: { ask: Record<never, never>; get: { paths: string[] } };
  /** One file. */
  read: { ask: { path: string }; get: Download };
  /** Removes everything. */
  forget: { ask: Record<never, never>; get: Overview };
}

/** A task's name. */
export type TaskName = keyof Tasks;

/** What the page sends. `stop` saves the state of what trains, which then ends with kind "stopped". */
export type Request =
  | { id: number; task: TaskName; ask: unknown }
  | { id: number; stop: true };

/** What the worker sends. */
export type Reply =
  | { id: number; got: unknown }
  | { id: number; failed: { kind: string; message: string } }
  | { event: LabEvent };

/** A piece of HTML, made of escaped text, whose pictures are inside. */
export interface Section {
  /** Its heading. */
  title: string;
  /** What follows it. */
  html: string;
}

/** A file to save. */
export interface Download {
  /** Its name. */
  name: string;
  /** Its content. */
  bytes: Uint8Array<ArrayBuffer>;
  /** Its media type. */
  type: string;
}

/** The images that there are. */
export interface Images {
  /** By part, "phase1", "phase2/train", …: images of each class, and some of them on a sheet (PNG). */
  parts: {
    part: string;
    classes: { name: string; images: number }[];
    sheet?: Uint8Array<ArrayBuffer>;
  }[];
  /** Files that were passed over or cannot be used, one sentence each. */
  problems: string[];
}

/** Pixels, (HEIGHT, WIDTH, 4). */
export interface Picture {
  width: number;
  height: number;
  rgba: Uint8Array<ArrayBuffer>;
}

/** What the worker tells while it works. */
export type LabEvent =
  /** The browser keeps nothing from now on: what is here lasts as long as the page. */
  | { kind: "refused"; reason: string }
  | { kind: "warning"; text: string }
  /** What trains from now on is trained with these. */
  | { kind: "settings"; settings: Settings }
  /** Shaders that are compiled, of how many. */
  | { kind: "compile"; done: number; total: number }
  /** A shader's worst error, relative, and its bound. */
  | { kind: "check"; shader: string; error: number; bound: number; shape: string }
  /** Pictures drawn or read, of how many. */
  | { kind: "pictures"; done: number; total: number }
  /** What trains, in a few words. */
  | { kind: "group"; what: string; from: number }
  /** An epoch is done: means over the networks, images seen a second. */
  | {
    kind: "epoch";
    epoch: number;
    epochs: number;
    loss: number;
    accuracy: number;
    validLoss: number;
    validAccuracy: number;
    imagesPerSecond: number;
  }
  /** The first layer's kernels of each network, as they are; epoch 0 is what chance gave. */
  | { kind: "kernels"; epoch: number; networks: Picture[] }
  /** The curves so far, an SVG document. */
  | { kind: "curves"; svg: string }
  /** A layer is fitted. */
  | { kind: "layer"; name: string };
