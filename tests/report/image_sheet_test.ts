import { drawImageSheet } from "../../src/report/image_sheet.ts";
import type { Image } from "../../src/report/png.ts";
import { assertEquals, assertThrows } from "../helpers/assert.ts";
import { decodePng, pixel } from "../helpers/check_svg.ts";

const WHITE = [255, 255, 255, 255];

/** An image whose pixels are these greys. */
function image(width: number, greys: number[], alpha = 255): Image {
  const rgba = Uint8Array.from(greys.flatMap((level) => [level, level, level, alpha]));
  return { width, height: greys.length / width, rgba };
}

/** Draws and decodes. */
const sheet = (...of: Parameters<typeof drawImageSheet>) => decodePng(drawImageSheet(...of));

Deno.test("drawImageSheet lays images in rows with gaps between and around them", () => {
  const black = image(1, [0]);
  const drawn = sheet([black, black, black], { columns: 2, side: 1, gap: 1 });
  const rows = Array.from(
    { length: drawn.height },
    (_, y) =>
      Array.from({ length: drawn.width }, (_, x) => pixel(drawn, x, y)[0] === 0 ? "#" : ".").join(
        "",
      ),
  );
  assertEquals(rows, [".....", ".#.#.", ".....", ".#...", "....."]);
});

Deno.test("drawImageSheet shrinks by averaging areas, also by factors that are not whole", () => {
  const halved = sheet([image(4, [0, 100, 10, 20, 200, 100, 30, 40])], { side: 2, gap: 0 });
  assertEquals([halved.width, halved.height], [2, 1]);
  assertEquals([pixel(halved, 0, 0)[0], pixel(halved, 1, 0)[0]], [100, 25]);
  // 3 → 2: the middle pixel is shared.
  const narrow = sheet([image(3, [0, 90, 240])], { side: 2, gap: 0 });
  assertEquals([pixel(narrow, 0, 0)[0], pixel(narrow, 1, 0)[0]], [30, 190]);
});

Deno.test("drawImageSheet enlarges by whole numbers, pixels staying squares", () => {
  const drawn = sheet([image(2, [0, 50])], { side: 5, gap: 0 });
  assertEquals([drawn.width, drawn.height], [4, 2]);
  assertEquals([0, 1, 2, 3].map((x) => pixel(drawn, x, 1)[0]), [0, 0, 50, 50]);
});

Deno.test("drawImageSheet lays transparency on white", () => {
  const drawn = sheet([image(1, [0], 0)], { side: 1, gap: 0 });
  assertEquals(pixel(drawn, 0, 0), WHITE);
});

Deno.test("drawImageSheet refuses no images at all", () => {
  const draw = () => drawImageSheet([]);
  assertThrows(draw, RangeError, "Cannot draw a sheet of images: there are none");
});
