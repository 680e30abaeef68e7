/**
 * How a signal comes in while much is to be done: on the GPU, how far the program runs ahead of it and
 * how much it gives it at a time; on this thread, when it pauses.
 *
 * @module
 */
import type { Gpu } from "../gpu/device.ts";
import { type Step, submit } from "../gpu/shader.ts";

/** Milliseconds of work that may be queued on the GPU: while it is waited for, no signal comes in. */
const QUEUED = 500;
/** Milliseconds that a submission may take: where one takes longer, steps are cut into more parts. */
const LONGEST = 200;
/** Parts of a call's steps: at first, and at most. */
const [FIRST, MOST] = [8, 64];
/** Milliseconds between two looks at the signal, where nothing need be waited for. */
const LOOK = 100;
/** Milliseconds between two measurements of what a submission takes. */
const MEASURE = 2000;
/** The last steps of a call, which are never submitted apart. */
const TOGETHER = 4;

/** Submits steps in order; resolves when there is room for more. */
export type Pace = (steps: readonly Step[]) => Promise<void> | void;

/**
 * Makes what submits the steps of a training or an evaluation so that a signal can come in: work is
 * queued for half a second at most, and steps that take long are submitted in parts. Waiting costs the
 * GPU about 10 ms of idleness, so it is done only where the queue may have grown too long: a driver that
 * computes on the CPU lets the program run ahead by one submission only.
 *
 * The last four steps of a call are submitted together, so that a step of Adam and its tick of the clock
 * happen both or not at all.
 *
 * @param signal Once it is aborted, a call throws its reason before it submits anything more. Without it
 *   nothing is waited for.
 */
export function createPace(gpu: Gpu, signal?: AbortSignal): Pace {
  if (!signal) return (steps) => submit(gpu, steps);
  let [since, submitted, cost, parts] = [performance.now(), 0, Infinity, FIRST];
  let looked = since;
  const breathe = async () => {
    const now = performance.now(), elapsed = now - since;
    const ahead = ++submitted * cost - elapsed; // milliseconds of work that is still queued
    if (ahead > QUEUED || elapsed > MEASURE) {
      await gpu.device.queue.onSubmittedWorkDone();
      cost = (performance.now() - since) / submitted;
      if (cost > LONGEST) parts = Math.min(MOST, 2 * parts);
      if (cost < LONGEST / 4) parts = Math.max(1, parts / 2);
      [since, submitted] = [performance.now(), 0];
    } else if (now - looked < LOOK) return;
    await new Promise((resolve) => setTimeout(resolve, 0)); // signals come between macrotasks
    looked = performance.now();
  };
  return async (steps) => {
    for (const part of cut(steps, parts)) {
      signal.throwIfAborted();
      const start = performance.now();
      submit(gpu, part);
      if (performance.now() - start > LONGEST) parts = Math.min(MOST, 2 * parts);
      await breathe();
    }
  };
}

/** Makes what lets a signal in now and then, called where this thread works for long. */
export function createBreak(signal?: AbortSignal): () => Promise<void> | void {
  let last = performance.now();
  return () => performance.now() - last < LOOK ? undefined : pause();
  async function pause() {
    await new Promise((resolve) => setTimeout(resolve, 0));
    last = performance.now();
    signal?.throwIfAborted();
  }
}

/** About so many parts, of equal size but for the first and the last. */
function cut(steps: readonly Step[], parts: number): (readonly Step[])[] {
  const size = Math.ceil(steps.length / parts);
  const cuts: (readonly Step[])[] = [];
  for (let end = steps.length; end > 0;) {
    const start = Math.max(0, end - (end < steps.length ? size : Math.max(TOGETHER, size)));
    cuts.unshift(steps.slice(start, end));
    end = start;
  }
  return cuts;
}
