/**
 * The report's section on the grid search for α.
 *
 * @module
 */
import type { GridResult, Result } from "../runs/results.ts";
import { counted, modeName, natsSpread, percentSpread, significant } from "./format.ts";
import { type Content, markup } from "./markup.ts";
import { type Networks, networkTable } from "./page_phase1.ts";
import { columns, figure, heading, type Section, table, warningLines } from "./page_parts.ts";

/** Every grid search among the results. */
export function gridSection(results: readonly Result[], networks: Networks): Section {
  const grids = results.filter((result) => result.kind === "grid");
  return {
    id: "grid",
    title: "The grid search: how strong a penalty",
    body: grids.map((grid) => [
      heading(grids.length > 1, grid.dir),
      searchText(grid),
      warningLines([...grid.doubts, ...grid.summary.warnings]),
      networkTable(networks.get(grid.dir)),
      figure(grid, "grid", {
        alt: `Validation cross-entropy and accuracy of L2 and SK-reg against α (${grid.dir}).`,
        caption:
          markup`Validation cross-entropy (in nats, lower is better) and accuracy against α, on a logarithmic axis; points are means over the trials, bars their standard errors, a ring marks the α that was chosen. Where bars overlap widely, another α would do as well.`,
      }),
      validationTable(grid),
      figure(grid, "curves", {
        alt: `Mean training curves of every α of the grid search (${grid.dir}).`,
        caption:
          "Cross-entropy and accuracy over the epochs, the means over the trials of each α; full lines " +
          "are validation, dashes training.",
      }),
    ]),
  };
}

function searchText({ summary, grid }: GridResult): Content {
  const { trials, epochs, model } = summary;
  const classes = model ? `, ${model.classes.length} classes (${model.classes.join(", ")})` : "";
  return [
    markup`<p>${counted(trials.length, "network")} trained for ${
      counted(epochs, "epoch")
    }${classes}. For each penalty, the α with the lowest mean validation cross-entropy was chosen; the test images had no part in it.</p>
`,
    !grid &&
    markup`<p class="warning">There is no grid.json yet: the search is still running or was interrupted.</p>\n`,
  ];
}

function validationTable({ grid }: GridResult): Content {
  if (!grid) return undefined;
  const isChosen = (mode: string, alpha: number) =>
    grid.test.some((best) => best.mode === mode && best.alpha === alpha);
  const figures = ["validation cross-entropy", "validation accuracy"];
  return table(
    [...columns(["penalty"], ["α", "λ = 0.05·α", "trials", ...figures]), ["choice", "text"]],
    grid.validation.map(({ mode, alpha, lambda, seeds, ce, accuracy }) => [
      modeName(mode),
      significant(alpha),
      significant(lambda),
      seeds,
      natsSpread(ce),
      percentSpread(accuracy),
      isChosen(mode, alpha) ? "chosen" : "",
    ]),
  );
}
