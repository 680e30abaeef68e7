/**
 * Output whose two streams are recorded, and what a terminal would show of them.
 *
 * @module
 */
import { createOutput, type Output, type Stream } from "../../tasks/terminal.ts";

/** What was printed through the output. */
export interface Recorder {
  output: Output;
  /** As it was written to stdout. */
  out(): string;
  /** As it was written to stderr. */
  err(): string;
  /** The lines that stand on a terminal in the end: what a carriage return overwrote is gone. */
  screen(): string[];
  /** Every line that ever stood on it, without colours. */
  drawn(): string[];
  /** Milliseconds to be added to the clock. */
  wait(ms: number): void;
}

/** Records what is printed on a terminal of so many columns, or on pipes where none are given. */
export function record(
  { columns, colours = false }: { columns?: number; colours?: boolean } = {},
): Recorder {
  const written = { out: "", err: "" };
  let time = 0;
  const stream = (name: "out" | "err"): Stream => {
    const write = (text: string) => void (written[name] += text);
    const terminal = columns === undefined ? undefined : { columns: () => columns, write };
    return { writeLine: (text) => write(text + "\n"), colours, terminal };
  };
  const lines = () => written.out.split("\n").map((line) => line.split("\r"));
  return {
    output: createOutput(stream("out"), stream("err"), () => time),
    out: () => written.out,
    err: () => written.err,
    screen: () =>
      lines().map((drawings) =>
        drawings.reduce((line, drawing) => drawing + line.slice(drawing.length)).trimEnd()
      ),
    // deno-lint-ignore no-control-regex
    drawn: () => lines().flat().map((line) => line.replace(/\x1b\[\d+m/g, "")),
    wait: (ms) => void (time += ms),
  };
}
