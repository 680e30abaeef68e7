/**
 * Seeded random numbers on the CPU: NumPy's legacy generator (MT19937), so that equal seeds give
 * the authors' folds and permutations.
 *
 * @module
 */
import { mersenne } from "pure-rand/generator/mersenne";

/** A stream of random numbers; every draw advances it. */
export interface Random {
  /** A float64 in [0, 1) with 53 random bits, equal to `RandomState.random_sample`. */
  uniform(): number;
  /** An integer in 0 … bound−1, by NumPy's masked rejection. `bound` is 1 … 2³². */
  integer(bound: number): number;
  /** A standard normal float64 (Box–Muller, one draw per two uniforms). */
  normal(): number;
  /** Shuffles in place exactly as `numpy.random.RandomState.shuffle` does. */
  shuffle<T>(values: T[]): T[];
}

/**
 * Opens the stream of a seed.
 *
 * @param seed An integer; only its low 32 bits count (NumPy accepts 0 … 2³²−1).
 * @returns The stream; equal seeds give equal streams on every machine.
 */
export function createRandom(seed: number): Random {
  const generator = mersenne(seed | 0);
  const word = () => generator.next() >>> 0;
  const uniform = () => ((word() >>> 5) * 2 ** 26 + (word() >>> 6)) / 2 ** 53;

  function integer(bound: number): number {
    // The smallest all-ones mask that covers bound − 1; values above are drawn again.
    const highest = bound - 1;
    if (highest === 0) return 0;
    const mask = 0xffffffff >>> Math.clz32(highest);
    let value = word() & mask;
    while ((value >>> 0) > highest) value = word() & mask;
    return value >>> 0;
  }

  return {
    uniform,
    integer,
    normal: () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform()),
    shuffle(values) {
      for (let i = values.length - 1; i > 0; i--) {
        const j = integer(i + 1);
        [values[i], values[j]] = [values[j], values[i]];
      }
      return values;
    },
  };
}

/**
 * Mixes integers into one 32-bit seed (the finalizer of MurmurHash3 over a running sum), so that
 * (experiment, trial, purpose) each get a stream of their own.
 *
 * @param parts Integers; their order matters.
 * @returns An integer in 0 … 2³²−1.
 */
export function mixSeed(...parts: number[]): number {
  let hash = 0x9e3779b9;
  for (const part of parts) {
    hash = Math.imul(hash ^ (part | 0), 0x85ebca6b);
    hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
    hash = (hash ^ (hash >>> 16)) + 0x9e3779b9 | 0;
  }
  return hash >>> 0;
}
