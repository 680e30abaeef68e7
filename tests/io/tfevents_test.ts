import { crc32c, scalarRecord, versionRecord } from "../../src/io/tfevents.ts";
import { assert, assertEquals } from "../helpers/assert.ts";
import { readEvents } from "../helpers/read_events.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

Deno.test("crc32c gives the values that RFC 3720 publishes", () => {
  assertEquals(crc32c(bytes("123456789")), 0xe3069283);
  assertEquals(crc32c(new Uint8Array(32)), 0x8a9136aa);
  assertEquals(crc32c(new Uint8Array(32).fill(0xff)), 0x62a8ab43);
  assertEquals(crc32c(Uint8Array.from({ length: 32 }, (_, i) => i)), 0x46dd794e);
});

Deno.test("scalarRecord and versionRecord are read back by another reader", () => {
  const scalars = { "train/loss": 0.1, "valid/Σ": -3.5e-20, zero: 0 };
  const file = [versionRecord(1.5), scalarRecord(1764086400.25, 1, scalars)];
  file.push(scalarRecord(2, 300, { big: 1e30 }), scalarRecord(3, 2 ** 40 + 5, {}));
  const events = readEvents(Uint8Array.from(file.flatMap((record) => [...record])));
  assertEquals(events, [
    { wallTime: 1.5, step: 0, version: "brain.Event:2", scalars: {} },
    {
      ...{ wallTime: 1764086400.25, step: 1, version: undefined },
      scalars: Object.fromEntries(Object.entries(scalars).map(([k, x]) => [k, Math.fround(x)])),
    },
    { wallTime: 2, step: 300, version: undefined, scalars: { big: Math.fround(1e30) } },
    { wallTime: 3, step: 2 ** 40 + 5, version: undefined, scalars: {} },
  ]);
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
