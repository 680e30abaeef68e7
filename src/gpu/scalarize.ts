/**
 * Turns local arrays whose every index is constant into single variables: `sums[2 * 3 + 1]` → `sums_7`.
 *
 * A shader compiler does the same, but the WGSL front end behind Deno takes time by the square of the
 * constant indices it reads: five seconds for a network's unrolled shaders, against one.
 *
 * @module
 */

/** Values for a shader's parameters, by name. */
export type Constants = Readonly<Record<string, number>>;

const ARRAY = /^( *)var (\w+): array<(\w+), ([^;]+)>;/gm;
const COMPONENTS = "xyzw";

/**
 * Computes constant indices, replaces the arrays that have no others, and names vectors' components.
 *
 * @param code WGSL, its loops unrolled.
 * @param constants Names that may stand in indices and array sizes.
 */
export function scalarize(code: string, constants: Constants): string {
  let result = code.replace(/\/\/.*$/gm, "").replace(INDEX, (whole, text: string) => {
    const value = evaluate(text, constants);
    return value === undefined ? whole : `[${value}]`;
  });
  for (const [, , name, type, size] of [...result.matchAll(ARRAY)]) {
    const count = evaluate(size, constants);
    const uses = [...result.matchAll(new RegExp(`(?<!\\.)\\b${name}\\b(?=(.{0,8}))`, "g"))];
    const declared = uses.filter(([, next]) => next.startsWith(": array")).length;
    const constant = uses.filter(([, next]) => /^\[\d+\]/.test(next)).length;
    const isTaken = new RegExp(`\\b${name}_\\d`).test(result);
    if (count === undefined || declared !== 1 || constant + declared !== uses.length || isTaken) {
      continue;
    }
    result = result
      .replace(
        new RegExp(`var ${name}: array<[^;]+>;`),
        () => Array.from({ length: count }, (_, i) => `var ${name}_${i}: ${type};`).join(" "),
      )
      .replace(
        new RegExp(`(?<!\\.)\\b${name}\\[(\\d+)\\](?:\\[([0-3])\\])?(\\s*<)?`, "g"),
        (_, i, component, less) => {
          const single = `${name}_${i}` + (component ? `.${COMPONENTS[component]}` : "");
          return less ? `(${single})${less}` : single; // a_0 < b, c > d would be a template
        },
      );
  }
  return result;
}

const INDEX = /\[([\w\s()+*/%-]+)\]/g;
const TOKEN = /\s*(?:(0[xX][\da-fA-F]+|\d+)[iu]?\b|([A-Za-z_]\w*)|([()+*/%-]))/y;

/** What operators do, those that bind less first. */
const OPERATORS: Record<string, (a: number, b: number) => number>[] = [
  { "+": (a, b) => a + b, "-": (a, b) => a - b },
  { "*": (a, b) => a * b, "/": (a, b) => Math.floor(a / b), "%": (a, b) => a % b },
];

/** The value of an unsigned integer expression, or undefined where it is none or a name is unknown. */
export function evaluate(text: string, constants: Constants): number | undefined {
  const tokens: (number | string)[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.trimEnd().length) {
    const match = TOKEN.exec(text);
    if (!match) return undefined;
    const [, digits, word, sign] = match;
    const token = digits ? Number(digits) : word ? constants[word] : sign;
    if (token === undefined) return undefined;
    tokens.push(token);
  }
  let at = 0;
  const atom = (): number => {
    const token = tokens[at++];
    if (token !== "(") return token as number;
    const value = row(0);
    at++; // ")"
    return value;
  };
  /** The value of what operators of this level join. */
  const row = (level: number): number => {
    if (level === 2) return atom();
    let value = row(level + 1);
    while (Object.hasOwn(OPERATORS[level], tokens[at])) {
      const apply = OPERATORS[level][tokens[at++]];
      value = apply(value, row(level + 1));
    }
    return value;
  };
  const value = row(0);
  return at === tokens.length && Number.isInteger(value) && value >= 0 ? value : undefined;
}
