/**
 * Turns a WGSL file into the WGSL of one network: sets its constants and unrolls its marked loops.
 *
 * A shader file is valid WGSL with example values. Two kinds of line are rewritten, and each stays
 * on its line, so that a compiler message points into the file as it stands:
 *
 * - `const KERNEL: u32 = 5;` is a parameter (typed, a literal): its value is replaced.
 *   Derived constants (`const TAPS = KERNEL * KERNEL;`) carry no type and are left alone.
 * - `for (var i = 0u; i < KERNEL; i++) { // unroll` is replaced by KERNEL copies of its body, so that
 *   arrays indexed by `i` live in registers. The bound is the name of a parameter, or a literal.
 *   Such arrays become single variables (scalarize.ts). `// unroll` anywhere else is an error: a loop
 *   that is silently left as it is runs ten times slower.
 *
 * @module
 */

import { type Constants, scalarize } from "./scalarize.ts";
import { plain } from "./tokens.ts";

export type { Constants };

const PARAMETER = /^const ([A-Z][A-Z0-9_]*): (u32|f32) = [-0-9.e]+;/;
/** The mark, alone in its comment or behind `{` or `)`; nothing commented out, and no sentence about it. */
const MARK = /(?<!\/\/.*)(?:(?<=[{)][ \t]*)\/\/[ \t]*unroll\b.*|\/\/[ \t]*unroll[ \t]*$)/im;
const MARKED =
  /\bfor\s*\(\s*var\s+(\w+)\s*=\s*0u\s*;\s*\1\s*<\s*(\w+)\s*;\s*\1\s*\+\+\s*\)\s*\{\s*$/;

/**
 * Sets every parameter of a shader and unrolls its marked loops.
 *
 * @throws {TypeError} When a parameter has no value, a value has no parameter, or a mark no loop that
 *   can be unrolled.
 * @throws {RangeError} When a value is not finite, or no unsigned integer where the parameter is u32.
 */
export function specialize(name: string, source: string, constants: Constants): string {
  const unused = new Set(Object.keys(constants));
  const lines = plain(source).split("\n").map((line) => {
    const match = PARAMETER.exec(line);
    if (!match) return line;
    const [, key, type] = match;
    if (!(key in constants)) throw new TypeError(`Cannot bind ${name}: constant ${key} is missing`);
    unused.delete(key);
    return line.replace(/= [^;]+;/, `= ${literal(name, key, type, constants[key])};`);
  });
  if (unused.size > 0) {
    throw new TypeError(`Cannot bind ${name}: it has no constant ${[...unused].join(", ")}`);
  }
  return scalarize(unroll(name, lines.join("\n"), constants), constants);
}

function literal(name: string, key: string, type: string, value: number): string {
  const valid = type === "u32"
    ? Number.isInteger(value) && value >= 0 && value < 2 ** 32
    : Number.isFinite(value);
  if (!valid) throw new RangeError(`Cannot bind ${name}: constant ${key} = ${value} is no ${type}`);
  return type === "u32" ? `${value}u` : `${value}f`;
}

/** @param line The number of the code's first line. */
function unroll(name: string, code: string, constants: Constants, line = 1): string {
  let done = "", rest = code;
  for (let mark = MARK.exec(rest); mark; mark = MARK.exec(rest)) {
    const before = rest.slice(0, mark.index);
    const at = line + count("\n", done + before);
    const refuse = (state: string): never => {
      throw new TypeError(`Cannot unroll ${name}, line ${at}: ${state}`);
    };
    const [header, variable, bound] = MARKED.exec(before) ??
      refuse("`// unroll` belongs behind `for (var i = 0u; i < N; i++) {`");
    const turns = /^\d+u?$/.test(bound) ? parseInt(bound) : constants[bound] ??
      refuse(`${bound} is no constant that has a value`);
    const start = mark.index + mark[0].length;
    const end = findEnd(rest, start) ?? refuse("the loop has no end");
    const body = unroll(name, rest.slice(start, end), constants, at)
      .replace(/\/\/.*/g, "").split("\n").map((line) => line.trim()).filter(Boolean).join(" ");
    if (/\b(break|continue)\b/.test(body) && !/\b(for|while|loop|switch)\b/.test(body)) {
      refuse("a copy of its body has no loop to break or continue");
    }
    const word = new RegExp(`\\b${variable}\\b`, "g");
    const copies = Array.from({ length: turns }, (_, k) => `{ ${body.replace(word, `${k}u`)} }`);
    const loop = rest.slice(mark.index - header.length, end);
    done += before.slice(0, -header.length) + copies.join(" ") + "\n".repeat(count("\n", loop));
    rest = rest.slice(end + 1);
  }
  return done + rest;
}

/** Where the `}` stands that closes what is open at `from`. */
function findEnd(code: string, from: number): number | undefined {
  let depth = 1;
  for (const { 0: sign, index } of code.slice(from).matchAll(/\/\/.*|[{}]/g)) {
    depth += sign === "{" ? 1 : sign === "}" ? -1 : 0;
    if (depth === 0) return from + index;
  }
}

const count = (sign: string, text: string) => text.split(sign).length - 1;
