import { deflateSync } from "node:zlib";
import { guardPng } from "../../src/data/guard_png.ts";
import { assertEquals, assertThrows } from "../helpers/assert.ts";
import {
  buildPng,
  chunk,
  header,
  image,
  join,
  type PngSpec,
  SIGNATURE,
} from "../../tasks/torture/build_png.ts";

const SPEC: PngSpec = { width: 3, height: 2, depth: 8, colour: 0, samples: [1, 2, 3, 4, 5, 6] };
const END = chunk("IEND");
const file = (...chunks: Uint8Array[]) => join(SIGNATURE, ...chunks);
const sound = buildPng(SPEC);
const repeated = (bytes: Uint8Array, times: number) =>
  new Uint8Array(times * bytes.length).map((_, i) => bytes[i % bytes.length]);

Deno.test("guardPng unpacks the rows, each behind its filter, and says what they hold", () => {
  const { rows, passes, palette, transparency, ...header } = guardPng(sound, 100);
  const { samples: _, ...spec } = SPEC;
  assertEquals(header, { ...spec, bits: 8, interlaced: false });
  assertEquals([...rows], [0, 1, 2, 3, 1, 4, 1, 1]);
  assertEquals(passes.map(({ count, stride, start }) => [count, stride, start]), [[2, 4, 0]]);
  assertEquals([palette, transparency], [undefined, undefined]);
});

Deno.test("guardPng lays out the passes of an interlaced picture, those without columns as none", () => {
  const { passes, rows } = guardPng(
    buildPng({ ...SPEC, depth: 1, samples: [1, 0, 0, 1, 1, 0], interlaced: true }),
    100,
  );
  const laidOut = passes.map(({ count, stride, start }) => `${count} ${stride} ${start}`);
  assertEquals(laidOut, ["1 2 0", "0 1 2", "0 2 2", "1 2 2", "0 2 4", "1 2 4", "1 2 6"]);
  assertEquals(rows.length, 8);
});

Deno.test("guardPng takes of optional chunks transparency alone, and nothing behind the last one", () => {
  const text = chunk("tEXt", [65, 66]); // without the NUL that upng-js looks for
  const before = [text, chunk("tRNS", [0, 1]), chunk("acTL", [0, 0, 0, 9, 0, 0, 0, 0])];
  const behind = [Uint8Array.of(10), chunk("tRNS", [0, 2]), sound];
  const guarded = guardPng(file(header(SPEC), ...before, image(SPEC), text, END, ...behind), 100);
  assertEquals(guarded, { ...guardPng(sound, 100), transparency: Uint8Array.of(0, 1) });
});

/** A file whose header says something else; it holds its image, or these chunks. */
const claiming = (claims: Partial<PngSpec>, ...chunks: Uint8Array[]) =>
  file(header({ ...SPEC, ...claims }), ...chunks.length > 0 ? chunks : [image(SPEC)], END);
/** Files that must be refused, and what the error says. */
const REFUSED: [what: string, bytes: Uint8Array, says: string][] = [
  ["another signature", sound.with(1, 0x51), "no PNG"],
  ["a flipped bit", sound.with(45, sound[45] ^ 1), "checksum"],
  ["a cut file", sound.subarray(0, sound.length - 13), "passes the end"],
  ["no last chunk", sound.subarray(0, sound.length - 12), "ends before its last chunk"],
  ["a length of 2³² − 1", sound.map((byte, i) => i >= 8 && i < 12 ? 255 : byte), "passes the end"],
  ["a name that is none", file(header(SPEC), chunk("ID4T")), "starts no chunk"],
  ["no header", file(image(SPEC), END), "does not start with a header"],
  ["two headers", claiming({}, header(SPEC), image(SPEC)), "two headers"],
  ["a huge header", claiming({ width: 2 ** 31 - 1 }), "megapixels, more"],
  ["no columns", claiming({ width: 0 }), "0 × 2 pixels"],
  ["an odd depth", claiming({ depth: 3 }), "does not exist"],
  ["an unknown colour", claiming({ colour: 1 }), "does not exist"],
  [
    "an iPhone app's",
    file(chunk("CgBI", [0x50, 0, 0x20, 2]), header(SPEC), image(SPEC), END),
    "iPhone",
  ],
  ["interlaced rows that are too few", claiming({ interlaced: true }), "8 bytes instead of 10"],
  ["no image", file(header(SPEC), END), "no image"],
  ["an interrupted image", claiming({}, image(SPEC), chunk("tIME"), image(SPEC)), "interrupted"],
  ["an unknown critical chunk", claiming({}, chunk("ABCD"), image(SPEC)), "ABCD"],
  ["a palette missing", claiming({ colour: 3 }), "is missing"],
  ["an empty palette", claiming({ colour: 2 }, chunk("PLTE"), image(SPEC)), "0 colours"],
  ["a palette for grey", claiming({}, chunk("PLTE", [1, 2, 3]), image(SPEC)), "is grey"],
  ["endless chunks", file(header(SPEC), repeated(chunk("tIME"), 66_000)), "65536 chunks"],
  [
    "a palette cut",
    claiming({ colour: 3 }, chunk("PLTE", [1, 2, 3, 4]), image(SPEC)),
    "inside a colour",
  ],
  ["a late palette", claiming({ colour: 3 }, image(SPEC), chunk("PLTE", [1, 2, 3])), "comes late"],
  ["short transparency", claiming({}, chunk("tRNS", [1]), image(SPEC)), "does not fit"],
  [
    "transparency beside alpha",
    buildPng({ ...SPEC, colour: 4, samples: Array(12).fill(0), before: [chunk("tRNS", [0, 0])] }),
    "does not fit",
  ],
  ["more rows than announced", claiming({ height: 1 }), "is broken"],
  ["fewer rows than announced", claiming({ height: 3 }), "8 bytes"],
  ["a zlib bomb", claiming({}, chunk("IDAT", deflateSync(new Uint8Array(1e6)))), "is broken"],
  [
    "an unknown filter",
    claiming({}, chunk("IDAT", deflateSync(Uint8Array.of(5, 0, 0, 0, 0, 0, 0, 0)))),
    "row filter 5",
  ],
];

for (const [what, bytes, says] of REFUSED) {
  Deno.test(`guardPng refuses ${what}`, () => {
    assertThrows(() => guardPng(bytes, 100), Error, says);
  });
}
