/**
 * What is written is read back, whatever it is, and equal contents give equal bytes.
 *
 * @module
 */
import fc from "fast-check";
import { readKerasWeights, writeKerasWeights } from "../../src/io/keras_h5.ts";
import { formatNpy, type NdArray, parseNpy } from "../../src/io/npy.ts";
import { scalarRecord, versionRecord } from "../../src/io/tfevents.ts";
import { assertEquals } from "../helpers/assert.ts";
import { readEvents } from "../helpers/read_events.ts";
import { test } from "../helpers/folders.ts";

/** Up to four axes of 0 … 4, and up to 64 numbers of one kind; NaN, −0 and ∞ among the floats. */
const array: fc.Arbitrary<NdArray> = fc.tuple(
  fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 4 }).filter((shape) => sizeOf(shape) <= 64),
  fc.constantFrom("f4", "f8", "i4", "u1"),
).chain(([shape, type]) => {
  const length = { minLength: sizeOf(shape), maxLength: sizeOf(shape) };
  const data = {
    f4: () => fc.float32Array(length),
    f8: () => fc.float64Array(length),
    i4: () => fc.int32Array(length),
    u1: () => fc.uint8Array(length),
  }[type]() as fc.Arbitrary<NdArray["data"]>;
  return data.map((data) => ({ shape, data }));
});

const sizeOf = (shape: number[]) => shape.reduce((product, size) => product * size, 1);

Deno.test("formatNpy and parseNpy undo each other, to the bit, for every type and shape", () => {
  fc.assert(
    fc.property(array, (array) => {
      const bytes = formatNpy(array);
      assertEquals((bytes.length - array.data.byteLength) % 64, 0);
      const back = parseNpy(bytes);
      assertEquals(back.shape, array.shape);
      assertEquals(bitsOf(back.data), bitsOf(array.data));
      assertEquals(back.data.constructor, array.data.constructor);
      assertEquals(formatNpy(back), bytes);
    }),
    { numRuns: 1000 },
  );
});

const bitsOf = ({ buffer, byteOffset, byteLength }: NdArray["data"]) =>
  new Uint8Array(buffer.slice(byteOffset, byteOffset + byteLength));

/** Up to three layers of up to three tensors, numbered as Keras does. */
const weights = fc.array(
  fc.tuple(
    fc.constantFrom("conv2d", "dense"),
    fc.uniqueArray(fc.constantFrom("kernel", "bias", "gamma"), { minLength: 1 }),
    fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 4 }),
    fc.float32Array({ minLength: 256, maxLength: 256 }),
  ),
  { minLength: 1, maxLength: 3 },
).map((layers) => {
  const counts: Record<string, number> = {};
  return new Map(layers.flatMap(([kind, names, shape, values]) => {
    const number = counts[kind] = (counts[kind] ?? 0) + 1;
    const tensor = { shape, data: values.slice(0, sizeOf(shape)) };
    return names.map((name): [string, NdArray] => [`${kind}_${number}.${name}`, tensor]);
  }));
});

test("writeKerasWeights and readKerasWeights undo each other, to the byte", async (dir) => {
  await fc.assert(
    fc.asyncProperty(weights, async (weights) => {
      await writeKerasWeights(`${dir}/a.h5`, weights);
      const back = await readKerasWeights(`${dir}/a.h5`);
      const bits = (weights: Map<string, NdArray>) =>
        [...weights].map(([key, { shape, data }]) => [key, shape, bitsOf(data)]);
      assertEquals(bits(back), bits(weights));
      await writeKerasWeights(`${dir}/b.h5`, back);
      assertEquals(await Deno.readFile(`${dir}/b.h5`), await Deno.readFile(`${dir}/a.h5`));
    }),
    { numRuns: 200 }, // each of them waits for the disk twice
  );
});

Deno.test("scalarRecord is read back by another reader, whatever the tags and numbers", () => {
  const tag = fc.string({ unit: "grapheme", maxLength: 200 }).filter((tag) => tag !== "__proto__");
  const record = fc.record({
    wallTime: fc.double(),
    step: fc.maxSafeNat(),
    scalars: fc.dictionary(tag, fc.double(), { maxKeys: 4, noNullPrototype: true }),
  });
  fc.assert(
    fc.property(fc.double(), fc.array(record, { maxLength: 3 }), (time, records) => {
      const file = [
        versionRecord(time),
        ...records.map(({ wallTime, step, scalars }) => scalarRecord(wallTime, step, scalars)),
      ];
      assertEquals(readEvents(Uint8Array.from(file.flatMap((bytes) => [...bytes]))), [
        { wallTime: time, step: 0, version: "brain.Event:2", scalars: {} },
        ...records.map(({ wallTime, step, scalars }) => ({
          ...{ wallTime, step, version: undefined },
          scalars: Object.fromEntries(
            Object.entries(scalars).map(([tag, value]) => [tag, Math.fround(value)]),
          ),
        })),
      ]);
    }),
    { numRuns: 1000 },
  );
});
