/**
 * A training's tensors, and the steps that are bound to them: what `train` runs and `bench` times.
 *
 * @module
 */
import { defaultAugmentation } from "../data/augment.ts";
import type { Gpu } from "../gpu/device.ts";
import type { Step } from "../gpu/shader.ts";
import { createTensor, type Tensor, upload } from "../gpu/tensor.ts";
import { ADAM, adam, adamRates, decayOf } from "../nn/adam.ts";
import type { ImageSource, WarpedImages } from "../nn/augment.ts";
import { createFlags, findNonFinite } from "../nn/finite.ts";
import { initialParameters, type KernelVectors } from "../nn/initializer.ts";
import { createLayout, type Layout } from "../nn/layout.ts";
import { createNetwork, type NetworkInputs } from "../nn/network.ts";
import { recordBatch, tick } from "../nn/record_batch.ts";
import { createRegularizer, type RegularizerSpec } from "../nn/regularizer.ts";
import { encodeSlots, type Slot, SLOT_WORDS } from "../nn/slots.ts";
import { createRandom, mixSeed, type Random } from "../random.ts";
import { createEvaluation, type Evaluation, type EvaluationOptions } from "./evaluate.ts";
import { createBreak } from "./pace.ts";
import { drawEpoch, type Examples, listExamples } from "./examples.ts";

/** What to train, and how. */
export interface BindOptions extends Omit<EvaluationOptions, "trials" | "examples"> {
  /** One seed a trial: it decides first weights, order, augmentation and dropout. */
  seeds: readonly number[];
  /** Seen once an epoch, in fresh order, freshly augmented. */
  train: Examples;
  /** Replaced by `copies` augmented copies, the same for all trials. */
  valid: Examples;
  /** Images a step; the last batch of an epoch may be shorter. */
  batch: number;
  /** Passes over the training images. */
  epochs: number;
  /** What is added to the loss. */
  regularizer: RegularizerSpec;
  /** (CLASSES); default 1 each. They weigh the training loss only. */
  classWeights?: Float32Array<ArrayBuffer>;
  /** Draws each conv layer's first kernels from its fitted Gaussian, if it has one, for SK-reg. */
  drawKernels?: (random: Random) => (KernelVectors | undefined)[];
}

/** A training, bound to its tensors. */
export interface Training {
  /** The network's sizes. */
  layout: Layout;
  /** The training images, untransformed. */
  examples: Slot[];
  /** The batches as they are warped out of the bank. */
  images: WarpedImages;
  /** One step of all trials. */
  step: Step[];
  /** Binds such a step to other images, (TRIALS, BATCH, …) that lie ready. */
  stepOn(images: ImageSource): Promise<Step[]>;
  /** Steps an epoch. */
  steps: number;
  /** (TRIALS, STEPS, 4), as `recordBatch` writes them. */
  records: Tensor;
  /** Computes the penalties of the parameters as they are. */
  measure: Step[];
  /** Evaluation of the parameters as they are on the validation images. */
  validation: Evaluation;
  /** (TRIALS, ROW) */
  parameters: Tensor;
  /** (TRIALS, ROW): Adam's moments. */
  m: Tensor;
  /** (TRIALS, ROW) */
  v: Tensor;
  /** (TRIALS, ROW): room for each trial's best parameters. */
  kept: Tensor;
  /** (64) u32: the step, at 0. */
  clock: Tensor;
  /** Looks for numbers that are not finite, and flags where they are. */
  findNonFinite: Step;
  /** (TRIALS, PARTS) u32: 1 for a part of a row in which a number is not finite, else 0. */
  flags: Tensor;
  /** Draws the next epoch's order and transforms; comes before the steps submitted after it. */
  shuffle(): void;
  /** Draws and forgets the orders of epochs that are done already. */
  skip(epochs: number): Promise<void>;
}

/** Purposes of random numbers: a trial draws from one stream for each. */
const [WEIGHTS, ORDER, DROPOUT, KERNELS] = [1, 2, 3, 4];

/**
 * Makes a training's tensors and binds its steps to them.
 *
 * @param onDrawn Called with the parameters (TRIALS, ROW) that chance gave.
 */
export async function bindTraining(
  gpu: Gpu,
  options: BindOptions,
  onDrawn: (rows: Float32Array<ArrayBuffer>) => void = () => {},
): Promise<Training> {
  const { network, seeds, normalization, batch, epochs } = options;
  const layout = createLayout(network), trials = seeds.length, pause = createBreak(options.signal);
  const examples = listExamples(options.train, network);
  const steps = Math.ceil(examples.length / batch);
  const rows = await drawRows(layout, options, pause);
  onDrawn(rows);
  const parameters = createTensor(gpu, "parameters", [trials, layout.row], rows);
  const [gradients, m, v, kept] = ["gradients", "m", "v", "kept"].map((label) =>
    createTensor(gpu, label, [trials, layout.row])
  );

  const shown = createShown(gpu, layout, options, steps), { images, slots, clock } = shown;
  const maskSeeds = Uint32Array.from(seeds, (seed) => mixSeed(seed, DROPOUT));
  const dropout = { seeds: createTensor(gpu, "dropout seeds", [trials], maskSeeds) };
  const records = createTensor(gpu, "records", [trials, steps, 4]);
  const decay = decayOf(epochs, examples.length / batch);
  const schedule = adamRates({ ...ADAM, decay }, epochs * steps);
  const rates = createTensor(gpu, "rates", [epochs * steps], schedule);

  const rowTensors = { parameters, gradients };
  const regularizer = await createRegularizer(gpu, layout, options.regularizer, rowTensors);
  const { penalties, regularize, measure } = regularizer;
  const inputs = { ...shown, parameters };
  const net = await createNetwork(gpu, layout, inputs, { gradients, dropout });
  const update = [
    ...regularize,
    await recordBatch(gpu, { losses: net.losses, penalties, clock, records }),
    await adam(gpu, ADAM, { gradients, rates, clock, m, v, parameters }),
    await tick(gpu, clock),
  ];
  const stepOn = async (images: ImageSource) => {
    const { forward, backward } = await net.from(images);
    return [...forward, ...backward, ...update];
  };
  const validation = await createEvaluation(gpu, layout, {
    parameters,
    penalties,
    normalization,
    copies: options.copies,
    augmentation: options.augmentation,
    examples: options.valid,
  });
  const flags = createFlags(gpu, trials, layout.row);
  return {
    layout,
    examples,
    images,
    step: [...net.forward, ...net.backward, ...update],
    stepOn,
    steps,
    records,
    measure,
    validation,
    parameters,
    m,
    v,
    kept,
    clock,
    findNonFinite: await findNonFinite(gpu, { parameters, m, v, flags }),
    flags,
    ...createOrders(gpu, options, examples, slots, pause),
  };
}

/** What the batches of an epoch are made of. */
function createShown(
  gpu: Gpu,
  { classes }: Layout,
  { seeds, train, batch, normalization, augmentation, classWeights }: BindOptions,
  steps: number,
): Omit<NetworkInputs, "parameters"> & { images: WarpedImages } {
  const slots = createTensor(gpu, "slots", [seeds.length, steps * batch, SLOT_WORDS]);
  const clock = createTensor(gpu, "clock", [64]);
  const weights = classWeights ?? new Float32Array(classes).fill(1);
  return {
    images: { pixels: train.bank.pixels, slots, clock, batch, normalization, fb: augmentation?.fb },
    slots,
    clock,
    classWeights: createTensor(gpu, "class weights", [classes], weights),
  };
}

/** What draws the order and the transforms of each epoch. */
function createOrders(
  gpu: Gpu,
  { network: { input: [height, width] }, seeds, batch, ...options }: BindOptions,
  examples: readonly Slot[],
  slots: Tensor,
  pause: () => Promise<void> | void,
): Pick<Training, "shuffle" | "skip"> {
  const orders = seeds.map((seed) => createRandom(mixSeed(seed, ORDER)));
  const { augmentation = defaultAugmentation(Math.min(height, width)) } = options;
  const draw = () => orders.flatMap((random) => drawEpoch(examples, random, batch, augmentation));
  return {
    shuffle: () => upload(gpu, slots, encodeSlots(draw(), [height, width])),
    async skip(epochs) {
      for (let epoch = 0; epoch < epochs; epoch++) {
        await pause();
        draw();
      }
    },
  };
}

/** The first parameters of all trials: (TRIALS, ROW), as a network is a row. */
async function drawRows(
  layout: Layout,
  { seeds, drawKernels }: BindOptions,
  pause: () => Promise<void> | void,
): Promise<Float32Array<ArrayBuffer>> {
  const rows = new Float32Array(seeds.length * layout.row);
  for (const [t, seed] of seeds.entries()) {
    await pause();
    // A stream of their own, so that the other weights are the same with a prior and without.
    const kernels = drawKernels?.(createRandom(mixSeed(seed, KERNELS)));
    const random = createRandom(mixSeed(seed, WEIGHTS));
    rows.set(initialParameters(layout, random, kernels), t * layout.row);
  }
  return rows;
}
