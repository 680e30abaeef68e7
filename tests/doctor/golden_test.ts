import { runGoldenCase } from "../../src/doctor/golden.ts";
import { assert } from "../assert.ts";
import { gpu } from "../device.ts";

const FIXTURES = `${import.meta.dirname}/../fixtures`;

for (
  const [name, kind, groups] of [
    ["small-l2", "network", 4],
    ["small-sk", "network", 4],
    ["augment", "augment", 1],
    ["fit", "fit", 9],
  ] as const
) {
  Deno.test(`runGoldenCase: ${name} stays within SPEC's bounds`, async () => {
    const checks = await runGoldenCase(gpu, { dir: `${FIXTURES}/${name}`, name, kind });
    assert(checks.length === groups, `${checks.length} groups were compared`);
    for (const { group, error, bound } of checks) {
      assert(error <= bound, `${name}, ${group}: error ${error} > ${bound}`);
    }
  });
}
