/**
 * What no driver checks about a shader, read off its WGSL: the memory of a workgroup, the rounds that a
 * lane takes through loops, that all lanes of a workgroup come to each barrier, and the grammar of its
 * operators. What cannot be told from the text alone is passed.
 *
 * Measured on Deno's WebGPU: workgroup variables of 4 MB and barriers in a branch pass without a word,
 * and Mesa's CPU adapter ends the loops of an invocation after 65 535 rounds in total.
 *
 * @module
 */
import { findUnevenBarrier } from "./barriers.ts";
import type { Gpu } from "./device.ts";
import { checkOperators } from "./operators.ts";
import { countRounds } from "./rounds.ts";
import { type Constants, evaluate } from "./scalarize.ts";
import { indexOf, plain, readTokens, textOf, type Token } from "./tokens.ts";
import { countBytes } from "./variables.ts";

/** What a shader asks of the adapter. */
export interface Demands {
  /** Bytes of all `var<workgroup>`. */
  workgroupBytes: number;
  /** The most rounds that one lane takes through all loops together, each loop's end included. */
  rounds: number;
  /** Lines of what could not be counted: loops of other forms, variables of unknown size. */
  unknown: number[];
}

/** What an adapter that computes on the CPU does before it ends a lane's loops. */
const MOST_ROUNDS = 65_535;

/**
 * Refuses a shader that the adapter would run wrongly.
 *
 * @param source A shader file, its loops not yet unrolled.
 * @throws {TypeError} When {@linkcode inspect} refuses it.
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

/**
 * Reads a shader's demands. A loop is counted where it is a `for` over a variable that a constant is
 * added to, taken from or divides, or where `// at most N rounds` stands behind its `{`.
 *
 * @param source A shader file, its loops not yet unrolled.
 * @throws {TypeError} Naming the line of a barrier that some lanes miss, or of an expression that is no
 *   WGSL ({@linkcode checkOperators}).
 */
export function inspect(name: string, source: string, constants: Constants): Demands {
  const code = plain(source), tokens = readTokens(code);
  const lineOf = ({ at }: Token) => code.slice(0, at).split("\n").length;
  checkOperators(name, code);
  const barrier = findUnevenBarrier(tokens);
  if (barrier) {
    const line = lineOf(barrier);
    throw new TypeError(
      `Cannot bind ${name}: line ${line}: not all lanes of a workgroup may come to its ${barrier.text}`,
    );
  }
  const known = derive(tokens, constants);
  const memory = countBytes(tokens, known, "workgroup"), loops = countRounds(code, tokens, known);
  return {
    workgroupBytes: memory.bytes,
    rounds: loops.rounds,
    unknown: [...memory.unknown, ...loops.unknown].map(lineOf),
  };
}

/** The parameters, and what the module's constants make of them where that is an unsigned integer. */
export function derive(tokens: readonly Token[], constants: Constants): Constants {
  const known: Record<string, number> = { ...constants };
  let depth = 0;
  for (const [i, { text }] of tokens.entries()) {
    const name = tokens[i + 1]?.text;
    depth += text === "{" ? 1 : text === "}" ? -1 : 0;
    if (depth > 0 || text !== "const" || name in constants) continue;
    const from = indexOf(tokens, "=", i) + 1, to = indexOf(tokens, ";", i);
    const value = evaluate(textOf(tokens.slice(from, to)), known);
    if (value !== undefined) known[name] = value;
  }
  return known;
}
