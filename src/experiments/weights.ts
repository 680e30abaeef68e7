/**
 * Kernels for the fit from weights files of anyone.
 *
 * @module
 */
import { Failure } from "../failure.ts";
import type { NdArray } from "../io/npy.ts";
import { putFiltersLast } from "../io/kernel_axes.ts";
import { findCopies } from "../prior/copies.ts";
import { stackKernels } from "../prior/kernels.ts";
import type { LayerKernels } from "../prior/fit_layer.ts";
import type { FoundTensor } from "../runs/summaries.ts";
import {
  findTensors,
  nameTensor,
  some,
  type StoredKernel,
  type WeightsOptions,
} from "./find_tensors.ts";

/** What the files hold for the fit. */
export interface FoundWeights {
  /** The layers to fit. */
  layers: LayerKernels[];
  /** What was found, and what became of it. */
  tensors: FoundTensor[];
  /** What the reader should know, one sentence each. */
  warnings: string[];
}

/** A layer's kernels from each of its files. */
interface Stack {
  files: string[];
  kernels: NdArray[];
  layer: LayerKernels;
}

/**
 * Reads the kernels in weights files; only those that will be fitted are read.
 *
 * @param on Called with what was found, before anything is read.
 * @throws {Failure} As {@linkcode findTensors}, and where numbers are not finite or all equal.
 */
export async function readWeights(
  options: WeightsOptions,
  on: (tensors: FoundTensor[]) => void = () => {},
): Promise<FoundWeights> {
  const { groups, doubts } = await findTensors(options);
  const tensors = groups.map(({ found }) => found);
  on(tensors);
  const stacks: Stack[] = [];
  for (const { found: { layer, rank, reason }, stored } of groups) {
    if (layer === undefined) continue;
    const kernels: NdArray[] = [];
    for (const kernel of stored) kernels.push(await readKernel(kernel));
    const stacked = stackKernels(kernels);
    const files = stored.map(({ file }) => file);
    stacks.push({ files, kernels, layer: { name: layer, rank, reason, kernels: stacked } });
  }
  const layers = stacks.map(({ layer }) => layer);
  return { layers, tensors, warnings: [...doubts, ...doubtFiles(stacks)] };
}

/** Reads a kernel as (K, K, C, M). */
async function readKernel({ file, tensor, order }: StoredKernel): Promise<NdArray> {
  const kernel = await tensor.read();
  const { data } = kernel;
  const broken = data.findIndex((value) => !Number.isFinite(value));
  const state = broken >= 0
    ? `value ${broken} is ${data[broken]}`
    : data.every((value) => value === data[0])
    ? `all of its values are ${data[0]}`
    : undefined;
  if (state !== undefined) {
    throw new Failure(
      "input",
      `Cannot fit ${nameTensor(tensor)} of ${file}: ${state}; name the other layers with --layers`,
    );
  }
  return order === "OIHW" ? putFiltersLast(kernel) : kernel;
}

/** What speaks against the files: layers of one alone, or copies. */
function doubtFiles(stacks: readonly Stack[]): string[] {
  const byFiles = [...Map.groupBy(stacks, ({ files }) => files.join()).values()];
  const single = byFiles.filter(([{ files }]) => files.length === 1).flat();
  const names = single.length === stacks.length
    ? "each layer"
    : `each of ${some(single.map(({ layer }) => layer.name))}`;
  return [
    ...single.length > 0
      ? [
        `${names} is of one file, so the kernels that are held out are of the same network, and the ` +
        `figures say nothing of others; give weights of several networks`,
      ]
      : [],
    ...byFiles.filter(([{ files }]) => files.length > 1).flatMap((stacks) =>
      findCopies(
        stacks[0].files.map((name, f) => ({
          name,
          kernels: stacks.map(({ kernels }) => kernels[f]),
        })),
        stacks.map(({ layer }) => layer.name),
      )
    ),
  ];
}
