import { decodeImage } from "../../src/data/decode.ts";
import { createRandom } from "../../src/random.ts";
import { assert, assertEquals, assertThrows } from "../helpers/assert.ts";
import { pickPixels, sourceIndices } from "../../src/data/resize.ts";
import { buildJpeg } from "../../tasks/torture/build_jpeg.ts";
import { buildPng, chunk } from "../../tasks/torture/build_png.ts";

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

const PALETTE = Array.from({ length: 256 }, (_, i) => [i, 255 - i, i * 7 % 256]);

/** The red, green, blue, alpha that raw samples stand for. */
function meaning(colour: number, depth: number, s: number[]): number[] {
  const byte = (value: number) => depth === 16 ? value >> 8 : value * 255 / (2 ** depth - 1);
  if (colour === 3) return [...PALETTE[s[0]], 255];
  if (colour === 0) return [...[s[0], s[0], s[0]].map(byte), 255];
  if (colour === 4) return [s[0], s[0], s[0], s[1]].map(byte);
  return [byte(s[0]), byte(s[1]), byte(s[2]), colour === 6 ? byte(s[3]) : 255];
}

Deno.test("decodeImage reads every kind of PNG, interlaced ones too, and puts alpha on white", () => {
  const random = createRandom(5);
  const kinds = [[0, 1, 1], [0, 2, 1], [0, 4, 1], [0, 8, 1], [0, 16, 1], [2, 8, 3], [2, 16, 3]];
  kinds.push([3, 1, 1], [3, 2, 1], [3, 4, 1], [3, 8, 1], [4, 8, 2], [4, 16, 2], [6, 8, 4]);
  kinds.push([6, 16, 4]);
  for (const [colour, depth, channels] of kinds) {
    for (const interlaced of [false, true]) {
      const [width, height] = [11, 9];
      const samples = Array.from(
        { length: width * height * channels },
        () => random.integer(2 ** depth),
      );
      const before = colour === 3 ? [chunk("PLTE", PALETTE.slice(0, 2 ** depth).flat())] : [];
      const file = buildPng({ width, height, depth, colour, samples, interlaced, before });
      const picture = decodeImage(file, "built.png");
      const expected = Array.from({ length: width * height }, (_, i) => {
        const [r, g, b, a] = meaning(colour, depth, samples.slice(i * channels));
        return [...[r, g, b].map((v) => Math.round(v * (a / 255) + 255 * (1 - a / 255))), 255];
      }).flat();
      assertEquals([...picture.pixels], expected, `colour ${colour}, ${depth} bits, ${interlaced}`);
    }
  }
});

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

Deno.test("decodeImage turns the colour that tRNS names into white", () => {
  const shown = (depth: number, colour: number, samples: number[], transparent: number[]) => {
    const before = [chunk("tRNS", transparent)], height = samples.length / (colour === 2 ? 6 : 2);
    const file = buildPng({ width: 2, height, depth, colour, samples, before });
    return [...decodeImage(file, "built.png").pixels];
  };
  const white = [255, 255, 255, 255];
  assertEquals(shown(8, 0, [7, 8], [0, 7]), [...white, 8, 8, 8, 255]);
  assertEquals(shown(1, 0, [0, 1, 1, 0], [0, 0]), Array(16).fill(255));
  assertEquals(shown(8, 2, [1, 2, 3, 1, 2, 4], [0, 1, 0, 2, 0, 3]), [...white, 1, 2, 4, 255]);
});

Deno.test("decodeImage shows the still image of an animated PNG", () => {
  const frame = [0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 1, 0, 0];
  const before = [chunk("acTL", [0, 0, 0, 2, 0, 0, 0, 0]), chunk("fcTL", frame)];
  const file = buildPng({ width: 1, height: 1, depth: 8, colour: 0, samples: [9], before });
  assertEquals([...decodeImage(file, "animated").pixels], [9, 9, 9, 255]);
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
