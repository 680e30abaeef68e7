import { decodeImage } from "../../src/data/decode.ts";
import { createRandom } from "../../src/random.ts";
import { assert, assertEquals, assertThrows } from "../helpers/assert.ts";
import { pickPixels, sourceIndices } from "../../src/data/resize.ts";
import { buildJpeg } from "../../tasks/torture/build_jpeg.ts";
import { buildPng } from "../../tasks/torture/build_png.ts";

const FIXTURES = new URL("../fixtures/data/", import.meta.url);
const fixture = (name: string) => Deno.readFileSync(new URL(name, FIXTURES));

/** What Pillow reads from the fixtures at "row column", composited on white, and its sums. */
const PILLOW: {
  name: string;
  tolerance: number;
  pixels: Record<string, number[]>;
  sums: number[];
}[] = [
  {
    name: "progressive.jpg",
    tolerance: 3,
    pixels: {
      "0 0": [41, 199, 62],
      "3 5": [91, 163, 97],
      "7 11": [150, 116, 141],
      "11 16": [201, 68, 183],
    },
    sums: [24484, 27326, 24869],
  },
  {
    name: "grey.jpg",
    tolerance: 2,
    pixels: { "0 0": [136, 136, 136], "3 5": [134, 134, 134], "11 16": [121, 121, 121] },
    sums: [26197, 26197, 26197],
  },
  {
    name: "palette.png",
    tolerance: 0,
    pixels: {
      "0 0": [255, 255, 255],
      "3 5": [255, 255, 255],
      "7 11": [160, 140, 140],
      "11 16": [160, 92, 156],
    },
    sums: [29880, 29742, 29994],
  },
];

for (const { name, tolerance, pixels: expected, sums } of PILLOW) {
  Deno.test(`decodeImage reads ${name} as Pillow does`, () => {
    const { width, height, pixels } = decodeImage(fixture(name), name);
    assertEquals([width, height], [17, 12]);
    for (const [place, colour] of Object.entries(expected)) {
      const [row, column] = place.split(" ").map(Number);
      colour.forEach((value, c) => {
        const actual = pixels[(row * width + column) * 4 + c];
        assert(Math.abs(actual - value) <= tolerance, `${place}: ${actual}, not ${value}`);
      });
    }
    sums.forEach((sum, c) => {
      const actual = pixels.reduce((total, value, i) => i % 4 === c ? total + value : total, 0);
      assert(Math.abs(actual - sum) <= tolerance * 100, `channel ${c}: sum ${actual}, not ${sum}`);
    });
  });
}

Deno.test("decodeImage resizes by nearest neighbour, and still tells the size of the file's picture", () => {
  const random = createRandom(6);
  const [width, height] = [23, 17];
  const samples = Array.from({ length: width * height }, () => random.integer(4));
  const picture = { width, height, depth: 2, colour: 0, samples };
  const components = [{ id: 1, h: 2, v: 1 }, { id: 2, h: 1, v: 1 }, { id: 3, h: 1, v: 1 }];
  const files = [
    buildPng(picture),
    buildPng({ ...picture, interlaced: true }),
    buildJpeg({ width, height, components }).file,
  ];
  for (const file of files) {
    const whole = decodeImage(file, "whole");
    for (
      const size of [{ height: 5, width: 40 }, { height: 17, width: 23 }, { height: 1, width: 1 }]
    ) {
      const { pixels, ...shape } = decodeImage(file, "small", size);
      assertEquals(shape, { width, height });
      const rows = sourceIndices(height, size.height), columns = sourceIndices(width, size.width);
      assertEquals(pixels, pickPixels(whole.pixels, width, rows, columns));
    }
  }
});

Deno.test("decodeImage goes by the first bytes, wherever they lie, not by the name", () => {
  const file = fixture("palette.png");
  const inside = new Uint8Array(file.length + 30).subarray(13, 13 + file.length);
  inside.set(file);
  assertEquals(decodeImage(inside, "lie.jpg"), decodeImage(file, "palette.png"));
});

Deno.test("decodeImage names what it cannot read, why, and what to do", () => {
  const messageOf = (bytes: Uint8Array, name: string) =>
    assertThrows(() => decodeImage(bytes, name)).message;
  const advice = "Save it again as PNG or JPEG, or remove it";
  assertEquals(
    messageOf(new TextEncoder().encode("no picture"), "a/b.png"),
    `Cannot decode a/b.png: it is neither PNG nor JPEG. ${advice}`,
  );
  assertEquals(messageOf(new Uint8Array(), "e"), `Cannot decode e: the file is empty. ${advice}`);
  const cut = fixture("grey.jpg").subarray(0, -2);
  assertEquals(
    messageOf(cut, "cut.jpg"),
    "Cannot decode cut.jpg: it is damaged: its image does not come to its end. " +
      advice,
  );
});

Deno.test("decodeImage reads or refuses damaged files, and always comes to an end", () => {
  const random = createRandom(1);
  let refused = 0;
  for (const name of ["progressive.jpg", "grey.jpg", "palette.png"]) {
    for (let round = 0; round < 300; round++) {
      const bytes = fixture(name);
      for (let k = random.integer(3); k >= 0; k--) {
        bytes[random.integer(bytes.length)] = [0, 255, random.integer(256)][random.integer(3)];
      }
      const cut = random.integer(3) ? bytes : bytes.subarray(0, random.integer(bytes.length));
      try {
        const { width, height, pixels } = decodeImage(cut, name);
        assertEquals(pixels.length, width * height * 4);
      } catch (error) {
        assert(error instanceof Error && error.message.startsWith(`Cannot decode ${name}: `));
        refused++;
      }
    }
  }
  assert(refused > 400, `${refused} of 900`);
});
