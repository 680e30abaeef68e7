/**
 * Folders of a test's own, and made-up files in them.
 *
 * @module
 */
import { succeeds } from "./command.ts";

/** Runs work in a folder of its own, which is removed afterwards. @returns What the work comes to. */
export async function inTempDir<T>(run: (dir: string) => Promise<T>): Promise<T> {
  const dir = await Deno.realPath(await Deno.makeTempDir());
  try {
    return await run(dir);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

/** Tests in a folder of their own, where there is what they need. */
const testWhere = (isThere: boolean) => (name: string, run: (dir: string) => Promise<void>): void =>
  Deno.test({ name, ignore: !isThere, fn: () => inTempDir(run) });

/** A test in a folder of its own. */
export const test = testWhere(true);
/** Such a test of what Windows has not: a shell, pipes, links that everybody may make, any names. */
export const unix = { test: testWhere(Deno.build.os !== "windows") };
/** Such a test of what Linux alone has. */
export const linux = { test: testWhere(Deno.build.os === "linux") };

/** Writes files into a fresh folder as `writeFolder` does, hands it over, and removes it. */
export const withFiles = <T>(
  files: Record<string, unknown>,
  use: (dir: string) => Promise<T>,
): Promise<T> =>
  inTempDir(async (dir) => {
    await writeFolder(dir, files);
    return await use(dir);
  });

/** Makes files (text = their own name, JSON as ours) and, for names that end in a slash, folders. */
export async function make(dir: string, ...names: string[]): Promise<void> {
  for (const name of names) {
    const path = `${dir}/${name}`;
    await Deno.mkdir(path.slice(0, path.lastIndexOf("/")), { recursive: true });
    const text = name.endsWith(".json") ? `{"trials": []}` : name;
    if (!name.endsWith("/")) await Deno.writeTextFile(path, text);
  }
}

/** Writes files into a folder and those below: text and bytes as they are, other values as JSON. */
export async function writeFolder(dir: string, files: Record<string, unknown>): Promise<void> {
  for (const [name, content] of Object.entries(files)) {
    const path = `${dir}/${name}`;
    await Deno.mkdir(path.slice(0, path.lastIndexOf("/")), { recursive: true });
    const bytes = content instanceof Uint8Array
      ? content
      : new TextEncoder().encode(typeof content === "string" ? content : JSON.stringify(content));
    await Deno.writeFile(path, bytes);
  }
}

/** Every file below but locks, and every folder with a final slash. */
export function tree(dir: string): string[] {
  const entries = [...Deno.readDirSync(dir)].filter(({ name }) => name !== ".running");
  return entries.flatMap(({ name, isDirectory }) =>
    isDirectory
      ? [`${name}/`, ...tree(`${dir}/${name}`).map((below) => `${name}/${below}`)]
      : [name]
  ).sort();
}

/** The names in a folder, sorted. */
export async function list(dir: string): Promise<string[]> {
  return (await Array.fromAsync(Deno.readDir(dir))).map(({ name }) => name).sort();
}

/** A pipe, which would let a reader wait for ever for somebody to write. */
export async function makePipe(path: string): Promise<void> {
  if (!await succeeds("mkfifo", path)) throw new Error(`Cannot make the pipe ${path}`);
}
