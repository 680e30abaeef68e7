/**
 * Which class is taken for which.
 *
 * @module
 */
import { mix } from "./colour_map.ts";
import { drawFigure } from "./figure.ts";
import { colourBar } from "./image_panel.ts";
import { shorten } from "./svg.ts";
import type { Colour } from "./raster.ts";

/** The most characters of a class name on an axis. */
const NAME = 20;

/** A cell: a true class, a predicted one, and the share of the true class that went there. */
interface Cell {
  row: number;
  column: number;
  share: number;
}

/**
 * Draws a confusion matrix: a row is a true class, a column a predicted one, and a cell is coloured
 * by its share of the row, written in percent (nothing where it is 0). The row of a class without
 * images stays empty.
 *
 * @param counts (C, C): `counts[true][predicted]`.
 * @param classes The C names, of any text; long ones are cut.
 * @param title Default "Confusion matrix".
 * @returns An SVG document.
 * @throws {TypeError} If the counts are not (C, C).
 */
export async function drawConfusion(
  counts: readonly ArrayLike<number>[],
  classes: readonly string[],
  title = "Confusion matrix",
): Promise<string> {
  const size = classes.length;
  if (counts.length !== size || counts.some((row) => row.length !== size)) {
    throw new TypeError(`Cannot draw a confusion matrix: the counts are not (${size}, ${size})`);
  }
  const cells = counts.flatMap((row, i): Cell[] => {
    const total = Array.from(row).reduce((sum, count) => sum + count, 0);
    return Array.from(row, (count, j) => ({ row: i, column: j, share: total && count / total }));
  });
  const names = classes.map((name) => shorten(name, NAME));
  const side = Math.max(24, Math.min(44, Math.round(480 / size))), extent = side * size;
  const room = 20 + 6 * Math.max(...names.map((name) => [...name].length));
  const axis = {
    type: "band" as const,
    domain: classes.map((_, i) => i),
    tickFormat: (i: number) => names[i],
    tickSize: 0,
    padding: 0.04,
  };
  return await drawFigure((plot) => ({
    title,
    notes: ["Cells: the share of a true class in percent."],
    rows: [[
      {
        width: room + 20 + extent + 8,
        height: 4 + extent + room + 20,
        marginLeft: room + 20,
        marginRight: 8,
        marginTop: 4,
        marginBottom: room + 20,
        x: { ...axis, label: "predicted class", tickRotate: -90 },
        y: { ...axis, label: "true class" },
        marks: [
          plot.cell(cells, {
            x: "column",
            y: "row",
            fill: ({ share }: Cell) => `rgb(${blues(share).join(",")})`,
          }),
          plot.text(cells.filter(({ share }) => share > 0), {
            x: "column",
            y: "row",
            text: ({ share }: Cell) => (100 * share).toFixed(0),
            fill: ({ share }: Cell) => share > 0.55 ? "#fff" : "#222",
            fontSize: side > 30 ? 12 : 9,
          }),
        ],
      },
      colourBar(plot, blues, {
        scale: 100,
        lowest: 0,
        label: "share of the true class (%)",
        height: Math.min(extent, 300),
        marginTop: 4,
      }),
    ]],
  }));
}

/** From 0 … 1 to nearly white … dark blue, even in lightness. */
function blues(share: number): Colour {
  return mix([240, 245, 250], [8, 64, 129], share);
}
