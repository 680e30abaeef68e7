/**
 * How often a lane goes round loops.
 *
 * @module
 */
import { type Constants, evaluate } from "./scalarize.ts";
import { type Block, readFunctions, type Statement } from "./statements.ts";
import { textOf, type Token } from "./tokens.ts";

/** What may stand behind a loop's `{`. */
const REMARK = /[ \t]*\/\/[ \t]*(?:(unroll)\b|at most (.*) rounds)/iy;

/**
 * Counts the rounds of `main` and of the functions it calls, each loop's last look at its bound included.
 *
 * @param code What the tokens were read from, with its comments.
 * @param known Names that may stand in bounds.
 * @returns The most that a lane takes through the loops that can be counted, and the `{` of the others.
 */
export function countRounds(
  code: string,
  tokens: readonly Token[],
  known: Constants,
): { rounds: number; unknown: Token[] } {
  const functions = readFunctions(tokens);
  const counted = new Map<string, number>();
  const unknown: Token[] = [];
  return { rounds: inFunction("main"), unknown };

  function inFunction(name: string): number {
    if (!counted.has(name)) {
      counted.set(name, 0); // one that calls itself is the compiler's to refuse
      const body = functions.get(name)?.body;
      if (body) counted.set(name, inBlock(body));
    }
    return counted.get(name)!;
  }

  function inBlock({ statements }: Block): number {
    return sum(statements.map((statement) => {
      const { kind, tokens, ends, blocks } = statement;
      const inside = sum(blocks.map(inBlock));
      const words = [...ends[0], ...tokens, ...ends[1]].map(({ text }) => text);
      const around = sum(words.map((word) => functions.has(word) ? inFunction(word) : 0));
      if (!/^(for|while|loop)$/.test(kind)) return inside + around;
      REMARK.lastIndex = blocks[0].open.at + 1;
      const [, unroll, most] = REMARK.exec(code) ?? [];
      const turns = most === undefined ? turnsOf(statement, known) : evaluate(most, known);
      if (turns === undefined) {
        unknown.push(blocks[0].open);
        return inside + around;
      }
      return turns * inside + (turns + 1) * (around + (unroll ? 0 : 1));
    }));
  }
}

const sum = (numbers: number[]) => numbers.reduce((a, b) => a + b, 0);

const HEADER = /^var (\w+)(?: : \w+)? = (.*?) ; \1 ([<>]=?) (.*?) ; \1 ([-+/]|>>)(?:\5|= (.*))$/;

/** The turns of a `for`, at most: where its variable begins is unknown, it is 0 or above. */
function turnsOf({ tokens, ends }: Statement, known: Constants): number | undefined {
  const header = [ends[0], tokens, ends[1]].map(textOf).join(" ; ");
  const [, , start, sign, bound, change, by = "1"] = HEADER.exec(header) ?? [];
  if (!sign) return undefined;
  const [from, to, step] = [start, bound, by].map((text) => evaluate(text, known));
  if (to === undefined || !step) return undefined;
  const end = sign === "<=" ? to + 1 : sign === ">=" ? to - 1 : to;
  if (change === "+" && sign.startsWith("<")) return turns(end - (from ?? 0), step);
  if (from === undefined || sign.startsWith("<")) return undefined;
  if (change === "-") return turns(from - end, step);
  const divisor = change === "/" ? step : 2 ** step;
  if (change === "+" || end < 0 || divisor === 1) return undefined; // it never ends
  let count = 0;
  for (let value = from; value > end; value = Math.floor(value / divisor)) count++;
  return count;
}

const turns = (way: number, step: number) => Math.max(0, Math.ceil(way / step));
