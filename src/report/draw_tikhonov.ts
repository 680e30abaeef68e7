/**
 * The cross-validation of a layer's Tikhonov constant.
 *
 * @module
 */
import type { TikhonovCurve } from "../prior/tikhonov.ts";
import { COLOURS, drawFigure, type Figure } from "./figure.ts";

/**
 * Draws the mean held-out log-density of a sample against τ; a dashed line marks the τ chosen. What
 * lies further below the best than the end on the right is cut off, so that the top stays in sight.
 *
 * @param validation What was tried, τ above 0 and rising, and the nats per sample that each reached.
 * @param chosen The τ taken.
 * @param title Default "Cross-validation of τ".
 * @returns An SVG document.
 */
export function drawTikhonov(
  validation: TikhonovCurve,
  chosen: number,
  title = "Cross-validation of τ",
): Promise<string> {
  const points = validation.tikhonov
    .map((tikhonov, i) => ({ tikhonov, density: validation.logLikelihood[i] }))
    .filter(({ density }) => Number.isFinite(density));
  // Where a layer has few samples, a small τ costs thousands of nats and would hide all else.
  const best = Math.max(...points.map(({ density }) => density));
  const lowest = best - 1.5 * Math.max(10, best - points[points.length - 1].density);
  const seen = points.filter(({ density }) => density >= lowest);
  const isChosen = ({ tikhonov }: { tikhonov: number }) => tikhonov === chosen;
  const at = { x: "tikhonov", y: "density" };

  return drawFigure((plot): Figure => ({
    title,
    notes: [
      `Chosen, dashed: τ = ${chosen.toExponential(2)}, the constant added to the diagonal of Σ.`,
      ...(seen.length < points.length ? ["The curve goes on below the picture."] : []),
    ],
    rows: [[{
      width: 520,
      height: 320,
      x: {
        type: "log",
        label: "Tikhonov constant τ (log scale)",
        domain: [validation.tikhonov[0], validation.tikhonov[validation.tikhonov.length - 1]],
        ticks: 7,
        tickFormat: (tikhonov: number) => tikhonov.toExponential(),
      },
      y: { label: "held-out log-density (nats per sample)", grid: true, nice: true },
      marks: [
        plot.frame({ stroke: "#999" }),
        plot.ruleX([chosen], { stroke: COLOURS[1], strokeDasharray: "4,3" }),
        plot.line(seen, { ...at, stroke: COLOURS[0], strokeWidth: 2 }),
        plot.dot(seen.filter(isChosen), { ...at, r: 5, fill: COLOURS[1] }),
      ],
    }]],
  }));
}
