import { checkDemands, inspect } from "../../src/gpu/inspect.ts";
import { assertEquals, assertThrows } from "../assert.ts";
import { gpu } from "../device.ts";

/** A shader with this body of `main`, and this before it. */
const shader = (body: string, before = "") =>
  `const SIZE: u32 = 5;\nconst HALF = SIZE / 2u;\n${before}\n@compute @workgroup_size(64)\n` +
  `fn main(@builtin(local_invocation_index) lane: u32) {\n${body}\n}`;
const rounds = (body: string, SIZE = 100) => inspect("x", shader(body), { SIZE }).rounds;

Deno.test("inspect counts the rounds of loops, each one's last look at its bound included", () => {
  assertEquals(rounds("for (var i = 0u; i < SIZE; i++) { f(); }"), 101);
  assertEquals(rounds("for (var i = 10u; i < SIZE; i += 7u) { f(); }"), 14);
  assertEquals(rounds("for (var i = 0u; i <= HALF; i++) { f(); }"), 52);
  assertEquals(rounds("for (var i = lane; i < SIZE * 2u; i += 64u) { f(); }"), 5);
  assertEquals(rounds("for (var half = 32u; half > 0u; half /= 2u) { f(); }"), 7);
  assertEquals(
    rounds("for (var i = 0u; i < HALF; i++) { f(); }\nfor (var j = 0u; j < 3u; j++) { g(); }"),
    55,
  );
});

Deno.test("inspect multiplies what is nested, and copies of unrolled loops", () => {
  const inner = "for (var j = 0u; j < 4u; j++) { f(); }";
  assertEquals(rounds(`for (var i = 0u; i < 3u; i++) {\n${inner}\n}`), 4 + 3 * 5);
  assertEquals(rounds(`for (var i = 0u; i < 3u; i++) { // unroll\n${inner}\n}`), 3 * 5);
  assertEquals(rounds(`if (lane < 3u) {\n${inner}\n}`), 5);
});

Deno.test("inspect takes a loop's word where its bound is not constant, and asks for it", () => {
  const loop = "for (var i = lane; i < min(lane + HALF, 9u); i++) {";
  assertEquals(rounds(`${loop} // at most HALF rounds\nf();\n}`), 51);
  const says = "Cannot bind x: line 6: the loop does not say `// at most N rounds`";
  assertThrows(() => rounds(`${loop}\nf();\n}`), TypeError, says);
  assertThrows(() => rounds(`${loop} // at most MANY rounds\nf();\n}`), TypeError, says);
});

Deno.test("inspect adds up the memory of a workgroup", () => {
  const memory = (...variables: string[]) =>
    inspect("x", shader("", variables.map((text) => `var<workgroup> ${text};`).join("\n")), {
      SIZE: 75,
    }).workgroupBytes;
  assertEquals(memory("w: array<f32, SIZE>", "sums: array<vec4f, 64>", "one: u32"), 300 + 1024 + 4);
  assertEquals(memory("w: array<vec3f, HALF + 1u>"), 16 * 38);
  assertThrows(() => memory("w: array<f32, MANY>"), TypeError, "workgroup's w is unknown");
  assertThrows(() => memory("w: Slot"), TypeError, "workgroup's w is unknown");
});

Deno.test("inspect takes barriers to which all lanes come", () => {
  for (
    const body of [
      "workgroupBarrier();",
      "for (var i = lane; i < SIZE; i += 64u) { f(); }\nworkgroupBarrier();\nif (lane > 0u) { return; }",
      "for (var half = 32u; half > 0u; half /= 2u) {\nworkgroupBarrier();\nif (lane < half) { f(); }\n}",
      "for (var i = 0u; i < HALF; i++) { // unroll\nworkgroupBarrier();\n}",
    ]
  ) inspect("x", shader(body), { SIZE: 5 });
});

for (
  const [fault, body, says] of [
    ["a barrier in a branch", "if (lane < 3u) { workgroupBarrier(); }", "line 6: not all lanes"],
    ["a barrier behind a return", "if (lane < 3u) { return; }\nworkgroupBarrier();", "line 7: not"],
    [
      "a barrier in a loop of each lane's own",
      "for (var i = lane; i < SIZE; i++) {\nstorageBarrier();\n}",
      "line 7: not all lanes of a workgroup may come to its storageBarrier",
    ],
    ["a barrier in a helper", "}\nfn f() {\nworkgroupBarrier();", "line 8: not all lanes"],
    [
      "a loop in a helper",
      "}\nfn f() {\nfor (var i = 0u; i < 2u; i++) {}",
      "line 8: a loop belongs",
    ],
    ["an endless loop", "loop { break; }", "line 6: loop has no place"],
    ["a loop of unknown kind", "while (lane > 3u) {}", "line 6: while has no place"],
    [
      "a loop that runs down",
      "for (var i = SIZE; i > 0u; i--) {}",
      "line 6: the loop does not say",
    ],
    ["an atomic sum", "atomicAdd(&sum, 1u);", "line 6: atomicAdd has no place"],
  ] as const
) {
  Deno.test(`inspect refuses ${fault}`, () => {
    assertThrows(
      () => inspect("x", shader(body), { SIZE: 5 }),
      TypeError,
      `Cannot bind x: ${says}`,
    );
  });
}

Deno.test("inspect reads no comments", () => {
  assertEquals(rounds("// for (;;) { while (true) { workgroupBarrier(); } }\nf(); // return {"), 0);
});

Deno.test("checkDemands counts rounds only where the adapter ends loops", () => {
  const source = shader("for (var i = 0u; i < SIZE; i++) { f(); }");
  const on = (software: boolean) => ({ ...gpu, adapter: { ...gpu.adapter, software } });
  checkDemands(on(true), "x", source, { SIZE: 65_534 });
  checkDemands(on(false), "x", source, { SIZE: 65_535 });
  assertThrows(
    () => checkDemands(on(true), "x", source, { SIZE: 65_535 }),
    RangeError,
    "Cannot bind x: a lane takes 65536 rounds through its loops",
  );
});
