/**
 * `deno task phase2`: learn new classes from few images, with L2 or with the smooth-kernel prior.
 *
 * @module
 */
import "./thread.ts"; // before all else
import {
  choice,
  commandLine,
  nonNegativeNumber,
  path,
  positiveInteger,
  quiet,
  required,
  runTask,
  whereResultsStand,
} from "./cli.ts";
import { newClassesOptions } from "./new_classes.ts";

await runTask({
  name: "phase2",
  summary:
    "Learn new classes from few images, with plain L2 or with the learned smooth-kernel prior.",
  options: {
    mode: required(choice("--mode", "the penalty on conv kernels", ["l2", "sk"])),
    alpha: required(
      nonNegativeNumber("--alpha", "λ = 0.05·α; the paper's are 4.29 for l2, 2.57 for sk"),
    ),
    resultsDir: path("--results-dir", "where weights, curves and summary.json go", "phase2_tmp"),
    seeds: positiveInteger("--seeds", "networks, trained side by side", 1, { most: 10_000 }),
    ...newClassesOptions,
    ...whereResultsStand,
    quiet,
  },
  examples: [
    "deno task phase2 --mode=l2 --alpha=4.29 --seeds=6 --results-dir=data/l2",
    "deno task phase2 --mode=sk --alpha=2.57 --seeds=6 --results-dir=data/sk",
  ],
}, async ({ adapter, ...options }, tools) => {
  const { openGpu, phase2 } = await import("../mod.ts");
  const { chooseDataDir } = await import("./data_dir.ts");
  const { showCompiling, showTraining } = await import("./progress.ts");
  const { formatPhase2, formatTime } = await import("./tables.ts");
  const { print } = tools;
  const shown = { ...tools, quiet: options.quiet };
  const gpu = await openGpu({ adapter, onCompile: showCompiling(shown) });
  const show = showTraining(shown, gpu);
  const dataDir = await chooseDataDir(options.dataDir, options.quiet ? tools.warn : print);
  const starting = tools.elapsed();
  const command = commandLine("phase2");
  const summary = await phase2(gpu, { ...options, dataDir, command, signal: tools.signal }, show);
  gpu.close();
  print(`\n${formatPhase2([summary])}`);
  print(`results in ${options.resultsDir}`);
  print(`\n${formatTime(starting, summary.time, tools.elapsed())}`);
});
