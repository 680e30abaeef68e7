/**
 * Starts many processes that want the same result folder at the same moment.
 *
 * @module
 */
const RUN = new URL("../src/io/run.ts", import.meta.url).href;

/** Opens the run, says how that went, and holds it until its stdin ends. */
const STARTER = (dir: string) => `
  import { openRun } from "${RUN}";
  const made = { command: null, seed: 0, adapter: null, options: {} };
  const trials = [0, 1, 2].map((trial) => ({ folder: "trial00" + trial, keys: { trial } }));
  const plan = { task: "phase1", trials, settings: { seed: 0 }, made, overwrite: false, resume: true };
  try {
    await openRun(${JSON.stringify(dir)}, plan);
    console.log("won " + Deno.pid);
    await Deno.stdin.read(new Uint8Array(1));
  } catch (error) {
    console.log(error.kind + ": " + error.message);
  }
`;

/** What happened to each of them. */
export interface Race {
  /** The process that took the folder, for each that did. */
  winners: string[];
  /** What the others said. */
  losers: string[];
}

/** Starts `count` processes on one folder; the winner keeps it until all have answered. */
export async function race(dir: string, count: number): Promise<Race> {
  const children = Array.from({ length: count }, () =>
    new Deno.Command(Deno.execPath(), {
      args: [
        "eval",
        "--quiet",
        "--no-check",
        `--config=${import.meta.dirname}/../deno.json`,
        STARTER(dir),
      ],
      ...{ stdin: "piped", stdout: "piped", stderr: "null" },
    }).spawn());
  const answers = await Promise.all(children.map(async ({ stdout }) => {
    const reader = stdout.pipeThrough(new TextDecoderStream()).getReader();
    const { value = "" } = await reader.read();
    reader.releaseLock();
    return value.trim();
  }));
  await Promise.all(children.map(async ({ stdin, stdout, status }) => {
    await stdin.close().catch(() => {});
    await stdout.cancel().catch(() => {});
    await status;
  }));
  const winners = answers.filter((answer) => answer.startsWith("won "));
  return {
    winners: winners.map((answer) => answer.slice("won ".length)),
    losers: answers.filter((answer) => !winners.includes(answer)),
  };
}
