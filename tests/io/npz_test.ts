import { Failure } from "../../src/failure.ts";
import { formatNpy, type NdArray } from "../../src/io/npy.ts";
import { listNpy, listNpz } from "../../src/io/npz.ts";
import { buildZip, type ZipSpec } from "../../tasks/torture/build_zip.ts";
import { assert, assertEquals, assertRejects } from "../helpers/assert.ts";
import { withFiles } from "../helpers/folders.ts";

const kernel: NdArray = {
  shape: [2, 1, 2, 2],
  data: Float32Array.from({ length: 8 }, (_, i) => i),
};

/** An .npy file whose header says this, of so many bytes of zeros. */
function npy(descr: string, shape: string, bytes: number): Uint8Array {
  const header = `{'descr': ${descr}, 'fortran_order': False, 'shape': ${shape}, }\n`;
  const start = [0x93, ...new TextEncoder().encode("NUMPY"), 1, 0, header.length & 255];
  return new Uint8Array([
    ...[...start, header.length >> 8, ...new TextEncoder().encode(header)],
    ...new Uint8Array(bytes),
  ]);
}

/** Lists what an archive of these entries holds. */
async function list(specs: ZipSpec[], damage: (bytes: Uint8Array) => void = () => {}) {
  const bytes = buildZip(specs);
  damage(bytes);
  return await withFiles({ "net.npz": bytes }, async (dir) =>
    await Promise.all(
      (await listNpz(`${dir}/net.npz`)).map(async ({ name, shape, fault, read }) => (
        { name, shape, fault, array: fault === undefined ? await read() : undefined }
      )),
    ));
}

Deno.test("listNpz lists the arrays, stored or packed, in the archive's order, and reads them", async () => {
  const large: NdArray = { shape: [300, 300], data: new Float64Array(90_000).fill(0.5) };
  const found = await list([
    { name: "conv2.weight.npy", content: formatNpy(kernel), method: 0 },
    { name: "notes.txt", content: new Uint8Array(3) },
    { name: "conv10.weight.npy", content: formatNpy(large) },
    { name: "half.npy", content: npy("'>f2'", "(2,)", 4) },
  ]);
  assertEquals(found.map(({ name, shape }) => [name, shape]), [
    ["conv2.weight", [2, 1, 2, 2]],
    ["conv10.weight", [300, 300]],
    ["half", [2]],
  ]);
  assertEquals(found.map(({ array }) => array), [
    ...[kernel, large],
    { shape: [2], data: new Float32Array(2) },
  ]);
});

Deno.test("listNpz says which numbers it does not read, without unpacking them", async () => {
  const found = await list([
    { name: "steps.npy", content: npy("'<i8'", "()", 8) },
    { name: "complex.npy", content: npy("'<c8'", "(1,)", 8) },
    { name: "objects.npy", content: npy("'|O'", "(1,)", 8) },
    { name: "bomb.npy", content: npy("'<f4'", "(65536, 65536)", 0) },
  ]);
  const [steps, ...others] = found.map(({ fault }) => fault);
  assert(steps?.startsWith("<i8: whole numbers"), steps);
  assertEquals(others, [
    "numbers of type <c8 are not read; save it as float32",
    "numbers of type |O are not read; save it as float32",
    `its ${2 ** 34} bytes are more than ${2 ** 30}`,
  ]);
});

Deno.test("listNpz unpacks the start of an array alone until it is read", async () => {
  const content = formatNpy({ shape: [100_000], data: new Float64Array(100_000) });
  const files = { "net.npz": buildZip([{ name: "a.npy", content, size: 99 }]) };
  await withFiles(files, async (dir) => {
    const [{ shape, read }] = await listNpz(`${dir}/net.npz`);
    assertEquals(shape, [100_000]);
    await assertRejects(read, Failure, 'the entry "a.npy"'); // its size is a lie
  });
});

for (
  const [fault, content, says] of [
    ["is no array", new Uint8Array(20), "it is not an .npy file"],
    [
      "has a shape that it does not fill",
      npy("'<f4'", "(3,)", 8),
      "8 bytes of data, but shape (3)",
    ],
    ["lacks a shape", npy("'<f4'", "3", 8), "its header lacks descr, fortran_order or shape"],
  ] as const
) {
  Deno.test(`listNpz and listNpy name an array that ${fault}, its file, and what to do`, async () => {
    for (
      const { message } of [
        await assertRejects(() => list([{ name: "a.b.npy", content }]), Failure, says),
        await assertRejects(() =>
          withFiles({ "a.b.npy": content }, async (dir) => {
            const [{ read }] = await listNpy(`${dir}/a.b.npy`);
            await read();
          }), Failure),
      ]
    ) {
      const form = /^Cannot read array "a\.b" of .*\.np[yz]: .*; get or save the file again$/;
      assert(form.test(message), message);
    }
  });
}

Deno.test("listNpz refuses numbers that changed since they were packed", async () => {
  const says = 'the entry "a.npy" is damaged: its CRC-32 or size is wrong';
  const specs = [{ name: "a.npy", content: formatNpy(kernel), method: 0 }];
  await assertRejects(() => list(specs, (bytes) => bytes[35 + 128 + 5] ^= 1), Failure, says);
});
