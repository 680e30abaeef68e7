/**
 * The report: result folders → one HTML page that tells the whole experiment.
 *
 * @module
 */
import { decodeImage } from "../data/decode.ts";
import { exists, readFile, writeFile } from "../io/files.ts";
import { createLayout } from "../nn/layout.ts";
import { describeLayers, type LayerDescription } from "../nn/summary.ts";
import { compareModes } from "../report/comparison.ts";
import { drawImageSheet } from "../report/image_sheet.ts";
import { composePage } from "../report/page.ts";
import { shownImages } from "../report/page_comparison.ts";
import { DEFAULT_FOLDERS } from "../runs/default_folders.ts";
import { findResults, type PictureFile, readResult, type Result } from "../runs/results.ts";
import { fitDoubts, nameDoubt } from "./prior_doubts.ts";

/** What the report reads and writes. */
export interface ReportOptions {
  /**
   * Result folders of phase1, fit, phase2 and grid, or folders whose direct children are such; default
   * those of {@linkcode DEFAULT_RUNS} that exist.
   */
  runs?: readonly string[];
  /** The page; default "report.html". */
  out?: string;
  /** Replace an earlier page; default false. */
  overwrite?: boolean;
  /** When the page says that it was made; default now. */
  date?: Date;
}

/** What was written. */
export interface ReportSummary {
  /** The page. */
  out: string;
  /** The size of the page. */
  bytes: number;
  /** The result folders that the page tells of, in its order. */
  runs: { dir: string; kind: "phase1" | "fit" | "phase2" | "grid" | "unfinished" }[];
  /** What speaks against the priors that the page tells of, as it says too; empty when all is well. */
  warnings: string[];
}

/** Where our tasks put results unless they are told otherwise. */
export const DEFAULT_RUNS: readonly string[] = [
  DEFAULT_FOLDERS.kernels,
  DEFAULT_FOLDERS.phase1,
  DEFAULT_FOLDERS.prior,
  DEFAULT_FOLDERS.grid,
  DEFAULT_FOLDERS.l2,
  DEFAULT_FOLDERS.sk,
  DEFAULT_FOLDERS.phase2,
  DEFAULT_FOLDERS.demo,
];

/** Pixels of the longer side of a test image in the page, twice what it takes on the screen. */
const THUMBNAIL = 192;

/** The largest file that a test image may be. */
const MOST_BYTES = 2 ** 25;

/**
 * Writes the report of some result folders, atomically; the folders are only read.
 *
 * @throws {Error} If there is no result, a file of one is damaged (file and field are named), or the
 *   page is there already and `overwrite` is false.
 */
export async function writeReport(options: ReportOptions = {}): Promise<ReportSummary> {
  const { runs = DEFAULT_RUNS, out = "report.html", overwrite = false } = options;
  if (!overwrite && await exists(out)) {
    throw new Error(
      `Cannot write ${out}: it is there already; replace it with --overwrite or give another --out`,
    );
  }
  const dirs = await findResults(runs, { optional: !options.runs });
  if (dirs.length === 0) {
    throw new Error(
      `Cannot report: none of ${runs.join(", ")} holds results; name result folders with --runs, ` +
        `or make some: deno task demo`,
    );
  }
  const results: Result[] = [];
  for (const dir of dirs) results.push(withDoubts(await readResult(dir)));
  results.sort((a, b) => place(a) - place(b));
  const comparisons = compareModes(results);
  const page = composePage({
    results,
    comparisons,
    networks: describeNetworks(results),
    thumbnails: await readThumbnails(shownImages(comparisons)),
    date: options.date ?? new Date(),
  });
  const bytes = new TextEncoder().encode(page);
  await writeFile(out, bytes);
  return {
    out,
    bytes: bytes.length,
    runs: results.map(({ dir, kind }) => ({ dir, kind })),
    warnings: [...new Set(results.flatMap(doubts))],
  };
}

/** A fit of an earlier version said less of itself than its figures do. */
function withDoubts(result: Result): Result {
  if (result.kind !== "fit") return result;
  return { ...result, summary: { ...result.summary, warnings: fitDoubts(result.summary) } };
}

/** What speaks against a result, and against the prior that it is or was made with. */
function doubts(result: Result): string[] {
  if (result.kind === "unfinished") return result.doubts;
  const { warnings } = result.summary;
  const ofPrior = result.kind === "fit"
    ? warnings.map((text) => nameDoubt(result.dir, text))
    : warnings;
  return [...result.doubts, ...ofPrior];
}

/** Where a result stands in the page: phase 1 first, unfinished runs by their task. */
function place(result: Result): number {
  const task = result.kind === "unfinished" ? result.config.task : result.kind;
  return ["phase1", "fit", "grid", "phase2"].indexOf(task);
}

/** The layers of every network that its summary describes. */
export function describeNetworks(results: readonly Result[]): Map<string, LayerDescription[]> {
  const networks = new Map<string, LayerDescription[]>();
  for (const result of results) {
    if (result.kind === "fit" || result.kind === "unfinished" || !result.summary.model) continue;
    try {
      networks.set(result.dir, describeLayers(createLayout(result.summary.model.network)));
    } catch (error) {
      throw new Error(
        `Cannot read ${result.dir}/summary.json: the field model.network is no network ` +
          `(${(error as Error).message}); make the folder anew, or leave it out`,
      );
    }
  }
  return networks;
}

/** Small copies of images as PNG, by path; an image that is gone or damaged has none. */
export async function readThumbnails(paths: readonly string[]): Promise<Map<string, PictureFile>> {
  const thumbnails = new Map<string, PictureFile>();
  for (const path of paths) {
    try {
      const { pixels, ...size } = decodeImage(await readFile(path, { maxBytes: MOST_BYTES }), path);
      const bytes = drawImageSheet([{ ...size, rgba: pixels }], { side: THUMBNAIL, gap: 0 });
      thumbnails.set(path, { type: "image/png", bytes });
    } catch { // the page shows its name instead
    }
  }
  return thumbnails;
}
