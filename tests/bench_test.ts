import { bench } from "../src/bench.ts";
import { phase1Network } from "../src/nn/cnn.ts";
import { countMultiplyAdds, createLayout } from "../src/nn/layout.ts";
import { assert, assertEquals } from "./assert.ts";
import { gpu } from "./device.ts";

Deno.test("bench measures training, evaluation and each shader", async () => {
  const effort = { runs: 1, ms: 1 };
  const { cases, shaders } = await bench(gpu, { trials: 2, batch: 3 }, { shaders: true, effort });
  assertEquals(cases.map(({ mode }) => mode), ["train", "eval"]);
  const [train] = cases;
  assertEquals([train.trials, train.batch, train.sideBySide], [2, 3, 2]);
  // 2 networks × 3 images a step, and 2 floating-point operations a multiply-add
  assert(Math.abs(train.imagesPerSecond * train.msPerStep / 1000 - 6) < 1e-9);
  const { train: macs } = countMultiplyAdds(createLayout(phase1Network(20)));
  assert(Math.abs(train.gflops * 1e9 / train.imagesPerSecond - 2 * macs) < 1);
  assert(shaders.some(({ shader }) => shader === "conv"));
  assert(!shaders.some(({ shader }) => shader === "tick"));
});

Deno.test("countMultiplyAdds agrees with the paper's network counted by hand", () => {
  // 100²·375 + 33²·1250 + 16²·2000 + 1568·128 + 128·20
  const forward = 3_750_000 + 1_361_250 + 512_000 + 200_704 + 2_560;
  const counted = countMultiplyAdds(createLayout(phase1Network(20)));
  assertEquals(counted, { forward, train: 3 * forward - 3_750_000 });
});
