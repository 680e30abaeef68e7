/**
 * What stops a task. Import it before all else: SIGUSR1 and SIGUSR2, which schedulers send some time
 * before they kill, end a task from then on as SIGTERM does, at once, unless it listens itself.
 *
 * @module
 */

/** What stops a task, and its exit code: 128 + the number of the signal, or of the one it stands for. */
const CODES = { SIGINT: 130, SIGTERM: 143, SIGUSR1: 143, SIGUSR2: 143 };

/** A signal that stops a task. */
export type StopSignal = keyof typeof CODES;

/** The signals that stop a task: on Windows Ctrl-C alone, elsewhere those of schedulers too. */
export function stopSignals(os = Deno.build.os): StopSignal[] {
  return os === "windows" ? ["SIGINT"] : Object.keys(CODES) as StopSignal[];
}

/** Ends a task: Ctrl-C, SIGTERM or what means the same. */
export class Interruption extends Error {
  /** What a shell says of it. */
  readonly exitCode: number;
  constructor(signal: StopSignal, message: string) {
    super(message);
    this.exitCode = CODES[signal];
  }
}

/** Whether this is the thread in which a task works that main only waits for; see thread.ts. */
export const isTaskThread = "WorkerGlobalScope" in globalThis;

if (!isTaskThread) {
  for (const signal of stopSignals().filter((it) => it.startsWith("SIGUSR"))) {
    Deno.addSignalListener(signal, () => Deno.exit(CODES[signal]));
  }
}
