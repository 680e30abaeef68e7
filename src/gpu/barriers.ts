/**
 * Whether all lanes of a workgroup come to each barrier. WGSL asks for it, Chrome's compiler refuses
 * what does not show it, and the one behind Deno passes it without a word.
 *
 * A value varies where it is made of a lane's number or of what other lanes may write; flow is uneven
 * in a branch or loop that such a value decides, and behind a return, break or continue there. What is
 * written through pointers is not followed: then an uneven barrier goes unseen, but no good one is
 * refused.
 *
 * @module
 */
import { type Block, readFunctions, type Statement } from "./statements.ts";
import { closeOf, indexOf, readList, type Token } from "./tokens.ts";

const BARRIER = /^(workgroupBarrier|storageBarrier|textureBarrier|workgroupUniformLoad)$/;
/** What differs from lane to lane of a workgroup. */
const LANE = /^(local_invocation_(id|index)|global_invocation_id|subgroup_(invocation_)?id)$/;
/** What lanes may find different. */
const SHARED = /^(workgroup|private|read_write)$/;
/** What all lanes find equal, whatever it is asked about. */
const EVEN = /^(workgroupUniformLoad|arrayLength)$/;
const LOOP = /^(for|while|loop)$/;
const ASSIGNMENT = /^(([-+*/%&|^]|<<|>>)?=|\+\+|--)$/;

/** The first barrier to which some lanes of a workgroup may not come. */
export function findUnevenBarrier(tokens: readonly Token[]): Token | undefined {
  if (!tokens.some(({ text }) => BARRIER.test(text))) return undefined;
  const functions = readFunctions(tokens);
  const names = namesWith(tokens, "var", SHARED), structs = namesWith(tokens, "struct", LANE);
  const results = new Map<string, boolean>();
  let found: Token | undefined;
  for (const [name, { parameters }] of functions) {
    const isLane = ({ text }: Token) => LANE.test(text) || structs.has(text);
    call(name, parameters.map((tokens) => tokens.some(isLane)), false);
  }
  return found;

  /** Whether a call's result varies; its barriers are seen on the way. */
  function call(name: string, given: boolean[], uneven: boolean): boolean {
    const key = [name, uneven, ...given].join();
    if (!results.has(key)) {
      results.set(key, false); // and so a function that calls itself comes to an end
      results.set(key, follow(name, given, uneven));
    }
    return results.get(key)!;
  }

  /** Walks through a function, and tells whether its result varies. */
  function follow(name: string, given: boolean[], uneven: boolean): boolean {
    const { parameters, body } = functions.get(name)!;
    let varying = new Set<Token | Block>(); // values, by the names they were given, and uneven blocks
    const blocks: { kind: string; block: Block }[] = [];
    const scopes: Map<string, Token>[] = [];
    let result = false;
    within(() => {
      for (const [i, tokens] of parameters.entries()) {
        const name = tokens[indexOf(tokens, ":", 0) - 1];
        if (name) declare(name, given[i]);
      }
      enter("function", body, uneven);
    });
    return result;

    function within(run: () => void): void {
      scopes.push(new Map());
      run();
      scopes.pop();
    }

    function declare(name: Token, varies: boolean): void {
      scopes.at(-1)!.set(name.text, name);
      mark(name, varies);
    }

    function mark(place: Token | Block, varies: boolean): void {
      if (varies) varying.add(place);
      else varying.delete(place);
    }

    function enter(kind: string, block: Block, uneven: boolean, last: readonly Token[] = []): void {
      if (uneven || !LOOP.test(kind)) mark(block, uneven); // a loop stays what its last round made it
      blocks.push({ kind, block });
      within(() => {
        for (const statement of block.statements) walk(statement);
        simple(last);
      });
      blocks.pop();
    }

    function walk({ kind, tokens, ends: [first, last], blocks: inner }: Statement): void {
      if (kind === "simple") simple(tokens);
      else if (kind === "return") {
        if (varies(tokens) || (isUneven() && tokens.length > 0)) result = true;
        leave(/^function$/);
      } else if (kind === "break") leave(/^(for|while|loop|switch)$/, varies(tokens)); // break if …
      else if (kind === "continue") leave(LOOP);
      else if (LOOP.test(kind)) {
        within(() => {
          simple(first);
          const before = [...varying];
          for (let size = -1; size < varying.size;) { // until another round tells no more
            size = varying.size;
            enter(kind, inner[0], varies(tokens), last);
            if (kind !== "loop") varying = new Set([...before, ...varying]); // there may be no round
          }
        });
      } else {
        const before = varying, uneven = varies(tokens);
        const after = kind === "if" && inner.length === 1 ? [...before] : [];
        for (const block of inner) {
          varying = new Set(before);
          enter(kind, block, uneven);
          after.push(...varying);
        }
        varying = new Set(after);
      }
    }

    /** A declaration, an assignment or a call. */
    function simple(tokens: readonly Token[]): void {
      const isNew = /^(let|var|const)$/.test(tokens[0]?.text);
      const at = isNew
        ? closeOf(tokens, 1) + (tokens[1]?.text === "⟨" ? 1 : 0)
        : tokens.findIndex(({ text }) => !/^[*(&]$/.test(text));
      const isWhole = isNew || tokens[at + 1]?.text === "=";
      const value = varies(isWhole ? tokens.slice(at + 1) : tokens);
      if (!tokens[at]) return;
      if (isNew) return declare(tokens[at], value);
      const name = find(tokens[at].text);
      const isSet = tokens.some(({ text }) => ASSIGNMENT.test(text));
      if (name && isSet && (isWhole || value || isUneven())) mark(name, value || isUneven());
    }

    /** Whether a value varies. */
    function varies(tokens: readonly Token[]): boolean {
      let any = false;
      for (let i = 0; i < tokens.length; i++) {
        const { text } = tokens[i];
        if (BARRIER.test(text) && isUneven()) found ??= tokens[i];
        if (EVEN.test(text)) i = closeOf(tokens, i + 1);
        else if (tokens[i - 1]?.text === ".") continue; // a member
        else if (functions.has(text)) {
          any = call(text, readList(tokens, i + 1).map(varies), isUneven()) || any;
          i = closeOf(tokens, i + 1);
        } else {
          const name = find(text);
          any ||= name ? varying.has(name) : names.has(text);
        }
      }
      return any;
    }

    /** The token that gave a local name. */
    function find(text: string): Token | undefined {
      return scopes.findLast((scope) => scope.has(text))?.get(text);
    }

    /** Whether some lanes may not be here. */
    function isUneven(): boolean {
      return blocks.some(({ block }) => varying.has(block));
    }

    /** Some lanes may go on behind a block of this kind, and miss the rest of it and its next round. */
    function leave(kind: RegExp, uneven = false): void {
      if (!uneven && !isUneven()) return;
      const from = blocks.findLastIndex((block) => kind.test(block.kind));
      for (const { block } of blocks.slice(Math.max(from, 0))) varying.add(block);
    }
  }
}

/** The names of those module variables, or structs, in whose declaration such a word stands. */
function namesWith(tokens: readonly Token[], kind: "var" | "struct", word: RegExp): Set<string> {
  const names = new Set<string>();
  for (let i = 0; i < tokens.length; i++) {
    if (tokens[i].text === "fn") i = closeOf(tokens, indexOf(tokens, "{", i));
    if (tokens[i]?.text !== kind) continue;
    const end = kind === "var" ? indexOf(tokens, ";", i) : closeOf(tokens, i + 2);
    const at = tokens[i + 1]?.text === "⟨" ? closeOf(tokens, i + 1) + 1 : i + 1;
    if (tokens.slice(i, end).some(({ text }) => word.test(text))) names.add(tokens[at]?.text);
  }
  return names;
}
