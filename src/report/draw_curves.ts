/**
 * Training curves: of the trials of one run, and of all settings of a grid search.
 *
 * @module
 */
import type { LineOptions, Markish } from "@observablehq/plot";
import type { History } from "../training/state.ts";
import { COLOURS, drawFigure, type Panel, type Plot } from "./figure.ts";
import { modeName } from "./format.ts";

/** The trials of one setting of a grid search. */
export interface GridCurves {
  /** The penalty, "l2" or "sk". */
  mode: string;
  /** Its strength, above 0. */
  alpha: number;
  /** At least one. */
  trials: readonly History[];
}

/** How a line is drawn. */
type Style = LineOptions & { stroke: string; strokeWidth: number };

/** What the panels show. */
const METRICS = [
  { key: "ce", label: "cross-entropy (nats)" },
  { key: "accuracy", label: "accuracy" },
] as const;

const [TRAIN, VALID] = COLOURS;

/** The most points that a line has. */
const POINTS = 200;

/**
 * Draws the curves of a run: cross-entropy (without the penalty) and accuracy over the epochs, a
 * faint line for each trial and a thick one for their mean.
 *
 * A line has about 200 points at most: of more epochs every n-th is drawn, and the last. Values
 * that are not finite leave a gap; the mean is over those that are.
 *
 * @param trials At least one, of any number of epochs.
 * @param title What was trained. Default "Training curves".
 * @returns An SVG document.
 */
export function drawCurves(
  trials: readonly History[],
  title = "Training curves",
): Promise<string> {
  const several = trials.length > 1;
  return drawFigure((plot) => ({
    title,
    notes: several ? [`Thin lines: ${trials.length} trials; thick lines: their mean.`] : [],
    legend: [{ name: "training", colour: TRAIN }, { name: "validation", colour: VALID }],
    rows: [METRICS.map(({ key, label }) => {
      const splits = [["train", TRAIN], ["valid", VALID]] as const;
      const lines = splits.map(([split, stroke]) => ({
        stroke,
        curves: trials.map((trial) => trial[split].map((metrics) => metrics[key])),
      }));
      const thin = several ? lines : [];
      return curvePanel(plot, key, label, lines.flatMap(({ curves }) => curves), [
        ...thin.flatMap(({ stroke, curves }) =>
          drawLines(plot, curves, { stroke, strokeWidth: 0.75, strokeOpacity: 0.35 })
        ),
        ...lines.flatMap(({ stroke, curves }) =>
          drawLines(plot, [mean(curves)], { stroke, strokeWidth: 2 })
        ),
      ]);
    })],
  }));
}

/**
 * Draws the mean curves of a grid search: a column for each penalty, a colour for each α (dark is
 * small), full lines for validation and dashes for training. Points and values as in
 * {@linkcode drawCurves}.
 *
 * @param settings One entry for each penalty and α; at least one.
 * @returns An SVG document.
 */
export function drawGridCurves(settings: readonly GridCurves[]): Promise<string> {
  const modes = [...new Set(settings.map(({ mode }) => mode))];
  const alphas = [...new Set(settings.map(({ alpha }) => alpha))].sort((a, b) => a - b);
  return drawFigure((plot) => {
    // The map's last sixth is too light for lines on white.
    const scale = plot.scale({
      color: { type: "linear", scheme: "viridis", domain: [0, alphas.length * 1.2] },
    })!;
    const colourOf = (alpha: number): string => scale.apply(alphas.indexOf(alpha));
    return {
      title: "Training curves of the grid search",
      notes: ["Means over the trials; full lines: validation, dashes: training."],
      legend: alphas.map((alpha) => ({
        name: `α = ${Number(alpha.toPrecision(3))}`,
        colour: colourOf(alpha),
      })),
      rows: METRICS.map(({ key, label }) => {
        const means = settings.map(({ mode, alpha, trials }) => {
          const of = (split: "train" | "valid") =>
            mean(trials.map((trial) => trial[split].map((metrics) => metrics[key])));
          return { mode, stroke: colourOf(alpha), train: of("train"), valid: of("valid") };
        });
        const all = means.flatMap(({ train, valid }) => [train, valid]);
        return modes.map((mode) => ({
          ...curvePanel(
            plot,
            key,
            label,
            all,
            means.filter((curves) => curves.mode === mode).flatMap(({ stroke, train, valid }) => [
              ...drawLines(plot, [train], { stroke, strokeWidth: 1, strokeDasharray: "3,3" }),
              ...drawLines(plot, [valid], { stroke, strokeWidth: 1.75 }),
            ]),
          ),
          heading: modeName(mode),
        }));
      }),
    };
  });
}

/** A panel with axes for all of some curves. */
function curvePanel(
  plot: Plot,
  key: "ce" | "accuracy",
  label: string,
  curves: number[][],
  marks: Markish[],
): Panel {
  const epochs = Math.max(1, ...curves.map((curve) => curve.length));
  const most = curves.flat().reduce((most, y) => Number.isFinite(y) && y > most ? y : most, 0);
  return {
    width: 460,
    height: 300,
    x: {
      label: "epoch",
      domain: epochs === 1 ? [0, 2] : [1, epochs],
      tickFormat: "d",
      ticks: epochs < 10 ? Array.from({ length: epochs }, (_, i) => i + 1) : undefined,
    },
    y: { label, grid: true, domain: [0, key === "accuracy" ? 1 : most || 1], nice: true },
    marks: [plot.frame({ stroke: "#999" }), ...marks],
  };
}

/** A line for each curve, and a dot for one of a single epoch. */
function drawLines(plot: Plot, curves: number[][], style: Style): Markish[] {
  const points = curves.flatMap((curve, line) => {
    const step = Math.ceil(curve.length / POINTS);
    return curve
      .map((y, i) => ({ epoch: i + 1, y: Number.isFinite(y) ? y : NaN, line }))
      .filter(({ epoch }) => epoch % step === 0 || epoch === 1 || epoch === curve.length);
  });
  const single = points.filter(({ line }) => curves[line].length === 1);
  return [
    plot.line(points, { x: "epoch", y: "y", z: "line", ...style }),
    plot.dot(single, { x: "epoch", y: "y", r: 1.5 * style.strokeWidth, fill: style.stroke }),
  ];
}

/** The mean of the finite values at each epoch; NaN where there is none. */
function mean(curves: number[][]): number[] {
  const epochs = Math.max(0, ...curves.map((curve) => curve.length));
  return Array.from({ length: epochs }, (_, epoch) => {
    const values = curves.map((curve) => curve[epoch]).filter(Number.isFinite);
    return values.reduce((sum, value) => sum + value, 0) / values.length;
  });
}
