/**
 * What the sections of the report are made of: tables, figures, folded notes.
 *
 * @module
 */
import type { Result } from "../runs/results.ts";
import { type Content, type Markup, markup } from "./markup.ts";
import { dataUri } from "./svg.ts";

/** A section of the page. */
export interface Section {
  /** Its anchor. */
  id: string;
  /** Its heading. */
  title: string;
  /** What follows the heading, its own headings as h3; without it the page leaves the section out. */
  body: Content;
}

/** A column of a table: its title, and whether its cells are numbers (then they stand right). */
export type Column = readonly [title: string, kind: "text" | "number"];

/** Some columns of text, and some of numbers behind them. */
export const columns = (texts: string[], numbers: string[] = []): Column[] => [
  ...texts.map((title): Column => [title, "text"]),
  ...numbers.map((title): Column => [title, "number"]),
];

/**
 * A table whose first column names the rows. On a narrow screen each row becomes a list of its
 * cells, titled by their columns.
 *
 * @param options.caption What the table shows, where the text above it does not say so.
 * @param options.foot Rows below a line, such as means.
 */
export function table(
  titles: readonly Column[],
  rows: readonly Content[][],
  { caption, foot = [] }: { caption?: string; foot?: readonly Content[][] } = {},
): Markup {
  return markup`<table>
${caption && markup`<caption>${caption}</caption>\n`}<thead><tr>${
    titles.map(([title, kind]) => markup`<th scope="col" class="${kind}">${title}</th>`)
  }</tr></thead>
<tbody>
${rows.map((row) => tableRow(titles, row))}</tbody>
${
    foot.length > 0 && markup`<tfoot>
${foot.map((row) => tableRow(titles, row))}</tfoot>
`
  }</table>
`;
}

function tableRow(columns: readonly Column[], [name, ...cells]: Content[]): Markup {
  const [[title, kind], ...others] = columns;
  return markup`<tr><th scope="row" class="${kind}" data-column="${title}">${name}</th>${
    others.map(([title, kind], i) =>
      markup`<td class="${kind}" data-column="${title}">${cells[i]}</td>`
    )
  }</tr>
`;
}

/**
 * A picture from a result folder as a figure; undefined where the folder does not hold it.
 *
 * @param text.alt For those who cannot see it: what the picture shows.
 * @param text.caption What is seen, the axes, how to read it.
 */
export function figure(
  result: Result,
  name: string,
  text: { alt: string; caption: Content },
): Markup | undefined {
  const picture = result.pictures.get(name);
  return picture && markup`<figure>
<img src="${dataUri(picture)}" alt="${text.alt}">
<figcaption>${text.caption}</figcaption>
</figure>
`;
}

/** A list; nothing where it has no items. */
export function list(items: readonly Content[]): Content {
  if (items.length === 0) return undefined;
  return markup`<ul>\n${items.map((item) => markup`<li>${item}</li>\n`)}</ul>\n`;
}

/** What the reader should know, a line each. */
export function warningLines(warnings: readonly string[]): Content {
  return warnings.map((text) => markup`<p class="warning">Warning: ${text}.</p>\n`);
}

/** A note that opens on a click. */
export function folded(summary: string, body: Content): Markup {
  return markup`<details><summary>${summary}</summary>
${body}</details>
`;
}

/** A heading below the section's, left out where there is only one thing to name. */
export function heading(needed: boolean, title: Content): Content {
  return needed && markup`<h3>${title}</h3>\n`;
}
