/**
 * Crafted JPEG files: sound ones of every kind with what they show, and bad ones that are wrong in
 * one place each (ITU-T T.81).
 *
 * @module
 */
import {
  buildJpeg,
  type Component,
  drawBlocks,
  EOI,
  frame,
  huffman,
  type JpegSpec,
  quantization,
  type Scan,
  scan,
  segment,
  SOI,
} from "./build_jpeg.ts";
import { hex, join } from "./build_png.ts";
import { type Crafted, listFamilies } from "./crafted.ts";

const GREY: Component[] = [{ id: 1, h: 1, v: 1 }];
const colour = (h: number, v: number): Component[] => [
  ...[{ id: 1, h, v }, { id: 2, h: 1, v: 1, table: 1 }, { id: 3, h: 1, v: 1, table: 1 }],
];
const size = { width: 37, height: 29 };
const text = (marker: number, word: string, ...more: number[]) =>
  segment(marker, [...new TextEncoder().encode(word), ...more]);
const JFIF = text(0xe0, "JFIF\0", 1, 1, 0, 0, 1, 0, 1, 0, 0);
const adobe = (transform: number) => text(0xee, "Adobe", 0, 100, 0, 0, 0, 0, transform);
const orientation = hex("2a00 08000000 0100 1201 0300 01000000 06000000 00000000");
const turned = text(0xe1, "Exif\0\0II", ...orientation);
const PROGRESSIVE: Scan[] = [
  { components: [0, 1, 2], band: [0, 0, 0, 1] },
  { components: [0], band: [1, 5, 0, 0] },
  { components: [2], band: [1, 63, 0, 0] },
  { components: [1], band: [1, 63, 0, 0] },
  { components: [0], band: [6, 63, 0, 0] },
  { components: [0, 1, 2], band: [0, 0, 1, 0] },
];

/** All crafted JPEG files. */
export function craftJpegs(): Crafted[] {
  return [...soundJpegs(), ...badJpegs()];
}

function soundJpegs(): Crafted[] {
  const specs: [family: string, name: string, spec: JpegSpec][] = [];
  const add = (family: string, name: string, spec: Partial<JpegSpec>) =>
    specs.push([family, name, { ...size, components: colour(1, 1), ...spec }]);
  for (const [width, height] of [[1, 1], [8, 8], [9, 7], [64, 3], [3, 70]]) {
    const name = `${width}x${height}`, shape = { width, height };
    add("grey", name, { ...shape, components: GREY });
    add("colour", name, shape);
    add("progressive", name, { ...shape, sof: 0xc2, components: colour(2, 2) });
  }
  for (const [h, v] of [[2, 1], [1, 2], [2, 2], [4, 1], [1, 4], [4, 2]]) {
    add("halved colours", `${h}x${v}`, { components: colour(h, v) });
    add("halved colours", `${h}x${v}, progressive`, { components: colour(h, v), sof: 0xc2 });
  }
  add("sampling alone", "grey 2x2", { components: [{ id: 1, h: 2, v: 2 }] });
  for (const restart of [1, 2, 3, 7, 1000]) {
    add("restarts", `grey, ${restart}`, { components: GREY, restart });
    add("restarts", `colour, ${restart}`, { components: colour(2, 2), restart });
    add("restarts", `progressive, ${restart}`, { sof: 0xc2, restart });
  }
  const scansOf = (...all: number[][]): Scan[] => all.map((components) => ({ components }));
  add("scans", "one a component", { scans: scansOf([2], [0], [1]), components: colour(2, 2) });
  add("scans", "two and one", { scans: scansOf([0, 2], [1]), components: colour(2, 1) });
  const apart = { sof: 0xc2, scans: PROGRESSIVE, components: colour(2, 2) } as const;
  add("progressive", "bits and bands apart", apart);
  add("extended", "SOF1", { sof: 0xc1 });
  add("extended", "tables of 16 bits", { sof: 0xc1, wide: true });
  const named = [..."RGB"].map((name) => ({ id: name.charCodeAt(0), h: 1, v: 1 }));
  add("rgb-coded", "by Adobe's segment", { before: [adobe(0)], colour: "rgb" });
  add("rgb-coded", "by the names of its components", { components: named, colour: "rgb" });
  add("rgb-coded", "progressive", { before: [adobe(0)], colour: "rgb", sof: 0xc2 });
  add("rgb-coded", "not: JFIF says otherwise", { before: [JFIF, adobe(0)] });
  add("rgb-coded", "not: Adobe says otherwise", { before: [adobe(1)], components: named });
  const inks = (h: number) => [1, 2, 3, 4].map((id) => ({ id, h: id % 3 === 1 ? h : 1, v: 1 }));
  const ycck = (...before: Uint8Array[]) => ({ colour: "ycck", before } as const);
  add("cmyk", "plain", { components: inks(1), colour: "cmyk" });
  add("cmyk", "Adobe's", { components: inks(1), colour: "cmyk", before: [adobe(0)] });
  add("cmyk", "progressive", { components: inks(1), colour: "cmyk", sof: 0xc2 });
  add("cmyk", "YCCK", { components: inks(1), ...ycck(adobe(2)) });
  add("cmyk", "YCCK, halved colours", { components: inks(2), ...ycck(adobe(2)) });
  add("cmyk", "YCCK beside JFIF", { components: inks(1), ...ycck(JFIF, adobe(2)) });
  const odd = (name: string, ...before: Uint8Array[]) => add("odd segments", name, { before });
  odd("a comment with escape sequences", JFIF, text(0xfe, "\x1b[2J\x1b]0;x\x07"));
  odd("a long comment", segment(0xfe, Array(65000).fill(65)));
  odd("a profile", JFIF, text(0xe2, "ICC_PROFILE\0", 1, 1, 0));
  odd("thumbnail missing", text(0xe0, "JFIF\0", 1, 1, 0, 0, 1, 0, 1, 255, 255));
  odd("Adobe's cut", text(0xee, "Adobe", 0));
  odd("empty ones", ...[0xe0, 0xe1, 0xee, 0xfe].map((marker) => segment(marker)));
  add("orientation", "turned by 90 degrees", { before: [turned] });
  const crafted = specs.map(([family, name, spec]): Crafted => {
    const { width, height } = spec;
    const { file, pixels } = buildJpeg(spec);
    return { family: `jpeg ${family}`, name, bytes: file, shows: { width, height, pixels } };
  });

  const spec: JpegSpec = { ...size, components: GREY };
  const { file, pixels } = buildJpeg(spec);
  const shows = { ...size, pixels };
  const [start, all] = [frame(spec), scan(spec, drawBlocks(spec), { components: [0] })];
  const open = frame({ ...spec, height: 0 });
  const lines = (count: number) => segment(0xdc, [0, count]);
  const made = (...parts: Uint8Array[]) => join(SOI, quantization(), huffman(), ...parts, EOI);
  const bytes = (...values: number[]) => Uint8Array.from(values);
  const more: [family: string, name: string, bytes: Uint8Array][] = [
    ["padding", "markers", join(SOI, bytes(0xff, 0xff), file.subarray(2, -2), bytes(0xff), EOI)],
    ["data after the end", "a phone's film", join(file, bytes(0, 0, 0, 24), text(0xd8, "ftyp"))],
    ["data after the end", "a second picture", join(file, file)],
    ["stray bytes", "behind the start", join(SOI, bytes(0, 0), file.subarray(2))],
    ["stray bytes", "before the frame", made(new TextEncoder().encode("hello"), start, all)],
    ["stray bytes", "a zero before the scan", made(start, bytes(0), all)],
    ["stray bytes", "a stuffed zero", made(start, bytes(0xff, 0, 2), all)],
    ["stray bytes", "a segment longer than it says", made(segment(0xfe), bytes(1, 2), start, all)],
    ["stray bytes", "a restart", made(bytes(0xff, 0xd3), start, all)],
    ["stray bytes", "before the end", made(start, all, bytes(0, 1, 0xff, 0, 2))],
    ["number of lines", "behind the scan", made(open, all, lines(29))],
    ["number of lines", "known before", made(start, all, lines(29))],
    ["number of lines", "another than the frame's", made(start, all, lines(9))],
  ];
  return [
    ...crafted,
    ...more.map(([family, name, bytes]) => ({ family: `jpeg ${family}`, name, bytes, shows })),
  ];
}

function badJpegs(): Crafted[] {
  const crafted: Crafted[] = [];
  const bad = (family: string, name: string, bytes: Uint8Array, says?: string) =>
    crafted.push({ family: `jpeg ${family}`, name, bytes, says });

  const kinds: [string, JpegSpec][] = [
    ["grey", { ...size, components: GREY }],
    ["colour", { ...size, components: colour(2, 2), before: [JFIF] }],
    ["progressive", { ...size, components: colour(2, 2), sof: 0xc2, scans: PROGRESSIVE }],
  ];
  for (const [name, spec] of kinds) {
    const { file } = buildJpeg(spec);
    for (let k = 1; k < 20; k++) {
      const at = Math.floor(k * file.length / 20);
      bad("cut", `${name} at byte ${at}`, file.subarray(0, at));
    }
    bad("cut", `${name} before its last byte`, file.subarray(0, -1));
    bad("cut", `${name} before its end`, file.subarray(0, -2), "does not come to its end");
  }
  for (const [name, spec] of kinds.slice(0, 2)) {
    const { file } = buildJpeg(spec);
    const marker = file.findLastIndex((byte, i) => byte === 0xff && file[i + 1] === 0xda);
    const start = marker + 2 + file[marker + 3];
    for (const share of [0.05, 0.2, 0.4, 0.6, 0.8, 0.95]) {
      // Of the coded data only this share is left, and a marker says that it was all.
      const cut = Math.floor(start + share * (file.length - 2 - start));
      const rest = file.subarray(0, file[cut - 1] === 0xff ? cut - 1 : cut);
      bad("cut and closed", `${name}, ${share}`, join(rest, EOI), "unexpected mark");
    }
  }

  const tables = join(quantization(), huffman());
  const write = (spec: JpegSpec, head: Uint8Array, ...scans: Scan[]) =>
    join(SOI, head, ...scans.map((one) => scan(spec, drawBlocks(spec), one)), EOI);
  const make = (
    components: Component[],
    lies: { marker?: number; precision?: number } = {},
    changes: Partial<JpegSpec> = {},
  ) => {
    const spec = { ...size, components }, all = components.map((_, c) => c);
    return write(spec, join(tables, frame({ ...spec, ...changes }, lies)), { components: all });
  };
  bad("two components", "grey and alpha", make(colour(1, 1).slice(0, 2)), "2 colour components");
  const none = join(SOI, tables, segment(0xc0, [8, 0, 29, 0, 37, 0]), EOI);
  bad("no components", "none", none, "0 colour components");
  for (
    const [kind, markers] of [
      ["a lossless", [0xc3, 0xc7, 0xcb, 0xcf]],
      ["a hierarchical", [0xc5, 0xc6, 0xcd, 0xce]],
      ["an arithmetic-coded", [0xc9, 0xca]],
    ] as const
  ) {
    for (const marker of markers) {
      bad(kind, `SOF${marker - 0xc0}`, make(GREY, { marker }), `it is ${kind} JPEG`);
    }
  }
  for (const precision of [12, 16, 2, 0]) {
    bad("depth", `${precision} bit`, make(GREY, { precision, marker: 0xc1 }), `${precision} bits`);
  }
  const lie = (family: string, [width, height]: number[], says: string) =>
    bad(family, `${width}x${height}`, make(GREY, {}, { width, height }), says);
  for (const size of [[0, 29], [37, 0]]) lie("no pixels", size, size.join(" × "));
  for (const size of [[65535, 65535], [65535, 4097]]) lie("huge header", size, "more than the 268");
  for (const size of [[16384, 16384], [65535, 4096], [1, 65535], [370, 290]]) {
    lie("header larger than the image", size, "too short for its size");
  }
  const large = "25 megapixels, which take too much memory at this size";
  bad("samples that fill the memory", "5000x5000x3", heavy(), large);
  for (const [h, v, odd] of [[0, 1, 0], [1, 0, 0], [5, 1, 5], [1, 5, 5], [15, 15, 15]]) {
    bad("sampling", `${h}x${v}`, make([{ id: 1, h, v }]), `sampling ${odd} of ${odd}`);
  }
  const uneven = [{ id: 1, h: 3, v: 1 }, { id: 2, h: 2, v: 1 }, { id: 3, h: 1, v: 1 }];
  bad("sampling", "2 beside 3", make(uneven), "sampling 2 of 3");

  const spec: JpegSpec = { ...size, components: GREY };
  const [start, all] = [frame(spec), scan(spec, drawBlocks(spec), { components: [0] })];
  const file = (...parts: Uint8Array[]) => join(SOI, ...parts, EOI);
  const quantized = (table: ArrayLike<number>) => file(segment(0xdb, table), start, all);
  const coded = (table: ArrayLike<number>) => file(segment(0xc4, table), start, all);
  const headed = (scan: number[]) => file(tables, start, segment(0xda, scan), all.subarray(10));
  const other = frame({ ...spec, components: [{ ...GREY[0], table: 2 }] });
  const flood = join(...Array(5000).fill(segment(0xe1)));
  const lengthOf = (...bytes: number[]) =>
    file(Uint8Array.of(0xff, 0xfe, ...bytes), tables, start, all);
  const damaged = "Huffman table is damaged", symbols = Array(4080).fill(1);
  const others = Array(15).fill(0), lossless = segment(0xf7, [8, 0, 29, 0, 37, 1, 1, 0x11, 0]);
  crafted.push(...listFamilies("jpeg ", {
    "nothing inside": [
      ["start and end", join(SOI, EOI), "no image"],
      ["the start alone", SOI, "does not come to its end"],
      ["tables alone", file(tables), "no image"],
    ],
    "no frame": [["scan at once", file(tables, all), "starts before"]],
    "two frames": [
      ["equal", file(tables, start, start, all), "two frames"],
      ["larger later", file(tables, start, all, frame({ ...spec, width: 4000 })), "two frames"],
    ],
    "two pictures": [["inside", file(tables, SOI, start, all), "another picture begins"]],
    "tables missing": [
      ["both", file(start, all), "starts before"],
      ["quantization", file(huffman(), start, all), "starts before"],
      ["Huffman", file(quantization(), start, all), "starts before"],
      ["quantization 2", file(tables, other, all), "table 2 is missing"],
      ["Huffman 1", headed([1, 1, 0x11, 0, 63, 0]), "Huffman table of scan 1"],
    ],
    "wrong table": [
      ["cut", quantized(Array(60).fill(1)), "quantization table is damaged"],
      ["number 7", quantized([7, ...Array(64).fill(1)]), "quantization table is damaged"],
      ["32 bits", quantized([0x20, ...Array(256).fill(1)]), "quantization table is damaged"],
      ["Huffman cut", coded(huffman().subarray(4, 40)), damaged],
      ["too many codes", coded([0, 3, ...others, 1, 2, 3]), damaged],
      ["4080 symbols", coded([0x10, ...Array(16).fill(255), ...symbols]), damaged],
      ["brightness of 200 bits", coded([0, 1, ...others, 200]), damaged],
    ],
    "wrong length": [
      ["0", lengthOf(0, 0), "passes the end"],
      ["1", lengthOf(0, 1), "passes the end"],
      ["65535", lengthOf(255, 255), "passes the end"],
    ],
    "marker out of place": [
      ["reserved", file(segment(0x4f), tables, start, all), "marker 0x4f is out of place"],
      ["an expansion", file(tables, segment(0xdf, [0x11]), start, all), "out of place"],
      ["JPEG-LS", file(tables, lossless, all), "marker 0xf7 is out of place"],
    ],
    "segment flood": [["5000", file(flood, tables, start, all), "4096 segments"]],
    "restarts missing": [
      ["announced, none there", file(tables, start, segment(0xdd, [0, 2]), all), "marker"],
    ],
    "wrong scan": [
      ["unknown component", headed([1, 9, 0, 0, 63, 0]), "component 9"],
      ["too many", headed([4, 1, 0, 1, 0, 1, 0, 1, 0, 0, 63, 0]), "header of scan 1"],
      ["none", headed([0, 0, 63, 0]), "header of scan 1"],
      ["no data", file(tables, start, all.subarray(0, 10)), "too short for its size"],
    ],
    "scan flood": [["65 scans", file(tables, start, ...Array(65).fill(all)), "64 scans"]],
  }));

  const three: JpegSpec = { ...size, components: colour(2, 2) };
  const scanned = (...components: number[][]) =>
    write(three, join(tables, frame(three)), ...components.map((all) => ({ components: all })));
  bad("scan missing", "colour", scanned([0], [2]), "component 2");
  bad("scan missing", "brightness", scanned([1, 2]), "component 1");
  const steps: JpegSpec = { ...three, sof: 0xc2 };
  const head = join(tables, frame(steps));
  const means: Scan = { components: [0, 1, 2], band: [0, 0, 0, 0] };
  const bands: [name: string, band: Scan["band"], components: number[]][] = [
    ["beyond 63", [1, 255, 0, 0], [0]],
    ["in reverse", [9, 5, 0, 0], [0]],
    ["brightness too", [0, 63, 0, 0], [0]],
    ["two components", [1, 5, 0, 0], [0, 1]],
    ["14 bits", [1, 5, 0, 14], [0]],
    ["two bits at once", [1, 5, 3, 1], [0]],
  ];
  for (const [name, band, components] of bands) {
    // What such a scan holds does not matter: it is refused by its header.
    const [first, last, before, after] = band!;
    const names = components.flatMap((c) => [c + 1, 0]);
    const bytes = segment(0xda, [components.length, ...names, first, last, before << 4 | after]);
    const start = write(steps, head, means).subarray(0, -2);
    bad("wrong bands", name, join(start, bytes, Uint8Array.of(0, 0), EOI), "scan 2 holds");
  }
  const first = write(steps, head, { components: [0], band: [1, 63, 0, 0] });
  bad("scan missing", "progressive, means", first, "has not come");
  bad("time bomb", "16 passes over 16 megapixels", slowScans(), "more than 16 scans");
  return crafted;
}

/** 25 megapixels of one grey, with colours in full: 12 zeros a block. */
export function heavy(): Uint8Array {
  const large = { width: 5000, height: 5000, components: colour(1, 1) };
  const head = segment(0xda, [3, 1, 0, 2, 0, 3, 0, 0, 63, 0]);
  return join(SOI, quantization(), frame(large), huffman(), head, new Uint8Array(1_800_000), EOI);
}

/** A large grey picture in a few bytes whose refinements take seconds each ten. */
function slowScans(): Uint8Array {
  const large = { width: 4096, height: 4096, components: GREY, sof: 0xc2 as const };
  const refine = join(segment(0xda, [1, 1, 0, 1, 63, 0x10]), Uint8Array.of(0xe0, 0x00, 0x00));
  const means = join(segment(0xda, [1, 1, 0, 0, 0, 0]), new Uint8Array(131_072));
  return join(SOI, quantization(), frame(large), huffman(), means, ...Array(40).fill(refine), EOI);
}
