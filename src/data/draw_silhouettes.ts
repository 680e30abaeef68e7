/**
 * The built-in data set: silhouettes drawn from thirty recipes, laid out like the authors' pictures
 * (SPEC §1), so that every command runs without a download.
 *
 * @module
 */
import { encode as encodeJpeg } from "jpeg-js";
import { createRandom, mixSeed, type Random } from "../random.ts";
import { makeFolder } from "./make_folder.ts";
import { map, type Shape, type Vary } from "./outline.ts";
import { type Part, type Point, rasterize } from "./raster.ts";
import { SHAPES_PHASE1 } from "./silhouettes_phase1.ts";
import { SHAPES_PHASE2 } from "./silhouettes_phase2.ts";
import { upng } from "./upng.ts";

/** What `writeSyntheticSet` writes; every field has a default. */
export interface SyntheticOptions {
  /** Pictures of each of the 20 classes of phase 1. Default 20. */
  perClass?: number;
  /** Height and width in pixels. Default 200. */
  size?: number;
  /** Equal seeds give equal pictures. Default 1. */
  seed?: number;
  /** Pictures of each of the 10 classes of phase 2. Default 5, 5 and 10. */
  phase2?: { train: number; valid: number; test: number };
  /** Called after every picture. */
  onProgress?: (done: number, total: number) => void;
}

/**
 * Writes the set: `dir/phase1/<class>/*.jpg` and `dir/phase2/{train,valid,test}/<class>/*.png`.
 *
 * The folder is built beside under a temporary name and renamed when complete, so that an
 * interrupted run leaves no half set.
 *
 * @throws Error if `dir` exists or the disk refuses.
 */
export async function writeSyntheticSet(
  dir: string,
  options: SyntheticOptions = {},
): Promise<void> {
  const { perClass = 20, size = 200, seed = 1, onProgress } = options;
  const { train, valid, test } = options.phase2 ?? { train: 5, valid: 5, test: 10 };
  const parts: [folder: string, shapes: Record<string, Shape>, count: number, extension: string][] =
    [
      ["phase1", SHAPES_PHASE1, perClass, "jpg"],
      ["phase2/train", SHAPES_PHASE2, train, "png"],
      ["phase2/valid", SHAPES_PHASE2, valid, "png"],
      ["phase2/test", SHAPES_PHASE2, test, "png"],
    ];
  const total = parts.reduce((sum, [, shapes, n]) => sum + Object.keys(shapes).length * n, 0);
  let done = 0;
  try {
    await makeFolder(dir, async (work) => {
      for (const [part, [folder, shapes, count, extension]] of parts.entries()) {
        for (const [label, [name, shape]] of Object.entries(shapes).entries()) {
          const place = `${work}/set/${folder}/${name}`;
          await Deno.mkdir(place, { recursive: true });
          for (let i = 0; i < count; i++) {
            const random = createRandom(mixSeed(seed, part, label, i));
            const pixels = drawSilhouette(shape, random, size);
            const file = `${name}-${String(i + 1).padStart(2, "0")}.${extension}`;
            await Deno.writeFile(
              `${place}/${file}`,
              extension === "jpg"
                ? encodeJpeg({ data: pixels, width: size, height: size }, 90).data
                : new Uint8Array(upng.encode([pixels.buffer], size, size, 0)),
            );
            done++;
            onProgress?.(done, total);
          }
        }
      }
    });
  } catch (error) {
    // Another process may have drawn the same set meanwhile; then it is there.
    const drawn = await Deno.stat(`${dir}/phase1`).catch(() => null);
    if (!(drawn && done === total)) throw error;
  }
}

/**
 * Draws one silhouette: the recipe with its own draws, then what all shapes share: a wavering
 * outline, a slight shear, a turn of up to 25°, mirroring, and a size of 70-94 % of the picture.
 *
 * @returns RGBA (size, size, 4): one random colour on white.
 */
export function drawSilhouette(
  shape: Shape,
  random: Random,
  size: number,
): Uint8Array<ArrayBuffer> {
  const vary: Vary = (low, high) => low + (high - low) * random.uniform();
  const parts = pose(shape(vary), vary, size);
  const coverage = rasterize(parts, size);
  const colour = drawColour(random);
  const pixels = new Uint8Array(size * size * 4).fill(255);
  for (let i = 0; i < coverage.length; i++) {
    for (let c = 0; c < 3; c++) pixels[4 * i + c] = 255 - coverage[i] * (255 - colour[c]);
  }
  return pixels;
}

/** Wavers, shears, turns and fits the parts into a picture of size × size pixels. */
function pose(parts: Part[], vary: Vary, size: number): Part[] {
  // A smooth random displacement: moving the plane, not each outline, keeps the parts together.
  const waves = Array.from({ length: 6 }, (_, i) => ({
    fx: vary(-1, 1) * (2 + 1.6 * i),
    fy: vary(-1, 1) * (2 + 1.6 * i),
    phase: vary(0, 2 * Math.PI),
    dx: vary(-1, 1) * 0.05 / (1 + i / 2),
    dy: vary(-1, 1) * 0.05 / (1 + i / 2),
  }));
  const turn = vary(-25, 25) * Math.PI / 180;
  const [cos, sin] = [Math.cos(turn), Math.sin(turn)];
  const side = vary(0, 1) < 0.5 ? -1 : 1;
  const [shear, aspect] = [vary(-0.15, 0.15), vary(0.88, 1.12)];

  const posed = map(parts.map(refine), ([x, y]) => {
    let [u, v] = [x, y];
    for (const { fx, fy, phase, dx, dy } of waves) {
      const wave = Math.sin(fx * x + fy * y + phase);
      u += dx * wave;
      v += dy * wave;
    }
    u = side * (u * aspect + shear * v);
    return [u * cos - v * sin, u * sin + v * cos];
  });

  const painted = posed.filter(({ cut }) => !cut).flatMap(({ outline }) => outline);
  const [left, right] = extent(painted.map(([x]) => x));
  const [top, bottom] = extent(painted.map(([, y]) => y));
  const scale = size * vary(0.7, 0.94) / Math.max(right - left, bottom - top);
  const room = (low: number, high: number) => (size - scale * (high - low)) * vary(0.35, 0.65);
  const [dx, dy] = [room(left, right), room(top, bottom)];
  return map(posed, ([x, y]) => [dx + scale * (x - left), dy + scale * (y - top)]);
}

/** Adds points on long edges, so that straight sides waver too. */
function refine(part: Part): Part {
  const { outline } = part;
  return {
    ...part,
    outline: outline.flatMap(([x0, y0], i): Point[] => {
      const [x1, y1] = outline[(i + 1) % outline.length];
      const pieces = Math.max(1, Math.ceil(Math.hypot(x1 - x0, y1 - y0) / 0.08));
      return Array.from({ length: pieces }, (_, k): Point => [
        x0 + (x1 - x0) * k / pieces,
        y0 + (y1 - y0) * k / pieces,
      ]);
    }),
  };
}

/** Draws a colour that is dark enough to be seen on white. */
function drawColour(random: Random): number[] {
  while (true) {
    const colour = [0, 1, 2].map(() => random.integer(256));
    if (colour[0] + colour[1] + colour[2] < 600) return colour;
  }
}

function extent(values: number[]): [least: number, greatest: number] {
  return [values.reduce((a, b) => Math.min(a, b)), values.reduce((a, b) => Math.max(a, b))];
}
