/**
 * Figures for reports and papers: rows of Observable Plot's charts under a title and a legend, as one
 * self-contained SVG (no script, no link, no id, no style sheet).
 *
 * @module
 */
import type { Markish, PlotOptions } from "@observablehq/plot";
import { createDocument } from "./document.ts";
import { drawText, escapeXml } from "./svg.ts";

/** The library's functions, which draw the marks of a panel. */
export type Plot = typeof import("./plot.ts");

/** One chart of a figure. */
export interface Panel extends PlotOptions {
  /** WIDTH in pixels, axes included. */
  width: number;
  /** HEIGHT in pixels, axes included. */
  height: number;
  /** A line above the chart. Default: none, and no room for it. */
  heading?: string;
  /** What is drawn, from the back to the front. */
  marks: Markish[];
}

/** A key of a figure's legend. */
export interface Key {
  /** What it stands for. */
  name: string;
  /** The colour of its line. */
  colour: string;
}

/** A figure before it is drawn. */
export interface Figure {
  /** The first line, bold; also the accessible name. */
  title: string;
  /** What the reader must know, on lines below the title. Default: none. */
  notes?: string[];
  /** The keys below the notes. Default: none. */
  legend?: Key[];
  /** Rows of charts, from the top. */
  rows: Panel[][];
}

/** Okabe and Ito's blue, vermilion and green, which stay apart for every common colour blindness. */
export const COLOURS: readonly string[] = ["#0072b2", "#d55e00", "#009e73"];

/** Labels in the middle of their axes. */
const AXIS = { labelAnchor: "center", labelArrow: "none" } as const;

/** White around the figure, in pixels. */
const MARGIN = 12;
/** The width of a character of 12 pixels, at most. */
const CHARACTER = 7;

/**
 * Draws a figure. The library is loaded at the first call (about 0.3 s).
 *
 * @param build Makes the figure with the library's marks.
 * @returns An SVG document: white background, sans-serif, the size of its content.
 */
export async function drawFigure(build: (plot: Plot) => Figure): Promise<string> {
  const plot = await import("./plot.ts");
  const { title, notes = [], legend = [], rows } = build(plot);
  const document = createDocument() as unknown as PlotOptions["document"];
  const parts: string[] = [];
  let y = MARGIN + 14, width = CHARACTER * 1.2 * title.length;
  parts.push(drawText(title, MARGIN, y, { size: 14, bold: true }));
  for (const note of notes) {
    parts.push(drawText(note, MARGIN, y += 18));
    width = Math.max(width, CHARACTER * 0.9 * note.length);
  }
  if (legend.length > 0) {
    const room = Math.max(...rows.map((row) => row.reduce((sum, panel) => sum + panel.width, 0)));
    const keys = drawLegend(legend, y + 8, room);
    parts.push(keys.svg);
    y += 8 + keys.height;
  }
  for (const row of rows) {
    y += 10;
    const heading = row.some((panel) => panel.heading !== undefined) ? 20 : 0;
    let x = MARGIN;
    for (const { heading: text, ...panel } of row) {
      if (text !== undefined) parts.push(drawText(text, x + 4, y + 14, { size: 12, bold: true }));
      parts.push(drawChart(plot, { ...panel, document }, x, y + heading));
      x += panel.width;
    }
    width = Math.max(width, x - MARGIN);
    y += heading + Math.max(...row.map((panel) => panel.height));
  }
  const size = [Math.ceil(width) + 2 * MARGIN, Math.ceil(y) + MARGIN];
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${size[0]}" height="${size[1]}" ` +
    `viewBox="0 0 ${size[0]} ${size[1]}" role="img" aria-label="${escapeXml(title)}" ` +
    `font-family="sans-serif" fill="#222" color="#222">\n` +
    `<rect width="${size[0]}" height="${size[1]}" fill="#fff" />\n${parts.join("\n")}\n</svg>\n`;
}

/** One chart with its upper left corner at (x, y). */
function drawChart(plot: Plot, panel: PlotOptions, x: number, y: number): string {
  const chart = plot.plot({
    ...{ marginTop: 10, marginLeft: 60, marginBottom: 44 },
    ...panel,
    x: { ...AXIS, ...panel.x },
    y: { ...AXIS, ...panel.y },
  });
  // The style sheet is Plot's for web pages; what we need of it stands on the document.
  chart.querySelector("style")?.remove();
  for (const name of ["class", "font-family"]) chart.removeAttribute(name);
  for (const [name, value] of Object.entries({ x, y, "font-size": 11 })) {
    chart.setAttribute(name, String(value));
  }
  round(chart);
  return chart.outerHTML;
}

/** Where an element is, what it covers, and the way of a line. */
const COORDINATES = "d transform x y x1 y1 x2 y2 cx cy width height".split(" ");

/** Rounds all coordinates to tenths of a pixel, for small files. */
function round(chart: ReturnType<Plot["plot"]>): void {
  for (const element of chart.querySelectorAll("*")) {
    for (const name of COORDINATES) {
      const value: string | null = element.getAttribute(name);
      if (!value?.includes(".") || value.endsWith("em")) continue;
      element.setAttribute(name, value.replace(/\d+\.\d+/g, (n) => `${Math.round(+n * 10) / 10}`));
    }
  }
}

/** The keys in lines below y, as many in a line as the width holds. */
function drawLegend(keys: Key[], y: number, width: number): { svg: string; height: number } {
  const parts: string[] = [];
  let x = MARGIN, line = 0;
  for (const { name, colour } of keys) {
    const length = 28 + CHARACTER * name.length + 16;
    if (x > MARGIN && x + length > MARGIN + width) [x, line] = [MARGIN, line + 1];
    const middle = y + 18 * line + 8;
    const ends = `x1="${x}" y1="${middle}" x2="${x + 24}" y2="${middle}"`;
    parts.push(
      `<line ${ends} stroke="${escapeXml(colour)}" stroke-width="2" />`,
      drawText(name, x + 30, middle + 4),
    );
    x += length;
  }
  return { svg: parts.join(""), height: 18 * (line + 1) };
}
