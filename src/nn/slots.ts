/**
 * Slots: which image stands at each place of each batch, and how it is warped there (SPEC §2).
 *
 * @module
 */

/** One place in a batch. */
export interface Slot {
  /** Index into the uploaded images. */
  image: number;
  /** The image's class. */
  label: number;
  /** 1 / (images in this batch). */
  weight: number;
  /** Rotation in degrees. */
  theta: number;
  /** Shift in rows, then in columns, in pixels. */
  tx: number;
  ty: number;
  /** Mirror left and right, after the warp. */
  flip: boolean;
}

/** 32-bit words of a slot as the shaders declare it. */
export const SLOT_WORDS = 12;

/** The image index of an empty slot, at the end of a short batch. */
const EMPTY = 0xffffffff;

/**
 * Encodes slots for `augment` and `softmax_cross_entropy`.
 *
 * @param slots `null` is an empty slot.
 * @param size [height, width] of the images in pixels.
 * @returns (SLOTS, 12) words.
 */
export function encodeSlots(
  slots: readonly (Slot | null)[],
  [height, width]: readonly [number, number],
): Float32Array<ArrayBuffer> {
  const floats = new Float32Array(slots.length * SLOT_WORDS);
  const words = new Uint32Array(floats.buffer);
  slots.forEach((slot, i) => {
    const at = i * SLOT_WORDS;
    words[at] = slot ? slot.image : EMPTY;
    if (!slot) return;
    words[at + 1] = slot.label;
    words[at + 2] = slot.flip ? 1 : 0;
    floats[at + 3] = slot.weight;
    const cosine = Math.cos(slot.theta * Math.PI / 180);
    const sine = Math.sin(slot.theta * Math.PI / 180);
    // R·(p − centre + shift) + centre = R·(p − centre) + offset
    const row = cosine * slot.tx - sine * slot.ty + height / 2 + 0.5;
    const column = sine * slot.tx + cosine * slot.ty + width / 2 + 0.5;
    [cosine, sine, row, column].forEach((value, k) => {
      const high = Math.round(value * 4096) / 4096;
      floats[at + 4 + 2 * k] = high;
      floats[at + 5 + 2 * k] = value - high;
    });
  });
  return floats;
}
