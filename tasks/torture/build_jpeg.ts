/**
 * Writes JPEG files of many kinds, right or wrong, segment by segment (ITU-T T.81), and
 * says what they show. The pictures are random in the frequencies, so that nothing must be
 * transformed to write them, and every Huffman code is its symbol in eight bits.
 *
 * @module
 */
import { createRandom } from "../../src/random.ts";
import { join } from "./build_png.ts";

/** One component: its name, its samples in an MCU, its quantization table. */
export interface Component {
  id: number;
  h: number;
  v: number;
  table?: number;
}

/** What `buildJpeg` writes; what is left out is as usual. */
export interface JpegSpec {
  width: number;
  height: number;
  components: Component[];
  /** How the colours are to be understood. Default "ycc"; one component is grey; four are inks. */
  colour?: "ycc" | "rgb" | "cmyk" | "ycck";
  /** SOF0 baseline (default), SOF1 extended, SOF2 progressive. */
  sof?: 0xc0 | 0xc1 | 0xc2;
  /** Scans, in order. Default one of all components. */
  scans?: Scan[];
  /** MCUs between restart markers. Default none. */
  restart?: number;
  /** Segments in front of the tables. */
  before?: Uint8Array[];
  /** 16-bit quantization tables. */
  wide?: boolean;
  /** Decides the picture. */
  seed?: number;
}

/** Which components a scan holds, and of progressive ones which frequencies and bits. */
export interface Scan {
  components: number[];
  /** First and last frequency, bits known before and bits left out after. */
  band?: [first: number, last: number, before: number, after: number];
}

/** A file in the pieces of which the wrong ones are made. */
export interface BuiltJpeg {
  file: Uint8Array<ArrayBuffer>;
  /** RGBA (H, W, 4) as an exact decoder shows it, colours repeated over the pixels they stand for. */
  pixels: Uint8Array<ArrayBuffer>;
}

export const SOI: Uint8Array = Uint8Array.of(0xff, 0xd8),
  EOI: Uint8Array = Uint8Array.of(0xff, 0xd9);
const QUANTUM = 8;

/** A segment with its length. */
export function segment(marker: number, data: ArrayLike<number> = []): Uint8Array {
  const length = data.length + 2;
  return join(Uint8Array.of(0xff, marker, length >> 8, length & 255), Uint8Array.from(data));
}

/** Quantization tables 0 and 1, all of one number. */
export const quantization = (wide = false): Uint8Array => {
  const numbers = Array(64).fill(wide ? [0, QUANTUM] : [QUANTUM]).flat();
  return segment(0xdb, [0, 1].flatMap((table) => [(wide ? 0x10 : 0) | table, ...numbers]));
};
/** Huffman tables 0 for DC (symbols 0-11, four bits) and AC (0-254, eight bits). */
export const huffman = (): Uint8Array =>
  segment(0xc4, [0x00, ...counts(4, 12), ...range(12), 0x10, ...counts(8, 255), ...range(255)]);
const range = (count: number) => Array.from({ length: count }, (_, i) => i);
const counts = (length: number, count: number) =>
  range(16).map((i) => i === length - 1 ? count : 0);

/** The frame's header; `height` and the like may lie. */
export const frame = (
  { sof = 0xc0, width, height, components }: JpegSpec,
  { marker = sof as number, precision = 8 } = {},
): Uint8Array =>
  segment(marker, [
    ...[precision, height >> 8, height & 255, width >> 8, width & 255, components.length],
    ...components.flatMap(({ id, h, v, table = 0 }) => [id, h << 4 | v, table]),
  ]);

/** The header of a scan, and its coded data. */
export function scan(spec: JpegSpec, blocks: Blocks[], { components, band }: Scan): Uint8Array {
  const head = components.flatMap((c) => [spec.components[c].id, 0]);
  const [first, last, before, after] = band ?? [0, 63, 0, 0];
  return join(
    segment(0xda, [components.length, ...head, first, last, before << 4 | after]),
    encodeScan(spec, blocks, { components, band }),
  );
}

/** A component's blocks of 64 numbers in zigzag order, padded to whole MCUs. */
export interface Blocks {
  columns: number;
  rows: number;
  at(row: number, column: number): Int32Array;
}

/** Random blocks of few frequencies, far from black and white, so that rounding stays small. */
export function drawBlocks({ width, height, components, seed = 1 }: JpegSpec): Blocks[] {
  const random = createRandom(seed);
  const { H, V } = most(components);
  return components.map(({ h, v }) => {
    const columns = Math.ceil(width / 8 / H) * h, rows = Math.ceil(height / 8 / V) * v;
    const blocks = Array.from({ length: columns * rows }, () => {
      const block = new Int32Array(64);
      block[0] = random.integer(101) - 50;
      for (let k = random.integer(5); k > 0; k--) {
        block[1 + random.integer(63)] = random.integer(7) - 3;
      }
      return block;
    });
    return { columns, rows, at: (row: number, column: number) => blocks[row * columns + column] };
  });
}

const most = (components: Component[]) => ({
  H: Math.max(...components.map(({ h }) => h)),
  V: Math.max(...components.map(({ v }) => v)),
});

/** A whole file and what it shows. */
export function buildJpeg(spec: JpegSpec): BuiltJpeg {
  const blocks = drawBlocks(spec);
  const all = spec.components.map((_, c) => c);
  const scans = spec.scans ??
    (spec.sof === 0xc2
      ? [
        { components: all, band: [0, 0, 0, 0] } as Scan,
        ...all.map((c): Scan => ({ components: [c], band: [1, 63, 0, 0] })),
      ]
      : [{ components: all }]);
  const file = join(
    ...[SOI, ...spec.before ?? [], quantization(spec.wide), frame(spec), huffman()],
    ...spec.restart ? [segment(0xdd, [spec.restart >> 8, spec.restart & 255])] : [],
    ...scans.map((one) => scan(spec, blocks, one)),
    EOI,
  );
  return { file, pixels: render(spec, blocks) };
}

function encodeScan(spec: JpegSpec, blocks: Blocks[], { components, band }: Scan): Uint8Array {
  const { H, V } = most(spec.components);
  const bytes: number[] = [];
  let bits = "";
  const put = (value: number, count: number) =>
    bits += value.toString(2).padStart(count, "0").slice(-count || 99);
  const flush = () => {
    for (const byte of bits.match(/.{1,8}/g) ?? []) {
      bytes.push(parseInt(byte.padEnd(8, "1"), 2));
      if (bytes.at(-1) === 0xff) bytes.push(0); // stuffed, so that it starts no marker
    }
    bits = "";
  };
  const amount = (value: number) => {
    const size = 32 - Math.clz32(Math.abs(value));
    return { size, code: value < 0 ? value + 2 ** size - 1 : value };
  };
  const previous = components.map(() => 0);
  const [first, last, before, after] = band ?? [0, 63, 0, 0];
  const encode = (block: Int32Array, c: number) => {
    if (first === 0 && before > 0) put(block[0] >> after & 1, 1);
    else if (first === 0) {
      const dc = block[0] >> after;
      const { size, code } = amount(dc - previous[c]);
      put(size, 4);
      if (size > 0) put(code, size);
      previous[c] = dc;
    }
    let run = 0;
    for (let k = Math.max(first, 1); k <= last; k++) {
      const value = Math.trunc(block[k] / 2 ** after);
      if (value === 0) {
        run++;
        continue;
      }
      for (; run > 15; run -= 16) put(0xf0, 8);
      const { size, code } = amount(value);
      put(run << 4 | size, 8);
      put(code, size);
      run = 0;
    }
    if (run > 0) put(0, 8); // the rest of the block is zero
  };

  const { h, v } = spec.components[components[0]];
  const alone = components.length === 1;
  const columns = Math.ceil((alone ? spec.width * h / H / 8 : spec.width / 8 / H) - 1e-9);
  const rows = Math.ceil((alone ? spec.height * v / V / 8 : spec.height / 8 / V) - 1e-9);
  for (let mcu = 0; mcu < rows * columns; mcu++) {
    if (spec.restart && mcu > 0 && mcu % spec.restart === 0) {
      flush();
      bytes.push(0xff, 0xd0 + (mcu / spec.restart - 1) % 8);
      previous.fill(0);
    }
    const [row, column] = [Math.floor(mcu / columns), mcu % columns];
    for (const [i, c] of components.entries()) {
      const { h, v } = alone ? { h: 1, v: 1 } : spec.components[c];
      for (let y = 0; y < v; y++) {
        for (let x = 0; x < h; x++) encode(blocks[c].at(row * v + y, column * h + x), i);
      }
    }
  }
  flush();
  return Uint8Array.from(bytes);
}

/** Zigzag order: place → row-major index. */
const ZIGZAG = range(64).map((i) => [i >> 3, i & 7])
  .sort(([a, b], [c, d]) => a + b - c - d || ((a + b) % 2 ? a - c : c - a))
  .map(([row, column]) => row * 8 + column);

const WAVES = range(64).map((k) => {
  const [v, u] = [ZIGZAG[k] >> 3, ZIGZAG[k] & 7];
  const scale = (f: number) => f === 0 ? Math.SQRT1_2 : 1;
  return range(64).map((i) =>
    scale(u) * scale(v) / 4 * Math.cos((2 * (i & 7) + 1) * u * Math.PI / 16) *
    Math.cos((2 * (i >> 3) + 1) * v * Math.PI / 16)
  );
});

function render(spec: JpegSpec, blocks: Blocks[]): Uint8Array<ArrayBuffer> {
  const { width, height, components, colour = "ycc" } = spec;
  const { H, V } = most(components);
  const clamp = (value: number) => Math.min(255, Math.max(0, Math.round(value)));
  const planes = blocks.map(({ rows, columns, at }) => {
    const plane = new Float64Array(rows * columns * 64);
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        const block = at(row, column);
        for (let i = 0; i < 64; i++) {
          let value = 128;
          for (let k = 0; k < 64; k++) {
            if (block[k] !== 0) value += block[k] * QUANTUM * WAVES[k][i];
          }
          plane[(row * 8 + (i >> 3)) * columns * 8 + column * 8 + (i & 7)] = clamp(value);
        }
      }
    }
    return plane;
  });
  const pixels = new Uint8Array(width * height * 4).fill(255);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const [a, b, c, ink] = planes.map((plane, i) => {
        const { h, v } = components[i];
        return plane[Math.floor(y * v / V) * blocks[i].columns * 8 + Math.floor(x * h / H)];
      });
      const isPlain = colour === "rgb" || colour === "cmyk";
      let rgb = components.length === 1 ? [a, a, a] : isPlain ? [a, b, c] : [
        a + 1.402 * (c - 128),
        a - 0.344136 * (b - 128) - 0.714136 * (c - 128),
        a + 1.772 * (b - 128),
      ];
      // Inks are stored as what is left of the light; the transform was made for the light.
      if (colour === "ycck") rgb = rgb.map((light) => 255 - clamp(light));
      if (ink !== undefined) rgb = rgb.map((light) => light * ink / 255);
      pixels.set(rgb.map(clamp), (y * width + x) * 4);
    }
  }
  return pixels;
}
