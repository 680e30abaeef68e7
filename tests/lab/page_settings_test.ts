import { BOUNDS, DEFAULTS, type Settings } from "../../src/lab/protocol.ts";
import { faultOf, fromLink, toLink } from "../../src/lab/page/settings.ts";
import { assertEquals } from "../helpers/assert.ts";

Deno.test("a link holds all settings, and what is out of bounds in one is left out", () => {
  const settings = { ...DEFAULTS, size: 64, l2: 0.5, seed: 7 };
  assertEquals(fromLink(toLink(settings), DEFAULTS), settings);
  assertEquals(fromLink("", settings), settings);
  const bad = "#size=1&epochs=2.5&sk=NaN&seeds=4&other=3";
  assertEquals(fromLink(bad, DEFAULTS), { ...DEFAULTS, seeds: 4 });
});

Deno.test("every default is within its bounds", () => {
  for (const name of Object.keys(BOUNDS) as (keyof Settings)[]) {
    assertEquals(faultOf(name, DEFAULTS[name]), undefined, name);
    assertEquals(faultOf(name, BOUNDS[name].most + 1) === undefined, false, name);
  }
});
