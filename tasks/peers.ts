/**
 * The same training work on what people would use instead: each peer is a script in tasks/peers, run
 * in a process of its own, that prints a JSON line a figure. None is a dependency of this project:
 * who has one sees it measured, who has not reads how to get it.
 *
 * @module
 */
import type { BenchCase } from "../src/experiments/bench.ts";
import { formatTable } from "../src/report/table.ts";
import { JAX, TFJS } from "./peers/packages.ts";

/** One rate of a peer. */
export interface PeerCase {
  /** The peer with its version and its way of working. */
  name: string;
  /** A training step (forward, backward, Adam), or forward alone. */
  mode: "train" | "eval";
  /** Images a step of each network. */
  batch: number;
  /** Images of all its networks together per second, median over the runs. */
  imagesPerSecond: number;
}

/** A program that does the bench's work. */
export interface Peer {
  /** As in a note on it. */
  name: string;
  /** Command lines, tried in turn until one has what it needs; the batches are appended. */
  commands: string[][];
  /** The command that makes it present. */
  install: string;
}

const script = (name: string) => `${import.meta.dirname}/peers/${name}`;

/** Present means: in Deno's own cache, where the user put it. Nothing is fetched, nothing locked. */
const inDeno = (name: string, file: string, packages: string[]): Peer => ({
  name,
  commands: [
    ["deno", "run", "--quiet", "--no-config", "--no-lock", "--cached-only", "--no-prompt"]
      .concat(script(file)),
  ],
  install: `deno cache --no-config --no-lock ${packages.join(" ")}`,
});

/** deno.json lets bench run these programs and no other. */
export const PEERS: Peer[] = [
  {
    name: "PyTorch",
    // A Python of one's own often hides the system's, and only one of them has torch.
    commands: ["python3", "/usr/bin/python3"].map((python) => [python, script("pytorch.py")]),
    install: "python3 -m pip install torch",
  },
  inDeno("TensorFlow.js", "tfjs.ts", TFJS),
  inDeno("jax-js", "jax.ts", JAX),
];

/**
 * Makes sure before the minutes of our own work that the peers' programs may be started.
 *
 * @throws {Error} naming the first that may not.
 */
export function checkPeers(peers: Peer[]): void {
  for (const [command] of peers.flatMap(({ commands }) => commands)) {
    if (Deno.permissions.querySync({ name: "run", command }).state === "granted") continue;
    throw new Error(
      `Cannot measure the peers: Requires run access to "${command}"; run \`deno task bench --peers\``,
    );
  }
}

/** The exit code of a script that lacks its framework. */
const ABSENT = 3;

/**
 * Measures a peer at these batches.
 *
 * @param seconds It is stopped after this time and keeps the figures it had.
 * @returns Its figures, and a line on each thing that kept it from more.
 */
export async function measurePeer(
  { name, commands, install }: Peer,
  batches: number[],
  seconds = 180,
): Promise<{ figures: PeerCase[]; notes: string[] }> {
  const notes: string[] = [];
  for (const [program, ...args] of commands) {
    const output = await run(program, [...args, ...batches.map(String)], seconds);
    if (!output || output.code === ABSENT) continue;
    const read = readFigures(name, output.stdout);
    notes.push(...read.notes);
    if (output.signal) notes.push(`Cannot finish ${name}: ${seconds} s are over, it was stopped`);
    else if (output.code !== 0) {
      const line = output.stderr.trim().split("\n").at(-1);
      notes.push(`Cannot measure ${name}: ${program} ended with code ${output.code}: ${line}`);
    }
    if (read.figures.length > 0) return { figures: read.figures, notes };
  }
  if (notes.length === 0) notes.push(`Cannot measure ${name}: it is not here; get it: ${install}`);
  return { figures: [], notes };
}

/** Runs a program to its end; undefined where there is none of this name. */
async function run(program: string, args: string[], seconds: number) {
  try {
    const signal = AbortSignal.timeout(1000 * seconds);
    const output = await new Deno.Command(program, { args, signal, stdin: "null" }).output();
    const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
    return { ...output, stdout: text(output.stdout), stderr: text(output.stderr) };
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/** The figures on a script's stdout, and a note on each line with an `error` in place of a rate. */
export function readFigures(
  peer: string,
  stdout: string,
): { figures: PeerCase[]; notes: string[] } {
  const figures: PeerCase[] = [], notes: string[] = [];
  for (const line of stdout.split("\n")) {
    if (!line.startsWith("{")) continue; // frameworks greet
    let value;
    try {
      value = JSON.parse(line);
    } catch {
      value = {};
    }
    const { name, mode, batch, imagesPerSecond, error } = value;
    const known = typeof name === "string" && ["train", "eval"].includes(mode) && batch > 0;
    if (known && imagesPerSecond > 0) figures.push({ name, mode, batch, imagesPerSecond });
    else if (known && error) {
      notes.push(`Cannot measure ${name}, ${mode}, batch ${batch}: ${error}`);
    } else notes.push(`Cannot read a figure of ${peer}: it printed ${line}`);
  }
  return { figures, notes };
}

/**
 * Each figure of the peers, with our rate ÷ theirs for each of our numbers of networks: the same work on
 * both sides, so that a peer which does not augment meets our step on images that lie ready.
 */
export function formatPeers(figures: PeerCase[], ours: BenchCase[]): string {
  const networks = [...new Set(ours.map(({ trials }) => trials))];
  return formatTable(
    ["peer", "mode", "batch", "images/s", ...networks.map((trials) => `${trials}xB`)],
    figures.map(({ name, mode, batch, imagesPerSecond }) => [
      ...[name, mode, String(batch), imagesPerSecond.toFixed(imagesPerSecond < 100 ? 1 : 0)],
      ...networks.map((trials) => {
        const own = ours.find((c) => c.trials === trials && c.batch === batch && c.mode === mode);
        if (!own) return "";
        const rate = name.endsWith("augmenting") ? own.imagesPerSecond : own.readyImagesPerSecond;
        return (rate / imagesPerSecond).toFixed(2);
      }),
    ]),
  );
}
