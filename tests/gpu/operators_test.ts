import { checkOperators } from "../../src/gpu/operators.ts";
import { assertThrows } from "../helpers/assert.ts";

// What Tint, the compiler of Chrome, Edge and Node, says of each.
const LEGAL = `
  -a * b + c / d % e - f
  a + b < c * d
  a << 1u < b >> 2u
  a < b && c + d >= e && f == g
  a < b || c != d || e
  !(a < b) == (c < d)
  (a && b) || c
  a | b | c
  a & -b & ~c & f(d) & e.x[2]
  a ^ (b + c) ^ d
  (a >> b) & 255u
  (a << b) << c
  a & *b
  -a & b
  constructor & toString
  f(a & b, c | d) + e[a ^ b]
  vec2<u32>(a, b) + vec2<u32>(c)
  array<vec2<u32>, 4>(a)[b] < c
  a < f(b) && c > d
  f(a < b, c >= d)
  1e-5 - 0x1p-3f
  a /* >> b & /* c */ | d */ + e // | f
`;
const ILLEGAL = `
  a >> b & c
  a & b >> c
  a & 255u | b
  a | b ^ c
  a << b << c
  a << b >> c
  a + b << c
  a << b * c
  a | b + c
  a - b & c
  a & b == c
  a == b | c
  a < b | c < d
  a < b < c
  a == b == c
  a < b == c
  a != b + c <= d
  a && b || c
  a || b && c
  a < b && c > d || e
  a & b && c
  a || b | c
  f(a >> b & c)
  d[a >> b & c]
  (a >> b & c)
  vec2<u32>(a >> b & c)
  array<u32, (2u << 1u << 1u)>(a)[b]
  -a & b * c
  a /* x */ >> b // y
    & c
`;
const expressions = (table: string) => table.trim().split(/\n {2}(?! )/);

/** Everywhere that an expression may stand. */
const PLACES = [
  (e: string) => `let x = ${e};`,
  (e: string) => `x = ${e}\n;`,
  (e: string) => `x >>= ${e}\n;`,
  (e: string) => `x &= ${e}\n;`,
  (e: string) => `return ${e}\n;`,
  (e: string) => `if a < b { } else if ${e}\n{ } if c < d { }`,
  (e: string) => `while ${e}\n{ x = a < b; }`,
  (e: string) => `for (var i = a | b; ${e}\n; i = i + 1u) { }`,
  (e: string) => `switch ${e}\n { case 1u, 2u: { x = a | b; } case c + d { } default { } }`,
  (e: string) => `_ = f(a | b, ${e}\n, vec2<f32>(c + d));`,
  (e: string) => `x[a | b] = y[${e}\n] + z[c < d];`,
  (e: string) => `}\nconst A: array<u32, 4> = ${e}\n;\nfn f(a: vec2<f32>) -> vec4<f32> {`,
];
const inMain = (text: string) => `fn main() {\n${text}\n}`;

Deno.test("checkOperators takes what WGSL takes, wherever it stands", () => {
  for (const place of PLACES) {
    for (const expression of expressions(LEGAL)) checkOperators("x", inMain(place(expression)));
  }
});

Deno.test("checkOperators refuses what wants parentheses, wherever it stands", () => {
  for (const place of PLACES) {
    for (const expression of expressions(ILLEGAL)) {
      const code = inMain(place(expression));
      const says = "WGSL wants parentheses in an expression with ";
      assertThrows(() => checkOperators("x", code), TypeError, says, code);
    }
  }
});

Deno.test("checkOperators names the line and the operators", () => {
  const code =
    "const A = 1u + 2u; /*\n\n*/\nfn f() {\n  let x = a + 1u;\n  y(a + b >> c & d | e);\n}";
  for (const source of [code, code.replaceAll("\n", "\r\n")]) {
    const check = () => checkOperators("x", source);
    const says = "Cannot bind x: line 6: WGSL wants parentheses in an expression with `+`, `>>`";
    assertThrows(check, TypeError, says);
  }
});
