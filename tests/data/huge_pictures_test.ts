import { deflateSync } from "node:zlib";
import { assert, assertEquals } from "../helpers/assert.ts";
import { outputOf } from "../helpers/command.ts";
import { linux } from "../helpers/folders.ts";
import { EOI, frame, huffman, quantization, segment, SOI } from "../../tasks/torture/build_jpeg.ts";
import { chunk, header, join, SIGNATURE } from "../../tasks/torture/build_png.ts";

const SIDE = 10_000;
/** The brightness of a row of pixels. */
const brightness = (row: number) => 64 + 8 * ((row >> 3) % 16);

/** Colours in full, of which only the brightness differs. */
function hugeJpeg(): Uint8Array {
  const components = [1, 2, 3].map((id) => ({ id, h: 1, v: 1 }));
  const blocks = SIDE / 8;
  const rows = Array.from({ length: blocks }, (_, row) => {
    // Each row of blocks restarts, tells its mean and then only that nothing changes: 12 zeros a block.
    const mean = brightness(8 * row) - 128, size = 32 - Math.clz32(Math.abs(mean));
    const code = size << size | (mean < 0 ? mean + 2 ** size - 1 : mean);
    const bits = code.toString(2).padStart(4 + size, "0").padEnd(16, "0");
    const data = new Uint8Array(Math.ceil((size + 36 * blocks) / 8));
    data.set([parseInt(bits.slice(0, 8), 2), parseInt(bits.slice(8), 2)]);
    return join(data, Uint8Array.of(0xff, row + 1 < blocks ? 0xd0 + row % 8 : 0));
  });
  return join(
    ...[SOI, quantization(), frame({ width: SIDE, height: SIDE, components }), huffman()],
    ...[segment(0xdd, [blocks >> 8, blocks & 255])],
    ...[segment(0xda, [3, 1, 0, 2, 0, 3, 0, 0, 63, 0]), ...rows, EOI],
  );
}

/** Grey in 8 bits. */
function hugePng(): Uint8Array {
  const spec = { width: SIDE, height: SIDE, depth: 8, colour: 0, samples: [] };
  const rows = new Uint8Array(SIDE * (1 + SIDE));
  for (let row = 0; row < SIDE; row++) {
    rows.fill(brightness(row), row * (1 + SIDE) + 1, (row + 1) * (1 + SIDE));
  }
  return join(
    SIGNATURE,
    header(spec),
    chunk("IDAT", deflateSync(rows, { level: 1 })),
    chunk("IEND"),
  );
}

/** Reads pictures of 100 megapixels at 50 × 4, and says what they show and the most memory it took. */
const READER = `
  import { readPictures } from "${new URL("../../src/data/pictures.ts", import.meta.url)}";
  const shown = [];
  for await (const picture of readPictures(Deno.args, { height: 50, width: 4 })) {
    shown.push("error" in picture ? picture.error.message : [...picture.pixels]);
  }
  const [, peak] = /VmHWM:\\s+(\\d+)/.exec(Deno.readTextFileSync("/proc/self/status"));
  console.log(JSON.stringify({ shown, megabytes: peak / 1000 }));
`;

// It takes a second or two: nothing but pictures of this size shows that they are not held.
linux.test("readPictures reads pictures of 100 megapixels, one after another, in 250 MB", async (dir) => {
  const paths = ["1.png", "2.png", "3.png", "4.jpg", "5.jpg", "6.jpg"].map((name) =>
    `${dir}/${name}`
  );
  const files = { png: hugePng(), jpg: hugeJpeg() };
  for (const path of paths) {
    await Deno.writeFile(path, path.endsWith("png") ? files.png : files.jpg);
  }
  const { stdout } = await outputOf(Deno.execPath(), {
    args: ["eval", "--no-check", READER, ...paths],
    cwd: new URL("../..", import.meta.url),
  });
  const { shown, megabytes } = JSON.parse(stdout);
  const levels = Array.from({ length: 50 }, (_, i) => brightness((i + 0.5) * SIDE / 50));
  const expected = levels.flatMap((level) => Array(4).fill([level, level, level, 255]).flat());
  for (const pixels of shown) assertEquals(pixels, expected);
  assertEquals(shown.length, paths.length);
  assert(megabytes < 250, `${megabytes} MB`);
});
