/**
 * The bench's work in jax-js on its WebGPU device: `jax.ts BATCH…` prints a JSON line a figure. See
 * tasks/peers.ts for how it is run.
 *
 * Each of its sums is one loop, and Mesa's CPU adapter ends a shader's loops after 65 535 rounds: from
 * 6 images a call on the gradient of the first convolution is wrong there. So gradients are checked
 * against differences, and a batch is split until they are right.
 *
 * @module
 */
import { importPeer, measure } from "./measure.ts";
import { JAX } from "./packages.ts";

const jax = await importPeer(JAX);
const { lax, nn, numpy: np, random } = jax;
if (!(await jax.init()).includes("webgpu")) throw new Error("jax-js found no WebGPU adapter");
jax.defaultDevice("webgpu");

const SHAPES: Record<string, number[]> = {
  conv1: [5, 3, 5, 5],
  conv2: [10, 5, 5, 5],
  conv3: [8, 10, 5, 5],
  dense1: [1568, 128],
  dense2: [128, 20],
};
const PENALTIES = { conv1: 0.05, conv2: 0.05, conv3: 0.05, dense1: 0.01 };

// deno-lint-ignore no-explicit-any
type Tensor = any; // every use but the last of one must be `.ref`
type Params = Record<string, Tensor>;

const map = (f: (...leaves: Tensor[]) => Tensor, first: Params, ...rest: Params[]): Params =>
  Object.fromEntries(
    Object.keys(first).map((name) => [name, f(first[name], ...rest.map((tree) => tree[name]))]),
  );
const borrow = (tree: Params) => map((leaf) => leaf.ref, tree);

/** Logits of images (B, 3, 200, 200); dropout where there is a key. */
function forward(p: Params, images: Tensor, key?: Tensor): Tensor {
  const block = (x: Tensor, name: string, stride: number, poolStride: number) => {
    const bias = p[`${name}Bias`].reshape([1, -1, 1, 1]);
    const maps = nn.relu(lax.conv(x, p[name], [stride, stride], "SAME").add(bias));
    return lax.reduceWindow(maps, np.max, [3, 3], [poolStride, poolStride]);
  };
  const drop = (x: Tensor, rate: number, key?: Tensor) =>
    key ? x.ref.mul(random.bernoulli(key, 1 - rate, x.shape)).mul(1 / (1 - rate)) : x;
  const maps = block(block(block(images, "conv1", 2, 3), "conv2", 1, 2), "conv3", 1, 1);
  const flat = drop(maps.reshape([-1, 1568]), 0.2, key?.ref);
  const hidden = nn.relu(np.dot(flat, p.dense1).add(p.dense1Bias));
  return np.dot(drop(hidden, 0.5, key), p.dense2).add(p.dense2Bias);
}

function loss(p: Params, images: Tensor, labels: Tensor, key?: Tensor): Tensor {
  const penalty = Object.entries(PENALTIES)
    .map(([name, weight]) => np.sum(np.sum(np.square(p[name].ref), -1)).mul(weight))
    .reduce((sum, term) => sum.add(term));
  const [batch] = images.shape;
  const logProbabilities = nn.logSoftmax(forward(p, images, key));
  return np.sum(logProbabilities.mul(labels)).mul(-1 / batch).add(penalty);
}

/** Weights of a new network; biases are 0. */
function create(): Params {
  const params: Params = {};
  for (const [seed, [name, shape]] of Object.entries(SHAPES).entries()) {
    params[name] = random.normal(random.key(seed), shape).mul(0.05);
    params[`${name}Bias`] = np.zeros([name.startsWith("conv") ? shape[0] : shape[1]]);
  }
  return params;
}

/** Images and their classes, one-hot. */
function examples(count: number): [Tensor, Tensor] {
  const classes = Array.from({ length: count }, (_, image) => image % 20);
  return [
    random.normal(random.key(9), [count, 3, 200, 200]),
    nn.oneHot(np.array(classes, { dtype: np.int32 }), 20),
  ];
}

const lossOf = jax.jit(loss);
const gradientOf = jax.jit(jax.grad(loss));
const logitsOf = jax.jit((p: Params, images: Tensor) => forward(p, images));
const sumOf = jax.jit((a: Params, b: Params) => map((x, y) => x.add(y), a, b));

/** Whether the loss rises along each tensor's gradient g as steeply as ‖g‖ says. */
async function gradientIsRight(images: Tensor, labels: Tensor): Promise<boolean> {
  const params = create();
  const rest = () => [images.ref, labels.ref, random.key(3)];
  const gradient = gradientOf(borrow(params), ...rest());
  for (const name of Object.keys(SHAPES)) {
    const values: Float32Array = await gradient[name].ref.data();
    const norm = Math.sqrt(values.reduce((sum, value) => sum + value ** 2, 0));
    const lossAt = async (step: number): Promise<number> => {
      const moved = params[name].ref.add(gradient[name].ref.mul(step / norm));
      const others = borrow(params);
      others[name].dispose();
      return (await lossOf({ ...others, [name]: moved }, ...rest()).data())[0];
    };
    const slope = (await lossAt(0.005) - await lossAt(-0.005)) / 0.01;
    // kinks of ReLU and max-pool cost some per cent; a sum cut short, a third and more
    if (!(Math.abs(slope / norm - 1) < 0.1)) return false;
  }
  return true;
}

await measure(`jax-js ${JAX[0].split("@").at(-1)} WebGPU`, async (batch) => {
  const sizes = [batch, ...[5, 4, 3, 2, 1].filter((n) => n < batch && batch % n === 0)];
  let part: number | undefined;
  for (const size of sizes) {
    if (await gradientIsRight(...examples(size))) {
      part = size;
      break;
    }
  }
  if (part === undefined) throw new Error("its gradients are wrong at every size tried");
  const parts = batch / part;
  const [all] = examples(batch);
  const [images, labels] = examples(part); // every part sees the same: only time counts
  const adam = jax.jit((p: Params, m: Params, v: Params, sum: Params, rate: Tensor) => {
    const g = map((sum) => sum.mul(1 / parts), sum);
    m = map((m, g) => m.mul(0.9).add(g.ref.mul(0.1)), m, g);
    v = map((v, g) => v.mul(0.999).add(np.square(g).mul(0.001)), v, g);
    p = map((p, m, v) => p.sub(rate.ref.mul(m.ref).div(np.sqrt(v.ref).add(1e-7))), p, m, v);
    rate.dispose();
    return [p, m, v];
  });
  let [params, m, v] = [create(), map(np.zerosLike, create()), map(np.zerosLike, create())];
  let step = 0;
  const train = () => {
    step++;
    let sum: Params | undefined;
    for (let i = 0; i < parts; i++) {
      const key = random.key(step * parts + i);
      const gradient = gradientOf(borrow(params), images.ref, labels.ref, key);
      sum = sum ? sumOf(sum, gradient) : gradient;
    }
    const rate = np.array(1e-3 * Math.sqrt(1 - 0.999 ** step) / (1 - 0.9 ** step));
    [params, m, v] = adam(params, m, v, sum, rate);
  };
  return {
    async train(count) {
      for (let i = 0; i < count; i++) train();
      await jax.blockUntilReady(params);
    },
    async eval(count) {
      const logits = Array.from({ length: count }, () => logitsOf(borrow(params), all.ref));
      await jax.blockUntilReady(logits);
      for (const each of logits) each.dispose();
    },
  };
});
