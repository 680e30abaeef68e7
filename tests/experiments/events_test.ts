import { nameTrials } from "../../src/experiments/events.ts";
import { assertEquals } from "../helpers/assert.ts";

Deno.test("nameTrials names one trial, an unbroken run, or how many there are", () => {
  assertEquals(
    [[3], [0, 1, 2], [4, 5], [0, 2, 3]].map((numbers) =>
      nameTrials(numbers.map((trial) => ({ trial })))
    ),
    ["trial 3", "trials 0 … 2", "trials 4 … 5", "3 trials"],
  );
});
