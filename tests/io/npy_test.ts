import { assertEquals, assertRejects, assertThrows } from "../helpers/assert.ts";
import { formatNpy, parseNpy, readNpy, writeNpy } from "../../src/io/npy.ts";
import { test } from "../helpers/folders.ts";

/** An .npy file from its parts, by the letter of the format. */
function file(dict: string, data: ArrayBuffer | number[], version = 1): Uint8Array {
  const header = new TextEncoder().encode(dict + "\n");
  const length = version === 1 ? [header.length, 0] : [header.length, 0, 0, 0];
  const magic = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, version, 0];
  return new Uint8Array([...magic, ...length, ...header, ...new Uint8Array(data)]);
}

function dict(descr: string, shape: string, fortran = "False"): string {
  return `{'descr': '${descr}', 'fortran_order': ${fortran}, 'shape': ${shape}, }`;
}

Deno.test("formatNpy writes the bytes that numpy.save writes", () => {
  const bytes = formatNpy({ shape: [2, 1], data: new Float32Array([1, -2]) });
  const text = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 1), }".padEnd(117) + "\n";
  assertEquals(bytes.subarray(0, 10), new Uint8Array([147, 78, 85, 77, 80, 89, 1, 0, 118, 0]));
  assertEquals(new TextDecoder().decode(bytes.subarray(10, 128)), text);
  assertEquals(bytes.subarray(128), new Uint8Array([0, 0, 128, 63, 0, 0, 0, 192]));
});

Deno.test("parseNpy and formatNpy read views into a larger buffer", () => {
  const shifted = new Uint8Array([9, ...formatNpy({ shape: [1], data: new Float64Array([5]) })]);
  assertEquals(parseNpy(shifted.subarray(1)).data, new Float64Array([5]));
  const part = new Float32Array([1, 2, 3]).subarray(1, 2);
  assertEquals(parseNpy(formatNpy({ shape: [1], data: part })).data, new Float32Array([2]));
});

Deno.test("parseNpy turns big-endian, int64 and bool into native types", () => {
  const big4 = parseNpy(file(dict(">f4", "(2,)"), [0x3f, 0x80, 0, 0, 0xc0, 0, 0, 0]));
  assertEquals(big4, { shape: [2], data: new Float32Array([1, -2]) });
  const big8 = parseNpy(file(dict(">f8", "()"), [0x3f, 0xf0, 0, 0, 0, 0, 0, 0]));
  assertEquals(big8, { shape: [], data: new Float64Array([1]) });
  const long = parseNpy(file(dict("<i8", "(2L,)"), new BigInt64Array([-3n, 4n]).buffer));
  assertEquals(long, { shape: [2], data: new Int32Array([-3, 4]) });
  const truth = parseNpy(file(dict("|b1", "(3,)"), [1, 0, 1]));
  assertEquals(truth, { shape: [3], data: new Uint8Array([1, 0, 1]) });
});

Deno.test("parseNpy turns Fortran order into C order", () => {
  // numpy.asfortranarray(numpy.arange(24).reshape(2, 3, 4)), as stored.
  const stored = "0 12 4 16 8 20 1 13 5 17 9 21 2 14 6 18 10 22 3 15 7 19 11 23".split(" ");
  const array = parseNpy(file(dict("|u1", "(2, 3, 4)", "True"), stored.map(Number)));
  assertEquals(array, { shape: [2, 3, 4], data: Uint8Array.from({ length: 24 }, (_, i) => i) });
});

Deno.test("parseNpy reads versions 2.0 and 3.0", () => {
  for (const version of [2, 3]) {
    assertEquals(parseNpy(file(dict("|u1", "(1,)"), [6], version)).data, new Uint8Array([6]));
  }
});

Deno.test("parseNpy names the file in every complaint", () => {
  const good = formatNpy({ shape: [2], data: new Float32Array(2) });
  const longer = new Uint8Array([...good, 0]);
  const fails = (bytes: Uint8Array, kind: ErrorConstructor, state: string) =>
    assertThrows(() => parseNpy(bytes, "x.npy"), kind, `Cannot read x.npy: ${state}`);
  fails(new Uint8Array(), Error, "it is not an .npy file");
  fails(good.subarray(1), Error, "it is not an .npy file");
  fails(good.subarray(0, 9), Error, "it ends inside its header");
  fails(good.subarray(0, 100), Error, "it ends inside its header");
  fails(good.subarray(0, -1), Error, "7 bytes of data, but shape (2) of <f4 needs 8");
  fails(longer, Error, "9 bytes of data");
  fails(file(dict("<f4", "(1,)"), [0, 0, 0, 0], 4), Error, "its .npy version is 4");
  fails(file(dict("<c8", "(1,)"), [0, 0, 0, 0]), TypeError, "its element type <c8 is none of");
  fails(
    file("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': ()}", []),
    TypeError,
    "its",
  );
  fails(file("{'descr': '<f4', 'shape': ()}", [0, 0, 0, 0]), Error, "its header lacks");
  const huge = file(dict("<i8", "()"), new BigInt64Array([2n ** 31n]).buffer);
  fails(huge, RangeError, "its element 2147483648 does not fit int32");
});

Deno.test("formatNpy refuses data that do not fill the shape, and other types", () => {
  assertThrows(() => formatNpy({ shape: [3], data: new Float32Array(2) }), TypeError, "(3)");
  const data = new Uint16Array(3) as unknown as Uint8Array<ArrayBuffer>;
  assertThrows(() => formatNpy({ shape: [3], data }), TypeError, "Uint16Array of 3");
});

test("readNpy reads what writeNpy wrote, and names the file otherwise", async (dir) => {
  const array = { shape: [2, 2], data: new Float64Array([1, 2, 3, NaN]) };
  await writeNpy(`${dir}/a.npy`, array);
  assertEquals(await readNpy(`${dir}/a.npy`), array);
  await Deno.writeTextFile(`${dir}/b.npy`, "nonsense");
  await assertRejects(() => readNpy(`${dir}/b.npy`), Error, `${dir}/b.npy: it is not an .npy`);
  await assertRejects(() => readNpy(`${dir}/c.npy`), Error, `${dir}/c.npy: it does not exist`);
});
