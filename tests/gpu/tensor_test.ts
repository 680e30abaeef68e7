import { createTensor, download, sizeOf, upload } from "../../src/gpu/tensor.ts";
import { assertEquals, assertThrows } from "../helpers/assert.ts";
import { gpu } from "../helpers/device.ts";

Deno.test("createTensor makes zeros, or uploads, and download brings all back at once", async () => {
  const values = Float32Array.of(1.5, -2, 3e-20, Infinity, 5, 6);
  const words = Uint32Array.of(1, 0xffffffff);
  const tensors = [
    createTensor(gpu, "zeros", [3]),
    createTensor(gpu, "values", [2, 3], values),
    createTensor(gpu, "words", [2], words),
    createTensor(gpu, "bytes", [1], Uint8Array.of(1, 2, 3, 4)),
  ];
  const [zeros, floats, integers, bytes] = await download(gpu, tensors);
  assertEquals([...zeros], [0, 0, 0]);
  assertEquals([...floats], [...values]);
  assertEquals([...new Uint32Array(integers.buffer, integers.byteOffset, 2)], [...words]);
  assertEquals([...new Uint8Array(bytes.buffer, bytes.byteOffset, 4)], [1, 2, 3, 4]);
});

Deno.test("createTensor refuses shapes and data that do not fit, naming the tensor", () => {
  for (const shape of [[0], [2, -1], [1.5], [NaN]]) {
    assertThrows(() => createTensor(gpu, "z", shape), RangeError, "Cannot create z: shape");
  }
  const create = () => createTensor(gpu, "z", [2, 2], new Float32Array(3));
  assertThrows(create, TypeError, "Cannot upload z: 12 bytes do not fill the shape [2,2]");
});

Deno.test("createTensor refuses more than the adapter can bind, saying what to make smaller", () => {
  const limit = gpu.device.limits.maxStorageBufferBindingSize;
  const create = () => createTensor(gpu, "activations", [Math.floor(limit / 4) + 1]);
  assertThrows(create, RangeError, "use fewer trials");
});

Deno.test("download reads what was there when it was called", async () => {
  const tensor = createTensor(gpu, "x", [1], Float32Array.of(1));
  const before = download(gpu, [tensor]);
  upload(gpu, tensor, Float32Array.of(2));
  assertEquals([...(await before)[0]], [1]);
  assertEquals([...(await download(gpu, [tensor]))[0]], [2]);
});

Deno.test("upload refuses data that does not fill the tensor", () => {
  const tensor = createTensor(gpu, "x", [2]);
  assertThrows(() => upload(gpu, tensor, new Float32Array(3)), TypeError, "Cannot upload x");
});

Deno.test("sizeOf multiplies, and is 1 without axes", () => {
  assertEquals([sizeOf([]), sizeOf([2, 3, 4])], [1, 24]);
});
