/**
 * A network's trials as two step lists, forward and backward.
 *
 * @module
 */
import type { Gpu } from "../gpu/device.ts";
import type { Step } from "../gpu/shader.ts";
import { createSheet, type Sheet } from "../gpu/sheet.ts";
import { createTensor, type Tensor } from "../gpu/tensor.ts";
import type { ImageSource } from "./augment.ts";
import {
  convPoolBackward,
  convPoolForward,
  createConvPoolMaps,
  createPlanes,
} from "./conv_pool.ts";
import { denseBackward, denseForward } from "./dense.ts";
import { createFlat, dropout, type MapSize, multiply } from "./dropout.ts";
import { firstLayerBackward, firstLayerForward, firstLayerInput } from "./first_layer.ts";
import { type Layout, quads } from "./layout.ts";
import { softmaxCrossEntropy } from "./softmax_cross_entropy.ts";

/** What a network computes on. */
export interface NetworkInputs {
  /** What the first layer reads. */
  images: ImageSource;
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
  /** Both from other images, as many a batch. */
  from(images: ImageSource): Promise<{ forward: Step[]; backward: Step[] }>;
  /** From losses to gradients; empty without `training`. */
  backward: Step[];
  /** (TRIALS, BATCH, 1, ⌈CLASSES/4⌉) */
  logits: Sheet;
  /** (TRIALS, BATCH, 4): class weight · ce, ce, correct, 0 */
  losses: Tensor;
  /** What each conv layer hands on with the places of its maxima, and each dense layer's output. */
  maps: { convs: { y: Sheet; argmax: Tensor }[]; denses: Sheet[] };
}

/**
 * Creates the maps between the layers and binds every layer to them.
 *
 * @param training Omitted: evaluation, without dropout and without a backward pass.
 */
export async function createNetwork(
  gpu: Gpu,
  layout: Layout,
  { images, parameters, slots, clock, classWeights }: NetworkInputs,
  training?: TrainingInputs,
): Promise<Network> {
  const [trials] = parameters.shape;
  const batch = "texture" in images ? images.shape[1] : images.batch;
  const rest: Step[] = []; // of the forward pass, behind the first layer

  const convMaps = layout.convs.map((layer) => createConvPoolMaps(gpu, layer, trials, batch));
  const first = await firstLayerForward(gpu, layout.convs[0], { parameters, ...convMaps[0] });
  for (const [i, layer] of layout.convs.entries()) {
    if (i === 0) continue;
    const forward = await convPoolForward(gpu, layer, { parameters, ...convMaps[i] });
    rest.push(...await forward(convMaps[i - 1].y));
  }
  let map = convMaps[convMaps.length - 1].y;

  const { outHeight: height, outWidth: width, filters } = layout.convs[layout.convs.length - 1];
  let size: MapSize = { height, width, channels: filters };
  const denseInputs: { flat: Sheet; size: MapSize }[] = [];
  const maps = { convs: convMaps, denses: [] as Sheet[] };
  for (const [i, layer] of layout.denses.entries()) {
    const { inputs, outputs } = layer;
    const masks = training && "masks" in training.dropout ? training.dropout.masks : undefined;
    const seeds = training && "seeds" in training.dropout ? training.dropout.seeds : undefined;
    let flat = createFlat(gpu, `dense_${i + 1} x`, [trials, batch], inputs);
    const option = { rate: seeds ? layer.dropout : 0, layer: i };
    const buffers = { map, seeds: seeds ?? clock, clock, x: flat };
    rest.push(...await dropout(gpu, option, size, buffers));
    if (masks) {
      const masked = createFlat(gpu, `dense_${i + 1} masked x`, [trials, batch], inputs);
      rest.push(...await multiply(gpu, { map: flat, factors: masks[i], x: masked }));
      flat = masked;
    }
    const y = createSheet(gpu, `dense_${i + 1} y`, [trials, batch, 1, quads(outputs)]);
    rest.push(...await denseForward(gpu, layer, { x: flat, parameters, y }));
    denseInputs.push({ flat, size });
    maps.denses.push(y);
    map = y;
    size = { height: 1, width: 1, channels: outputs };
  }

  const logits = map;
  const losses = createTensor(gpu, "losses", [trials, batch, 4]);
  const dlogits = createPlanes(gpu, "dlogits", [trials, batch], 1, layout.classes);
  rest.push(
    ...await softmaxCrossEntropy(gpu, { logits, slots, classWeights, clock, losses, dlogits }),
  );
  let last = (_: ImageSource): Promise<Step[]> => Promise.resolve([]); // of the backward pass
  const upper: Step[] = []; // what comes before it
  const from = async (images: ImageSource) => {
    const input = await firstLayerInput(gpu, layout.convs[0], images, "x");
    const backward = [...upper, ...await last(input.images)];
    // Nothing else in it reads the sums of partial gradients: they wait for no other step, and none for them.
    const isSum = ({ label }: Step) => label === "sum_partials";
    backward.sort((a, b) => Number(isSum(a)) - Number(isSum(b)));
    return { forward: [...input.before, ...await first(input.images), ...rest], backward };
  };
  if (!training) return { ...await from(images), from, logits, losses, maps };

  const { gradients } = training;
  let dy = dlogits;
  for (const [i, layer] of [...layout.denses.entries()].reverse()) {
    const { flat, size } = denseInputs[i];
    // A dense layer below reads dy as one plane of one row.
    const below = i > 0 ? { height: 1, width: layer.inputs, channels: 1 } : size;
    const blocks = [trials, batch, below.channels];
    const dx = createPlanes(gpu, `dense_${i + 1} dx`, blocks, below.height, below.width);
    const buffers = { dy, x: flat, parameters, gradients, dx };
    upper.push(...await denseBackward(gpu, layer, below, buffers));
    dy = dx;
  }
  for (const [i, layer] of [...layout.convs.entries()].reverse()) {
    const { argmax } = convMaps[i];
    if (i === 0) {
      const buffers = { dy, argmax, gradients };
      last = (images) => firstLayerBackward(gpu, layer, images, buffers);
      break;
    }
    const x = convMaps[i - 1].y;
    const { height, width, channels } = layer;
    const dx = createPlanes(gpu, `conv2d_${i + 1} dx`, [trials, batch, channels], height, width);
    const buffers = { x, parameters, gradients, dy, dx, argmax };
    upper.push(...await convPoolBackward(gpu, layer, buffers));
    dy = dx;
  }
  return { ...await from(images), from, logits, losses, maps };
}
