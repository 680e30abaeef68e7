/**
 * The house rules, read off the text of the tree: which room imports which, who may touch the
 * outside world, and that every shader has its test and its owner. "The house" in CONTRIBUTING.md
 * gives the reasons; the tables below are the rules.
 *
 * @module
 */
import { assert, assertEquals } from "./helpers/assert.ts";
import { runIn } from "./helpers/command.ts";

const ROOT = `${import.meta.dirname}/../`;
const config = JSON.parse(await Deno.readTextFile(`${ROOT}deno.json`));

/** The files of src that lie in no room, since every room may use them. */
const COMMON = ["closest", "failure", "random", "stopwatch"];
const LEAVES = ["data", "io", "prior", "report", "runs", ...COMMON];

/** What a room may import values from, besides itself. A room or a single module of src. */
const VALUES: Record<string, string[]> = {
  // Besides mod.ts, what is of the program and of no use to who imports the package.
  tasks: [
    ...["mod", "data/make_folder", "runs/code_version", "runs/default_folders"],
    ...["doctor", "torture"],
    ...["experiments/bench", "experiments/penalty", "experiments/training_defaults"],
    ...["gpu/adapter_peak", "gpu/adapter"],
    ...["io/kernel_axes", "report/table", "closest"],
  ],
  torture: ["mod", "doctor", "reference", "nn", "gpu", ...LEAVES, "deno.json"], // tasks/torture/
  mod: ["experiments", "data", "gpu/device", "failure"],
  experiments: ["training", "nn", "gpu", ...LEAVES],
  lab: ["experiments", "doctor", "nn", "gpu", ...LEAVES], // the page: nothing imports it
  doctor: ["nn", "gpu", "reference", ...LEAVES], // runs the CPU twins
  // The entry ./train; those of other rooms import nothing that the rest of the room may not.
  "training/mod": [
    ...["training", "nn", "gpu", "prior", ...COMMON],
    ...["data/augment", "data/class_weights", "data/channel_statistics", "data/split"],
  ],
  training: ["nn", "gpu", "data/augment", "failure", "random"],
  nn: ["gpu", "closest", "random"],
  gpu: ["failure"],
  data: ["io/files", "io/left_behind", "io/lock", "io/refusal", "io/zip", "failure", "random"],
  io: ["failure"],
  runs: ["io", "deno.json", "failure"], // the version, for the record
  "deno.json": [],
  prior: ["random"],
  report: [],
  closest: [],
  random: [],
  stopwatch: [],
  failure: [],
  reference: [], // nothing but loops, so that it shares no fault with what it checks
};

/** What a room may import types from, besides the above; "*" is any room of src. */
const TYPES: Record<string, string[]> = {
  mod: ["*"],
  training: ["*"],
  report: ["*"],
  runs: ["*"],
  lab: ["*"],
  prior: ["io"],
  reference: ["nn"],
};

/** Who may import a package, a shader (`*.wgsl`) or a built-in of Node (`node:*`). */
const PACKAGES: Record<string, string[]> = {
  "*.wgsl": ["nn", "gpu/multiply_add"], // gpu: what is asked before nn may do anything
  "node:*": ["tasks", "torture", "data", "io", "runs"],
  "@observablehq/plot": ["report"],
  "@zip.js/zip.js": ["io/zip", "lab"],
  "commander": ["tasks"],
  "fast-check": ["torture"],
  "h5wasm": ["io"],
  "jpeg-js": ["data", "torture"],
  "mathjs": ["prior"],
  "pako": ["lab"],
  "pure-rand": ["random"],
  "upng-js": ["data", "report/png"],
  "wrap-ansi": ["tasks"],
  "valibot": ["runs"],
};

/** What only some rooms may mention in their code (comments apart). */
const MENTIONS: [pattern: RegExp, rooms: string[]][] = [
  [/\bDeno\.(args|exit|exitCode|addSignalListener)\b/, ["tasks", "torture"]],
  [/\bconsole\./, ["tasks"]],
  [/\bDeno\./, ["tasks", "torture", "data", "io", "runs", "lab/deno"]],
];

/** What a page may import besides files of this package: packages that need no Deno and no Node. */
const IN_BROWSERS = ["mathjs", "pure-rand"];

/** What no file of the tree may hold: written in halves, so that this file holds none. */
const FORBIDDEN: [what: string, pattern: RegExp][] = [
  [
    "a path of one machine",
    new RegExp("(?<![\\w.}])/(work|home|root|Users)" + "/|\\.\\./" + "shared\\b"),
  ],
  [
    "a registry's host",
    new RegExp(["npm" + "js", "jsr", "debian", "py" + "pi"].join("\\.(org|io)|") + "\\.(org|io)"),
  ],
];

Deno.test("architecture: imports run one way, and each package has its owner", async () => {
  const faults: string[] = [];
  for await (const { path, text } of sources()) {
    for (const { specifier, isType } of imports(text)) {
      const fault = judgeImport(path, specifier, isType);
      if (fault) faults.push(`${path} imports ${specifier}: ${fault}`);
    }
  }
  assertEquals(faults, []);
});

Deno.test("architecture: a file of src lies in a room, but for those that every room may use", async () => {
  const top: string[] = [];
  for await (const { name, isFile } of Deno.readDir(`${ROOT}src`)) if (isFile) top.push(name);
  assertEquals(top.sort(), COMMON.map((name) => `${name}.ts`));
});

Deno.test("architecture: a module of tests is a test, but for helpers and benchmarks", async () => {
  const others: string[] = [];
  for await (const path of walk("tests")) {
    const isHelper = /^tests\/(helpers|bench|fixtures)\//.test(path);
    if (!isHelper && !path.endsWith("_test.ts")) others.push(path);
  }
  assertEquals(others, []);
});

Deno.test("architecture: only the outer rooms touch the console, files and the process", async () => {
  const faults: string[] = [];
  for await (const { path, text } of sources()) {
    for (const [pattern, rooms] of MENTIONS) {
      const found = pattern.exec(withoutComments(text));
      if (found && !belongs(path, rooms)) {
        faults.push(`${path} mentions ${found[0]}: only ${rooms.join(", ")} may`);
      }
    }
  }
  assertEquals(faults, []);
});

Deno.test("architecture: an entry is mod.ts or a room's mod.ts, as the gate looks for them", async () => {
  const found: string[] = [];
  for await (const path of walk("")) if (/(^|\/)mod\.ts$/.test(path)) found.push(`./${path}`);
  assertEquals(found.sort(), Object.values<string>(config.exports).sort());
  assertEquals(found.filter((path) => !/^\.\/(src\/\w+\/)?mod\.ts$/.test(path)), []);
});

Deno.test("architecture: what ./train and ./gpu load runs in a browser", async () => {
  const faults: string[] = [];
  for (const entry of ["./train", "./gpu"]) {
    const { files, packages } = await follow(config.exports[entry], { types: false });
    assert(files.includes("src/gpu/shader.ts"), `${entry} reaches ${files}`);
    for (const path of files.filter((path) => path.endsWith(".ts"))) {
      const found = /\bDeno\./.exec(withoutComments(await Deno.readTextFile(ROOT + path)));
      if (found) faults.push(`${entry} loads ${path}, which mentions ${found[0]}`);
    }
    const others = packages.filter((name) => !IN_BROWSERS.includes(name));
    faults.push(...others.map((name) => `${entry} loads ${name}`));
  }
  assertEquals(faults, []);
});

Deno.test("architecture: what is published is what the entries reach, and the texts", async () => {
  const reached = new Set(["CHANGELOG.md", "LICENSE", "README.md", "deno.json"]);
  for (const entry of Object.values<string>(config.exports)) {
    for (const path of (await follow(entry, { types: true })).files) reached.add(path);
  }
  const rehearse = ["publish", "--dry-run", "--allow-dirty", "--no-check"];
  const { code, stderr } = await runIn(ROOT, rehearse);
  assertEquals(code, 0, stderr);
  assert(!/\bwarning\b/.test(stderr), stderr);
  const folder = new URL("..", import.meta.url).href;
  const published = [...stderr.matchAll(/^ +(file:\S+) \(/gm)]
    .map(([, url]) => url.slice(folder.length));
  assertEquals(published.filter((path) => !reached.has(path)), []); // else exclude it in deno.json
  assertEquals([...reached].filter((path) => !published.includes(path)), []);
});

Deno.test("architecture: every shader has a test and a module of nn or gpu that imports it", async () => {
  const faults: string[] = [];
  const owned = new Set<string>();
  for await (const { path, text } of sources()) {
    if (!["nn", "gpu"].includes(roomOf(path) ?? "")) continue;
    for (const { specifier } of imports(text)) owned.add(specifier.split("/").at(-1)!);
  }
  const tests = await Deno.readTextFile(`${ROOT}tests/shaders/twins_test.ts`);
  for await (const path of walk("shaders")) {
    const name = path.split("/").at(-1)!, row = `\n  ${name.replace(/\.wgsl$/, "")}:`;
    if (!owned.has(name)) faults.push(`${path}: no module of src/nn or src/gpu imports it`);
    if (!tests.includes(row)) faults.push(`${path}: tests/shaders/twins_test.ts has no row for it`);
  }
  assertEquals(faults, []);
});

Deno.test("architecture: no file holds a path of one machine or a registry's host", async () => {
  const faults: string[] = [];
  for await (const path of walk("")) {
    const text = await Deno.readTextFile(ROOT + path);
    if (text.includes("\0")) continue; // not text
    for (const [what, pattern] of FORBIDDEN) {
      const found = pattern.exec(text);
      if (found) faults.push(`${path} holds ${what}: ${found[0]}`);
    }
  }
  assertEquals(faults, []);
});

Deno.test("architecture: at most 12 packages at run time, each with its reason in CONTRIBUTING", async () => {
  const named = Object.keys(config.imports).map((name) => name.replace(/\/$/, "")).sort();
  const [, table] = (await Deno.readTextFile(`${ROOT}CONTRIBUTING.md`)).split("## Dependencies");
  const rows = [...table.split("\n## ")[0].matchAll(/^\| (\S.*?) +\| (\S.*?) +\| (\S.*?) +\|$/gm)]
    .filter(([, name]) => !/^(Package|-+)$/.test(name));
  const packages = rows.flatMap(([, names, why, users]) =>
    names.split(", ").map((name) => ({ name, why, users }))
  );
  assertEquals(packages.map(({ name }) => name).sort(), named);
  const atRunTime = packages.filter(({ users }) => !/\b(tests|types)$/.test(users));
  assert(atRunTime.length <= 12, `${atRunTime.length} packages at run time`);
  assertEquals(named.filter((name) => !(name in PACKAGES)), ["@std/assert", "@webgpu/types"]);
});

Deno.test("architecture: imports are read off every form they take", () => {
  const text = [
    'import type { A } from "./a.ts";',
    "import {",
    "  b,",
    '} from "./b.ts";',
    'import c from "./c.wgsl" with { type: "text" };',
    'export * as d from "./d.ts";',
    'import "./e.ts";',
    'const f = await import("./f.ts");',
    '// import g from "./g.ts";',
    ' * import h from "./h.ts";',
  ].join("\n");
  assertEquals(
    imports(text).map(({ specifier, isType }) => (isType ? "type " : "") + specifier),
    ["type ./a.ts", "./b.ts", "./c.wgsl", "./d.ts", "./e.ts", "./f.ts"],
  );
});

Deno.test("architecture: the rules above can fail", () => {
  for (
    const [path, specifier, isType] of [
      ["src/gpu/device.ts", "../nn/layout.ts", false],
      ["src/nn/conv.ts", "../training/train.ts", true],
      ["src/training/train.ts", "../data/folder.ts", false],
      ["src/report/png.ts", "../io/npy.ts", false],
      ["src/gpu/shader.ts", "../../shaders/adam.wgsl", false],
      ["src/experiments/fit.ts", "mathjs", false],
      ["src/experiments/fit.ts", "../reference/array.ts", false],
      ["tasks/fit.ts", "../src/experiments/fit.ts", false],
      ["tasks/torture.ts", "../tests/helpers/device.ts", false],
      ["src/experiments/fit.ts", "../../tasks/torture/soak.ts", false],
      ["mod.ts", "./src/doctor/check_shaders.ts", false],
      ["mod.ts", "./src/nn/adam.ts", false],
      ["src/training/mod.ts", "../io/npy.ts", false],
      ["src/training/train.ts", "./mod.ts", false],
      ["src/nn/conv.ts", "node:fs", false],
      ["src/io/files.ts", "left-pad", false],
      ["src/io/files.ts", "../runs/file_names.ts", false],
      ["src/experiments/phase1.ts", "../../tasks/cli.ts", false],
      ["src/reference/adam.ts", "../nn/adam.ts", false],
      ["src/doctor/adam.ts", "../../shaders/adam.wgsl", false],
      ["src/unheard_of.ts", "./random.ts", false],
    ] as const
  ) assert(judgeImport(path, specifier, isType), `${path} may import ${specifier}`);
  for (const text of ["see /ho" + "me/ada/skreg", "https://registry.npm" + "js.org/"]) {
    assert(FORBIDDEN.some(([, pattern]) => pattern.test(text)), `${text} may be written`);
  }
  assertEquals(judgeImport("src/training/train.ts", "../data/folder.ts", true), undefined);
  assertEquals(judgeImport("src/data/folder.ts", "../io/files.ts", false), undefined);
});

/** Why this import breaks the rules, or undefined where it does not. */
function judgeImport(path: string, specifier: string, isType: boolean): string | undefined {
  const isShader = specifier.endsWith(".wgsl");
  if (!specifier.startsWith(".") || isShader) {
    const name = isShader ? "*.wgsl" : packageOf(specifier);
    const owners = PACKAGES[name];
    if (!owners) return "no rule names this package; add it with its reason to CONTRIBUTING.md too";
    return belongs(path, owners) ? undefined : `only ${owners.join(", ")} may`;
  }
  const target = resolve(path, specifier);
  const from = roomOf(path), to = roomOf(target);
  if (!from) return `${path} is in no room: name it in tests/architecture_test.ts`;
  if (from === to) return undefined;
  if (to && belongs(target, VALUES[from])) return undefined;
  const types = TYPES[from] ?? [];
  const inSrc = target.startsWith("src/");
  if (isType && to && inSrc && (types.includes("*") || belongs(target, types))) return undefined;
  return `${from} may import ${VALUES[from].join(", ") || "no other room"}` +
    (types.length > 0 ? ` (types: ${types.join(", ")})` : "");
}

/**
 * The room of a file: `src/nn/adam.ts` → nn, `src/random.ts` → random, `mod.ts` → mod; of a module
 * with rules of its own, itself.
 */
function roomOf(path: string): string | undefined {
  const module = moduleOf(path), [top, room] = path.replace(/\.ts$/, "").split("/");
  if (module in VALUES) return module;
  const found = top === "src" || path.startsWith("tasks/torture/") ? room : top;
  return found in VALUES ? found : undefined;
}

/** Whether a file lies in one of these rooms or is one of these modules of src. */
function belongs(path: string, rooms: string[]): boolean {
  return rooms.includes(roomOf(path) ?? "") || rooms.includes(moduleOf(path));
}

/** `src/nn/adam.ts` → nn/adam. */
function moduleOf(path: string): string {
  return path.replace(/^src\//, "").replace(/\.ts$/, "");
}

/** The files that a module imports, itself and what those import included, and the packages. */
async function follow(entry: string, { types }: { types: boolean }) {
  const files = [entry.replace(/^\.\//, "")], packages = new Set<string>();
  for (const path of files) { // grows
    if (!path.endsWith(".ts")) continue;
    for (const { specifier, isType } of imports(await Deno.readTextFile(ROOT + path))) {
      if (isType && !types) continue;
      if (!specifier.startsWith(".")) packages.add(packageOf(specifier));
      else {
        const target = resolve(path, specifier);
        if (!files.includes(target)) files.push(target);
      }
    }
  }
  return { files, packages: [...packages] };
}

/** The file that a relative specifier names. */
function resolve(path: string, specifier: string): string {
  return new URL(specifier, `file:///${path}`).pathname.slice(1);
}

/** `node:fs` → node:*, `@std/assert/equals` → @std/assert. */
function packageOf(specifier: string): string {
  return specifier.startsWith("node:") ? "node:*" : specifier.match(/^(@[^/]+\/)?[^/]+/)![0];
}

/** The static and dynamic imports and re-exports of a module; `import type` counts as a type. */
function imports(text: string): { specifier: string; isType: boolean }[] {
  const code = withoutComments(text);
  const named = /^(?:import|export)\s+(type\s)?(?:[\w\s{},*]*?from\s*)?["']([^"']+)["']/gm;
  const dynamic = /(typeof\s+)?\bimport\(\s*["']([^"']+)["']/g;
  return [...code.matchAll(named), ...code.matchAll(dynamic)]
    .map(([, type, specifier]) => ({ specifier, isType: type !== undefined }));
}

/** Drops whole-line comments and those that end a line; strings that hold `//` lose their end. */
function withoutComments(text: string): string {
  return text.replace(/^\s*(\/\*|\*|\/\/).*$|\s\/\/ .*$/gm, "");
}

/** The modules the import rules speak of. */
async function* sources(): AsyncGenerator<{ path: string; text: string }> {
  for (const folder of ["src", "tasks"]) {
    for await (const path of walk(folder)) {
      if (path.endsWith(".ts")) yield { path, text: await Deno.readTextFile(ROOT + path) };
    }
  }
  if (await exists("mod.ts")) {
    yield { path: "mod.ts", text: await Deno.readTextFile(`${ROOT}mod.ts`) };
  }
}

/** Every file under a folder, without what .gitignore names and .git itself. */
async function* walk(folder: string): AsyncGenerator<string> {
  const ignored = (await Deno.readTextFile(`${ROOT}.gitignore`)).split("\n")
    .map((line) => line.replaceAll("/", "")).concat(".git");
  for await (const { name, isDirectory, isFile } of Deno.readDir(ROOT + folder)) {
    const path = folder ? `${folder}/${name}` : name;
    if (!folder && ignored.includes(name)) continue;
    if (isDirectory) yield* walk(path);
    if (isFile) yield path;
  }
}

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(ROOT + path).then(() => true, () => false);
}
