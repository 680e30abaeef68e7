/**
 * A network as data, and everything about it that can be computed before the GPU is opened.
 *
 * @module
 */

/** conv ("same" padding) → ReLU → max-pool ("valid"). All fields are positive integers. */
export interface ConvBlock {
  /** Side of the square convolution kernel, in pixels. */
  kernel: number;
  /** M, the number of output maps. */
  filters: number;
  /** Pixels from one place of the convolution to the next. */
  stride: number;
  /** Side of the pooling window, at most 15; 1 pools nothing. */
  pool: number;
  /** Pixels from one pooling window to the next. */
  poolStride: number;
}

/** A convolutional classifier: blocks, then dense layers, then softmax (SPEC §3). */
export interface NetworkSpec {
  /** [H, W, C]: height, width in pixels, and channels. */
  input: readonly [height: number, width: number, channels: number];
  /** The conv blocks, at least one. */
  blocks: readonly ConvBlock[];
  /** Widths of the dense layers; all but the last end in ReLU, the last is the number of classes. */
  dense: readonly number[];
  /** Dropout rates in [0, 1), one before each dense layer. */
  dropout: readonly number[];
}

/** One parameter tensor's place in a network's row. */
export interface Parameter {
  /** `conv2d_1.kernel`, `conv2d_1.bias`, `dense_1.kernel`, …: Keras' names, numbered from 1. */
  name: string;
  /** (K, K, C, M) or (INPUTS, OUTPUTS) for kernels, (M) for biases. */
  shape: number[];
  /** First element in the row; a multiple of 4. */
  offset: number;
  /** Elements. */
  size: number;
}

/** Sizes of a map without a border; dense values are a map of one pixel. */
export interface MapSize {
  /** Rows. */
  height: number;
  /** Columns. */
  width: number;
  /** C. */
  channels: number;
}

/**
 * A map on a sheet: the map itself inside the zero border that its readers need, so that no shader
 * asks whether a pixel is inside (on a CPU adapter that question costs more than the convolution).
 * A pixel is ⌈channels/4⌉ texels of four channels each; channels beyond the last are zeros. Rows and
 * columns are counted with the border.
 */
export interface StoredMap extends MapSize {
  /** Border rows above the map. */
  top: number;
  /** Border columns left of the map. */
  left: number;
}

/** The sizes of one conv → ReLU → max-pool layer, first of all those of its input map. */
export interface ConvLayout extends ConvBlock, MapSize {
  /** TensorFlow's "same" padding above; the extra line goes below. */
  padTop: number;
  /** TensorFlow's "same" padding on the left; the extra line goes to the right. */
  padLeft: number;
  /** CONV_HEIGHT, after the convolution. */
  convHeight: number;
  /** CONV_WIDTH, after the convolution. */
  convWidth: number;
  /** OUT_HEIGHT, after pooling. */
  outHeight: number;
  /** OUT_WIDTH, after pooling. */
  outWidth: number;
  /** The input as stored: with the convolution's padding. */
  x: StoredMap;
  /**
   * The gradient of the convolution's output as stored: pixel (r, q) at (top + r·stride,
   * left + q·stride) among zeros, so that the gradient of the input is a convolution of stride 1.
   */
  dz: StoredMap;
  /** The pooled map as stored: the next layer's x, or without a border before a dense layer. */
  y: StoredMap;
  /** The kernel, (K, K, C, M). */
  weights: Parameter;
  /** The bias, (M). */
  bias: Parameter;
}

/** The sizes of one dropout → dense layer. */
export interface DenseLayout {
  /** INPUTS. */
  inputs: number;
  /** OUTPUTS. */
  outputs: number;
  /** Whether ReLU follows: on all layers but the last. */
  relu: boolean;
  /** The dropout rate before the layer, in [0, 1). */
  dropout: number;
  /** The kernel, (INPUTS, OUTPUTS). */
  weights: Parameter;
  /** The bias, (OUTPUTS). */
  bias: Parameter;
}

/** A network's sizes: layers, and where each parameter lies in the row that holds them all. */
export interface Layout {
  /** What was asked for. */
  spec: NetworkSpec;
  /** The conv layers, from the image on. */
  convs: ConvLayout[];
  /** The dense layers, the classifier last. */
  denses: DenseLayout[];
  /** All parameter tensors, in the order of the row. */
  parameters: Parameter[];
  /** Numbers that are trained. */
  parameterCount: number;
  /** ROW: elements of a trial's row, a multiple of 64. */
  row: number;
  /** CLASSES. */
  classes: number;
}

/** The place of a maximum in its window is kept in a byte, and one value says that it is dead. */
export const MOST_POOL = 15;

/** Each network's layout: a training asks for it wherever it is told the network. */
const layouts = new WeakMap<NetworkSpec, Layout>();

/**
 * Computes a network's layout, once.
 *
 * @throws {RangeError} When a size is out of range or a map shrinks to nothing, naming the block.
 */
export function createLayout(spec: NetworkSpec): Layout {
  const known = layouts.get(spec);
  if (known) return known;
  const { parameters, place } = createRow();
  const convs = layConvs(spec, place);
  const denses = layDenses(spec, convs[convs.length - 1], place);
  const { offset, size } = parameters[parameters.length - 1];
  const layout = {
    spec,
    convs,
    denses,
    parameters,
    parameterCount: parameters.reduce((sum, { size }) => sum + size, 0),
    row: Math.ceil((offset + size) / 64) * 64,
    classes: denses[denses.length - 1].outputs,
  };
  layouts.set(spec, layout);
  return layout;
}

/** Places a parameter tensor at the end of the row. */
type Place = (name: string, shape: number[]) => Parameter;

function createRow(): { parameters: Parameter[]; place: Place } {
  const parameters: Parameter[] = [];
  let end = 0;
  const place = (name: string, shape: number[]) => {
    const size = shape.reduce((product, n) => product * n, 1);
    const placed = { name, shape, offset: end, size };
    end = 4 * quads(end + size);
    parameters.push(placed);
    return placed;
  };
  return { parameters, place };
}

function layConvs(spec: NetworkSpec, place: Place): ConvLayout[] {
  if (spec.blocks.length === 0) throw new RangeError("Cannot build a network without a conv block");
  spec.input.forEach((size, i) => positive(`input ${["height", "width", "channels"][i]}`, size));
  let [height, width, channels] = spec.input;
  const convs = spec.blocks.map((block, i) => {
    const layer = layConv(`conv2d_${i + 1}`, block, [height, width, channels], place);
    [height, width, channels] = [layer.outHeight, layer.outWidth, layer.filters];
    return layer;
  });
  convs.slice(1).forEach(({ x }, i) => convs[i].y = x);
  return convs;
}

function layConv(
  name: string,
  block: ConvBlock,
  [height, width, channels]: NetworkSpec["input"],
  place: Place,
): ConvLayout {
  const { kernel, filters, stride, pool, poolStride } = block;
  for (const [key, value] of Object.entries({ kernel, filters, stride, pool, poolStride })) {
    positive(`${name} ${key}`, value);
  }
  if (pool > MOST_POOL) {
    throw new RangeError(
      `Cannot build ${name}: a ${pool}×${pool} pool is larger than ${MOST_POOL}`,
    );
  }
  const [convHeight, padTop] = samePadding(height, kernel, stride);
  const [convWidth, padLeft] = samePadding(width, kernel, stride);
  const [outHeight, outWidth] = [convHeight, convWidth].map((side) => pooledSide(side, block));
  if (pool > convHeight || pool > convWidth) {
    throw new RangeError(
      `Cannot build ${name}: a ${pool}×${pool} pool does not fit its ${convHeight}×${convWidth} ` +
        `map; use larger images, a smaller pool or fewer blocks`,
    );
  }
  const input = { height, width, channels, padTop, padLeft };
  const output = { convHeight, convWidth, outHeight, outWidth };
  return {
    ...block,
    ...input,
    ...output,
    x: {
      height: Math.max(padTop + height, (convHeight - 1) * stride + kernel),
      width: Math.max(padLeft + width, (convWidth - 1) * stride + kernel),
      channels,
      top: padTop,
      left: padLeft,
    },
    dz: {
      height: Math.max(height + kernel - 1, kernel - padTop + (convHeight - 1) * stride),
      width: Math.max(width + kernel - 1, kernel - padLeft + (convWidth - 1) * stride),
      channels: filters,
      top: kernel - 1 - padTop,
      left: kernel - 1 - padLeft,
    },
    y: { height: outHeight, width: outWidth, channels: filters, top: 0, left: 0 },
    weights: place(`${name}.kernel`, [kernel, kernel, channels, filters]),
    bias: place(`${name}.bias`, [filters]),
  };
}

function layDenses(
  { dense, dropout: rates }: NetworkSpec,
  { outHeight, outWidth, filters }: ConvLayout,
  place: Place,
): DenseLayout[] {
  if (dense.length === 0 || rates.length !== dense.length) {
    throw new RangeError(
      `Cannot build a network with ${dense.length} dense layers and ${rates.length} ` +
        `dropout rates: give at least one dense layer and one rate for each`,
    );
  }
  return dense.map((outputs, i) => {
    const name = `dense_${i + 1}`, dropout = rates[i];
    const inputs = i > 0 ? dense[i - 1] : outHeight * outWidth * filters; // (row, column, channel) order
    positive(`${name} width`, outputs);
    if (!(dropout >= 0 && dropout < 1)) {
      throw new RangeError(`Cannot build ${name}: dropout ${dropout} is outside [0, 1)`);
    }
    const weights = place(`${name}.kernel`, [inputs, outputs]);
    const bias = place(`${name}.bias`, [outputs]);
    return { inputs, outputs, relu: i < dense.length - 1, dropout, weights, bias };
  });
}

/** What pooling leaves of so many rows or columns. */
export const pooledSide = (side: number, { pool, poolStride }: ConvBlock): number =>
  Math.floor((side - pool) / poolStride) + 1;

/** Texels of one pixel, or of a dense layer's values: four channels each. */
export const quads = (channels: number): number => Math.ceil(channels / 4);

/** Multiply-adds of one image in a convolution, or in a gradient of it. */
export const convMultiplyAdds = ({ convHeight, convWidth, weights }: ConvLayout): number =>
  convHeight * convWidth * weights.size;

/** Multiply-adds of one image in a gradient of the kernel that visits the maxima of windows alone. */
export const sparseMultiplyAdds = ({ outHeight, outWidth, weights }: ConvLayout): number =>
  outHeight * outWidth * weights.size;

/**
 * Multiply-adds of one image: the forward pass, and a whole training step (forward, gradients of all
 * kernels, gradients of all inputs but the image), counted as dense computations.
 */
export function countMultiplyAdds({ convs, denses }: Layout): { forward: number; train: number } {
  const conv = convs.map(convMultiplyAdds);
  const layers = [...conv, ...denses.map(({ weights }) => weights.size)];
  const forward = layers.reduce((sum, macs) => sum + macs, 0);
  return { forward, train: 3 * forward - layers[0] };
}

/**
 * A row's parameter tensors by name.
 *
 * @param row (ROW)
 * @returns `conv2d_1.kernel` (K, K, C, M), `conv2d_1.bias` (M), …, `dense_1.kernel` (INPUTS, OUTPUTS), …
 */
export function namedParameters(
  layout: Layout,
  row: Float32Array<ArrayBuffer>,
): Map<string, { shape: number[]; data: Float32Array<ArrayBuffer> }> {
  return new Map(
    layout.parameters.map(({ name, shape, offset, size }) => [
      name,
      { shape, data: row.slice(offset, offset + size) },
    ]),
  );
}

/**
 * A network's row from its parameter tensors: the inverse of `namedParameters`.
 *
 * @param weights As `namedParameters` names them; padding stays 0.
 * @param name Where they come from, for messages.
 * @returns (ROW)
 * @throws {TypeError} When a tensor is missing, of another shape, or not of this network.
 * @throws {RangeError} When a value is not finite.
 */
export function joinParameters(
  { parameters, row }: Layout,
  weights: ReadonlyMap<string, { shape: readonly number[]; data: ArrayLike<number> }>,
  name: string,
): Float32Array<ArrayBuffer> {
  const values = new Float32Array(row);
  const known = new Set(parameters.map(({ name }) => name));
  const foreign = [...weights.keys()].find((key) => !known.has(key));
  if (foreign !== undefined) {
    throw new TypeError(`Cannot use ${name}: its ${foreign} has no place in the network`);
  }
  for (const { name: key, shape, offset } of parameters) {
    const tensor = weights.get(key);
    if (tensor?.shape.join() !== shape.join()) {
      const found = tensor ? `is (${tensor.shape.join(", ")})` : "is missing";
      throw new TypeError(
        `Cannot use ${name}: its ${key} ${found}, the network's is (${shape.join(", ")})`,
      );
    }
    values.set(tensor.data, offset);
  }
  const broken = values.findIndex((value) => !Number.isFinite(value));
  if (broken >= 0) {
    const { name: key } = parameters.findLast(({ offset }) => offset <= broken)!;
    throw new RangeError(`Cannot use ${name}: its ${key} holds ${values[broken]}`);
  }
  return values;
}

/** TensorFlow's "same": output ⌈size/stride⌉, and the padding before the first pixel. */
function samePadding(size: number, kernel: number, stride: number): [output: number, pad: number] {
  const output = Math.ceil(size / stride);
  const total = Math.max((output - 1) * stride + kernel - size, 0);
  return [output, Math.floor(total / 2)];
}

function positive(name: string, value: number): void {
  if (!Number.isInteger(value) || value < 1) {
    throw new RangeError(`Cannot build a network: ${name} ${value} must be a positive integer`);
  }
}
