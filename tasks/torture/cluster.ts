/**
 * The whole experiment as jobs of a real Slurm, three nodes on this machine (cluster.sh): some are driven from
 * their node, and a node loses its power. What comes of it must be what one machine makes.
 *
 * @module
 */
import { drawSmallSet, SIZE } from "./small_set.ts";
import { uncovered } from "./start.ts";

const ROOT = `${import.meta.dirname}/../..`;
/** Milliseconds after which jobs are taken for stuck. */
const LONGEST = 600_000;

/** The states in which a job stays; of the others Slurm has many that last for a moment. */
const ENDED = /FAIL|^(COMPLETED|CANCELLED|DEADLINE|OUT_OF_MEMORY|PREEMPTED|REVOKED|TIMEOUT)$/;

/** A running cluster. */
export interface Cluster extends AsyncDisposable {
  /** Runs a line of a shell there. @returns What it prints. @throws {Error} with that, where it fails. */
  sh(line: string, env?: Record<string, string>): Promise<string>;
  /** Lets the power of a node fail, such as "n2". */
  kill(node: string): Promise<void>;
}

/** What such a cluster needs and this machine lacks, in words; "" where it has all. */
export async function lacksForCluster(): Promise<string> {
  if (Deno.build.os !== "linux") return "Linux";
  const programs = ["slurmctld", "slurmd", "munged", "ip", "unshare", "nsenter", "runuser"];
  const test = programs.map((name) => `command -v ${name} >/dev/null || echo ${name}`).join("; ");
  return (await shell(`[ "$(id -u)" = 0 ] || echo root; ${test}`)).trim().split("\n").join(", ");
}

/** Starts a cluster. @param dir An empty folder that every user may enter; its path, absolute. */
export async function openCluster(dir: string): Promise<Cluster> {
  const env = { SLURM_CONF: `${dir}/slurm.conf` };
  const control = (what: string, node = "") =>
    shell(`exec sh "$ROOT/tasks/torture/cluster.sh" ${what} "$DIR" ${node} 2>&1`, {
      ROOT,
      DIR: dir,
    });
  await control("up");
  const cluster: Cluster = {
    sh: (line, more = {}) => shell(line, { ...env, ...more }),
    kill: async (node) => void await control("kill", node.slice(1)),
    [Symbol.asyncDispose]: async () => void await control("down"),
  };
  await until(
    "the nodes are up",
    async () =>
      (await cluster.sh("sinfo --noheader --partition=main --states=idle --format=%D")).trim() ===
        "3",
  );
  return cluster;
}

/** What is to be made. */
export interface ClusterWork {
  trials: number;
  seeds: number;
  alphas: readonly number[];
  /** Of phase 1; so many that its jobs can be met at work. */
  epochs: number;
}

/**
 * Submits an experiment, drives one of its jobs from its node, and lets the node of another fail.
 *
 * @param dir An empty folder that every user may enter; its path, absolute.
 * @param show Told what happens.
 * @returns What must not have happened.
 */
export async function troubleCluster(
  dir: string,
  { trials, seeds, alphas, epochs }: ClusterWork,
  show: (text: string) => void = () => {},
): Promise<string[]> {
  const [images, run, alone] = ["images", "run", "alone"].map((name) => `${dir}/${name}`);
  for (const folder of ["cluster", "tmp", "alone"]) await Deno.mkdir(`${dir}/${folder}`);
  await drawSmallSet(images);
  await using cluster = await openCluster(`${dir}/cluster`);
  const options = `--size=${SIZE} --quiet`;
  const wanted = {
    ...{ TRIALS: `${trials}`, SEEDS: `${seeds}`, ALPHAS: alphas.join(" "), TRIALS_PER_TASK: "1" },
    ...{ RUN: run, DATA: images, TMPDIR: `${dir}/tmp`, OPTIONS: options },
    ...{ PHASE1_OPTIONS: `--epochs=${epochs}`, GRID_OPTIONS: "--epochs=2", ROOT },
  };
  const said = await cluster.sh('exec "$ROOT/docs/slurm/submit.sh"', wanted);
  show(said.split("\n")[0]);
  const [, jobs] = /--jobs=([\d,]+)/.exec(said)!;

  const atWork = async () => {
    const running = await cluster.sh("squeue --noheader --array --states=R --format='%i %N %K'");
    const all = running.trim().split("\n").map((line) => line.split(" "));
    const begun = all.filter(([, , trial]) =>
      exists(`${run}/data/kernel_dataset/trial${trial?.padStart(3, "0")}/checkpoint.bin`)
    );
    const [first] = begun, other = begun.find(([, node]) => node !== first?.[1]);
    return first && other && [first, other];
  };
  const [preempted, killed] = await until("two nodes train", atWork);
  show(`preempting ${preempted[0]} on ${preempted[1]}, killing ${killed[1]} under ${killed[0]}`);
  await cluster.kill(killed[1]);
  await cluster.sh(
    `sbatch --partition=high --exclusive --nodelist=${
      preempted[1]
    } --output=/dev/null --wrap='sleep 1'`,
  );

  const states = await until("the jobs end", async () => {
    await hurry(cluster);
    const states = await cluster.sh(
      `for job in ${jobs.replaceAll(",", " ")}; do scontrol show job $job --oneliner; done`,
    );
    const all = states.trim().split("\n").map((job) => ({
      job: /^JobId=\d+(?: ArrayJobId=\d+ ArrayTaskId=\d+)?/.exec(job)![0],
      state: / JobState=(\w+)/.exec(job)![1],
      restarts: Number(/ Restarts=(\d+)/.exec(job)![1]),
    }));
    return all.every(({ state }) => ENDED.test(state)) && all;
  }).catch(async (error) => {
    throw new Error(
      `${error.message}: ${await cluster.sh("squeue; tail -n 5 $RUN/log/*", wanted)}`,
    );
  });
  const restarts = states.reduce((sum, { restarts }) => sum + restarts, 0);
  show(`${states.length} jobs ended, after ${restarts} restarts`);

  for (
    const task of [
      `phase1:loop --trials=${trials} --data-dir=${images} ${options} ${wanted.PHASE1_OPTIONS}`,
      "fit",
      `grid --trials=${seeds} --alphas=${alphas} --data-dir=${images} ${options} ${wanted.GRID_OPTIONS}`,
    ]
  ) {
    await shell(
      `cd "$ALONE" && unset INIT_CWD && deno task --quiet --config "$ROOT/deno.json" ${task}`,
      {
        ALONE: alone,
        ROOT,
      },
    );
  }
  return [
    ...states.filter(({ state }) => state !== "COMPLETED").map(({ job, state }) =>
      `${job} ${state}`
    ),
    ...restarts < 2 ? [`${restarts} restarts are fewer than the two jobs that were stopped`] : [],
    ...exists(`${run}/report.html`) ? [] : ["there is no report.html"],
    ...await listDifferences(`${alone}/data`, `${run}/data`),
  ];
}

/** Ends the two minutes that Slurm lets a job wait which went back into the queue. */
export async function hurry(cluster: Cluster): Promise<void> {
  const waiting = await cluster.sh("squeue --noheader --array --states=PD --format='%i %r'");
  for (const [, job] of waiting.matchAll(/^(\S+) BeginTime$/gm)) {
    await cluster.sh(`scontrol update JobId=${job} StartTime=now || true`);
  }
}

/** What is said of when and by whom something was made, and what TensorBoard reads. */
const OWN = /^(config\.json|summary\.json|events\..*|\.lock|\.running)$/;

/** The files that two folders do not share byte for byte. */
async function listDifferences(one: string, other: string): Promise<string[]> {
  const paths = [...new Set([one, other].flatMap((dir) => listFiles(dir)))].sort();
  if (!paths.some((path) => path.endsWith("cnn.h5"))) return [`${one} holds no network`];
  const read = (path: string) => Deno.readFile(path).then((bytes) => bytes.toBase64(), () => "");
  const faults: string[] = [];
  for (const path of paths) {
    const [a, b] = await Promise.all([one, other].map((dir) => read(`${dir}/${path}`)));
    if (a !== b) {
      faults.push(`${path} ${a === "" ? "is new" : b === "" ? "is missing" : "differs"}`);
    }
  }
  return faults;
}

function listFiles(dir: string, below = ""): string[] {
  return [...Deno.readDirSync(`${dir}/${below}`)].flatMap(({ name, isDirectory }) =>
    isDirectory ? listFiles(dir, `${below}${name}/`) : OWN.test(name) ? [] : [below + name]
  );
}

function exists(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

/** Asks, twice a second, until there is an answer. @throws {Error} where that takes too long. */
export async function until<T>(
  what: string,
  ask: () => Promise<T | false | undefined>,
  longest = LONGEST,
): Promise<T> {
  for (const end = performance.now() + longest; performance.now() < end;) {
    const answer = await ask();
    if (answer) return answer;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  throw new Error(`Cannot wait until ${what}: that takes more than ${longest / 1000} s`);
}

/** Runs a line of a shell. @returns What it prints. @throws {Error} with what it says, where it fails. */
async function shell(line: string, env: Record<string, string> = {}): Promise<string> {
  const { code, stdout, stderr } = await new Deno.Command("sh", {
    ...{ args: ["-c", line], ...uncovered(env) },
  }).output();
  const [said, complaint] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  if (code === 0) return said;
  throw new Error(`Cannot run ${line}: exit code ${code}: ${complaint}${said}`);
}
