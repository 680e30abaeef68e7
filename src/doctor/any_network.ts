/**
 * Any network against its float64 twin: some steps of SK-reg training on random numbers.
 *
 * @module
 */
import { Failure } from "../failure.ts";
import type { Gpu } from "../gpu/device.ts";
import { ADAM } from "../nn/adam.ts";
import { initialParameters } from "../nn/initializer.ts";
import { buildNetwork, type NetworkDesign } from "../nn/design.ts";
import { countMultiplyAdds, createLayout, type NetworkSpec } from "../nn/layout.ts";
import { AS_IT_IS } from "../nn/slots.ts";
import { createRandom, type Random } from "../random.ts";
import type { Check } from "./case.ts";
import { normals } from "./draws.ts";
import type { NetworkCase } from "./network_case.ts";
import { judgeNetwork, trainTwin } from "./network_judge.ts";
import { runNetwork } from "./network_run.ts";
import { drawPrecision } from "./regularizer.ts";

const [BATCH, STEPS, CLASSES] = [2, 2, 10];
/** Multiply-adds of an image in a step beyond which plain loops on the CPU take an hour or more. */
const MOST = 5e8;

/** @throws {Failure} "input" for a network that is too large for its float64 twin. */
export function refuseLarge(design: NetworkDesign): void {
  const { train } = countMultiplyAdds(createLayout(buildNetwork(design, "phase1", CLASSES)));
  if (train <= MOST) return;
  throw new Failure(
    "input",
    `Cannot judge the network: float64 on the CPU would take hours for its ` +
      `${(train / 1e6).toFixed(0)} million multiply-adds an image; ${MOST / 1e6} million are ` +
      `allowed. Give it smaller images (input) or fewer filters: the layers' kinds are what is judged`,
  );
}

/**
 * Trains the network of phase 1, then that of phase 2, on the GPU and in float64, and compares them as
 * golden cases are compared (SPEC §9).
 *
 * @param seed Of weights, images, dropout and precisions.
 */
export async function checkNetwork(
  gpu: Gpu,
  design: NetworkDesign,
  seed: number,
): Promise<Check[]> {
  const checks: Check[] = [];
  for (const phase of ["phase1", "phase2"] as const) {
    const network = drawNetwork(buildNetwork(design, phase, CLASSES), createRandom(seed));
    const seen = await gpu.scope((gpu) => runNetwork(gpu, network));
    const judged = judgeNetwork(phase, network, trainTwin(network), seen);
    checks.push(...judged.map((check) => ({ ...check, group: `${phase}: ${check.group}` })));
  }
  return checks;
}

/** Random numbers for all that a case holds. */
function drawNetwork(spec: NetworkSpec, random: Random): NetworkCase {
  const layout = createLayout(spec), { convs, denses, classes } = layout;
  const row = initialParameters(layout, random);
  for (const { bias } of [...convs, ...denses]) {
    row.set(normals(random, bias.shape, 0.1), bias.offset);
  }
  const places = Array.from({ length: BATCH }, (_, image) => {
    return { image, label: random.integer(classes), weight: 1 / BATCH, ...AS_IT_IS };
  });
  return {
    layout,
    row,
    images: normals(random, [BATCH, ...spec.input]),
    slots: places,
    classWeights: normals(random, [classes]).map(Math.abs),
    factors: denses.map(({ inputs, dropout }) =>
      new Float32Array(BATCH * inputs).map(() => random.uniform() < dropout ? 0 : 1 / (1 - dropout))
    ),
    regularizer: {
      lambda: 0.05,
      denseL2: denses.map(() => 0.01),
      // Rank 3 in the first layer and rank 2 further in (SPEC §4).
      precisions: convs.map(({ kernel, channels }, i) =>
        drawPrecision(random, kernel ** 2 * (i === 0 ? channels : 1))
      ),
    },
    adam: ADAM,
    steps: STEPS,
  };
}
