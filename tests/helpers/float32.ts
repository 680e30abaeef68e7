/**
 * A machine of float32 numbers, in plain loops: a golden case's steps as a GPU computes them that fuses
 * every multiply-add, or none. Its parts can be exchanged for broken ones.
 *
 * @module
 */
import type { NetworkCase, NetworkResults, SeenStep } from "../../src/doctor/network_case.ts";
import type { ConvLayout } from "../../src/nn/layout.ts";
import { type Array64, arrayOf, zeros } from "../../src/reference/array.ts";
import { DEAD, maxPool, maxPoolBackward } from "../../src/reference/conv_pool.ts";
import { read } from "../../src/reference/network.ts";
import { softmaxCrossEntropy } from "../../src/reference/softmax_cross_entropy.ts";

const { fround } = Math;

/** a · b + sum, in float32. */
export type MultiplyAdd = (a: number, b: number, sum: number) => number;

/** Rounded once: the float64 product of two float32 numbers is exact. */
export const FUSED: MultiplyAdd = (a, b, sum) => fround(a * b + sum);
/** Rounded twice. */
export const PLAIN: MultiplyAdd = (a, b, sum) => fround(fround(a * b) + sum);

/** What a machine computes with; shapes as in src/reference. */
export type Machine = ReturnType<typeof createMachine>;

/** The parts of a network that multiply and add. */
export function createMachine(madd: MultiplyAdd) {
  /** Calls back with where the numbers of every product of a convolution stand: x, kernel, z. */
  const products = (
    { height, width, channels, kernel, filters, stride, padTop, padLeft, ...layer }: ConvLayout,
    batch: number,
    visit: (x: number, w: number, z: number) => void,
  ) => {
    for (let at = 0; at < batch * layer.convHeight * layer.convWidth; at++) {
      const top = Math.floor(at / layer.convWidth) % layer.convHeight * stride - padTop;
      const left = at % layer.convWidth * stride - padLeft;
      const image = Math.floor(at / layer.convWidth / layer.convHeight) * height;
      for (let tap = 0; tap < kernel ** 2; tap++) {
        const [row, column] = [top + Math.floor(tap / kernel), left + tap % kernel];
        if (row < 0 || row >= height || column < 0 || column >= width) continue;
        const pixel = ((image + row) * width + column) * channels;
        for (let c = 0; c < channels; c++) {
          for (let m = 0; m < filters; m++) {
            visit(pixel + c, (tap * channels + c) * filters + m, at * filters + m);
          }
        }
      }
    }
  };
  const rounded = ({ shape, data }: Array64) => ({ shape, data: data.map(fround) });
  const columnSums = ({ shape, data }: Array64) => {
    const sums = zeros([shape[shape.length - 1]]);
    data.forEach((value, i) => {
      const m = i % sums.data.length;
      sums.data[m] = fround(sums.data[m] + value);
    });
    return sums;
  };
  return {
    madd,
    conv(layer: ConvLayout, x: Array64, kernel: Array64, { data: bias }: Array64): Array64 {
      const [batch] = x.shape;
      const z = zeros([batch, layer.convHeight, layer.convWidth, layer.filters]);
      z.data.forEach((_, i) => z.data[i] = bias[i % layer.filters]);
      products(layer, batch, (i, w, o) => {
        z.data[o] = madd(x.data[i], kernel.data[w], z.data[o]);
      });
      return z;
    },
    maxPool,
    maxPoolBackward: (layer: ConvLayout, dy: Array64, argmax: Array64) =>
      rounded(maxPoolBackward(layer, dy, argmax)),
    convBackwardKernel(layer: ConvLayout, x: Array64, dz: Array64) {
      const dkernel = zeros(layer.weights.shape);
      products(layer, x.shape[0], (i, w, o) => {
        dkernel.data[w] = madd(x.data[i], dz.data[o], dkernel.data[w]);
      });
      return { dkernel, dbias: columnSums(dz) };
    },
    convBackwardInput(layer: ConvLayout, dz: Array64, kernel: Array64): Array64 {
      const dx = zeros([dz.shape[0], layer.height, layer.width, layer.channels]);
      products(layer, dz.shape[0], (i, w, o) => {
        dx.data[i] = madd(kernel.data[w], dz.data[o], dx.data[i]);
      });
      return dx;
    },
    dense(x: Array64, kernel: Array64, bias: Array64, relu: boolean): Array64 {
      const [[batch, inputs], outputs] = [x.shape, bias.data.length];
      const y = zeros([batch, 1, 1, outputs]);
      y.data.forEach((_, i) => {
        let sum = bias.data[i % outputs];
        for (let k = 0; k < inputs; k++) {
          const at = Math.floor(i / outputs) * inputs + k;
          sum = madd(x.data[at], kernel.data[k * outputs + i % outputs], sum);
        }
        y.data[i] = relu ? Math.max(sum, 0) : sum;
      });
      return y;
    },
    denseBackwardKernel(x: Array64, dy: Array64) {
      const [batch, inputs] = x.shape, outputs = dy.data.length / batch;
      const dkernel = zeros([inputs, outputs]);
      for (let i = 0; i < batch * inputs * outputs; i++) {
        const [b, at] = [Math.floor(i / inputs / outputs), i % (inputs * outputs)];
        const [k, n] = [Math.floor(at / outputs), at % outputs];
        const value = madd(x.data[b * inputs + k], dy.data[b * outputs + n], dkernel.data[at]);
        dkernel.data[at] = value;
      }
      return { dkernel, dbias: columnSums(dy) };
    },
    denseBackwardInput(dy: Array64, x: Array64, kernel: Array64, rate: number): Array64 {
      const [batch, inputs] = x.shape, outputs = dy.data.length / batch;
      const grow = fround(1 / (1 - rate));
      const dx = zeros(x.shape);
      x.data.forEach((value, i) => {
        let sum = 0;
        for (let n = 0; value > 0 && n < outputs; n++) {
          const [w, g] = [i % inputs * outputs + n, Math.floor(i / inputs) * outputs + n];
          sum = madd(dy.data[g], kernel.data[w], sum);
        }
        dx.data[i] = fround(sum * grow);
      });
      return dx;
    },
  };
}

/** The case's steps on a machine. */
export function trainFloat32(
  machine: Machine,
  network: NetworkCase,
): { results: NetworkResults; seen: SeenStep[] } {
  const { adam: options, steps } = network, { madd } = machine;
  const seen: SeenStep[] = [], losses: number[][] = [[], [], []];
  let row = Float64Array.from(network.row), gradients = row;
  const [m, v] = [row.map(() => 0), row.map(() => 0)];
  const logits = [step(machine, network, row, false).logits];
  for (let t = 0; t < steps; t++) {
    const { logits: own, loss, entropy, gradient, ...shown } = step(machine, network, row, true);
    seen.push({ row, ...shown });
    const penalty = regularize(machine, network, row, gradient);
    if (t === 0) [logits[1], gradients] = [own, gradient];
    [fround(loss + penalty), entropy, penalty].forEach((value, i) => losses[i].push(value));
    const { lr, decay, beta1, beta2, epsilon } = options;
    const bias = Math.sqrt(1 - beta2 ** (t + 1)) / (1 - beta1 ** (t + 1));
    const rate = fround(lr / (1 + decay * t) * bias);
    row = row.map((w, i) => {
      m[i] = madd(fround(beta1), m[i], fround(fround(1 - beta1) * gradient[i]));
      v[i] = madd(fround(beta2), v[i], fround(fround(1 - beta2) * fround(gradient[i] ** 2)));
      return madd(-rate, fround(m[i] / fround(fround(Math.sqrt(v[i])) + fround(epsilon))), w);
    });
  }
  return { results: { logits, losses, gradients, after: row }, seen };
}

/** Forward and backward. */
function step(machine: Machine, network: NetworkCase, row: Float64Array, training: boolean) {
  const { layout, slots, classWeights } = network, batch = slots.length;
  let map = arrayOf([batch, ...layout.spec.input], network.images);
  const convs = layout.convs.map((layer) => {
    const z = machine.conv(layer, map, read(row, layer.weights), read(row, layer.bias));
    const x = map, { y, argmax } = machine.maxPool(layer, z);
    map = y;
    return { x, y, argmax };
  });
  const denses = layout.denses.map((layer, i) => {
    const { inputs, relu } = layer, factors = network.factors[i];
    const masked = map.data.map((value, k) => training ? fround(value * factors[k]) : value);
    const x = arrayOf([batch, inputs], masked);
    map = machine.dense(x, read(row, layer.weights), read(row, layer.bias), relu);
    return { x, y: map };
  });
  const logits = arrayOf([batch, layout.classes], map.data);
  const { losses, dlogits } = softmaxCrossEntropy(logits, slots, classWeights);
  const gradient = new Float64Array(layout.row);
  let dy: Array64 = arrayOf(dlogits.shape, dlogits.data.map(fround));
  for (const [i, layer] of [...layout.denses.entries()].reverse()) {
    const { x } = denses[i];
    const { dkernel, dbias } = machine.denseBackwardKernel(x, dy);
    gradient.set(dkernel.data, layer.weights.offset);
    gradient.set(dbias.data, layer.bias.offset);
    dy = machine.denseBackwardInput(dy, x, read(row, layer.weights), layer.dropout);
  }
  for (const [i, layer] of [...layout.convs.entries()].reverse()) {
    const { x, argmax } = convs[i];
    const dz = machine.maxPoolBackward(layer, arrayOf(argmax.shape, dy.data), argmax);
    const { dkernel, dbias } = machine.convBackwardKernel(layer, x, dz);
    gradient.set(dkernel.data, layer.weights.offset);
    gradient.set(dbias.data, layer.bias.offset);
    if (i > 0) dy = machine.convBackwardInput(layer, dz, read(row, layer.weights));
  }
  const mean = (column: number) =>
    fround(losses.data.reduce((sum, value, i) => i % 4 === column ? sum + value : sum, 0) / batch);
  return {
    logits: map.data,
    gradient,
    loss: mean(0),
    entropy: mean(1),
    convs: convs.map(({ y }) => y),
    denses: denses.map(({ y }) => y),
    choices: {
      convs: convs.map(({ argmax }) => argmax),
      denses: denses.map(({ y }) => arrayOf(y.shape, y.data.map((y) => y > 0 ? 0 : DEAD))),
    },
  };
}

/** The case's penalty; its gradient is added to the gradients. */
function regularize(
  { madd }: Machine,
  { layout, regularizer: { lambda, precisions, denseL2 } }: NetworkCase,
  row: Float64Array,
  gradient: Float64Array,
): number {
  let sum = 0;
  [...layout.convs, ...layout.denses].forEach(({ weights: { offset, size } }, i) => {
    const strength = i < layout.convs.length ? lambda : denseL2[i - layout.convs.length];
    const precision = Float32Array.from(precisions?.[i] ?? [1]);
    const dimensions = Math.sqrt(precision.length), vectors = size / dimensions;
    let own = 0;
    for (let at = 0; at < size; at++) { // a kernel as (D, VECTORS)
      let product = 0;
      for (let j = 0; j < dimensions; j++) {
        const w = row[offset + j * vectors + at % vectors];
        product = madd(precision[Math.floor(at / vectors) * dimensions + j], w, product);
      }
      own = madd(row[offset + at], product, own);
      gradient[offset + at] = madd(fround(2 * strength), product, gradient[offset + at]);
    }
    sum = madd(fround(strength), own, sum);
  });
  return sum;
}
