import { ADAM, adamRates } from "../../src/nn/adam.ts";
import { assertEquals, assertRelative } from "../helpers/assert.ts";

Deno.test("adamRates holds Keras' bias corrections", () => {
  const rates = adamRates(ADAM, 3);
  const expected = [1, 2, 3].map((t) => 1e-3 * Math.sqrt(1 - 0.999 ** t) / (1 - 0.9 ** t));
  assertEquals(rates.length, 3);
  assertRelative(rates, expected, 1e-7, "rates");
});

Deno.test("adamRates ends at the learning rate, halved by a decay of one over the steps", () => {
  const steps = 20000; // 0.999²⁰⁰⁰⁰ = 2e-9
  assertRelative([adamRates(ADAM, steps)[steps - 1]], [1e-3], 1e-6);
  const decay = 1 / steps;
  assertRelative([adamRates({ ...ADAM, decay }, steps)[steps - 1]], [5e-4], 1e-4);
});
