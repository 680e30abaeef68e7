import { bind, defineShader } from "../../src/gpu/shader.ts";
import { onPaper } from "../../src/gpu/on_paper.ts";
import { planOf } from "../../src/gpu/plan.ts";
import { createSheet } from "../../src/gpu/sheet.ts";
import { createTensor } from "../../src/gpu/tensor.ts";
import { assert, assertEquals } from "../helpers/assert.ts";
import { gpu } from "../helpers/device.ts";

const shader = defineShader(
  "made_up",
  `
const LANES: u32 = 8;
const TILE: u32 = 2;
const DOUBLE = 2u * TILE;
@group(0) @binding(0) var<storage, read> a: array<f32>;
@group(0) @binding(1) var<storage, read_write> b: array<f32>;
@group(0) @binding(2) var<storage, read_write> c: array<f32>;
@group(0) @binding(3) var d: texture_storage_2d<rgba32float, read>;
@group(0) @binding(4) var e: texture_storage_2d<r32uint, read>;
@group(0) @binding(5) var f: texture_storage_2d<rgba32float, write>;
var<workgroup> both: array<vec4f, LANES>;
@compute @workgroup_size(LANES, 2)
fn main(@builtin(local_invocation_index) lane: u32) {
  var sums: array<f32, DOUBLE * 3>; // array<f32, 99>
  for (var i = 0u; i < 2u; i++) { var own: array<vec4f, TILE>; }
}`,
  { a: "read", b: "write", c: "read_write", d: "load", e: "load", f: "store" },
);

Deno.test("planOf tells lanes, work and traffic from binding and text alone", async () => {
  const paper = onPaper(gpu);
  const tensor = (size: number) => createTensor(paper, "t", [2, size]);
  const sheet = (size: number, format?: "r32uint") => createSheet(paper, "s", [1, 2, size], format);
  const step = await bind(paper, shader, {
    buffers: {
      a: tensor(5),
      b: tensor(7),
      c: tensor(11),
      d: sheet(13),
      e: sheet(17, "r32uint"),
      f: sheet(19),
    },
    constants: { LANES: 16, TILE: 3 },
    workgroups: [3, 2, 5],
    multiplyAdds: 960,
    touched: { a: 1, f: 23 },
  });
  assertEquals(planOf(step), {
    shader: "made_up",
    workgroups: 30,
    lanes: 32,
    multiplyAdds: 960,
    tile: 6 * 3 + 4 * 3,
    shared: 16 * 16,
    read: 4 * 1 + 4 * 22 + 16 * 26 + 4 * 34,
    written: 4 * 14 + 4 * 22 + 16 * 23,
  });
});

Deno.test("on paper nothing is too large, nothing is compiled, and all that is made is listed", async () => {
  const paper = onPaper(gpu);
  const huge = createTensor(paper, "huge", [2 ** 20, 2 ** 20]);
  const wide = createSheet(paper, "wide", [2 ** 30, 3, 5]);
  assertEquals(paper.paper, [huge, wide]);
  const none = { name: "none", source: "no WGSL", bindings: { huge: "read" } } as const;
  const buffers = { huge };
  const step = await bind(paper, none, { buffers, constants: {}, workgroups: [2 ** 30, 1, 1] });
  assertEquals(step.label, "none");
  assert(gpu.paper === undefined);
});
