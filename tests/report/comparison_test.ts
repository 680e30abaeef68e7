import type { GridResult, Phase2Result } from "../../src/runs/results.ts";
import { compareModes, testedModes } from "../../src/report/comparison.ts";
import { assertAlmostEquals, assertEquals } from "../helpers/assert.ts";

/** What a summary says of any training. */
const trained = { adapter: "x", epochs: 1, batch: 8, seconds: 1, settings: {}, warnings: [] };

/** Phase 2 with these accuracies, by seed. */
function phase2(mode: "l2" | "sk", accuracies: Record<number, number>, epochs = 5): Phase2Result {
  const valid = { loss: 1, ce: 1, accuracy: 0 }, bestEpoch = 1;
  const trials = Object.entries(accuracies).map(([seed, accuracy], trial) => {
    const test = { ce: 1 - accuracy, accuracy };
    return { trial, seed: Number(seed), bestEpoch, valid, test };
  });
  const penalty = { mode, alpha: 1, lambda: 0.05, denseL2: 0 };
  const summary = { ...trained, epochs, ...penalty, trials };
  const dir = `${mode}${epochs}`;
  return { kind: "phase2", dir, doubts: [], pictures: new Map(), predictions: [], summary };
}

Deno.test("compareModes pairs phase 2 runs by their seeds, whatever their order", () => {
  const sk = phase2("sk", { 3: 0.5, 7: 0.8 });
  sk.summary.trials.reverse();
  const [{ l2, difference }, ...others] = compareModes([sk, phase2("l2", { 3: 0.4, 7: 0.6 })]);
  assertEquals(others, []);
  assertEquals(l2.mode, "l2");
  assertEquals(difference?.pairs, 2);
  assertAlmostEquals(difference!.accuracy.mean, 0.15, 1e-12); // 0.1 and 0.2
  assertAlmostEquals(difference!.accuracy.high, 0.15 + 12.7062 * 0.05, 1e-5);
  assertAlmostEquals(difference!.ce.mean, -0.15, 1e-12);
});

Deno.test("compareModes leaves alone what has other seeds, epochs or colours", () => {
  const l2 = phase2("l2", { 3: 0.4, 7: 0.6 });
  assertEquals(compareModes([l2, phase2("sk", { 3: 0.4, 8: 0.6 })]), []);
  assertEquals(compareModes([l2, phase2("sk", { 3: 0.4, 7: 0.6 }, 6)]), []);
  assertEquals(compareModes([l2, phase2("l2", { 3: 0.4, 7: 0.6 })]), []);
  const fb = phase2("sk", { 3: 0.4, 7: 0.6 });
  fb.summary.settings = { ...fb.summary.settings, fb: true }; // they saw other images
  assertEquals(compareModes([l2, fb]), []);
});

Deno.test("compareModes knows no difference of a single pair", () => {
  const [comparison] = compareModes([phase2("l2", { 3: 0.4 }), phase2("sk", { 3: 0.5 })]);
  assertEquals(comparison.difference, null);
  assertEquals(comparison.sk.accuracy, { mean: 0.5, standardError: null });
});

Deno.test("testedModes keeps a grid's predictions at each mode's chosen α", () => {
  const spread = { mean: 1, standardError: 0 };
  const trial = (mode: "l2" | "sk", alpha: number) => (
    { folder: `${mode}${alpha}`, mode, alpha, trial: 0 }
  );
  const tested = (mode: "l2" | "sk", alpha: number) => (
    { mode, alpha, lambda: alpha / 20, ce: spread, accuracy: spread, trials: [] }
  );
  const trials = [trial("l2", 1), trial("l2", 2), trial("sk", 1), trial("sk", 2)];
  const test = [tested("l2", 2), tested("sk", 1)];
  const grid: GridResult = {
    kind: "grid",
    dir: "grid",
    doubts: [],
    pictures: new Map(),
    summary: { ...trained, trials },
    grid: { confidence: 0.9, validation: [], test, comparison: null },
    predictions: ["l21", "l22", "sk1", "sk2", "other"].map((folder) => (
      { folder, image: "i", label: "a", predicted: "a" }
    )),
  };
  assertEquals(
    testedModes(grid).map(({ mode, predictions }) => [mode, predictions.map((p) => p.folder)]),
    [["l2", ["l22"]], ["sk", ["sk1"]]],
  );
  assertEquals(compareModes([grid])[0].confidence, 0.9);
});
