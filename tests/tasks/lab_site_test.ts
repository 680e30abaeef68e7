import { inspect } from "../../src/gpu/inspect.ts";
import { specialize } from "../../src/gpu/specialize.ts";
import { buildSite, shorten } from "../../tasks/lab_site.ts";
import { assert, assertEquals } from "../helpers/assert.ts";
import { SHADERS, valuesOf } from "../helpers/shader_rules.ts";
import { test } from "../helpers/folders.ts";

test("buildSite makes less than 1 MB, h5wasm left out", async (site) => {
  await buildSite(site);
  let bytes = 0;
  for (const folder of [site, `${site}/recorded`]) {
    for await (const { name, isFile } of Deno.readDir(folder)) {
      const isH5wasm = name.startsWith("hdf5_hl-"); // loaded once an .h5 is asked for
      if (isFile && !isH5wasm) bytes += (await Deno.stat(`${folder}/${name}`)).size;
    }
  }
  assert(bytes < 1e6, `the site has ${bytes} bytes: what has come in?`);
});

Deno.test("shorten leaves a shader as it is, line by line", async () => {
  const codeOf = (wgsl: string) => wgsl.replaceAll(/^ +| *\/\/.*$/gm, "").split("\n");
  for await (const { name } of Deno.readDir(SHADERS)) {
    const source = await Deno.readTextFile(`${SHADERS}/${name}`), short = shorten(source);
    assert(short.length < 0.9 * source.length, name);
    const values = valuesOf(source);
    assertEquals(inspect(name, short, values), inspect(name, source, values));
    assertEquals(codeOf(specialize(name, short, values)), codeOf(specialize(name, source, values)));
  }
});
