import {
  counted,
  decimals,
  duration,
  moment,
  natsSpread,
  percentSpread,
  signed,
  significant,
} from "../../src/report/format.ts";
import { assertEquals } from "../helpers/assert.ts";

Deno.test("decimals and signed write a true minus, no sign on zero, a dash for what is no number", () => {
  assertEquals([1.25, -0.5, -0.001, 0, NaN, Infinity].map((value) => decimals(value, 2)), [
    ...["1.25", "−0.50", "0.00", "0.00", "–", "–"],
  ]);
  assertEquals([1.25, -0.5, 0.001, NaN].map((value) => signed(value, 2)), [
    ...["+1.25", "−0.50", "0.00", "–"],
  ]);
});

Deno.test("natsSpread and percentSpread leave out the error of a single value", () => {
  assertEquals(natsSpread({ mean: 1.8234, standardError: 0.041 }), "1.823 ± 0.041");
  assertEquals(natsSpread({ mean: 1.8234, standardError: null }), "1.823");
  assertEquals(percentSpread({ mean: 0.483, standardError: 0.019 }), "48.3 ± 1.9\u00a0%");
  assertEquals(percentSpread({ mean: 0.483, standardError: null }), "48.3\u00a0%");
});

Deno.test("significant drops zeros at the end", () => {
  assertEquals([4.29, 0.1285, 0.05, 16, NaN].map((value) => significant(value)), [
    ...["4.29", "0.129", "0.05", "16", "–"],
  ]);
});

Deno.test("duration chooses its unit, and never writes 60 seconds or minutes", () => {
  assertEquals(
    [0.416, 12.34, 59.96, 250, 3599.6, 4320].map((seconds) =>
      duration(seconds).replaceAll("\u00a0", " ")
    ),
    ["0.42 s", "12.3 s", "1 min 0 s", "4 min 10 s", "1 h 0 min", "1 h 12 min"],
  );
});

Deno.test("moment writes UTC, and returns what is no date", () => {
  assertEquals(moment("2026-03-01T15:05:59+01:00"), "2026-03-01 14:05 UTC");
  assertEquals(moment("yesterday"), "yesterday");
});

Deno.test("counted adds an s", () => {
  assertEquals([0, 1, 2].map((count) => counted(count, "trial")), [
    ...["0 trials", "1 trial", "2 trials"],
  ]);
});
