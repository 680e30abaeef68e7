/**
 * What no driver checks about a shader, read off its WGSL: the memory of a workgroup, the rounds that a
 * lane takes through loops, and that all lanes of a workgroup come to each barrier.
 *
 * Measured on Deno's WebGPU: workgroup variables of 4 MB and barriers in a branch pass without a word,
 * and Mesa's CPU adapter ends the loops of an invocation after 65 535 rounds in total.
 *
 * @module
 */
import type { Gpu } from "./device.ts";
import { checkOperators } from "./operators.ts";
import { type Constants, evaluate } from "./scalarize.ts";
import { plain } from "./tokens.ts";

/** What a shader asks of the adapter. */
export interface Demands {
  /** Bytes of all `var<workgroup>`. */
  workgroupBytes: number;
  /** The most rounds that one lane takes through all loops together, each loop's end included. */
  rounds: number;
}

/** What an adapter that computes on the CPU does before it ends a lane's loops. */
const MOST_ROUNDS = 65_535;

/**
 * Refuses a shader that the adapter would run wrongly.
 *
 * @param source A shader file, its loops not yet unrolled.
 * @throws {TypeError} When the WGSL breaks a rule of {@linkcode inspect}.
 * @throws {RangeError} When it asks for too much with these constants.
 */
export function checkDemands(gpu: Gpu, name: string, source: string, constants: Constants): void {
  const { workgroupBytes, rounds } = inspect(name, source, constants);
  const most = gpu.device.limits.maxComputeWorkgroupStorageSize;
  if (workgroupBytes > most) {
    throw new RangeError(
      `Cannot bind ${name}: its workgroups take ${workgroupBytes} bytes, more than the adapter's ` +
        `${most}; use smaller kernels or fewer channels`,
    );
  }
  if (gpu.adapter.software && rounds > MOST_ROUNDS) {
    throw new RangeError(
      `Cannot bind ${name}: a lane takes ${rounds} rounds through its loops, and an adapter that ` +
        `computes on the CPU ends them after ${MOST_ROUNDS}; use smaller images, layers or batches`,
    );
  }
}

const LOOP = /for \(var (\w+) = (.*?); \1 (<=?|>) (.*?); \1(?:\+\+| (\+|\/)= (.*?))\) \{/;
const PARTS = new RegExp(
  [
    /\bfor \(.*?\) \{(?: \/\/ (unroll)\b| \/\/ at most (.*) rounds)?/, // a loop and its remark
    /\bfn (\w+)|([{}])/,
    /\b(return|break|continue|while|loop|switch|atomic\w*)\b/,
    /\b(workgroupBarrier|storageBarrier|textureBarrier|workgroupUniformLoad)\b/,
    /\/\/.*/, // comments; the remarks of loops are taken above
  ].map(({ source }) => source).join("|"),
  "g",
);

/** A pair of braces: how often its content runs, and whether all lanes do the same there. */
interface Block {
  times: number;
  uniform: boolean;
}

/**
 * Reads a shader's demands, and that it keeps to what can be read:
 *
 * - a loop stands in `main` and is a `for` over a variable that grows by a constant or is divided; where
 *   its bound is not constant, it says `// at most N rounds` behind its `{`;
 * - a barrier stands at the top of `main` or in loops whose header is constant, before any `return`,
 *   `break` or `continue`;
 * - there are no atomics: sums must have a fixed order;
 * - operators stand side by side only where WGSL's grammar lets them ({@linkcode checkOperators}).
 *
 * @param text A shader file, its loops not yet unrolled.
 * @throws {TypeError} Naming the line that breaks a rule.
 */
export function inspect(name: string, text: string, constants: Constants): Demands {
  const source = plain(text);
  checkOperators(name, source);
  const known = withDerived(source, constants);
  const refuse = (at: number, state: string): never => {
    const line = source.slice(0, at).split("\n").length;
    throw new TypeError(`Cannot bind ${name}: line ${line}: ${state}`);
  };
  const blocks: Block[] = [];
  let rounds = 0, inMain = false, left = false;
  for (const part of source.matchAll(PARTS)) {
    const [text, unrolled, most, fn, brace, word, barrier] = part;
    const outer = blocks.at(-1) ?? { times: 1, uniform: true };
    if (fn) [inMain, left] = [fn === "main", false];
    else if (brace === "}") blocks.pop();
    else if (brace === "{") blocks.push({ ...outer, uniform: blocks.length === 0 && inMain });
    else if (word && /^(return|break|continue)$/.test(word)) left = true;
    else if (word) refuse(part.index, `${word} has no place in our shaders`);
    else if (text.startsWith("for")) {
      if (!inMain) refuse(part.index, "a loop belongs in main, where its rounds are counted");
      const { count, constant } = countRounds(text, known);
      const turns = most === undefined ? count : evaluate(most, known);
      if (turns === undefined) refuse(part.index, "the loop does not say `// at most N rounds`");
      const times = outer.times * turns!;
      if (!unrolled) rounds += times + outer.times; // a loop's last look at its bound is a round too
      blocks.push({ times, uniform: outer.uniform && constant });
    } else if (barrier && (left || !outer.uniform || !inMain)) {
      refuse(part.index, `not all lanes of a workgroup may come to its ${barrier}`);
    }
  }
  return { workgroupBytes: countBytes(name, source, known), rounds };
}

/** The parameters, and what `const NAME = …;` makes of them where that is an unsigned integer. */
function withDerived(source: string, constants: Constants): Constants {
  const known: Record<string, number> = { ...constants };
  for (const [, key, expression] of source.matchAll(/^const ([A-Z]\w*) = (.*?);/gm)) {
    const value = evaluate(expression, known);
    if (value !== undefined) known[key] = value;
  }
  return known;
}

/** The rounds of a loop, at most: its variable is unsigned, so it starts at 0 or above. */
function countRounds(header: string, known: Constants): { count?: number; constant: boolean } {
  const parts = LOOP.exec(header);
  if (!parts) return { constant: false };
  const [, , start, , bound, sign, by = "1"] = parts;
  const [from, to, step] = [start, bound, by].map((text) => evaluate(text, known));
  const constant = from !== undefined && to !== undefined && step !== undefined;
  if (sign === "/") {
    const count = constant && step > 1
      ? Math.floor(Math.log(from) / Math.log(step)) + 1
      : undefined;
    return { count, constant };
  }
  if (to === undefined || !step) return { constant };
  const last = parts[3] === "<=" ? to + 1 : to;
  return { count: Math.max(0, Math.ceil((last - (from ?? 0)) / step)), constant };
}

/** Bytes an element takes in an array. */
const BYTES: Record<string, number> = {
  ...{ f32: 4, u32: 4, i32: 4, vec2f: 8, vec2u: 8, vec3f: 16, vec3u: 16, vec4f: 16, vec4u: 16 },
};

function countBytes(name: string, source: string, known: Constants): number {
  let sum = 0;
  for (const [, label, type] of source.matchAll(/^var<workgroup> (\w+): (.*);/gm)) {
    const [, element = type, size = "1u"] = /^array<(\w+), (.*)>$/.exec(type) ?? [];
    const count = evaluate(size, known);
    if (count === undefined || !(element in BYTES)) {
      throw new TypeError(`Cannot bind ${name}: the size of its workgroup's ${label} is unknown`);
    }
    sum += count * BYTES[element];
  }
  return sum;
}
