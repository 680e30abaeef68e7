import { inspect } from "../../src/gpu/inspect.ts";
import { assertThrows } from "../helpers/assert.ts";

/** A shader with this body of `main`, in which `// !` marks the barrier that some lanes miss. */
const shader = (body: string) =>
  `struct Input { @builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32 }
@group(0) @binding(0) var<storage> numbers: array<u32>;
@group(0) @binding(1) var<storage, read_write> sums: array<u32>;
var<workgroup> tile: array<u32, 64>;
var<workgroup> most: u32;
var<private> own: u32;
const SIZE = 64u;
fn halve(x: u32) -> u32 { return x / 2u; }
fn pick(x: u32) -> u32 { if x > 3u { return 1u; } return 2u; }
fn settle(x: u32) { if x > 3u { return; } workgroupBarrier(); }
fn total(end: u32) -> u32 {
  var sum = 0u;
  for (var i = 0u; i < end; i++) { sum += tile[i]; }
  workgroupBarrier();
  return sum;
}
@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
${body}
}`;

// What Tint, the compiler of Chrome, Edge and Node, says of each.
const EVEN = [
  "workgroupBarrier();",
  "for (var i = lane; i < SIZE; i += 64u) { tile[i] = i; }\nworkgroupBarrier();\nif lane > 0u { return; }",
  "for (var half = 32u; half > 0u; half >>= 1u) { workgroupBarrier(); if lane < half { tile[lane] += 1u; } }",
  "var i = group.x;\nwhile i < numbers[0] { i += 64u; if lane < i { tile[lane] = i; } storageBarrier(); }",
  "for (var i = 0u; i < arrayLength(&sums); i++) { workgroupBarrier(); }",
  "if group.x >= numbers[0] { return; }\nworkgroupBarrier();",
  "var i = lane;\nloop { if i >= SIZE { break; } i += 64u; }\nworkgroupBarrier();",
  "for (var i = lane; i < 9u; i++) { if i == 3u { continue; } tile[i] = 0u; }\nworkgroupBarrier();",
  "var x = lane;\nx = 0u;\nif x == 0u { workgroupBarrier(); }",
  "var x = 0u;\nif group.x == 0u { x = lane; } else { if x == 0u { workgroupBarrier(); } }",
  "let end = workgroupUniformLoad(&most);\nfor (var i = 0u; i < end; i++) { workgroupBarrier(); }",
  "let x = halve(lane);\nif halve(group.x) > 3u { let x = 1u; if x > 0u { workgroupBarrier(); } }",
  "switch group.x { case 0u, 1u: { workgroupBarrier(); } case 2u: { if lane > 0u { break; } } default: { } }\nworkgroupBarrier();",
  "settle(group.x);\nsettle(SIZE);",
  "let sum = total(lane);\nif group.y == 0u { sums[lane] = total(group.x); }",
  "loop { workgroupBarrier(); continuing { break if group.x < 3u; } }",
  "for (var i = 0u; i < 3u; i++) { switch i { case 0u: { workgroupBarrier(); if lane > 0u { break; } } default: { } } }",
  "{ var x = lane; }\nvar x = 0u;\nif x == 0u { workgroupBarrier(); }",
];
const UNEVEN = [
  "if lane < 3u {\nworkgroupBarrier(); // !\n}",
  "if group.x < 3u { } else if lane < 3u { } else {\nstorageBarrier(); // !\n}",
  "if lane < 3u { return; }\ntextureBarrier(); // !",
  "if group.x < 3u { if lane < 3u { return; } }\nworkgroupBarrier(); // !",
  "for (var i = lane; i < SIZE; i++) {\nworkgroupBarrier(); // !\n}",
  "for (var i = 0u; i < SIZE; i += lane) {\nworkgroupBarrier(); // !\n}",
  "for (var i = 0u; i < SIZE; i++) {\nworkgroupBarrier(); // !\nif lane == i { break; }\n}",
  "while true {\nif lane == 3u { continue; }\nworkgroupBarrier(); // !\n}",
  "loop {\nworkgroupBarrier(); // !\ncontinuing { break if lane < 3u; }\n}",
  "var x = 0u;\nif lane < 3u { x = 1u; }\nif x == 1u {\nworkgroupBarrier(); // !\n}",
  "var x = 0u;\nwhile x < 9u {\nworkgroupBarrier(); // !\nx += halve(lane);\n}",
  "var x = lane;\nif group.x < 3u { x = 0u; }\nif x == 0u {\nworkgroupBarrier(); // !\n}",
  "var x = lane;\nwhile group.x > 9u { x = 0u; break; }\nif x == 0u {\nworkgroupBarrier(); // !\n}",
  "if pick(lane) == 1u {\nworkgroupBarrier(); // !\n}",
  "@diagnostic(off, derivative_uniformity) if lane < 3u {\nworkgroupBarrier(); // !\n}",
  "if sums[0] == 0u {\nworkgroupBarrier(); // !\n}",
  "if tile[0] == 0u {\nworkgroupBarrier(); // !\n}",
  "if own == 0u {\nworkgroupBarrier(); // !\n}",
  "switch lane { case 0u {\nworkgroupBarrier(); // !\n} default { } }",
  "if lane < 3u {\nlet end = workgroupUniformLoad(&most); // !\n}",
  "if total(group.x) > 3u {\nworkgroupBarrier(); // !\n}",
  "}\n@compute @workgroup_size(64)\nfn late(in: Input) {\nif in.lane < 3u {\nworkgroupBarrier(); // !\n}",
];

Deno.test("inspect takes barriers to which all lanes come", () => {
  for (const body of EVEN) inspect("x", shader(body), {});
});

Deno.test("inspect names a barrier to which not all lanes come", () => {
  for (const body of UNEVEN) {
    const source = shader(body);
    const line = source.slice(0, source.indexOf("// !")).split("\n").length;
    assertThrows(
      () => inspect("x", source, {}),
      TypeError,
      `Cannot bind x: line ${line}: not all lanes of a workgroup may come to its `,
      body,
    );
  }
});

Deno.test("inspect names the barrier of a function that is called where not all lanes come", () => {
  const says = (line: number) => `Cannot bind x: line ${line}: not all lanes`;
  const refuse = (body: string, line: number) =>
    assertThrows(() => inspect("x", shader(body), {}), TypeError, says(line), body);
  refuse("settle(lane);", 10);
  refuse("if lane < 3u { settle(0u); }", 10);
  refuse("if lane < 3u { sums[0] = total(3u); }", 14);
  refuse("if lane < 3u { return; }\nsums[lane] = 1u + halve(total(3u));", 14);
});

Deno.test("inspect takes numbers of subgroups and in them for numbers of lanes", () => {
  const body = shader("if lane < 3u { workgroupBarrier(); }");
  inspect("x", body.replaceAll("local_invocation_index", "num_subgroups"), {});
  for (const id of ["subgroup_id", "subgroup_invocation_id", "local_invocation_id"]) {
    const source = body.replaceAll("local_invocation_index", id);
    assertThrows(() => inspect("x", source, {}), TypeError, "line 19: not all lanes");
  }
});
