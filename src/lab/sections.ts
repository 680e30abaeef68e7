/**
 * Where each step's results lie, and what the report says of them, as pieces of the page.
 *
 * @module
 */
import { describeNetworks, readThumbnails } from "../experiments/report.ts";
import { compareModes } from "../report/comparison.ts";
import { markup } from "../report/markup.ts";
import {
  confusionSection,
  disputedSection,
  phase2Section,
  shownImages,
  testSection,
} from "../report/page_comparison.ts";
import type { Section as ReportSection } from "../report/page_parts.ts";
import { phase1Section } from "../report/page_phase1.ts";
import { priorSection } from "../report/page_prior.ts";
import { DEFAULT_FOLDERS } from "../runs/default_folders.ts";
import { readResult } from "../runs/results.ts";
import type { Section, Step } from "./protocol.ts";

const { silhouettes: images, kernels: phase1, prior, l2, sk } = DEFAULT_FOLDERS;

/** Where each step's results lie: where the tasks look for them. */
export const FOLDERS: Record<Step, string> = { images, phase1, prior, l2, sk };

/** What the report says of a step. */
export async function section(step: Step): Promise<Section> {
  const result = await readResult(FOLDERS[step]);
  if (step === "prior") return inHtml([priorSection([result])]);
  const networks = describeNetworks([result]);
  return inHtml([
    step === "phase1" ? phase1Section([result], networks) : phase2Section([result], networks),
  ]);
}

/** L2 against SK-reg. */
export async function compare(): Promise<Section> {
  const results = await Promise.all([FOLDERS.l2, FOLDERS.sk].map(readResult));
  const comparisons = compareModes(results);
  const thumbnails = await readThumbnails(shownImages(comparisons));
  return inHtml([
    testSection(results, comparisons),
    disputedSection(comparisons, thumbnails),
    confusionSection(results),
  ]);
}

/** The first title, and all bodies under theirs. */
function inHtml(sections: ReportSection[]): Section {
  const [first, ...others] = sections.map(({ title, body }) => ({
    title,
    html: markup`${body}`.text,
  })).filter(({ html }) => html !== "");
  const rest = others.map(({ title, html }) => `${markup`<h3>${title}</h3>`.text}\n${html}`);
  return { title: first?.title ?? "", html: [first?.html ?? "", ...rest].join("\n") };
}
