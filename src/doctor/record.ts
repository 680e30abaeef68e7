/**
 * The bookkeeping shaders against their twins.
 *
 * @module
 */
import { submit } from "../gpu/shader.ts";
import { createTensor, download, upload } from "../gpu/tensor.ts";
import { keepBest, record, tick } from "../nn/record.ts";
import { arrayOf } from "../reference/array.ts";
import * as twins from "../reference/record.ts";
import {
  between,
  type Case,
  coin,
  different,
  normals,
  ofTrials,
  poison,
  relative,
  ROUNDING,
  trialOf,
  words,
} from "./case.ts";
import { drawClock } from "./slots.ts";

const recordCase: Case = async (gpu, random) => {
  const [trials, batch] = [between(random, 2, 3), between(random, 1, 99)];
  const [parts, steps] = [between(random, 1, 140), between(random, 2, 5)];
  const losses = normals(random, [trials, batch, 4]).map((value, i) => i % 4 === 3 ? 0 : value);
  const penalties = normals(random, [trials, parts]);
  const clock = drawClock(random);
  const tensors = {
    losses: createTensor(gpu, "losses", [trials, batch, 4], losses),
    penalties: createTensor(gpu, "penalties", [trials, parts], penalties),
    clock: createTensor(gpu, "clock", [64], clock),
    records: createTensor(gpu, "records", [trials, steps, 4], poison([trials, steps, 4])),
  };
  submit(gpu, await record(gpu, tensors));
  const [actual] = await download(gpu, [tensors.records]);
  const expected = ofTrials(trials, (trial) => {
    const records = arrayOf([steps, 4], poison([steps, 4])); // the other steps' stay as they were
    const own = trialOf(penalties, [parts], trial).data;
    const sums = twins.record(trialOf(losses, [batch, 4], trial), own);
    records.data.set(sums, 4 * (clock[0] % steps));
    return records;
  });
  return {
    shape: `${trials} trials × ${batch} images, ${parts} penalties, ${steps} steps`,
    error: relative(actual, expected),
    bound: ROUNDING,
  };
};

const tickCase: Case = async (gpu, random) => {
  const before = drawClock(random);
  const clock = createTensor(gpu, "clock", [64], before);
  const steps = await tick(gpu, clock);
  submit(gpu, [...steps, ...steps]);
  const [after] = await download(gpu, [clock]);
  const expected = Float64Array.from(before);
  expected[0] = twins.tick(twins.tick(before[0]));
  return { shape: "2 steps", error: different(words(after), expected), bound: 0 };
};

/** Several epochs; epochs must agree exactly, losses up to rounding. */
const judgeCase: Case = async (gpu, random) => {
  const [trials, steps, images] = [between(random, 1, 70), between(random, 1, 5), 37];
  const row = 64;
  const tensors = {
    records: createTensor(gpu, "records", [trials, steps, 4]),
    best: createTensor(gpu, "best", [trials, 4]),
    parameters: createTensor(gpu, "parameters", [trials, row]),
    kept: createTensor(gpu, "kept", [trials, row]),
  };
  const judge = (await keepBest(gpu, images, tensors)).filter(({ label }) => label === "judge");
  const bests = Array.from(
    { length: trials },
    (): twins.Best => ({ loss: 0, epoch: 0, isLast: false, epochs: 0 }),
  );
  let error = 0, records = poison([trials, steps, 4]);
  for (let epoch = 0; epoch < 4; epoch++) {
    // The third epoch brings what the second brought: no lower loss.
    if (epoch !== 2) records = normals(random, [trials, steps, 4]).map(Math.abs);
    upload(gpu, tensors.records, records);
    submit(gpu, judge);
    const [losses] = await download(gpu, [tensors.best]);
    const state = words(losses);
    bests.forEach((best, trial) => {
      const own = trialOf(records, [steps, 4], trial);
      const { loss, epoch, isLast, epochs } = bests[trial] = twins.judge(best, own, images);
      const actual = state.subarray(4 * trial + 1, 4 * trial + 4);
      const wrong = different(actual, [epoch, isLast ? 1 : 0, epochs]) > 0;
      error = Math.max(error, wrong ? Infinity : relative([losses[4 * trial]], [loss]));
    });
  }
  return { shape: `${trials} trials × ${steps} records, 4 epochs`, error, bound: ROUNDING };
};

const keepCase: Case = async (gpu, random) => {
  const shape = [between(random, 2, 5), between(random, 1, 200)];
  const [trials, row] = shape;
  const parameters = normals(random, shape), kept = normals(random, shape);
  const lasts = Array.from({ length: trials }, () => coin(random));
  const best = Uint32Array.from(lasts.flatMap((isLast) => [1, 1, isLast ? 1 : 0, 1]));
  const tensors = {
    records: createTensor(gpu, "records", [trials, 1, 4]),
    best: createTensor(gpu, "best", [trials, 4], best),
    parameters: createTensor(gpu, "parameters", shape, parameters),
    kept: createTensor(gpu, "kept", shape, kept),
  };
  const steps = await keepBest(gpu, 1, tensors);
  submit(gpu, steps.filter(({ label }) => label === "keep"));
  const [actual] = await download(gpu, [tensors.kept]);
  const expected = ofTrials(trials, (trial) => {
    const state = { loss: 1, epoch: 1, isLast: lasts[trial], epochs: 1 };
    return twins.keep(state, trialOf(parameters, [row], trial), trialOf(kept, [row], trial));
  });
  const shown = `${trials} trials × ${row}`;
  return { shape: shown, error: different(actual, expected), bound: 0 };
};

/** By shader. */
export const recordCases = {
  record: recordCase,
  tick: tickCase,
  judge: judgeCase,
  keep: keepCase,
} satisfies Record<string, Case>;
