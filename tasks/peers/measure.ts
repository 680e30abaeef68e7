/**
 * What the peers that run in Deno share: how they are imported, timed and reported.
 *
 * @module
 */

/** Imports packages that only the user puts into Deno's cache; ends with code 3 where one is not. */
// deno-lint-ignore no-explicit-any
export async function importPeer([first, ...more]: string[]): Promise<any> {
  try {
    const peer = await import(first);
    for (const name of more) await import(name);
    return peer;
  } catch (error) {
    if (!String(error).includes("--cached-only")) throw error;
    Deno.exit(3);
  }
}

/** Do a number of training steps or evaluations; done when the results of the last can be read. */
export interface Steps {
  train(count: number): Promise<void>;
  eval(count: number): Promise<void>;
}

/** Prints the median rate of each mode for each batch of the command line, one JSON line each. */
export async function measure(
  name: string,
  build: (batch: number) => Steps | Promise<Steps>,
): Promise<void> {
  const [runs, ms] = [3, 500]; // a wait costs 10 ms, so steps share one; some peers need seconds
  for (const batch of Deno.args.map(Number)) {
    const steps = await build(batch);
    for (const mode of ["train", "eval"] as const) {
      const run = async (count: number) => {
        const start = performance.now();
        await steps[mode](count);
        return (performance.now() - start) / count;
      };
      await run(1); // compiles
      let median = await run(1);
      if (median < 2 * ms) {
        const count = Math.ceil(ms / median);
        const times = [];
        for (let i = 0; i < runs; i++) times.push(await run(count));
        median = times.sort((a, b) => a - b)[Math.floor(runs / 2)];
      }
      // deno-lint-ignore no-console
      console.log(JSON.stringify({ name, mode, batch, imagesPerSecond: 1000 * batch / median }));
    }
  }
  Deno.exit(0); // the GPU may hold the process open
}
