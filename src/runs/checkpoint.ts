/**
 * Checkpoints: where trials that train side by side stood, in one sealed file.
 *
 *     "SKREGCP3", length of the header (u32), header (JSON), parameters, m, v, kept, records (float32),
 *     curves (float64), SHA-256 of all before
 *
 * The one before is kept too: if the newest is damaged, a run goes on from that. Which trials go on from
 * which checkpoint is found in resume.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { Failure } from "../failure.ts";
import { type Content, ifThere, isMissing, readFile, writeFile } from "../io/files.ts";
import type { TrainingState } from "../training/state.ts";
import type { Settings } from "./config.ts";
import { checkpointFile } from "./file_names.ts";
import { METRICS, SPLITS } from "./metrics_csv.ts";

/** Where some trials stood. */
export interface Checkpoint extends TrainingState {
  /** What must agree with the run that goes on from it. */
  settings: Settings;
  /** On what it was computed. */
  made: string;
  /** The trials' folders in the result folder. */
  folders: string[];
}

const MAGIC = "SKREGCP3";
const ROWS = ["parameters", "m", "v", "kept"] as const;
/** Bytes of the hash at the end. */
const SEAL = 32;
/** Bytes that are hashed and written at a time: the thread is then free for a signal. */
const PIECE = 2 ** 20;
/** What a checkpoint may take: a group's state is about a seventh of its memory on the GPU. */
const MAX_BYTES = 2 ** 33;

/**
 * Writes a checkpoint into a folder; the newest so far becomes the previous one. Its histories may grow
 * meanwhile, its arrays must not change.
 *
 * @throws {Failure} "disk", naming the file; the newest so far is then untouched.
 */
export async function writeCheckpoint(dir: string, checkpoint: Checkpoint): Promise<void> {
  const newest = checkpointFile(dir);
  await writeFile(newest, seal(checkpoint), async () => {
    await Deno.rename(newest, checkpointFile(dir, "previous")).catch((error) => {
      if (!isMissing(error)) throw error; // where it is missing, this is the first one
    });
  });
}

/** A checkpoint, and what is wrong with a newer one that could not be used. */
export interface FoundCheckpoint {
  /** Where they stood. */
  checkpoint: Checkpoint;
  /** Why the newest was passed over. */
  warning?: string;
}

/**
 * Reads a folder's newest whole checkpoint; undefined where there is none, or no longer: whoever trains
 * there may replace or remove it at any moment.
 */
export async function readCheckpoint(dir: string): Promise<FoundCheckpoint | undefined> {
  const faults: string[] = [];
  for (const which of ["newest", "previous"] as const) {
    const path = checkpointFile(dir, which);
    try {
      const bytes = await ifThere(readFile(path, { maxBytes: MAX_BYTES }));
      if (!bytes) continue;
      const checkpoint = unseal(bytes, path);
      if (faults.length === 0) return { checkpoint };
      const warning = `${faults[0]}: going on from the one before, epoch ${checkpoint.epoch}`;
      return { checkpoint, warning };
    } catch (error) {
      faults.push((error as Error).message);
    }
  }
  if (faults.length === 0) return undefined;
  throw new Failure("input", `${faults.join("; ")}; remove it, and its trials start anew`);
}

/** Removes a folder's checkpoints. */
export async function removeCheckpoints(dir: string): Promise<void> {
  for (const which of ["previous", "newest"] as const) {
    await Deno.remove(checkpointFile(dir, which)).catch(() => {});
  }
}

/** The same checkpoint of some of its trials, in the given order. */
export function selectTrials(checkpoint: Checkpoint, folders: readonly string[]): Checkpoint {
  const places = folders.map((folder) => checkpoint.folders.indexOf(folder));
  const take = (rows: Float32Array<ArrayBuffer>) => {
    const row = rows.length / checkpoint.folders.length;
    const taken = new Float32Array(places.length * row);
    places.forEach((place, i) => taken.set(rows.subarray(place * row, (place + 1) * row), i * row));
    return taken;
  };
  const { begun, histories } = checkpoint;
  const [parameters, m, v, kept] = ROWS.map((name) => take(checkpoint[name]));
  return {
    ...{ ...checkpoint, parameters, m, v, kept },
    folders: [...folders],
    begun: { ...begun, records: begun.records && take(begun.records) },
    histories: places.map((i) => histories[i]),
  };
}

/** What the file says of the numbers behind it. */
function headerOf(
  { settings, made, folders, epoch, spent, parameters, begun, histories }: Checkpoint,
) {
  const { steps, seconds, records = [] } = begun;
  return {
    settings,
    made,
    folders,
    epoch,
    spent,
    row: parameters.length / folders.length, // floats of a trial
    begun: { steps, seconds, records: records.length },
    epochs: histories.map(({ valid }) => valid.length),
  };
}

/** The file's bytes. */
function seal(checkpoint: Checkpoint): Content {
  const { begun: { records = new Float32Array() }, histories } = checkpoint;
  const header = new TextEncoder().encode(JSON.stringify(headerOf(checkpoint)));
  const curves = Float64Array.from(
    histories.flatMap((history) =>
      SPLITS.flatMap((split) => METRICS.flatMap((key) => history[split].map((it) => it[key])))
    ),
  );
  const parts = [
    new TextEncoder().encode(MAGIC),
    new Uint8Array(Uint32Array.of(header.length).buffer),
    header,
    ...ROWS.map((name) => bytesOf(checkpoint[name])),
    bytesOf(records),
    bytesOf(curves),
  ];
  const length = parts.reduce((sum, part) => sum + part.length, 0) + SEAL;
  return { length, [Symbol.iterator]: () => addSeal(parts) };
}

/** The parts in pieces, as they are asked for, and behind them their hash. */
function* addSeal(parts: readonly Uint8Array[]): Generator<Uint8Array> {
  const hash = createHash("sha256");
  for (const part of parts) {
    for (let at = 0; at < part.length; at += PIECE) {
      const piece = part.subarray(at, at + PIECE);
      hash.update(piece);
      yield piece;
    }
  }
  yield hash.digest();
}

/** @throws {Failure} "input", naming the file they are of, where they are damaged. */
function unseal(bytes: Uint8Array<ArrayBuffer>, path: string): Checkpoint {
  const damaged = () => new Failure("input", `Cannot use the checkpoint ${path}: it is damaged`);
  const end = bytes.length - SEAL;
  if (end < MAGIC.length + 4) throw damaged();
  const sum = createHash("sha256").update(bytes.subarray(0, end)).digest();
  if (sum.some((byte, i) => byte !== bytes[end + i])) throw damaged();
  if (new TextDecoder().decode(bytes.subarray(0, MAGIC.length)) !== MAGIC) throw damaged();

  const start = MAGIC.length + 4;
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(MAGIC.length, true);
  const header = new TextDecoder().decode(bytes.subarray(start, start + length));
  const { row, begun, epochs, ...whose }: ReturnType<typeof headerOf> = JSON.parse(header);
  let at = start + length;
  const take = (count: number) => bytes.slice(at, at += count).buffer; // aligned, as a copy
  const rows = ROWS.map(() => new Float32Array(take(4 * row * whose.folders.length)));
  const records = new Float32Array(take(4 * begun.records));
  const histories = epochs.map((count) => {
    const [train, valid] = SPLITS.map(() => {
      const [losses, ces, accuracies] = METRICS.map(() => new Float64Array(take(8 * count)));
      return Array.from(losses, (loss, i) => ({ loss, ce: ces[i], accuracy: accuracies[i] }));
    });
    return { train, valid };
  });
  if (at !== end) throw damaged();
  const [parameters, m, v, kept] = rows;
  const left = { ...begun, records: begun.records > 0 ? records : undefined };
  return { ...whose, parameters, m, v, kept, histories, begun: left };
}

function bytesOf({ buffer, byteOffset, byteLength }: Float32Array | Float64Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
