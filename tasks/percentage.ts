/**
 * How far a piece of work is: one line that is rewritten on a terminal, a few lines elsewhere.
 *
 * @module
 */

/** Where the lines go. */
export interface Screen {
  /** Whether a line can be rewritten. */
  isTerminal: boolean;
  /** Writes text to a terminal as it is. */
  write(text: string): void;
  /** Prints a line elsewhere. */
  print(line: string): void;
}

/** Shows progress until it is disposed of, which ends the line. */
export interface Percentage extends Disposable {
  /** `done` of `total`; where the total is not known, `done` is shown alone. */
  show(what: string, done: number, total?: number): void;
}

/**
 * Starts to show how far work is.
 *
 * @param unit What is counted, such as images; bytes are shown in kB or MB.
 */
export function openPercentage(unit: string, screen: Screen): Percentage {
  let line = "", quarter = -1, doing = "";
  const endLine = () => {
    if (screen.isTerminal && line) screen.write("\n");
    line = "";
  };
  return {
    show(what, done, total) {
      if (what !== doing) {
        endLine();
        [doing, quarter] = [what, -1];
      }
      const share = total === undefined ? undefined : Math.floor(100 * done / (total || 1));
      const text = share === undefined
        ? `${what} ${amount(done, unit)}`
        : `${what} ${share} % of ${amount(total!, unit)}`;
      if (screen.isTerminal) {
        if (text !== line) screen.write(`\r${text.padEnd(line.length)}`);
        line = text;
      } else if (share !== undefined && Math.floor(share / 25) > quarter) {
        quarter = Math.floor(share / 25);
        screen.print(text);
      }
    },
    [Symbol.dispose]: endLine,
  };
}

function amount(count: number, unit: string): string {
  if (unit !== "bytes") return `${count} ${unit}`;
  return count < 1e6 ? `${(count / 1e3).toFixed(1)} kB` : `${(count / 1e6).toFixed(1)} MB`;
}

/** The screen of a task: stderr where that is a terminal, else what the task prints. */
export function screenOf({ print }: { print(line: string): void }): Screen {
  return {
    isTerminal: Deno.stderr.isTerminal(),
    write: (text) => void Deno.stderr.writeSync(new TextEncoder().encode(text)),
    print,
  };
}
