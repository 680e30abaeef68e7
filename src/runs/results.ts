/**
 * Result folders as the report reads them: found, told apart, and checked field by field.
 *
 * @module
 */
import { normalize } from "node:path";
import * as v from "valibot";
import { Failure } from "../failure.ts";
import { ifThere, look, readFile, readJson, readText } from "../io/files.ts";
import { parseCsv } from "../io/parse_csv.ts";
import { cannotRead } from "../io/refusal.ts";
import { mixedAdapters } from "./config.ts";
import { listEntries } from "./file_names.ts";
import { describeUntold } from "./grid_cells.ts";
import * as schemas from "./result_schemas.ts";

/** A picture that a run drew. */
export interface PictureFile {
  /** What its first bytes say that it is. */
  type: "image/png" | "image/svg+xml";
  /** The whole file. */
  bytes: Uint8Array;
}

/** What every result folder may hold. */
interface Folder {
  /** Its path, as it was given. */
  dir: string;
  /** How it was made; undefined where its config.json is missing. */
  config?: schemas.ConfigFile;
  /** What speaks against what it holds, one sentence each. */
  doubts: string[];
  /** The pictures that its run drew, by file name without the ending: "curves", "conv1_kernels". */
  pictures: Map<string, PictureFile>;
}

/** A folder with a summary.json. */
type Summarized<Kind, S extends v.GenericSchema> = Folder & {
  kind: Kind;
  summary: v.InferOutput<S>;
};

/** A folder of phase 1. */
export type Phase1Result = Summarized<"phase1", typeof schemas.Phase1Schema>;
/** A folder of `fit`. */
export type FitResult = Summarized<"fit", typeof schemas.FitSchema>;
/** A folder of phase 2; predictions are empty where there is no predictions.csv. */
export type Phase2Result =
  & Summarized<"phase2", typeof schemas.Phase2Schema>
  & { predictions: schemas.Prediction[] };
/** A folder of the grid search; `grid` is undefined where there is no grid.json yet. */
export type GridResult =
  & Summarized<"grid", typeof schemas.GridSummarySchema>
  & { grid?: v.InferOutput<typeof schemas.GridSchema>; predictions: schemas.Prediction[] };
/** A folder without summary.json: its run goes on, or was interrupted. */
export type UnfinishedResult = Folder & {
  kind: "unfinished";
  config: schemas.ConfigFile;
  metrics: v.InferOutput<typeof schemas.MetricsRowSchema>[];
};
/** A folder of any kind. */
export type Result = Phase1Result | FitResult | Phase2Result | GridResult | UnfinishedResult;

/** More than any picture or table of ours; a guard against a file that is none. */
const MOST_BYTES = 2 ** 26;

/**
 * Finds the result folders that a list of folders stands for: a result folder is itself, any other
 * stands for its direct children that are.
 *
 * @returns Their paths in that order, none twice.
 * @throws {Error} naming a folder that stands for none, unless `optional`.
 */
export async function findResults(
  dirs: readonly string[],
  { optional = false }: { optional?: boolean } = {},
): Promise<string[]> {
  const found = new Set<string>();
  for (const given of dirs) {
    const dir = normalize(given).replace(/(?<=.)\/+$/, "");
    const results = await isResult(dir) ? [dir] : await childResults(dir);
    if (results.length === 0 && !optional) {
      const info = await look(dir, "read");
      const state = info ? "it holds no config.json or summary.json" : "it is missing";
      throw new Failure(
        "input",
        `Cannot report on ${given}: ${state}; name result folders of phase1, fit, phase2 or grid`,
      );
    }
    for (const result of results) found.add(result);
  }
  return [...found];
}

/**
 * Reads a result folder.
 *
 * @throws {Error} naming the file, and the field, that cannot be read or is not as our tasks write it.
 */
export async function readResult(dir: string): Promise<Result> {
  // Any of these may be gone since the folder was found: a run may be replacing its results.
  const json = (name: string) => ifThere(readJson(`${dir}/${name}`));
  const as = <S extends v.GenericSchema>(schema: S, data: unknown, name = "summary.json") =>
    check(schema, data, `${dir}/${name}`);
  const rows = async <S extends v.GenericSchema>(name: string, schema: S) => {
    const text = await ifThere(readText(`${dir}/${name}`, { maxBytes: MOST_BYTES }));
    const records = text === undefined ? [] : parseCsv(text, `${dir}/${name}`);
    return as(v.array(schema), records, name);
  };

  const made = await json("config.json");
  const config = made === undefined ? undefined : as(schemas.ConfigSchema, made, "config.json");
  const doubts = config ? mixedAdapters(dir, config) : [];
  const folder = { dir, config, doubts, pictures: await readPictures(dir) };
  const summary = await json("summary.json");
  if (summary === undefined && config) {
    const metrics = await rows("metrics.csv", schemas.MetricsRowSchema);
    return { ...folder, kind: "unfinished", config, metrics };
  }
  const kind = config?.task ?? recognize(summary);
  switch (kind) {
    case "phase1":
      return { ...folder, kind, summary: as(schemas.Phase1Schema, summary) };
    case "fit":
      return { ...folder, kind, summary: as(schemas.FitSchema, summary) };
    case "phase2":
      return {
        ...{ ...folder, kind, summary: as(schemas.Phase2Schema, summary) },
        predictions: await rows("predictions.csv", schemas.PredictionSchema),
      };
    case "grid": {
      const findings = await json("grid.json");
      const parse = () => as(schemas.GridSchema, findings, "grid.json");
      const grid = findings === undefined ? undefined : parse();
      const untold = grid && await describeUntold(dir, grid.validation);
      if (untold) doubts.push(untold);
      return {
        ...{ ...folder, kind, summary: as(schemas.GridSummarySchema, summary) },
        grid,
        predictions: await rows("predictions.csv", schemas.PredictionSchema),
      };
    }
    default:
      throw new Failure(
        "input",
        `Cannot tell what made ${dir}: its summary.json is none of phase1, fit, phase2 or grid; ` +
          `leave the folder out`,
      );
  }
}

/** Reads the summary.json of a fit. @throws {Error} As {@linkcode readResult}. */
export async function readFitSummary(file: string): Promise<FitResult["summary"]> {
  return check(schemas.FitSchema, await readJson(file), file);
}

/** The kind of a summary without a config.json, by the fields that only it has. */
function recognize(summary: unknown): "phase1" | "fit" | "phase2" | "grid" | undefined {
  const { layers, mode, trials } = Object(summary);
  if (Array.isArray(layers)) return "fit";
  if (mode !== undefined) return "phase2";
  if (Array.isArray(trials)) return "mode" in Object(trials[0]) ? "grid" : "phase1";
  return undefined;
}

/** Checks data from disk; the message names the file and the first field that is wrong. */
function check<S extends v.GenericSchema>(
  schema: S,
  data: unknown,
  file: string,
): v.InferOutput<S> {
  const result = v.safeParse(schema, data);
  if (result.success) return result.output;
  const [issue] = result.issues;
  const field = v.getDotPath(issue);
  throw cannotRead(
    file,
    `${field ? `the field ${field}` : "its content"} is wrong ` +
      `(${issue.message.replace(/^Invalid \w+: /, "")}); make the folder anew, or leave it out`,
  );
}

/** Pictures that our tasks draw. */
async function readPictures(dir: string): Promise<Folder["pictures"]> {
  const pictures: Folder["pictures"] = new Map();
  for (const name of await fileNames(dir)) {
    const [, stem] = /^((?:curves|augmented|grid|confusion|conv\d+_).*)\.(?:png|svg)$/.exec(name) ??
      [];
    const picture = stem && await ifThere(readPicture(`${dir}/${name}`));
    if (picture) pictures.set(stem, picture);
  }
  return pictures;
}

async function readPicture(path: string): Promise<PictureFile> {
  const bytes = await readFile(path, { maxBytes: MOST_BYTES });
  const start = String.fromCharCode(...bytes.subarray(0, 100));
  if (start.startsWith("\x89PNG\r\n")) return { type: "image/png", bytes };
  if (/^\s*(<\?xml|<svg)\s/.test(start)) return { type: "image/svg+xml", bytes };
  throw new Failure(
    "input",
    `Cannot show ${path}: it is neither PNG nor SVG; make the folder anew, or remove the picture`,
  );
}

async function childResults(dir: string): Promise<string[]> {
  const children: string[] = [];
  for (const { name, isDirectory } of await listEntries(dir)) {
    if (isDirectory && await isResult(`${dir}/${name}`)) children.push(`${dir}/${name}`);
  }
  return children;
}

async function isResult(dir: string): Promise<boolean> {
  return (await fileNames(dir)).some((name) => /^(summary|config)\.json$/.test(name));
}

async function fileNames(dir: string): Promise<string[]> {
  return (await listEntries(dir)).filter(({ isFile }) => isFile).map(({ name }) => name);
}
