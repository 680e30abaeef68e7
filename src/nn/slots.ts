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
  /** (3) red, green, blue, 0 … 255 of the pixels farthest from white, where it is shown in two colours. */
  foreground?: readonly number[];
  /** (3) The same of what is white. */
  background?: readonly number[];
  /** How far from white its farthest pixel is, 0 … 255; default 255. */
  farthest?: number;
}

/** The transform that leaves an image as it is. */
export const AS_IT_IS = { theta: 0, tx: 0, ty: 0, flip: false } as const;

/** 32-bit words of a slot as the shaders declare it. */
export const SLOT_WORDS = 14;

/** The image index of an empty slot, at the end of a short batch: all bits set. */
const EMPTY = -1;

/**
 * Encodes slots as the shaders read them. What a point of the output samples is a sum of products of a
 * whole number of half pixels with cosine and sine, and an offset; each of these comes as a multiple of
 * 2⁻¹² (the offsets 2⁻¹³) and a remainder in multiples of 2⁻⁷⁻ᶠᴿᴬᶜᵀᴵᴼᴺ (2⁻⁸⁻ᶠᴿᴬᶜᵀᴵᴼᴺ).
 *
 * @param slots `null` is an empty slot.
 * @param size [height, width] of the images in pixels.
 * @returns (SLOTS, 14) words.
 */
export function encodeSlots(
  slots: readonly (Slot | null)[],
  [height, width]: readonly [number, number],
): Float32Array<ArrayBuffer> {
  const floats = new Float32Array(slots.length * SLOT_WORDS);
  const words = new Int32Array(floats.buffer);
  const fraction = fractionBits(height, width);
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
      const bits = k < 2 ? 12 : 13, high = Math.round(value * 2 ** bits);
      words[at + 4 + 2 * k] = high;
      words[at + 5 + 2 * k] = Math.round((value - high / 2 ** bits) * 2 ** (fraction + bits - 5));
    });
    const { foreground, background, farthest = 255 } = slot;
    if (foreground) words[at + 12] = packBytes([...foreground, farthest]);
    if (background) words[at + 13] = packBytes(background);
  });
  return floats;
}

/** Up to four bytes in a word, the first one lowest. */
function packBytes(bytes: readonly number[]): number {
  return bytes.reduce((word, byte, i) => word | byte << (8 * i), 0);
}

/**
 * FRACTION: a point of an image is kept in 32 bits with so many behind the point. Rotated about the centre
 * and shifted by a height and a width at most, it is less than 2·(HEIGHT + WIDTH) + 4 pixels away.
 *
 * @throws {RangeError} When less than the 13 bits are left that the shaders need.
 */
export function fractionBits(height: number, width: number): number {
  const bits = Math.min(23, 31 - Math.ceil(Math.log2(2 * (height + width) + 4)));
  if (bits >= 13) return bits;
  throw new RangeError(`Cannot warp images of ${height}×${width}: they are too large`);
}
