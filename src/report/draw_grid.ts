/**
 * The validated grid search: how good each penalty is at each strength.
 *
 * @module
 */
import type { GridFigures } from "../runs/summaries.ts";
import { COLOURS, drawFigure, type Figure } from "./figure.ts";
import { modeName } from "./format.ts";

/** What the trials of one setting reached on the validation images; a mode may be any word. */
export type GridPoint = Pick<GridFigures, "alpha" | "ce" | "accuracy"> & { mode: string };

/**
 * Draws validation cross-entropy and accuracy against α, the mean ± its standard error; a ring marks
 * the α chosen for each penalty.
 *
 * @param validation One entry for each penalty and α; means that are not finite are left out.
 * @param chosen The best α of each penalty.
 * @returns An SVG document.
 */
export function drawGrid(
  validation: readonly GridPoint[],
  chosen: readonly { mode: string; alpha: number }[],
): Promise<string> {
  const modes = [...new Set(validation.map(({ mode }) => mode))];
  const colourOf = ({ mode }: { mode: string }) => COLOURS[{ l2: 0, sk: 1 }[mode] ?? 2];
  const isChosen = ({ mode, alpha }: GridPoint) =>
    chosen.some((choice) => choice.mode === mode && choice.alpha === alpha);
  const alphas = [...new Set(validation.map(({ alpha }) => alpha))].sort((a, b) => a - b);
  const ticks = apart(alphas);

  return drawFigure((plot): Figure => ({
    title: "Grid search",
    notes: ["Validation: mean ± standard error over the trials of each α; ringed: the chosen α."],
    legend: modes.map((mode) => ({ name: modeName(mode), colour: colourOf({ mode }) })),
    rows: [
      ([["ce", "validation cross-entropy (nats)"], ["accuracy", "validation accuracy"]] as const)
        .map(([key, label]) => {
          const points = validation.filter((point) => Number.isFinite(point[key].mean));
          const end = (side: 1 | -1) => (point: GridPoint) =>
            point[key].mean + side * (point[key].standardError ?? 0);
          const low = Math.min(...points.map(end(-1))), high = Math.max(...points.map(end(1)));
          const pad = 0.05 * ((high - low) || Math.abs(high) || 1);
          const at = { x: "alpha", y: (point: GridPoint) => point[key].mean };
          return {
            width: 460,
            height: 320,
            x: {
              type: "log",
              label: "strength of the penalty, α (log scale)",
              domain: [alphas[0] / 1.2, alphas[alphas.length - 1] * 1.2],
              ticks,
              tickFormat: (alpha: number) => `${Number(alpha.toPrecision(3))}`,
            },
            y: { label, grid: true, nice: true, domain: [low - pad, high + pad] },
            marks: [
              plot.frame({ stroke: "#999" }),
              plot.ruleX(points, { x: "alpha", y1: end(-1), y2: end(1), stroke: colourOf }),
              plot.line(points, { ...at, z: "mode", sort: "alpha", stroke: colourOf }),
              plot.dot(points, { ...at, r: 3, fill: colourOf }),
              plot.dot(points.filter(isChosen), { ...at, r: 7, stroke: colourOf, strokeWidth: 2 }),
            ],
          };
        }),
    ],
  }));
}

/** The values, from the smallest on, whose labels do not touch on a log axis. */
function apart(sorted: number[]): number[] {
  const room = Math.log(sorted[sorted.length - 1] / sorted[0]) / 12;
  const kept: number[] = [];
  for (const value of sorted) {
    if (kept.length === 0 || Math.log(value / kept[kept.length - 1]) >= room) kept.push(value);
  }
  return kept;
}
