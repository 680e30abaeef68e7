/**
 * A golden case of a whole network: what some steps of training start from, and what comes of them
 * (SPEC §9).
 *
 * @module
 */
import { readJson } from "../io/files.ts";
import { readNpy } from "../io/npy.ts";
import type { AdamOptions } from "../nn/adam.ts";
import { createLayout, type Layout, type NetworkSpec } from "../nn/layout.ts";
import type { RegularizerSpec } from "../nn/regularizer.ts";
import { AS_IT_IS, type Slot } from "../nn/slots.ts";
import { precision } from "../prior/gaussian.ts";
import type { Choices } from "../reference/network.ts";
import type { Array64 } from "../reference/array.ts";

/** One network, one batch, and what the same training makes of both in every step. */
export interface NetworkCase {
  layout: Layout;
  /** (ROW): the parameters at the start. */
  row: Float32Array<ArrayBuffer>;
  /** (BATCH, HEIGHT, WIDTH, CHANNELS) */
  images: Float32Array<ArrayBuffer>;
  /** (BATCH) */
  slots: Slot[];
  /** (CLASSES) */
  classWeights: Float32Array<ArrayBuffer>;
  /** The dropout factors of each dense layer in training: (BATCH, INPUTS) float32 */
  factors: Float32Array<ArrayBuffer>[];
  regularizer: RegularizerSpec & { lambda: number };
  adam: AdamOptions;
  steps: number;
}

/** What is compared. */
export interface NetworkResults {
  /** (BATCH, CLASSES) at the start: evaluating, then training. */
  logits: ArrayLike<number>[];
  /** Loss with penalty, mean cross-entropy, penalty: (STEPS) each. */
  losses: ArrayLike<number>[];
  /** (ROW), penalty included: of the first step. */
  gradients: ArrayLike<number>;
  /** (ROW): the parameters after the steps. */
  after: ArrayLike<number>;
}

/** What a machine showed of one step. */
export interface SeenStep {
  /** (ROW) before the step. */
  row: ArrayLike<number>;
  /** Each conv layer's pooled map: (BATCH, OUT_HEIGHT, OUT_WIDTH, FILTERS) */
  convs: Array64[];
  /** Each dense layer's output: (BATCH, 1, 1, OUTPUTS) */
  denses: Array64[];
  choices: Choices;
}

/** `manifest.json` */
interface Manifest extends NetworkSpec {
  batch: number;
  classes: number;
  regularizer: { mode: "l2" | "sk"; alpha: number; base: number };
  denseL2: number[];
  adam: AdamOptions;
  steps: number;
  trace: { loss: number; cross_entropy: number; penalty: number }[];
}

/**
 * Reads a case and what independent code computed of it.
 *
 * @throws {Error} When a file is missing or broken, naming it.
 */
export async function readNetworkCase(
  dir: string,
): Promise<{ network: NetworkCase; expected: NetworkResults }> {
  const manifest = await readJson<Manifest>(`${dir}/manifest.json`);
  const { batch, trace, regularizer: { mode, alpha, base }, denseL2, adam, steps } = manifest;
  const layout = createLayout(manifest);
  const read = (file: string) => readNpy(`${dir}/${file}.npy`);
  const float32 = async (file: string) => Float32Array.from((await read(file)).data);
  const readRow = async (prefix: string) => {
    const row = new Float64Array(layout.row);
    for (const { name, offset, size } of layout.parameters) {
      const { data } = await read(`${prefix}${name}`);
      if (data.length !== size) {
        const file = `${dir}/${prefix}${name}.npy`;
        throw new TypeError(
          `Cannot use ${file}: it holds ${data.length} values instead of ${size}`,
        );
      }
      row.set(data, offset);
    }
    return row;
  };
  const labels = (await read("inputs/labels")).data;
  const factors = [], precisions = [];
  for (let i = 0; i < layout.denses.length; i++) {
    factors.push(await float32(`inputs/dropout_${i + 1}`));
  }
  for (let i = 0; mode === "sk" && i < layout.convs.length; i++) {
    const covariance = await read(`inputs/cov_${i + 1}`);
    precisions.push((await precision(covariance, { unitDeterminant: true })).data);
  }
  const network: NetworkCase = {
    layout,
    factors,
    adam,
    steps,
    row: Float32Array.from(await readRow("inputs/")),
    images: await float32("inputs/images"),
    slots: Array.from(labels, (label, image) => ({ image, label, weight: 1 / batch, ...AS_IT_IS })),
    classWeights: await float32("inputs/class_weights"),
    regularizer: {
      lambda: base * alpha,
      denseL2,
      precisions: mode === "sk" ? precisions : undefined,
    },
  };
  const expected: NetworkResults = {
    logits: [
      (await read("expected/logits_eval")).data,
      (await read("expected/logits_train")).data,
    ],
    losses: (["loss", "cross_entropy", "penalty"] as const)
      .map((key) => trace.map((step) => step[key])),
    gradients: await readRow("expected/grad."),
    after: await readRow("expected/after."),
  };
  return { network, expected };
}
