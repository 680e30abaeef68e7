/**
 * Lets a task work in a thread of its own: the script of a task that saves its state when a signal stops
 * it imports this before all else. In the main thread nothing behind that is run; it waits there, without
 * pause, for the exit code. So it cannot answer SIGUSR1 as Deno does where a main thread has time: with a
 * debugger, on a port that everybody on the machine reaches, for as long as the state is saved.
 *
 * @module
 */
import { isTaskThread } from "./signals.ts";

/** What the main thread gives the other one at its start. */
interface Start {
  /** One word: the task's exit code, once it has one. */
  state: Int32Array<SharedArrayBuffer>;
  /** When the process began, in milliseconds since 1970. */
  origin: number;
}

/** What the word holds until then. */
const RUNNING = -1;

/** A task's thread, seen from inside. */
export interface TaskThread {
  /** From now on the main thread hears no signal; this one does. */
  takeOver(): void;
  /** Ends the process. */
  exit(code: number): never;
  /** Seconds since the process began. */
  elapsed(): number;
}

/** This end of the line to the main thread. */
const line = globalThis as unknown as {
  onmessage(event: MessageEvent<Start>): void;
  postMessage(message: "up"): void;
};

/** What a task's thread needs of the main one, which learns nothing but an exit code. */
export async function enterThread(warn: (text: string) => void): Promise<TaskThread> {
  const { state, origin } = await new Promise<Start>((begin) =>
    line.onmessage = ({ data }) => begin(data)
  );
  const exit = (code: number): never => {
    Atomics.store(state, 0, code);
    Atomics.notify(state, 0);
    Atomics.wait(state, 0, code); // for the end
    throw new Error("unreachable");
  };
  const fail = (event: Event, reason: unknown) => {
    event.preventDefault();
    warn(`error: ${reason instanceof Error ? reason.stack : reason}`);
    exit(1);
  };
  addEventListener("error", (event) => fail(event, event.error ?? event.message));
  addEventListener("unhandledrejection", (event) => fail(event, event.reason));
  return {
    takeOver: () => line.postMessage("up"),
    exit,
    elapsed: () => (performance.timeOrigin + performance.now() - origin) / 1000,
  };
}

/** Starts the main module anew in a thread of its own, and ends the process with its exit code. */
async function waitForThread(): Promise<never> {
  const state = new Int32Array(new SharedArrayBuffer(4)).fill(RUNNING);
  const thread = new Worker(Deno.mainModule, { type: "module" });
  thread.postMessage({ state, origin: performance.timeOrigin } satisfies Start);
  await new Promise((up) => thread.onmessage = up);
  Atomics.wait(state, 0, RUNNING);
  Deno.exit(state[0]);
}

// What may not read cannot start a thread, and will say so by itself.
const mayRead = Deno.permissions.querySync({ name: "read" }).state === "granted";
if (!isTaskThread && mayRead) await waitForThread();
