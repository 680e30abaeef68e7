/**
 * Which tensors of weights files are to be fitted, as which layers, and why others are not.
 *
 * @module
 */
import { Failure } from "../failure.ts";
import { byNumber } from "../io/stored_network.ts";
import { openTensors, type TensorFile } from "../io/open_tensors.ts";
import type { StoredTensor } from "../io/tensors.ts";
import { AXES, type AxisOrder, guessOrder, type KernelShape, nameAxes } from "../io/kernel_axes.ts";
import { askedRank, chooseRank } from "../prior/choose_rank.ts";
import { isNamed, judgeTensors } from "../prior/choose_tensors.ts";
import type { Rank } from "../prior/kernels.ts";
import { MIN_SAMPLES } from "../prior/tikhonov.ts";
import type { FoundTensor } from "../runs/summaries.ts";

/** Which weights are fitted, and how. */
export interface WeightsOptions {
  /** The files; a layer of one name and shape in several of them is fitted to the kernels of all. */
  weights: readonly string[];
  /** Names of tensors, `*` for any signs and `?` for one; default: all. */
  layers?: readonly string[];
  /** What counts as one sample: 3 = a filter, 2 = one channel of a filter; default: see `chooseRank`. */
  rank?: Rank;
  /** The order of axes in files that do not say it; default: PyTorch's in safetensors, else by shape. */
  order?: AxisOrder;
}

/** A tensor of four axes in its file. */
export interface StoredKernel {
  file: string;
  tensor: StoredTensor;
  order: AxisOrder;
  shape: KernelShape;
  readsImage: boolean;
  fault?: string;
}

/** A tensor that was found, and where it is stored. */
export interface TensorGroup {
  found: FoundTensor;
  /** One a file. */
  stored: StoredKernel[];
}

/**
 * Lists the tensors of four axes in weights files, those of one name and one shape of kernels together.
 *
 * @returns At least one that is to be fitted; and what the files do not say and was guessed.
 * @throws {Failure} "input", naming the file and what to do, where one cannot be read, its order of axes
 * cannot be told, or nothing in all of them can be fitted.
 */
export async function findTensors(
  options: WeightsOptions,
): Promise<{ groups: TensorGroup[]; doubts: string[] }> {
  const { weights: files, layers: patterns = [], rank } = options;
  const kernels: StoredKernel[] = [], doubts: string[] = [], all: string[] = [];
  for (const file of files) {
    const opened = await openTensors(file);
    all.push(...opened.tensors.map(nameTensor));
    doubts.push(...opened.doubts.map((doubt) => `${file}: ${doubt}`));
    kernels.push(...judgeFile(file, opened, options, doubts));
  }
  const names = [...new Set(kernels.map(({ tensor }) => tensor.name))];
  const lost = patterns.find((pattern) => !names.some((name) => isNamed(name, [pattern])));
  if (lost !== undefined && names.length > 0) {
    throw new Failure(
      "input",
      `Cannot find ${lost} in ${files.join(", ")}: the tensors of four axes are ${some(names)}`,
    );
  }
  let count = 0;
  const alike = Map.groupBy(
    kernels,
    ({ tensor, shape, fault }) => JSON.stringify([tensor.name, shape, fault]),
  );
  const groups = [...alike.values()].map((stored): TensorGroup => {
    const { fault, ...found } = describe(stored, rank);
    return {
      stored,
      found: fault === undefined ? { ...found, layer: `conv${++count}` } : found,
    };
  });
  if (count > 0) return { groups, doubts: [...doubts, ...doubtShapes(kernels)] };
  throw nothingFitted(files, groups.map(({ found }) => found), all, doubts);
}

/** The tensors of four axes in a file, in its network's order where that is known. */
function judgeFile(
  file: string,
  { format, tensors }: TensorFile,
  { layers = [], order: told }: WeightsOptions,
  doubts: string[],
): StoredKernel[] {
  const found = tensors.filter(({ shape }) => shape.length === 4);
  const order = format === "Keras" ? "HWIO" : told ?? tellOrder(file, format, found, doubts);
  const shapes = found.map(({ shape }) => nameAxes(shape, order));
  const judged = judgeTensors(found.map((tensor, i) => ({ ...tensor, ...shapes[i] })), layers);
  const candidates = found.map((tensor, i): StoredKernel => ({
    ...{ file, tensor, order, shape: shapes[i], ...judged[i] },
  }));
  if (format !== "safetensors") return candidates;
  // Sorted by their names as text when they were written: 10 before 2, and the stem anywhere.
  return candidates.sort((a, b) =>
    Number(b.readsImage) - Number(a.readsImage) || byNumber(a.tensor.name, b.tensor.name)
  );
}

function tellOrder(
  file: string,
  format: TensorFile["format"],
  tensors: readonly StoredTensor[],
  doubts: string[],
): AxisOrder {
  const shapes = tensors.map(({ shape }) => shape);
  const guess = guessOrder(shapes);
  if (format === "safetensors") {
    if (guess === "HWIO") {
      doubts.push(
        `${file}: its axes were taken for PyTorch's ${AXES.OIHW}, but its shapes look like ` +
          `${AXES.HWIO}; if they are that, give --order=HWIO`,
      );
    }
    return "OIHW";
  }
  if (guess !== undefined) return guess;
  throw new Failure(
    "input",
    `Cannot tell the order of axes in ${file}: ${some(tensors.map(nameTensor))} may be ` +
      `${AXES.OIHW} or ${AXES.HWIO}; give --order=OIHW or --order=HWIO`,
  );
}

/** What becomes of a tensor that lies in one or more files. */
function describe(group: readonly StoredKernel[], asked?: Rank): FoundTensor & { fault?: string } {
  const [{ tensor: { name }, shape: sizes, readsImage, fault }] = group;
  const { rows, channels } = sizes;
  const filters = group.length * sizes.filters;
  const { rank, reason } = askedRank(asked) ??
    chooseRank({ filters, kernel: rows, channels, readsImage });
  const samples = rank === 3 ? filters : filters * channels;
  const few = samples < MIN_SAMPLES
    ? `its ${samples} samples are fewer than the ${MIN_SAMPLES} that cross-validation needs; give ` +
      `weights of more networks`
    : undefined;
  const left = fault ?? few;
  const stored = group.map(({ file, tensor: { shape }, order }) => ({ file, shape, order }));
  return { name, stored, ...sizes, samples, rank, reason: left ?? reason, fault: left };
}

function nothingFitted(
  files: readonly string[],
  tensors: readonly FoundTensor[],
  all: readonly string[],
  doubts: readonly string[],
): Failure {
  const reasons = tensors.map(({ name, stored: [{ shape }], reason }) =>
    `${nameTensor({ name, shape })}: ${reason}`
  );
  const state = reasons.length > 0
    ? `no tensor can be: ${some(reasons, "; ")}`
    : `there is no tensor of four axes, as convolutions have, but ${some(all) || "none"}`;
  return new Failure(
    "input",
    [
      `Cannot fit ${files.join(", ")}: ${state}`,
      ...doubts,
      "what can be fitted are square kernels of 2×2 to 16×16 in numbers of 16, 32 or 64 bits",
    ].join("; "),
  );
}

/** Layers of one name that could not be put together. */
function doubtShapes(kernels: readonly StoredKernel[]): string[] {
  const taken = kernels.filter(({ fault }) => fault === undefined), doubts: string[] = [];
  for (const [first, ...others] of Map.groupBy(taken, ({ tensor }) => tensor.name).values()) {
    const of = JSON.stringify(first.shape);
    const other = others.find(({ shape }) => JSON.stringify(shape) !== of);
    const what = `${nameTensor(first.tensor)} of ${first.file} is`;
    const there = other && `(${other.tensor.shape.join(", ")}) in ${other.file}`;
    if (there) doubts.push(`${what} ${there}, so the two are fitted apart`);
  }
  return doubts;
}

/** A tensor in messages. */
export const nameTensor = ({ name, shape }: { name: string; shape: readonly number[] }) =>
  `${name} (${shape.join(", ")})`;

/** The first few of a list. */
export function some(items: readonly string[], separator = ", "): string {
  const more = items.length > 8 ? [`and ${items.length - 8} more`] : [];
  return [...items.slice(0, 8), ...more].join(separator);
}
