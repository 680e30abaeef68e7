/**
 * Starts many processes that want the same result folder at the same moment, over and over.
 *
 * @module
 */
const RUN = new URL("../../src/runs/run.ts", import.meta.url).href;

/** At each line of its stdin, which names a folder: opens the run there and says how that went. */
const STARTER = `
  import { openRun } from "${RUN}";
  const made = { command: null, seed: 0, adapter: null, options: {} };
  const trials = [0, 1, 2].map((trial) => ({ folder: "trial00" + trial, trial }));
  const plan = { task: "phase1", trials, settings: { seed: 0 }, made, overwrite: false, resume: true };
  const bytes = new Uint8Array(1000);
  console.log("up");
  for (let run, read; (read = await Deno.stdin.read(bytes));) {
    run?.close();
    try {
      run = await openRun(new TextDecoder().decode(bytes.subarray(0, read)).trim(), plan);
      console.log("won " + Deno.pid);
    } catch (error) {
      run = undefined;
      console.log(error.kind + ": " + error.message);
    }
  }
`;

/** What happened to each of them. */
export interface Race {
  /** The process that took the folder, for each that did. */
  winners: string[];
  /** What the others said. */
  losers: string[];
}

/** Starts `count` processes on one folder after the other; a winner keeps it until all have answered. */
export async function race(folders: readonly string[], count: number): Promise<Race[]> {
  const starters = Array.from({ length: count }, () => {
    const config = `--config=${import.meta.dirname}/../../deno.json`;
    const child = new Deno.Command(Deno.execPath(), {
      args: ["eval", "--quiet", "--no-check", config, STARTER],
      stdin: "piped",
      stdout: "piped",
      stderr: "null",
    }).spawn();
    const answers = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
    const answer = async () => (await answers.read()).value?.trim() ?? "";
    return { ...{ child, answers, answer }, orders: child.stdin.getWriter() };
  });
  await Promise.all(starters.map(({ answer }) => answer())); // all are up
  const races: Race[] = [];
  for (const folder of folders) {
    const order = new TextEncoder().encode(`${folder}\n`);
    const said = await Promise.all(starters.map(async ({ orders, answer }) => {
      await orders.write(order);
      return await answer();
    }));
    const winners = said.filter((answer) => answer.startsWith("won "));
    races.push({
      winners: winners.map((answer) => answer.slice("won ".length)),
      losers: said.filter((answer) => !winners.includes(answer)),
    });
  }
  await Promise.all(starters.map(async ({ child, answers, orders }) => {
    await orders.close();
    await child.status;
    await answers.cancel();
  }));
  return races;
}
