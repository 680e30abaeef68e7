import { openGpu } from "../../src/gpu/device.ts";
import {
  blocksAtMost,
  createSheet,
  createSnapshots,
  downloadSheet,
  sheetConstants,
  uploadSheet,
} from "../../src/gpu/sheet.ts";
import { sizeOf } from "../../src/gpu/tensor.ts";
import { assertEquals, assertRejects, assertThrows } from "../helpers/assert.ts";
import { gpu, withLimits } from "../helpers/device.ts";

/** The same GPU with small textures, so that blocks stand in several columns. */
const narrow = (maxTextureDimension2D: number) => withLimits({ maxTextureDimension2D });

Deno.test("createSheet stacks blocks downwards, then in further columns", () => {
  const sheet = createSheet(narrow(10), "x", [1, 3, 4, 5], "r32uint"); // two blocks fit below each other
  assertEquals(sheetConstants("X", sheet), { X_DOWN: 2, X_HEIGHT: 4, X_WIDTH: 5 });
  assertEquals([sheet.texture.width, sheet.texture.height], [10, 8]);
  assertEquals(blocksAtMost(narrow(10), 4, 5), 4);
  assertEquals(blocksAtMost(narrow(10), 11, 1), 0);
});

Deno.test("createSheet gives shaders the same numbers for as many blocks as one column holds", () => {
  for (const blocks of [1, 2, 3]) {
    const sheet = createSheet(narrow(15), "x", [blocks, 4, 5]);
    assertEquals(sheetConstants("X", sheet), { X_DOWN: 3, X_HEIGHT: 4, X_WIDTH: 5 });
    assertEquals([sheet.texture.width, sheet.texture.height], [5, 4 * blocks]);
  }
});

Deno.test("uploadSheet and downloadSheet keep every texel, in one column of blocks or more", async () => {
  for (const [side, shape] of [[100, [3, 4, 5]], [10, [2, 2, 4, 5]], [8, [4, 3, 1]]] as const) {
    const values = new Float32Array(4 * sizeOf(shape)).map((_, i) => i + 1);
    const sheet = createSheet(narrow(side), "x", shape);
    assertEquals(await downloadSheet(gpu, sheet), values.map(() => 0));
    uploadSheet(gpu, sheet, values);
    assertEquals(await downloadSheet(gpu, sheet), values, `[${shape}] on ${side}`);
  }
});

Deno.test("createSnapshots keeps a sheet as it was at each moment", async () => {
  const sheet = createSheet(narrow(8), "x", [4, 3, 1]); // two columns of blocks
  const values = [1, 2, 3].map((first) => new Float32Array(48).map((_, i) => 100 * first + i));
  const snapshots = createSnapshots(gpu, sheet, 4);
  for (const state of values) {
    uploadSheet(gpu, sheet, state);
    snapshots.take();
  }
  assertEquals(await snapshots.download(), values);
  const words = createSheet(gpu, "pixels", [1, 1, 1], "r32uint");
  assertThrows(() => createSnapshots(gpu, words, 1), TypeError, "it holds no floats");
  assertThrows(() => createSnapshots(gpu, sheet, 1e9), RangeError, "x 1000000000 times");
});

Deno.test("createSheet and uploadSheet name what does not fit", () => {
  const create = (shape: number[]) => createSheet(narrow(10), "the maps", shape);
  assertThrows(() => create([1, 2.5, 3]), RangeError, "Cannot create the maps: shape [1,2.5,3]");
  assertThrows(() => create([5, 4, 5]), RangeError, "does not fit the adapter's textures of 10×10");
  const sheet = create([1, 2, 3]);
  const short = new Float32Array(23);
  assertThrows(() => uploadSheet(gpu, sheet, short), TypeError, "92 bytes do not fill [1,2,3]");
});

Deno.test("a scope frees its sheets", async () => {
  const own = await openGpu(); // which remembers the error
  const sheet = await own.scope((scoped) => Promise.resolve(createSheet(scoped, "x", [1, 1, 1])));
  const write = () => uploadSheet(own, sheet, new Float32Array(4));
  await assertRejects(() => own.guard("write", write), Error, "Cannot write: ");
  own.close();
});
