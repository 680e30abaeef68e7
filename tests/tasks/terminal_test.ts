import { assert, assertEquals, assertMatch } from "../assert.ts";
import { escapeControls } from "../../tasks/terminal.ts";
import { record } from "./recorder.ts";

Deno.test("escapeControls shows what a terminal would obey and keeps other text", () => {
  assertEquals(escapeControls("Σ 漢 é\t\x07\u009b\u202e"), "Σ 漢 é\\u{9}\\u{7}\\u{9b}\\u{202e}");
});

Deno.test("print and warn escape control characters, in labels too, and keep newlines", () => {
  const { tools, out, err } = record({ columns: 80 });
  tools.print("a\x1b[2Jb\nc\rd");
  tools.print("e\x1b[2J", "f\x1b[1m\n");
  tools.warn("g\x1b[2J\nh");
  assertEquals(out(), "a\\u{1b}[2Jb\nc\\u{d}d\nf\\u{1b}[1m\\ne\\u{1b}[2J\n");
  assertEquals(err(), "g\\u{1b}[2J\nh\n");
});

Deno.test("print wraps text with a label to the terminal, counting wide characters twice", () => {
  const { tools, out } = record({ columns: 34 });
  tools.print("one two three four, five\u00a0six, seven\nline", "numbers");
  tools.print("漢字漢字漢 漢字漢字漢 漢", "wide");
  tools.print(`${"path/".repeat(9)} end`, "long");
  assertEquals(
    out(),
    `numbers     one two three four,
            five six, seven
            line
wide        漢字漢字漢 漢字漢字漢
            漢
long        path/path/path/path/path/path/path/path/path/
            end
`,
  );
});

Deno.test("print wraps text with a label to 80 columns off a terminal", () => {
  const { tools, out } = record();
  tools.print("word ".repeat(100), "words");
  for (const line of out().split("\n").slice(0, -2)) assert(line.length > 70 && line.length <= 80);
});

Deno.test("print and warn colour labels, errors and warnings where colours are allowed, nothing else", () => {
  for (const colours of [true, false]) {
    const { tools, out, err } = record({ columns: 80, colours });
    tools.print("llvmpipe", "adapter");
    tools.print("error: warning: text");
    tools.warn("error: lost");
    tools.warn("warning: slow");
    tools.warn("note: an error: no");
    const painted = out() + err();
    assertEquals(
      painted,
      colours
        ? "\x1b[2madapter     \x1b[22mllvmpipe\nerror: warning: text\n" +
          "\x1b[31merror:\x1b[39m lost\n\x1b[33mwarning:\x1b[39m slow\nnote: an error: no\n"
        : "adapter     llvmpipe\nerror: warning: text\n" +
          "error: lost\nwarning: slow\nnote: an error: no\n",
    );
  }
});

Deno.test("terminal is there on a terminal alone", () => {
  assertEquals(record().tools.terminal, undefined);
  assertEquals(record({ columns: 99 }).tools.terminal?.columns(), 99);
});

Deno.test("terminal.show redraws its line in place, and print and warn leave its last state", () => {
  const { tools, out, screen, wait } = record({ columns: 80 });
  tools.terminal!.show("a long line");
  wait(100);
  tools.terminal!.show("short\x1b");
  assertEquals(out(), "\ra long line\rshort\\u{1b}");
  tools.print("printed");
  tools.terminal!.show("1");
  tools.terminal!.show("2");
  tools.warn("warned");
  tools.terminal!.end();
  assertEquals(screen(), ["short\\u{1b}", "printed", "2", ""]);
});

Deno.test("terminal.show draws ten times a second at most, and the last state always", () => {
  const { tools, out, screen, wait } = record({ columns: 80 });
  for (let i = 1; i <= 999; i++) {
    wait(1);
    tools.terminal!.show(`${i}`);
  }
  const drawings = out().split("\r").length - 1;
  assert(drawings === 10, `${drawings} drawings in a second`);
  tools.terminal!.end();
  assertEquals(screen(), ["999", ""]);
});

Deno.test("terminal.show cuts what would break the line, and stays within a narrower window", () => {
  const { tools, drawn, wait } = record({ columns: 20 });
  tools.terminal!.show("x".repeat(50));
  wait(100);
  tools.terminal!.show("y");
  assertEquals(drawn().map(({ length }) => length), [0, 19, 19]);
});

// The streams of a process need one, and a pseudo-terminal, which util-linux' `script` makes.

const CLI = new URL("../../tasks/cli.ts", import.meta.url).href;
const hasScript = Deno.build.os === "linux" &&
  await new Deno.Command("script", { args: ["--version"] }).output().then(() => true, () => false);

/** Runs a task that shows a line and fails, with the narrowest permissions. */
async function runFailing(terminal: boolean, env: Record<string, string>): Promise<string> {
  const file = await Deno.makeTempFile({ suffix: ".ts" });
  await Deno.writeTextFile(
    file,
    `import { runTask } from "${CLI}";
    await runTask({ name: "sample", summary: "", options: {} }, (_, { print, terminal }) => {
      print("text", "label");
      terminal?.show("line of " + terminal.columns());
      return Promise.reject(new Error("failed"));
    });`,
  );
  try {
    const config = `${import.meta.dirname}/../../deno.json`;
    const run = ["run", "--no-prompt", "--no-lock", "--allow-env=SKREG_DEBUG"];
    const args = [...run, `--config=${config}`, file];
    const command = terminal
      ? new Deno.Command("script", {
        args: ["-qec", [Deno.execPath(), ...args].map((arg) => `'${arg}'`).join(" "), "/dev/null"],
        ...{ env, stdin: "null" },
      })
      : new Deno.Command(Deno.execPath(), { args, env });
    const { code, stdout, stderr } = await command.output();
    assertEquals(code, 1);
    return new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
  } finally {
    await Deno.remove(file);
  }
}

Deno.test("runTask writes no code and no carriage return off a terminal", async () => {
  assertEquals(await runFailing(false, { NO_COLOR: "" }), "label       text\nerror: failed\n");
});

Deno.test({
  name: "runTask colours on a terminal, never under NO_COLOR, and ends its line before an error",
  ignore: !hasScript,
}, async () => {
  assertMatch(
    await runFailing(true, { NO_COLOR: "" }),
    // deno-lint-ignore no-control-regex
    /^\x1b\[2mlabel {7}\x1b\[22mtext\r\n\rline of \d+\r\n\x1b\[31merror:\x1b\[39m failed\r\n$/,
  );
  assertMatch(
    await runFailing(true, { NO_COLOR: "1" }),
    /^label {7}text\r\n\rline of \d+\r\nerror: failed\r\n$/,
  );
});
