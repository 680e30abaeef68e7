/**
 * docs/fit_gaussians.ipynb in Deno's Jupyter kernel, where Jupyter's nbconvert is installed.
 *
 * @module
 */
import { assert, assertEquals } from "./helpers/assert.ts";
import { checkSvg } from "./helpers/check_svg.ts";
import { outputOf, succeeds } from "./helpers/command.ts";
import { inTempDir } from "./helpers/folders.ts";

const NOTEBOOK = `${import.meta.dirname}/../docs/fit_gaussians.ipynb`;
const hasJupyter = await succeeds("jupyter", "nbconvert", "--version");

/** A cell of a notebook, as far as it is looked at. */
interface Cell {
  cell_type: "code" | "markdown";
  outputs?: { output_type: string; data?: Record<string, string | string[]> }[];
}

Deno.test({
  name: hasJupyter
    ? "fit_gaussians.ipynb runs, and shows what is stored in it"
    : "fit_gaussians.ipynb: NOT TESTED, no jupyter nbconvert",
  ignore: !hasJupyter,
  fn: () =>
    inTempDir(async (dir) => {
      const argv = [Deno.execPath(), "jupyter", "--kernel", "--conn", "{connection_file}"];
      await Deno.mkdir(`${dir}/kernels/deno`, { recursive: true });
      const kernel = { argv, display_name: "Deno", language: "typescript" };
      await Deno.writeTextFile(`${dir}/kernels/deno/kernel.json`, JSON.stringify(kernel));
      const { code, stderr } = await outputOf("jupyter", {
        args: ["nbconvert", "--to=notebook", "--execute", `--output-dir=${dir}`, NOTEBOOK],
        env: { JUPYTER_DATA_DIR: dir, NO_COLOR: "1" },
      });
      assertEquals(code, 0, stderr);
      const stored = await readOutputs(NOTEBOOK);
      const shown = await readOutputs(`${dir}/fit_gaussians.ipynb`);
      // The kernel's last words of a cell may come too late for nbconvert, so some may be missing.
      assert(shown.length > 0, "nothing was shown");
      for (const output of shown) {
        const same = stored.some((data) => JSON.stringify(data) === JSON.stringify(output));
        assert(same, `not stored: ${JSON.stringify(output).slice(0, 200)}`);
      }
      const pictures = stored.flatMap((data) => data["image/svg+xml"] ?? []);
      assertEquals(pictures.length, 5);
      pictures.forEach(checkSvg);
    }),
});

/** What a notebook's code cells show, by type. */
async function readOutputs(path: string): Promise<Record<string, string>[]> {
  const { cells }: { cells: Cell[] } = JSON.parse(await Deno.readTextFile(path));
  return cells.flatMap(({ outputs = [] }) => outputs).map(({ data = {} }) =>
    Object.fromEntries(Object.entries(data).map(([type, text]) => [type, [text].flat().join("")]))
  );
}
