import type { FitSummary, GridFindings } from "../../mod.ts";
import { formatFit, formatGrid, formatTime } from "../../tasks/tables.ts";
import { assert, assertEquals } from "../helpers/assert.ts";

const time = { uploading: 0, compiling: 0.5, training: 8, validation: 1, testing: 0, saving: 0.05 };

Deno.test("formatTime shows what took time, and other only from 1 % on", () => {
  assertEquals(
    formatTime(0.2, { reading: 0.21, ...time, other: 0.02 }, 10),
    `
time        seconds    share
----------  -------  -------
starting       0.20    2.0 %
reading        0.21    2.1 %
compiling      0.50    5.0 %
training       8.00   80.0 %
validation     1.00   10.0 %
saving         0.05    0.5 %
total         10.00  100.0 %`.slice(1),
  );
  const lines = formatTime(0.2, { reading: 0, ...time, other: 0.02 }, 10).split("\n");
  assertEquals(lines.at(-2), "other          0.25    2.5 %");
});

Deno.test("formatFit keeps within 80 columns, for the largest figures too", () => {
  const size = { name: "conv2d_12", rank: 4, samples: 1_000_000, dimensions: 1000 };
  const logLikelihood = { independent: -123456.789, correlated: 123456.789 };
  const layer = { ...size, tikhonov: 1e-10, logLikelihood };
  for (const line of formatFit({ layers: [layer] } as unknown as FitSummary).split("\n")) {
    assert(line.length <= 80, line);
  }
});

Deno.test("formatGrid marks each mode's best α and gives the paired difference with its interval", () => {
  const figure = (mean: number, standardError: number | null = 0.01) => ({ mean, standardError });
  const cell = (mode: "l2" | "sk", alpha: number, ce: number) => {
    const figures = { ce: figure(ce), accuracy: figure(0.5) };
    return { mode, alpha, lambda: alpha / 20, seeds: 3, ...figures };
  };
  const findings: GridFindings = {
    confidence: 0.95,
    validation: [cell("l2", 0.25, 2), cell("l2", 16, 1), cell("sk", 4, 1)],
    test: [{ ...cell("l2", 16, 1.5), trials: [] }, { ...cell("sk", 4, 1.25), trials: [] }],
    comparison: {
      pairs: 3,
      ce: { mean: -0.25, standardError: 0.05, low: -0.4651, high: -0.0349 },
      accuracy: { mean: 0.02, standardError: 0.01, low: -0.023, high: 0.063 },
    },
  };
  const text = formatGrid(findings);
  const lines = text.split("\n");
  for (const line of lines) assert(line.length <= 80, line);
  const best = lines.filter((line) => line.endsWith("best"));
  assertEquals(best.map((line) => line.split(/ +/).slice(0, 2)), [["l2", "16"], ["sk", "4"]]);
  assert(text.includes("-0.4651 … -0.0349"), text);
  assert(!formatGrid({ ...findings, comparison: null }).includes("paired"));
});
