/**
 * The memory of variables, as WGSL lays it out (§14.4.1 of its specification).
 *
 * @module
 */
import { type Constants, evaluate } from "./scalarize.ts";
import { indexOf, readList, textOf, type Token } from "./tokens.ts";

/** Bytes of a type; it begins at multiples of `align`. */
interface Layout {
  size: number;
  align: number;
}

const NAMED = { f32: 4, i32: 4, u32: 4, bool: 4, f16: 2 };
const SUFFIXES = { f: 4, i: 4, u: 4, h: 2 }; // as in vec3f
const SCALARS = new Map(Object.entries({ ...NAMED, ...SUFFIXES }));
const roundUp = (size: number, { align }: Layout) => Math.ceil(size / align) * align;

/**
 * Adds up the variables of a workgroup, or the arrays of a lane's own.
 *
 * @param known Names that may stand in the sizes of arrays.
 * @returns Bytes of all whose size is known, and where the others are declared.
 */
export function countBytes(
  tokens: readonly Token[],
  known: Constants,
  of: "workgroup" | "function",
): { bytes: number; unknown: Token[] } {
  const unknown: Token[] = [];
  let bytes = 0;
  for (const [i, { text }] of tokens.entries()) {
    if (text !== "var") continue;
    const isShared = tokens[i + 2]?.text === "workgroup";
    const isOwn = tokens[i + 2]?.text === ":" && tokens[i + 3]?.text === "array";
    if (of === "workgroup" ? !isShared : !isOwn) continue;
    const layout = layoutOf(tokens.slice(indexOf(tokens, ":", i) + 1, indexOf(tokens, ";", i)));
    if (layout) bytes += layout.size;
    else unknown.push(tokens[i]);
  }
  return { bytes, unknown };

  function layoutOf(type: readonly Token[], depth = 0): Layout | undefined {
    const text = type[0]?.text ?? "";
    const [first = [], second = []] = type[1]?.text === "⟨" ? readList(type, 1) : [];
    const scalar = SCALARS.get(text);
    if (scalar) return { size: scalar, align: scalar };
    if (text === "atomic") return layoutOf(first, depth);
    const [, columns, rows, letter = textOf(first)] =
      /^(?:vec|mat([234])x)([234])([fiuh])?$/.exec(text) ?? [];
    const part = SCALARS.get(letter);
    if (rows && part) {
      const size = Number(rows) * part, align = rows === "3" ? 4 * part : size;
      return { size: columns ? Number(columns) * align : size, align };
    }
    if (text === "array") {
      const element = layoutOf(first, depth), count = evaluate(textOf(second), known);
      if (!element || count === undefined) return undefined;
      return { size: count * roundUp(element.size, element), align: element.align };
    }
    const at = tokens.findIndex(({ text: word }, i) =>
      word === "struct" && tokens[i + 1]?.text === text
    );
    if (at < 0 || depth > 9) return undefined; // one in itself is the compiler's to refuse
    const struct: Layout = { size: 0, align: 1 };
    for (const declared of readList(tokens, at + 2)) {
      const member = layoutOf(declared.slice(indexOf(declared, ":", 0) + 1), depth + 1);
      if (!member) return undefined;
      struct.size = roundUp(struct.size, member) + member.size;
      struct.align = Math.max(struct.align, member.align);
    }
    return { ...struct, size: roundUp(struct.size, struct) };
  }
}
