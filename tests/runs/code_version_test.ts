import { cpSync } from "node:fs";
import { codeVersion, hashCode } from "../../src/runs/code_version.ts";
import { assert, assertEquals, assertNotEquals, assertRejects } from "../helpers/assert.ts";
import { inTempDir, list } from "../helpers/folders.ts";

const ROOT = `${import.meta.dirname}/../..`;

/** What a module imports values from, itself and all that is imported there included. */
function closure(path: string, found = new Set<string>()): Set<string> {
  if (found.has(path)) return found;
  found.add(path);
  const text = Deno.readTextFileSync(`${ROOT}/${path}`);
  for (const [, below] of text.matchAll(/^(?:import|export) (?!type)[^;"]* from "(\.[^"]+)"/gm)) {
    closure(new URL(below, `file:///${path}`).pathname.slice(1), found);
  }
  return found;
}

/** Copies the program without the rooms that no training imports. */
async function inCopy(test: (dir: string) => Promise<void>): Promise<void> {
  await inTempDir(async (dir) => {
    for (const name of ["deno.json", "shaders", "src"]) {
      cpSync(`${ROOT}/${name}`, `${dir}/${name}`, { recursive: true });
    }
    await test(dir);
  });
}

Deno.test("hashCode sees a change of each file that a training is computed with", () =>
  inCopy(async (dir) => {
    const shaders = (await list(`${ROOT}/shaders`)).map((name) => `shaders/${name}`);
    const deciding = new Set([...shaders, "src/runs/checkpoint.ts"]);
    for (
      const name of ["phase1", "phase2", "grid", "learn_new_classes", "train_groups", "penalty"]
    ) {
      deciding.add(`src/experiments/${name}.ts`);
    }
    const roots = [
      ...[
        "training/train",
        "prior/gaussian",
        "data/folder",
        "data/split",
        "data/class_weights",
        "data/channel_statistics",
      ],
    ];
    for (const root of roots) {
      for (const path of closure(`src/${root}.ts`)) {
        if (!/^src\/(io\/|failure)/.test(path)) deciding.add(path); // these compute nothing
      }
    }
    assert(deciding.has("src/data/augment.ts") && deciding.size > 60, `${deciding.size} files`);
    const seen = new Set([await hashCode(dir)]);
    for (const path of deciding) {
      await Deno.writeTextFile(`${dir}/${path}`, "// changed\n", { append: true });
      seen.add(await hashCode(dir));
    }
    assertEquals(seen.size, 1 + deciding.size);
  }));

Deno.test("hashCode sees files in folders of their own and other packages, and nothing else", () =>
  inCopy(async (dir) => {
    const before = await hashCode(dir);
    await Deno.mkdir(`${dir}/src/nn/layers/deep`, { recursive: true });
    await Deno.symlink("nowhere", `${dir}/src/nn/.#adam.ts`); // as an editor locks a file
    await Deno.writeTextFile(`${dir}/src/nn/notes.md`, "");
    await Deno.writeTextFile(`${dir}/src/report/draw_curves.ts`, "// changed\n", { append: true });
    const config = await Deno.readTextFile(`${dir}/deno.json`);
    const useOther = (name: string) => {
      const other = config.replace(new RegExp(`("${name}": ".*@)[\\d.]+`), "$19.9.9");
      assertNotEquals(other, config);
      return Deno.writeTextFile(`${dir}/deno.json`, other);
    };
    await useOther("commander");
    assertEquals(await hashCode(dir), before);
    const seen = new Set([before]);
    for (const name of ["mathjs", "pure-rand/", "jpeg-js"]) {
      await useOther(name);
      seen.add(await hashCode(dir));
    }
    await Deno.writeTextFile(`${dir}/deno.json`, config);
    await Deno.writeTextFile(`${dir}/src/nn/layers/deep/relu.ts`, "");
    seen.add(await hashCode(dir));
    await Deno.rename(`${dir}/shaders/adam.wgsl`, `${dir}/shaders/zadam.wgsl`);
    seen.add(await hashCode(dir));
    assertEquals(seen.size, 6);
    await Deno.symlink("nowhere", `${dir}/src/nn/lost.ts`);
    await assertRejects(() => hashCode(dir), Error, "src/nn/lost.ts: ");
  }));

Deno.test("codeVersion is the hash of this program's code", async () => {
  assertEquals(await codeVersion(), await hashCode(ROOT));
});
