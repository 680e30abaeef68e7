/**
 * Penalties on kernels: plain L2, and the smooth-kernel penalty SK-reg (SPEC §4).
 *
 * @module
 */
import l2Source from "../../shaders/l2.wgsl" with { type: "text" };
import smoothKernelSource from "../../shaders/smooth_kernel.wgsl" with { type: "text" };
import type { Gpu } from "../gpu/device.ts";
import { bind, ceilDiv, type Shader, type Step } from "../gpu/shader.ts";
import { createTensor, type Tensor } from "../gpu/tensor.ts";
import type { Layout, Parameter } from "./layout.ts";

const l2Shader = {
  name: "l2",
  source: l2Source,
  bindings: {
    ...{ parameters: "read", chunks: "read", lambdas: "read" },
    ...{ gradients: "read_write", penalties: "write" },
  },
} as const satisfies Shader<string>;

const smoothKernelShader = {
  name: "smooth_kernel",
  source: smoothKernelSource,
  bindings: {
    ...{ parameters: "read", inverse: "read", lambdas: "read" },
    ...{ gradients: "read_write", penalties: "write" },
  },
} as const satisfies Shader<string>;

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
   * For SK, each conv layer's precision S in float64, row by row: (D, D) with D = K·K·C (rank 3: one
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
  parameter: Parameter;
  lambdas: (trial: number) => number;
  precision?: Float64Array;
  vectors: number;
  /** Partial sums in `penalties`. */
  parts: number;
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
  const [trials, row] = parameters.shape;
  const terms = listTerms(layout, spec, trials);
  const total = Math.max(1, terms.reduce((sum, term) => sum + term.parts, 0));
  const penalties = createTensor(gpu, "penalties", [trials, total]);
  if (terms.length === 0) return { penalties, regularize: [], measure: [] };

  const table = Float32Array.from(
    { length: trials * terms.length },
    (_, i) => terms[i % terms.length].lambdas(Math.floor(i / terms.length)),
  );
  const lambdas = createTensor(gpu, "lambdas", [trials, terms.length], table);
  const precisions = terms.map(({ precision, parameter }) =>
    precision && createTensor(
      gpu,
      `${parameter.name} precision`,
      [precision.length],
      Float32Array.from(precision),
    )
  );

  const places = terms.flatMap(({ parameter: { offset, size }, precision, parts }, t) =>
    precision ? [] : Array.from(
      { length: parts },
      (_, i) => [offset + CHUNK * i, Math.min(CHUNK, size - CHUNK * i), t],
    )
  );
  const penalised = places.reduce((sum, [, size]) => sum + size, 0);
  const chunks = places.length > 0 &&
    createTensor(gpu, "chunks", [places.length, 3], Uint32Array.from(places.flat()));

  const steps = async (addGradient: 0 | 1) => {
    const buffers = { parameters, lambdas, gradients, penalties };
    const constants = {
      ROW: row,
      LAMBDAS: terms.length,
      PENALTIES: total,
      ADD_GRADIENT: addGradient,
    };
    let first = 0;
    const bound = terms.flatMap(({ parameter: { offset, size }, vectors, parts }, t) => {
      const inverse = precisions[t];
      if (!inverse) return [];
      const step = bind(gpu, smoothKernelShader, {
        buffers: { ...buffers, inverse },
        constants: {
          ...{ ...constants, OFFSET: offset, D: size / vectors, VECTORS: vectors },
          ...{ LAMBDA: t, FIRST_PENALTY: first },
        },
        workgroups: [parts, 1, trials],
        multiplyAdds: trials * size * (size / vectors),
        touched: {
          parameters: trials * size,
          gradients: addGradient * trials * size,
          penalties: trials * parts,
        },
      });
      first += parts;
      return [step];
    });
    if (chunks) {
      bound.push(bind(gpu, l2Shader, {
        buffers: { ...buffers, chunks },
        constants: { ...constants, FIRST_PENALTY: first },
        workgroups: [places.length, 1, trials],
        multiplyAdds: 2 * trials * penalised,
        touched: {
          ...{ parameters: trials * penalised, gradients: addGradient * trials * penalised },
          penalties: trials * places.length,
        },
      }));
    }
    return await Promise.all(bound);
  };
  return { penalties, regularize: await steps(1), measure: await steps(0) };
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
  const terms = convs.map(({ weights }, i): Term => {
    const precision = precisions?.[i];
    const vectors = precision ? countVectors(weights, precision) : 1;
    const parts = precision ? vectors : ceilDiv(weights.size, CHUNK);
    return { parameter: weights, lambdas: (trial) => all[trial], precision, vectors, parts };
  });
  denses.forEach(({ weights }, i) => {
    if (denseL2[i] === 0) return;
    const parts = ceilDiv(weights.size, CHUNK);
    terms.push({ parameter: weights, lambdas: () => denseL2[i], vectors: 1, parts });
  });
  return terms;
}

/** How many vectors of the precision's dimension a kernel (K, K, C, M) holds. */
function countVectors({ name, shape, size }: Parameter, precision: Float64Array): number {
  const dimensions = Math.round(Math.sqrt(precision.length));
  const [k, , channels] = shape;
  if (
    dimensions ** 2 !== precision.length ||
    (dimensions !== k * k && dimensions !== k * k * channels)
  ) {
    throw new TypeError(
      `Cannot regularize ${name} of shape [${shape}]: a covariance of ${precision.length} entries ` +
        `is neither ${k * k}×${k * k} (rank 2) nor ${k * k * channels}×${
          k * k * channels
        } (rank 3)`,
    );
  }
  return size / dimensions;
}
