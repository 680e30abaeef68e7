/**
 * Which known word a mistyped one may have meant.
 *
 * @module
 */

/** The share of a word's letters that may differ before it counts as another word. */
const FARTHEST = 0.5;

/**
 * The word with the smallest edit distance per letter of the longer word; the first of equals.
 *
 * @returns undefined where no word is even remotely near.
 */
export function closest(typed: string, words: readonly string[]): string | undefined {
  const distance = (word: string) =>
    editDistance(typed, word) / Math.max(typed.length, word.length);
  const [near] = words
    .map((word) => ({ word, distance: distance(word) }))
    .filter(({ distance }) => distance <= FARTHEST)
    .sort((a, b) => a.distance - b.distance);
  return near?.word;
}

/** How many letters must be inserted, deleted or replaced to make `a` into `b` (Levenshtein). */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j); // from "" to b's first j letters
  for (let i = 0; i < a.length; i++) {
    const next = [i + 1];
    for (let j = 0; j < b.length; j++) {
      const replaced = row[j] + (a[i] === b[j] ? 0 : 1);
      next.push(Math.min(replaced, row[j + 1] + 1, next[j] + 1));
    }
    row = next;
  }
  return row[b.length];
}
