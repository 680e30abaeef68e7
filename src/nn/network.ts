/**
 * A network's trials as two step lists, forward and backward.
 *
 * @module
 */
import type { Gpu } from "../gpu/device.ts";
import type { Step } from "../gpu/shader.ts";
import { createTensor, type Tensor } from "../gpu/tensor.ts";
import {
  convPoolBackward,
  convPoolForward,
  type ConvPoolMaps,
  createConvPoolMaps,
} from "./conv_pool.ts";
import { denseBackward, denseForward } from "./dense.ts";
import { dropout, multiply } from "./dropout.ts";
import type { Layout } from "./layout.ts";
import { softmaxCrossEntropy } from "./softmax_cross_entropy.ts";

/** What a network computes on. */
export interface NetworkInputs {
  /** (TRIALS or 1, BATCH, X_HEIGHT, X_WIDTH, CHANNELS): images in the first layer's zero padding. */
  x: Tensor;
  /** (TRIALS, ROW) */
  parameters: Tensor;
  /** (TRIALS or 1, STEPS · BATCH, 12): labels and weights of the images. */
  slots: Tensor;
  /** (64) u32: the step, at 0. */
  clock: Tensor;
  /** (CLASSES) */
  classWeights: Tensor;
}

/** What turns the forward pass into training. */
export interface TrainingInputs {
  /** (TRIALS, ROW), overwritten by each backward pass. */
  gradients: Tensor;
  /** (TRIALS) u32 seeds of the dropout masks, or the masks themselves, (TRIALS, BATCH, INPUTS) each. */
  dropout: { seeds: Tensor } | { masks: Tensor[] };
}

/** A network bound to its tensors. */
export interface Network {
  /** From images to losses. */
  forward: Step[];
  /** From losses to gradients; empty without `training`. */
  backward: Step[];
  /** (TRIALS, BATCH, CLASSES) */
  logits: Tensor;
  /** (TRIALS, BATCH, 4): class weight · ce, ce, correct, 0 */
  losses: Tensor;
}

/**
 * Creates the maps between the layers and binds every layer to them.
 *
 * @param training Omitted: evaluation, without dropout and without a backward pass.
 */
export async function createNetwork(
  gpu: Gpu,
  layout: Layout,
  { x, parameters, slots, clock, classWeights }: NetworkInputs,
  training?: TrainingInputs,
): Promise<Network> {
  const [trials] = parameters.shape;
  const [, batch] = x.shape;
  const forward: Step[] = [];

  const convInputs: Tensor[] = [];
  const convMaps: ConvPoolMaps[] = [];
  let map = x;
  for (const layer of layout.convs) {
    const maps = createConvPoolMaps(gpu, layer, trials, batch);
    forward.push(...await convPoolForward(gpu, layer, { x: map, parameters, ...maps }));
    convInputs.push(map);
    convMaps.push(maps);
    map = maps.y;
  }

  const denseInputs: Tensor[] = [];
  for (const [i, layer] of layout.denses.entries()) {
    // (TRIALS, BATCH, H, W, M) → (TRIALS, BATCH, INPUTS), then dropout in place
    map = { ...map, shape: [trials, batch, layer.inputs] };
    const drop = training?.dropout;
    if (drop && "masks" in drop) {
      forward.push(...await multiply(gpu, map, drop.masks[i]));
    } else if (drop) {
      const option = { rate: layer.dropout, layer: i };
      forward.push(...await dropout(gpu, option, { x: map, seeds: drop.seeds, clock }));
    }
    const y = createTensor(gpu, `dense_${i + 1} y`, [trials, batch, layer.outputs]);
    forward.push(...await denseForward(gpu, layer, { x: map, parameters, y }));
    denseInputs.push(map);
    map = y;
  }

  const logits = map;
  const losses = createTensor(gpu, "losses", [trials, batch, 4]);
  const dlogits = createTensor(gpu, "dlogits", logits.shape);
  forward.push(
    ...await softmaxCrossEntropy(gpu, { logits, slots, classWeights, clock, losses, dlogits }),
  );
  if (!training) return { forward, backward: [], logits, losses };

  const { gradients } = training;
  const backward: Step[] = [];
  let dy = dlogits;
  for (const [i, layer] of [...layout.denses.entries()].reverse()) {
    const dx = createTensor(gpu, `dense_${i + 1} dx`, [trials, batch, layer.inputs]);
    const tensors = { dy, x: denseInputs[i], parameters, gradients, dx };
    backward.push(...await denseBackward(gpu, layer, tensors));
    dy = dx;
  }
  for (const [i, layer] of [...layout.convs.entries()].reverse()) {
    // The images need no gradient.
    const { height, width, channels } = layer;
    const dx = i > 0
      ? createTensor(gpu, `conv2d_${i + 1} dx`, [trials, batch, height, width, channels])
      : undefined;
    const tensors = { x: convInputs[i], parameters, gradients, dy, dx, ...convMaps[i] };
    backward.push(...await convPoolBackward(gpu, layer, tensors));
    if (dx) dy = dx;
  }
  return { forward, backward, logits, losses };
}
