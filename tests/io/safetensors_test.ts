import fc from "fast-check";
import { Failure } from "../../src/failure.ts";
import { listSafetensors } from "../../src/io/safetensors.ts";
import { assert, assertEquals, assertRejects } from "../helpers/assert.ts";
import { buildSafetensors, packSafetensors } from "../helpers/build_safetensors.ts";
import { test, withFiles } from "../helpers/folders.ts";

/** Lists what a file of these bytes holds, with its numbers where they can be read. */
const read = (bytes: Uint8Array) =>
  withFiles({ "net.safetensors": bytes }, async (dir) =>
    await Promise.all(
      (await listSafetensors(`${dir}/net.safetensors`)).map(async ({ name, fault, read }) => ({
        ...{ name, fault },
        values: fault === undefined ? [...(await read()).data] : undefined,
      })),
    ));

const tensor = (dtype: string, shape: number[], ...data_offsets: number[]) => ({
  ...{ dtype, shape, data_offsets },
});

Deno.test("listSafetensors reads float64, float32, float16 and bfloat16, and no others", async () => {
  const data = new Uint8Array(30);
  const view = new DataView(data.buffer);
  view.setFloat64(0, 0.1, true);
  view.setFloat32(8, -1.5, true);
  view.setUint16(12, 0x3e00, true); // 1.5 as float16
  view.setUint16(14, 0x3fc0, true); // 1.5 as bfloat16
  const header = {
    __metadata__: { format: "pt" },
    a: tensor("F64", [1], 0, 8),
    b: tensor("F32", [1, 1], 8, 12),
    c: tensor("F16", [1], 12, 14),
    d: tensor("BF16", [1], 14, 16),
    e: tensor("I64", [], 16, 24),
    f: tensor("F8_E4M3", [4], 24, 28),
    g: tensor("F4_E2M1", [4], 28, 30),
    h: tensor("F32", [0, 3], 30, 30),
  };
  const found = await read(buildSafetensors(header, data));
  assertEquals(found.map(({ name, values }) => [name, values]), [
    ...[["a", [0.1]], ["b", [-1.5]], ["c", [1.5]], ["d", [1.5]]],
    ...[["e", undefined], ["f", undefined], ["g", undefined], ["h", []]],
  ]);
  const faults = found.flatMap(({ fault }) => fault ?? []);
  assert(faults[0].startsWith("I64: whole numbers, as a quantized model has them"), faults[0]);
  assertEquals(faults.slice(1), [
    "numbers of type F8_E4M3 are not read; save it as F32",
    "numbers of type F4_E2M1 are not read; save it as F32",
  ]);
});

Deno.test("listSafetensors takes tensors in any order of their bytes", async () => {
  const header = { z: tensor("F32", [1], 4, 8), a: tensor("F32", [1], 0, 4) };
  const data = new Uint8Array(new Float32Array([1, 2]).buffer);
  const found = await read(buildSafetensors(header, data));
  assertEquals(found.map(({ name, values }) => [name, values]), [["z", [2]], ["a", [1]]]);
});

const four = new Uint8Array(4), eight = new Uint8Array(8);
const cases: [fault: string, bytes: Uint8Array, says: string][] = [
  ["ends at once", new Uint8Array(3), "it ends inside its header"],
  ["has a header past its end", buildSafetensors({}, four, 99n), "passes the end of its"],
  [
    "has a header without end",
    buildSafetensors({}, four, 2n ** 63n),
    "more than safetensors allows",
  ],
  ["has a header that is cut", buildSafetensors('{"a": ', four), "its header is no JSON"],
  ["has a list for a header", buildSafetensors("[1]", four), "no JSON object of tensors"],
  ["is cut", buildSafetensors({ a: tensor("F32", [2], 0, 8) }, four), 'tensor "a" ends at byte'],
  [
    "has overlapping tensors",
    buildSafetensors({ a: tensor("F32", [1], 0, 4), b: tensor("F32", [1], 2, 6) }, eight),
    'tensor "b" overlaps tensor "a"',
  ],
  [
    "has a gap between tensors",
    buildSafetensors({ a: tensor("F32", [], 0, 4), b: tensor("F16", [], 6, 8) }, eight),
    'tensor "b" leaves a gap behind tensor "a"',
  ],
  [
    "names one tensor twice",
    buildSafetensors(
      '{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},' +
        '"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}',
      eight,
    ),
    'tensor "a" leaves a gap behind the header',
  ],
  [
    "has bytes of no tensor",
    buildSafetensors({ a: tensor("F32", [1], 0, 4) }, eight),
    '4 bytes behind tensor "a" belong to no tensor',
  ],
  [
    "has a shape that its bytes do not fill",
    buildSafetensors({ a: tensor("F32", [3], 0, 8) }, eight),
    'tensor "a" has 8 bytes, but shape (3) of F32 needs 12',
  ],
  [
    "has a shape beyond all numbers",
    buildSafetensors({ a: tensor("F32", [2 ** 50, 2 ** 50], 0, 8) }, eight),
    'tensor "a" has 8 bytes, but shape (1125899906842624, 1125899906842624)',
  ],
  [
    "has a tensor that begins before it",
    buildSafetensors({ a: tensor("F32", [1], -4, 0) }, four),
    'tensor "a" is described as',
  ],
  [
    "has a tensor that ends before it begins",
    buildSafetensors({ a: tensor("F4_E2M1", [1], 4, 0) }, four),
    'tensor "a" has -4 bytes',
  ],
  ["has a tensor of no shape", buildSafetensors({ a: { dtype: "F32" } }, four), 'tensor "a"'],
  ["has null for a tensor", buildSafetensors({ a: null }, four), 'tensor "a" is described as null'],
];
for (const [fault, bytes, says] of cases) {
  Deno.test(`listSafetensors names a file that ${fault}, and what to do`, async () => {
    const { message } = await assertRejects(() => read(bytes), Failure, says);
    assert(
      /^Cannot read .*net\.safetensors: .*; get or save the file again$/.test(message),
      message,
    );
  });
}

Deno.test("listSafetensors reads a damaged file or refuses it, and throws nothing else", async () => {
  const good = packSafetensors({
    "conv.weight": { shape: [2, 1, 2, 2], data: new Float32Array(8) },
    "conv.bias": { shape: [2], data: new Float32Array(2) },
  });
  const damage = fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), {
    ...{ minLength: 1, maxLength: 4 },
  });
  await fc.assert(
    fc.asyncProperty(damage, fc.nat(8), async (changes, cut) => {
      const bytes = good.slice(0, good.length - cut);
      for (const [at, value] of changes) bytes[at] = value;
      await read(bytes).catch((error) => assert(error instanceof Failure, String(error)));
    }),
    { numRuns: 200 },
  );
});

test("listSafetensors reads a tensor of a file that no memory holds", async (dir) => {
  const path = `${dir}/large.safetensors`, size = 2 ** 40;
  const header = { a: tensor("F32", [1], size, size + 4), b: tensor("F32", [2 ** 38], 0, size) };
  const bytes = buildSafetensors(header, new Uint8Array());
  using file = await Deno.open(path, { write: true, create: true });
  await file.write(bytes);
  await file.seek(bytes.length + size, Deno.SeekMode.Start);
  await file.write(new Uint8Array(new Float32Array([7]).buffer));
  const [a, b] = await listSafetensors(path);
  assertEquals((await a.read()).data, new Float32Array([7]));
  assertEquals(b.fault, `its ${size} bytes are more than ${2 ** 30}`);
});
