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
 *   Such arrays become single variables (scalarize.ts).
 *
 * @module
 */

import { type Constants, scalarize } from "./scalarize.ts";

export type { Constants };

const PARAMETER = /^const ([A-Z][A-Z0-9_]*): (u32|f32) = [-0-9.e]+;/;
const UNROLLED = /^(\s*)for \(var (\w+) = 0u; \w+ < (\w+); \w+\+\+\) \{ \/\/ unroll$/;

/**
 * Sets every parameter of a shader and unrolls its marked loops.
 *
 * @throws {TypeError} When a parameter has no value, or a value has no parameter, by name.
 * @throws {RangeError} When a value is not finite, or no unsigned integer where the parameter is u32.
 */
export function specialize(name: string, source: string, constants: Constants): string {
  const unused = new Set(Object.keys(constants));
  const lines = source.split("\n").map((line) => {
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
  return scalarize(unroll(name, lines, constants).join("\n"), constants);
}

function literal(name: string, key: string, type: string, value: number): string {
  const valid = type === "u32"
    ? Number.isInteger(value) && value >= 0 && value < 2 ** 32
    : Number.isFinite(value);
  if (!valid) throw new RangeError(`Cannot bind ${name}: constant ${key} = ${value} is no ${type}`);
  return type === "u32" ? `${value}u` : `${value}f`;
}

function unroll(name: string, lines: string[], constants: Constants): string[] {
  const result: string[] = [];
  for (let i = 0; i < lines.length; i++) {
    const match = UNROLLED.exec(lines[i]);
    if (!match) {
      result.push(lines[i]);
      continue;
    }
    const [, indent, variable, bound] = match;
    const end = lines.findIndex((line, j) => j > i && line === `${indent}}`);
    const count = /^\d+u$/.test(bound) ? parseInt(bound) : constants[bound];
    if (end < 0 || count === undefined) {
      throw new TypeError(`Cannot unroll ${name}, line ${i + 1}: no end, or ${bound} has no value`);
    }
    const body = unroll(name, lines.slice(i + 1, end), constants)
      .map((line) => line.replace(/\/\/.*$/, "").trim()).filter((line) => line !== "").join(" ");
    const word = new RegExp(`\\b${variable}\\b`, "g");
    const copies = Array.from(
      { length: count },
      (_, k) => `{ ${body.replace(word, `${k}u`)} }`,
    );
    result.push(indent + copies.join(" "), ...Array(end - i).fill(""));
    i = end;
  }
  return result;
}
