import { checkDemands, inspect } from "../../src/gpu/inspect.ts";
import { assertEquals, assertThrows } from "../helpers/assert.ts";
import { gpu } from "../helpers/device.ts";

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

Deno.test("inspect takes a loop's word where its bound is not constant", () => {
  const loop = "for (var i = lane; i < min(lane + HALF, 9u); i++) {";
  assertEquals(rounds(`${loop} // at most HALF rounds\nf();\n}`), 51);
  assertEquals(rounds("while (lane < g()) {// at most HALF rounds\nf();\n}"), 51);
  assertEquals(rounds("loop { // at most 7u rounds\nbreak;\n}"), 8);
});

Deno.test("inspect names the lines of what it cannot count, and counts what is inside once", () => {
  const unknown = (body: string) => inspect("x", shader(body), { SIZE: 100 }).unknown;
  const inner = "for (var j = 0u; j < 4u; j++) { f(); }";
  for (
    const loop of [
      "for (var i = lane; i < min(lane + HALF, 9u); i++) {",
      "for (var i = 0u; i < MANY; i++) { // at most MANY rounds",
      "for (var i = 0u; i < SIZE; i += lane) {",
      "for (var i = SIZE; i < 200u; i--) {",
      "for (var i = lane; i > 0u; i--) {",
      "for (var i = SIZE; i >= 0u; i /= 2u) {",
      "for (;;) {",
      "while (lane > 3u) {",
      "loop {",
    ]
  ) {
    assertEquals(unknown(`f();\n${loop}\n${inner}\n}`), [7]);
    assertEquals(rounds(`f();\n${loop}\n${inner}\n}`), 5);
  }
  assertEquals(unknown(inner), []);
});

Deno.test("inspect counts other ways to go up and down", () => {
  assertEquals(rounds("for (var i: u32 = SIZE; i > 0u; i--) { f(); }"), 101);
  assertEquals(rounds("for (var i = SIZE; i >= 1u; i -= 3u) { f(); }"), 35);
  assertEquals(rounds("for (var half = 64u; half > 0u; half >>= 1u) { f(); }"), 8);
  assertEquals(rounds("for (var i = 0x10u; i > 3u; i /= 2u) { f(); }"), 4);
  assertEquals(rounds("for (var i = 9u; i < 3u; i++) { f(); }"), 1);
  // The same name may be another function's own.
  assertEquals(rounds("const most = 3u; for (var i = 0u; i < most; i++) { f(); }"), 0);
});

Deno.test("inspect counts the loops of functions as often as they are called", () => {
  const helper = "}\nfn f() -> u32 { for (var i = 0u; i < 3u; i++) { g(); } return 1u; }\n" +
    "fn g() { for (var i = 0u; i < 9u; i++) { } }";
  const called = (body: string) => rounds(`${body}${helper.slice(0, -1)}`);
  assertEquals(called(""), 0);
  assertEquals(called("f();"), 4 + 30);
  assertEquals(called("if (f() > 0u) { let x = f() + f(); }"), 3 * 34);
  assertEquals(called("for (var i = 0u; i < 2u; i++) { f(); }"), 3 + 2 * 34);
  assertEquals(called("for (var i = f(); i < 2u; i++) { }"), 3 + 3 * 34);
  assertEquals(called("for (;; i += f()) { // at most 2u rounds\n}"), 3 + 3 * 34);
  assertEquals(called("switch lane { case 1u: { g(); } default: { g(); } }"), 20);
});

Deno.test("inspect adds up the memory of a workgroup", () => {
  const demands = (...variables: string[]) =>
    inspect("x", shader("", variables.map((text) => `var<workgroup> ${text};`).join("\n")), {
      SIZE: 75,
    });
  const memory = (...variables: string[]) => demands(...variables).workgroupBytes;
  assertEquals(memory("w: array<f32, SIZE>", "sums: array<vec4f, 64>", "one: u32"), 300 + 1024 + 4);
  assertEquals(memory("w: array<vec3f, HALF + 1u>"), 16 * 38);
  assertEquals(memory("w: array<atomic<u32>, 0x100>"), 1024);
  assertEquals(memory("w: array<array<vec2<f32>, 3>, SIZE>"), 75 * 24);
  assertEquals(memory("w: array<mat3x4<f32>, 2>", "m: mat2x3f", "b: bool"), 2 * 48 + 32 + 4);
  const struct =
    "one: u32;\nstruct S { a: f32, b: vec3f, @align(4) c: u32, d: vec2<f16> }\nvar<workgroup> s";
  assertEquals(memory(`${struct}: array<S, 3>`), 4 + 3 * 48);
  assertEquals(memory(`${struct}: S`), 4 + 48);
  for (const type of ["array<f32, MANY>", "Slot", "array<Slot, 4>", "array<f32>"]) {
    const { workgroupBytes, unknown } = demands("one: u32", `w: ${type}`);
    assertEquals([workgroupBytes, unknown], [4, [4]]);
  }
});

Deno.test("inspect reads no comments", () => {
  assertEquals(rounds("// for (;;) { while (true) { workgroupBarrier(); } }\nf(); // return {"), 0);
});

Deno.test("checkDemands counts rounds only where the adapter ends loops", () => {
  const source = shader("for (var i = 0u; i < SIZE; i++) { f(); }");
  const on = (software: boolean) => ({ ...gpu, adapter: { ...gpu.adapter, software } });
  checkDemands(on(true), "x", source, { SIZE: 65_534 });
  checkDemands(on(false), "x", source, { SIZE: 65_535 });
  const check = () => checkDemands(on(true), "x", source, { SIZE: 65_535 });
  assertThrows(check, RangeError, "Cannot bind x: a lane takes 65536 rounds through its loops");
});
