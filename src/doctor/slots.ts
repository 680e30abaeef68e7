/**
 * Random slots and clocks: what the shaders read that differ from step to step.
 *
 * @module
 */
import { drawTwoColours } from "../data/augment.ts";
import { encodeSlots, type Slot } from "../nn/slots.ts";
import type { Random } from "../random.ts";
import { between, coin } from "./draws.ts";

/** How many slots are drawn, and of what. */
type Count = "trials" | "steps" | "batch" | "images" | "classes";

/**
 * Draws slots; the last step's batch is short, so that its end is empty.
 *
 * @param size [height, width] of the images in pixels; shifts reach beyond them.
 * @returns Slots by trial, step and place, and the same as (TRIALS, STEPS · BATCH, 14) words.
 */
export function drawSlots(
  random: Random,
  { trials, steps, batch, images, classes, farthest }: Record<Count, number> & {
    farthest?: readonly number[];
  },
  [height, width]: [number, number],
): { slots: (Slot | null)[][][]; words: Float32Array<ArrayBuffer> } {
  const drawSlot = (): Slot => ({
    image: random.integer(images),
    label: random.integer(classes),
    weight: Math.fround(random.uniform() + 0.1),
    theta: 60 * random.uniform() - 30,
    tx: between(random, -height, height),
    ty: between(random, -width, width),
    flip: coin(random),
  });
  const colour = (slot: Slot): Slot =>
    farthest ? { ...slot, ...drawTwoColours(random), farthest: farthest[slot.image] } : slot;
  const filled = (step: number) => step < steps - 1 ? batch : between(random, 1, batch);
  const slots = Array.from({ length: trials }, () =>
    Array.from({ length: steps }, (_, step) => {
      const count = filled(step);
      return Array.from({ length: batch }, (_, b) => b < count ? colour(drawSlot()) : null);
    }));
  return { slots, words: encodeSlots(slots.flat(2), [height, width]) };
}

/** A clock somewhere in a long training: (64), of which only the first counts. */
export function drawClock(random: Random): Uint32Array<ArrayBuffer> {
  return new Uint32Array(64).map(() => random.integer(2 ** 31));
}
