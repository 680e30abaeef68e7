/**
 * Softmax and cross-entropy: the end of the forward pass and the start of the backward pass.
 *
 * @module
 */
import source from "../../shaders/softmax_cross_entropy.wgsl" with { type: "text" };
import type { Gpu } from "../gpu/device.ts";
import { bind, ceilDiv, defineShader, type Step } from "../gpu/shader.ts";
import type { Sheet } from "../gpu/sheet.ts";
import type { Tensor } from "../gpu/tensor.ts";
import { sharing } from "./layer_constants.ts";
import type { NetworkInputs } from "./network.ts";
import { SLOT_WORDS } from "./slots.ts";

const shader = defineShader("softmax_cross_entropy", source, {
  logits: "load",
  slots: "read",
  classWeights: "read",
  clock: "read",
  losses: "write",
  dlogits: "write",
});

/** What the loss reads and writes. */
export interface LossTensors extends Pick<NetworkInputs, "slots" | "classWeights" | "clock"> {
  /** (TRIALS, BATCH, 1, ⌈CLASSES/4⌉) */
  logits: Sheet;
  /** (TRIALS, BATCH, 4): class weight · ce, ce, correct, 0 */
  losses: Tensor;
  /** (TRIALS, BATCH, 4 · ⌈CLASSES/4⌉): CLASSES each, then zeros that nothing writes */
  dlogits: Tensor;
}

/** The losses of a batch, and the gradient of their weighted mean with respect to the logits. */
export function softmaxCrossEntropy(gpu: Gpu, tensors: LossTensors): Promise<Step> {
  const { logits, classWeights } = tensors;
  const [trials, batch, , width] = logits.shape;
  const [tables, places] = tensors.slots.shape;
  return bind(gpu, shader, {
    buffers: tensors,
    constants: {
      BATCH: batch,
      CLASSES: classWeights.shape[0],
      STEPS: places / batch,
      QUADS: width,
      LOGITS_DOWN: logits.down,
      SHARED_IMAGES: sharing(tables, trials),
    },
    workgroups: [ceilDiv(batch, 64), 1, trials],
    touched: { slots: tables * batch * SLOT_WORDS, clock: 1 },
  });
}
