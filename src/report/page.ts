/**
 * The report: one HTML page that tells a whole experiment. It needs no network and no script.
 *
 * @module
 */
import type { PictureFile, Result } from "../runs/results.ts";
import type { Comparison } from "./comparison.ts";
import { moment } from "./format.ts";
import { Markup, markup } from "./markup.ts";
import {
  confusionSection,
  disputedSection,
  phase2Section,
  testSection,
} from "./page_comparison.ts";
import { gridSection } from "./page_grid.ts";
import { doneSection, shortSection, unfinishedSection } from "./page_overview.ts";
import { type Networks, phase1Section } from "./page_phase1.ts";
import { priorSection } from "./page_prior.ts";
import { missingSection, wordsSection } from "./page_words.ts";
import style from "./page.css" with { type: "text" };

/** What the page tells. */
export interface PageData {
  /** Every result folder, in the order of the page. */
  results: readonly Result[];
  /** What of the results can be compared, from `compareModes`. */
  comparisons: readonly Comparison[];
  /** The layers of the networks, by result folder; others' are not shown. */
  networks: Networks;
  /** Small pictures of test images, by path. */
  thumbnails: ReadonlyMap<string, PictureFile>;
  /** When the page is made. */
  date: Date;
}

/**
 * Composes the page.
 *
 * @returns HTML that opens from disk: pictures are inside, and nothing else is ever loaded.
 */
export function composePage(
  { results, comparisons, networks, thumbnails, date }: PageData,
): string {
  const sections = [
    shortSection(results, comparisons),
    doneSection(results),
    unfinishedSection(results),
    phase1Section(results, networks),
    priorSection(results),
    gridSection(results, networks),
    phase2Section(results, networks),
    testSection(results, comparisons),
    confusionSection(results),
    disputedSection(comparisons, thumbnails),
    wordsSection(),
    missingSection(results),
  ].map((section) => ({ ...section, body: markup`${section.body}` }))
    .filter(({ body }) => body.text !== "");
  return markup`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<title>Smooth-kernel regularization: report of an experiment</title>
<link rel="icon" href="data:,">
<style>
${new Markup(style)}</style>
</head>
<body>
<header>
<h1>Smooth-kernel regularization: report of an experiment</h1>
<p>Written on ${moment(date)} by skreg from ${results.map(({ dir }) => dir).join(", ")}.</p>
</header>
<nav aria-label="Contents"><ol>
${sections.map(({ id, title }) => markup`<li><a href="#${id}">${title}</a></li>\n`)}</ol></nav>
<main>
${
    sections.map(({ id, title, body }) =>
      markup`<section id="${id}">
<h2>${title}</h2>
${body}</section>
`
    )
  }</main>
</body>
</html>
`.text;
}
