/**
 * docs/slurm on a real Slurm, where there is one and we are root; the whole experiment there, under a node that
 * dies, is `deno task torture --cluster=1`.
 *
 * @module
 */
import { exists } from "../src/io/files.ts";
import { hurry, lacksForCluster, openCluster, until } from "../tasks/torture/cluster.ts";
import { drawSmallSet } from "../tasks/torture/small_set.ts";
import { assertEquals, assertMatch, assertSameFile } from "./helpers/assert.ts";
import { inTempDir } from "./helpers/folders.ts";
import { run as runTask } from "./helpers/command.ts";

const ROOT = `${import.meta.dirname}/..`;
const lacks = await lacksForCluster();
/** Milliseconds for each thing that is waited for. */
const LONGEST = 120_000;

Deno.test({
  name: `a job that is driven from its node goes on elsewhere, to the same bytes${
    lacks && ` (needs ${lacks})`
  }`,
  ignore: lacks !== "",
}, () =>
  inTempDir(async (dir) => {
    for (const folder of ["cluster", "run/log", "tmp"]) {
      await Deno.mkdir(`${dir}/${folder}`, { recursive: true });
    }
    await Deno.chmod(dir, 0o755);
    await drawSmallSet(`${dir}/images`);
    await using cluster = await openCluster(`${dir}/cluster`);
    const options = `--network=${dir}/images/network.json --epochs=120 --quiet`;
    const env = {
      ...{ SKREG: ROOT, RUN: `${dir}/run`, DATA: `${dir}/images`, TMPDIR: `${dir}/tmp` },
      ...{ TRIALS: "1", TRIALS_PER_TASK: "20", OPTIONS: options, PHASE1_OPTIONS: "" },
    };
    await cluster.sh('. "$SKREG/docs/slurm/node.sh"; pack_packages', env);
    const submit = 'sbatch --parsable --chdir="$RUN" --array=0 "$SKREG/docs/slurm/phase1.sbatch"';
    const job = (await cluster.sh(submit, env)).trim();
    const checkpoint = `${dir}/run/data/kernel_dataset/trial000/checkpoint.bin`;
    await until("the job trains", () => exists(checkpoint), LONGEST);
    const [, node] = / NodeList=(n\d)/.exec(await cluster.sh(`scontrol show job ${job}`))!;
    await cluster.sh(
      `sbatch --partition=high --exclusive --nodelist=${node} --output=/dev/null --wrap='sleep 9'`,
    );
    const ended = until("the job ends", async () => {
      await hurry(cluster);
      const state = await cluster.sh(`"${ROOT}/docs/slurm/profile/status.sh" ${job}`);
      return state !== "running\n" && state;
    }, LONGEST);
    const alone = runTask("phase1", [
      ...["--trials=1", "--first-trial=0", `--data-dir=${dir}/images`, ...options.split(" ")],
      `--results-dir=${dir}/alone`,
    ]);
    const [state, { code, stderr }] = await Promise.all([ended, alone]);
    assertEquals(code, 0, stderr);
    const log = await Deno.readTextFile(`${dir}/run/log/skreg-phase1-0.txt`);
    assertEquals(state, "success\n", log);
    assertMatch(log, /interrupted; go on with: .*exit code 143: back into the queue\n/s);
    assertEquals(log.match(/^job \d+ on n\d, /gm)?.length, 2, log);

    for (const file of ["trial000/cnn.h5", "trial000/train_losses.npy", "metrics.csv"]) {
      assertSameFile(`${dir}/run/data/kernel_dataset/${file}`, `${dir}/alone/${file}`);
    }
  }));
