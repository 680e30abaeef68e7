/**
 * deno.lock: what is locked runs, and nothing else. A copy of it is tampered with, and packages are
 * served by this machine, so that no network is needed.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import { assert, assertEquals, assertMatch } from "./helpers/assert.ts";
import { outputOf } from "./helpers/command.ts";
import { test } from "./helpers/folders.ts";

const ROOT = `${import.meta.dirname}/..`;
const config = JSON.parse(await Deno.readTextFile(`${ROOT}/deno.json`));
const text = await Deno.readTextFile(`${ROOT}/deno.lock`);

/** A lock file, as far as it is tampered with here. */
interface Lock {
  version: string;
  specifiers: Record<string, string>;
  npm: Record<string, { integrity: string; dependencies?: string[] }>;
  workspace: { dependencies: string[] };
}

/**
 * The package that is tampered with, as deno.json names it and as the lock does. It depends on nothing,
 * because Deno looks for what the lock no longer holds in its cache, and a fresh machine's has only
 * what ./setup brought.
 */
const specifier: string = config.imports.commander;
const [, name, version] = /^npm:(.*)@(.*)$/.exec(specifier)!;
const entry = `${name}@${version}`;

Deno.test("deno.lock holds every import of deno.json at its exact version, with a SHA-512", () => {
  const { specifiers, npm } = JSON.parse(text) as Lock;
  for (const imported of Object.values(config.imports as Record<string, string>)) {
    const [, name, version] = /^npm:\/?((?:@[^/]+\/)?[^@]+)@(\d+\.\d+\.\d+)(?:\/.*)?$/.exec(
      imported,
    )!;
    assertEquals(specifiers[`npm:${name}@${version}`], version, imported);
  }
  for (const [key, { integrity }] of Object.entries(npm)) {
    assertMatch(integrity, /^sha512-[\w+/]{86}==$/, key);
  }
});

/** Changes to the lock, and what Deno says to each. */
const TAMPERED: Record<string, [change: (lock: Lock) => unknown, says: RegExp]> = {
  "a specifier left out": [(lock) => delete lock.specifiers[specifier], /lockfile is out of date/],
  "another version": [(lock) => lock.specifiers[specifier] = "0.1.0", /./],
  "a package left out": [(lock) => delete lock.npm[entry], /./],
  "an import left out": [(lock) => lock.workspace.dependencies.shift(), /lockfile is out of date/],
  "an import too many": [
    (lock) => lock.workspace.dependencies.push("npm:left-pad@1.0.0"),
    /lockfile is out of date/,
  ],
  "another format": [(lock) => lock.version = "99", /lockfile/i],
};

/** As much of deno.lock as the one package needs. */
function onePackage(): Lock {
  const { version: format, npm } = JSON.parse(text) as Lock;
  return {
    ...{ version: format, specifiers: { [specifier]: version }, npm: { [entry]: npm[entry] } },
    workspace: { dependencies: [specifier] },
  };
}

/** Runs a program that imports the package, beside deno.json and this lock. */
async function runWith(
  dir: string,
  lock: string,
  imports: unknown,
  env: Record<string, string> = {},
) {
  await Deno.writeTextFile(`${dir}/deno.lock`, lock);
  const { lock: settings } = config;
  await Deno.writeTextFile(`${dir}/deno.json`, JSON.stringify({ imports, lock: settings }));
  await Deno.writeTextFile(
    `${dir}/main.ts`,
    `import * as all from "${name}";\nconsole.log(Object.keys(all).length);`,
  );
  const { code, stderr } = await outputOf(Deno.execPath(), {
    args: ["run", ...env.DENO_DIR ? [] : ["--cached-only"], "main.ts"],
    ...{ cwd: dir, env: { NO_COLOR: "1", ...env } },
  });
  assertEquals(await Deno.readTextFile(`${dir}/deno.lock`), lock, "the lock is left as it was");
  return { code, err: stderr };
}

test("deno.lock as it is runs, tampered with it does not", async (dir) => {
  assertEquals((await runWith(dir, text, config.imports)).code, 0);
  assertEquals((await runWith(dir, "{", config.imports)).code, 1);
  const imports = { [name]: specifier };
  assertEquals((await runWith(dir, JSON.stringify(onePackage()), imports)).code, 0);
  for (const [what, [change, says]] of Object.entries(TAMPERED)) {
    const lock = onePackage();
    change(lock);
    const { code, err } = await runWith(dir, JSON.stringify(lock), imports);
    assertEquals(code, 1, what);
    assertMatch(err, says, what);
  }
});

test("deno.lock refuses a package that is not the one it was made from", async (dir) => {
  const tarball = packPackage(`export const [a, b, c] = [1, 2, 3];`);
  const integrity = `sha512-${createHash("sha512").update(tarball).digest("base64")}`;
  await using server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    (request) => {
      const { origin, pathname } = new URL(request.url);
      if (pathname.endsWith(".tgz")) return new Response(tarball);
      const dist = { tarball: `${origin}/${name}.tgz`, integrity, shasum: "0".repeat(40) };
      return Response.json({ name, versions: { [version]: { name, version, dist } } });
    },
  );
  const registry = `http://127.0.0.1:${server.addr.port}/`;
  const run = (integrity: string, cache: string) => {
    const npm = { [entry]: { integrity, tarball: `${registry}${name}.tgz` } };
    const lock = { ...onePackage(), npm };
    const env = { DENO_DIR: `${dir}/${cache}`, NPM_CONFIG_REGISTRY: registry };
    const file = JSON.stringify(lock, null, 2) + "\n";
    return runWith(dir, file, { [name]: specifier }, env);
  };
  const same = await run(integrity, "one");
  assertEquals(same.code, 0, `the package of the lock runs: ${same.err}`);
  const other = await run((JSON.parse(text) as Lock).npm[entry].integrity, "two");
  assertEquals(other.code, 1);
  assert(other.err.includes("checksum did not match"), other.err);
});

/** A package of one module, as registries keep them: tar, gzipped. */
function packPackage(code: string): Uint8Array<ArrayBuffer> {
  const files = {
    "package/package.json": JSON.stringify({
      name,
      version,
      exports: "./index.js",
      type: "module",
    }),
    "package/index.js": code,
  };
  const blocks = Object.entries(files).flatMap(([path, content]) => {
    const header = new Uint8Array(512), body = new Uint8Array(512);
    const write = (at: number, text: string) => header.set(new TextEncoder().encode(text), at);
    write(0, path);
    write(100, "0000644\0");
    write(124, content.length.toString(8).padStart(11, "0") + "\0");
    write(148, " ".repeat(8)); // what the checksum counts in its own place
    write(156, "0");
    write(257, "ustar\0" + "00");
    const sum = header.reduce((sum, byte) => sum + byte, 0);
    write(148, sum.toString(8).padStart(6, "0") + "\0 ");
    body.set(new TextEncoder().encode(content));
    return [...header, ...body];
  });
  return new Uint8Array(gzipSync(Uint8Array.from([...blocks, ...new Uint8Array(1024)])));
}
