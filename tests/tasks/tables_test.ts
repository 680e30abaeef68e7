import type { FitSummary } from "../../mod.ts";
import { formatFit, formatTime } from "../../tasks/tables.ts";
import { assert, assertEquals } from "../assert.ts";

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
  const layer = {
    ...{ name: "conv2d_12", rank: 4, samples: 1_000_000, dimensions: 1000, tikhonov: 1e-10 },
    logLikelihood: { independent: -123456.789, correlated: 123456.789 },
  };
  for (const line of formatFit({ layers: [layer] } as unknown as FitSummary).split("\n")) {
    assert(line.length <= 80, line);
  }
});
