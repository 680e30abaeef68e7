/**
 * What the fit had to say of a prior, for whoever uses it later.
 *
 * @module
 */
import { exists } from "../io/files.ts";
import { doubtLayer } from "../prior/fit_layer.ts";
import { summaryFile } from "../runs/file_names.ts";
import { readFitSummary } from "../runs/results.ts";

/** What a fit says of its layers, and of itself. */
interface FitFigures {
  layers: readonly Parameters<typeof doubtLayer>[0][];
  warnings: readonly string[];
}

/** A fit's warnings, and what its figures say where an earlier version kept silent. */
export function fitDoubts({ layers, warnings }: FitFigures): string[] {
  return [...new Set([...warnings, ...layers.flatMap(doubtLayer)])];
}

/** A fit's warning, where other things are spoken of too. */
export function nameDoubt(gaussianDir: string, text: string): string {
  return `the prior in ${gaussianDir}: ${text}`;
}

/**
 * Reads what speaks against the prior in a folder, one sentence each.
 *
 * @returns Empty where all is well, and where there is no summary.json: the authors' folders have none.
 */
export async function readPriorDoubts(gaussianDir: string): Promise<string[]> {
  const file = summaryFile(gaussianDir);
  if (!await exists(file)) return [];
  try {
    return fitDoubts(await readFitSummary(file)).map((text) => nameDoubt(gaussianDir, text));
  } catch (error) { // the covariances may be good all the same
    return [`the prior in ${gaussianDir} may have had warnings: ${(error as Error).message}`];
  }
}
