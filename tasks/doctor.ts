/**
 * `deno task doctor`: does this GPU, with this driver, compute correctly?
 *
 * @module
 */
import type { GoldenCase } from "../src/doctor/golden.ts";
import { askedBackend, nonNegativeInteger, path, positiveInteger, runTask } from "./cli.ts";
import { network } from "./network.ts";
import { adapter, tunedFor } from "./shared_options.ts";

await runTask({
  name: "doctor",
  summary: "Check that this GPU and driver compute what float64 on the CPU computes.",
  options: {
    fixtures: path("--fixtures", "a golden case, or a folder of them, to run as well"),
    network: {
      ...network,
      help: "a network to train as well: a JSON file, or the name paper or paper64",
      fallback: undefined,
    },
    rounds: positiveInteger("--rounds", "shapes for each shader: the paper's, then random ones", 6),
    seed: nonNegativeInteger("--seed", "of the random shapes and values", 0),
    adapter,
    tunedFor,
  },
  examples: [
    "deno task doctor",
    "deno task doctor --fixtures=tests/fixtures",
    "deno task doctor --network=network.json",
  ],
}, async ({ fixtures, network, rounds, seed, adapter, tunedFor }, { print }) => {
  const { isRight } = await import("../src/doctor/case.ts");
  const { checkShaders } = await import("../src/doctor/check_shaders.ts");
  const { runGoldenCase } = await import("../src/doctor/golden.ts");
  const { openGpu, readDesign } = await import("../mod.ts");
  const { checkNetwork, refuseLarge } = await import("../src/doctor/any_network.ts");
  const design = network === undefined ? undefined : await readDesign(network);
  if (design) refuseLarge(design);
  const { nameVendor } = await import("../src/gpu/adapter.ts");
  const cases = fixtures === undefined ? [] : await listCases(fixtures);
  print(`backend   ${askedBackend() ?? "any"}`);
  const gpu = await openGpu({ adapter, tunedFor });
  const { name, vendor, software, features, limits } = gpu.adapter;
  print(`adapter   ${name}${software ? " (software)" : ""}`);
  print(`tuned for ${gpu.tunedFor}`);
  print(`vendor    ${nameVendor(vendor)}`);
  print(`features  ${features.join(" ")}`);
  for (const [limit, value] of Object.entries(limits)) print(`limit     ${limit} = ${value}`);

  let failed = 0;
  const fail = (line: string) => {
    failed++;
    print(`FAIL  ${line}`);
  };
  const report = (what: string, error: number, bound: number, note = "") => {
    const line = `${what.padEnd(40)} error ${error.toExponential(2)}  ` +
      `bound ${bound.toExponential(0)}${note && `  ${note}`}`;
    if (isRight({ error, bound })) print(`ok    ${line}`);
    else fail(line);
  };
  print("\neach shader against its float64 twin: worst relative error");
  await checkShaders(gpu, { seed, rounds }, ({ shader, error, bound, shape }) => {
    report(shader, error, bound, shape);
  });

  if (fixtures !== undefined) {
    print(`\ngolden cases in ${fixtures}: worst relative error of each group`);
    for (const golden of cases) {
      try {
        for (const { group, error, bound, note } of await runGoldenCase(gpu, golden)) {
          report(`${golden.name}: ${group}`, error, bound, note);
        }
      } catch (error) {
        fail(`${golden.name}: ${error instanceof Error ? error.message : error}`);
      }
    }
  }
  if (design) {
    print(`\nthe network ${network} in training: worst relative error of each group`);
    for (const { group, error, bound, note } of await checkNetwork(gpu, design, seed)) {
      report(group, error, bound, note);
    }
  }
  gpu.close();
  if (failed > 0) {
    throw new Error(
      `${failed} of the checks say FAIL. Where an error exceeds its bound, do not trust this ` +
        "adapter's results: update its driver, or choose another with DENO_WEBGPU_BACKEND",
    );
  }
  print("\nall checks passed");
});

/** The golden cases of a folder: itself and its sub-folders, by the file that tells their kind. */
async function listCases(fixtures: string): Promise<GoldenCase[]> {
  const { CASE_FILES, folderFault } = await import("../src/doctor/golden.ts");
  const { Failure } = await import("../mod.ts");
  const fault = await folderFault(fixtures);
  if (fault) throw new Failure("input", `Cannot run the golden cases of ${fixtures}: ${fault}`);
  const own = { dir: fixtures, name: fixtures.split(/[/\\]/).findLast(Boolean) ?? fixtures };
  const inside = (await Array.fromAsync(Deno.readDir(fixtures)))
    .map(({ name }) => ({ dir: `${fixtures}/${name}`, name }));
  const cases: GoldenCase[] = [];
  for (const { dir, name } of [own, ...inside]) {
    for (const [kind, file] of Object.entries(CASE_FILES)) {
      const found = await Deno.stat(`${dir}/${file}`).catch(() => null);
      if (found) cases.push({ dir, name, kind: kind as GoldenCase["kind"] });
    }
  }
  if (cases.length === 0) throw new Error(`Cannot run golden cases: ${fixtures} holds none`);
  return cases.sort((a, b) => a.name < b.name ? -1 : 1);
}
