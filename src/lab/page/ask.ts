/**
 * The worker as functions that answer, and a listener of what it tells.
 *
 * @module
 */
/// <reference lib="dom" />
import type { LabEvent, Reply, TaskName, Tasks } from "../protocol.ts";

/** A task that failed; its kind is that of a `Failure`, "stopped" or "bug". */
export class Failed extends Error {
  /** Which kind. */
  readonly kind: string;

  /** Makes one. */
  constructor({ kind, message }: { kind: string; message: string }) {
    super(message);
    this.kind = kind;
  }
}

/** Starts the worker. @param on Told of each event. */
export function startWorker(on: (event: LabEvent) => void) {
  const worker = new Worker(new URL("worker.js", import.meta.url), { type: "module" });
  const waiting = new Map<number, PromiseWithResolvers<unknown>>();
  let last = 0;
  worker.addEventListener("message", ({ data }: MessageEvent<Reply>) => {
    if ("event" in data) return on(data.event);
    const answer = waiting.get(data.id);
    waiting.delete(data.id);
    if ("got" in data) answer?.resolve(data.got);
    else answer?.reject(new Failed(data.failed));
  });
  worker.addEventListener("error", ({ message }) => {
    const failed = { kind: "bug", message: message || "The page's worker could not be started" };
    for (const { reject } of waiting.values()) reject(new Failed(failed));
    waiting.clear();
  });
  return {
    /** Asks for a task. @throws {Failed} */
    ask<Name extends TaskName>(task: Name, ask: Tasks[Name]["ask"]): Promise<Tasks[Name]["get"]> {
      const answer = Promise.withResolvers<unknown>();
      waiting.set(++last, answer);
      worker.postMessage({ id: last, task, ask });
      return answer.promise as Promise<Tasks[Name]["get"]>;
    },
    /** Ends what trains; its state is saved. */
    stop: () => worker.postMessage({ id: 0, stop: true }),
  };
}
