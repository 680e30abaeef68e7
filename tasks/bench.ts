/**
 * `deno task bench`: how fast this adapter trains and evaluates a network.
 *
 * @module
 */
import type { BenchCase, BenchSize } from "../src/experiments/bench.ts";
import type { PeerCase } from "./peers.ts";
import { UsageError } from "./command_line.ts";
import { flag, list, type Option, path, runTask } from "./cli.ts";
import { adapter, memory, tunedFor } from "./shared_options.ts";

/** TRIALSxBATCH, e.g. 20x32. */
const size: Option<BenchSize | undefined> = {
  flag: "--cases",
  help: "networks × images a step, e.g. 20x32,1x8",
  value: "TxB",
  fallback: undefined,
  parse(text) {
    const [, trials, batch] = /^([1-9]\d{0,3})x([1-9]\d{0,4})$/.exec(text)?.map(Number) ?? [];
    if (trials === undefined) {
      throw new RangeError(`"${text}" is no size; give for example 20x32, at most 9999x99999`);
    }
    return { trials, batch };
  },
};

await runTask({
  name: "bench",
  summary: "Measure training and evaluation of a network, the paper's or yours, on this adapter.",
  options: {
    cases: list(size),
    network: path("--network", "a JSON file, or the name paper or paper64", "paper"),
    shaders: flag(
      "--shaders",
      "also time each dispatch of a training step, largest first, with its plan",
    ),
    peers: flag("--peers", "then the same on PyTorch, tfjs and jax-js, where they are, and ratios"),
    memory,
    adapter,
    tunedFor,
    json: flag("--json", "print {adapter, peak, cases, peers} alone"),
  },
  examples: [
    "deno task bench",
    "deno task bench --cases=20x32 --shaders",
    "deno task bench --peers",
  ],
}, async ({ cases, network: named, shaders, peers, memory, adapter, tunedFor, json }, tools) => {
  const { print, warn } = tools;
  if (peers && named !== "paper") {
    throw new UsageError("--peers measures the paper's network: leave --network out");
  }
  const { openGpu, readDesign } = await import("../mod.ts");
  const { bench } = await import("../src/experiments/bench.ts");
  const { measureAdapterPeak } = await import("../src/gpu/adapter_peak.ts");
  const { formatTable } = await import("../src/report/table.ts");
  const { showAdapter, showCompiling } = await import("./progress.ts");
  const { formatPlan, PLAN } = await import("./plan.ts");
  const { checkPeers, formatPeers, measurePeer, PEERS } = await import("./peers.ts");
  const sizes = cases.length > 0 ? cases : [
    { trials: 1, batch: 8 },
    { trials: 1, batch: 32 },
    { trials: 6, batch: 8 },
    { trials: 20, batch: 8 },
    { trials: 20, batch: 32 },
  ];
  const network = await readDesign(named);
  if (peers) checkPeers(PEERS);
  const gpu = await openGpu({
    adapter,
    tunedFor,
    onCompile: showCompiling({ ...tools, quiet: json }),
  });
  const peak = await measureAdapterPeak(gpu);
  if (!json) {
    showAdapter(print, gpu);
    const [gflops, gigabytes] = [peak.gflops.toFixed(1), peak.gigabytes.toFixed(1)];
    print(`peak        ${gflops} GFLOP/s of multiply-adds, ${gigabytes} GB/s of memory traffic`);
  }
  const all: BenchCase[] = [];
  for (const size of sizes) {
    const result = await bench(gpu, size, { network, shaders, memory });
    all.push(...result.cases);
    if (json || !shaders) continue;
    const images = result.cases[0].sideBySide * size.batch;
    print(`\na training step of ${size.trials}x${size.batch}, dispatch by dispatch`);
    print(formatTable(PLAN, formatPlan(result.shaders, images)));
    print(
      "tile: numbers in a lane's own arrays; KB an image: what the grid reads and writes, once each",
    );
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
  for (const peer of peers ? PEERS : []) { // one after the other, and after us
    if (!json) print(`\nmeasuring ${peer.name} …`);
    const measured = await measurePeer(peer, batches);
    figures.push(...measured.figures);
    for (const note of measured.notes) warn(note);
  }
  if (json) print(JSON.stringify({ adapter: gpu.adapter.name, peak, cases: all, peers: figures }));
  else if (figures.length > 0) {
    print(`\nour rate ÷ theirs, by our networks × their batch\n${formatPeers(figures, all)}`);
  }
});
