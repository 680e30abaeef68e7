import { assert, assertEquals, assertMatch } from "../helpers/assert.ts";
import { escapeControls, formatJson } from "../../tasks/terminal.ts";
import { succeeds } from "../helpers/command.ts";
import { record } from "../helpers/recorder.ts";

Deno.test("escapeControls shows what a terminal would obey and keeps other text", () => {
  assertEquals(escapeControls("Σ 漢 é\t\x07\u009b\u202e"), "Σ 漢 é\\u{9}\\u{7}\\u{9b}\\u{202e}");
});

Deno.test("formatJson gives JSON that print leaves as it is", () => {
  const value = { "a\u202e\n\x1b\u009b\u2028": ["é", 1] };
  const { output, out } = record();
  output.print(formatJson(value));
  assertEquals(JSON.parse(out()), value);
});

Deno.test("print and warn escape control characters, in labels too, and keep newlines", () => {
  const { output, out, err } = record({ columns: 80 });
  output.print("a\x1b[2Jb\nc\rd");
  output.print("e\x1b[2J", "f\x1b[1m\n");
  output.warn("g\x1b[2J\nh");
  assertEquals(out(), "a\\u{1b}[2Jb\nc\\u{d}d\nf\\u{1b}[1m\\ne\\u{1b}[2J\n");
  assertEquals(err(), "g\\u{1b}[2J\nh\n");
});

Deno.test("print wraps text with a label to the terminal, counting wide characters twice", () => {
  const { output, out } = record({ columns: 34 });
  output.print("one two three four, five\u00a0six, seven\nline", "numbers");
  output.print("漢字漢字漢 漢字漢字漢 漢", "wide");
  output.print(`${"path/".repeat(9)} end`, "long");
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
  const { output, out } = record();
  output.print("word ".repeat(100), "words");
  for (const line of out().split("\n").slice(0, -2)) assert(line.length > 70 && line.length <= 80);
});

Deno.test("print and warn colour labels, errors and warnings where colours are allowed, nothing else", () => {
  for (const colours of [true, false]) {
    const { output, out, err } = record({ columns: 80, colours });
    output.print("llvmpipe", "adapter");
    output.print("error: warning: text");
    output.warn("error: lost");
    output.warn("warning: slow");
    output.warn("note: an error: no");
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
  assertEquals(record().output.terminal, undefined);
  assertEquals(record({ columns: 99 }).output.terminal?.columns(), 99);
});

Deno.test("terminal.show redraws its line in place, and print and warn leave its last state", () => {
  const { output, out, screen, wait } = record({ columns: 80 });
  output.terminal!.show("a long line");
  wait(100);
  output.terminal!.show("short\x1b");
  assertEquals(out(), "\ra long line\rshort\\u{1b}");
  output.print("printed");
  output.terminal!.show("1");
  output.terminal!.show("2");
  output.warn("warned");
  output.terminal!.end();
  assertEquals(screen(), ["short\\u{1b}", "printed", "2", ""]);
});

Deno.test("terminal.show draws ten times a second at most, and the last state always", () => {
  const { output, out, screen, wait } = record({ columns: 80 });
  for (let i = 1; i <= 999; i++) {
    wait(1);
    output.terminal!.show(`${i}`);
  }
  const drawings = out().split("\r").length - 1;
  assert(drawings === 10, `${drawings} drawings in a second`);
  output.terminal!.end();
  assertEquals(screen(), ["999", ""]);
});

Deno.test("terminal.show cuts what would break the line, and stays within a narrower window", () => {
  const { output, drawn, wait } = record({ columns: 20 });
  output.terminal!.show("x".repeat(50));
  wait(100);
  output.terminal!.show("y");
  assertEquals(drawn().map(({ length }) => length), [0, 19, 19]);
});

// The streams of a process need one, and a pseudo-terminal, which util-linux' `script` makes.

const CLI = new URL("../../tasks/cli.ts", import.meta.url).href;
const hasScript = Deno.build.os === "linux" && await succeeds("script", "--version");

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
        env,
        stdin: "null",
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
