/**
 * `deno task torture`: what the tests do to this program, in any number.
 *
 * @module
 */
import { nonNegativeInteger, runTask } from "./cli.ts";
import { adapter } from "./shared_options.ts";

await runTask({
  name: "torture",
  summary: "Damage files, kill tasks, train any network and for long; without options all of it, " +
    "for an hour or so. Fails where something hangs, crashes, deceives, is lost or grows.",
  options: {
    images: nonNegativeInteger("--images", "mutations of PNG and JPEG files"),
    archives: nonNegativeInteger("--archives", "mutations of a zip archive"),
    kills: nonNegativeInteger(
      "--kills",
      "kill -9 of phase 1, fit and phase 2, going on after each",
    ),
    signals: nonNegativeInteger(
      "--signals",
      "Ctrl-C, and as many SIGTERM, SIGUSR1 and SIGUSR2, of both phases",
    ),
    sharing: nonNegativeInteger("--sharing", "seconds of two processes in one result folder"),
    networks: nonNegativeInteger("--networks", "random networks against their float64 twins"),
    soak: nonNegativeInteger("--soak", "epochs of 20 networks while memory is watched"),
    cluster: nonNegativeInteger(
      "--cluster",
      "experiments as jobs of Slurm, one driven out, one under a node that dies; needs root",
    ),
    seed: nonNegativeInteger("--seed", "other seeds give other damage", 0),
    adapter,
  },
  examples: ["deno task torture", "deno task torture --images=100000 --kills=50 --seed=1"],
}, async ({ seed, adapter, ...chosen }, tools) => {
  if (adapter !== undefined) { // all that it starts open the same one
    const { openGpu } = await import("../mod.ts");
    (await openGpu({ adapter })).close();
  }
  const { openPercentage, screenOf } = await import("./percentage.ts");
  const { TORMENTS } = await import("./torture/torments.ts");
  const isAll = Object.values(chosen).every((count) => count === undefined);
  const faults: string[] = [];
  for (const kind of Object.keys(TORMENTS) as (keyof typeof TORMENTS)[]) {
    const { large, unit, torment } = TORMENTS[kind];
    const count = isAll ? large : chosen[kind] ?? 0;
    if (count === 0) continue;
    using progress = openPercentage(unit, screenOf(tools));
    const found = await torment(count, seed, (done) => progress.show(kind, done, count));
    progress[Symbol.dispose]();
    for (const line of found.told) tools.print(`${kind}: ${line}`);
    faults.push(...found.faults.map((fault) => `${kind}: ${fault}`));
  }
  if (faults.length > 0) throw new Error(`Cannot pass: ${faults.join("; ")}`);
});
