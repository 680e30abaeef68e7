/**
 * Fills outlines: polygons become a coverage map, anti-aliased by 4 × 4 samples a pixel.
 *
 * @module
 */

/** A point; x grows to the right, y downwards. */
export type Point = [x: number, y: number];

/** A closed outline that is painted, or cut out of what was painted before it. */
export interface Part {
  /** Its corners; the last is joined to the first. */
  outline: Point[];
  /** Default false: painted. */
  cut?: boolean;
}

/** Samples per pixel along each axis. */
const SAMPLES = 4;

/**
 * Paints the parts one after another; inside is where an outline winds around (non-zero rule).
 *
 * @param parts Outlines in pixels, (0, 0) being the upper left corner of the picture.
 * @param size Height and width of the square picture.
 * @returns (size, size) coverage, 0 … 1.
 */
export function rasterize(parts: Part[], size: number): Float32Array<ArrayBuffer> {
  const side = size * SAMPLES;
  const mask = new Uint8Array(side * side);
  for (const part of parts) fillPart(mask, side, part);

  const coverage = new Float32Array(size * size);
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      let count = 0;
      for (let k = 0; k < SAMPLES; k++) {
        const start = (y * SAMPLES + k) * side + x * SAMPLES;
        for (let i = start; i < start + SAMPLES; i++) count += mask[i];
      }
      coverage[y * size + x] = count / SAMPLES ** 2;
    }
  }
  return coverage;
}

function fillPart(mask: Uint8Array, side: number, { outline, cut = false }: Part): void {
  // Where the outline crosses each sample row, going down (1) or up (−1).
  const rows = new Map<number, { x: number; direction: number }[]>();
  outline.forEach((point, i) => {
    const next = outline[(i + 1) % outline.length];
    const [[x0, y0], [x1, y1]] = [point, next].map(([x, y]) => [x * SAMPLES, y * SAMPLES]);
    const direction = y1 > y0 ? 1 : -1;
    // Sample rows lie at y + ½; the edge covers those in [top, bottom).
    const top = Math.max(0, Math.ceil(Math.min(y0, y1) - 0.5));
    const bottom = Math.min(side, Math.ceil(Math.max(y0, y1) - 0.5));
    for (let y = top; y < bottom; y++) {
      const x = x0 + (y + 0.5 - y0) / (y1 - y0) * (x1 - x0);
      rows.getOrInsert(y, []).push({ x, direction });
    }
  });
  for (const [y, crossings] of rows) {
    crossings.sort((a, b) => a.x - b.x);
    let winding = 0;
    for (let i = 0; i + 1 < crossings.length; i++) {
      winding += crossings[i].direction;
      if (winding === 0) continue;
      const [start, end] = [crossings[i].x, crossings[i + 1].x].map((x) =>
        Math.min(side, Math.max(0, Math.ceil(x - 0.5)))
      );
      mask.fill(cut ? 0 : 1, y * side + start, y * side + end);
    }
  }
}
