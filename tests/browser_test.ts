/**
 * The entry `./train` as others use it in a page: bundled, loaded, and training.
 *
 * @module
 */
import * as skreg from "../src/training/mod.ts";
import { assert, assertEquals, assertRelative } from "./helpers/assert.ts";
import { compute, findBrowser } from "./helpers/browser.ts";
import { runIn } from "./helpers/command.ts";
import { inTempDir, test } from "./helpers/folders.ts";

const ROOT = `${import.meta.dirname}/../`;

/**
 * Trains as a page would. It is sent to the browser as text, so it may use its argument alone.
 *
 * @param skreg The entry, as Deno imports it or as a bundle of it.
 */
async function trainSmall(
  { createRandom, openGpu, precision, train, uploadImages }: typeof skreg,
) {
  const gpu = await openGpu();
  const [count, size] = [8, 8], random = createRandom(1);
  const pixels = Uint8Array.from({ length: 4 * count * size * size }, () => random.integer(256));
  const labels = Int32Array.from({ length: count }, (_, image) => image % 2);
  const bank = uploadImages(gpu, { pixels, labels, height: size, width: size });
  const covariance = [1, .5, .5, .2, .5, 1, .2, .5, .5, .2, 1, .5, .2, .5, .5, 1]; // 2×2 weights
  const prior = await precision({ shape: [4, 4], data: covariance }, { unitDeterminant: true });
  const trials = await train(gpu, {
    network: {
      input: [size, size, 3],
      blocks: [{ kernel: 2, filters: 2, stride: 1, pool: 2, poolStride: 2 }],
      dense: [2],
      dropout: [0.2],
    },
    seeds: [1, 2],
    train: { bank },
    valid: { bank },
    copies: 1,
    normalization: { mean: [0.5, 0.5, 0.5], std: [0.3, 0.3, 0.3] },
    batch: 4,
    epochs: 2,
    regularizer: { lambda: 0.01, precisions: [prior.data], denseL2: [0] },
  });
  gpu.close();
  return trials.map(({ history: { train, valid }, parameters }) => ({
    losses: [...train, ...valid].flatMap(({ loss, ce }) => [loss, ce]),
    accuracies: [...train, ...valid].map(({ accuracy }) => accuracy),
    parameters: [...parameters],
  }));
}

/** Bundles the entry as CONTRIBUTING says: mod.js, and what it loads when it is needed. */
async function bundle(folder: string): Promise<void> {
  const flags = ["--quiet", "--platform", "browser", "--code-splitting", "--minify"];
  const entry = "src/training/mod.ts";
  const { code, stderr } = await runIn(ROOT, ["bundle", ...flags, "--outdir", folder, entry]);
  assertEquals(code, 0, stderr);
}

/** Serves a page without content, and the scripts of a folder beside it. */
function serve(folder: string): Deno.HttpServer<Deno.NetAddr> {
  return Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async ({ url }) => {
    const { pathname } = new URL(url);
    const type = (kind: string) => ({ headers: { "content-type": kind } });
    if (pathname === "/") return new Response("<!DOCTYPE html>", type("text/html"));
    if (!/^\/[\w-]+\.js$/.test(pathname)) return new Response(null, { status: 404 });
    return new Response(await Deno.readTextFile(folder + pathname), type("text/javascript"));
  });
}

test("./train is bundled for browsers: one script under 220 kB, and mathjs apart", async (folder) => {
  await bundle(folder);
  const bytes = async (name: string) => (await Deno.stat(`${folder}/${name}`)).size;
  let all = 0;
  for await (const { name } of Deno.readDir(folder)) all += await bytes(name);
  const first = await bytes("mod.js");
  assert(first < 220_000, `mod.js has ${first} bytes: what has come in that every page must load?`);
  assert(all < 250_000, `the bundle has ${all} bytes: what has come in?`);
});

const browser = await findBrowser();

Deno.test({
  name: browser
    ? "./train, bundled for browsers, trains in one as it does in Deno"
    : "./train in a browser: NOT TESTED, no chromium or google-chrome (or set CHROME_BIN)",
  ignore: browser === undefined,
  fn: () =>
    inTempDir(async (folder) => {
      await bundle(folder);
      await using server = serve(folder);
      const url = `http://127.0.0.1:${server.addr.port}/`;
      const call = `import("/mod.js").then(${trainSmall})`;
      const there = await compute<Awaited<ReturnType<typeof trainSmall>>>(browser!, url, call);
      const here = await trainSmall(skreg);
      assertEquals(there.length, here.length);
      for (const [trial, { losses, accuracies, parameters }] of here.entries()) {
        assertEquals(there[trial].accuracies, accuracies);
        // Two compilers of WGSL: sums may be contracted, and exp and log differ in the last digits.
        assertRelative(there[trial].losses, losses, 1e-5, `losses of trial ${trial}`);
        assertRelative(there[trial].parameters, parameters, 1e-5, `parameters of trial ${trial}`);
      }
    }),
});
