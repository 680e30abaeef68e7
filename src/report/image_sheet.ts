/**
 * Many small images on one sheet.
 *
 * @module
 */
import { encodePng, type Image } from "./png.ts";
import { blank, paste } from "./raster.ts";

/**
 * Draws images in rows from the upper left as a PNG. Larger ones are shrunk by averaging areas;
 * smaller ones are enlarged by whole numbers, so that their pixels stay squares.
 *
 * @param images At least one; any sizes. Transparent pixels are laid on white.
 * @param options.columns Images in a row. Default 8.
 * @param options.side The longer side of an image on the sheet, in pixels, at most. Default 100.
 * @param options.gap White between images and around them, in pixels. Default 4.
 * @returns The bytes of the PNG.
 * @throws {RangeError} If there are no images.
 */
export function drawImageSheet(
  images: readonly Image[],
  { columns = 8, side = 100, gap = 4 }: { columns?: number; side?: number; gap?: number } = {},
): Uint8Array<ArrayBuffer> {
  if (images.length === 0) {
    throw new RangeError("Cannot draw a sheet of images: there are none");
  }
  const thumbnails = images.map((image) => fit(image, side));
  const perRow = Math.min(columns, images.length);
  const width = Math.max(...thumbnails.map((image) => image.width));
  const height = Math.max(...thumbnails.map((image) => image.height));
  const sheet = blank(
    gap + perRow * (width + gap),
    gap + Math.ceil(images.length / perRow) * (height + gap),
  );
  thumbnails.forEach((image, i) =>
    paste(
      sheet,
      image,
      gap + (i % perRow) * (width + gap),
      gap + Math.floor(i / perRow) * (height + gap),
    )
  );
  return encodePng(sheet);
}

/** Scales an image so that its longer side is at most `side`, and lays it on white. */
function fit(image: Image, side: number): Image {
  const longer = Math.max(image.width, image.height);
  const factor = longer > side ? side / longer : Math.max(1, Math.floor(side / longer));
  const width = Math.max(1, Math.round(image.width * factor));
  const height = Math.max(1, Math.round(image.height * factor));
  const scaled = blank(width, height);
  for (let y = 0; y < height; y++) {
    const rows = overlap(y, height, image.height);
    for (let x = 0; x < width; x++) {
      const columns = overlap(x, width, image.width);
      const sum = [0, 0, 0];
      for (const row of rows) {
        for (const column of columns) {
          const at = (row.index * image.width + column.index) * 4;
          const alpha = image.rgba[at + 3] / 255, share = row.share * column.share;
          for (let c = 0; c < 3; c++) {
            sum[c] += share * (alpha * image.rgba[at + c] + (1 - alpha) * 255);
          }
        }
      }
      scaled.rgba.set(sum.map(Math.round), (y * width + x) * 4);
    }
  }
  return scaled;
}

/** The pixels of a row of `from` that pixel `index` of a row of `to` covers, with their shares. */
function overlap(index: number, to: number, from: number): { index: number; share: number }[] {
  const start = index * from / to, end = (index + 1) * from / to;
  const covered: { index: number; share: number }[] = [];
  for (let i = Math.floor(start); i < end; i++) {
    const share = (Math.min(end, i + 1) - Math.max(start, i)) / (end - start);
    if (share > 1e-9) covered.push({ index: i, share });
  }
  return covered;
}
