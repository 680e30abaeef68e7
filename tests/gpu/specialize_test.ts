import { specialize } from "../../src/gpu/specialize.ts";
import { assert, assertEquals, assertThrows } from "../helpers/assert.ts";
import { gpu } from "../helpers/device.ts";

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

Deno.test("specialize reads the line ends of every system alike", () => {
  const source = "const N: u32 = 1;\nfor (var i = 0u; i < N; i++) { // unroll\n  x(i);\n}\nlast();";
  const unrolled = specialize("s", source, { N: 2 });
  assertEquals(unrolled, "const N: u32 = 2u;\n{ x(0u); } { x(1u); }\n\n\nlast();");
  for (const end of ["\r\n", "\r"]) {
    assertEquals(specialize("s", source.replaceAll("\n", end), { N: 2 }), unrolled);
  }
});

Deno.test("specialize unrolls a marked loop however it is laid out", () => {
  for (
    const source of [
      "for (var i = 0u; i < N; i++) { // unroll  \n  x(i);\n  }\nlast();",
      "\tfor (var i=0u; i<N; i++) {\t//unroll: it is short }\n\t x(i); // }\n} // all\nlast();",
      "for (var i = 0u;\n i < 2; i++ ) { // Unroll\n  /* } */ x(i);}\nlast();",
      "first(); for (var i = 0u; i < 2u; i++) { // unroll\nx(i);\n} last();",
    ]
  ) {
    const code = specialize("s", `const N: u32 = 1;\n${source}`, { N: 2 });
    assertEquals(
      squeeze(code).replace(/^constN:u32=2u;(first\(\);)?/, ""),
      "{x(0u);}{x(1u);}last();",
    );
    assertEquals(code.split("\n").length, source.split("\n").length + 1);
  }
});

Deno.test("specialize names the line of a mark that it cannot follow", () => {
  const refuse = (source: string, says: string) =>
    assertThrows(
      () => specialize("s", `const N: u32 = 1;\n${source}`, { N: 2 }),
      TypeError,
      `Cannot unroll s, line ${says}`,
    );
  const loop = "for (var i = 0u; i < N; i++) {";
  refuse(`${loop} // unroll\n  x();`, "2: the loop has no end");
  refuse(`f();\n${loop.replace("N", "M")} // unroll\n}`, "3: M is no constant that has a value");
  for (
    const header of [
      "for (var i = 1u; i < N; i++) {",
      "for (var i = 0u; j < N; i++) {",
      "for (var i = 0u; i < N; j++) {",
      "for (var i = 0u; i < N; i += 2u) {",
      "for (var i = 0u; i < N + 1u; i++) {",
      "for (var i = 0u; i < N; i++)",
      "while (i < N) {",
      "f();",
      "",
    ]
  ) {
    refuse(
      `${header} // unroll\n}`,
      "2: `// unroll` belongs behind `for (var i = 0u; i < N; i++) {`",
    );
    refuse(`${loop} // unroll\n\n${header} // unroll\n}\n}`, "4: `// unroll` belongs behind");
  }
  refuse(`${loop.slice(0, -1)} // unroll: it is short\n{ }`, "2: `// unroll` belongs behind");
  refuse(`// unroll\n${loop}\n}`, "2: `// unroll` belongs behind");
  refuse(`${loop} // unroll\nif (a) { continue; }\n}`, "2: a copy of its body has no loop");
});

Deno.test("specialize reads no marks or braces in other comments", () => {
  const source =
    "/* for (;;) { // unroll\n /* } */ */ x(); // no need to unroll {\n// unrolled: y {\n" +
    "// for (var i = 0u; i < 2u; i++) { // unroll\n//   x();\n// }";
  assertEquals(specialize("s", source, {}).trim(), "x();");
  const prose = "// Unroll the loop below.\ny(); // unroll: by hand, twice\ny();";
  assertEquals(specialize("s", prose, {}), "\ny(); \ny();");
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
