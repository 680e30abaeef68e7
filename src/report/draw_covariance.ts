/**
 * A layer's two covariances: of the correlated and of the independent Gaussian.
 *
 * @module
 */
import { diverging } from "./colour_map.ts";
import { drawFigure } from "./figure.ts";
import { colourBar, imagePanel } from "./image_panel.ts";
import type { Image } from "./png.ts";
import { blank, fill } from "./raster.ts";
import type { Matrix } from "../prior/matrix.ts";

/** What `drawCovariance` draws. */
export interface CovariancePicture {
  /** Σ (D, D). */
  correlated: Matrix;
  /** var·I (D, D). */
  independent: Matrix;
  /** The shape of a sample, whose product is D: [K, K, C], or [K, K] of single channels. */
  shape: readonly number[];
}

/** The side of a matrix in the figure, in pixels, about. */
const SIDE = 300;

/**
 * Draws Σ beside var·I on one scale, blue below 0, white at 0, red above, with a colour bar. The
 * axes count a sample's weights, the last axis of its shape fastest; ticks are where a row begins.
 *
 * @param title Default "Covariance".
 * @returns An SVG document.
 */
export function drawCovariance(
  { correlated, independent, shape }: CovariancePicture,
  title = "Covariance",
): Promise<string> {
  const [size] = correlated.shape;
  const zoom = Math.max(1, Math.round(SIDE / size)), side = zoom * size;
  // Viewers double the pixels, and the encoder has a quarter of them to look at.
  const pixels = zoom % 2 === 0 ? zoom / 2 : zoom;
  const scale = roundUp(Math.max(largest(correlated), largest(independent)) || 1);
  const perRow = size / shape[0];
  const axis = {
    label: `weight, counted by ${shape.length === 3 ? "(row, column, channel)" : "(row, column)"}`,
    domain: [0, size],
    ticks: Array.from({ length: shape[0] + 1 }, (_, row) => row * perRow),
  };
  const margins = { marginLeft: 60, marginRight: 20, marginTop: 8, marginBottom: 44 };
  return drawFigure((plot) => {
    const panel = (heading: string, matrix: Matrix) => {
      const heat = imagePanel(plot, drawMatrix(matrix, { scale, zoom: pixels }), {
        ...margins,
        heading,
        imageWidth: side,
        imageHeight: side,
        x: axis,
        y: { ...axis, reverse: true },
      });
      return { ...heat, marks: [...heat.marks, plot.frame({ stroke: "#999" })] };
    };
    return {
      title,
      rows: [[
        panel("correlated Gaussian, Σ", correlated),
        panel("independent Gaussian, var·I", independent),
        colourBar(plot, diverging, {
          scale,
          label: "covariance (squared weight)",
          height: side,
          marginTop: margins.marginTop,
        }),
      ]],
    };
  });
}

/**
 * Draws a matrix, blue below 0, white at 0, red above.
 *
 * @param matrix (ROWS, COLUMNS).
 * @param options.scale The value of the darkest red; the darkest blue is −scale.
 * @param options.zoom Pixels a value.
 */
export function drawMatrix(
  { shape: [rows, columns], data }: Matrix,
  { scale, zoom }: { scale: number; zoom: number },
): Image {
  const image = blank(columns * zoom, rows * zoom);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const colour = diverging(data[row * columns + column] / scale);
      fill(image, column * zoom, row * zoom, zoom, zoom, colour);
    }
  }
  return image;
}

/** To one even digit, or 1 or 5, so that its half is short too: 0.0137 → 0.02. */
function roundUp(value: number): number {
  const power = Math.floor(Math.log10(value));
  const digit = [1, 2, 4, 5, 6, 8, 10].find((digit) => digit >= value / 10 ** power) ?? 10;
  return Number(`${digit}e${power}`);
}

const largest = ({ data }: Matrix) => data.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
