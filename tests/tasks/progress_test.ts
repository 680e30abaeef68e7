import type { Metrics, TrainingEvent } from "../../mod.ts";
import { showCompiling, showTraining } from "../../tasks/progress.ts";
import { assert, assertEquals, assertMatch, assertStringIncludes } from "../helpers/assert.ts";
import { record, type Recorder } from "../helpers/recorder.ts";

const adapter = { vendor: "", features: [], limits: {} };
const GPU = { adapter: { ...adapter, name: "NVIDIA H100", software: false } };
const CPU = { adapter: { ...adapter, name: "llvmpipe (LLVM 15.0.6, 256 bits)", software: true } };

const classes = Array.from({ length: 20 }, (_, i) => `silhouette ${String.fromCharCode(97 + i)}`);
const data: TrainingEvent = {
  kind: "data",
  folder: "/data/silhouettes/phase1",
  classes,
  parts: [
    { name: "training", counts: classes.map(() => 16) },
    { name: "validation", counts: classes.map((_, i) => i === 0 ? 3 : 4) },
  ],
  ignored: [],
};
const network: TrainingEvent = {
  kind: "network",
  layers: [
    {
      name: "conv2d_1",
      what: "5×5 stride 2, ReLU, max-pool 3×3 stride 3",
      output: [33, 33, 5],
      parameters: 380,
    },
    { name: "dense_2", what: "softmax", output: [20], parameters: 2580 },
  ],
  seed: 7,
  resultsDir: "/data/kernel_dataset",
};

function group(finished = 0, trials = 2, total = 2): TrainingEvent {
  const what = `trials ${finished} … ${finished + trials - 1}`;
  return { kind: "group", what, trials, finished, total, from: 0 };
}

/** An epoch of two trials on 400 images that takes `train` + 1 seconds. */
function epoch(epoch: number, epochs: number, { train = 4, loss = 1 } = {}): TrainingEvent {
  const metrics = (loss: number): Metrics => ({ loss, ce: loss / 2, accuracy: 1 - loss / 4 });
  return {
    kind: "epoch",
    epochs,
    images: 400,
    report: {
      epoch,
      seconds: { bind: epoch === 1 ? 10 : 0, train, valid: 1 },
      trials: [
        { train: metrics(loss + 0.2), valid: metrics(loss) },
        { train: metrics(loss + 0.4), valid: metrics(loss + 0.1) },
      ],
    },
  };
}

/** Shows events, a second apart. */
function show(
  recorder: Recorder,
  events: TrainingEvent[],
  { quiet = false, gpu = GPU } = {},
): Recorder {
  const onEvent = showTraining({ ...recorder.output, quiet }, gpu);
  for (const event of events) {
    recorder.wait(1000);
    onEvent(event);
  }
  recorder.output.terminal?.end();
  return recorder;
}

const twoGroups = [0, 2].flatMap((first) => [
  group(first, 2, 4),
  ...Array.from({ length: 400 }, (_, i) => epoch(i + 1, 400, { loss: 400 / (i + 100) })),
]);

Deno.test("showTraining says what trains, on a terminal of 80 columns", () => {
  const { screen } = show(record({ columns: 80 }), [data, network, group(), epoch(1, 9)]);
  assertEquals(
    screen().join("\n").replace(/, vulkan.*/, ""), // as the environment says
    `adapter     NVIDIA H100
data        /data/silhouettes/phase1
classes     silhouette a, silhouette b, silhouette c, silhouette d,
            silhouette e, silhouette f, silhouette g, silhouette h,
            silhouette i, silhouette j, silhouette k, silhouette l,
            silhouette m, silhouette n, silhouette o, silhouette p,
            silhouette q, silhouette r, silhouette s, silhouette t
training    20 classes × 16 images
validation  silhouette a 3, silhouette b 4, silhouette c 4, silhouette d 4,
            silhouette e 4, silhouette f 4, silhouette g 4, silhouette h 4,
            silhouette i 4, silhouette j 4, silhouette k 4, silhouette l 4,
            silhouette m 4, silhouette n 4, silhouette o 4, silhouette p 4,
            silhouette q 4, silhouette r 4, silhouette s 4, silhouette t 4

layer     computes                                   output   parameters
--------  -----------------------------------------  -------  ----------
conv2d_1  5×5 stride 2, ReLU, max-pool 3×3 stride 3  33×33×5         380
dense_2   softmax                                    20             2580
total                                                               2960

seed        7
results     /data/kernel_dataset

trials 0 … 1
█░░░░░░░░░░░░ 1/9  200/s  left 0:40  val loss 1.050 best 1.000 acc 74% best 75%
`,
  );
});

const prior: TrainingEvent = {
  kind: "prior",
  covDir: "/data/prior\n",
  layers: [
    { layer: "conv2d_1", prior: "conv1", rank: 3, dimensions: 75, reason: "its own layer" },
    { layer: "conv2d_2", prior: null, reason: "it is L2" },
  ],
};

Deno.test("showTraining says which prior it is, and what each layer takes of it", () => {
  assertEquals(show(record(), [prior]).out().split("\n").slice(1), [
    "prior       /data/prior\\n",
    "conv2d_1    conv1, rank 3, 75 weights: its own layer",
    "conv2d_2    L2: it is L2",
    "",
  ]);
  const builtIn: TrainingEvent = { ...prior, covDir: null, networks: 20 };
  const loud = show(record(), [builtIn]).out().replaceAll(/\s+/g, " ");
  const { out, err } = show(record(), [builtIn, prior], { quiet: true });
  const says = /^there is no data\/gaussian_fit in .*: using the built-in prior, .* 20 networks\n$/;
  assertMatch(err(), says);
  assertEquals([out(), loud.includes(err().trimEnd())], ["", true]);
});

Deno.test("showTraining leaves out what layers compute where the terminal is too narrow", () => {
  const { drawn } = show(record({ columns: 40 }), [network]);
  assert(drawn().includes("conv2d_1  33×33×5         380"), drawn().join("\n"));
  for (const line of drawn()) assert(line.length <= 40, line);
});

Deno.test("showTraining lists the first five files that were passed over, and counts the rest", () => {
  const ignored = Array.from({ length: 7 }, (_, i) => ({
    path: `/data/silhouettes/phase1/a/${i}.txt`,
    reason: "no picture",
  }));
  const { out } = show(record(), [{ ...data, ignored }]);
  assertStringIncludes(
    out(),
    "ignored     a/0.txt (no picture)\n            a/1.txt (no picture)\n",
  );
  assert(out().endsWith("            a/4.txt (no picture)\n            and 2 more\n"), out());
});

Deno.test("showTraining lists a hundred classes, and counts the rest", () => {
  const many = Array.from({ length: 1000 }, (_, i) => `c${i}`);
  const parts = [{ name: "test" as const, counts: many.map(() => 1) }];
  const { out } = show(record(), [{ ...data, classes: many, parts }]);
  assertMatch(out(), /c99,\s+and 900 more\ntest +1000 classes × 1 images\n/);
});

Deno.test("showTraining escapes what class names, files and folders hold", () => {
  const hostile = "a\x1b[2J\u202e\r\nb";
  const { out, screen } = show(record({ columns: 80 }), [
    {
      ...data,
      folder: hostile,
      classes: [hostile, "c"],
      parts: [{ name: "training", counts: [2, 2] }, { name: "test", counts: [2, 1] }],
      ignored: [{ path: `${hostile}/x\x07`, reason: "no picture" }],
    },
    { ...network, resultsDir: hostile },
  ]);
  const shown = "a\\u{1b}[2J\\u{202e}\\u{d}\\nb";
  for (
    const line of [`data        ${shown}`, `classes     ${shown}, c`, `test        ${shown} 2, c 1`]
  ) {
    assert(
      screen().some((shown) => shown.startsWith(line)),
      `${line} is not among\n${screen().join("\n")}`,
    );
  }
  // deno-lint-ignore no-control-regex
  assert(!/[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]/.test(out()), JSON.stringify(out()));
  assert(screen().includes("ignored     x\\u{7} (no picture)"), out());
});

for (const columns of [20, 40, 60, 80, 100, 120, 140, 200]) {
  Deno.test(`showTraining's progress keeps within ${columns} columns and stands at the end`, () => {
    const { drawn, screen } = show(record({ columns, colours: true }), twoGroups);
    const lines = drawn().filter((line) => line.includes("/400"));
    assertEquals(lines.length, 800); // a second apart
    for (const line of lines) assert(line.length < columns, `${line.length}: ${line}`);
    const bars = screen().filter((line) => line.includes("400/400"));
    assertEquals(bars.length, 2);
    if (columns >= 60) { for (const bar of bars) assertMatch(bar, /^█+ .*400\/400/); }
  });
}

Deno.test("showTraining shows everything in 140 columns, the best so far over trials and epochs", () => {
  const epochs = [0.5, 0.3, 0.4].map((loss, i) => epoch(i + 1, 400, { loss }));
  const { screen } = show(record({ columns: 140 }), [group(2, 2, 8), ...epochs]);
  const bar = "░".repeat(22);
  assertEquals(screen().slice(2), [
    "trials 2 … 3 (2 of 8 trials finished)",
    `${bar} epoch   3/400  200 images/s  left 33:05, run 1:39:45  ` +
    "val_loss 0.4500, best 0.3000  val_accuracy 0.8875, best 0.9250",
    "",
  ]);
});

Deno.test("showTraining's time left is that of a constant rate, for the group and for the run", () => {
  for (let seen = 1; seen < 50; seen++) {
    const events = Array.from({ length: seen }, (_, i) => epoch(i + 1, 50));
    const { screen } = show(record({ columns: 140 }), [group(3, 2, 9), ...events]);
    const seconds = [...screen().at(-2)!.matchAll(/(\d+):(\d+)\b/g)].map(([, m, s]) =>
      60 * +m + +s
    );
    // 5 seconds an epoch for 2 of the 6 trials that are not finished.
    assertEquals(seconds, [5 * (50 - seen), 5 * (50 - seen) + 5 * 50 * 2]);
  }
});

Deno.test("showTraining's time left follows a rate that changed", () => {
  const events = Array.from(
    { length: 200 },
    (_, i) => epoch(i + 1, 300, { train: i < 100 ? 1 : 9 }),
  );
  const { screen } = show(record({ columns: 140 }), [group(), ...events]);
  assertStringIncludes(screen().at(-2)!, "left 16:40 ");
});

Deno.test("showTraining tells in the end what a group took, binding included, and its own best", () => {
  const { screen } = show(record({ columns: 140 }), [
    ...[group(0, 2, 4), epoch(1, 2), epoch(2, 2)],
    ...[group(2, 2, 4), epoch(1, 2, { loss: 2 }), epoch(2, 2, { loss: 3 })],
  ]);
  const [first, second] = screen().filter((line) => line.includes("2/2"));
  assertMatch(
    first,
    /^█+ epoch 2\/2 {2}200 images\/s {2}took 0:20 {2}val_loss 1.0500, best 1.0000 /,
  );
  assertMatch(
    second,
    /^█+ epoch 2\/2 {2}200 images\/s {2}took 0:20 {2}val_loss 3.0500, best 2.0000 /,
  );
});

Deno.test("showTraining prints a plain line an epoch off a terminal, means over the trials", () => {
  const epochs = [0.5, 0.3, 0.4].map((loss, i) => epoch(i + 1, 400, { loss }));
  const { out, err } = show(record(), [group(), ...epochs]);
  assertEquals(
    out().split("\n").slice(1),
    `
trials 0 … 1
Epoch 1/400 - 15.0s - loss: 0.8000 - ce: 0.4000 - accuracy: 0.8000 - val_loss: 0.5500 - val_ce: 0.2750 - val_accuracy: 0.8625 - best_val_loss: 0.5000 - 200 images/s
Epoch 2/400 - 5.0s - loss: 0.6000 - ce: 0.3000 - accuracy: 0.8500 - val_loss: 0.3500 - val_ce: 0.1750 - val_accuracy: 0.9125 - best_val_loss: 0.3000 - 200 images/s
Epoch 3/400 - 5.0s - loss: 0.7000 - ce: 0.3500 - accuracy: 0.8250 - val_loss: 0.4500 - val_ce: 0.2250 - val_accuracy: 0.8875 - best_val_loss: 0.3000 - 200 images/s
`.split("\n"),
  );
  assertEquals(err(), "");
});

Deno.test("showTraining writes no code and no carriage return off a terminal", () => {
  const { out } = show(record(), [data, network, ...twoGroups]);
  // deno-lint-ignore no-control-regex
  assert(!/[\x00-\x09\x0b-\x1f\x7f]/.test(out()), "a control character");
  assertEquals(out().match(/^Epoch \d+\/400 /gm)?.length, 800);
});

Deno.test("showTraining tells of a software adapter, and with quiet shows warnings alone", () => {
  const warning: TrainingEvent = { kind: "warning", text: "the disk is full" };
  for (const columns of [undefined, 80]) {
    const loud = show(record({ columns }), [warning], { gpu: CPU });
    assertMatch(loud.out(), /^adapter {5}llvmpipe \(LLVM 15.0.6, 256 bits\)/);
    assertStringIncludes(loud.out(), "computes on the CPU");
    const { out, err } = show(record({ columns }), [data, network, ...twoGroups, warning], {
      quiet: true,
      gpu: CPU,
    });
    assertEquals([out(), err()], ["", "warning: the disk is full\n"]);
    assertEquals(loud.err(), err());
  }
});

/** Shows the compiling of some shaders, a second each, after a training that is over. */
function compile(recorder: Recorder, total: number, quiet = false): Recorder {
  show(recorder, [group(), epoch(1, 1)], { quiet });
  const onCompile = showCompiling({ ...recorder.output, quiet });
  for (let done = 0; done <= total; done++) {
    recorder.wait(1000);
    onCompile(done, total);
  }
  return recorder;
}

Deno.test("showCompiling counts shaders in one line of a terminal, below what stands there", () => {
  const recorder = compile(record({ columns: 80 }), 12);
  assertMatch(recorder.screen().at(-2)!, /^█+ 1\/1 /);
  assertEquals(recorder.screen().at(-1), "Compiling shaders: 12 of 12");
  const drawn = recorder.drawn().filter((line) => line.startsWith("Compiling"));
  assertEquals(drawn.length, 13);
  assertEquals(drawn[3].trimEnd(), "Compiling shaders: 3 of 12");
});

Deno.test("showCompiling prints one line off a terminal, and none with quiet", () => {
  const lines = (recorder: Recorder) => recorder.out().split("\n").slice(-2);
  assertEquals(lines(compile(record(), 12)), ["Compiling 12 shaders", ""]);
  assertEquals(lines(compile(record(), 1)), ["Compiling 1 shader", ""]);
  for (const columns of [undefined, 80]) {
    assertEquals(compile(record({ columns }), 12, true).out(), "");
  }
});
