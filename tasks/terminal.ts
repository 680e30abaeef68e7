/**
 * What a task prints, on a terminal and off it: every character that could steer a terminal is
 * escaped, a few words are coloured, and one line can be redrawn in place.
 *
 * That line is drawn with a carriage return and spaces: no escape code, nothing to undo when Ctrl-C
 * kills the process.
 *
 * @module
 */
import wrapAnsi from "wrap-ansi";

/** What of stdout or stderr a task needs. */
export interface Stream {
  /** Writes lines. */
  writeLine(text: string): void;
  /** Whether codes for colours may be written: on a terminal, and never under NO_COLOR. */
  colours: boolean;
  /** Where it is a terminal: its columns now, and how to write without ending the line. */
  terminal?: { columns(): number; write(text: string): void };
}

/** A line at the bottom of the terminal that is redrawn in place. */
export interface Terminal {
  /** Columns of the terminal now. */
  columns(): number;
  /** Shows a line in place of the one shown before, ten times a second at most. */
  show(line: string): void;
  /** Ends the line in its last state; `print` and `warn` do so by themselves. */
  end(): void;
}

/** Where a task writes. */
export interface Output {
  /**
   * Prints lines on stdout, control characters escaped.
   *
   * @param label A word in front, dimmed. Text with a label is wrapped to the terminal, or to 80
   * columns, with a hanging indent; a no-break space keeps words together and becomes a space.
   */
  print(text: string, label?: string): void;
  /** Prints lines on stderr, control characters escaped; "error:" and "warning:" in colour. */
  warn(text: string): void;
  /** Where stdout is a terminal. */
  terminal?: Terminal;
}

/** What a task's main function is given besides its options. */
export interface Tools extends Output {
  /** What was given without a flag, where the task declares `arguments`; else nothing. */
  args: string[];
  /** Seconds since the process began. */
  elapsed(): number;
  /** Aborted by Ctrl-C, SIGTERM, SIGUSR1 and SIGUSR2, where the task can save its state. */
  signal?: AbortSignal;
  /** From now on the task watches the signal, saves what it has, and ends by itself. */
  hold?(): void;
}

/** Columns of text where there is no terminal to ask. */
const COLUMNS = 80;
/** Columns of a label. */
const LABEL = 12;
/** Milliseconds between two drawings of the terminal's line. */
const PAUSE = 100;

const [DIM, RED, YELLOW] = [[2, 22], [31, 39], [33, 39]];

/** Makes a task's output of its two streams; `now` is a clock in milliseconds. */
export function createOutput(
  stdout: Stream,
  stderr: Stream,
  now = () => performance.now(),
): Output {
  const terminal = stdout.terminal && createTerminal(stdout.terminal, now);
  const paint = ({ colours }: Stream, [on, off]: number[], text: string) =>
    colours ? `\x1b[${on}m${text}\x1b[${off}m` : text;
  return {
    terminal,
    print(text, label) {
      terminal?.end();
      if (label === undefined) return stdout.writeLine(escapeLines(text));
      const width = (terminal?.columns() ?? COLUMNS) - LABEL;
      const lines = wrapAnsi(escapeLines(text), Math.max(width, LABEL)); // a long path stays whole
      const body = lines.replaceAll("\u00a0", " ").replaceAll("\n", `\n${" ".repeat(LABEL)}`);
      stdout.writeLine(paint(stdout, DIM, escapeControls(label).padEnd(LABEL)) + body);
    },
    warn(text) {
      terminal?.end();
      const [, word, rest] = /^(error:|warning:|)(.*)$/s.exec(text)!;
      const colour = word === "error:" ? RED : YELLOW;
      stderr.writeLine((word && paint(stderr, colour, word)) + escapeLines(rest));
    },
  };
}

function createTerminal(
  { columns, write }: NonNullable<Stream["terminal"]>,
  now: () => number,
): Terminal {
  let shown = ""; // what stands on the screen, as far as it fits
  let latest = ""; // what was asked for
  let next = -Infinity; // when it may be drawn
  const draw = () => {
    const room = columns() - 1; // a terminal breaks the line once its last column is taken
    const line = latest.slice(0, room);
    write(`\r${line.padEnd(Math.min(shown.length, room))}`);
    shown = latest;
    next = now() + PAUSE;
  };
  return {
    columns,
    show(line) {
      latest = escapeControls(line);
      if (now() >= next) draw();
    },
    end() {
      if (latest === "") return;
      if (latest !== shown) draw();
      write("\n");
      [shown, latest, next] = ["", "", -Infinity];
    },
  };
}

/** The output of this process. */
export function processOutput(): Output {
  return createOutput(
    // deno-lint-ignore no-console
    processStream(Deno.stdout, (text) => console.log(text)),
    // deno-lint-ignore no-console
    processStream(Deno.stderr, (text) => console.error(text)),
  );
}

function processStream(
  stream: typeof Deno.stdout | typeof Deno.stderr,
  writeLine: (text: string) => void,
): Stream {
  if (!stream.isTerminal()) return { writeLine, colours: false };
  const write = (text: string) => {
    let bytes = new TextEncoder().encode(text);
    while (bytes.length > 0) bytes = bytes.subarray(stream.writeSync(bytes));
  };
  return { writeLine, colours: !Deno.noColor, terminal: { columns: terminalColumns, write } };
}

/** A terminal may not know its columns: then it says 0. */
function terminalColumns(): number {
  return Deno.consoleSize().columns || COLUMNS;
}

/** What could move a terminal's cursor or hide text. */
const CONTROLS = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/gu;

/** Escapes what could move a terminal's cursor or hide text, as `\u{1b}`; newlines as `\n`. */
export function escapeControls(text: string): string {
  return text.replace(
    CONTROLS,
    (sign) => sign === "\n" ? "\\n" : `\\u{${sign.codePointAt(0)!.toString(16)}}`,
  );
}

/** The value as indented JSON that `print` leaves as it is: controls are escaped JSON's way. */
export function formatJson(value: unknown): string {
  return JSON.stringify(value, null, 2).replace(
    CONTROLS,
    (sign) => sign === "\n" ? sign : `\\u${sign.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

function escapeLines(text: string): string {
  return text.split("\n").map(escapeControls).join("\n");
}
