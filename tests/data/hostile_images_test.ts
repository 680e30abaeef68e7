import { decodeImage } from "../../src/data/decode.ts";
import { assert, assertEquals, assertStringIncludes } from "../helpers/assert.ts";
import { succeeds } from "../helpers/command.ts";
import { inTempDir } from "../helpers/folders.ts";
import type { Crafted } from "../../tasks/torture/crafted.ts";
import { craftImages } from "../../tasks/torture/hostile_images.ts";

const crafted = craftImages();
const nameOf = ({ family, name }: Crafted) => `${family}: ${name}`;

/** The largest difference of two pictures; levels of a JPEG may be rounded at three places. */
function difference(actual: ArrayLike<number>, expected: Uint8Array): number {
  if (actual.length !== expected.length) return Infinity;
  return expected.reduce((most, value, i) => Math.max(most, Math.abs(value - actual[i])), 0);
}
const tolerance = ({ family }: Crafted) => family.startsWith("jpeg") ? 3 : 0;

Deno.test("decodeImage is tested with 300 crafted files of 40 families and more", () => {
  assert(crafted.length >= 300, `${crafted.length} files`);
  const families = new Set(crafted.map(({ family }) => family));
  assert(families.size >= 40, `${families.size} families`);
  assertEquals(new Set(crafted.map(nameOf)).size, crafted.length);
});

Deno.test("decodeImage shows every sound crafted file as it was made", () => {
  const wrong: string[] = [];
  for (const file of crafted.filter(({ shows }) => shows)) {
    try {
      const { width, height, pixels } = decodeImage(file.bytes, "x");
      assertEquals([width, height], [file.shows!.width, file.shows!.height]);
      const by = difference(pixels, file.shows!.pixels);
      if (by > tolerance(file)) wrong.push(`${nameOf(file)}: wrong by ${by}`);
    } catch (error) {
      wrong.push(`${nameOf(file)}: ${(error as Error).message}`);
    }
  }
  assertEquals(wrong, []);
});

Deno.test("decodeImage refuses every bad crafted file with its reason, and in time", () => {
  const wrong: string[] = [];
  for (const file of crafted.filter(({ shows }) => !shows)) {
    const start = performance.now();
    try {
      decodeImage(file.bytes, "x");
      wrong.push(`${nameOf(file)}: accepted`);
    } catch (error) {
      const { message } = error as Error;
      assertStringIncludes(message, "Cannot decode x: ");
      if (!message.includes(file.says ?? "")) wrong.push(`${nameOf(file)}: ${message}`);
      // Words of the decoders' own faults: a guard is missing.
      if (/undefined|is not|null|Invalid typed array/.test(message) && !file.says) {
        wrong.push(`${nameOf(file)}: ${message}`);
      }
    }
    const seconds = (performance.now() - start) / 1000;
    if (seconds > 1) wrong.push(`${nameOf(file)}: ${seconds} s`);
  }
  assertEquals(wrong, []);
});

/** The programs that Debian calls ImageMagick's; a stand-in of that name may lie before it. */
let magick: string | undefined;
for (const name of ["convert-im6", "convert-im6.q16", "magick"]) {
  if (await succeeds(name, "-version")) magick = name;
}

/**
 * ImageMagick 6 compares all 16 bits here; the specification (11.3.2.1) wants the lowest ones. It
 * knows no height that comes late.
 */
const DISPUTED = [
  "jpeg number of lines: behind the scan",
  "png transparent grey: 8 bit, level 4869",
  "png transparent rgb: 8 bit, 263,8,9",
];

Deno.test({
  name: "decodeImage sees sound crafted files as ImageMagick does",
  ignore: magick === undefined,
}, () =>
  inTempDir(async (dir) => {
    const sound = crafted.filter((file) => file.shows && !DISPUTED.includes(nameOf(file)));
    const args: string[] = [];
    for (const [i, { bytes }] of sound.entries()) {
      const kind = bytes[0] === 0xff ? "jpg" : "png";
      await Deno.writeFile(`${dir}/${i}.${kind}`, bytes);
      // Colours are repeated as here, not smoothed; the names are for the program alone.
      args.push("(", "-define", "jpeg:fancy-upsampling=off", `${dir}/${i}.${kind}`);
      args.push("-background", "white", "-alpha", "remove", "-depth", "8");
      args.push("-write", `rgba:${dir}/${i}.rgba`, "+delete", ")");
    }
    await new Deno.Command(magick!, { args: [...args, "null:"], stderr: "null" }).output();
    const wrong: string[] = [];
    for (const [i, file] of sound.entries()) {
      const judged = await Deno.readFile(`${dir}/${i}.rgba`).catch(() => new Uint8Array());
      const by = difference(decodeImage(file.bytes, "x").pixels, judged);
      // It composes 16-bit alpha before it cuts to 8 bits.
      if (by > tolerance(file) + 2) wrong.push(`${nameOf(file)}: ${by}`);
    }
    assertEquals(wrong, []);
  }));
