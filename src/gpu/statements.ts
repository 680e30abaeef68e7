/**
 * The functions of a shader, and their statements as trees.
 *
 * @module
 */
import { closeOf, indexOf, readList, type Token } from "./tokens.ts";

/** A function. */
export interface WgslFunction {
  /** Attributes, name and type of each parameter. */
  readonly parameters: readonly (readonly Token[])[];
  /** What it does. */
  readonly body: Block;
}

/** What stands in a pair of braces. */
export interface Block {
  /** Its `{`, or the `else` before an `if`. */
  readonly open: Token;
  /** The statements in order. */
  readonly statements: readonly Statement[];
}

/** A statement. */
export interface Statement {
  /** Its first word where that begins a block or leaves one, `{` for a block alone, else "simple". */
  readonly kind: string;
  /** Its condition or value; of a simple one, all of it. */
  readonly tokens: readonly Token[];
  /** What a `for` does before the first round, and after each. */
  readonly ends: readonly [first: readonly Token[], last: readonly Token[]];
  /** One of a loop, one or two of an `if`, those of a `switch`, none of others. */
  readonly blocks: readonly Block[];
}

/** The functions of a shader, by name. */
export function readFunctions(tokens: readonly Token[]): Map<string, WgslFunction> {
  const functions = new Map<string, WgslFunction>();
  for (let i = 0; i < tokens.length; i++) {
    if (tokens[i].text !== "fn") continue;
    const open = indexOf(tokens, "{", i);
    if (open === tokens.length) break;
    const parameters = readList(tokens, i + 2);
    functions.set(tokens[i + 1].text, { parameters, body: readBlock(tokens, open) });
    i = closeOf(tokens, open);
  }
  return functions;
}

function readBlock(tokens: readonly Token[], open: number): Block {
  const statements: Statement[] = [], close = closeOf(tokens, open);
  for (let i = open + 1; i < close;) {
    if (tokens[i].text === "@") { // an attribute, as of diagnostics
      i = tokens[i + 2]?.text === "(" ? closeOf(tokens, i + 2) + 1 : i + 2;
      continue;
    }
    const { statement, next } = readStatement(tokens, i);
    statements.push(statement);
    i = next;
  }
  return { open: tokens[open], statements };
}

const COMPOUND = /^(if|else|for|while|loop|continuing|switch|case|default|\{)$/;
const LEAVING = /^(return|break|continue)$/;

function readStatement(
  tokens: readonly Token[],
  from: number,
): { statement: Statement; next: number } {
  const { text } = tokens[from];
  const open = indexOf(tokens, "{", from);
  if (!COMPOUND.test(text) || open === tokens.length) {
    const end = indexOf(tokens, ";", from), kind = LEAVING.test(text) ? text : "simple";
    const own = tokens.slice(kind === text ? from + 1 : from, end);
    return { statement: { kind, tokens: own, ends: [[], []], blocks: [] }, next: end + 1 };
  }
  let next = closeOf(tokens, open) + 1;
  const block = readBlock(tokens, open);
  const blocks = text === "switch" ? block.statements.flatMap(({ blocks }) => blocks) : [block];
  if (text === "if" && tokens[next]?.text === "else") {
    const isIf = tokens[next + 1]?.text === "if"; // else { if … }
    const other = readStatement(tokens, isIf ? next + 1 : next);
    blocks.push(
      ...isIf ? [{ open: tokens[next], statements: [other.statement] }] : other.statement.blocks,
    );
    next = other.next;
  }
  const [first = [], test = [], last = []] = text === "for"
    ? readList(tokens, from + 1)
    : [[], tokens.slice(from + 1, open), []];
  return { statement: { kind: text, tokens: test, ends: [first, last], blocks }, next };
}
