import { bench } from "../../src/experiments/bench.ts";
import { phase1Network } from "../../src/nn/paper_network.ts";
import { countMultiplyAdds, createLayout } from "../../src/nn/layout.ts";
import { assert, assertEquals } from "../helpers/assert.ts";
import { changed } from "../helpers/adapters.ts";
import { gpu, gpuWith } from "../helpers/device.ts";

Deno.test("bench measures training, evaluation and each dispatch", async () => {
  const effort = { runs: 1, ms: 1 };
  const { cases, shaders } = await bench(gpu, { trials: 2, batch: 3 }, { shaders: true, effort });
  assertEquals(cases.map(({ mode }) => mode), ["train", "eval"]);
  const [train] = cases;
  assertEquals([train.trials, train.batch, train.sideBySide], [2, 3, 2]);
  // 2 networks × 3 images a step, and 2 floating-point operations a multiply-add
  assert(Math.abs(train.imagesPerSecond * train.msPerStep / 1000 - 6) < 1e-9);
  const { train: macs } = countMultiplyAdds(createLayout(phase1Network(20)));
  assert(Math.abs(train.gflops * 1e9 / train.imagesPerSecond - 2 * macs) < 1);
  const names = shaders.map(({ shader }) => shader);
  assertEquals(names.filter((name) => name === "tick").length, 1);
  assert(names.filter((name) => name.startsWith("conv")).length >= 8, `${names}`);
  assert(shaders.every(({ ms }, i) => ms >= 0 && (i === 0 || ms <= shaders[i - 1].ms)));
});

Deno.test("bench times each shader alone where the adapter has no clock", async () => {
  const effort = { runs: 1, ms: 1 };
  const size = { trials: 2, batch: 3 }; // as above: all shaders are compiled
  const clockless = gpuWith({ device: changed(gpu.device, { features: new Set() }) });
  const { shaders } = await bench(clockless, size, { shaders: true, effort });
  assert(shaders.find(({ shader }) => shader === "conv")!.ms > 0);
  const tick = shaders.find(({ shader }) => shader === "tick");
  assertEquals(tick?.ms, 0, "the clock of the training does not run on");
});

Deno.test("countMultiplyAdds agrees with the paper's network counted by hand", () => {
  // 100²·375 + 33²·1250 + 16²·2000 + 1568·128 + 128·20
  const forward = 3_750_000 + 1_361_250 + 512_000 + 200_704 + 2_560;
  const counted = countMultiplyAdds(createLayout(phase1Network(20)));
  assertEquals(counted, { forward, train: 3 * forward - 3_750_000 });
});
