/**
 * Typed doors to Deno std's assertions.
 *
 * `@std/assert` is mapped in deno.json to a package that carries Deno std without its types. Whoever
 * can reach Deno's own registry changes that one line; the types below stay valid.
 */
import * as std from "@std/assert";

/** The class of an error. */
type Kind = abstract new (...args: never[]) => Error;

interface Assertions {
  assert(condition: unknown, message?: string): asserts condition;
  assertEquals<T>(actual: T, expected: T, message?: string): void;
  assertNotEquals<T>(actual: T, expected: T, message?: string): void;
  assertAlmostEquals(actual: number, expected: number, tolerance?: number, message?: string): void;
  assertMatch(actual: string, expected: RegExp, message?: string): void;
  assertStringIncludes(actual: string, expected: string, message?: string): void;
  assertThrows(run: () => unknown, kind?: Kind, includes?: string, message?: string): Error;
  assertRejects(
    run: () => Promise<unknown>,
    kind?: Kind,
    includes?: string,
    m?: string,
  ): Promise<Error>;
}

const assertions = std as unknown as Assertions;
/** Fails unless the condition holds. */
export const assert: Assertions["assert"] = assertions.assert;
/** Fails unless both values are deeply equal. */
export const assertEquals: Assertions["assertEquals"] = assertions.assertEquals;
/** Fails if both values are deeply equal. */
export const assertNotEquals: Assertions["assertNotEquals"] = assertions.assertNotEquals;
/** Fails unless |actual − expected| ≤ tolerance (default 1e-7). */
export const assertAlmostEquals: Assertions["assertAlmostEquals"] = assertions.assertAlmostEquals;
/** Fails unless the text matches. */
export const assertMatch: Assertions["assertMatch"] = assertions.assertMatch;
/** Fails unless the text contains the other. */
export const assertStringIncludes: Assertions["assertStringIncludes"] =
  assertions.assertStringIncludes;
/** Fails unless `run` throws an error of this kind whose message includes the text. */
export const assertThrows: Assertions["assertThrows"] = assertions.assertThrows;
/** Fails unless `run` rejects with an error of this kind whose message includes the text. */
export const assertRejects: Assertions["assertRejects"] = assertions.assertRejects;

/** Fails unless both files hold the same bytes. */
export function assertSameFile(actual: string, expected: string): void {
  const files = `${actual} and ${expected}`;
  assertEquals(Deno.readFileSync(actual), Deno.readFileSync(expected), files);
}

/**
 * Fails unless ‖actual − expected‖ / ‖expected‖ ≤ bound (Frobenius), naming the worst element.
 * This is SPEC's error measure for every golden case.
 */
export function assertRelative(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  bound: number,
  name = "tensor",
): void {
  if (actual.length !== expected.length) {
    throw new Error(`${name}: ${actual.length} values instead of ${expected.length}`);
  }
  let difference = 0, norm = 0, worst = 0;
  for (let i = 0; i < expected.length; i++) {
    difference += (actual[i] - expected[i]) ** 2;
    norm += expected[i] ** 2;
    const error = Math.abs(actual[i] - expected[i]);
    if (!(error <= Math.abs(actual[worst] - expected[worst]))) worst = i;
  }
  const relative = Math.sqrt(difference) / (Math.sqrt(norm) || 1);
  if (!(relative <= bound)) {
    throw new Error(
      `${name}: relative error ${relative.toExponential(2)} > ${bound}; worst at ${worst}: ` +
        `${actual[worst]} instead of ${expected[worst]}`,
    );
  }
}
