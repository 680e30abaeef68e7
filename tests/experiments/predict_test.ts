import { writeJson } from "../../src/io/files.ts";
import { readKerasWeights, writeKerasWeights } from "../../src/io/keras_h5.ts";
import { summaryFile, trialName, weightsFile } from "../../src/runs/file_names.ts";
import { phase1Network, phase2Network } from "../../src/nn/paper_network.ts";
import { sizeOf } from "../../src/gpu/tensor.ts";
import { initialParameters } from "../../src/nn/initializer.ts";
import { createLayout, namedParameters, type NetworkSpec } from "../../src/nn/layout.ts";
import { type PredictEvent, predictImages } from "../../src/experiments/predict.ts";
import { createRandom } from "../../src/random.ts";
import { uploadImages } from "../../src/training/examples.ts";
import { foresee } from "../../src/training/memory.ts";
import { predict } from "../../src/training/predict.ts";
import { assert, assertEquals, assertRejects, assertRelative } from "../helpers/assert.ts";
import { run } from "../helpers/command.ts";
import { buildPng } from "../../tasks/torture/build_png.ts";
import { gpu, withLimits } from "../helpers/device.ts";
import { buildArchive, buildTree } from "../helpers/build_keras.ts";
import { make, test } from "../helpers/folders.ts";
import { SIDE, toyImages, toyOptions } from "../helpers/toy.ts";

const { normalization } = toyOptions;
const model = { network: toyOptions.network, classes: ["left", "right"], normalization };

/** Writes a network's weights and returns its row. */
async function writeNetwork(file: string, network: NetworkSpec, seed: number) {
  const layout = createLayout(network);
  const row = initialParameters(layout, createRandom(seed));
  await Deno.mkdir(file.slice(0, file.lastIndexOf("/")), { recursive: true });
  await writeKerasWeights(file, namedParameters(layout, row));
  return row;
}

const images = toyImages(3);

/** Writes the toy images as 0.png, 1.png, … */
async function writeImages(dir: string): Promise<string[]> {
  const bytes = 4 * SIDE * SIDE;
  return await Promise.all([0, 1, 2].map(async (i) => {
    const samples = [...images.pixels.subarray(i * bytes, (i + 1) * bytes)]
      .filter((_, at) => at % 4 < 3);
    const png = buildPng({ width: SIDE, height: SIDE, depth: 8, colour: 2, samples });
    await Deno.writeFile(`${dir}/${i}.png`, png);
    return `${dir}/${i}.png`;
  }));
}

test("predictImages averages the trials of a folder, and goes on after a bad image", async (dir) => {
  const paths = await writeImages(dir);
  const rows = [];
  for (const trial of [0, 1]) {
    const file = weightsFile(`${dir}/run/${trialName(trial)}`);
    rows.push(await writeNetwork(file, model.network, trial));
  }
  await writeJson(summaryFile(`${dir}/run`), { model });
  const bank = uploadImages(gpu, images);
  const options = { network: model.network, trials: rows, examples: { bank }, normalization };
  const [first, second] = await predict(gpu, options);
  assert(first.some((probability, i) => Math.abs(probability - second[i]) > 0.01));
  const mean = first.map((probability, i) => (probability + second[i]) / 2);

  const events: PredictEvent[] = [];
  const named = [paths[0], `${dir}/none.png`, paths[1], `${dir}/run`, paths[2]];
  const result = await predictImages(
    gpu,
    { weights: `${dir}/run`, images: named },
    (event) => events.push(event),
  );
  assertEquals(result.images.map(({ image }) => image), paths);
  assertRelative(result.images.flatMap(({ probabilities }) => probabilities), mean, 1e-6);
  assertEquals(result.unread.map(({ image }) => image.slice(dir.length)), [
    ...["/none.png", "/run/summary.json", "/run/trial000/cnn.h5", "/run/trial001/cnn.h5"],
  ]);
  assertEquals(events, [
    {
      kind: "networks",
      weights: result.weights,
      summary: summaryFile(`${dir}/run`),
      model,
      doubts: [],
    },
  ]);

  const alone = { weights: `${dir}/run/${trialName(1)}`, images: paths };
  const single = await predictImages(gpu, alone);
  assertRelative(single.images.flatMap(({ probabilities }) => probabilities), second, 1e-6);
});

test("predictImages takes more pictures than it keeps in memory", async (dir) => {
  const paths = await writeImages(dir);
  await writeNetwork(`${dir}/cnn.h5`, model.network, 1);
  await writeJson(summaryFile(dir), { model });
  const many = Array.from({ length: 1004 }, (_, i) => paths[i % 3]);
  const { images } = await predictImages(gpu, { weights: dir, images: many });
  assertEquals(images.map(({ image }) => image), many);
  const few = await predictImages(gpu, { weights: dir, images: paths });
  for (const i of [0, 998, 999, 1000, 1003]) {
    const { probabilities } = few.images[i % 3];
    assertRelative(images[i].probabilities, probabilities, 1e-6, `${i}`);
  }
});

test("predictImages tells the paper's networks from their weights, and the classes by name", async (dir) => {
  for (
    const [network, folder] of [
      [phase1Network, "phase1"],
      [phase2Network, "phase2/train"],
    ] as const
  ) {
    const weights = `${dir}/keras.h5`;
    await writeNetwork(weights, network(2, [48, 48]), 1);
    await make(`${dir}/data/${folder}`, "b/", "a/");
    for (const names of [{ classes: ["a", "b"] }, { dataDir: `${dir}/data` }]) {
      const events: PredictEvent[] = [];
      const options = { weights, images: [], size: 48, ...names };
      await predictImages(gpu, options, (event) => events.push(event));
      const [{ summary, model }] = events;
      assertEquals([summary, model.classes], [null, ["a", "b"]]);
      assertEquals(model.network as unknown, network(2, [48, 48]));
      assertEquals(model.normalization.mean as unknown, [0.8406, 0.842, 0.8554]);
    }
  }
});

test("predictImages takes networks that Keras 3 saved, and says what it guessed of them", async (dir) => {
  const [image] = await writeImages(dir);
  const [block] = model.network.blocks;
  const network = { ...model.network, blocks: [block, block] };
  await writeNetwork(`${dir}/cnn.h5`, network, 1);
  await writeJson(summaryFile(dir), { model: { ...model, network } });
  const weights = await readKerasWeights(`${dir}/cnn.h5`);
  const layers = (names: Record<string, string>) =>
    buildTree(Object.fromEntries(
      Object.entries(names).map(([path, layer]) => [
        path,
        [null, weights.get(`${layer}.kernel`)!, weights.get(`${layer}.bias`)!],
      ]),
    ));
  const dense = { "layers/dense": "dense_1" };
  const listed = { "layers/conv2d": "conv2d_1", "layers/conv2d_1": "conv2d_2", ...dense };
  const own = { a: "conv2d_1", b: "conv2d_2", ...dense };
  await Deno.writeFile(`${dir}/x.weights.h5`, await layers(listed));
  await Deno.writeFile(`${dir}/x.keras`, buildArchive(await layers(listed), {}));
  await Deno.writeFile(`${dir}/own.weights.h5`, await layers(own));

  const look = async (file: string) => {
    let doubts: string[] = [];
    const options = { weights: `${dir}/${file}`, images: [image] };
    const { images: [{ probabilities }] } = await predictImages(gpu, options, (event) => {
      doubts = event.doubts;
    });
    return { probabilities, doubts };
  };
  const expected = await look("cnn.h5");
  assertEquals(expected.doubts, []);
  for (const file of ["x.weights.h5", "x.keras"]) assertEquals(await look(file), expected);
  const { probabilities, doubts: [doubt] } = await look("own.weights.h5");
  assertEquals(probabilities, expected.probabilities);
  assert(doubt.includes("taken as a, b;"), doubt);
});

test("predictImages says what disagrees", async (dir) => {
  const keras = `${dir}/a/b/c/keras.h5`; // too far from the summary below
  await writeNetwork(keras, phase2Network(2, [48, 48]), 1);
  const ours = `${dir}/trial000/cnn.h5`;
  await writeNetwork(ours, model.network, 1);
  const other = `${dir}/trial001/cnn.h5`;
  await writeNetwork(other, { ...model.network, dense: [3] }, 1);
  await writeJson(summaryFile(dir), { model });
  const two = { weights: keras, classes: ["a", "b"] };
  const cases: [options: object, says: string][] = [
    [{ weights: keras }, `Cannot name the classes of ${keras}: there is no summary.json`],
    [
      { ...two, classes: ["a"], size: 48 },
      `Cannot name the 2 classes of ${keras}: 1 names were given (a)`,
    ],
    [two, "images of 200×200: its first dense layer takes 8 values, and they give 1568"],
    [{ weights: ours, classes: ["right", "left"] }, "in " + summaryFile(dir)],
    [{ weights: ours, size: 48 }, "Cannot predict with images of 48×48"],
    [{ weights: other }, `Cannot use ${other}: its dense_1.kernel is (144, 3), the network's is`],
    [{ weights: dir }, `Cannot use ${other}`],
  ];
  for (const [options, says] of cases) {
    const look = () => predictImages(gpu, { weights: "", images: [], ...options });
    await assertRejects(look, Error, says);
  }
  const agreeing = { weights: ours, images: [], classes: model.classes, size: SIDE };
  assertEquals((await predictImages(gpu, agreeing)).images, []);
});

test("predictImages plans for the fullest batch, not for an even part of the first pictures", async (dir) => {
  for (const trial of [0, 1]) {
    await writeNetwork(`${dir}/run/${trialName(trial)}/cnn.h5`, model.network, trial);
  }
  await writeJson(summaryFile(`${dir}/run`), { model });
  const [picture] = await writeImages(dir);
  await Deno.mkdir(`${dir}/many`);
  // 51 are planned as 26 + 25; one cannot be read, and 50 fill a batch.
  for (let i = 0; i < 50; i++) await Deno.copyFile(picture, `${dir}/many/${i}.png`);
  await Deno.writeTextFile(`${dir}/many/bad.png`, "");
  const { pieces } = await foresee(gpu, { network: model.network, images: 50, evaluated: 50 });
  const sizes = pieces.map(({ made }) => ("buffer" in made ? 4 : 16) * sizeOf(made.shape));
  const room = 1.5 * Math.max(...sizes); // for one network at 50 images, for two at 26
  const narrow = withLimits({ maxStorageBufferBindingSize: room, maxBufferSize: room });
  const options = { weights: `${dir}/run`, images: [`${dir}/many`] };
  const { images, unread } = await predictImages(narrow, options);
  assertEquals([images.length, unread.length], [50, 1]);
});

test("predict ends with exit code 2 where options disagree with the networks", async (dir) => {
  const paths = await writeImages(dir);
  await writeNetwork(`${dir}/run/cnn.h5`, model.network, 1);
  await writeJson(summaryFile(`${dir}/run`), { model });
  for (const option of ["--size=64", "--classes=up,down"]) {
    const { code, stderr } = await run("predict", [`--weights=${dir}/run`, option, paths[0]]);
    assertEquals([code, stderr.includes(`leave ${option.split("=")[0]}`)], [2, true], stderr);
  }
});

Deno.test("predict refuses a size that phase 1 refuses, in the same words", async () => {
  for (const size of ["28", "5000", "big"]) {
    const said = await Promise.all([
      run("predict", [`--size=${size}`, "--weights=nowhere", "a.png"]),
      run("phase1", [`--size=${size}`]),
    ]);
    assertEquals(said[0], said[1]);
    assertEquals(said[0].code, 2);
    assert(said[0].stderr.includes(`"${size}" is not a whole number from 41 to 4096`));
  }
});

test("predictImages tells apart no names by how their accents are written", async (dir) => {
  const paths = await writeImages(dir);
  const [composed, apart] = ["NFC", "NFD"].map((form) =>
    ["Hütte", "rosé"].map((name) => name.normalize(form))
  );
  await writeNetwork(`${dir}/run/cnn.h5`, model.network, 1);
  for (const [inSummary, given] of [[composed, apart], [apart, composed]]) {
    await writeJson(summaryFile(`${dir}/run`), { model: { ...model, classes: inSummary } });
    const options = { weights: `${dir}/run`, images: [paths[0]], classes: given };
    assertEquals((await predictImages(gpu, options)).classes, inSummary);
  }
});

test("predict prints JSON alone, a line for each bad image, and ends with exit code 5", async (dir) => {
  const paths = await writeImages(dir);
  await writeNetwork(`${dir}/run/cnn.h5`, model.network, 1);
  await writeJson(summaryFile(`${dir}/run`), { model: { ...model, classes: ["l\u202e", "r"] } });
  const bad = `${dir}/bad\u202e.png`;
  await Deno.writeTextFile(bad, "");
  const args = [`--weights=${dir}/run`, "--json", paths[0], bad];
  const { code, stdout, stderr } = await run("predict", args);
  const { classes, images, unread } = JSON.parse(stdout);
  assertEquals([code, classes, images.length], [5, ["l\u202e", "r"], 1]);
  const [{ probabilities, class: best, probability }] = images;
  assertEquals(probabilities[classes.indexOf(best)], probability);
  assertEquals(probability, Math.max(...probabilities));
  assertEquals(unread[0].image, bad);
  const lines = stderr.trim().split("\n").filter((line) => line.startsWith("error: "));
  assertEquals(lines.map((line) => line.slice(7, 19)), ["Cannot decod", "Cannot read "]);
  assert(!stdout.includes("\u202e") && !stderr.includes("\u202e"));
});
