/**
 * What stops a task. Import it before all else: SIGUSR1 and SIGUSR2, which schedulers send some time
 * before they kill, end a task from then on as SIGTERM does, at once, unless it listens itself: cli.ts
 * does (`listen`), and a training then keeps its state.
 *
 * @module
 */

import { SIGNAL_CODES } from "./exit_codes.ts";

/** A signal that stops a task. */
export type StopSignal = keyof typeof SIGNAL_CODES;

/** The signals that stop a task: on Windows Ctrl-C alone, elsewhere those of schedulers too. */
export function stopSignals(os = Deno.build.os): StopSignal[] {
  return os === "windows" ? ["SIGINT"] : Object.keys(SIGNAL_CODES) as StopSignal[];
}

/** Ends a task: Ctrl-C, SIGTERM or what means the same. */
export class Interruption extends Error {
  /** What a shell says of it. */
  readonly exitCode: number;
  constructor(signal: StopSignal, message: string) {
    super(message);
    this.exitCode = SIGNAL_CODES[signal];
  }
}

/** Whether this is the thread in which a task works that main only waits for; see thread.ts. */
export const isTaskThread = "WorkerGlobalScope" in globalThis;

if (!isTaskThread) {
  for (const signal of stopSignals().filter((it) => it.startsWith("SIGUSR"))) {
    Deno.addSignalListener(signal, () => Deno.exit(SIGNAL_CODES[signal]));
  }
}
