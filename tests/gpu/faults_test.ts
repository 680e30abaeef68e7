/**
 * Faults of every kind, put in on purpose: WebGPU by itself passes over most of them without a word.
 * Each must end in an error that names the thing, and none may leave a result.
 *
 * @module
 */
import { type Gpu, openGpu } from "../../src/gpu/device.ts";
import { type Access, bind, type Step, submit } from "../../src/gpu/shader.ts";
import { createSheet, createSnapshots, downloadSheet, uploadSheet } from "../../src/gpu/sheet.ts";
import { copyRow, createTensor, download, type Tensor, upload } from "../../src/gpu/tensor.ts";
import { hasTimestamps, timeRuns, timestampSteps } from "../../src/gpu/timing.ts";
import { phase1 } from "../../src/experiments/phase1.ts";
import { evaluate } from "../../src/training/evaluate.ts";
import { uploadImages } from "../../src/training/examples.ts";
import { train } from "../../src/training/train.ts";
import { assert, assertEquals, assertMatch, assertRejects } from "../helpers/assert.ts";
import { test, tree } from "../helpers/folders.ts";
import { drawSmallSet, SMALL } from "../../tasks/torture/small_set.ts";
import { toyImages, toyOptions } from "../helpers/toy.ts";

/** A shader of one tensor, in which one thing is wrong. */
function wgsl({ body = "x[id.x] = 1.0;", outside = "", type = "array<f32>", size = "64" }) {
  return `const SIZE: u32 = 64;
@group(0) @binding(0) var<storage, read_write> x: ${type};
${outside}
@compute @workgroup_size(${size})
fn main(@builtin(global_invocation_id) id: vec3u) {
  ${body}
}`;
}

interface Wrong {
  source?: string;
  x?: Tensor | ReturnType<typeof createSheet>;
  access?: Access;
  constants?: Record<string, number>;
  workgroups?: readonly [number, number, number];
}

/** Binds the shader to a tensor of 64, but for what is wrong. */
function bindWrong(gpu: Gpu, wrong: Wrong = {}): Promise<Step> {
  const { source = wgsl({}), access = "read_write", constants = { SIZE: 1 } } = wrong;
  const { x = createTensor(gpu, "x", [64]), workgroups = [1, 1, 1] as const } = wrong;
  const shader = { name: "faulty", source, bindings: { x: access } };
  return bind(gpu, shader, { buffers: { x }, constants, workgroups });
}

/** Binds it and runs it. */
async function runWrong(gpu: Gpu, wrong: Wrong): Promise<void> {
  submit(gpu, [await bindWrong(gpu, wrong)]);
  await download(gpu, []);
}

const compile = (part: Parameters<typeof wgsl>[0]) => (gpu: Gpu) =>
  runWrong(gpu, { source: wgsl(part) });

/** Training on toy images while the device is lost in some epoch. */
async function trainLosing(gpu: Gpu, epoch: number): Promise<void> {
  const bank = uploadImages(gpu, toyImages(10));
  const options = { ...toyOptions, train: { bank }, valid: { bank } };
  const lost = (reported: number) => {
    assert(reported <= epoch, `epoch ${reported} was reported after the loss in ${epoch}`);
    if (reported === epoch) gpu.device.destroy();
  };
  if (epoch === 0) gpu.device.destroy();
  await train(gpu, options, (report) => lost(report.epoch));
}

/** Makes a buffer of uses that WebGPU forbids together. */
function misuse({ device }: Gpu): void {
  device.createBuffer({ size: 4, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.STORAGE });
}

const LOST = /The GPU was lost \(destroyed\)/;

/** What is done to a fresh GPU, and what the error must say. */
const FAULTS: Record<string, [fault: (gpu: Gpu) => unknown, says: RegExp]> = {
  // Absurd sizes.
  ...Object.fromEntries(
    [0, -1, NaN, 1.5, Infinity, 2 ** 40].flatMap((size) => {
      const says = /Cannot create the maps[: ].*(positive integers|exceed|does not fit)/;
      return [
        [`a tensor of ${size}`, [(gpu: Gpu) => createTensor(gpu, "the maps", [2, size]), says]],
        [`a sheet of ${size}`, [(gpu: Gpu) => createSheet(gpu, "the maps", [size, 2, 2]), says]],
        [`a grid of ${size}`, [
          (gpu: Gpu) => bindWrong(gpu, { workgroups: [1, size, 1] }),
          /Cannot bind faulty: a grid of \[1,.*,1\] workgroups/,
        ]],
        [`${size} snapshots`, [
          (gpu: Gpu) => createSnapshots(gpu, createSheet(gpu, "the maps", [1, 9, 9]), size),
          /Cannot download the maps/,
        ]],
      ] as [string, [(gpu: Gpu) => unknown, RegExp]][];
    }),
  ),
  "a sheet of one axis": [(gpu) => createSheet(gpu, "the maps", [3]), /Cannot create the maps/],
  "a constant of −1": [
    (gpu) => bindWrong(gpu, { constants: { SIZE: -1 } }),
    /Cannot bind faulty: constant SIZE = -1/,
  ],
  "a constant of 2^40": [
    (gpu) => bindWrong(gpu, { constants: { SIZE: 2 ** 40 } }),
    /Cannot bind faulty: constant SIZE = 1099511627776/,
  ],
  "a constant too few": [
    (gpu) => bindWrong(gpu, { constants: {} }),
    /Cannot bind faulty: constant SIZE is missing/,
  ],

  // What no driver checks.
  "workgroup memory of 4 MB": [
    compile({ body: "w[id.x] = 1.0;", outside: "var<workgroup> w: array<f32, 1000000u>;" }),
    /Cannot bind faulty: its workgroups take 4000000 bytes, more than the adapter's \d+/,
  ],
  "workgroup memory in two parts, a little over": [
    compile({
      outside: "var<workgroup> v: array<vec4f, 1000>;\nvar<workgroup> w: array<f32, 97>;",
    }),
    /Cannot bind faulty: its workgroups take 16388 bytes/,
  ],
  "a barrier in a branch": [
    compile({ body: "if (id.x < 3u) { workgroupBarrier(); }" }),
    /Cannot bind faulty: line 6: not all lanes of a workgroup may come to its workgroupBarrier/,
  ],
  "a barrier after a lane may have left": [
    compile({ body: "if (id.x < 3u) { return; }\n  storageBarrier();" }),
    /Cannot bind faulty: line 7: not all lanes/,
  ],
  "more loop rounds than a CPU adapter runs": [
    async (gpu) => {
      const software = { ...gpu, adapter: { ...gpu.adapter, software: true } };
      const body = "for (var i = 0u; i < SIZE; i++) { x[0] += 1.0; }";
      await bindWrong(software, { source: wgsl({ body }), constants: { SIZE: 65_535 } });
    },
    /Cannot bind faulty: a lane takes 65536 rounds through its loops/,
  ],

  // Bad WGSL.
  "a syntax error": [compile({ body: "x[id.x] = ;" }), /shaders\/faulty.wgsl: line 6/],
  "a wrong type": [compile({ body: "x[id.x] = 1u;" }), /shaders\/faulty.wgsl: line 6/],
  "an unknown name": [compile({ body: "x[id.x] = y;" }), /shaders\/faulty.wgsl: line 6/],
  "an index beyond an array": [
    compile({ body: "var a: array<f32, 4>; x[id.x] = a[7u];" }),
    /shaders\/faulty.wgsl: line 6/,
  ],
  "a number that float32 cannot hold": [
    compile({ body: "x[id.x] = 1e30 * 1e30;" }),
    /shaders\/faulty.wgsl: line 6/,
  ],
  recursion: [
    compile({ body: "x[id.x] = f();", outside: "fn f() -> f32 { return f(); }" }),
    /shaders\/faulty.wgsl: line 3.*recursive/,
  ],
  "no entry point": [
    (gpu) => bindWrong(gpu, { source: "const SIZE: u32 = 1;\nfn other() {}" }),
    /Cannot bind faulty: it has no fn main/,
  ],
  "a constant without a value": [
    compile({ body: "x[id.x] = A;", outside: "override A: f32;" }),
    /Cannot compile shaders\/faulty.wgsl.*'A'/,
  ],
  "a feature the device has not": [
    (gpu) => bindWrong(gpu, { source: "enable f16;\n" + wgsl({}) }),
    /Cannot compile shaders\/faulty.wgsl.*f16/,
  ],
  "a workgroup of no lane": [compile({ size: "0" }), /shaders\/faulty.wgsl.*size is out of range/],
  "a workgroup of 512 lanes": [compile({ size: "16, 32" }), /shaders\/faulty.wgsl.*workgroup size/],

  // Layouts that do not match.
  "a binding that is not declared": [
    compile({ body: "x[0] = y[0];", outside: "@group(0) @binding(5) var<storage> y: array<f32>;" }),
    /shaders\/faulty.wgsl.*binding: 5/,
  ],
  "a tensor read that the shader writes": [
    (gpu) => bindWrong(gpu, { access: "read" }),
    /shaders\/faulty.wgsl.*not available in the pipeline layout/,
  ],
  "a sheet where the shader has a tensor": [
    (gpu) => bindWrong(gpu, { access: "load", x: createSheet(gpu, "x", [1, 1, 1]) }),
    /shaders\/faulty.wgsl.*not available in the pipeline layout/,
  ],
  "a sheet for a tensor": [
    (gpu) => bindWrong(gpu, { x: createSheet(gpu, "the maps", [1, 1, 1]) }),
    /Cannot bind faulty's x: the maps is no tensor/,
  ],
  "a tensor too few": [
    (gpu) => bindWrong(gpu, { x: null as unknown as Tensor }),
    /Cannot bind faulty: its x is missing/,
  ],
  "a tensor smaller than the shader's": [
    (gpu) => runWrong(gpu, { source: wgsl({ type: "array<f32, 65>" }) }),
    /The GPU reported an error: .*size 256 where the shader expects 260/,
  ],

  // Wrong usage, wrong places.
  "a tensor without its memory": [
    (gpu) => {
      const { buffer } = createTensor(gpu, "x", [4]);
      return bindWrong(gpu, { x: { buffer, shape: [64], label: "x" } });
    },
    /Cannot bind faulty: .*size 256 at offset 0 would overflow/,
  ],
  "a buffer not made for shaders": [
    (gpu) => {
      const buffer = gpu.device.createBuffer({ size: 256, usage: GPUBufferUsage.COPY_DST });
      return bindWrong(gpu, { x: { buffer, shape: [64], label: "x" } });
    },
    /Cannot bind faulty: Usage flags/,
  ],
  "a tensor of another device": [
    async (gpu) => {
      const other = await openGpu();
      const x = createTensor(other, "x", [64]);
      await bindWrong(gpu, { x }).finally(() => other.close());
    },
    /Cannot bind faulty: .*doesn't match Device/,
  ],
  "a step of another device": [
    async (gpu) => {
      const other = await openGpu();
      submit(gpu, [await bindWrong(other)]);
      await download(gpu, []).finally(() => other.close());
    },
    /The GPU reported an error: .*'faulty' label doesn't match Device/,
  ],
  "a row that is not there": [
    (gpu) => copyRow(gpu, createTensor(gpu, "best", [3]), createTensor(gpu, "b", [3]), 3),
    /Cannot copy row 3 of best: it has 3/,
  ],
  "a row of another shape": [
    (gpu) => copyRow(gpu, createTensor(gpu, "best", [3]), createTensor(gpu, "b", [4]), 1),
    /Cannot copy best of shape \[3\] to b of \[4\]/,
  ],
  "a copy beyond the end": [
    async (gpu) => {
      const { buffer } = createTensor(gpu, "short", [1]);
      await download(gpu, [{ buffer, shape: [2], label: "x" }]);
    },
    /The GPU reported an error: .*overrunning.*/,
  ],
  "an upload that does not fit": [
    (gpu) => upload(gpu, createTensor(gpu, "labels", [2]), new Float32Array(3)),
    /Cannot upload labels/,
  ],
  "an upload to a sheet that does not fit": [
    (gpu) => uploadSheet(gpu, createSheet(gpu, "maps", [1, 1, 1]), new Float32Array(3)),
    /Cannot upload maps/,
  ],
  "an upload to what is destroyed": [
    async (gpu) => {
      const labels = createTensor(gpu, "labels", [2]);
      labels.buffer.destroy();
      upload(gpu, labels, new Float32Array(2));
      await download(gpu, []);
    },
    /The GPU reported an error: Buffer with 'labels' label has been destroyed/,
  ],
  "a download of what is destroyed": [
    async (gpu) => {
      const maps = createSheet(gpu, "maps", [1, 1, 1]);
      maps.texture.destroy();
      await downloadSheet(gpu, maps);
    },
    /The GPU reported an error: Texture with 'maps' label has been destroyed/,
  ],
  "a validation error that nobody asked for": [
    async (gpu) => {
      misuse(gpu);
      await download(gpu, []);
    },
    /The GPU reported an error: `MAP` usage/,
  ],
  "memory that there is not": [
    async (gpu) => {
      gpu.device.createBuffer({ size: 2 ** 50, usage: GPUBufferUsage.STORAGE });
      await download(gpu, []);
    },
    /The GPU reported an error: /,
  ],

  // A device that is gone.
  ...Object.fromEntries(
    ([
      ["bind", (gpu) => bindWrong(gpu, { x: { buffer: null!, shape: [64], label: "x" } })],
      ["download", (gpu) => download(gpu, [])],
      ["timeRuns", (gpu) => timeRuns(gpu, () => submit(gpu, []), { runs: 1, ms: 1 })],
    ] as [string, (gpu: Gpu) => Promise<unknown>][]).map(([name, use]) => [
      `${name} on a device that was just destroyed`,
      [(gpu: Gpu) => (gpu.device.destroy(), use(gpu)), LOST],
    ]),
  ),
  ...Object.fromEntries(
    ([
      ["createTensor", (gpu) => createTensor(gpu, "x", [1])],
      ["createSheet", (gpu) => createSheet(gpu, "x", [1, 1, 1])],
      ["submit", (gpu) => submit(gpu, [])],
      ["guard", (gpu) => gpu.guard("do nothing", () => {})],
    ] as [string, (gpu: Gpu) => unknown][]).map(([name, use]) => [
      `${name} on a device that was destroyed a while ago`,
      [async (gpu: Gpu) => {
        gpu.device.destroy();
        await new Promise((resolve) => setTimeout(resolve, 5));
        await use(gpu);
      }, LOST],
    ]),
  ),
  "a device destroyed before the copies arrive": [
    async (gpu) => {
      const x = createTensor(gpu, "x", [1]);
      const copies = download(gpu, [x]);
      gpu.device.destroy();
      await copies;
    },
    LOST,
  ],
  "a sheet of a device that is gone": [
    async (gpu) => {
      const maps = createSheet(gpu, "maps", [1, 1, 1]);
      gpu.device.destroy();
      await downloadSheet(gpu, maps);
    },
    LOST,
  ],
  "a device destroyed before training": [(gpu) => trainLosing(gpu, 0), LOST],
  "a device destroyed after the first epoch": [(gpu) => trainLosing(gpu, 1), LOST],
  "a device destroyed after the last epoch": [
    (gpu) => trainLosing(gpu, toyOptions.epochs),
    LOST,
  ],
  "a device destroyed before an evaluation": [
    async (gpu) => {
      const { network, normalization } = toyOptions;
      const bank = uploadImages(gpu, toyImages(4));
      gpu.device.destroy();
      const trials = [new Float32Array(64)];
      await evaluate(gpu, { network, normalization, trials, examples: { bank } });
    },
    LOST,
  ],
};

for (const [name, [fault, says]] of Object.entries(FAULTS)) {
  Deno.test(`a GPU fault is named: ${name}`, async () => {
    const gpu = await openGpu();
    try {
      const { message } = await assertRejects(async () => await fault(gpu), Error);
      assertMatch(message.replaceAll("\n", " "), says);
    } finally {
      gpu.close();
    }
  });
}

Deno.test("timestampSteps names a device that is gone", async () => {
  const gpu = await openGpu();
  const step = await bindWrong(gpu);
  gpu.device.destroy();
  if (hasTimestamps(gpu)) await assertRejects(() => timestampSteps(gpu, [step]), Error, "was lost");
});

const destroy = (gpu: Gpu) => gpu.device.destroy();
/** What goes wrong while phase 1 trains two networks for two epochs, and the event at which it does. */
const DURING_PHASE_1: [name: string, moment: string, fault: (gpu: Gpu) => void][] = [
  ["the device destroyed at the network", "network", destroy],
  ["the device destroyed at the group", "group", destroy],
  ["the device destroyed in epoch 1", "epoch 1", destroy],
  ["the device destroyed at the end", "epoch 2", destroy],
  ["a validation error at the end", "epoch 2", misuse],
];

test("no GPU fault leaves a result file of phase 1", async (dataDir) => {
  await drawSmallSet(`${dataDir}/set`);
  for (const [name, moment, fault] of DURING_PHASE_1) {
    const resultsDir = `${dataDir}/results`;
    const gpu = await openGpu();
    const options = {
      dataDir: `${dataDir}/set`,
      resultsDir,
      trials: 2,
      epochs: 2,
      network: SMALL,
    };
    const run = () =>
      phase1(gpu, options, (event) => {
        const now = event.kind === "epoch" ? `epoch ${event.report.epoch}` : event.kind;
        if (now === moment) fault(gpu);
      });
    await assertRejects(run, Error, "The GPU ", name);
    gpu.close();
    const files = tree(resultsDir);
    assert(files.includes("config.json"), `${name}: the run had begun`);
    const results = files.filter((path) => /cnn\.h5|summary\.json|\.npy|curves/.test(path));
    assertEquals(results, [], name);
    await Deno.remove(resultsDir, { recursive: true });
  }
});

Deno.test("the faults are many", () => {
  const count = Object.keys(FAULTS).length + DURING_PHASE_1.length;
  assert(count >= 30, `${count}`);
});
