import { BitReader, BitWriter, listCodes } from "../../src/data/jpeg_bits.ts";
import { createRandom } from "../../src/random.ts";
import { assertEquals, assertThrows } from "../helpers/assert.ts";

Deno.test("BitReader reads what BitWriter wrote, stuffed zeros too", () => {
  const random = createRandom(1);
  const numbers = Array.from({ length: 2000 }, () => {
    const count = random.integer(17);
    return { count, value: random.integer(3) ? random.integer(2 ** count) : 2 ** count - 1 };
  });
  const writer = new BitWriter();
  for (const { count, value } of numbers) writer.put(value, count);
  const bytes = writer.finish();
  bytes.forEach((byte, i) => byte === 0xff && assertEquals(bytes[i + 1], 0));
  const reader = new BitReader(bytes);
  assertEquals(numbers.map(({ count }) => reader.bits(count)), numbers.map(({ value }) => value));
});

Deno.test("listCodes gives the codes in the order of their lengths", () => {
  // 0, 10, 110, 1110, and no code that begins with 1111 (ITU-T T.81, annex C).
  const counts = Uint8Array.from({ length: 16 }, (_, i) => i < 4 ? 1 : 0);
  const codes = listCodes({ counts, symbols: Uint8Array.of(7, 200, 0, 255) });
  const reader = new BitReader(Uint8Array.of(0b0_10_110_11, 0b10_0_1110_1, 0b111_00000));
  const read = Array.from({ length: 6 }, () => reader.symbol(codes));
  assertEquals(read, [7, 200, 0, 255, 7, 255]);
  assertThrows(() => reader.symbol(codes), Error, "does not exist");
});

Deno.test("BitReader takes no bit beyond the end or a marker, and no marker but the next", () => {
  const short = listCodes({
    counts: Uint8Array.of(2, ...Array(15).fill(0)),
    symbols: Uint8Array.of(4, 5),
  });
  const reader = new BitReader(Uint8Array.of(0b01010101, 0xff, 0xd0, 0xaa));
  assertThrows(() => reader.restart(), Error, "is missing"); // all bits are to come
  assertEquals(Array.from({ length: 8 }, () => reader.symbol(short)), [4, 5, 4, 5, 4, 5, 4, 5]);
  assertThrows(() => reader.symbol(short), Error, "ends early");
  const long = new BitReader(Uint8Array.of(0b01010101, 0b01010101, 0xff, 0xd0));
  long.symbol(short);
  assertThrows(() => long.restart(), Error, "is missing"); // a whole byte is to come
  const again = new BitReader(Uint8Array.of(0b01010101, 0xff, 0xd0, 0xaa));
  again.bits(3);
  again.restart(); // the five bits fill up the byte
  assertEquals(again.bits(8), 0xaa);
  assertThrows(() => again.bits(1), Error, "ends early");
  assertThrows(() => again.restart(), Error, "is missing");
});
