/**
 * `deno task bench:peers`: the same work on PyTorch, tfjs and jax-js, where they are. The one task that
 * starts other programs.
 *
 * @module
 */
import { PEERS } from "./peers.ts";
import { runBench } from "./run_bench.ts";

await runBench({
  name: "bench:peers",
  summary:
    "Measure this adapter, then the same on PyTorch, tfjs and jax-js, where they are: ratios.",
  peers: PEERS,
  examples: ["deno task bench:peers", "deno task bench:peers --cases=20x32"],
});
