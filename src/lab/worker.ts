/**
 * The worker of the page: a place in which the tasks' experiments run as they are. What they use of Deno
 * must be there before they are loaded.
 *
 * @module
 */
/// <reference lib="dom" />
import { createDeno } from "./deno.ts";
import { Disk } from "./memory_disk.ts";
import { keepDisk } from "./keep_disk.ts";
import type { LabEvent, Reply, Request } from "./protocol.ts";
import { Buffer } from "./stand_ins/buffer.ts";

const scope = globalThis as unknown as {
  Deno: unknown;
  Buffer: unknown;
  postMessage(reply: Reply): void;
  addEventListener(kind: "message", listener: (event: { data: Request }) => void): void;
};
const tell = (event: LabEvent) => scope.postMessage({ event });

/** Milliseconds in which the worker of a page that was loaded again is gone. */
const LEAVING = 5000;

/** Holds the page's name for as long as the worker lives: two tabs would write over each other. */
const isAlone = new Promise<boolean>((resolve) => {
  navigator.locks.request("skreg-lab", { signal: AbortSignal.timeout(LEAVING) }, () => {
    resolve(true);
    return new Promise<void>(() => {});
  }).catch(() => resolve(false));
});

const disk = new Disk();
const begun = (async () => {
  if (!await isAlone) return undefined;
  const kept = await keepDisk(disk, (reason) => tell({ kind: "refused", reason }));
  scope.Deno = createDeno(disk, kept.settle);
  scope.Buffer = Buffer; // which jpeg-js uses without an import
  const { createLab } = await import("./work.ts");
  return { ...createLab(disk, tell), settle: kept.settle };
})();
begun.catch(() => {}); // each request is told

scope.addEventListener("message", async ({ data }) => {
  const { id } = data;
  try {
    const lab = await begun;
    if (!lab) {
      const message = "The lab is open in another tab or window of this browser; go on there, or " +
        "close it and load this page again";
      return scope.postMessage({ id, failed: { kind: "locked", message } });
    }
    if ("stop" in data) return lab.stop();
    const got = await lab.run(data.task, data.ask);
    await lab.settle();
    scope.postMessage({ id, got });
  } catch (error) {
    const { kind = "bug", message } = error as Error & { kind?: string };
    scope.postMessage({ id, failed: { kind, message } });
  }
});
