/**
 * Why an experiment failed, where the reason is known: what a caller may want to act on.
 *
 * @module
 */

/** What went wrong; the tasks' exit codes follow it. */
export type FailureKind = "usage" | "gpu" | "locked" | "input" | "disk" | "diverged";

/** An error whose kind is known. */
export class Failure extends Error {
  /** What went wrong. */
  readonly kind: FailureKind;

  /**
   * Makes one.
   *
   * @param message `Cannot <action>: <state>; <what to do>`.
   */
  constructor(kind: FailureKind, message: string, options?: ErrorOptions) {
    super(message, options);
    this.kind = kind;
  }
}

/**
 * Runs a check of what was read.
 *
 * @throws {Failure} "input", with the words of what it throws.
 */
export async function judgeInput<T>(check: () => Promise<T>): Promise<T> {
  try {
    return await check();
  } catch (cause) {
    throw new Failure("input", (cause as Error).message, { cause });
  }
}
