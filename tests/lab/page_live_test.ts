import { DEFAULTS } from "../../src/lab/protocol.ts";
import { secondsLeft } from "../../src/lab/page/live.ts";
import { faultsOfLink, fromLink, toLink } from "../../src/lab/page/settings.ts";
import { assertEquals } from "../helpers/assert.ts";

Deno.test("secondsLeft goes by the pace since the first epoch that was seen", () => {
  const first = { epoch: 11, time: 500 };
  assertEquals(secondsLeft(first, first, 20), undefined);
  assertEquals(secondsLeft(first, { epoch: 14, time: 6500 }, 20), 12);
  assertEquals(secondsLeft(first, { epoch: 20, time: 9000 }, 20), 0);
});

Deno.test("faultsOfLink names each setting of a link that is left out", () => {
  assertEquals(faultsOfLink(""), []);
  assertEquals(faultsOfLink("#phase1"), []);
  assertEquals(faultsOfLink(toLink(DEFAULTS)), []);
  const link = "#size=1&epochs=2.5&sk=&seeds=4";
  assertEquals(faultsOfLink(link), [
    "size=1: give a whole number from 37 to 256",
    "epochs=2.5: give a whole number from 1 to 10000",
    "sk=: give a number from 0 to 64",
  ]);
  assertEquals(fromLink(link, DEFAULTS), { ...DEFAULTS, seeds: 4 });
});
