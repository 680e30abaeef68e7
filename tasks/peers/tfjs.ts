/**
 * The bench's work in TensorFlow.js on its WebGPU backend: `tfjs.ts BATCH…` prints a JSON line a
 * figure. See tasks/peers.ts for how it is run.
 *
 * @module
 */
import { importPeer, measure } from "./measure.ts";
import { TFJS } from "./packages.ts";

const tf = await importPeer(TFJS);
if (!await tf.setBackend("webgpu")) throw new Error("TensorFlow.js found no WebGPU adapter");

const SHAPES = {
  conv1: [5, 5, 3, 5],
  conv2: [5, 5, 5, 10],
  conv3: [5, 5, 10, 8],
  dense1: [1568, 128],
  dense2: [128, 20],
};
const PENALTIES = { conv1: 0.05, conv2: 0.05, conv3: 0.05, dense1: 0.01 };

// deno-lint-ignore no-explicit-any
type Tensor = any;

/** Logits of images (B, 200, 200, 3). */
function forward(p: Record<string, Tensor>, images: Tensor, training: boolean): Tensor {
  const block = (x: Tensor, name: string, stride: number, poolStride: number) =>
    tf.maxPool(
      tf.relu(tf.conv2d(x, p[name], stride, "same").add(p[`${name}Bias`])),
      ...[3, poolStride, "valid"],
    );
  const dense = (x: Tensor, name: string) => x.matMul(p[name]).add(p[`${name}Bias`]);
  const drop = (x: Tensor, rate: number) => training ? tf.dropout(x, rate) : x;
  const maps = block(block(block(images, "conv1", 2, 3), "conv2", 1, 2), "conv3", 1, 1);
  const hidden = tf.relu(dense(drop(maps.reshape([-1, 1568]), 0.2), "dense1"));
  return dense(drop(hidden, 0.5), "dense2");
}

await measure(`tfjs ${TFJS[0].split("@").at(-1)} WebGPU`, (batch) => {
  const params: Record<string, Tensor> = {};
  for (const [name, shape] of Object.entries(SHAPES)) {
    params[name] = tf.variable(tf.randomNormal(shape, 0, 0.05));
    params[`${name}Bias`] = tf.variable(tf.zeros(shape.slice(-1)));
  }
  const images = tf.randomNormal([batch, 200, 200, 3]);
  const labels = tf.oneHot(tf.range(0, batch, 1, "int32").mod(tf.scalar(20, "int32")), 20);
  const adam = tf.train.adam(1e-3, 0.9, 0.999, 1e-7);
  const loss = () =>
    Object.entries(PENALTIES).reduce(
      (sum, [name, weight]) => sum.add(params[name].square().sum().mul(weight)),
      tf.losses.softmaxCrossEntropy(labels, forward(params, images, true)),
    );
  const repeat = async (count: number, step: () => Tensor) => {
    const results = Array.from({ length: count }, step);
    await results.at(-1).data();
    tf.dispose(results);
  };
  return {
    train: (count) => repeat(count, () => adam.minimize(loss, true)),
    eval: (count) => repeat(count, () => tf.tidy(() => forward(params, images, false))),
  };
});
