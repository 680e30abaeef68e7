import { assert, assertEquals, assertMatch, assertStringIncludes } from "../assert.ts";
import {
  choice,
  escapeControls,
  execute,
  flag,
  list,
  nonNegativeInteger,
  nonNegativeNumber,
  path,
  positiveInteger,
  required,
  type Tools,
  type Values,
} from "../../tasks/cli.ts";

const task = {
  name: "sample",
  summary: "Does nothing.",
  options: {
    dataDir: path("--data-dir", "folder of class folders", "data/in"),
    resultsDir: path("--results-dir", "where results go"),
    epochs: positiveInteger("--epochs", "passes over the images", 300),
    trials: positiveInteger("--trials", "networks trained together", 1),
    seed: nonNegativeInteger("--seed", "seed of the experiment", 0),
    alpha: nonNegativeNumber("--alpha", "strength of the penalty", 4.29),
    mode: choice("--mode", "regularizer", ["l2", "sk"], "sk"),
    alphas: list(nonNegativeNumber("--alphas", "a grid of strengths"), [1]),
    overwrite: flag("--overwrite", "replace earlier results"),
  },
  examples: ["deno task sample --epochs=3"],
};
type Sample = Values<typeof task.options>;

/** Runs the sample task and collects what it printed and the values its main saw. */
async function runSample(args: string[], main?: (tools: Tools) => Promise<void>, sample = task) {
  const seen: { out: string; err: string; values?: Sample } = { out: "", err: "" };
  const controller = new AbortController();
  const code = await execute(
    sample,
    async (values, tools) => {
      seen.values = values;
      await main?.(tools);
    },
    args,
    {
      signal: controller.signal,
      print: (text) => seen.out += text + "\n",
      warn: (text) => seen.err += text + "\n",
    },
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
  });
});

Deno.test("execute reads --option=value and --option value alike", async () => {
  const joined = await runSample([
    "--data-dir=a b",
    "--epochs=4",
    "--alpha=.5",
    "--mode=l2",
    "--alphas=0,2.57, 1e-3",
    "--overwrite",
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
    "--",
    "--nb_epochs=7",
    "--nb_trials",
    "20",
    "--data_dir=x",
    "--results_dir=snake_case",
    "--gpu_id=1",
  ]);
  assertEquals(code, 0, err);
  assertEquals(
    [values?.epochs, values?.trials, values?.dataDir, values?.resultsDir],
    [7, 20, "x", "snake_case"],
  );
  assertEquals(err, "note: --gpu_id is ignored: WebGPU chooses the adapter\n");
});

const wrong: [args: string[], message: string][] = [
  [["--epoch"], "unknown option '--epoch' (Did you mean --epochs?)"],
  [["--epoch=300"], "unknown option '--epoch' (Did you mean --epochs?)"],
  [["--results=x"], "unknown option '--results' (Did you mean --results-dir?)"],
  [["--frobnicate"], "unknown option '--frobnicate' (--help lists the options)"],
  [["--epochs"], "option '--epochs <count>' argument missing"],
  [
    ["--epochs=0"],
    `option '--epochs': "0" is not a whole number ≥ 1; give for example --epochs=300`,
  ],
  [["--epochs=2.5"], `option '--epochs': "2.5" is not a whole number ≥ 1`],
  [["--epochs="], `option '--epochs': "" is not a whole number ≥ 1`],
  [["--seed=4294967296"], `option '--seed': "4294967296" is not at most 4294967295`],
  [["--seed", "-1"], `option '--seed': "-1" is not a whole number ≥ 0`],
  [["--alpha=abc"], `option '--alpha': "abc" is not a number ≥ 0; give for example --alpha=4.29`],
  [["--alpha=-1"], `option '--alpha': "-1" is not a number ≥ 0`],
  [["--alpha", "-1"], `option '--alpha': "-1" is not a number ≥ 0`],
  [["--alpha=NaN"], `option '--alpha': "NaN" is not a number ≥ 0`],
  [["--alpha=1e999"], `option '--alpha': "1e999" is not a number ≥ 0`],
  [["--alphas=1,x"], `option '--alphas': "x" is not a number ≥ 0`],
  [["--mode=SK"], `option '--mode': "SK" is not one of l2, sk; give for example --mode=sk`],
  [["--data-dir", "--epochs=3"], `option '--data-dir': "--epochs=3" is not a path`],
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

Deno.test("execute refuses a command line without a required option", async () => {
  const options = {
    ...task.options,
    mode: required(choice("--mode", "regularizer", ["l2", "sk"])),
  };
  const { code, err } = await runSample([], undefined, { ...task, options } as typeof task);
  assertEquals([code, err], [2, "error: required option '--mode <l2|sk>' not specified\n"]);
});

Deno.test("execute prints a help page with defaults, examples and exit codes", async () => {
  const { code, out, values } = await runSample(["--help"]);
  assertEquals([code, values], [0, undefined]);
  assertMatch(out, /^Usage: deno task sample \[options\]/);
  assertMatch(out, /--epochs <count> +passes over the images \(default: 300\)/);
  assertStringIncludes(out, "Examples:\n  deno task sample --epochs=3");
  assertStringIncludes(out, "130 interrupted");
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

Deno.test("escapeControls shows what a terminal would obey and keeps other text", () => {
  assertEquals(escapeControls("Σ 漢 é\t\x07\u009b\u202e"), "Σ 漢 é\\u{9}\\u{7}\\u{9b}\\u{202e}");
});

// The rest needs processes of its own: signals, permissions and the real standard streams.

const CLI = new URL("../../tasks/cli.ts", import.meta.url).href;

/** Starts a task whose main waits for `wait` ms, or for the signal if `polite`, and says "up". */
async function startWaiting(polite: boolean) {
  const file = await Deno.makeTempFile({ suffix: ".ts" });
  await Deno.writeTextFile(
    file,
    `import { runTask } from "${CLI}";
    await runTask({ name: "wait", summary: "Waits.", options: {} }, async (_, { signal, print }) => {
      print("up");
      await new Promise((resolve) => {
        setTimeout(resolve, 10000);
        if (${polite}) signal.addEventListener("abort", resolve);
      });
      signal.throwIfAborted();
    });`,
  );
  const config = `${import.meta.dirname}/../../deno.json`;
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-prompt", "--no-lock", `--config=${config}`, file],
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const reader = child.stdout.getReader();
  const { value } = await reader.read();
  assertEquals(new TextDecoder().decode(value), "up\n");
  const ended = (async () => {
    const [{ code }, err] = await Promise.all([child.status, new Response(child.stderr).text()]);
    await reader.cancel();
    await Deno.remove(file);
    return { code, err };
  })();
  return { kill: (signal: Deno.Signal) => child.kill(signal), ended };
}

const ignore = Deno.build.os === "windows";
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

Deno.test(
  { name: "runTask ends with 130 after Ctrl-C and 143 after SIGTERM", ignore },
  async () => {
    for (const [signal, code] of [["SIGINT", 130], ["SIGTERM", 143]] as const) {
      const process = await startWaiting(true);
      process.kill(signal);
      const end = await process.ended;
      assertEquals(end.code, code);
      assertEquals(end.err, "interrupted: stopping cleanly; once more stops at once\n");
    }
  },
);

Deno.test(
  { name: "runTask takes a doubled Ctrl-C as one and a later one as final", ignore },
  async () => {
    const process = await startWaiting(false);
    let done = false;
    process.ended.then(() => done = true);
    process.kill("SIGINT");
    process.kill("SIGINT");
    await pause(700);
    assert(!done, "a doubled Ctrl-C ended the process");
    process.kill("SIGINT");
    assertEquals((await process.ended).code, 130);
  },
);
