import { guardJpeg, type JpegSegment, writeJpeg } from "../../src/data/guard_jpeg.ts";
import { sourceIndices } from "../../src/data/resize.ts";
import { thinJpeg } from "../../src/data/thin_jpeg.ts";
import { createRandom } from "../../src/random.ts";
import { assertEquals, assertThrows } from "../helpers/assert.ts";
import {
  buildJpeg,
  drawBlocks,
  EOI,
  frame,
  huffman,
  type JpegSpec,
  quantization,
  scan,
  segment,
  SOI,
} from "../../tasks/torture/build_jpeg.ts";
import { join } from "../../tasks/torture/build_png.ts";
import { craftJpegs } from "../../tasks/torture/hostile_jpeg.ts";
import { faultOfThin } from "../../tasks/torture/thin.ts";

const FIXTURES = new URL("../fixtures/data/", import.meta.url);

Deno.test("thinJpeg shows what the whole picture does, of every kind of JPEG at any size", () => {
  const random = createRandom(3);
  const files = craftJpegs().filter(({ shows }) => shows);
  for (const name of ["progressive.jpg", "grey.jpg", "cmyk.jpg", "bits.jpg"]) {
    files.push({ family: "fixture", name, bytes: Deno.readFileSync(new URL(name, FIXTURES)) });
  }
  const faults = files.flatMap(({ family, name, bytes }) =>
    [1, 1 + random.integer(40)].flatMap((height) => {
      const fault = faultOfThin(bytes, { height, width: 1 + random.integer(40) });
      return fault ? [`${family}: ${name}, ${fault}`] : [];
    })
  );
  assertEquals(faults, []);
});

Deno.test("thinJpeg leaves out the MCUs that hold no wanted pixel, and restarts", () => {
  const components = [{ id: 1, h: 2, v: 2 }, { id: 2, h: 1, v: 1 }, { id: 3, h: 1, v: 1 }];
  const { file } = buildJpeg({ width: 150, height: 100, components, restart: 3 });
  const whole = guardJpeg(file, 2 ** 20);
  const thin = thinJpeg(whole, [0, 15, 33, 99], [47, 149]);
  // Of 7 × 10 MCUs of 16 × 16 pixels: rows 0, 2 and the last one, of 4 pixels; columns 2 and the last.
  assertEquals([thin.frame.height, thin.frame.width], [16 + 16 + 4, 16 + 6]);
  assertEquals([thin.rows, thin.columns], [[0, 15, 17, 35], [15, 21]]);
  assertEquals(thin.segments.map(({ marker }) => marker), [0xdb, 0xc0, 0xc4, 0xda]);
});

/** A progressive picture of grey whose frequencies come in bits; what follows the means is given. */
const SPEC: JpegSpec = { width: 17, height: 9, components: [{ id: 1, h: 1, v: 1 }], sof: 0xc2 };
const means = scan(SPEC, drawBlocks(SPEC), { components: [0], band: [0, 0, 0, 0] });
const progressive = (...scans: Uint8Array[]) =>
  guardJpeg(join(SOI, quantization(), frame(SPEC), huffman(), means, ...scans, EOI), 2 ** 20);
const band = (data: number[], before = 0, after = 0) =>
  join(segment(0xda, [1, 1, 0, 1, 63, before << 4 | after]), Uint8Array.from(data));

Deno.test("thinJpeg parts runs of blocks without frequencies among those that are left", () => {
  // Of 6 blocks the first one has a frequency that is not 0.
  const runs = progressive(
    // Symbol 0x01 (run 0, size 1), bit 1; symbol 0x20: the rest of 4 + 2 blocks: bits 10.
    band([0x01, 0b1_0010000, 0b0_10_11111], 0, 1),
    band([0x20, 0b10_1_11111], 1, 0),
  );
  const whole = writeJpeg(runs.segments);
  for (const width of [1, 2, 3, 17]) {
    assertEquals(faultOfThin(whole, { height: 2, width }), undefined);
  }
});

Deno.test("thinJpeg reads all coded data, and refuses those that are wrong where nothing is wanted", () => {
  const spec: JpegSpec = { width: 80, height: 80, components: [{ id: 1, h: 1, v: 1 }] };
  const thin = (data: (data: Uint8Array) => Uint8Array, changes: Partial<JpegSpec> = {}) => {
    const whole = guardJpeg(buildJpeg({ ...spec, ...changes }).file, 2 ** 20);
    const segments = whole.segments.map((one): JpegSegment =>
      one.scan ? { ...one, scan: { ...one.scan, data: data(one.scan.data) } } : one
    );
    return () => thinJpeg({ ...whole, segments }, [0], sourceIndices(80, 2));
  };
  thin((data) => data)();
  assertThrows(thin((data) => data.subarray(0, -2)), Error, "ends early");
  assertThrows(thin((data) => data.subarray(0, 9)), Error, "ends early");
  const last = (data: Uint8Array) => data.map((byte, i) => i > data.length - 9 ? 0xf7 : byte);
  assertThrows(thin(last), Error, "does not exist");
  const merged = (data: Uint8Array) => data.map((byte, i) => data[i - 1] === 0xff ? 0 : byte);
  assertThrows(thin(merged, { restart: 3 }), Error, "restart marker of its image is missing");
  const refines = band([0b00000010, 0b10000000], 1, 0);
  assertThrows(() => thinJpeg(progressive(refines), [0], [0]), Error, "does not exist");
});
