/**
 * What a task's exit code says.
 *
 * @module
 */
import type { FailureKind } from "../mod.ts";

/** What each kind of failure exits with; any other error exits with 1. */
export const EXIT_CODES: Readonly<Record<FailureKind, number>> = {
  usage: 2,
  gpu: 3,
  locked: 4,
  input: 5,
  disk: 6,
  diverged: 7,
};

/** What stops a task, and its exit code: 128 + the number of the signal, or of the one it stands for. */
export const SIGNAL_CODES = { SIGINT: 130, SIGTERM: 143, SIGUSR1: 143, SIGUSR2: 143 };

/** All of them, as a help page says them. */
export const EXIT_CODE_LINES = [
  "Exit codes: 0 done, 1 failed, 2 wrong options, 3 GPU, 4 locked, 5 bad input,",
  "            6 disk, 7 diverged, 130 interrupted, 143 terminated",
];
