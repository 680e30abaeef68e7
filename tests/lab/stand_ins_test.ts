import { createHash } from "node:crypto";
import * as nodePath from "node:path/posix";
import { crc32, deflateSync, inflateSync } from "node:zlib";
import { Buffer } from "../../src/lab/stand_ins/buffer.ts";
import * as ourCrypto from "../../src/lab/stand_ins/crypto.ts";
import * as ourPath from "../../src/lab/stand_ins/path.ts";
import * as ourZlib from "../../src/lab/stand_ins/zlib.ts";
import { createRandom } from "../../src/random.ts";
import { assertEquals, assertThrows } from "../helpers/assert.ts";

const random = createRandom(1);
const noise = Uint8Array.from({ length: 100_000 }, () => random.integer(7));

Deno.test("path: as node:path has it", () => {
  for (const path of ["a", "a/b", "/a/b/", "/a", "a/b/c.txt", "./x", "../y/z"]) {
    for (const name of ["dirname", "basename", "isAbsolute"] as const) {
      assertEquals(ourPath[name](path), nodePath[name](path), `${name} of ${path}`);
    }
  }
  for (const path of ["a//b/", "/a/./b", "a/c/../b", "."]) {
    assertEquals(ourPath.normalize(path), nodePath.normalize(path), path);
  }
  assertEquals(ourPath.join("a/b", "..", "c"), nodePath.join("a/b", "..", "c"));
});

Deno.test("crypto: a SHA-256 in parts is node:crypto's", () => {
  for (const form of ["hex", "base64"] as const) {
    const [ours, theirs] = [ourCrypto.createHash("sha256"), createHash("sha256")];
    for (const part of [noise.subarray(0, 777), noise.subarray(777)]) {
      ours.update(part);
      theirs.update(part);
    }
    assertEquals(ours.digest(form), theirs.digest(form));
  }
});

Deno.test("crypto: messages of any length are filled up rightly", () => {
  for (let length = 0; length < 200; length++) {
    const message = noise.subarray(0, length);
    const [ours, theirs] = [ourCrypto.createHash("sha256"), createHash("sha256")];
    assertEquals(ours.update(message).digest("hex"), theirs.update(message).digest("hex"));
  }
});

Deno.test("zlib: inflates and checks as node:zlib, and refuses what it refuses", () => {
  const packed = deflateSync(noise), maxOutputLength = noise.length;
  assertEquals(ourZlib.crc32(noise), crc32(noise));
  assertEquals(ourZlib.inflateSync(packed, { maxOutputLength }), noise);
  const broken = packed.slice();
  broken[1000] ^= 1;
  for (const bad of [packed.subarray(0, -9), broken, noise.subarray(0, 99)]) {
    assertThrows(() => inflateSync(bad, { maxOutputLength }));
    assertThrows(() => ourZlib.inflateSync(bad, { maxOutputLength }));
  }
  assertThrows(() => ourZlib.inflateSync(packed, { maxOutputLength: noise.length - 1 }));
});

Deno.test("buffer: parts behind each other", () => {
  const parts = [noise.subarray(0, 5), noise.subarray(5, 9)];
  assertEquals([...Buffer.concat(parts)], [...noise.subarray(0, 9)]);
});
