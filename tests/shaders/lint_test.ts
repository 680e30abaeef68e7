/**
 * What no driver checks, checked for every shader with the values of its file, and for the largest
 * layers that once went through without a word. `bind` checks the same with the values of the run, but
 * for the rules of our house.
 *
 * @module
 */
import { layoutOf } from "../../src/doctor/conv_layer.ts";
import type { Gpu } from "../../src/gpu/device.ts";
import { inspect } from "../../src/gpu/inspect.ts";
import { checkOperators } from "../../src/gpu/operators.ts";
import { addMark } from "../../src/gpu/proof.ts";
import { bind, submit } from "../../src/gpu/shader.ts";
import { createSheet, downloadSheet, uploadSheet } from "../../src/gpu/sheet.ts";
import { specialize } from "../../src/gpu/specialize.ts";
import { createTensor, download, sizeOf } from "../../src/gpu/tensor.ts";
import { denseForward } from "../../src/nn/dense.ts";
import { createFlat } from "../../src/nn/dropout.ts";
import { createRegularizer } from "../../src/nn/regularizer.ts";
import { assert, assertEquals, assertRejects, assertThrows } from "../helpers/assert.ts";
import { gpu, gpuWith, withLimits } from "../helpers/device.ts";
import { checkHouse, SHADERS, valuesOf } from "../helpers/shader_rules.ts";

Deno.test("every shader keeps to WGSL, the house and every adapter's limits, at its file's values", async () => {
  let count = 0;
  for await (const { name } of Deno.readDir(SHADERS)) {
    const source = await Deno.readTextFile(`${SHADERS}/${name}`), constants = valuesOf(source);
    checkHouse(name, source, constants);
    const { workgroupBytes, rounds } = inspect(name, source, constants);
    assert(workgroupBytes <= 16_384 && rounds < 1000, `${name}: ${workgroupBytes}, ${rounds}`);
    checkOperators(name, addMark(name, specialize(name, source, constants), 9)); // what is compiled
    count++;
  }
  assert(count > 20, `${count} shaders`);
});

for (
  const [fault, body, says] of [
    ["a barrier in a branch", "if (SIZE < 3u) { workgroupBarrier(); }", "line 5: not all lanes"],
    ["a barrier behind a return", "if (SIZE < 3u) { return; }\nworkgroupBarrier();", "line 6: not"],
    [
      "a barrier in a loop that is not constant",
      "for (var i = group; i < SIZE; i++) {\nstorageBarrier();\n}",
      "line 6: not all lanes of a workgroup may come to its storageBarrier",
    ],
    ["a barrier in a helper", "}\nfn f() {\nworkgroupBarrier();", "line 7: not all lanes"],
    [
      "a loop in a helper",
      "}\nfn f() {\nfor (var i = 0u; i < 2u; i++) {}",
      "line 6: a loop that is not unrolled",
    ],
    ["an endless loop", "loop { break; }", "line 5: loop has no place"],
    ["a loop of unknown kind", "while (lane > 3u) {}", "line 5: while has no place"],
    ["a switch", "switch lane { default: { } }", "line 5: switch has no place"],
    ["a loop whose bound is not constant", "for (var i = 0u; i < lane; i++) {}", "line 5: a size"],
    ["a loop whose rounds have no value", "for (;;) { // at most MANY rounds\n}", "line 5: a size"],
    ["an atomic sum", "atomicAdd(&sum, 1u);", "line 5: atomicAdd has no place"],
  ] as const
) {
  Deno.test(`the house refuses ${fault}`, () => {
    const source = `const SIZE: u32 = 5;\n@compute @workgroup_size(64)\nfn main(` +
      `@builtin(workgroup_id) group: vec3u,\n@builtin(local_invocation_index) lane: u32) {\n${body}\n}`;
    assertThrows(() => checkHouse("x", source, { SIZE: 5 }), TypeError, `x, ${says}`);
  });
}

/** The same GPU as one that computes on the CPU, whatever it really is. */
const software = gpuWith({ adapter: { ...gpu.adapter, software: true } });

/** The sum of so many ones, as a dense layer of one output computes it. */
async function sumOnes(inputs: number): Promise<number> {
  return await software.scope(async (gpu) => {
    const layout = layoutOf([inputs, 1, 1], {}), [layer] = layout.denses;
    const row = new Float32Array(layout.row).fill(1);
    row[layer.bias.offset] = 0;
    const parameters = createTensor(gpu, "parameters", [1, layout.row], row);
    const x = createFlat(gpu, "x", [1, 1], inputs);
    const texels = sizeOf(x.shape.slice(2));
    uploadSheet(gpu, x, new Float32Array(4 * texels).map((_, i) => i < inputs ? 1 : 0));
    const y = createSheet(gpu, "y", [1, 1, 1, 1]);
    submit(gpu, [await denseForward(gpu, layer, { x, parameters, y })]);
    return (await downloadSheet(gpu, y))[0];
  });
}

Deno.test("denseForward refuses inputs on which a CPU adapter would end its loop early", async () => {
  assertEquals(await sumOnes(524_000), 524_000); // 65 504 rounds
  await assertRejects(() => sumOnes(524_288), RangeError, "Cannot bind dense: a lane takes 655");
});

/** SK-reg on a kernel of so many pixels a side, of which the precision is one matrix. */
async function regularize(side: number, on: Gpu): Promise<void> {
  await on.scope(async (gpu) => {
    const layout = layoutOf([1, 1, 1], { kernel: side });
    const [parameters, gradients] = ["parameters", "gradients"].map((label) =>
      createTensor(gpu, label, [1, layout.row])
    );
    const spec = { lambda: 1, precisions: [new Float64Array(side ** 4)], denseL2: [0] };
    await createRegularizer(gpu, layout, spec, { parameters, gradients });
  });
}

Deno.test("createRegularizer refuses a precision too large for SK-reg's loops or memory", async () => {
  const small = withLimits({ maxComputeWorkgroupStorageSize: 8192 });
  await regularize(45, software); // 2 025 dimensions
  const onCpu = () => regularize(46, software);
  await assertRejects(onCpu, RangeError, "Cannot bind smooth_kernel: a lane takes 72");
  const onSmall = () => regularize(46, small);
  const says =
    "Cannot bind smooth_kernel: its workgroups take 8720 bytes, more than the adapter's 8192";
  await assertRejects(onSmall, RangeError, says);
});

Deno.test("bind counts the rounds that a CPU adapter really runs", async () => {
  if (!gpu.adapter.software) return; // there is nothing to count
  const source = `const SIZE: u32 = 1;
@group(0) @binding(0) var<storage, read_write> x: array<u32>;
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  var rounds = 0u;
  for (var i = 0u; i < SIZE; i++) {
    for (var j = 0u; j < 9u; j++) { rounds += x[1] + 1u; }
  }
  x[0] = rounds;
}`;
  const count = async (size: number) => {
    const x = createTensor(gpu, "x", [2]);
    const shader = { name: "count", source, bindings: { x: "read_write" } } as const;
    const constants = { SIZE: size };
    submit(gpu, [await bind(gpu, shader, { buffers: { x }, constants, workgroups: [1, 1, 1] })]);
    return new Uint32Array((await download(gpu, [x]))[0].buffer, 0, 1)[0];
  };
  assertEquals(await count(5957), 9 * 5957); // 65 528 rounds with each loop's end
  await assertRejects(() => count(5958), RangeError, "a lane takes 65539 rounds");
});

/** What several shaders need under one name: a function, a struct, a number, the tree of a sum. */
const HELPER =
  /^(?:\/\/ .*\n)*(?:fn (?!main\b)(\w+)[^]*?^}|struct (\w+).*|const (\w+) = \d.*)|^ *for \(var (half)[^]*?^ {2}}/gm;

Deno.test("shaders that share a helper share its text, and know a sheet's blocks by it alone", async () => {
  const texts = new Map<string, string>(), copied = new Set<string>(), faults: string[] = [];
  for await (const { name: file } of Deno.readDir(SHADERS)) {
    const source = await Deno.readTextFile(`${SHADERS}/${file}`);
    for (const [text, ...names] of source.matchAll(HELPER)) {
      const name = names.find((name) => name)!;
      if (texts.has(name)) copied.add(name);
      else texts.set(name, text);
      if (texts.get(name) !== text) faults.push(`${file} has another ${name} than others`);
    }
    if (/\/ \w+_DOWN\b/.test(source)) faults.push(`${file} finds a block without block_at`);
  }
  assertEquals(faults, []);
  for (const name of ["block_at", "DEAD", "half", "Slot", "warp"]) assert(copied.has(name), name);
});
