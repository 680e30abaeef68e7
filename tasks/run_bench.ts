/**
 * What `deno task bench` and `deno task bench:peers` share: the second also starts other programs, and
 * so needs a permission that nothing else here has.
 *
 * @module
 */
import type { BenchCase, BenchSize } from "../mod.ts";
import { flag, list, type Option, runTask } from "./cli.ts";
import type { Peer, PeerCase } from "./peers.ts";

/** TRIALSxBATCH, e.g. 20x32. */
const size: Option<BenchSize | undefined> = {
  flag: "--cases",
  help: "networks × images a step, e.g. 20x32,1x8",
  value: "TxB",
  fallback: undefined,
  parse(text) {
    const [, trials, batch] = /^([1-9]\d{0,3})x([1-9]\d{0,4})$/.exec(text)?.map(Number) ?? [];
    if (trials === undefined) throw new RangeError(`"${text}" is no size; give for example 20x32`);
    return { trials, batch };
  },
};

/** What makes a task of the bench. */
export interface BenchTask {
  name: string;
  summary: string;
  /** What else is measured. */
  peers: Peer[];
  examples: string[];
}

/** Measures with the options of the command line, and ends the process. */
export const runBench = ({ name, summary, peers, examples }: BenchTask): Promise<never> =>
  runTask({
    ...{ name, summary, examples },
    options: {
      cases: list(size),
      shaders: flag("--shaders", "also time each shader of a training step, largest first"),
      json: flag("--json", "print {adapter, peak, cases, peers} alone"),
    },
  }, async ({ cases, shaders, json }, { print, warn }) => {
    const { bench, formatTable, measurePeak, openGpu } = await import("../mod.ts");
    const { showAdapter } = await import("./progress.ts");
    const { checkPeers, formatPeers, measurePeer } = await import("./peers.ts");
    const sizes = cases.length > 0 ? cases : [
      { trials: 1, batch: 8 },
      { trials: 1, batch: 32 },
      { trials: 6, batch: 8 },
      { trials: 20, batch: 8 },
      { trials: 20, batch: 32 },
    ];
    checkPeers(peers);
    const gpu = await openGpu();
    const peak = await measurePeak(gpu);
    if (!json) {
      showAdapter(print, gpu);
      const [gflops, gigabytes] = [peak.gflops.toFixed(1), peak.gigabytes.toFixed(1)];
      print(`peak        ${gflops} GFLOP/s of multiply-adds, ${gigabytes} GB/s of memory traffic`);
    }
    const all: BenchCase[] = [];
    for (const size of sizes) {
      const result = await bench(gpu, size, { shaders });
      all.push(...result.cases);
      if (json || !shaders) continue;
      const total = result.shaders.reduce((sum, { ms }) => sum + ms, 0);
      print(`\na training step of ${size.trials}x${size.batch}, shader by shader`);
      print(formatTable(
        ["shader", "ms", "share"],
        result.shaders.map(({ shader, ms }) => [
          ...[shader, ms.toFixed(2), `${(100 * ms / total).toFixed(1)} %`],
        ]),
      ));
    }
    gpu.close();
    if (!json) {
      print("");
      print(formatTable(
        [
          "mode",
          "trials",
          "batch",
          "at once",
          "images/s",
          "ready",
          "ms a step",
          "GFLOP/s",
          "of peak",
        ],
        all.map((it) => [
          it.mode,
          ...[it.trials, it.batch, it.sideBySide].map(String),
          ...[it.imagesPerSecond, it.readyImagesPerSecond].map((rate) => rate.toFixed(0)),
          ...[it.msPerStep.toFixed(2), it.gflops.toFixed(2)],
          `${(100 * it.gflops / peak.gflops).toFixed(0)} %`,
        ]),
      ));
      print("images/s: every image augmented anew; ready: on images that lie augmented already");
    }
    const figures: PeerCase[] = [];
    const batches = [...new Set(sizes.map(({ batch }) => batch))];
    for (const peer of peers) { // one after the other, and after us
      if (!json) print(`\nmeasuring ${peer.name} …`);
      const measured = await measurePeer(peer, batches);
      figures.push(...measured.figures);
      for (const note of measured.notes) warn(note);
    }
    if (json) {
      print(JSON.stringify({ adapter: gpu.adapter.name, peak, cases: all, peers: figures }));
    } else if (figures.length > 0) {
      print(`\nour rate ÷ theirs, by our networks × their batch\n${formatPeers(figures, all)}`);
    }
  });
