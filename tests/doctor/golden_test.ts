import { cpSync } from "node:fs";
import { relative } from "../../src/doctor/case.ts";
import { CASE_FILES, runGoldenCase } from "../../src/doctor/golden.ts";
import { readNetworkCase } from "../../src/doctor/network_case.ts";
import { runNetwork } from "../../src/doctor/network_run.ts";
import { assert, assertEquals, assertRejects } from "../helpers/assert.ts";
import { gpu } from "../helpers/device.ts";
import { createMachine, FUSED, trainFloat32 } from "../helpers/float32.ts";
import { test } from "../helpers/folders.ts";

const FIXTURES = `${import.meta.dirname}/../fixtures`;

const GOLDEN = [
  ["small-l2", "network", 4],
  ["small-sk", "network", 4],
  ["pointwise-sk", "network", 4],
  ["stride-l2", "network", 4],
  ["augment", "augment", 1],
  ["fb", "fb", 1],
  ["fit", "fit", 9],
] as const;

Deno.test("CASE_FILES tell golden cases from the tests' other fixtures", () => {
  const found: string[] = [];
  for (const { name } of Deno.readDirSync(FIXTURES)) {
    const files = Array.from(Deno.readDirSync(`${FIXTURES}/${name}`), ({ name }) => name);
    if (Object.values(CASE_FILES).some((file) => files.includes(file))) found.push(name);
  }
  assertEquals(found.sort(), GOLDEN.map(([name]) => name).sort());
});

for (const [name, kind, groups] of GOLDEN) {
  Deno.test(`runGoldenCase: ${name} stays within SPEC's bounds`, async () => {
    const checks = await runGoldenCase(gpu, { dir: `${FIXTURES}/${name}`, name, kind });
    assert(checks.length === groups, `${checks.length} groups were compared`);
    for (const { group, error, bound } of checks) {
      assert(error <= bound, `${name}, ${group}: error ${error} > ${bound}`);
    }
  });
}

Deno.test("runNetwork shows what each layer handed on and chose in each step", async () => {
  const { network } = await readNetworkCase(`${FIXTURES}/small-l2`);
  const { seen } = await gpu.scope((gpu) => runNetwork(gpu, network));
  const { seen: expected } = trainFloat32(createMachine(FUSED), network);
  assertEquals(seen.length, network.steps);
  seen.forEach(({ row, convs, denses, choices }, step) => {
    const wanted = expected[step];
    assertEquals(choices, wanted.choices, `step ${step}`);
    assert(relative(row, wanted.row) < 1e-6, `parameters of step ${step}`);
    const maps = [...convs, ...denses], others = [...wanted.convs, ...wanted.denses];
    maps.forEach(({ shape, data }, i) => {
      assertEquals(shape, others[i].shape, `map ${i}`);
      assert(relative(data, others[i].data) < 1e-5, `step ${step}, map ${i}`);
    });
  });
});

test("readNetworkCase refuses a tensor of another size, naming its file", async (dir) => {
  cpSync(`${FIXTURES}/small-sk`, dir, { recursive: true });
  const [from, to] = ["grad.conv2d_1.kernel", "grad.conv2d_1.bias"];
  await Deno.copyFile(`${dir}/expected/${from}.npy`, `${dir}/expected/${to}.npy`);
  const wanted = `expected/${to}.npy: it holds 375 values instead of 5`;
  await assertRejects(() => readNetworkCase(dir), TypeError, wanted);
});
