import { openGpu } from "../../src/gpu/device.ts";
import {
  bind,
  ceilDiv,
  defineShader,
  dispatchSize,
  evenTile,
  submit,
} from "../../src/gpu/shader.ts";
import { createSheet, type Sheet } from "../../src/gpu/sheet.ts";
import { createTensor, download, type Tensor } from "../../src/gpu/tensor.ts";
import { assert, assertEquals, assertRejects } from "../helpers/assert.ts";
import { gpu } from "../helpers/device.ts";

const scale = defineShader(
  "scale",
  `// x[i] = x[i] · FACTOR + shift
const SIZE: u32 = 64;
const FACTOR: f32 = 1.0;
@group(0) @binding(0) var<storage, read_write> x: array<f32>;
@group(0) @binding(1) var<storage, read> shift: array<f32>;
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x < SIZE) { x[id.x] = x[id.x] * FACTOR + shift[0]; }
}`,
  { x: "read_write", shift: "read" },
);

const buffers = () => ({
  x: createTensor(gpu, "x", [100], new Float32Array(100).fill(2)),
  shift: createTensor(gpu, "shift", [4], Float32Array.of(10, 0, 0, 0)),
});

Deno.test("bind sets constants, and steps run in order on their own buffers", async () => {
  const first = buffers(), second = buffers();
  const one = { constants: { SIZE: 70, FACTOR: 3 }, workgroups: [2, 1, 1] as const };
  const steps = [
    await bind(gpu, scale, { buffers: first, ...one }),
    await bind(gpu, scale, { buffers: { ...second, shift: first.shift }, ...one }),
  ];
  submit(gpu, [steps[0], steps[0], steps[1]]);
  const [x, y] = await download(gpu, [first.x, second.x]);
  assertEquals([x[0], x[69], x[70], y[0]], [(2 * 3 + 10) * 3 + 10, 58, 2, 16]);
});

Deno.test("bind compiles equal shaders once", async () => {
  const options = { buffers: buffers(), workgroups: [1, 1, 1] as const };
  const bound = (size: number) =>
    bind(gpu, scale, { ...options, constants: { SIZE: size, FACTOR: 1 } });
  const [a, b, other] = [await bound(5), await bound(5), await bound(6)];
  assert(a.pipeline === b.pipeline && a.pipeline !== other.pipeline);
});

Deno.test("bind names a constant that is missing, unknown or out of range", async () => {
  const bound = (constants: Record<string, number>) =>
    bind(gpu, scale, { buffers: buffers(), constants, workgroups: [1, 1, 1] });
  await assertRejects(() => bound({ SIZE: 1 }), TypeError, "scale: constant FACTOR is missing");
  const unknown = { SIZE: 1, FACTOR: 1, COLOUR: 3 };
  await assertRejects(() => bound(unknown), TypeError, "scale: it has no constant COLOUR");
  await assertRejects(() => bound({ SIZE: 1.5, FACTOR: 1 }), RangeError, "SIZE = 1.5 is no u32");
});

Deno.test("bind refuses an empty grid and one beyond the adapter's limit", async () => {
  const most = gpu.device.limits.maxComputeWorkgroupsPerDimension;
  for (const count of [0, 1.5, most + 1]) {
    const grid = [1, count, 1] as const;
    const constants = { SIZE: 1, FACTOR: 1 };
    const bound = () => bind(gpu, scale, { buffers: buffers(), constants, workgroups: grid });
    const says = `Cannot bind scale: a grid of [${grid}] workgroups is outside 1 … ${most}`;
    await assertRejects(bound, RangeError, says);
  }
});

Deno.test("bind names file and line of bad WGSL", async () => {
  const own = await openGpu(); // which remembers the error
  const broken = { ...scale, source: scale.source.replace("shift[0]", "shift.nothing") };
  const constants = { SIZE: 1, FACTOR: 1 };
  const bound = () => bind(own, broken, { buffers: buffers(), constants, workgroups: [1, 1, 1] });
  await assertRejects(bound, Error, "Cannot compile shaders/scale.wgsl: line 8");
  own.close();
});

Deno.test("bind tells tensors from sheets, and refuses one in two conflicting uses", async () => {
  const { x } = buffers();
  const constants = { SIZE: 1, FACTOR: 1 };
  const bound = (shift: Tensor | Sheet) =>
    bind(gpu, scale, { buffers: { x, shift }, constants, workgroups: [1, 1, 1] });
  const sheet = createSheet(gpu, "a sheet", [1, 1, 1]);
  await assertRejects(
    () => bound(sheet),
    TypeError,
    "Cannot bind scale's shift: a sheet is no tensor",
  );
  const step = await bound(x); // read and written by one dispatch: WebGPU refuses that when encoded
  await gpu.scope(async (gpu) => {
    const run = () => gpu.guard("submit", () => submit(gpu, [step]));
    await assertRejects(run, Error, "Cannot submit: ");
    await assertRejects(() => download(gpu, [x]), Error, "did not run 1 of 1 dispatches of scale");
  });
});

/** Numbers, into how many steps of Collatz's they take to 1; as others write WGSL, not as we do. */
const histogram = defineShader(
  "histogram",
  `/* Counts numbers by their steps. // not a line comment */
const BINS = 16u;
struct Input {
  @builtin(local_invocation_index) lane: u32,
  @builtin(global_invocation_id) id: vec3<u32>,
}
@group(0) @binding(0) var<storage, read> numbers: array<u32>;
@group(0) @binding(1) var<storage, read_write> bins: array<atomic<u32>>;
var<workgroup> mark: array<atomic<u32>, BINS>;

fn steps(number: u32) -> u32
{
  var n = number; var count = 0u;
  while n > 1u {
    if ((n & 1u) == 0u) { n >>= 1u; continue; }
    n = 3u * n + 1u;
    count++;
  }
  return count;
}

@compute @workgroup_size(64)
fn main(input: Input)
{
  for (var i = input.lane; i < BINS; i += 64u) { atomicStore(&mark[i], 0u); }
  workgroupBarrier();
  if (input.id.x < arrayLength(&numbers)) {
    let count = steps(numbers[input.id.x]);
    switch count {
      case 0u, 1u: { atomicAdd(&mark[0], 1u); }
      default: { atomicAdd(&mark[min(count, BINS - 1u)], 1u); }
    }
  }
  workgroupBarrier();
  var i = input.lane;
  loop {
    if (i >= BINS) { break; }
    atomicAdd(&bins[i], atomicLoad(&mark[i]));
    continuing { i += 64u; }
  }
}`,
  { numbers: "read", bins: "read_write" },
);

Deno.test("bind takes WGSL of others: loops, switches, functions and atomics of any kind", async () => {
  const numbers = Uint32Array.from({ length: 200 }, (_, i) => i + 1);
  const expected = new Array(16).fill(0);
  for (const number of numbers) {
    let count = 0;
    for (let n = number; n > 1; n = n % 2 === 0 ? n / 2 : (count++, 3 * n + 1));
    expected[count < 2 ? 0 : Math.min(count, 15)]++;
  }
  const bits = new Float32Array(numbers.buffer);
  const buffers = {
    numbers: createTensor(gpu, "numbers", [200], bits),
    bins: createTensor(gpu, "bins", [16]),
  };
  for (const source of [histogram.source, histogram.source.replaceAll("\n", "\r\n")]) {
    const shader = { ...histogram, source };
    const step = await bind(gpu, shader, { buffers, constants: {}, workgroups: [4, 1, 1] });
    submit(gpu, [step]);
  }
  const [bins] = await download(gpu, [buffers.bins]);
  assertEquals([...new Uint32Array(bins.buffer)], expected.map((count) => 2 * count));
});

Deno.test("ceilDiv rounds up", () => {
  assertEquals([ceilDiv(1, 64), ceilDiv(64, 64), ceilDiv(65, 64)], [1, 1, 2]);
});

Deno.test("dispatchSize goes on in further rows where one axis would be too long", () => {
  assertEquals(dispatchSize(65, 3), [2, 1, 3]);
  assertEquals(dispatchSize(65535 * 64, 1), [65535, 1, 1]);
  assertEquals(dispatchSize(65535 * 64 + 1, 1), [32768, 2, 1]);
  assertEquals(dispatchSize(33, 20, 32), [2, 1, 20]);
});

Deno.test("grid's lanes are numbered on from row to row", async () => {
  const count = defineShader(
    "count",
    `const LANES: u32 = 1;
@group(0) @binding(0) var<storage, read_write> x: array<u32>;
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let lane = id.y * groups.x * 64u + id.x;
  if (lane < LANES) { x[lane] = lane + 1u; }
}`,
    { x: "read_write" },
  );
  const lanes = 65535 * 64 + 99;
  const x = createTensor(gpu, "x", [lanes]);
  const constants = { LANES: lanes };
  submit(gpu, [
    await bind(gpu, count, { buffers: { x }, constants, workgroups: dispatchSize(lanes, 1) }),
  ]);
  const [values] = await download(gpu, [x]);
  assert(new Uint32Array(values.buffer).every((value, i) => value === i + 1));
});

Deno.test("evenTile cuts into the fewest equal parts", () => {
  const tiles = [[10, 8], [8, 8], [1, 8], [17, 8], [5, 1]].map(([n, most]) => evenTile(n, most));
  assertEquals(tiles, [5, 8, 1, 6, 1]);
});
