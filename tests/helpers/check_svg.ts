/**
 * Reads SVG strings without a browser, strictly: what it refuses, an XML parser refuses.
 *
 * @module
 */
import UPNG from "upng-js";
import type { Image } from "../../src/report/png.ts";
import { assert, assertEquals } from "./assert.ts";

const TAG = /<(\/?)([a-z]+)((?: [\w:-]+="[^"<]*")*) ?(\/?)>/g;

/** An element: its name and attributes. */
export interface Element {
  name: string;
  attributes: Record<string, string>;
}

/** Fails unless the text is one well-formed document that is complete in itself. */
export function checkSvg(svg: string): void {
  assert(svg.startsWith('<svg xmlns="http://www.w3.org/2000/svg" '), svg.slice(0, 80));
  assertEquals(svg.replace(TAG, "").match(/[<>]/), null);
  assertEquals(svg.match(/&(?!(amp|lt|gt|quot|#\d+);)/), null);
  const drawn = svg.replaceAll(/;base64,[^"]*/g, "");
  assertEquals(drawn.match(/[^\n\P{Cc}]|NaN|Infinity|undefined/u), null);
  const open: string[] = [];
  for (const [, closing, name, , empty] of svg.matchAll(TAG)) {
    if (closing) assertEquals(name, open.pop());
    else if (!empty) open.push(name);
  }
  assertEquals(open, []);
  for (const { name, attributes } of elementsOf(svg)) {
    assert(!["script", "style", "a", "use", "foreignObject"].includes(name), name);
    for (const [key, value] of Object.entries(attributes)) {
      assert(key !== "id" && !key.startsWith("on") && !value.includes("url("), `${key}=${value}`);
      if (/href|src/.test(key)) assert(value.startsWith("data:image/png;base64,"), value);
    }
  }
}

/** All elements, or those of one name, in their order. */
export function elementsOf(svg: string, wanted?: string): Element[] {
  return [...svg.matchAll(TAG)].filter(([, closing]) => !closing).map(([, , name, text]) => ({
    name,
    attributes: Object.fromEntries(
      [...text.matchAll(/ ([\w:-]+)="([^"]*)"/g)].map(([, key, value]) => [key, value]),
    ),
  })).filter(({ name }) => wanted === undefined || name === wanted);
}

/** The points of each line (not curve) of the charts, with the stroke and width of its mark. */
export function linesOf(svg: string): { stroke: string; width: string; points: number[][] }[] {
  return [...svg.matchAll(/<g [^>]*aria-label="line">.*?<\/g>/g)].flatMap(([group]) => {
    const [{ attributes: mark }, ...paths] = elementsOf(group);
    return paths.map(({ attributes }) => ({
      stroke: attributes.stroke ?? mark.stroke,
      width: mark["stroke-width"],
      points: attributes.d.slice(1).split(/[ML]/).map((point) => point.split(",").map(Number)),
    }));
  });
}

/** The lines of text, in their order, entities resolved. */
export function textsOf(svg: string): string[] {
  const signs: Record<string, string> = { amp: "&", lt: "<", gt: ">", quot: '"', "#39": "'" };
  return [...svg.matchAll(/<text[^>]*>([^<]*)<\/text>/g)]
    .map(([, text]) => text.replace(/&([^;]+);/g, (_, name) => signs[name]));
}

/** The pictures inside, decoded. */
export function imagesOf(svg: string): Image[] {
  return elementsOf(svg, "image").map(({ attributes: { href } }) =>
    decodePng(Uint8Array.fromBase64(href.split(",")[1]))
  );
}

/** A PNG, decoded. */
export function decodePng({ buffer }: Uint8Array<ArrayBuffer>): Image {
  const png = UPNG.decode(buffer);
  return { width: png.width, height: png.height, rgba: new Uint8Array(UPNG.toRGBA8(png)[0]) };
}

/** A pixel's red, green, blue and alpha. */
export function pixel(image: Image, x: number, y: number): number[] {
  return [...image.rgba.subarray((y * image.width + x) * 4, (y * image.width + x) * 4 + 4)];
}
