/**
 * The report's last sections: what its words mean, and what could stand in it.
 *
 * @module
 */
import type { Result } from "../runs/results.ts";
import { markup } from "./markup.ts";
import { list, type Section } from "./page_parts.ts";

const WORDS = [
  ["trial", "one network with its own seed, which decides its start and its order of images"],
  [
    "cross-entropy",
    "the mean of −ln p, p being the probability given to the true class, in nats; 0 is perfect, ln(classes) is guessing",
  ],
  ["accuracy", "the part of the images whose most probable class is the true one"],
  ["kernel", "the weights with which a convolution looks at a small square of its input"],
  ["L2", "the penalty λ·Σw²: it draws every weight to 0, each for itself"],
  [
    "SK-reg",
    "the penalty λ·Σ wᵀSw, S being the inverse of the fitted covariance at determinant 1: it draws kernels to shapes that earlier networks learned",
  ],
  ["α, λ", "the strength of a penalty; λ = 0.05·α"],
  ["τ", "Tikhonov's constant, added to the diagonal of the covariance so that few kernels suffice"],
  [
    "log-likelihood",
    "the logarithm of the density that a Gaussian gives to kernels it has not seen; higher is better",
  ],
  ["best epoch", "the epoch with the lowest validation loss, whose weights are kept"],
  [
    "standard error",
    "how far the mean over trials is likely to be from the mean over all possible trials: standard deviation / √n",
  ],
  [
    "confidence interval",
    "made so that in 95 of 100 such experiments it holds the true difference (Student's t over pairs of equal seeds)",
  ],
] as const;

/** One line for every word that a reader may not know. */
export function wordsSection(): Section {
  return {
    id: "words",
    title: "What the words mean",
    body: markup`<dl>\n${
      WORDS.map(([word, meaning]) => markup`<dt>${word}</dt><dd>${meaning}</dd>\n`)
    }</dl>\n`,
  };
}

/** The commands that would fill what is missing. */
export function missingSection(results: readonly Result[]): Section {
  const has = (kind: Result["kind"]) => results.some((result) => result.kind === kind);
  const draws = (name: RegExp, kind: string) =>
    results.filter((result) => result.kind === kind)
      .every(({ pictures }) => [...pictures.keys()].some((picture) => name.test(picture)));
  const hasTest = has("phase2") || has("grid");
  const drawsPhase2 = draws(/^curves$/, "phase2") && draws(/^confusion/, "phase2");
  const missing = ([
    [has("phase1"), "phase 1", "phase1:loop"],
    [has("fit"), "the prior", "fit"],
    [has("grid"), "the grid search", "grid --mode=l2,sk --trials=8"],
    [hasTest, "L2 against SK-reg", "phase2 --mode=sk --alpha=2.57 --trials=6"],
    [draws(/^curves$/, "phase1"), "curves of phase 1", "phase1:loop --overwrite"],
    [draws(/_tikhonov$/, "fit"), "pictures of the prior", "fit --overwrite"],
    [drawsPhase2, "curves and confusion matrices of phase 2", "phase2 --overwrite …"],
  ] as const).filter(([isThere]) => !isThere);
  return {
    id: "missing",
    title: "What could stand here too",
    body: list(
      missing.map(([, what, task]) =>
        markup`${what}: <code>deno task ${task}</code>, then <code>deno task report --overwrite</code>`
      ),
    ),
  };
}
