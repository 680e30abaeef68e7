/**
 * A worker in which the lab's experiments run on a disk in memory, on this machine's adapter: what a
 * browser's worker does, without the browser.
 *
 * @module
 */
import { createDeno } from "../../src/lab/deno.ts";
import { Disk } from "../../src/lab/memory_disk.ts";
import { DEFAULTS, type Settings } from "../../src/lab/protocol.ts";

/** What the story is told with: as small as it can be. */
export const SMALL: Settings = {
  ...DEFAULTS,
  ...{ size: 37, perClass: 2, networks: 2, epochs: 2, seeds: 2, newEpochs: 1 },
};

if ("WorkerGlobalScope" in globalThis) {
  const disk = new Disk();
  const { createLab } = await import("../../src/lab/work.ts");
  Object.defineProperty(globalThis, "Deno", { value: createDeno(disk) });
  const lab = createLab(disk, () => {});
  const settings = SMALL, goOn = false;
  await lab.run("draw", { settings });
  await lab.run("phase1", { settings, goOn });
  await lab.run("fit", {});
  for (const mode of ["l2", "sk"]) await lab.run("phase2", { settings, mode, goOn });
  const { html } = await lab.run("compare", {});
  await lab.run("report", {});
  const bring = (path: string) => ({ path, file: new Blob([disk.file(path).bytes]) });
  const files = disk.walk().map((path) => [path, disk.file(path).bytes] as const);
  // Networks have one file name, and may come without their folders.
  const networks = disk.walk("data/kernel_dataset").filter((path) => path.endsWith("/cnn.h5"));
  const given = networks.map((path) => ({ ...bring(path), path: "cnn.h5" }));
  await lab.run("bringPrior", { given });
  const brought = new TextDecoder().decode(disk.file("data/gaussian_fit/summary.json").bytes);
  (globalThis as unknown as Worker).postMessage({ html, files, brought });
}
