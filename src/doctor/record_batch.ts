/**
 * The bookkeeping shaders against their twins.
 *
 * @module
 */
import { submit } from "../gpu/shader.ts";
import { createTensor, download } from "../gpu/tensor.ts";
import { recordBatch, tick } from "../nn/record_batch.ts";
import { arrayOf } from "../reference/array.ts";
import * as twins from "../reference/record_batch.ts";
import { type Case, different, ofTrials, relative, ROUNDING, trialOf, words } from "./case.ts";
import { between, normals, poison } from "./draws.ts";
import { drawClock } from "./slots.ts";

export const recordBatchCase: Case = async (gpu, random) => {
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
  submit(gpu, [await recordBatch(gpu, tensors)]);
  const [actual] = await download(gpu, [tensors.records]);
  const expected = ofTrials(trials, (trial) => {
    const records = arrayOf([steps, 4], poison([steps, 4])); // the other steps' stay as they were
    const own = trialOf(penalties, [parts], trial).data;
    const sums = twins.recordBatch(trialOf(losses, [batch, 4], trial), own);
    records.data.set(sums, 4 * (clock[0] % steps));
    return records;
  });
  return {
    shape: `${trials} trials × ${batch} images, ${parts} penalties, ${steps} steps`,
    error: relative(actual, expected),
    bound: ROUNDING,
  };
};

export const tickCase: Case = async (gpu, random) => {
  const before = drawClock(random);
  const clock = createTensor(gpu, "clock", [64], before);
  const step = await tick(gpu, clock);
  submit(gpu, [step, step]);
  const [after] = await download(gpu, [clock]);
  const expected = Float64Array.from(before);
  expected[0] = twins.tick(twins.tick(before[0]));
  return { shape: "2 steps", error: different(words(after), expected), bound: 0 };
};
