/**
 * What a handful of trials says about all that could have been trained: means, their standard
 * errors, and the confidence interval of a paired difference.
 *
 * @module
 */

/** The chance of an interval to hold the true difference, wherever L2 and SK-reg are compared. */
export const CONFIDENCE = 0.95;

/** A sample's mean and how far it may be from the mean of all. */
export interface SampleSummary {
  /** The arithmetic mean. */
  mean: number;
  /** Sample standard deviation (n − 1) over √n; null for a single value. */
  standardError: number | null;
}

/** The mean of differences, with its confidence interval. */
export interface Interval {
  /** The mean of second − first. */
  mean: number;
  /** The standard error of that mean. */
  standardError: number;
  /** The lower end of the interval. */
  low: number;
  /** The upper end of the interval. */
  high: number;
}

/**
 * The mean of a sample and its standard error.
 *
 * @param values At least one.
 * @throws {RangeError} If there is none.
 */
export function summarizeSample(values: readonly number[]): SampleSummary {
  const count = values.length;
  if (count === 0) throw new RangeError("Cannot summarize a sample: it holds no value");
  const mean = values.reduce((sum, value) => sum + value, 0) / count;
  if (count === 1) return { mean, standardError: null };
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, standardError: Math.sqrt(squares / (count - 1) / count) };
}

/**
 * How much larger `second` is than `first`, pair by pair: what the pairs share, such as the seed,
 * cancels out. The interval is that of Student's t with n − 1 degrees of freedom, exact where the
 * differences are normally distributed.
 *
 * @param first One value a pair, e.g. the test accuracy of each seed with L2.
 * @param second The same pairs in the same order, e.g. with SK-reg.
 * @param confidence The interval's chance to hold the true difference, default {@linkcode CONFIDENCE}.
 * @returns null for fewer than two pairs, which say nothing about their spread.
 * @throws {TypeError} If one sample is longer.
 * @throws {RangeError} If the confidence does not lie between 0 and 1.
 */
export function pairedDifference(
  first: readonly number[],
  second: readonly number[],
  confidence = CONFIDENCE,
): Interval & { pairs: number } | null {
  if (first.length !== second.length) {
    throw new TypeError(
      `Cannot compare pairs: there are ${first.length} first and ${second.length} second values`,
    );
  }
  const pairs = first.length;
  const reach = studentQuantile(confidence, Math.max(1, pairs - 1));
  if (pairs < 2) return null;
  const { mean, standardError } = summarizeSample(second.map((value, i) => value - first[i]));
  const margin = reach * standardError!;
  return { pairs, mean, standardError: standardError!, low: mean - margin, high: mean + margin };
}

/**
 * The t that |T| stays below with the given chance, for T of Student's distribution; at confidence
 * 0.95 its 97.5 % quantile.
 *
 * @param confidence Between 0 and 1.
 * @param degrees Degrees of freedom, a whole number from 1.
 * @throws {RangeError} If one of them is out of range.
 */
export function studentQuantile(confidence: number, degrees: number): number {
  if (!(confidence > 0 && confidence < 1) || !Number.isSafeInteger(degrees) || degrees < 1) {
    throw new RangeError(
      `Cannot find a quantile of Student's t: confidence ${confidence} must lie between 0 and 1 ` +
        `and degrees of freedom ${degrees} be a whole number from 1`,
    );
  }
  // Bisection in θ = atan(t / √ν), which maps all t ≥ 0 to [0, π/2].
  let low = 0, high = Math.PI / 2;
  for (let step = 0; step < 60; step++) {
    const middle = (low + high) / 2;
    if (chanceWithin(middle, degrees) < confidence) low = middle;
    else high = middle;
  }
  return Math.sqrt(degrees) * Math.tan(low);
}

/** P(|T| ≤ √ν·tan θ) for a whole number ν: Abramowitz & Stegun 26.7.3 (odd) and 26.7.4 (even). */
function chanceWithin(angle: number, degrees: number): number {
  const [sine, cosine] = [Math.sin(angle), Math.cos(angle)];
  const isOdd = degrees % 2 === 1;
  let term = isOdd ? cosine : 1, sum = 0;
  for (let power = isOdd ? 1 : 0; power <= degrees - 2; power += 2) {
    sum += term;
    term *= (power + 1) / (power + 2) * cosine ** 2;
  }
  return isOdd ? 2 / Math.PI * (angle + sine * sum) : sine * sum;
}
