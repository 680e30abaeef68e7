/**
 * The steps of a golden case on the GPU.
 *
 * @module
 */
import type { Gpu } from "../gpu/device.ts";
import { submit } from "../gpu/shader.ts";
import { downloadSheet, type Sheet, uploadSheet } from "../gpu/sheet.ts";
import { createTensor, download, type Tensor } from "../gpu/tensor.ts";
import { adam, adamRates } from "../nn/adam.ts";
import { createImages } from "../nn/augment.ts";
import { createNetwork, type Network } from "../nn/network.ts";
import { recordBatch, tick } from "../nn/record_batch.ts";
import { createRegularizer } from "../nn/regularizer.ts";
import type { Layout } from "../nn/layout.ts";
import { encodeSlots, SLOT_WORDS } from "../nn/slots.ts";
import { arrayOf } from "../reference/array.ts";
import { DEAD } from "../reference/conv_pool.ts";
import type { NetworkCase, NetworkResults, SeenStep } from "./network_case.ts";
import { pooledSize } from "./conv_layer.ts";
import { fromSheet, toSheet, unpackPlaces } from "./stored.ts";

/** Trains the case's steps, and shows what its layers chose in each. */
export async function runNetwork(
  gpu: Gpu,
  { layout, slots: places, adam: options, steps, ...network }: NetworkCase,
): Promise<{ results: NetworkResults; seen: SeenStep[] }> {
  const batch = places.length, { convs: [{ x: map }], classes } = layout;
  const parameters = createTensor(gpu, "parameters", [1, layout.row], network.row);
  const [gradients, m, v] = ["gradients", "m", "v"].map((label) =>
    createTensor(gpu, label, [1, layout.row])
  );
  const slots = createTensor(gpu, "slots", [1, batch, SLOT_WORDS], encodeSlots(places, [1, 1]));
  const clock = createTensor(gpu, "clock", [64]);
  const images = createImages(gpu, "images", map, 1, batch);
  uploadSheet(gpu, images, toSheet(network.images, layout.spec.input, map));
  const classWeights = createTensor(gpu, "class_weights", [classes], network.classWeights);
  const masks = layout.denses.map(({ inputs }, i) =>
    createTensor(gpu, `dropout_${i + 1}`, [1, batch, inputs], network.factors[i])
  );
  const rows = { parameters, gradients };
  const { penalties, regularize } = await createRegularizer(gpu, layout, network.regularizer, rows);
  const inputs = { images, parameters, slots, clock, classWeights };
  const evaluation = await createNetwork(gpu, layout, inputs);
  const training = await createNetwork(gpu, layout, inputs, { gradients, dropout: { masks } });
  const records = createTensor(gpu, "records", [1, steps, 4]);
  const rates = createTensor(gpu, "rates", [steps], adamRates(options, steps));
  const step = [
    ...training.forward,
    ...training.backward,
    ...regularize,
    // One slot table serves all steps, but each step has a record of its own.
    await recordBatch(gpu, { losses: training.losses, penalties, clock, records }),
    await adam(gpu, options, { gradients, rates, clock, m, v, parameters }),
    await tick(gpu, clock),
  ];
  const looks = [];
  submit(gpu, evaluation.forward);
  for (let i = 0; i < steps; i++) {
    const before = download(gpu, [parameters]);
    submit(gpu, step);
    looks.push(Promise.all([before, look(gpu, layout, training, gradients)]));
  }
  const logits = await readValues(gpu, evaluation.logits, classes);
  const seen = await Promise.all(looks);
  const [recorded, after] = await download(gpu, [records, parameters]);
  const each = (value: (record: Float32Array) => number) =>
    Array.from({ length: steps }, (_, i) => value(recorded.subarray(4 * i)));
  return {
    results: {
      logits: [logits, seen[0][1].denses[layout.denses.length - 1].data],
      losses: [
        each(([weighted, , , penalty]) => weighted / batch + penalty),
        each(([, ce]) => ce / batch),
        each(([, , , penalty]) => penalty),
      ],
      gradients: seen[0][1].gradients,
      after,
    },
    seen: seen.map(([[row], step]) => ({ row, ...step })),
  };
}

/** What the layers handed on and chose in the step that was submitted last. */
async function look(gpu: Gpu, layout: Layout, { maps }: Network, gradients: Tensor) {
  const [maxima, outputs, [row, ...argmax]] = await Promise.all([
    Promise.all(maps.convs.map(({ y }) => downloadSheet(gpu, y))),
    Promise.all(maps.denses.map((y, i) => readValues(gpu, y, layout.denses[i].outputs))),
    download(gpu, [gradients, ...maps.convs.map(({ argmax }) => argmax)]),
  ]);
  const pooled = layout.convs.map((layer, i) => {
    const size = pooledSize(layer), shape = [maps.convs[i].y.shape[1], ...size];
    return {
      y: arrayOf(shape, fromSheet(maxima[i], size, layer.y)),
      argmax: arrayOf(shape, unpackPlaces(argmax[i], layer.filters)),
    };
  });
  const denses = outputs.map((values, i) => {
    const { outputs } = layout.denses[i];
    return arrayOf([values.length / outputs, 1, 1, outputs], values);
  });
  return {
    gradients: row,
    convs: pooled.map(({ y }) => y),
    denses,
    choices: {
      convs: pooled.map(({ argmax }) => argmax),
      denses: denses.map(({ shape, data }) => arrayOf(shape, data.map((y) => y > 0 ? 0 : DEAD))),
    },
  };
}

/** (BATCH, VALUES) of a sheet that is filled up to whole texels. */
async function readValues(gpu: Gpu, sheet: Sheet, values: number): Promise<Float32Array> {
  const line = 4 * sheet.shape[3];
  return (await downloadSheet(gpu, sheet)).filter((_, i) => i % line < values);
}
