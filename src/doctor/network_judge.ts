/**
 * Whether what a machine computed of a golden network is right, near-ties told apart from errors
 * (SPEC §9). Of the machine it knows nothing but the results.
 *
 * @module
 */
import { adam, type AdamState } from "../reference/adam.ts";
import { arrayOf } from "../reference/array.ts";
import { backward, type Choices, forward, ONE_VALUE, read } from "../reference/network.ts";
import { multiply } from "../reference/dropout.ts";
import { regularize } from "../reference/regularizer.ts";
import { type Check, isRight, relative } from "./case.ts";
import { convSums, denseSums, shortfall } from "./kinks.ts";
import type { NetworkCase, NetworkResults, SeenStep } from "./network_case.ts";

/** SPEC §9's bounds. */
const BOUNDS = { logits: 1e-5, losses: 1e-5, gradients: 1e-4, "weights after the steps": 1e-3 };

/**
 * Compares results with those of independent code. Where they differ by more than rounding, and every
 * maximum that the machine chose is one as far as rounding can tell, they are compared with what float64
 * makes of the same choices: provided that, left to its own, it comes to what the independent code did.
 *
 * @param name Of the case.
 * @param seen Each step.
 */
export function judgeNetwork(
  name: string,
  network: NetworkCase,
  expected: NetworkResults,
  { results, seen }: { results: NetworkResults; seen: readonly SeenStep[] },
): Check[] {
  const checks = compare(name, network, results, expected);
  if (checks.every(isRight)) return checks;
  const note = (text: string, judged = checks) =>
    judged.map((check, i) => isRight(checks[i]) ? check : { ...check, note: text });
  const short = Math.max(...seen.map((step) => worstShortfall(network, step)));
  if (!(short <= 1)) {
    return note(`a chosen maximum falls short by ${short.toPrecision(2)} × what rounding explains`);
  }
  const own = trainTwin(network);
  if (!compare(name, network, own, expected).every(isRight)) {
    return note("the float64 twin comes to something else, too");
  }
  const followed = {
    ...trainTwin(network, seen.map(({ choices }) => choices)),
    logits: expected.logits,
  };
  const judged = compare(name, network, results, followed);
  return note(
    judged.every(isRight)
      ? "near-ties as this machine decided them"
      : "near-ties do not explain it",
    judged,
  );
}

function compare(
  name: string,
  { layout }: NetworkCase,
  actual: NetworkResults,
  expected: NetworkResults,
): Check[] {
  const worst = (parts: ArrayLike<number>[], wanted: ArrayLike<number>[]) =>
    Math.max(...parts.map((part, i) => relative(part, wanted[i])));
  const tensors = (row: ArrayLike<number>) =>
    layout.parameters.map((parameter) => read(row, parameter).data);
  const errors = {
    logits: worst(actual.logits, expected.logits),
    losses: worst(actual.losses, expected.losses),
    gradients: worst(tensors(actual.gradients), tensors(expected.gradients)),
    "weights after the steps": worst(tensors(actual.after), tensors(expected.after)),
  };
  return Object.entries(BOUNDS).map(([group, bound]) => ({
    case: name,
    group,
    bound,
    error: errors[group as keyof typeof errors],
  }));
}

/** How wrong a step's worst choice was (see `shortfall`), from what the layer before handed on. */
function worstShortfall(network: NetworkCase, { row, convs, denses, choices }: SeenStep): number {
  const { layout } = network, { images, factors } = batchOf(network);
  const ofConvs = layout.convs.map((layer, i) => {
    const x = i === 0 ? images : convs[i - 1];
    const sums = convSums(layer, x, read(row, layer.weights), read(row, layer.bias));
    return shortfall(layer, sums, choices.convs[i]);
  });
  const ofDenses = layout.denses.map((layer, i) => {
    if (!layer.relu) return 0;
    const { data } = i === 0 ? convs[convs.length - 1] : denses[i - 1];
    const x = multiply(arrayOf([images.shape[0], layer.inputs], data), factors[i]);
    const sums = denseSums(x, read(row, layer.weights), read(row, layer.bias));
    return shortfall(ONE_VALUE, sums, choices.denses[i]);
  });
  return Math.max(...ofConvs, ...ofDenses);
}

/**
 * The case's steps in float64.
 *
 * @param choices Of each step, followed where they are given.
 */
export function trainTwin(network: NetworkCase, choices?: readonly Choices[]): NetworkResults {
  const { layout, steps, adam: options, slots } = network;
  const batch = batchOf(network), zeros = () => new Float64Array(layout.row);
  let state: AdamState = { parameters: Float64Array.from(network.row), m: zeros(), v: zeros() };
  const evaluated = forward(layout, state.parameters, { ...batch, factors: undefined }).logits.data;
  const logits = [evaluated], losses: number[][] = [[], [], []];
  let gradients: Float64Array | undefined;
  for (let step = 0; step < steps; step++) {
    const activations = forward(layout, state.parameters, batch, choices?.[step]);
    const gradient = backward(layout, state.parameters, activations);
    const penalty = regularize(layout, network.regularizer, state.parameters, gradient);
    if (step === 0) logits.push(activations.logits.data);
    gradients ??= gradient;
    const entropies = activations.losses.data.filter((_, i) => i % 4 === 1);
    const entropy = entropies.reduce((sum, ce) => sum + ce, 0) / slots.length;
    [activations.loss + penalty, entropy, penalty]
      .forEach((value, i) => losses[i].push(value));
    state = adam(options, state, gradient, step);
  }
  return { logits, losses, gradients: gradients ?? zeros(), after: state.parameters };
}

function batchOf({ layout, images, slots, classWeights, factors }: NetworkCase) {
  const count = slots.length;
  return {
    images: arrayOf([count, ...layout.spec.input], images),
    slots,
    classWeights,
    factors: layout.denses.map(({ inputs }, i) => arrayOf([count, inputs], factors[i])),
  };
}
