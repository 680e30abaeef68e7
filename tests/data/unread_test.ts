import { checkSize, judgeFormat, Unread } from "../../src/data/unread.ts";
import { assertEquals, assertThrows } from "../helpers/assert.ts";

Deno.test("judgeFormat names what people have instead of PNG and JPEG", () => {
  const bytes = (text: string) => Uint8Array.from(text, (sign) => sign.charCodeAt(0));
  const cases: [begin: string, name: string][] = [
    ["GIF87a\x01\0\x01\0", "a GIF"],
    ["GIF89a\x01\0\x01\0", "a GIF"],
    ["RIFF\x1a\0\x0a\0WEBPVP8 ", "a WebP picture"],
    ["BM\x3a\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0\x01", "a Windows bitmap (BMP)"],
    ["BM\x3a\0\0\0\0\0\0\0\x8a\0\0\0\x7c\0\0\0\x01", "a Windows bitmap (BMP)"],
    ["II*\0\x08\0\0\0", "a TIFF or a camera's raw picture"],
    ["MM\0*\0\0\0\x08", "a TIFF or a camera's raw picture"],
    ["\0\0\0\x1cftypavif\0\0\0\0mif1", "an AVIF picture"],
    ["\0\0\0\x18ftypheic\0\0\0\0mif1", "a HEIC picture"],
    ["\0\0\0\x18ftypmif1\0\0\0\0mif1heic", "a HEIC picture"],
    ["\0\0\0\x20ftypmif1\0\0\0\0mif1avifmiaf", "an AVIF picture"],
    ["\xff\x0a\xfa\x1f", "a JPEG XL picture"],
    ["\0\0\0\x0cJXL \r\n\x87\n", "a JPEG XL picture"],
    ["\0\0\0\x0cjP  \r\n\x87\n", "a JPEG 2000 picture"],
    ["8BPS\0\x01", "a Photoshop document"],
    ["P6\n61 47\n255\n", "a PNM picture"],
  ];
  for (const [begin, name] of cases) {
    const { message } = judgeFormat(bytes(begin));
    assertEquals(message, `it is ${name}, and only PNG and JPEG are read`);
  }
  for (const begin of ["", "BMW has a new car", "P6: car", "GIF", "\0\0\0\x18ftypmp42", "<html>"]) {
    const fault = judgeFormat(bytes(begin));
    assertEquals(fault.message, "it is neither PNG nor JPEG");
    assertEquals(fault.adviceFor("a.png"), undefined);
  }
});

Deno.test("Unread gives a command for a folder that a shell may be handed", () => {
  const webp = new Unread("it is WebP", "convert"), large = new Unread("it is large", "shrink");
  assertEquals(
    ["my.set/cat.WEBP", "b.png", "b.PNG", "x/y", "a.$(rm -rf)", "a.b/c'", "a.jpg; rm *"].map((
      name,
    ) => webp.adviceFor(name)),
    [
      "'*.WEBP[0]' && rm *.WEBP",
      "'*.png[0]'", // in its place
      "'*.PNG[0]'", // on some systems the same name
      ...Array(4).fill("'*[0]'"),
    ].map((files) => `In its folder, this converts them all: mogrify -format png ${files}`),
  );
  const shrink =
    "In its folder, this makes them smaller: mogrify -define jpeg:size=4000x4000 -resize '4000x4000>' ";
  assertEquals(large.adviceFor("DSC 1.JPG"), `${shrink}*.JPG`);
  assertEquals(large.adviceFor("scan"), `${shrink}*`);
  assertEquals(new Unread("it is empty").adviceFor("a.png"), undefined);
});

Deno.test("checkSize names megapixels", () => {
  checkSize(16_320, 12_240, 2 ** 28);
  const large = () => checkSize(20_000, 15_000, 2 ** 28);
  const says = "its 20000 × 15000 pixels are 300 megapixels, more than the 268 that are read";
  assertThrows(large, Unread, says);
  const above = () => checkSize(2 ** 14, 2 ** 14 + 1, 2 ** 28);
  assertThrows(above, Unread, "are 269 megapixels, more than the 268");
  assertThrows(() => checkSize(0, 9, 2 ** 28), Error, "0 × 9 pixels");
});
