import { guardJpeg, writeJpeg } from "../../src/data/guard_jpeg.ts";
import { assertEquals, assertThrows } from "../helpers/assert.ts";
import {
  buildJpeg,
  type Component,
  EOI,
  frame,
  huffman,
  quantization,
  segment,
  SOI,
} from "../../tasks/torture/build_jpeg.ts";
import { join } from "../../tasks/torture/build_png.ts";

const GREY: Component[] = [{ id: 1, h: 1, v: 1 }];
const COLOUR: Component[] = [{ id: 1, h: 2, v: 2 }, { id: 2, h: 1, v: 1 }, { id: 3, h: 1, v: 1 }];
const INKS: Component[] = [1, 2, 3, 4].map((id) => ({ id, h: 1, v: 1 }));
const size = { width: 6, height: 4 };
const tables = join(quantization(), huffman());
const sof = (components = GREY, facts: { marker?: number; precision?: number } = {}, lies = {}) =>
  frame({ ...size, ...lies, components }, facts);
/** A scan of these components; stuffed zeros and restarts belong to it. */
const sos = (names = [1], band = [0, 63, 0]) =>
  join(
    segment(0xda, [names.length, ...names.flatMap((name) => [name, 0]), ...band]),
    Uint8Array.of(5, 0xff, 0, 7, 0xff, 0xd3, 9),
  );
const file = (...parts: Uint8Array[]) => join(SOI, ...parts, EOI);
const progressive = { marker: 0xc2 };
const dc = (...names: number[]) => sos(names, [0, 0, 0]);
const ac = (name: number, first = 1, last = 63, bits = 0) => sos([name], [first, last, bits]);
/** A progressive file of these scans. */
const inSteps = (components: Component[], ...scans: Uint8Array[]) =>
  file(tables, sof(components, progressive), ...scans);

const ACCEPTED: [what: string, bytes: Uint8Array][] = [
  ["a baseline file", file(tables, sof(), sos())],
  ["three components", file(tables, sof(COLOUR, { marker: 0xc1 }), sos([1, 2, 3]))],
  ["a scan a component", file(tables, sof(COLOUR), sos([1]), huffman(), sos([3]), sos([2]))],
  ["a progressive file", inSteps(COLOUR, dc(1, 2, 3), ac(1), ac(3, 1, 5), ac(1, 1, 63, 0x10))],
  ["a padded marker", join(SOI, tables, sof(), sos(), Uint8Array.of(0xff, 0xff), EOI)],
  ["four components", file(tables, sof(INKS), sos([1, 2, 3, 4]))],
];
for (const [what, bytes] of ACCEPTED) {
  Deno.test(`guardJpeg accepts ${what}`, () => {
    assertEquals(writeJpeg(guardJpeg(bytes, 100).segments).subarray(-2), EOI);
  });
}

Deno.test("guardJpeg drops what applications add and what follows the end", () => {
  const application = [segment(0xe1, [1, 2]), segment(0xfe, [3]), segment(0xee, [65, 100])];
  const bytes = join(SOI, ...application, tables, segment(0xef), sof(), sos(), EOI, tables);
  assertEquals(writeJpeg(guardJpeg(bytes, 100).segments), file(tables, sof(), sos()));
});

Deno.test("guardJpeg passes over stray bytes, as libjpeg does", () => {
  const stray = ["07", "000000", "ff00", "ff01", "ffd0ffd7", "09ffff00"];
  for (const bytes of stray.map((bytes) => Uint8Array.fromHex(bytes))) {
    for (const place of [0, 1, 2, 3]) {
      const parts = [tables, sof(), sos()];
      parts.splice(place, 0, bytes);
      // Behind a scan they belong to its data.
      const expected = place < 3 ? file(tables, sof(), sos()) : file(...parts);
      assertEquals(writeJpeg(guardJpeg(file(...parts), 100).segments), expected);
    }
  }
});

Deno.test("guardJpeg finds a height that only a segment behind the scan names", () => {
  const open = sof(GREY, {}, { height: 0 });
  const guarded = guardJpeg(file(tables, open, sos(), segment(0xdc, [0, 4])), 100);
  assertEquals(guarded.frame.height, 4);
  assertEquals(writeJpeg(guarded.segments), file(tables, sof(), sos()));
});

Deno.test("guardJpeg tells red, green and blue from brightness and colour as libjpeg does", () => {
  const text = (marker: number, word: string, ...more: number[]) =>
    segment(marker, [...new TextEncoder().encode(word), ...more]);
  const jfif = text(0xe0, "JFIF\0", 1, 1, 0, 0, 1, 0, 1, 0, 0);
  const adobe = (transform: number) => text(0xee, "Adobe", 0, 100, 0, 0, 0, 0, transform);
  const named = "RGB".split("").map((name) => ({ id: name.charCodeAt(0), h: 1, v: 1 }));
  const cases: [before: Uint8Array[], components: typeof COLOUR, isTransformed: boolean][] = [
    [[], COLOUR, true],
    [[], named, false],
    [[adobe(0)], COLOUR, false],
    [[adobe(1)], named, true],
    [[adobe(2)], COLOUR, true],
    [[jfif, adobe(0)], COLOUR, true],
    [[jfif], named, true],
    [[text(0xee, "Adobe", 0, 100)], COLOUR, true], // cut before it names a transform
    [[adobe(0)], GREY, true],
    [[], INKS, false],
    [[adobe(0)], INKS, false],
    [[jfif, adobe(2)], INKS, true],
  ];
  for (const [before, components, isTransformed] of cases) {
    const guarded = guardJpeg(buildJpeg({ ...size, components, before }).file, 100);
    assertEquals(guarded.isTransformed, isTransformed, JSON.stringify([before, components]));
  }
});

/** A Huffman table with another byte. */
const bad = (at: number, value: number) => file(huffman().with(at, value));
/** A scan with this header behind the tables and a grey frame. */
const scanned = (...header: number[]) => file(tables, sof(), segment(0xda, header), EOI);
const DAMAGED = "Huffman table is damaged";
/** Files that are refused, and what the error says; more of them: tasks/torture/hostile_jpeg.ts. */
const REFUSED: [what: string, bytes: Uint8Array, says: string][] = [
  ["another start", EOI, "no JPEG"],
  ["no image", file(tables, sof()), "no image"],
  ["five components", file(sof([...INKS, { id: 5, h: 1, v: 1 }])), "5 colour components"],
  ["a frame cut", file(segment(0xc0, [8, 0, 4, 0, 6, 1, 1])), "frame header is damaged"],
  ["two components of one name", file(sof([GREY[0], GREY[0], COLOUR[2]])), "two components 1"],
  [
    "a number of lines of 0",
    file(tables, sof(GREY, {}, { height: 0 }), sos(), segment(0xdc, [0, 0])),
    "6 × 0",
  ],
  ["a restart interval cut", file(segment(0xdd, [1])), "restart interval"],
  [
    "another quantization table for the next scan",
    file(tables, sof(COLOUR), sos([1]), quantization(), sos([2, 3])),
    "changes quantization table 0",
  ],
  ["a Huffman table of a third class", bad(4, 0x20), DAMAGED],
  ["a Huffman table 4", bad(4, 0x04), DAMAGED],
  [
    "more symbols than bytes have values",
    file(segment(0xc4, [0x10, ...Array(14).fill(0), 2, 255, ...Array(257).fill(1)])),
    DAMAGED,
  ],
  ["a brightness of 16 bits", bad(21, 16), DAMAGED],
  [
    "a Huffman table of frequencies missing",
    scanned(1, 1, 0x01, 0, 63, 0),
    "Huffman table of scan 1",
  ],
  ["a Huffman table missing", scanned(1, 1, 0x10, 0, 63, 0), "Huffman table of scan 1"],
  ["a scan's header cut", scanned(1, 1, 0, 0, 63), "header of scan 1"],
  ["a scan of one component twice", file(tables, sof(COLOUR), sos([1, 1])), "component 1"],
  ["endless tables", file(segment(0xc4, Array(17 * 1025).fill(0))), "1024 tables"],
];
for (const [what, bytes, says] of REFUSED) {
  Deno.test(`guardJpeg refuses ${what}`, () => {
    assertThrows(() => guardJpeg(bytes, 100), Error, says);
  });
}

Deno.test("guardJpeg refuses scans that waste time or are too short for their size", () => {
  const large = { width: 16384, height: 16384 };
  const start = (components: Component[]) => join(tables, sof(components, progressive, large));
  const means = (...names: number[]) => join(dc(...names), new Uint8Array(800_000));
  guardJpeg(file(start(COLOUR), means(1, 2, 3), ...Array(15).fill(ac(1))), 2 ** 28);
  const wasteful = file(start(GREY), means(1), ...Array(16).fill(ac(1)));
  assertThrows(() => guardJpeg(wasteful, 2 ** 28), Error, "more than 16 scans");
  const hollow = file(start(GREY), dc(1), means(1));
  assertThrows(() => guardJpeg(hollow, 2 ** 28), Error, "scan 1 is too short for its size");
});
