import { specialize } from "../../src/gpu/specialize.ts";
import { assert, assertEquals, assertThrows } from "../assert.ts";
import { gpu } from "../device.ts";

/** The text between the braces of one line, without spaces. */
const squeeze = (text: string) => text.replace(/\s+/g, "");

Deno.test("specialize sets typed constants and leaves derived ones alone", () => {
  const source =
    "const N: u32 = 3; // taps\nconst SCALE: f32 = -1.5e-3;\nconst M = N * N;\nlet N = 2;";
  assertEquals(
    specialize("s", source, { N: 7, SCALE: 0.25 }),
    "const N: u32 = 7u; \nconst SCALE: f32 = 0.25f;\nconst M = N * N;\nlet N = 2;",
  );
});

Deno.test("specialize writes every float32 so that WGSL reads the same", () => {
  for (const value of [1e-7, 1 / 3, -0, 1e21, 3.4e38, 2 ** -126]) {
    const text = specialize("s", "const X: f32 = 1.0;", { X: value });
    const written = /= (.*)f;/.exec(text)![1];
    assertEquals(Math.fround(Number(written)), Math.fround(value) || 0);
  }
});

Deno.test("specialize names constants that are missing, unknown or of the wrong type", () => {
  const source = "const N: u32 = 3;\nconst X: f32 = 1.0;";
  const set = (constants: Record<string, number>) => () => specialize("s", source, constants);
  assertThrows(set({ X: 1 }), TypeError, "Cannot bind s: constant N is missing");
  assertThrows(set({ N: 1, X: 1, Y: 1, Z: 2 }), TypeError, "it has no constant Y, Z");
  for (const value of [-1, 1.5, NaN, 2 ** 32]) {
    assertThrows(set({ N: value, X: 1 }), RangeError, `constant N = ${value} is no u32`);
  }
  for (const value of [NaN, Infinity]) {
    assertThrows(set({ N: 1, X: value }), RangeError, `constant X = ${value} is no f32`);
  }
});

Deno.test("specialize unrolls marked loops, inner ones too, and keeps line numbers", () => {
  const source = [
    "const N: u32 = 1;",
    "const M: u32 = 1;",
    "for (var i = 0u; i < N; i++) { // unroll",
    "  a[i] = size + ii; // i is the row",
    "  for (var j = 0u; j < M; j++) { // unroll",
    "    b[i * M + j] = c;",
    "  }",
    "}",
    "last();",
  ].join("\n");
  const lines = specialize("s", source, { N: 2, M: 3 }).split("\n");
  assertEquals(lines.length, 9);
  assertEquals(lines.slice(3), ["", "", "", "", "", "last();"]);
  const inner = (i: number) => [0, 1, 2].map((j) => `{b[${i * 3 + j}]=c;}`).join("");
  const copy = (i: number) => `{a[${i}]=size+ii;${inner(i)}}`;
  assertEquals(squeeze(lines[2]), copy(0) + copy(1));
});

Deno.test("specialize unrolls a loop of no rounds to nothing, and leaves unmarked loops alone", () => {
  const source = "const N: u32 = 1;\nfor (var i = 0u; i < N; i++) { // unroll\n  x();\n}\n" +
    "for (var i = 0u; i < N; i++) {\n  y();\n}";
  assertEquals(
    specialize("s", source, { N: 0 }),
    "const N: u32 = 0u;\n\n\n\nfor (var i = 0u; i < N; i++) {\n  y();\n}",
  );
});

Deno.test("specialize names the line of a marked loop that it cannot unroll", () => {
  const open = "for (var i = 0u; i < N; i++) { // unroll\n  x();";
  assertThrows(() => specialize("s", open, {}), TypeError, "Cannot unroll s, line 1");
  assertThrows(() => specialize("s", `\n${open}\n}`, {}), TypeError, "Cannot unroll s, line 2");
});

Deno.test("every shader file is valid WGSL as it stands, before it is specialized", async () => {
  const folder = `${import.meta.dirname}/../../shaders`;
  let count = 0;
  for await (const { name } of Deno.readDir(folder)) {
    const code = await Deno.readTextFile(`${folder}/${name}`);
    gpu.device.pushErrorScope("validation");
    const module = gpu.device.createShaderModule({ label: name, code });
    const error = await gpu.device.popErrorScope();
    assertEquals([name, error?.message], [name, undefined]);
    assertEquals((await module.getCompilationInfo()).messages.length, 0, name);
    count++;
  }
  assert(count >= 20, `only ${count} shaders`);
});
