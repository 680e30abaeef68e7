/**
 * `deno task report`: one HTML page that tells the whole experiment.
 *
 * @module
 */
import { flag, list, path, runTask } from "./cli.ts";

await runTask({
  name: "report",
  summary:
    "Tell the whole experiment in one HTML page, which needs no network and opens from disk. " +
    "Without --runs it reads the default result folders that exist, and demo_tmp.",
  options: {
    runs: list(path("--runs", "result folders, or folders of result folders")),
    out: path("--out", "the page", "report.html"),
    overwrite: flag("--overwrite", "replace an earlier page"),
  },
  examples: ["deno task report", "deno task report --runs=data/grid,data/gaussian_fit"],
}, async ({ runs, out, overwrite }, { print, warn }) => {
  const { writeReport } = await import("../mod.ts");
  const { formatTable } = await import("../src/report/table.ts");
  const summary = await writeReport({ runs: runs.length > 0 ? runs : undefined, out, overwrite });
  for (const text of summary.warnings) warn(`warning: ${text}`);
  print(formatTable(["folder", "holds"], summary.runs.map(({ dir, kind }) => [dir, kind])));
  print(
    `\nreport in ${summary.out} (${
      (summary.bytes / 2 ** 20).toFixed(2)
    } MiB); open it in a browser`,
  );
});
