import { encodePng } from "../../src/report/png.ts";
import { dataUri, drawText, escapeXml, shorten } from "../../src/report/svg.ts";
import { assertEquals, assertThrows } from "../helpers/assert.ts";
import { checkSvg, imagesOf } from "../helpers/check_svg.ts";

Deno.test("escapeXml escapes what XML reads and replaces what it forbids", () => {
  assertEquals(escapeXml(`<a href='x'>&"`), "&lt;a href=&#39;x&#39;&gt;&amp;&quot;");
  assertEquals(escapeXml("a\u0000\u001b\u202e\ud800\uffffb"), "a�����b");
  assertEquals(escapeXml("Σ 魚 𝛼"), "Σ 魚 𝛼");
});

Deno.test("shorten cuts by characters, not UTF-16 units", () => {
  assertEquals(shorten("𝛼𝛼𝛼𝛼", 3), "𝛼𝛼…");
  assertEquals(shorten("𝛼𝛼𝛼", 3), "𝛼𝛼𝛼");
  assertEquals(shorten("a\u0007", 3), "a�");
});

Deno.test("drawText and dataUri make parts of a well-formed document", () => {
  const image = { width: 1, height: 1, rgba: Uint8Array.of(1, 2, 3, 255) };
  const part = drawText("<&>", 1, 2) +
    `<image href="${dataUri({ type: "image/png", bytes: encodePng(image) })}" />`;
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="1">${part}</svg>`;
  checkSvg(svg);
  assertEquals(imagesOf(svg), [image]);
});

Deno.test("checkSvg refuses what is open, active or from elsewhere", () => {
  const inside = (part: string) =>
    `<svg xmlns="http://www.w3.org/2000/svg" width="1">${part}</svg>`;
  checkSvg(inside("<g></g>"));
  for (
    const part of [
      ...["<g>", "</g>", "<b", "a & b", "\u0001", "<script></script>", '<g onload="x"></g>'],
      ...['<image href="https://a.b/c.png" />', '<g fill="url(#a)"></g>', '<path d="MNaN" />'],
    ]
  ) assertThrows(() => checkSvg(inside(part)), Error);
});
