import { readImageFolder } from "../../src/data/folder.ts";
import { SHAPES_PHASE1 } from "../../src/data/silhouettes_phase1.ts";
import { SHAPES_PHASE2 } from "../../src/data/silhouettes_phase2.ts";
import { drawSilhouette, writeSyntheticSet } from "../../src/data/draw_silhouettes.ts";
import { createRandom } from "../../src/random.ts";
import {
  assert,
  assertEquals,
  assertNotEquals,
  assertRejects,
  assertSameFile,
} from "../helpers/assert.ts";
import { test } from "../helpers/folders.ts";

const shapes = { ...SHAPES_PHASE1, ...SHAPES_PHASE2 };

Deno.test("drawSilhouette draws thirty shapes, each in one colour with room around it", () => {
  assertEquals([Object.keys(SHAPES_PHASE1).length, Object.keys(SHAPES_PHASE2).length], [20, 10]);
  assertEquals(Object.keys(shapes).length, 30);
  const size = 64;
  for (const [name, shape] of Object.entries(shapes)) {
    for (let seed = 0; seed < 5; seed++) {
      const pixels = drawSilhouette(shape, createRandom(seed), size);
      const inked = (i: number) => pixels[4 * i] + pixels[4 * i + 1] + pixels[4 * i + 2] < 765;
      const places = Array.from({ length: size * size }, (_, i) => i).filter(inked);
      const share = places.length / size ** 2;
      assert(share > 0.04 && share < 0.75, `${name} ${seed}: ${share} of the picture`);
      const border = places.filter((i) =>
        [0, size - 1].includes(i % size) || [0, size - 1].includes(Math.floor(i / size))
      );
      assertEquals(border, [], `${name} ${seed} touches the border`);
    }
  }
});

Deno.test("drawSilhouette draws the same for a seed and another for the next", () => {
  const draw = (seed: number) => drawSilhouette(SHAPES_PHASE1.fish, createRandom(seed), 32);
  assertEquals(draw(1), draw(1));
  assertNotEquals(draw(1), draw(2));
});

test("writeSyntheticSet writes a set that readImageFolder reads", async (parent) => {
  const dir = `${parent}/deep/set`;
  const phase2 = { train: 2, valid: 1, test: 1 };
  const calls: number[][] = [];
  const onProgress = (done: number, total: number) => calls.push([done, total]);
  await writeSyntheticSet(dir, { perClass: 1, size: 24, seed: 3, phase2, onProgress });
  assertEquals(calls.length, 60);
  assertEquals(calls.at(-1), [60, 60]);

  const size: [number, number] = [24, 24];
  const phase1 = await readImageFolder(`${dir}/phase1`, { size });
  assertEquals(phase1.classes, Object.keys(SHAPES_PHASE1).sort());
  assert(phase1.names.every((name) => name.endsWith(".jpg")));
  const train = await readImageFolder(`${dir}/phase2/train`, { size });
  assertEquals(train.classes, Object.keys(SHAPES_PHASE2).sort());
  assertEquals(train.names.length, 20);
  const test = await readImageFolder(`${dir}/phase2/test`, { size, classes: train.classes });
  assertNotEquals(test.pixels.slice(0, 24 * 24 * 4), train.pixels.slice(0, 24 * 24 * 4));

  await writeSyntheticSet(`${parent}/again`, { perClass: 1, size: 24, seed: 3, phase2 });
  const star = "phase1/star/star-01.jpg";
  assertSameFile(`${parent}/again/${star}`, `${dir}/${star}`);
});

test("writeSyntheticSet leaves nothing behind when it is interrupted, and overwrites nothing", async (parent) => {
  const onProgress = (done: number) => {
    if (done === 3) throw new Error("stop");
  };
  const write = () => writeSyntheticSet(`${parent}/set`, { perClass: 1, size: 8, onProgress });
  await assertRejects(write, Error, "stop");
  assertEquals([...Deno.readDirSync(parent)], []);
  await Deno.mkdir(`${parent}/set`);
  await assertRejects(() => writeSyntheticSet(`${parent}/set`), Error, "set: it exists");
});
