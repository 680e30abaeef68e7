import {
  assert,
  assertEquals,
  assertMatch,
  assertStringIncludes,
  assertThrows,
} from "../helpers/assert.ts";
import {
  choice,
  execute,
  flag,
  list,
  nonNegativeInteger,
  nonNegativeNumber,
  optional,
  path,
  positiveInteger,
  renamed,
  required,
  sha256,
  strengths,
  text,
  type Tools,
  url,
  type Values,
} from "../../tasks/cli.ts";
import { imageOptions } from "../../tasks/shared_options.ts";
import { readOptions } from "../../tasks/command_line.ts";
import { EXIT_CODES, SIGNAL_CODES } from "../../tasks/exit_codes.ts";
import { stopSignals } from "../../tasks/signals.ts";

const task = {
  name: "sample",
  summary: "Does nothing.",
  options: {
    dataDir: path("--data-dir", "folder of class folders", "data/in"),
    resultsDir: path("--results-dir", "where results go"),
    epochs: positiveInteger("--epochs", "passes over the images", 300),
    trials: renamed(
      positiveInteger("--trials", "networks trained together", 1, { most: 10_000 }),
      "--nets",
    ),
    seed: nonNegativeInteger("--seed", "seed of the experiment", 0),
    alpha: nonNegativeNumber("--alpha", "strength of the penalty", 4.29),
    mode: choice("--mode", "regularizer", ["l2", "sk"], "sk"),
    alphas: list(nonNegativeNumber("--alphas", "a grid of strengths"), [1]),
    overwrite: flag("--overwrite", "replace earlier results"),
    draw: optional(positiveInteger("--draw", "draw images, this many"), 20),
    url: url("--url", "where the archive lies"),
    sha256: sha256("--sha256", "the archive's"),
  },
  examples: ["deno task sample --epochs=3"],
};
type Sample = Values<typeof task.options>;

/** Runs the sample task and collects what it printed and the values its main saw. */
async function runSample(args: string[], main?: (tools: Tools) => Promise<void>, sample = task) {
  const seen: { out: string; err: string; values?: Sample } = { out: "", err: "" };
  const code = await execute(
    sample,
    async (values, tools) => {
      seen.values = values;
      await main?.(tools);
    },
    args,
    { print: (text) => seen.out += text + "\n", warn: (text) => seen.err += text + "\n" },
  );
  return { code, ...seen };
}

Deno.test("execute gives the defaults where no option is given", async () => {
  const { code, values, err } = await runSample([]);
  assertEquals(code, 0, err);
  assertEquals(values, {
    dataDir: "data/in",
    resultsDir: undefined,
    epochs: 300,
    trials: 1,
    seed: 0,
    alpha: 4.29,
    mode: "sk",
    alphas: [1],
    overwrite: false,
    draw: undefined,
    url: undefined,
    sha256: undefined,
  });
});

Deno.test("execute lets the value of an optional option be left out", async () => {
  const cases: [args: string[], draw: number | undefined, epochs: number][] = [
    [["--draw"], 20, 300],
    [["--draw=7"], 7, 300],
    [["--draw", "7"], 7, 300],
    [["--draw", "--epochs=3"], 20, 3],
  ];
  for (const [args, draw, epochs] of cases) {
    const { values, err } = await runSample(args);
    assertEquals([values?.draw, values?.epochs], [draw, epochs], args.join(" ") + err);
  }
});

Deno.test("execute reads addresses and SHA-256 sums", async () => {
  const { values, err } = await runSample([
    "--url=http://127.0.0.1:80/a b.zip",
    `--sha256=${"0aF".repeat(21)}0`,
  ]);
  assertEquals([values?.url, values?.sha256], [
    "http://127.0.0.1:80/a b.zip",
    "0af".repeat(21) + "0",
  ], err);
});

Deno.test("execute reads --option=value and --option value alike", async () => {
  const joined = await runSample([
    ...["--data-dir=a b", "--epochs=4", "--alpha=.5", "--mode=l2", "--alphas=0,2.57, 1e-3"],
    ...["--overwrite"],
  ]);
  const apart = await runSample([
    ...["--data-dir", "a b", "--epochs", "4", "--alpha", ".5"],
    ...["--mode", "l2", "--alphas", "0,2.57, 1e-3", "--overwrite"],
  ]);
  assertEquals(joined.values?.alphas, [0, 2.57, 1e-3]);
  assertEquals(joined.values?.overwrite, true);
  assertEquals(joined.values, apart.values);
});

Deno.test("execute accepts the authors' spellings and drops a literal --", async () => {
  const { code, values, err } = await runSample([
    ...["--", "--nb_epochs=7", "--nb_trials", "20", "--data_dir=x", "--results_dir=snake_case"],
    ...["--gpu_id=1"],
  ]);
  assertEquals(code, 0, err);
  assertEquals(
    [values?.epochs, values?.trials, values?.dataDir, values?.resultsDir],
    [7, 20, "x", "snake_case"],
  );
  assertEquals(err, "note: --gpu_id is ignored: WebGPU chooses the adapter\n");
});

Deno.test("--fb is known by the authors' long name too", () => {
  const task = { name: "sample", summary: "", options: { fb: imageOptions.fb } };
  for (
    const [args, wanted] of [[["--foreground_background"], true], [["--fb"], true], [
      [],
      false,
    ]] as const
  ) {
    assertEquals(readOptions(task, [...args], { print() {}, warn() {} })?.values.fb, wanted);
  }
});

Deno.test("execute takes an option's earlier name, which no help page shows", async () => {
  for (const args of [["--nets=3"], ["--nets", "3"]]) {
    assertEquals((await runSample(args)).values?.trials, 3);
  }
  assertEquals((await runSample(["--help"])).out.includes("--nets"), false);
});

const wrong: [args: string[], message: string][] = [
  [["--epoch"], "unknown option '--epoch' (Did you mean --epochs?)"],
  [["--epoch=300"], "unknown option '--epoch' (Did you mean --epochs?)"],
  [["--results=x"], "unknown option '--results' (Did you mean --results-dir?)"],
  [["--dir=x"], "unknown option '--dir' (Did you mean --data-dir?)"],
  [["--nb_epoch=3"], "unknown option '--nb_epoch' (Did you mean --epochs?)"],
  [["--nb-trails"], "unknown option '--nb-trails' (Did you mean --trials?)"],
  [["--sede"], "unknown option '--sede' (Did you mean --seed?)"],
  [["--hlep"], "unknown option '--hlep' (Did you mean --help?)"],
  [["--frobnicate"], "unknown option '--frobnicate' (--help lists the options)"],
  [["-x"], "unknown option '-x' (--help lists the options)"],
  [["--epochs"], "option '--epochs <count>' argument missing"],
  [
    ["--epochs=0"],
    `option '--epochs': "0" is not a whole number from 1 to 4294967295; give for example --epochs=300`,
  ],
  [["--epochs=2.5"], `option '--epochs': "2.5" is not a whole number from 1`],
  [["--epochs="], `option '--epochs': "" is not a whole number from 1`],
  [
    ["--seed=4294967296"],
    `option '--seed': "4294967296" is not a whole number from 0 to 4294967295`,
  ],
  [["--seed", "-1"], `option '--seed': "-1" is not a whole number from 0`],
  [
    ["--trials=10001"],
    `option '--trials': "10001" is not a whole number from 1 to 10000; give for example --trials=1`,
  ],
  [["--alpha=abc"], `option '--alpha': "abc" is not a number ≥ 0; give for example --alpha=4.29`],
  [["--alpha=-1"], `option '--alpha': "-1" is not a number ≥ 0`],
  [["--alpha", "-1"], `option '--alpha': "-1" is not a number ≥ 0`],
  [["--alpha=NaN"], `option '--alpha': "NaN" is not a number ≥ 0`],
  [["--alpha=1e999"], `option '--alpha': "1e999" is not a number ≥ 0`],
  [["--alphas=1,x"], `option '--alphas': "x" is not a number ≥ 0`],
  [["--mode=SK"], `option '--mode': "SK" is not one of l2, sk; give for example --mode=sk`],
  [["--data-dir", "--epochs=3"], `option '--data-dir': "--epochs=3" is not a path`],
  [["--draw=0"], `option '--draw': "0" is not a whole number from 1`],
  [["--draw="], `option '--draw': "" is not a whole number from 1`],
  [
    ["--url=file:///etc/passwd"],
    `option '--url': "file:///etc/passwd" is not an address; give for example --url=https://`,
  ],
  [["--url=set.zip"], `option '--url': "set.zip" is not an address`],
  [["--sha256=abc"], `option '--sha256': "abc" is not a SHA-256 of 64 hexadecimal digits`],
  [["--overwrite=yes"], "option '--overwrite' takes no value"],
  [["phase1"], `unexpected argument "phase1": options start with --`],
  [["-5"], `unexpected argument "-5": options start with --`],
];
for (const [args, message] of wrong) {
  Deno.test(`execute refuses ${args.join(" ")} in one line, with exit code 2`, async () => {
    const { code, values, err, out } = await runSample(args);
    assertStringIncludes(err, `error: ${message}`);
    assertEquals([code, values, out, err.split("\n").length], [2, undefined, "", 2]);
  });
}

Deno.test("list of text takes names, and no empty one", () => {
  const names = list(text("--classes", "class names", "name"));
  assertEquals(names.parse("cat head, dog"), ["cat head", "dog"]);
  assertThrows(() => names.parse("cat,"), RangeError, `"" is not a name; give for example`);
});

Deno.test("list refuses what is named twice, however it is written", () => {
  const numbers = list(nonNegativeNumber("--alphas", "strengths"));
  assertThrows(() => numbers.parse("1,2, 1.0"), RangeError, `"1,2, 1.0" names 1.0 twice`);
});

Deno.test("execute refuses a command line without a required option", async () => {
  const options = {
    ...task.options,
    mode: required(choice("--mode", "regularizer", ["l2", "sk"])),
  };
  const { code, err } = await runSample([], undefined, { ...task, options } as typeof task);
  assertEquals([code, err], [2, "error: required option '--mode <l2|sk>' not specified\n"]);
});

Deno.test("execute hands over arguments without a flag where a task declares them", async () => {
  const declared = { ...task, arguments: { name: "image", help: "pictures" } };
  let seen: string[] = [];
  const main = ({ args }: Tools) => Promise.resolve(void (seen = args));
  const { code, values } = await runSample(["a.png", "--epochs=2", "b c.png"], main, declared);
  assertEquals([code, values?.epochs, seen], [0, 2, ["a.png", "b c.png"]]);
  const none = await runSample(["--epochs=2"], main, declared);
  assertEquals([none.code, none.err], [2, "error: missing required argument 'image'\n"]);
  const help = await runSample(["--help"], main, declared);
  assertMatch(help.out, /^Usage: deno task sample \[options\] <image...>/);
  assertMatch(help.out, /Arguments:\n {2}image +pictures/);
});

Deno.test("execute prints a help page with defaults, examples and exit codes", async () => {
  const { code, out, values } = await runSample(["--help"]);
  assertEquals([code, values], [0, undefined]);
  assertMatch(out, /^Usage: deno task sample \[options\]/);
  assertMatch(out, /--epochs <count> +passes over the images \(default: 300\)/);
  assertMatch(out, /--draw \[count\] +draw images, this many \(alone: 20\)/);
  assertStringIncludes(out, "Examples:\n  deno task sample --epochs=3");
  const codes = out.split("Exit codes:")[1].match(/\d+/g)!.map(Number);
  const all = [0, 1, ...Object.values(EXIT_CODES), ...Object.values(SIGNAL_CODES)];
  assertEquals(codes, [...new Set(all)]);
});

Deno.test("execute turns an error of the main function into one line and exit code 1", async () => {
  const { code, err } = await runSample([], () => {
    return Promise.reject(new Error("Cannot read a\x1b[31mb\nc: no such folder"));
  });
  assertEquals([code, err], [1, "error: Cannot read a\\u{1b}[31mb\\nc: no such folder\n"]);
});

Deno.test("execute gives exit code 1 for a thrown value that is no Error", async () => {
  const { code, err } = await runSample([], () => Promise.reject("plain text"));
  assertEquals([code, err], [1, "error: plain text\n"]);
});

// The rest needs processes of its own: signals and the environment.

const CLI = new URL("../../tasks/cli.ts", import.meta.url).href;

/** Starts a task with this main function, and as little of the environment as Deno needs. */
async function startTask(main: string, env: Record<string, string> = {}, more = "", first = "") {
  const file = await Deno.makeTempFile({ suffix: ".ts" });
  await Deno.writeTextFile(
    file,
    `${first}
    import { runTask } from "${CLI}";
    await runTask({ name: "sample", summary: "", options: {}, ${more} }, async (_, tools) => {
      const { print } = tools;
      ${main}
    });`,
  );
  const config = `${import.meta.dirname}/../../deno.json`;
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--no-prompt",
      "--no-lock",
      "--allow-env",
      "--allow-read",
      `--config=${config}`,
      file,
    ],
    env: { DENO_WEBGPU_BACKEND: "", XDG_RUNTIME_DIR: "", ...env }, // empty counts as unset
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  return Object.assign(child, { [Symbol.asyncDispose]: () => Deno.remove(file) });
}

Deno.test({
  name: "runTask dies at once of Ctrl-C (130) and SIGTERM (143), even while its thread is blocked",
  ignore: Deno.build.os === "windows",
}, async () => {
  for (const [signal, code] of [["SIGINT", 130], ["SIGTERM", 143]] as const) {
    await using task = await startTask(`print("up"); while (performance.now() < 5000);`);
    const reader = task.stdout.getReader();
    await reader.read();
    const start = performance.now();
    task.kill(signal);
    assertEquals((await task.status).code, code);
    assert(performance.now() - start < 1000, `it took ${performance.now() - start} ms`);
    await reader.cancel();
    await task.stderr.cancel();
  }
});

/** Starts tasks, each of which is stopped by a signal of its own; what became of them. */
async function stopEach(signals: Deno.Signal[], main: string, ...more: string[]) {
  return await Promise.all(signals.map(async (signal) => {
    await using task = await startTask(`print("up"); ${main}`, { NO_COLOR: "1" }, ...more);
    const [first, all] = task.stdout.tee();
    const reader = first.getReader();
    await reader.read();
    const texts = Promise.all([all, task.stderr].map((stream) => new Response(stream).text()));
    await new Promise((done) => setTimeout(done, 700)); // half a second before Deno's debugger listens
    task.kill(signal);
    const { code } = await task.status;
    await reader.cancel();
    return [signal, code, ...await texts];
  }));
}

Deno.test({
  name: "runTask takes SIGUSR1 and SIGUSR2 for SIGTERM, and opens no debugger while a task goes on",
  ignore: Deno.build.os === "windows",
}, async () => {
  const wait = `await new Promise((done) => setTimeout(done, 5000));`;
  const save = `tools.hold();
    const stop = new Promise((stop) => tools.signal.addEventListener("abort", stop));
    while (!tools.signal.aborted) { // as a training does, which blocks its thread
      for (const start = performance.now(); performance.now() < start + 30;);
      await Promise.race([stop, new Promise((done) => setTimeout(done))]);
    }
    await new Promise((done) => setTimeout(done, 500));
    print("saved");
    throw tools.signal.reason;`;
  const options = `options: { resume: { flag: "--resume", help: "go on" } }`;
  const thread = `import "${new URL("./thread.ts", CLI)}";`;
  const [atOnce, waiting, saving] = await Promise.all([
    stopEach(["SIGUSR1", "SIGUSR2"], wait),
    stopEach(["SIGUSR1"], wait, options, thread),
    stopEach(["SIGUSR1", "SIGUSR2"], save, options, thread),
  ]);
  assertEquals(atOnce.map(([signal, code]) => [signal, code]), [["SIGUSR1", 143], [
    "SIGUSR2",
    143,
  ]]);
  const line = "deno task sample --resume\n";
  const early = `interrupted before anything was trained; start again with: ${line}`;
  assertEquals(waiting, [["SIGUSR1", 143, "up\n", early]]);
  assertEquals(saving, [
    ["SIGUSR1", 143, "up\nsaved\n", `interrupted; go on with: ${line}`],
    ["SIGUSR2", 143, "up\nsaved\n", `interrupted; go on with: ${line}`],
  ]);
});

Deno.test("stopSignals names what each system knows", () => {
  assertEquals(stopSignals("windows"), ["SIGINT"]);
  assertEquals(stopSignals("linux"), ["SIGINT", "SIGTERM", "SIGUSR1", "SIGUSR2"]);
});

Deno.test({
  name: "runTask asks for Vulkan on Linux, never for GL, and lets the user's choice win",
  ignore: Deno.build.os !== "linux",
}, async () => {
  const main = `const adapter = await navigator.gpu.requestAdapter();
    print(Deno.env.get("DENO_WEBGPU_BACKEND") + " " + (adapter ? "found" : "missing"));`;
  const hidden = { VK_DRIVER_FILES: "/nonexistent" };
  const cases: [env: Record<string, string>, printed: string][] = [
    [hidden, "vulkan missing\n"],
    [{ DENO_WEBGPU_BACKEND: "nonsense" }, "nonsense missing\n"],
  ];
  for (const [env, printed] of cases) {
    await using task = await startTask(main, env);
    assertEquals(new TextDecoder().decode((await task.output()).stdout), printed);
  }
});

Deno.test("strengths reads a list, or doublings from the first to the last", () => {
  const { parse } = strengths("--alphas", "", []);
  assertEquals(parse("0.25..16"), [0.25, 0.5, 1, 2, 4, 8, 16]);
  assertEquals(parse("1..3"), [1, 2]);
  assertEquals(parse("4.29, 2.57"), [4.29, 2.57]);
  assertEquals(parse("0.1..0.8"), [0.1, 0.2, 0.4, 0.8]);
  for (const wrong of ["", "0", "-1", "1,1", "2..1", "1..", "..4", "1..2..3", "a", "1,", "0..1"]) {
    assertThrows(() => parse(wrong), RangeError, "different numbers above 0");
  }
});

Deno.test("execute refuses --overwrite with --resume before anything is done", async () => {
  const both = { ...task, options: { ...task.options, resume: flag("--resume", "go on") } };
  const { code, err, values } = await runSample(["--overwrite", "--resume"], undefined, both);
  assertEquals([code, values], [2, undefined]);
  assertEquals(err, "error: --overwrite and --resume exclude each other: choose one\n");
});
