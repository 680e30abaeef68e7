import { assert, assertEquals, assertStringIncludes } from "../helpers/assert.ts";
import { start } from "../../tasks/torture/start.ts";
import { buildZip } from "../../tasks/torture/build_zip.ts";
import { grey, soundSet } from "../helpers/build_set.ts";
import { list, withFiles } from "../helpers/folders.ts";

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

/** Runs the task with exactly the permissions that deno.json gives it. */
async function run(...args: string[]) {
  const { code, stdout, stderr } = await start("data", args).output();
  return { code, out: text(stdout), err: text(stderr) };
}

const entries = Object.entries(soundSet()).map(([path, content]) => ({
  name: `silhouettes/${path}`,
  content,
}));

Deno.test("deno task data --zip unpacks the set, tells its SHA-256, and refuses another", () =>
  withFiles({ "a.zip": buildZip(entries) }, async (dir) => {
    const args = [`--zip=${dir}/a.zip`, `--data-dir=${dir}/set`];
    const refused = await run(...args, `--sha256=${"0".repeat(64)}`);
    assertEquals([refused.code, await list(dir)], [5, ["a.zip"]], refused.err);
    const { code, out, err } = await run(...args);
    assertEquals([code, err], [0, ""]);
    const [, sha256] = /^SHA-256 +([0-9a-f]{64})$/m.exec(out) ?? [];
    assertStringIncludes(refused.err, `its SHA-256 is ${sha256} instead of 000`);
    assertStringIncludes(out, `files         16 in ${dir}/set`);
    assertStringIncludes(out, "phase2/test   2 classes, 4 images: cat 2, dog 2");
    assertStringIncludes(out, `next          deno task phase1:loop --data-dir=${dir}/set`);
    assertEquals(await list(dir), ["a.zip", "set"]);
  }));

Deno.test("deno task data refuses a hostile archive in one line", async () => {
  const archive = buildZip([...entries, { name: "../\u202eevil.png" }]);
  await withFiles({ "a.zip": archive }, async (dir) => {
    const { code, err } = await run(`--zip=${dir}/a.zip`, `--data-dir=${dir}/deep/set`);
    assertEquals([code, err.trimEnd().split("\n").length], [5, 1]);
    assertStringIncludes(err, `Cannot unpack ${dir}/a.zip: the entry "../\\u{202e}evil.png" holds`);
    assertEquals(await list(dir), ["a.zip"]);
  });
});

Deno.test("deno task data --check ends with 0 for a usable folder and 1 for another", () =>
  withFiles(soundSet(), async (dir) => {
    const sound = await run("--check", dir);
    assertEquals([sound.code, sound.err], [0, ""]);
    assertStringIncludes(sound.out, "problems      none");
    await Deno.truncate(`${dir}/phase1/cat/1.png`, 60);
    const broken = await run(`--check=${dir}`);
    assertEquals([broken.code, broken.err], [5, `error: Cannot use ${dir} as it is: 1 problem\n`]);
    assertStringIncludes(broken.out, `problems      1\n  Cannot decode ${dir}/phase1/cat/1.png: `);
  }));

Deno.test("deno task data --synthetic draws into no folder that exists", () =>
  withFiles({ "a.zip": new Uint8Array() }, async (dir) => {
    const { code, err } = await run("--synthetic", `--data-dir=${dir}`);
    assertEquals([code, await list(dir)], [1, ["a.zip"]]);
    assertStringIncludes(err, `Cannot fill ${dir}: it exists`);
  }));

Deno.test("deno task data refuses options that exclude each other, with exit code 2", async () => {
  const cases = [
    ["--check=x", "--zip=y"],
    ["--synthetic", "--url=http://127.0.0.1/"],
    ["--tiny-imagenet=x", "--zip=y"],
  ];
  for (const args of cases) {
    const { code, err } = await run(...args);
    const [one, other] = args.map((arg) => arg.split("=")[0]);
    assertEquals([code, err], [2, `error: options '${one}' and '${other}' exclude each other\n`]);
  }
  const { code, err } = await run("--seed=0");
  assertEquals([code, err], [2, "error: option '--seed' is of use with --tiny-imagenet alone\n"]);
});

Deno.test("deno task data --tiny-imagenet makes a set that it finds no fault with", async () => {
  const files: Record<string, Uint8Array | string> = {};
  const wnids = ["n00000001", "n00000002", "n00000003", "n00000004"], lines: string[] = [];
  for (const [label, wnid] of wnids.entries()) {
    for (let i = 0; i < 4; i++) files[`train/${wnid}/images/${wnid}_${i}.JPEG`] = grey(label, i);
    files[`val/images/val_${label}.JPEG`] = grey(label, 9);
    lines.push(`val_${label}.JPEG\t${wnid}\t0\t0\t1\t1\n`);
  }
  files["val/val_annotations.txt"] = lines.join("");
  files["wnids.txt"] = wnids.map((wnid) => `${wnid}\n`).join("");
  files["words.txt"] = wnids.map((wnid, i) => `${wnid}\tword ${i}, more\n`).join("");
  await withFiles(files, async (dir) => {
    const counts = ["--phase1-classes=2", "--phase2-classes=2", "--few=2", "--seed=3"];
    const args = [`--tiny-imagenet=${dir}`, `--data-dir=${dir}/set`];
    const many = await run(...args, "--phase2-classes=3");
    assertEquals([many.code, many.err.split("\n").length], [2, 2]);
    assertStringIncludes(many.err, `error: Cannot take 20 + 3 classes: ${dir}/wnids.txt lists 4;`);
    const few = await run(...args, ...counts, "--few=3");
    assertEquals([few.code, few.err.split("\n").length], [5, 2]);
    const { code, out, err } = await run(...args, ...counts);
    assertEquals([code, err], [0, ""]);
    assertStringIncludes(out, `files         18 in ${dir}/set\n`);
    assertStringIncludes(out, "phase1        2 classes, 8 images: word_");
    assertStringIncludes(out, "phase2/test   2 classes, 2 images: word_");
    assertStringIncludes(
      out,
      `phase1:loop --data-dir=${dir}/set --network=paper64 --normalize=data\n`,
    );
    assertEquals((await run("--check", `${dir}/set`)).code, 0);
    const again = await run(...args, ...counts);
    assertEquals(again.code, 1);
    assertStringIncludes(again.err, `Cannot fill ${dir}/set: it exists`);
  });
});

Deno.test({
  name: "deno task data takes a half download away when it is interrupted (130)",
  ignore: Deno.build.os === "windows",
}, async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  await withFiles({}, async (dir) => {
    const url = `http://127.0.0.1:${listener.addr.port}/set.zip`;
    const child = start("data", [`--url=${url}`, `--data-dir=${dir}/deep/set`]);
    const output = child.output();
    const failed = output.then(({ stderr }) => Promise.reject(new Error(text(stderr))));
    using connection = await Promise.race([listener.accept(), failed]);
    await connection.read(new Uint8Array(2000)); // what it asks for
    const head = "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nabc";
    await connection.write(new TextEncoder().encode(head));
    assert((await list(`${dir}/deep`)).some((name) => name.startsWith("set.part-")));
    child.kill("SIGINT");
    const { code, stderr } = await output;
    assertEquals([code, text(stderr)], [130, ""]);
    assertEquals(await list(dir), []);
  });
});

Deno.test({
  name: "deno task data removes what a killed run has left, and uses none of it",
  ignore: Deno.build.os === "windows",
}, async () => {
  const archive = { "a.zip": buildZip(entries) };
  await withFiles(archive, async (top) => {
    const dir = `${top}/deep`;
    const child = start("data", ["--synthetic", `--data-dir=${dir}/set`]);
    const building = async () =>
      (await list(dir).catch(() => [])).find((name) => !name.endsWith(".lock"));
    const begun = async (name?: string) =>
      name && (await list(`${dir}/${name}/set/phase1`).catch(() => [])).length > 0;
    for (let wait = 0; wait < 2000 && !await begun(await building()); wait++) {
      await new Promise((done) => setTimeout(done, 10));
    }
    child.kill("SIGKILL");
    const { signal } = await child.output();
    const left = await building();
    assertEquals([signal, await list(dir)], ["SIGKILL", [left, `${left}.lock`]]);
    await Deno.writeTextFile(`${dir}/${left}/set/phase1/strange.jpg`, "");
    const { code, err } = await run(`--zip=${top}/a.zip`, `--data-dir=${dir}/set`);
    assertEquals([code, err, await list(dir)], [0, "", ["set"]]);
    assertEquals(await list(`${dir}/set/phase1`), ["cat", "dog"]);
  });
});
