/**
 * `setup` on machines made of stand-ins: a PATH of a few real tools and of small scripts that act
 * as deno, npm and apt-get, so that nothing is installed and no network is needed.
 *
 * @module
 */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "./helpers/assert.ts";
import { outputOf } from "./helpers/command.ts";

const SETUP = `${import.meta.dirname}/../setup`;
/** Windows has no sh. */
const test = Deno.build.os === "windows" ? Deno.test.ignore : Deno.test;

test("setup changes nothing on a machine that has everything", async () => {
  await using machine = await createMachine({
    deno: "2.9.6",
    driver: true,
    tools: ["npm", "apt-get"],
  });
  const { code, text } = await machine.setup();
  assertEquals(code, 0, text);
  assertEquals(text.trim(), "Ready: Deno 2.9.6, WebGPU on a stand-in GPU.");
  assertEquals(await machine.installed(), "");
});

test("setup answers in under a second on this machine", async () => {
  let fastest = Infinity; // of two: the first may find cold caches
  for (let i = 0; i < 2; i++) {
    const start = performance.now();
    const { code, text } = await run(SETUP, ["--check"]);
    fastest = Math.min(fastest, performance.now() - start);
    assertEquals(code, 0, text);
    assertMatch(text, /^Ready: Deno \d+\.\d+\.\d+, WebGPU on .+\.\n$/);
  }
  assert(fastest < 1000, `it took ${fastest} ms`);
});

test("setup installs Deno by npm where PATH finds it afterwards", async () => {
  await using machine = await createMachine({ driver: true, tools: ["npm"] });
  assertEquals((await machine.setup()).code, 0);
  assertStringIncludes(await machine.installed(), `deno@2.9.6`);
  assertEquals((await machine.setup("--check")).code, 0);
});

test("setup installs Deno where only an old one is found", async () => {
  await using machine = await createMachine({ deno: "2.7.14", driver: true, tools: ["npm"] });
  const { code, text } = await machine.setup();
  assertEquals(code, 1); // the old one still comes first on PATH, and setup says so
  assertStringIncludes(await machine.installed(), "deno@2.9.6");
  assertStringIncludes(text, "comes first on PATH and is 2.7.14");
});

test("setup says what to install where npm is missing too", async () => {
  await using machine = await createMachine({ driver: true, tools: [] });
  const { code, text } = await machine.setup();
  assertEquals(code, 1);
  assertStringIncludes(text, "Install npm");
});

test("setup installs Mesa's driver where no adapter is found", async () => {
  await using machine = await createMachine({ deno: "2.10.0", driver: false, tools: ["apt-get"] });
  const { code, text } = await machine.setup();
  assertEquals(code, 0, text);
  const [update, install] = (await machine.installed()).trim().split("\n");
  assertStringIncludes(update, "apt-get update");
  assertMatch(install, /^apt-get install .*mesa-vulkan-drivers$/);
});

test("setup says what to install where apt-get is missing", async () => {
  await using machine = await createMachine({ deno: "3.0.0", driver: false, tools: [] });
  const { code, text } = await machine.setup();
  assertEquals(code, 1);
  assertStringIncludes(text, "dnf install mesa-vulkan-drivers");
});

test("setup --check installs nothing and names what is missing", async () => {
  const tools: Tool[] = ["npm", "apt-get"];
  await using bare = await createMachine({ driver: true, tools });
  await using blind = await createMachine({ deno: "2.9.6", driver: false, tools });
  assertStringIncludes((await bare.setup("--check")).text, "Deno 2.9.6 is missing");
  assertStringIncludes((await blind.setup("--check")).text, "No WebGPU adapter was found");
  assertEquals(await bare.installed() + await blind.installed(), "");
});

type Tool = "npm" | "apt-get";

/** Builds a machine in a temporary folder; `installed()` is the log of what npm and apt-get did. */
async function createMachine(has: { deno?: string; driver: boolean; tools: Tool[] }) {
  const root = await Deno.makeTempDir({ prefix: "skreg_setup_" });
  const deno = (version: string) =>
    `case $1 in
    --version) echo "deno ${version} (stable)" ;;
    eval) [ -e ${root}/driver ] && echo "a stand-in GPU" ;;
  esac`;
  const scripts: Record<Tool | "id" | "uname", string> = {
    "npm": `case $1 in
      prefix) echo ${root}/npm ;;
      install) echo "npm $*" >>${root}/log; mv ${root}/new-deno ${root}/npm/bin/deno ;;
    esac`,
    "apt-get": `echo "apt-get $*" >>${root}/log
      case $1 in install) : >${root}/driver ;; esac`,
    "id": "echo 0",
    "uname": "echo Linux",
  };
  const write = (name: string, script: string) =>
    Deno.writeTextFile(`${root}/${name}`, `#!/bin/sh\n${script}\n`, { mode: 0o755 });

  await Deno.mkdir(`${root}/bin`);
  await Deno.mkdir(`${root}/npm/bin`, { recursive: true });
  await Deno.writeTextFile(`${root}/log`, "");
  await write("new-deno", deno("2.9.6"));
  for (const tool of ["id", "uname", ...has.tools] as const) {
    await write(`bin/${tool}`, scripts[tool]);
  }
  if (has.deno) await write("bin/deno", deno(has.deno));
  if (has.driver) await Deno.writeTextFile(`${root}/driver`, "");
  for (const tool of ["sh", "sed", "dirname", "env", "mv"]) {
    const { text } = await run("sh", ["-c", `command -v ${tool}`]);
    await Deno.symlink(text.trim(), `${root}/bin/${tool}`);
  }
  const env = { PATH: `${root}/bin:${root}/npm/bin`, HOME: `${root}/home` };
  return {
    setup: (...args: string[]) => run(SETUP, args, env),
    installed: () => Deno.readTextFile(`${root}/log`),
    [Symbol.asyncDispose]: () => Deno.remove(root, { recursive: true }),
  };
}

async function run(command: string, args: string[], env?: Record<string, string>) {
  const { code, stdout, stderr } = await outputOf(command, { args, env });
  return { code, text: stdout + stderr };
}
