/**
 * Dense layers of one trial, forward and backward.
 *
 * @module
 */
import { add, type Array64, get, indices, set, zeros } from "./array.ts";

/**
 * y[b, n] = f(bias[n] + Σ k: x[b, k] · kernel[k, n]), f = ReLU or identity.
 *
 * @param x (BATCH, INPUTS)
 * @param kernel (INPUTS, OUTPUTS)
 * @param bias (OUTPUTS)
 * @returns y (BATCH, OUTPUTS)
 */
export function dense(x: Array64, kernel: Array64, bias: Array64, relu: boolean): Array64 {
  const [batch, inputs] = x.shape;
  const y = zeros([batch, kernel.shape[1]]);
  for (const [b, n] of indices(y.shape)) {
    let sum = get(bias, n);
    for (let k = 0; k < inputs; k++) sum += get(x, b, k) * get(kernel, k, n);
    set(y, [b, n], relu ? Math.max(sum, 0) : sum);
  }
  return y;
}

/**
 * dkernel[k, n] = Σ b: x[b, k] · dy[b, n] and dbias[n] = Σ b: dy[b, n].
 *
 * @param x (BATCH, INPUTS)
 * @param dy (BATCH, OUTPUTS), the gradient before this layer's own ReLU
 * @returns dkernel (INPUTS, OUTPUTS) and dbias (OUTPUTS)
 */
export function denseBackwardKernel(
  x: Array64,
  dy: Array64,
): { dkernel: Array64; dbias: Array64 } {
  const dkernel = zeros([x.shape[1], dy.shape[1]]);
  const dbias = zeros([dy.shape[1]]);
  for (const [b, n] of indices(dy.shape)) {
    add(dbias, [n], get(dy, b, n));
    for (let k = 0; k < x.shape[1]; k++) add(dkernel, [k, n], get(x, b, k) * get(dy, b, n));
  }
  return { dkernel, dbias };
}

/**
 * The gradient of the input before the ReLU and the dropout that made it:
 *
 * dx[b, k] = 1/(1 − rate) · Σ n: dy[b, n] · kernel[k, n] where x[b, k] > 0, else 0.
 *
 * @param dy (BATCH, OUTPUTS), the gradient before this layer's own ReLU
 * @param x (BATCH, INPUTS), after ReLU and dropout: positive where both let the value through.
 * @param kernel (INPUTS, OUTPUTS)
 * @param rate The dropout before this layer, in [0, 1).
 * @returns dx (BATCH, INPUTS)
 */
export function denseBackwardInput(
  dy: Array64,
  x: Array64,
  kernel: Array64,
  rate: number,
): Array64 {
  const dx = zeros(x.shape);
  for (const [b, k] of indices(x.shape)) {
    if (get(x, b, k) <= 0) continue;
    let sum = 0;
    for (let n = 0; n < dy.shape[1]; n++) sum += get(dy, b, n) * get(kernel, k, n);
    set(dx, [b, k], sum / (1 - rate));
  }
  return dx;
}
