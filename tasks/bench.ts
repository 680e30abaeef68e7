/**
 * `deno task bench`: how fast this adapter trains and evaluates the paper's network.
 *
 * @module
 */
import { runBench } from "./run_bench.ts";

await runBench({
  name: "bench",
  summary: "Measure training and evaluation of the paper's network on this adapter.",
  peers: [],
  examples: ["deno task bench", "deno task bench --cases=20x32 --shaders"],
});
