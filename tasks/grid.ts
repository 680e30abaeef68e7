/**
 * `deno task grid`: which α, and is the smooth-kernel prior better than plain L2?
 *
 * @module
 */
import "./thread.ts"; // before all else
import {
  choice,
  commandLine,
  list,
  path,
  positiveInteger,
  quiet,
  runTask,
  strengths,
  whereResultsStand,
} from "./cli.ts";
import { newClassesOptions } from "./new_classes.ts";

await runTask({
  name: "grid",
  summary:
    "Choose α for L2 and SK-reg by validation cross-entropy, then compare both on the test " +
    "images.",
  options: {
    modes: list(choice("--mode", "penalties to compare", ["l2", "sk"]), ["l2", "sk"]),
    alphas: strengths("--alphas", "strengths to try, e.g. 1,2,4, or 0.25..16 in doublings", [
      ...[0.25, 0.5, 1, 2, 4, 8, 16],
    ]),
    seeds: positiveInteger("--seeds", "networks for each penalty and α", 10, { most: 10_000 }),
    resultsDir: path("--results-dir", "where tables, pictures and trials go", "data/grid"),
    ...newClassesOptions,
    ...whereResultsStand,
    quiet,
  },
  examples: [
    "deno task grid",
    "deno task grid --mode=l2,sk --alphas=0.25..16 --seeds=10",
    "deno task grid --alphas=0.25..32 --seeds=10 --resume",
  ],
}, async ({ adapter, ...options }, tools) => {
  const { grid, openGpu } = await import("../mod.ts");
  const { chooseDataDir } = await import("./data_dir.ts");
  const { showCompiling, showTraining } = await import("./progress.ts");
  const { formatGrid, formatTime } = await import("./tables.ts");
  const { print } = tools;
  const shown = { ...tools, quiet: options.quiet };
  const gpu = await openGpu({ adapter, onCompile: showCompiling(shown) });
  const show = showTraining(shown, gpu);
  const dataDir = await chooseDataDir(options.dataDir, options.quiet ? tools.warn : print);
  const starting = tools.elapsed();
  const summary = await grid(gpu, {
    ...options,
    dataDir,
    command: commandLine("grid"),
    signal: tools.signal,
  }, show);
  gpu.close();
  print(`\n${formatGrid(summary)}`);
  print(`\nresults in ${options.resultsDir} (grid.svg shows them)`);
  print(`\n${formatTime(starting, summary.time, tools.elapsed())}`);
});
