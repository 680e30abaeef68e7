/**
 * The lab as a static site: what `deno task lab` serves, and `--build` writes.
 *
 * @module
 */
import { hashCode } from "../src/runs/code_version.ts";

const ROOT = `${import.meta.dirname}/..`;

/** Node's modules that a page has another for, in src/lab/stand_ins. */
const STAND_INS = ["path", "crypto", "zlib", "buffer"];

/** Pictures of a run that is shown where there is no WebGPU. */
const RECORDED = ["kernels", "covariance", "grid"];

/** What the page may load: its own files alone. On other servers what the page itself says of it holds. */
const POLICY = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; " +
  "style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; connect-src 'self'; " +
  "base-uri 'none'; form-action 'none'";

/**
 * Writes the site into a new or empty folder.
 *
 * @throws {Error} With what the bundler says, where it fails.
 */
export async function buildSite(dir: string): Promise<void> {
  const work = await Deno.makeTempDir({ prefix: "skreg-lab-" });
  try {
    const { imports, version } = await readJson("deno.json");
    imports["@zip.js/zip.js"] += "/lib/zip-core-custom.js"; // what the browser inflates, and no more
    for (const name of STAND_INS) imports[`node:${name}`] = at(`src/lab/stand_ins/${name}.ts`);
    for (const [path, text] of await filesOfItsOwn(version)) {
      const copy = `${work}/${path.replaceAll("/", "_")}`;
      await Deno.writeTextFile(copy, text);
      imports[at(path)] = `file://${copy}`;
    }
    await Deno.writeTextFile(`${work}/imports.json`, JSON.stringify({ imports }));
    await bundle(`${work}/imports.json`, dir, ["page", "worker", "service_worker"]);
  } finally {
    await Deno.remove(work, { recursive: true });
  }
  const page = await Deno.readTextFile(`${ROOT}/src/lab/index.html`);
  await Deno.writeTextFile(`${dir}/index.html`, page.replace("%POLICY%", POLICY));
  const styles = ["report/page.css", "lab/page.css"] // the page shows parts of the report
    .map((name) => Deno.readTextFile(`${ROOT}/src/${name}`));
  await Deno.writeTextFile(`${dir}/page.css`, (await Promise.all(styles)).join("\n"));
  await Deno.mkdir(`${dir}/recorded`, { recursive: true });
  for (const name of RECORDED) {
    await Deno.copyFile(`${ROOT}/docs/${name}.svg`, `${dir}/recorded/${name}.svg`);
  }
  await listFiles(dir);
}

/** The address of a file of the source. */
const at = (path: string) => new URL(`../${path}`, import.meta.url).href;

const readJson = async (path: string) => JSON.parse(await Deno.readTextFile(`${ROOT}/${path}`));

/** Files of the source that the page has in another form, each by its path: the new text. */
async function filesOfItsOwn(version: string): Promise<[path: string, text: string][]> {
  const code = await hashCode(ROOT), summary = "src/experiments/box/summary.json";
  const shaders = (await Array.fromAsync(Deno.readDir(`${ROOT}/shaders`))).map(async ({ name }) => {
    const text = await Deno.readTextFile(`${ROOT}/shaders/${name}`);
    return [`shaders/${name}`, shorten(text)] satisfies [string, string];
  });
  return [
    ["src/runs/code_version.ts", `export const codeVersion = () => Promise.resolve("${code}");\n`],
    ["deno.json", JSON.stringify({ version })],
    [
      summary,
      JSON.stringify(await readJson(summary), (key, of) => key === "validation" ? undefined : of),
    ],
    ...await Promise.all(shaders),
  ];
}

/** The same WGSL without lines of comment and deep indentation, a quarter shorter; lines keep their numbers. */
export function shorten(wgsl: string): string {
  return wgsl.replaceAll(/^ *\/\/.*$/gm, "").replaceAll(/^ +/gm, " ");
}

async function bundle(map: string, dir: string, entries: string[]): Promise<void> {
  const flags = ["--quiet", "--import-map", map, "--platform", "browser", "--code-splitting"];
  const files = entries.map((name) => `src/lab/${name}.ts`);
  const { code, stderr } = await new Deno.Command("deno", {
    args: ["bundle", ...flags, "--minify", "--outdir", dir, ...files],
    cwd: ROOT,
    stdout: "null",
    stderr: "piped",
  }).output();
  if (code !== 0) {
    throw new Error(`Cannot build the lab: ${new TextDecoder().decode(stderr).trim()}`);
  }
}

/** Tells the service worker what there is to keep. */
async function listFiles(dir: string): Promise<void> {
  const files: string[] = ["./"];
  const hashes: string[] = [];
  for (const folder of ["", "recorded/"]) {
    const entries = await Array.fromAsync(Deno.readDir(`${dir}/${folder}`));
    for (const { name, isFile } of entries.sort((a, b) => a.name < b.name ? -1 : 1)) {
      if (!isFile || name === "service_worker.js") continue;
      files.push(folder + name);
      const bytes = await Deno.readFile(`${dir}/${folder}${name}`);
      hashes.push(new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex());
    }
  }
  const all = new TextEncoder().encode(hashes.join(" "));
  const version = new Uint8Array(await crypto.subtle.digest("SHA-256", all)).toHex().slice(0, 12);
  const path = `${dir}/service_worker.js`;
  const text = await Deno.readTextFile(path);
  await Deno.writeTextFile(
    path,
    text.replace("%VERSION%", version).replace("%FILES%", files.join(" ")),
  );
}

const TYPES: Record<string, string> = {
  html: "text/html; charset=utf-8",
  css: "text/css; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  svg: "image/svg+xml",
};

/** Serves the site on 127.0.0.1; its files are read once. */
export async function serveSite(dir: string, port: number): Promise<Deno.HttpServer<Deno.NetAddr>> {
  const files = new Map<string, Uint8Array<ArrayBuffer>>();
  for (const folder of ["", "recorded/"]) {
    for await (const { name, isFile } of Deno.readDir(`${dir}/${folder}`)) {
      if (isFile) files.set(`/${folder}${name}`, await Deno.readFile(`${dir}/${folder}${name}`));
    }
  }
  const options = { hostname: "127.0.0.1", port, automaticCompression: true, onListen() {} };
  return Deno.serve(options, ({ url }) => {
    const { pathname } = new URL(url), path = pathname === "/" ? "/index.html" : pathname;
    const body = files.get(path);
    if (!body) return new Response("There is no such file.\n", { status: 404 });
    const type = TYPES[path.slice(path.lastIndexOf(".") + 1)] ?? "application/octet-stream";
    const headers = {
      "content-type": type,
      "content-security-policy": POLICY,
      "cache-control": "no-cache",
      "x-content-type-options": "nosniff",
    };
    return new Response(body, { headers });
  });
}
