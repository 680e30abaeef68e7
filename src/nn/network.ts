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
  type ConvPoolMaps,
  createConvPoolMaps,
  createPlanes,
} from "./conv_pool.ts";
import { type Convolution, type NetworkKernels, packNetwork } from "./conv.ts";
import { denseBackward, denseForward } from "./dense.ts";
import { createFlat, dropout, multiply } from "./dropout.ts";
import { firstLayerBackward, firstLayerForward, firstLayerInput, isFused } from "./first_layer.ts";
import { type Layout, type MapSize, quads } from "./layout.ts";
import { softmaxCrossEntropy } from "./softmax_cross_entropy.ts";

/** What a network computes on. */
export interface NetworkInputs {
  /** What the first layer reads. */
  images: ImageSource;
  /** (TRIALS, ROW) */
  parameters: Tensor;
  /** (TRIALS or 1, STEPS · BATCH, 14): labels and weights of the images. */
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
  /** The steps from images to losses. */
  forward: Step[];
  /** Binds both directions to other images, as many a batch. */
  from(images: ImageSource): Promise<{ forward: Step[]; backward: Step[] }>;
  /** The steps from losses to gradients; none without `training`. */
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
  inputs: NetworkInputs,
  training?: TrainingInputs,
): Promise<Network> {
  const { images, parameters, slots, clock, classWeights } = inputs, [first] = layout.convs;
  const [trials] = parameters.shape, batch = "texture" in images ? images.shape[1] : images.batch;
  const convs = layout.convs.map((layer) => createConvPoolMaps(gpu, layer, trials, batch));
  const kernels = await packNetwork(
    gpu,
    parameters,
    convolutionsOf(gpu, layout, Boolean(training)),
  );
  const source = { parameters, kernels };
  const firstForward = await firstLayerForward(gpu, first, { ...source, ...convs[0] });
  const convSteps = await convsForward(gpu, layout, source, convs);
  const denses = await densesForward(gpu, layout, inputs, convs[convs.length - 1].y, training);

  const logits = denses.outputs[denses.outputs.length - 1];
  const losses = createTensor(gpu, "losses", [trials, batch, 4]);
  const dlogits = createPlanes(gpu, "dlogits", [trials, batch], 1, layout.classes);
  const ends = { logits, slots, classWeights, clock, losses, dlogits };
  const rest = [...convSteps, ...denses.steps, await softmaxCrossEntropy(gpu, ends)];

  const between = { convs, inputs: denses.inputs, dlogits };
  const backwardTo = training && await allBackward(gpu, layout, source, training, between);
  const from = async (images: ImageSource) => {
    const input = await firstLayerInput(gpu, first, images, "x");
    const backward = await backwardTo?.(input.images) ?? [];
    const before = [...kernels ? [kernels.pack] : [], ...input.before];
    const forward = [...before, ...await firstForward(input.images), ...rest];
    return { forward, backward };
  };
  return { ...await from(images), from, logits, losses, maps: { convs, denses: denses.outputs } };
}

/** The convolutions of maps, but for a first layer that is fused; in training also those back to their inputs. */
function convolutionsOf(gpu: Gpu, { convs }: Layout, isTraining: boolean): Convolution[] {
  const forward = isFused(gpu, convs[0]) ? convs.slice(1) : convs;
  return [
    ...forward.map((layer): Convolution => [layer, "forward"]),
    ...isTraining ? convs.slice(1).map((layer): Convolution => [layer, "backward"]) : [],
  ];
}

/** Where convolutions read their kernels. */
interface KernelSource {
  parameters: Tensor;
  /** Omitted where they read them as they lie. */
  kernels?: NetworkKernels;
}

/** The conv layers behind the first. */
async function convsForward(
  gpu: Gpu,
  { convs }: Layout,
  source: KernelSource,
  maps: readonly ConvPoolMaps[],
): Promise<Step[]> {
  const steps: Step[] = [];
  for (let i = 1; i < convs.length; i++) {
    const forward = await convPoolForward(gpu, convs[i], { ...source, ...maps[i] });
    steps.push(...await forward(maps[i - 1].y));
  }
  return steps;
}

/** What a dense layer reads, once flat and thinned out, and the map that it was before. */
interface DenseInput {
  x: Sheet;
  map: MapSize;
}

/**
 * The dense layers, each behind its dropout.
 *
 * @param y The last conv layer's map.
 */
async function densesForward(
  gpu: Gpu,
  { convs, denses }: Layout,
  { parameters, clock }: NetworkInputs,
  y: Sheet,
  training?: TrainingInputs,
): Promise<{ steps: Step[]; inputs: DenseInput[]; outputs: Sheet[] }> {
  const steps: Step[] = [], inputs: DenseInput[] = [], outputs: Sheet[] = [];
  const { seeds, masks }: { seeds?: Tensor; masks?: Tensor[] } = training?.dropout ?? {};
  const { outHeight: height, outWidth: width, filters } = convs[convs.length - 1];
  const size = y.shape.slice(0, 2);
  let source = y, map: MapSize = { height, width, channels: filters };
  for (const [i, layer] of denses.entries()) {
    const name = `dense_${i + 1}`, rate = seeds ? layer.dropout : 0;
    let x = createFlat(gpu, `${name} x`, size, layer.inputs);
    const buffers = { map: source, seeds: seeds ?? clock, clock, x };
    steps.push(await dropout(gpu, { rate, layer: i }, map, buffers));
    if (masks) {
      const masked = createFlat(gpu, `${name} masked x`, size, layer.inputs);
      steps.push(await multiply(gpu, { map: x, factors: masks[i], x: masked }));
      x = masked;
    }
    inputs.push({ x, map });
    source = createSheet(gpu, `${name} y`, [...size, 1, quads(layer.outputs)]);
    map = { height: 1, width: 1, channels: layer.outputs };
    steps.push(await denseForward(gpu, layer, { x, parameters, y: source }));
    outputs.push(source);
  }
  return { steps, inputs, outputs };
}

/**
 * The backward pass down to the first layer.
 *
 * @returns All of it, for the images of `firstLayerInput`.
 */
async function allBackward(
  gpu: Gpu,
  { convs, denses }: Layout,
  source: KernelSource,
  { gradients }: TrainingInputs,
  maps: { convs: readonly ConvPoolMaps[]; inputs: readonly DenseInput[]; dlogits: Tensor },
): Promise<(images: ImageSource) => Promise<Step[]>> {
  const [trials, batch] = maps.dlogits.shape, steps: Step[] = [], { parameters } = source;
  let dy = maps.dlogits;
  for (let i = denses.length - 1; i >= 0; i--) {
    const { x, map } = maps.inputs[i];
    // A dense layer below reads dy as one plane of one row.
    const below = i > 0 ? { height: 1, width: denses[i].inputs, channels: 1 } : map;
    const blocks = [trials, batch, below.channels];
    const dx = createPlanes(gpu, `dense_${i + 1} dx`, blocks, below.height, below.width);
    steps.push(...await denseBackward(gpu, denses[i], below, { dy, x, parameters, gradients, dx }));
    dy = dx;
  }
  for (let i = convs.length - 1; i > 0; i--) {
    const { height, width, channels } = convs[i], x = maps.convs[i - 1].y;
    const dx = createPlanes(gpu, `conv2d_${i + 1} dx`, [trials, batch, channels], height, width);
    const buffers = { x, gradients, dy, argmax: maps.convs[i].argmax };
    steps.push(...await convPoolBackward(gpu, convs[i], buffers, { ...source, dx }));
    dy = dx;
  }
  const buffers = { dy, argmax: maps.convs[0].argmax, gradients };
  return async (images) => {
    const all = [...steps, ...await firstLayerBackward(gpu, convs[0], images, buffers)];
    // No other step reads the sums of partial gradients: at the end they wait for none, and none for them.
    const isSum = ({ label }: Step) => label === "sum_partials";
    return all.sort((a, b) => Number(isSum(a)) - Number(isSum(b)));
  };
}
