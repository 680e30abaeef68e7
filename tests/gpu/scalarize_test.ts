import { scalarize } from "../../src/gpu/scalarize.ts";
import { assertEquals } from "../helpers/assert.ts";

const squeeze = (text: string) => text.replace(/\s+/g, " ").trim();

Deno.test("scalarize computes constant indices as WGSL does", () => {
  const indices = (text: string) => scalarize(`x[${text}]`, { N: 7, M: 3 });
  assertEquals(indices("2u * N + 1u"), "x[15]");
  assertEquals(indices("(2u + N) * M"), "x[27]");
  assertEquals(indices("N / 2u % 2u"), "x[1]");
  assertEquals(indices("N - M - 1u"), "x[3]");
  assertEquals(indices("(((4u)))"), "x[4]");
});

Deno.test("scalarize leaves an index alone that is not known, or would be negative", () => {
  for (const text of ["row * 2u", "M - N", "N[0]", "1.5", "f(2u)"]) {
    assertEquals(scalarize(`x[${text}]`, { N: 7, M: 3 }), `x[${text}]`);
  }
});

Deno.test("scalarize makes single variables of an array whose every index is constant", () => {
  const code = "var sums: array<f32, N * 2u>;\nsums[0u] = sums[N + 1u] + more_sums[1u]; // sums\n";
  assertEquals(
    squeeze(scalarize(code, { N: 2 })),
    "var sums_0: f32; var sums_1: f32; var sums_2: f32; var sums_3: f32; sums_0 = sums_3 + more_sums[1];",
  );
  const vectors = "  var p: array<vec4f, 2>;\n  p[1u][2u % 4u] = p[0u].x + q[i][1u];";
  assertEquals(
    squeeze(scalarize(vectors, {})),
    "var p_0: vec4f; var p_1: vec4f; p_1.z = p_0.x + q[i][1];",
  );
});

Deno.test("scalarize makes no template of a comparison", () => {
  const code = "var a: array<vec2u, 1>;\nf(a[0][1] < b, c > a[0].x);";
  assertEquals(squeeze(scalarize(code, {})), "var a_0: vec2u; f((a_0.y) < b, c > a_0.x);");
});

Deno.test("scalarize keeps an array that is indexed by a variable, passed on, declared twice or has no free names", () => {
  const declared = "var a: array<f32, 2>;";
  for (
    const use of [
      "a[i] = a[0];",
      "b = a[0]*a[i];",
      "b = a;",
      "let a_1 = a[0];",
      "a[0] = 1.0; }\n var a: array<f32, 3>;",
    ]
  ) {
    assertEquals(scalarize(`${declared}\n${use}`, {}), `${declared}\n${use}`);
  }
});

Deno.test("scalarize keeps the lines where they are", () => {
  const code = "// one\nvar a: array<f32, 2>;\n\na[0] = 1.0; // two\nlast();";
  assertEquals(scalarize(code, {}).split("\n").length, 5);
});
