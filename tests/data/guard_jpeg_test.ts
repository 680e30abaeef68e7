import { guardJpeg } from "../../src/data/guard_jpeg.ts";
import { assertThrows } from "../assert.ts";

const START = [0xff, 0xd8], END = [0xff, 0xd9];
const segment = (marker: number, ...data: number[]) => [0xff, marker, 0, data.length + 2, ...data];
const TABLES = [...segment(0xdb, 0), ...segment(0xc4, 0)];
const frame = (marker = 0xc0, precision = 8, components = [1, 0x11, 0], rows = 4) =>
  segment(marker, precision, 0, rows, 0, 6, components.length / 3, ...components);
// Stuffed zeros and restarts belong to the scan.
const SCAN = [...segment(0xda, 1), 5, 0xff, 0, 7, 0xff, 0xd3, 9];
const three = [1, 0x22, 0, 2, 0x11, 1, 3, 0x11, 1];

const ACCEPTED: [what: string, bytes: number[]][] = [
  ["a baseline file", [...START, ...TABLES, ...frame(), ...SCAN, ...END]],
  ["three components", [...START, ...TABLES, ...frame(0xc1, 8, three), ...SCAN, ...END]],
  ["many scans", [...START, ...TABLES, ...frame(0xc2), ...SCAN, ...TABLES, ...SCAN, ...END]],
  ["a padded marker", [...START, ...TABLES, ...frame(), ...SCAN, 0xff, 0xff, ...END, 0, 0]],
];
for (const [what, bytes] of ACCEPTED) {
  Deno.test(`guardJpeg accepts ${what}`, () => guardJpeg(Uint8Array.from(bytes), 100));
}

const REFUSED: [what: string, bytes: number[], says: string][] = [
  ["another start", [0xff, 0xd9], "no JPEG"],
  ["no image", [...START, ...TABLES, ...frame(), ...END], "no image"],
  ["no end", [...START, ...TABLES, ...frame(), ...SCAN], "does not come to its end"],
  ["the start alone", START, "byte 2"],
  ["a segment cut", [...START, 0xff, 0xdb, 0, 9, 1], "passes the end"],
  ["tables after the scan", [...START, ...frame(), ...SCAN, ...TABLES, ...END], "starts before"],
  ["a scan before the frame", [...START, ...TABLES, ...SCAN, ...END], "starts before"],
  ["two frames", [...START, ...frame(), ...frame(), ...END], "two frames"],
  ["lossless coding", [...START, ...frame(0xc3), ...END], "lossless"],
  ["arithmetic coding", [...START, ...frame(0xc9), ...END], "arithmetic"],
  ["12 bits", [...START, ...frame(0xc1, 12), ...END], "12 bits"],
  ["four components", [...START, ...frame(0xc0, 8, [...three, 4, 0x11, 0]), ...END], "CMYK"],
  ["no rows", [...START, ...frame(0xc0, 8, [1, 0x11, 0], 0), ...END], "not within"],
  ["too many pixels", [...START, ...frame(0xc0, 8, [1, 0x11, 0], 99), ...END], "not within"],
  ["sampling 0", [...START, ...frame(0xc0, 8, [1, 0x01, 0]), ...END], "sampling 0"],
  ["a restart outside a scan", [...START, ...segment(0xd0, 0), ...END], "out of place"],
  [
    "endless scans",
    [...START, ...TABLES, ...frame(0xc2), ...Array(65).fill(SCAN).flat(), ...END],
    "64 scans",
  ],
];
for (const [what, bytes, says] of REFUSED) {
  Deno.test(`guardJpeg refuses ${what}`, () => {
    assertThrows(() => guardJpeg(Uint8Array.from(bytes), 100), Error, says);
  });
}
