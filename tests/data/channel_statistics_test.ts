import {
  AUTHORS_CHANNELS,
  AUTHORS_FB_CHANNELS,
  measureChannels,
} from "../../src/data/channel_statistics.ts";
import { assertAlmostEquals, assertEquals, assertThrows } from "../helpers/assert.ts";

Deno.test("measureChannels gives mean and population deviation on [0, 1]", () => {
  const pixels = Uint8Array.of(0, 51, 255, 255, 255, 153, 255, 255, 255, 255, 0, 255);
  const { mean, std } = measureChannels({ pixels });
  // By hand: red 0, 1, 1; green 0.2, 0.6, 1; blue 1, 1, 0.
  [2 / 3, 0.6, 2 / 3].forEach((value, c) => assertAlmostEquals(mean[c], value, 1e-14));
  [Math.sqrt(2) / 3, Math.sqrt(0.32 / 3), Math.sqrt(2) / 3].forEach((value, c) =>
    assertAlmostEquals(std[c], value, 1e-14)
  );
});

Deno.test("measureChannels refuses a channel that is the same everywhere", () => {
  const pixels = Uint8Array.of(1, 51, 9, 255, 2, 51, 8, 255);
  assertThrows(() => measureChannels({ pixels }), Error, "green channel is 0.2000 in every pixel");
});

Deno.test("AUTHORS_FB_CHANNELS are the numbers of SPEC §2", () => {
  const { mean, std } = AUTHORS_FB_CHANNELS;
  assertEquals([mean, std], [[0.4973, 0.4899, 0.5024], [0.2775, 0.2862, 0.2831]]);
});

Deno.test("AUTHORS_CHANNELS are the numbers of SPEC §1", () => {
  assertEquals(AUTHORS_CHANNELS, { mean: [0.8406, 0.8420, 0.8554], std: [0.3160, 0.3158, 0.2952] });
});
