/**
 * Folders with made-up files.
 *
 * @module
 */

/** Makes files (text = their own name, JSON as ours) and, for names that end in a slash, folders. */
export async function make(dir: string, ...names: string[]): Promise<void> {
  for (const name of names) {
    const path = `${dir}/${name}`;
    await Deno.mkdir(path.slice(0, path.lastIndexOf("/")), { recursive: true });
    const text = name.endsWith(".json") ? `{"trials": []}` : name;
    if (!name.endsWith("/")) await Deno.writeTextFile(path, text);
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
  const { success } = await new Deno.Command("mkfifo", { args: [path] }).output();
  if (!success) throw new Error(`Cannot make the pipe ${path}`);
}
