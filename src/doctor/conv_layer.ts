/**
 * A random conv → ReLU → max-pool layer with its data, for the checks of its shaders.
 *
 * @module
 */
import type { Gpu } from "../gpu/device.ts";
import { ceilDiv } from "../gpu/shader.ts";
import { uploadSheet } from "../gpu/sheet.ts";
import { createTensor, sizeOf, upload } from "../gpu/tensor.ts";
import { createImages } from "../nn/augment.ts";
import { PAPER_BLOCKS } from "../nn/paper_network.ts";
import { createConvPoolMaps, createGradientMap } from "../nn/conv_pool.ts";
import {
  type ConvBlock,
  type ConvLayout,
  createLayout,
  type DenseLayout,
  type Layout,
  type MapSize,
  type NetworkSpec,
  quads,
} from "../nn/layout.ts";
import type { Random } from "../random.ts";
import { type Array64, arrayOf } from "../reference/array.ts";
import { read } from "../reference/network.ts";
import { trialOf } from "./case.ts";
import { between, coin, normals, poison } from "./draws.ts";
import { type Size, toPlanes, toSheet } from "./stored.ts";

/** The number of images in a batch. */
export const BATCH = 3;

/** A layer in the middle of a row, and what its trials run on. */
export interface Draw {
  layer: ConvLayout;
  /** Elements of a row. */
  row: number;
  trials: number;
  shape: string;
  /** (TRIALS or 1, BATCH, HEIGHT, WIDTH, CHANNELS) */
  x: Float32Array<ArrayBuffer>;
  /** (TRIALS, ROW) */
  parameters: Float32Array<ArrayBuffer>;
  /** (TRIALS, BATCH, CONV_HEIGHT, CONV_WIDTH, FILTERS): z or dz */
  z: Float32Array<ArrayBuffer>;
  /** (TRIALS, BATCH, OUT_HEIGHT, OUT_WIDTH, FILTERS) */
  dy: Float32Array<ArrayBuffer>;
}

/** What is drawn of a layer's shape. */
interface Sizes extends MapSize {
  block: ConvBlock;
  trials: number;
  /** Whether one set of images serves all trials. */
  shared: boolean;
}

/** The paper's first layer, on images whose maps take more than one workgroup. */
const PAPER: Sizes = {
  block: PAPER_BLOCKS[0],
  channels: 3,
  trials: 2,
  height: 81,
  width: 41,
  shared: false,
};

/**
 * A layer and its data.
 *
 * @param paper Takes the paper's sizes instead of random ones; default false.
 * @param fits Whether the shader takes such a layer; default any.
 */
export function drawLayer(random: Random, paper = false, fits = (_: ConvLayout) => true): Draw {
  const draw = createDraw(random, paper ? PAPER : drawSizes(random));
  return fits(draw.layer) ? draw : drawLayer(random, paper, fits);
}

function createDraw(
  random: Random,
  { block, channels, trials, height, width, shared }: Sizes,
): Draw {
  const { kernel, filters, stride, pool, poolStride } = block;
  // Layers around it give it an offset in the row, and borders to its maps.
  const around = [{ filters: channels }, { kernel: 4 }];
  const { convs: [, layer], row } = layoutOf([height, width, 1], around[0], block, around[1]);
  return {
    layer,
    row,
    trials,
    shape: `${trials} trials × ${BATCH}${shared ? " shared" : ""} images ${height}×${width}×` +
      `${channels}, ${filters} filters ${kernel}×${kernel} stride ${stride}, ` +
      `pool ${pool}×${pool} stride ${poolStride}`,
    x: normals(random, [shared ? 1 : trials, BATCH, height, width, channels]),
    parameters: normals(random, [trials, row]),
    z: normals(random, [trials, BATCH, layer.convHeight, layer.convWidth, filters]),
    dy: normals(random, [trials, BATCH, layer.outHeight, layer.outWidth, filters]),
  };
}

/** The layout of a network of these conv blocks, in which whatever is left out is 1. */
export function layoutOf(input: NetworkSpec["input"], ...given: Partial<ConvBlock>[]): Layout {
  const plain = { kernel: 1, filters: 1, stride: 1, pool: 1, poolStride: 1 };
  const blocks = given.map((block) => ({ ...plain, ...block }));
  return createLayout({ input, blocks, dense: [2], dropout: [0] });
}

/** Sizes that divide nothing; now and then many trials, or channels that come in chunks. */
function drawSizes(random: Random): Sizes {
  const [kernel, stride] = [between(random, 1, 7), between(random, 1, 3)];
  const [pool, poolStride] = [between(random, 1, 4), between(random, 1, 4)];
  const channels = between(random, 1, coin(random) ? 11 : 40);
  const filters = between(random, 1, 13);
  const many = random.integer(3) === 0;
  const trials = many ? 14 : between(random, 2, 3);
  const [height, width] = [between(random, 2, many ? 5 : 17), between(random, 2, many ? 5 : 21)];
  const shared = coin(random);
  const [convHeight, convWidth] = [ceilDiv(height, stride), ceilDiv(width, stride)];
  const products = sizeOf([trials, BATCH, convHeight, convWidth, kernel ** 2, channels, filters]);
  if (pool > Math.min(convHeight, convWidth) || products > 3e6) {
    return drawSizes(random);
  }
  const block = { kernel, filters, stride, pool, poolStride };
  return { block, channels, trials, height, width, shared };
}

/** One trial's share of the drawn data. */
export function shareOf({ layer, row, ...draw }: Draw, trial: number) {
  const { height, width, channels, convHeight, convWidth, outHeight, outWidth, filters } = layer;
  const { data: parameters } = trialOf(draw.parameters, [row], trial);
  return {
    x: trialOf(draw.x, [BATCH, height, width, channels], trial),
    kernel: read(parameters, layer.weights),
    bias: read(parameters, layer.bias),
    z: trialOf(draw.z, [BATCH, convHeight, convWidth, filters], trial),
    dy: trialOf(draw.dy, [BATCH, outHeight, outWidth, filters], trial),
  };
}

/** What a layer's shaders read and write: drawn data, and poison in all that they should write. */
export function createBuffers(gpu: Gpu, { layer, row, trials, ...draw }: Draw) {
  const { height, width, channels, outHeight, outWidth, filters } = layer;
  const create = (label: string, shape: number[], data: Float32Array<ArrayBuffer>) =>
    createTensor(gpu, label, shape, data);
  const planes = (label: string, values: Float32Array<ArrayBuffer>, size: Size, filling = 0) => {
    const [height, width, channels] = size;
    const shape = [trials, BATCH, channels, height, 4 * quads(width)];
    return create(label, shape, toPlanes(values, size, filling));
  };
  const maps = createConvPoolMaps(gpu, layer, trials, BATCH);
  uploadSheet(gpu, maps.y, toSheet(poison([draw.dy.length]), pooledSize(layer), layer.y));
  upload(gpu, maps.argmax, poison(maps.argmax.shape));
  const images = draw.x.length / (BATCH * height * width * channels);
  const x = createImages(gpu, "x", layer.x, images, BATCH);
  uploadSheet(gpu, x, toSheet(draw.x, [height, width, channels], layer.x));
  const dz = createGradientMap(gpu, layer, trials, BATCH);
  const dx = poison([trials * BATCH * height * width * channels]);
  return {
    ...maps,
    x,
    dz,
    z: planes("z", poison([draw.z.length]), convSize(layer), NaN),
    parameters: create("parameters", [trials, row], draw.parameters),
    gradients: create("gradients", [trials, row], poison([trials, row])),
    dy: planes("dy", draw.dy, [outHeight, outWidth, filters]),
    dx: planes("dx", dx, [height, width, channels], NaN),
  };
}

/** The size of z and dz. */
export const convSize = (
  layer: ConvLayout,
): Size => [layer.convHeight, layer.convWidth, layer.filters];
/** The size of y and dy. */
export const pooledSize = (
  layer: ConvLayout,
): Size => [layer.outHeight, layer.outWidth, layer.filters];

/** A trial's gradient row: poison but for this layer's part. */
export function gradientRow(
  { layer, row }: { layer: ConvLayout | DenseLayout; row: number },
  { dkernel, dbias }: { dkernel: Array64; dbias: Array64 },
): Array64 {
  const gradients = arrayOf([row], poison([row]));
  gradients.data.set(dkernel.data, layer.weights.offset);
  gradients.data.set(dbias.data, layer.bias.offset);
  return gradients;
}
