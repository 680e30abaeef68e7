/** Runs work in a folder of its own, which is removed afterwards. @returns What the work comes to. */
export async function inTempDir<T>(run: (dir: string) => Promise<T>): Promise<T> {
  const dir = await Deno.realPath(await Deno.makeTempDir());
  try {
    return await run(dir);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}
