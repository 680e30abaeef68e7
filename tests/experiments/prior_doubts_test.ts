import { readPriorDoubts } from "../../src/experiments/prior_doubts.ts";
import { assert, assertEquals } from "../helpers/assert.ts";
import { test, writeFolder } from "../helpers/folders.ts";
import { fitFiles } from "../helpers/report_folders.ts";

test("readPriorDoubts repeats a fit's warnings, and says what an earlier version did not", async (dir) => {
  assertEquals(await readPriorDoubts(dir), []); // the authors' own files
  await writeFolder(dir, fitFiles());
  const kept = `the prior in ${dir}: conv1: <b>few</b> kernels`;
  assertEquals(await readPriorDoubts(dir), [kept]);

  const summary = fitFiles()["summary.json"] as { layers: { logLikelihood: object }[] };
  summary.layers[0].logLikelihood = { independent: 100.25, correlated: 90 };
  await writeFolder(dir, { "summary.json": summary });
  const [first, second, ...others] = await readPriorDoubts(dir);
  assertEquals([first, others], [kept, []]);
  assert(second.includes("under the correlated Gaussian (90.00)"), second);
  const warnings = [second.replace(`the prior in ${dir}: `, "")];
  await writeFolder(dir, { "summary.json": { ...summary, warnings } });
  assertEquals(await readPriorDoubts(dir), [second]); // said by the fit itself: once

  for (const broken of ["{", { layers: "none" }]) {
    await writeFolder(dir, { "summary.json": broken });
    const [doubt] = await readPriorDoubts(dir);
    assert(doubt.startsWith(`the prior in ${dir} may have had warnings: Cannot read`), doubt);
  }
});
