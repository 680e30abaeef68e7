/**
 * The loss's shader against its twin.
 *
 * @module
 */
import { submit } from "../gpu/shader.ts";
import { createSheet, uploadSheet } from "../gpu/sheet.ts";
import { createTensor, download } from "../gpu/tensor.ts";
import { quads } from "../nn/layout.ts";
import { SLOT_WORDS } from "../nn/slots.ts";
import { softmaxCrossEntropy } from "../nn/softmax_cross_entropy.ts";
import * as twins from "../reference/softmax_cross_entropy.ts";
import { type Case, ofTrials, relative, ROUNDING, trialOf } from "./case.ts";
import { between, coin, normals, poison } from "./draws.ts";
import { drawClock, drawSlots } from "./slots.ts";
import { fill } from "./stored.ts";

export const softmaxCase: Case = async (gpu, random) => {
  const [batch, classes] = [between(random, 1, 70), between(random, 2, 21)];
  const [trials, steps] = [between(random, 2, 3), between(random, 2, 4)];
  const tables = coin(random) ? 1 : trials;
  const counts = { trials: tables, steps, batch, images: 9, classes };
  const { slots, words } = drawSlots(random, counts, [1, 1]);
  const clock = drawClock(random);
  const values = normals(random, [trials, batch, classes], 3);
  const weights = normals(random, [classes]).map(Math.abs);
  const line = 4 * quads(classes);
  const create = (label: string, shape: number[], data = poison(shape)) =>
    createTensor(gpu, label, shape, data);
  const tensors = {
    logits: createSheet(gpu, "logits", [trials, batch, 1, quads(classes)]),
    slots: create("slots", [tables, steps * batch, SLOT_WORDS], words),
    classWeights: create("class weights", [classes], weights),
    clock: createTensor(gpu, "clock", [64], clock),
    losses: create("losses", [trials, batch, 4]),
    dlogits: create("dlogits", [trials, batch, line]),
  };
  uploadSheet(gpu, tensors.logits, fill(values, classes, line));
  submit(gpu, [await softmaxCrossEntropy(gpu, tensors)]);
  const [losses, gradients] = await download(gpu, [tensors.losses, tensors.dlogits]);
  const dlogits = gradients.filter((_, i) => i % line < classes);
  const twin = (trial: number) => {
    const places = slots[trial % tables][clock[0] % steps];
    const logits = trialOf(values, [batch, classes], trial);
    return twins.softmaxCrossEntropy(logits, places, weights);
  };
  return {
    shape: `${trials} trials × ${batch} images${tables < trials ? " shared" : ""} × ${classes} ` +
      `classes, batch ${clock[0] % steps + 1} of ${steps}`,
    error: Math.max(
      relative(losses, ofTrials(trials, (trial) => twin(trial).losses)),
      relative(dlogits, ofTrials(trials, (trial) => twin(trial).dlogits)),
    ),
    bound: ROUNDING,
  };
};
