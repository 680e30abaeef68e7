/**
 * What our own shaders keep to beyond what `bind` asks of anybody's, so that their sums have one order
 * and everything about them can be counted.
 *
 * @module
 */
import { inspect } from "../../src/gpu/inspect.ts";
import type { Constants } from "../../src/gpu/scalarize.ts";
import { type Block, readFunctions, type Statement } from "../../src/gpu/statements.ts";
import { plain, readTokens, textOf } from "../../src/gpu/tokens.ts";

/** The folder of the shaders. */
export const SHADERS = `${import.meta.dirname}/../../shaders`;

/** The values of a shader's parameters as its file has them. */
export function valuesOf(source: string): Constants {
  const parameters = source.matchAll(/^const ([A-Z]\w*): (?:u32|f32) = ([-0-9.e]+);/gm);
  return Object.fromEntries([...parameters].map(([, key, value]) => [key, Number(value)]));
}

/**
 * Checks that a shader keeps to the rules of the house:
 *
 * - a loop is a `for` in `main`, or unrolled, and is counted: where its bound is not constant, it says
 *   `// at most N rounds` behind its `{`;
 * - a barrier stands at the top of `main` or in loops whose header is constant, before any `return`,
 *   `break` or `continue`;
 * - there are no atomics: sums must have a fixed order.
 *
 * @throws {TypeError} Naming the line that breaks a rule.
 */
export function checkHouse(name: string, source: string, constants: Constants): void {
  const code = plain(source), tokens = readTokens(code);
  const refuse = (line: number, state: string): never => {
    throw new TypeError(`${name}, line ${line}: ${state}`);
  };
  const lines = source.split(/\r?\n/);
  const lineOf = (at: number) => code.slice(0, at).split("\n").length;
  for (const { text, at } of tokens) {
    if (/^(while|loop|switch|atomic\w*)$/.test(text)) {
      refuse(lineOf(at), `${text} has no place in our shaders`);
    }
  }
  const [line] = inspect(name, source, constants).unknown;
  if (line) refuse(line, "a size is unknown, or the loop does not say `// at most N rounds`");
  for (const [name, { body }] of readFunctions(tokens)) {
    let left = name !== "main";
    const walk = ({ open, statements }: Block, constant: boolean): void => {
      for (const { kind, tokens, ends, blocks } of statements) {
        const isUnrolled = /\/\/ unroll$/.test(lines[lineOf(blocks[0]?.open.at ?? 0) - 1]);
        if (kind === "for" && name !== "main" && !isUnrolled) {
          refuse(lineOf(open.at), "a loop that is not unrolled belongs in main");
        }
        const barrier = tokens.find(({ text }) => /Barrier$|UniformLoad$/.test(text));
        if (barrier && (left || !constant)) {
          refuse(
            lineOf(barrier.at),
            `not all lanes of a workgroup may come to its ${barrier.text}`,
          );
        }
        left ||= /^(return|break|continue)$/.test(kind);
        const inner = constant && kind === "for" && isConstant({ kind, tokens, ends, blocks });
        for (const block of blocks) walk(block, inner);
      }
    };
    walk(body, true);
  }
}

/** Whether a loop's header names nothing but its variable and constants, which are in capitals. */
function isConstant({ tokens, ends: [first, last] }: Statement): boolean {
  const variable = first[1]?.text;
  const words = [first, tokens, last].map(textOf).join(" ").match(/\b[a-z]\w*/g) ?? [];
  return words.every((word) => word === "var" || word === variable);
}
