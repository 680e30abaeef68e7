/**
 * Penalties on kernels: plain L2, and the smooth-kernel penalty SK-reg (SPEC §4).
 *
 * @module
 */
import l2Source from "../../shaders/l2.wgsl" with { type: "text" };
import smoothKernelSource from "../../shaders/smooth_kernel.wgsl" with { type: "text" };
import type { Gpu } from "../gpu/device.ts";
import { bind, ceilDiv, defineShader, type Step } from "../gpu/shader.ts";
import { createTensor, type Tensor } from "../gpu/tensor.ts";
import type { Layout, Parameter } from "./layout.ts";

const l2Shader = defineShader("l2", l2Source, {
  parameters: "read",
  chunks: "read",
  lambdas: "read",
  gradients: "read_write",
  penalties: "write",
});

const smoothKernelShader = defineShader("smooth_kernel", smoothKernelSource, {
  parameters: "read",
  inverse: "read",
  lambdas: "read",
  gradients: "read_write",
  penalties: "write",
});

/** Elements whose squares are added by one workgroup. */
const CHUNK = 4096;

/** What to add to the loss. Biases are never penalised. */
export interface RegularizerSpec {
  /**
   * Strength of the penalty on conv kernels, one value for each trial or one for all, ≥ 0:
   * λ·Σw² (L2), or λ·Σ wᵀSw (SK). The paper's λ is 0.05·α.
   */
  lambda: number | readonly number[];
  /**
   * Each conv layer's precision S for SK, in float64, row by row: (D, D) with D = K·K·C (rank 3: one
   * vector per filter) or K·K (rank 2: one per channel and filter). Omitted: L2.
   */
  precisions?: readonly Float64Array[];
  /** λ of Σw² on each dense kernel, in order; the paper's are 0.01 and 0. */
  denseL2: readonly number[];
}

/** The penalty of each trial in parts, and the steps that compute it. */
export interface Regularizer {
  /** (TRIALS, PENALTIES): they add up to the trial's penalty. */
  penalties: Tensor;
  /** Computes the penalties and adds their gradients to the gradient rows. */
  regularize: Step[];
  /** Computes the penalties only. */
  measure: Step[];
}

/** One penalised tensor: where it lies, how strong, and its vectors (1 where the penalty is L2). */
interface Term {
  /** The place of its strength among the λ. */
  number: number;
  parameter: Parameter;
  lambdas: (trial: number) => number;
  precision?: Float64Array;
  vectors: number;
  /** Partial sums in `penalties`. */
  parts: number;
  /** The place of the first of them. */
  first: number;
}

/**
 * Prepares the penalty of a network's trials.
 *
 * @param parameters (TRIALS, ROW)
 * @param gradients (TRIALS, ROW)
 * @throws {TypeError} When a precision fits neither rank of its layer, or layers are missing.
 * @throws {RangeError} When a λ is negative or no number.
 */
export async function createRegularizer(
  gpu: Gpu,
  layout: Layout,
  spec: RegularizerSpec,
  { parameters, gradients }: { parameters: Tensor; gradients: Tensor },
): Promise<Regularizer> {
  const [trials] = parameters.shape;
  const terms = listTerms(layout, spec, trials);
  const total = Math.max(1, terms.reduce((sum, term) => sum + term.parts, 0));
  const penalties = createTensor(gpu, "penalties", [trials, total]);
  if (terms.length === 0) return { penalties, regularize: [], measure: [] };
  const table = Float32Array.from(
    { length: trials * terms.length },
    (_, i) => terms[i % terms.length].lambdas(Math.floor(i / terms.length)),
  );
  const lambdas = createTensor(gpu, "lambdas", [trials, terms.length], table);
  const buffers = { parameters, lambdas, gradients, penalties };
  const smooth = terms.filter(({ precision }) => precision).map((term) => {
    const values = Float32Array.from(term.precision!), name = `${term.parameter.name} precision`;
    return { ...term, inverse: createTensor(gpu, name, [values.length], values) };
  });
  const plain = terms.filter(({ precision }) => !precision), chunks = uploadChunks(gpu, plain);
  const steps = (addGradient: 0 | 1) =>
    Promise.all([
      ...smooth.map((term) => smoothKernel(gpu, buffers, term, addGradient)),
      ...chunks ? [l2(gpu, buffers, chunks, plain[0].first, addGradient)] : [],
    ]);
  return { penalties, regularize: await steps(1), measure: await steps(0) };
}

/** What both shaders read and write. */
type Buffers = Record<"parameters" | "lambdas" | "gradients" | "penalties", Tensor>;

function smoothKernel(
  gpu: Gpu,
  buffers: Buffers,
  { parameter: { offset, size }, vectors, inverse, number, first }: Term & { inverse: Tensor },
  addGradient: 0 | 1,
): Promise<Step> {
  const [trials] = buffers.parameters.shape;
  return bind(gpu, smoothKernelShader, {
    buffers: { ...buffers, inverse },
    constants: {
      ...sizeConstants(buffers, first, addGradient),
      OFFSET: offset,
      D: size / vectors,
      VECTORS: vectors,
      LAMBDA: number,
    },
    workgroups: [vectors, 1, trials],
    multiplyAdds: trials * size * (size / vectors),
    touched: touch(trials, size, vectors, addGradient),
  });
}

/** The tensors under L2 in chunks, (CHUNKS, 3) u32 as the shader declares them. */
function uploadChunks(gpu: Gpu, terms: readonly Term[]): Tensor & { elements: number } | undefined {
  if (terms.length === 0) return undefined;
  const places = terms.flatMap(({ parameter: { offset, size }, parts, number }) =>
    Array.from({ length: parts }, (_, i) => {
      return [offset + CHUNK * i, Math.min(CHUNK, size - CHUNK * i), number];
    })
  );
  const elements = terms.reduce((sum, { parameter }) => sum + parameter.size, 0);
  const chunks = createTensor(gpu, "chunks", [places.length, 3], Uint32Array.from(places.flat()));
  return { ...chunks, elements };
}

function l2(
  gpu: Gpu,
  buffers: Buffers,
  chunks: Tensor & { elements: number },
  first: number,
  addGradient: 0 | 1,
): Promise<Step> {
  const [trials] = buffers.parameters.shape, [count] = chunks.shape;
  return bind(gpu, l2Shader, {
    buffers: { ...buffers, chunks },
    constants: sizeConstants(buffers, first, addGradient),
    workgroups: [count, 1, trials],
    multiplyAdds: 2 * trials * chunks.elements,
    touched: touch(trials, chunks.elements, count, addGradient),
  });
}

/** The constants that both shaders have. */
function sizeConstants({ parameters, lambdas, penalties }: Buffers, first: number, adds: 0 | 1) {
  const [ROW, LAMBDAS, PENALTIES] = [parameters, lambdas, penalties].map(({ shape }) => shape[1]);
  return { ROW, LAMBDAS, PENALTIES, FIRST_PENALTY: first, ADD_GRADIENT: adds };
}

/** What both touch of each binding, of so many elements and sums a trial. */
function touch(trials: number, size: number, sums: number, adds: 0 | 1) {
  const elements = trials * size;
  return { parameters: elements, gradients: adds * elements, penalties: trials * sums };
}

function listTerms(layout: Layout, spec: RegularizerSpec, trials: number): Term[] {
  const { convs, denses } = layout;
  const { lambda, precisions, denseL2 } = spec;
  const all = typeof lambda === "number" ? Array(trials).fill(lambda) as number[] : lambda;
  for (const value of [...all, ...denseL2]) {
    if (!(value >= 0 && value < Infinity)) {
      throw new RangeError(`Cannot regularize with λ = ${value}: it must be a number ≥ 0`);
    }
  }
  if (all.length !== trials || denseL2.length !== denses.length) {
    throw new TypeError(
      `Cannot regularize ${trials} trials and ${denses.length} dense layers with ` +
        `${all.length} conv and ${denseL2.length} dense strengths`,
    );
  }
  if (precisions && precisions.length !== convs.length) {
    throw new TypeError(
      `Cannot regularize ${convs.length} conv layers with ${precisions.length} covariances`,
    );
  }
  const terms: Term[] = [];
  const add = (parameter: Parameter, lambdas: Term["lambdas"], precision?: Float64Array) => {
    const vectors = precision ? countVectors(parameter, precision) : 1;
    const parts = precision ? vectors : ceilDiv(parameter.size, CHUNK);
    const first = terms.reduce((sum, { parts }) => sum + parts, 0);
    terms.push({ number: terms.length, parameter, lambdas, precision, vectors, parts, first });
  };
  convs.forEach(({ weights }, i) => add(weights, (trial) => all[trial], precisions?.[i]));
  denses.forEach(({ weights }, i) => {
    if (denseL2[i] > 0) add(weights, () => denseL2[i]);
  });
  return terms; // those under SK-reg come first
}

/** How many vectors of the precision's dimension a kernel (K, K, C, M) holds. */
function countVectors({ name, shape, size }: Parameter, precision: Float64Array): number {
  const [k, , channels] = shape, plane = k * k, filter = plane * channels;
  const dimensions = [plane, filter].find((length) => length ** 2 === precision.length);
  if (dimensions !== undefined) return size / dimensions;
  throw new TypeError(
    `Cannot regularize ${name} of shape [${shape}]: a covariance of ${precision.length} entries ` +
      `is neither ${plane}×${plane} (rank 2) nor ${filter}×${filter} (rank 3)`,
  );
}
