/**
 * The kinds of option a task can declare. Each is data: a flag, a help text, a default, and a
 * function that turns the typed text into a value or says in one line what was wanted instead.
 *
 * @module
 */
import { closest } from "../src/closest.ts";

/** One declared option whose value has type `T`. */
export interface Option<T> {
  /** As the user types it: `--data-dir`. */
  flag: string;
  /** What it means, in a few words; the default is added by the help itself. */
  help: string;
  /** The word for the value in the help (`--epochs <count>`); absent for a switch. */
  value?: string;
  /** The value where the user gives none. */
  fallback: T;
  /** The text that stands for a value left out, `--synthetic`; absent where one must follow. */
  preset?: string;
  /** True where the user must give one. */
  required?: boolean;
  /** What it was called in an earlier version; still taken, but in no help page. */
  earlier?: string;
  /** Text → value. @throws RangeError that says what was wanted. */
  parse(text: string): T;
}

/** A whole number from `least`, by default 1, to `most`, such as a count; `undefined` where no default is given. */
export function positiveInteger<D extends number | undefined = undefined>(
  flag: string,
  help: string,
  fallback?: D,
  { least = 1, most = LARGEST }: { least?: number; most?: number } = {},
): Option<number | D> {
  return integer(flag, help, fallback as D, [least, most]);
}

/** A whole number from 0 to `most`, such as a seed; `undefined` where no default is given. */
export function nonNegativeInteger<D extends number | undefined = undefined>(
  flag: string,
  help: string,
  fallback?: D,
  { most = LARGEST }: { most?: number } = {},
): Option<number | D> {
  return integer(flag, help, fallback as D, [0, most]);
}

/** A number ≥ 0, such as α; `undefined` where no default is given. */
export function nonNegativeNumber<D extends number | undefined = undefined>(
  flag: string,
  help: string,
  fallback?: D,
): Option<number | D> {
  return {
    flag,
    help,
    value: "number",
    fallback: fallback as D,
    parse(text) {
      const isNumber = /^\+?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text);
      if (isNumber && Number.isFinite(Number(text))) return Number(text);
      throw refusal(text, "a number ≥ 0", flag, fallback ?? 4.29);
    },
  };
}

/** One of a few words, such as `l2` or `sk`; `undefined` where no default is given. */
export function choice<const C extends string, D extends C | undefined = undefined>(
  flag: string,
  help: string,
  choices: readonly C[],
  fallback?: D,
): Option<C | D> {
  return {
    flag,
    help,
    value: choices.join("|"),
    fallback: fallback as D,
    parse(text) {
      const found = choices.find((word) => word === text);
      if (found !== undefined) return found;
      const near = closest(text.toLowerCase(), choices) ?? choices[0];
      throw refusal(text, `one of ${choices.join(", ")}`, flag, near);
    },
  };
}

/** A file or folder name; `undefined` where no default is given. */
export function path<D extends string | undefined = undefined>(
  flag: string,
  help: string,
  fallback?: D,
): Option<string | D> {
  return {
    flag,
    help,
    value: "path",
    fallback: fallback as D,
    parse(text) {
      // A leading hyphen is almost always the next option: `--data-dir --epochs=3`.
      if (text !== "" && !text.startsWith("-") && !text.includes("\0")) return text;
      throw refusal(text, "a path", flag, fallback ?? "some/folder");
    },
  };
}

/** An address, http or https; `undefined` where no default is given. */
export function url<D extends string | undefined = undefined>(
  flag: string,
  help: string,
  fallback?: D,
): Option<string | D> {
  return {
    flag,
    help,
    value: "url",
    fallback: fallback as D,
    parse(text) {
      if (["http:", "https:"].includes(URL.parse(text)?.protocol ?? "")) return text;
      throw refusal(text, "an address", flag, fallback ?? "https://example.org/set.zip");
    },
  };
}

/** A SHA-256 in hexadecimal, lower case; `undefined` where none is given. */
export function sha256(flag: string, help: string): Option<string | undefined> {
  return {
    flag,
    help,
    value: "hex",
    fallback: undefined,
    parse(text) {
      if (/^[0-9a-f]{64}$/i.test(text)) return text.toLowerCase();
      throw refusal(text, "a SHA-256 of 64 hexadecimal digits", flag, "0123456789abcdef…");
    },
  };
}

/** Any text but none, such as a name; `value` is the word for it in the help. */
export function text(flag: string, help: string, value: string): Option<string | undefined> {
  return {
    flag,
    help,
    value,
    fallback: undefined,
    parse(text) {
      if (text !== "") return text;
      throw refusal(text, `a ${value}`, flag, `some ${value}`);
    },
  };
}

/** Different values separated by commas, each as `item` reads it; `[]` where no default is given. */
export function list<T>(
  item: Option<T>,
  fallback: NonNullable<T>[] = [],
): Option<NonNullable<T>[]> {
  return {
    flag: item.flag,
    help: item.help,
    value: `${item.value},…`,
    fallback,
    parse(text) {
      const parts = text.split(",").map((part) => part.trim());
      const values = parts.map((part) => item.parse(part) as NonNullable<T>);
      const keys = values.map((value) => JSON.stringify(value));
      const twice = keys.findIndex((key, i) => keys.indexOf(key) < i);
      if (twice < 0) return values;
      throw new RangeError(`"${text}" names ${parts[twice]} twice; name each once`);
    },
  };
}

/**
 * Values of α above 0: `1,2,4.29`, or `0.25..16`, the doublings of the first up to the second.
 */
export function strengths(flag: string, help: string, fallback: number[]): Option<number[]> {
  return {
    flag,
    help,
    value: "α,…|α..α",
    fallback,
    parse(text) {
      const wanted = () => refusal(text, "different numbers above 0", flag, "0.25..16");
      const read = (part: string) => {
        const value = /^\d*\.?\d+(e[+-]?\d+)?$/i.test(part.trim()) ? Number(part) : NaN;
        if (!(value > 0 && value < Infinity)) throw wanted();
        return value;
      };
      const [first, last, more] = text.split("..");
      const values = last === undefined ? text.split(",").map(read) : [];
      for (let value = read(last === undefined ? "1" : first); last !== undefined;) {
        if (value > read(last) * (1 + 1e-9)) break;
        values.push(value);
        value *= 2;
      }
      if (more !== undefined || values.length === 0 || new Set(values).size !== values.length) {
        throw wanted();
      }
      return values;
    },
  };
}

/** A switch: false unless it is given. */
export function flag(flag: string, help: string): Option<boolean> {
  return { flag, help, fallback: false, parse: () => true };
}

/** Makes an option whose value may be left out: the flag alone means `--flag=preset`. */
export function optional<T>(option: Option<T>, preset: NonNullable<T>): Option<T> {
  return { ...option, preset: String(preset) };
}

/** Makes an option that may be given by its earlier name too. */
export function renamed<T>(option: Option<T>, earlier: string): Option<T> {
  return { ...option, earlier };
}

/** Makes an option that the user must give. */
export function required<T>(option: Option<T>): Option<NonNullable<T>> {
  return { ...option, required: true } as Option<NonNullable<T>>;
}

function integer<D>(
  flag: string,
  help: string,
  fallback: D,
  [least, most]: [number, number],
): Option<number | D> {
  return {
    flag,
    help,
    value: "count",
    fallback,
    parse(text) {
      const value = /^\+?\d+$/.test(text) ? Number(text) : NaN;
      if (value >= least && value <= most) return value;
      throw refusal(text, `a whole number from ${least} to ${most}`, flag, fallback ?? least);
    },
  };
}

/** The bound where no other is given: NumPy's seeds end here, and WGSL's u32 too. */
const LARGEST = 2 ** 32 - 1;

function refusal(text: string, wanted: string, flag: string, example: unknown): RangeError {
  return new RangeError(`"${text}" is not ${wanted}; give for example ${flag}=${example}`);
}
