import { deflateSync } from "node:zlib";
import { guardPng } from "../../src/data/guard_png.ts";
import { assertEquals, assertThrows } from "../assert.ts";
import { buildPng, chunk, header, image, join, type PngSpec, SIGNATURE } from "./build_png.ts";

const SPEC: PngSpec = { width: 3, height: 2, depth: 8, colour: 0, samples: [1, 2, 3, 4, 5, 6] };
const END = chunk("IEND");
const file = (...chunks: Uint8Array[]) => join(SIGNATURE, ...chunks);
const sound = buildPng(SPEC);
const repeated = (bytes: Uint8Array, times: number) =>
  new Uint8Array(times * bytes.length).map((_, i) => bytes[i % bytes.length]);

Deno.test("guardPng returns a sound file in an array of its own", () => {
  const guarded = guardPng(sound, 100);
  assertEquals(guarded, sound);
  assertEquals(guarded.buffer.byteLength, sound.length);
});

Deno.test("guardPng drops optional chunks except transparency", () => {
  const transparency = chunk("tRNS", [0, 1]);
  const text = chunk("tEXt", [65, 66]); // without the NUL that upng-js looks for
  const before = [text, transparency, chunk("acTL", [0, 0, 0, 9, 0, 0, 0, 0])];
  const guarded = guardPng(file(header(SPEC), ...before, image(SPEC), text, END), 100);
  assertEquals(guarded, file(header(SPEC), transparency, image(SPEC), END));
});

/** Files that must be refused, and what the error says. */
const REFUSED: [what: string, bytes: Uint8Array, says: string][] = [
  ["another signature", sound.with(1, 0x51), "no PNG"],
  ["a flipped bit", sound.with(45, sound[45] ^ 1), "checksum"],
  ["a cut file", sound.subarray(0, sound.length - 13), "passes the end"],
  ["no last chunk", sound.subarray(0, sound.length - 12), "ends before its last chunk"],
  ["a length of 2³² − 1", sound.map((byte, i) => i >= 8 && i < 12 ? 255 : byte), "passes the end"],
  ["bytes after the last chunk", join(sound, Uint8Array.of(0)), "1 bytes follow"],
  ["a name that is none", file(header(SPEC), chunk("ID4T")), "starts no chunk"],
  ["no header", file(image(SPEC), END), "does not start with a header"],
  ["two headers", file(header(SPEC), header(SPEC), image(SPEC), END), "two headers"],
  ["a huge header", file(header({ ...SPEC, width: 2 ** 31 - 1 }), image(SPEC), END), "not within"],
  ["no columns", file(header({ ...SPEC, width: 0 }), image(SPEC), END), "not within"],
  ["an odd depth", file(header({ ...SPEC, depth: 3 }), image(SPEC), END), "does not exist"],
  ["an unknown colour", file(header({ ...SPEC, colour: 1 }), image(SPEC), END), "does not exist"],
  [
    "interlacing below 8 bits",
    file(header({ ...SPEC, depth: 1, interlaced: true }), image(SPEC), END),
    "interlacing",
  ],
  [
    "interlacing of 4 columns",
    file(header({ ...SPEC, width: 4, interlaced: true }), image(SPEC), END),
    "interlacing",
  ],
  ["no image", file(header(SPEC), END), "no image"],
  [
    "an interrupted image",
    file(header(SPEC), image(SPEC), chunk("tIME"), image(SPEC), END),
    "interrupted",
  ],
  ["an unknown critical chunk", file(header(SPEC), chunk("ABCD"), image(SPEC), END), "ABCD"],
  ["a palette missing", file(header({ ...SPEC, colour: 3 }), image(SPEC), END), "is missing"],
  [
    "an empty palette",
    file(header({ ...SPEC, colour: 2 }), chunk("PLTE"), image(SPEC), END),
    "0 colours",
  ],
  ["a palette for grey", file(header(SPEC), chunk("PLTE", [1, 2, 3]), image(SPEC), END), "is grey"],
  ["endless chunks", file(header(SPEC), repeated(chunk("tIME"), 66_000)), "65536 chunks"],
  [
    "a palette cut",
    file(header({ ...SPEC, colour: 3 }), chunk("PLTE", [1, 2, 3, 4]), image(SPEC), END),
    "inside a colour",
  ],
  [
    "a late palette",
    file(header({ ...SPEC, colour: 3 }), image(SPEC), chunk("PLTE", [1, 2, 3]), END),
    "comes late",
  ],
  [
    "short transparency",
    file(header(SPEC), chunk("tRNS", [1]), image(SPEC), END),
    "does not fit",
  ],
  [
    "transparency beside alpha",
    buildPng({ ...SPEC, colour: 4, samples: Array(12).fill(0), before: [chunk("tRNS", [0, 0])] }),
    "does not fit",
  ],
  [
    "more rows than announced",
    file(header({ ...SPEC, height: 1 }), image(SPEC), END),
    "is damaged",
  ],
  ["fewer rows than announced", file(header({ ...SPEC, height: 3 }), image(SPEC), END), "8 bytes"],
  [
    "a zlib bomb",
    file(header(SPEC), chunk("IDAT", deflateSync(new Uint8Array(1e6))), END),
    "is damaged",
  ],
  [
    "an unknown filter",
    file(header(SPEC), chunk("IDAT", deflateSync(Uint8Array.of(5, 0, 0, 0, 0, 0, 0, 0))), END),
    "row filter 5",
  ],
];

for (const [what, bytes, says] of REFUSED) {
  Deno.test(`guardPng refuses ${what}`, () => {
    assertThrows(() => guardPng(bytes, 100), Error, says);
  });
}
