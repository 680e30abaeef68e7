import { crc32c, scalarRecord } from "../../src/io/tfevents.ts";
import { assert, assertEquals } from "../helpers/assert.ts";
import { readEvents } from "../helpers/read_events.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

Deno.test("crc32c gives the values that RFC 3720 publishes", () => {
  assertEquals(crc32c(bytes("123456789")), 0xe3069283);
  assertEquals(crc32c(new Uint8Array(32)), 0x8a9136aa);
  assertEquals(crc32c(new Uint8Array(32).fill(0xff)), 0x62a8ab43);
  assertEquals(crc32c(Uint8Array.from({ length: 32 }, (_, i) => i)), 0x46dd794e);
});

Deno.test("readEvents notices every flipped bit of a record", () => {
  const record = scalarRecord(1, 2, { "train/loss": 0.5 });
  for (let bit = 0; bit < 8 * record.length; bit++) {
    const flipped = record.slice();
    flipped[bit >> 3] ^= 1 << (bit & 7);
    let noticed = false;
    try {
      readEvents(flipped);
    } catch {
      noticed = true;
    }
    assert(noticed, `bit ${bit}`);
  }
});
