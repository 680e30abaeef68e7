/**
 * WGSL as tokens: no blanks, no comments, and the `<` `>` of `array<f32, 4>` told from comparisons.
 *
 * @module
 */

/** A word, a number or a sign. */
export interface Token {
  /** The text as it is written, but for `⟨` and `⟩` around the arguments of a type. */
  readonly text: string;
  /** The place in the WGSL where it begins. */
  readonly at: number;
}

/**
 * WGSL that is easier to read: every line ends in `\n`, and block comments, which may be nested, are
 * blanks. So every `//` opens a comment. Lines keep their numbers.
 */
export function plain(source: string): string {
  const code = source.replace(/\r\n?/g, "\n");
  let result = "", depth = 0;
  while (result.length < code.length) {
    const next = depth > 0 ? INSIDE : OUTSIDE;
    next.lastIndex = result.length;
    const [part] = next.exec(code)!;
    if (part === "/*") depth++;
    result += depth > 0 ? blank(part) : part;
    if (part === "*/" && depth > 0) depth--;
  }
  return result;
}

const OUTSIDE = /\/\*|\/\/.*|[^/]+|\//y;
const INSIDE = /\/\*|\*\/|[^/*]+|[/*]/y;
const blank = (text: string) => text.replace(/[^\n]/g, " ");

const WORD = /[\p{XIDS}_]\p{XIDC}*/u.source;
const NUMBER = /(?:0[xX][\da-fA-F.]+(?:[pP][-+]?\d+)?|\.?\d[\d.]*(?:[eE][-+]?\d+)?)[iufh]?/.source;
const SIGN = /<<=|>>=|<<|>>|[-+*/%&|^<>=!]=|&&|\|\||->|\+\+|--|\S/.source;
const TOKEN = new RegExp(`${WORD}|${NUMBER}|${SIGN}`, "gu");

/** The tokens of WGSL that is {@linkcode plain}. */
export function readTokens(code: string): Token[] {
  const marked = markTemplates(code.replace(/\/\/.*/g, blank));
  return Array.from(marked.matchAll(TOKEN), ({ 0: text, index: at }) => ({ text, at }));
}

const PART = new RegExp(`(${WORD})\\s*(<[<=]?)?|${NUMBER}|[=!]=|>=?|&&|\\|\\||\\S`, "gu");

/**
 * Writes `⟨` and `⟩` for the brackets of templates: a `<` behind a word, and the `>` that comes before
 * anything that cannot stand between them (WGSL, "template list discovery").
 */
function markTemplates(code: string): string {
  const signs = code.split("");
  let open: { at: number; depth: number }[] = [], depth = 0;
  for (const { 0: part, 1: word, 2: less, index } of code.matchAll(PART)) {
    if (less === "<") open.push({ at: index + part.length - 1, depth });
    if (word) continue;
    if (/^>/.test(part) && open.at(-1)?.depth === depth) {
      signs[open.pop()!.at] = "⟨";
      signs[index] = "⟩";
    } else if (/^[([]$/.test(part)) depth++;
    else if (/^([)\]]|&&|\|\|)$/.test(part)) {
      open = open.filter((candidate) => candidate.depth < depth);
      if (part.length === 1) depth--;
    } else if (/^[=;{:]$/.test(part)) [open, depth] = [[], 0];
  }
  return signs.join("");
}

/** The bracket that closes the one at `from`, or the end of the tokens. */
export function closeOf(tokens: readonly Token[], from: number): number {
  let depth = 0;
  for (let i = from; i < tokens.length; i++) {
    if (/^[([{⟨]$/.test(tokens[i].text)) depth++;
    else if (/^[)\]}⟩]$/.test(tokens[i].text)) depth--;
    if (depth === 0) return i;
  }
  return tokens.length;
}

/** The first token of this text from there on, or the end of the tokens. */
export function indexOf(tokens: readonly Token[], text: string, from: number): number {
  for (let i = from; i < tokens.length; i++) if (tokens[i].text === text) return i;
  return tokens.length;
}

/** What stands between the commas of a list in brackets, and `;` in the header of a `for`. */
export function readList(tokens: readonly Token[], open: number): Token[][] {
  const parts: Token[][] = [[]], close = closeOf(tokens, open);
  for (let i = open + 1; i < close; i++) {
    const end = closeOf(tokens, i);
    if (/^[,;]$/.test(tokens[i].text)) parts.push([]);
    else parts.at(-1)!.push(...tokens.slice(i, end + 1));
    i = end;
  }
  return parts.at(-1)!.length > 0 || tokens[close - 1]?.text === ";" ? parts : parts.slice(0, -1);
}

/** The tokens as WGSL again. */
export const textOf = (tokens: readonly Token[]): string =>
  tokens.map(({ text }) => text).join(" ");
