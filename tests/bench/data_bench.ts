/** What happens to an image before the GPU sees it: decoding, once, and the draw of each epoch. */
import { encode } from "jpeg-js";
import { drawTransform } from "../../src/data/augment.ts";
import { decodeImage } from "../../src/data/decode.ts";
import { createRandom } from "../../src/random.ts";
import { encodePng } from "../../src/report/png.ts";

/** A black disc on white, about as large as the authors' silhouettes. */
const size = 256;
const rgba = new Uint8Array(4 * size * size);
for (let i = 0; i < size * size; i++) {
  const [row, column] = [Math.floor(i / size), i % size];
  const ink = Math.hypot(row - size / 2, column - size / 2) < size / 3;
  rgba.set(ink ? [0, 0, 0, 255] : [255, 255, 255, 255], 4 * i);
}
const png = encodePng({ width: size, height: size, rgba });
const jpeg = encode({ width: size, height: size, data: rgba }, 90).data;
const random = createRandom(0);

Deno.bench(`decodeImage PNG ${size}×${size}`, () => {
  decodeImage(png, "disc.png");
});
Deno.bench(`decodeImage JPEG ${size}×${size}`, () => {
  decodeImage(jpeg, "disc.jpg");
});
Deno.bench("drawTransform, 640 images", () => {
  for (let i = 0; i < 640; i++) drawTransform(random);
});
