/**
 * Crafted image files, written in code: sound ones with what they show, and bad ones of which none may
 * be taken for a picture, hang or crash the reader. The reader's own documentation decides what is
 * not read although other programs do.
 *
 * @module
 */
import { deflateSync } from "node:zlib";
import { buildJpeg } from "./build_jpeg.ts";
import { buildPng, hex, join } from "./build_png.ts";
import { type Crafted, listFamilies } from "./crafted.ts";
import { craftJpegs } from "./hostile_jpeg.ts";
import { craftPngs } from "./hostile_png.ts";

/** All crafted files. */
export function craftImages(): Crafted[] {
  return [...craftPngs(), ...craftJpegs(), ...craftOthers()];
}

/** Files of other kinds, under whatever name. */
function craftOthers(): Crafted[] {
  const png = buildPng({ width: 2, height: 2, depth: 8, colour: 0, samples: [1, 2, 3, 4] });
  const jpeg = buildJpeg({ width: 8, height: 8, components: [{ id: 1, h: 1, v: 1 }] }).file;
  const ascii = (text: string, ...more: number[]) =>
    join(new TextEncoder().encode(text), Uint8Array.from(more));
  const utf16 = (text: string) =>
    Uint8Array.from([255, 254, ...[...text].flatMap((sign) => [sign.charCodeAt(0), 0])]);
  const pixels = Array(64).fill(7);
  const gif = hex("0100 0100 80 00 00 000000 ffffff 2c 0000 0000 0100 0100 00 02 02 44 01 00 3b");
  const bmp = hex("3a000000 00000000 36000000 28000000 01000000 01000000 0100 18");
  const ico = [0, 0, 1, 0, 1, 0, 2, 2, 0, 0, 1, 0, 8, 0, png.length, 0, 0, 0, 22, 0, 0, 0];
  const entity = '<!DOCTYPE s [<!ENTITY x SYSTEM "file:///etc/passwd">]>';
  const lfs = "version https://git-lfs.github.com/spec/v1\noid sha256:00\n";
  const bad = listFamilies("", {
    gif: [
      ["87a", ascii("GIF87a", ...gif)],
      ["89a", ascii("GIF89a", 1, 0, 1, 0, 0, 0, 0, 0x3b)],
    ],
    webp: [
      ["lossy", ascii("RIFF", 26, 0, 0, 0, ...ascii("WEBPVP8 "), 14, 0, 0, 0, ...pixels)],
      ["lossless", ascii("RIFF", 26, 0, 0, 0, ...ascii("WEBPVP8L"), 14, 0, 0, 0, 0x2f, ...pixels)],
    ],
    bmp: [["24 bit", ascii("BM", ...bmp, ...pixels)]],
    tiff: [
      ["little-endian", ascii("II", 42, 0, 8, 0, 0, 0, 0, 0, ...pixels)],
      ["big-endian", ascii("MM", 0, 42, 0, 0, 0, 8, 0, 0, ...pixels)],
    ],
    ico: [["with a png", join(Uint8Array.from(ico), png)]],
    "avif and heic": [
      ["avif", ascii("\0\0\0\x1cftypavif\0\0\0\0mif1", ...pixels)],
      ["heic", ascii("\0\0\0\x18ftypheic\0\0\0\0", ...pixels)],
    ],
    "jpeg 2000 and xl": [
      ["jp2", Uint8Array.from([0, 0, 0, 12, 0x6a, 0x50, 0x20, 0x20, 13, 10, 0x87, 10])],
      ["codestream", Uint8Array.from([0xff, 0x4f, 0xff, 0x51, ...pixels])],
      ["xl", Uint8Array.from([0xff, 0x0a, ...pixels])],
    ],
    svg: [
      ["plain", ascii('<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>')],
      ["with entities", ascii(`<?xml version="1.0"?>${entity}<svg>&x;</svg>`)],
    ],
    html: [
      ["a login page", ascii("<!DOCTYPE html><html>Please log in to this network</html>")],
      ["a page with a png inside", join(ascii("<html>"), png)],
    ],
    text: [
      ["plain", ascii("no picture\n")],
      ["UTF-16", utf16("no picture")],
      ["NULs", new Uint8Array(1000)],
      ["a link to another file", ascii(lfs)],
    ],
    documents: [
      ["pdf", ascii("%PDF-1.7\n%%EOF")],
      ["postscript", ascii("%!PS-Adobe-3.0 EPSF-3.0\nquit")],
      ["photoshop", ascii("8BPS", 0, 1, 0, 0, 0, 0, 0, 0, 0, 3, ...pixels)],
      ["zip", ascii("PK\x03\x04", ...pixels)],
      ["gzip", Uint8Array.from([0x1f, 0x8b, 8, 0, ...deflateSync(png)])],
      ["a program", Uint8Array.from([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, ...pixels])],
    ],
    "simple pictures": [
      ["pgm", ascii("P5 1 1 255\n", 7)],
      ["xpm", ascii("/* XPM */ static char * x[] = {}")],
      ["tga", Uint8Array.from([0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 1, 0, 24, 0, 1, 2, 3])],
    ],
    "relatives of png": [
      ["mng", join(Uint8Array.of(0x8a, 0x4d), png.subarray(2))],
      ["jng", join(Uint8Array.of(0x8b, 0x4a), png.subarray(2))],
    ],
    "something in front": [
      ["a mark of UTF-8 before png", join(Uint8Array.of(0xef, 0xbb, 0xbf), png)],
      ["a line before jpeg", join(ascii("\n"), jpeg)],
      ["a mail's header", join(ascii("Content-Type: image/jpeg\r\n\r\n"), jpeg)],
    ],
    "as text": [
      ["base64", ascii(btoa(String.fromCharCode(...png)))],
      ["data url", ascii(`data:image/jpeg;base64,${btoa(String.fromCharCode(...jpeg))}`)],
      ["UTF-8 once too often", ascii(String.fromCharCode(...jpeg))],
    ],
    mixtures: [
      ["jpeg's start on png", join(Uint8Array.of(0xff, 0xd8), png)],
      ["png's start on jpeg", join(png.subarray(0, 8), jpeg)],
      ["jpeg backwards", jpeg.toReversed()],
      ["bytes in pairs swapped", jpeg.map((_, i) => jpeg[i ^ 1] ?? 0)],
    ],
    empty: [
      ["no byte", new Uint8Array()],
      ["one byte", Uint8Array.of(0xff)],
      ["png's first byte", Uint8Array.of(0x89)],
      ["png's signature", png.slice(0, 8)],
    ],
  });
  const shown = Uint8Array.from([1, 2, 3, 4].flatMap((v) => [v, v, v, 255]));
  const shows = { width: 2, height: 2, pixels: shown };
  return [...bad, { family: "renamed", name: "a png called cat.jpg", bytes: png, shows }];
}
