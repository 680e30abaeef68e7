/**
 * A long training, watched: the memory of the process and the objects on the GPU must not grow.
 *
 * @module
 */
import { type Gpu, type NetworkDesign, phase1, writeSyntheticSet } from "../../mod.ts";

/** What a long training came to. */
export interface Soak {
  /**
   * Resident bytes of the process without what V8 keeps free for later, which comes and goes by tens of
   * MB: the median about a fifth of the way, and at the end.
   */
  memory: { early: number; late: number };
  /** GPU buffers, textures and bind groups: those that lived a fifth of the way, and at the end. */
  objects: { early: number; late: number };
}

/** What lives of all that a device makes: its buffers and textures, and bind groups ever made. */
function countObjects({ device }: Gpu): () => number {
  let living = 0;
  const count = <T extends "createBuffer" | "createTexture" | "createBindGroup">(name: T) => {
    // deno-lint-ignore no-explicit-any
    const create = (device[name] as any).bind(device);
    // deno-lint-ignore no-explicit-any
    (device as any)[name] = (descriptor: unknown) => {
      const made = create(descriptor);
      living++;
      if (name === "createBindGroup") return made; // it is collected, some time
      const destroy = made.destroy.bind(made);
      let isDestroyed = false;
      made.destroy = () => {
        if (!isDestroyed) living--;
        isDestroyed = true;
        destroy();
      };
      return made;
    };
  };
  for (const name of ["createBuffer", "createTexture", "createBindGroup"] as const) count(name);
  return () => living;
}

const median = (values: number[]) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)];

/**
 * Trains phase 1 on built-in images and looks after each epoch.
 *
 * @param gpu No other work may run on it.
 * @param dir A folder for images and results.
 * @param epochs At least 20.
 * @param network Default the paper's.
 */
export async function soak(
  gpu: Gpu,
  dir: string,
  { trials, epochs, size, perClass, network, onProgress = () => {} }: {
    trials: number;
    epochs: number;
    size: number;
    perClass: number;
    network?: NetworkDesign;
    onProgress?: (epoch: number) => void;
  },
): Promise<Soak> {
  const phase2 = { train: 0, valid: 0, test: 0 };
  await writeSyntheticSet(`${dir}/data`, { perClass, size, phase2 });
  const objects = countObjects(gpu);
  const seen: { memory: number; objects: number }[] = [];
  const options = { dataDir: `${dir}/data`, resultsDir: `${dir}/run`, trials, epochs };
  await phase1(gpu, { ...options, size, network }, (event) => {
    if (event.kind !== "epoch") return;
    const { rss, heapTotal, heapUsed } = Deno.memoryUsage();
    seen.push({ memory: rss - (heapTotal - heapUsed), objects: objects() });
    onProgress(event.report.epoch);
  });
  const part = (from: number, to: number) =>
    seen.slice(Math.floor(from * epochs), Math.ceil(to * epochs));
  const of = (key: "memory" | "objects") => ({
    early: median(part(0.15, 0.25).map((it) => it[key])),
    late: median(part(0.9, 1).map((it) => it[key])),
  });
  return { memory: of("memory"), objects: of("objects") };
}
