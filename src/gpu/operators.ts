/**
 * Which operators stand side by side in WGSL. It is stricter than C, and Chrome, Edge and Node hold
 * to it, while the compiler behind Deno and Firefox takes what C takes.
 *
 * @module
 */
import { plain, readTokens } from "./tokens.ts";

/** The operators of each kind, by a letter: arithmetic, shift, comparison, and, or; others are their own. */
const OPERATORS = { a: "+ - * / %", s: "<< >>", c: "< > <= >= == !=", A: "&&", O: "||" };
const KINDS = new Map(
  Object.entries({ ...OPERATORS, "&": "&", "|": "|", "^": "^" })
    .flatMap(([kind, signs]) => signs.split(" ").map((sign) => [sign, kind])),
);

// WGSL §8.19: operands of a shift are unary, and so are those of & | ^, which stand in rows of one kind;
// a comparison has two sides; && and || stand in rows of one kind.
const SIDE = "(?:a*|s)", COMPARISON = `${SIDE}(?:c${SIDE})?`;
const ALLOWED = new RegExp(
  `^(?:&*|\\|*|\\^*|${COMPARISON}(?:A${COMPARISON})*|${COMPARISON}(?:O${COMPARISON})*)$`,
);

/** Words that no value ends with: an operator behind one of them is unary. */
const KEYWORD = /^(if|while|switch|case|return|const_assert)$/;
const VALUE_END = /^[\p{XIDC}.]|^[)\]⟩]$/u;

/**
 * Refuses an expression that WGSL wants parentheses in.
 *
 * @throws {TypeError} Naming its line, and its operators up to the one that cannot stand beside them.
 */
export function checkOperators(name: string, source: string): void {
  const code = plain(source);
  const outer: string[][] = [];
  let row: string[] = [], before = ";";
  for (const { text, at } of readTokens(code)) {
    if (/^[([{⟨]$/.test(text)) {
      outer.push(text === "{" ? [] : row);
      row = [];
    } else if (/^[)\]}⟩]$/.test(text)) row = outer.pop() ?? [];
    else if (KINDS.has(text) && VALUE_END.test(before) && !KEYWORD.test(before)) {
      row.push(text);
      if (!ALLOWED.test(row.map((sign) => KINDS.get(sign)).join(""))) {
        throw new TypeError(
          `Cannot bind ${name}: line ${code.slice(0, at).split("\n").length}: WGSL wants ` +
            `parentheses in an expression with ${row.map((sign) => `\`${sign}\``).join(", ")}`,
        );
      }
    } else if (/^([;,:]|([-+*/%&|^]|<<|>>)?=)$/.test(text)) row = [];
    before = text;
  }
}
