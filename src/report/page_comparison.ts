/**
 * The report's sections on phase 2: its curves, L2 against SK-reg on the test images, who is taken
 * for whom, and the images that only one of the two gets right.
 *
 * @module
 */
import type { PictureFile, Result } from "../runs/results.ts";
import { type Comparison, type Tested, testedModes } from "./comparison.ts";
import { counted, decimals, modeName, nats, natsSpread, percent, percentSpread } from "./format.ts";
import { signed, significant } from "./format.ts";
import { type Content, type Markup, markup } from "./markup.ts";
import { curvesFigure, dataText, type Networks, networkTable, trialTable } from "./page_phase1.ts";
import { columns, figure, heading, type Section, table, warningLines } from "./page_parts.ts";
import type { Interval } from "./statistics.ts";
import { dataUri } from "./svg.ts";
import { classAccuracies, type DisputedImage, findDisputed, type Votes } from "./votes.ts";

/** The most images shown on each side of a comparison. */
const MOST_IMAGES = 24;

/** How every phase 2 among the results went. */
export function phase2Section(results: readonly Result[], networks: Networks): Section {
  const runs = results.filter((result) => result.kind === "phase2");
  return {
    id: "phase2",
    title: "Phase 2: new classes from few images",
    body: [
      networkTable(runs.map(({ dir }) => networks.get(dir)).find((layers) => layers)),
      runs.map((run) => [
        markup`<h3>${run.dir}: ${named(run.summary)}</h3>\n`,
        dataText(run),
        warningLines([...run.doubts, ...run.summary.warnings]),
        curvesFigure(run),
        trialTable(run.summary.trials, [["valid", "validation"], ["test", "test"]]),
      ]),
    ],
  };
}

/** L2 against SK-reg on the test images. */
export function testSection(
  results: readonly Result[],
  comparisons: readonly Comparison[],
): Section {
  const compared = new Set(comparisons.flatMap(({ l2, sk }) => [key(l2), key(sk)]));
  const alone = results.flatMap(testedModes).filter((tested) => !compared.has(key(tested)));
  return {
    id: "test",
    title: "L2 against SK-reg on the test images",
    body: [
      comparisons.map((comparison) => [
        heading(comparisons.length > 1, where(comparison)),
        testTable([comparison.l2, comparison.sk], comparison),
        pairsTable(comparison),
        classTable(comparison),
      ]),
      alone.length > 0 && [
        heading(comparisons.length > 0, "Without a partner"),
        markup`<p>A paired comparison needs both penalties with the same seeds, data, epochs and batch.</p>\n`,
        testTable(alone),
      ],
    ],
  };
}

function testTable(
  tested: readonly Tested[],
  { confidence, difference }: Partial<Comparison> = {},
): Content {
  const level = decimals(100 * (confidence ?? 0), 0);
  const interval = (of: Interval, factor: number, digits: number) => {
    const [mean, low, high] = [of.mean, of.low, of.high].map((it) => signed(factor * it, digits));
    return `${mean} (${low} to ${high})`;
  };
  return [
    table(
      columns(["penalty and folder"], [
        "α",
        "λ = 0.05·α",
        "trials",
        "test accuracy",
        "test cross-entropy",
      ]),
      tested.map((one) => [
        `${modeName(one.mode)}, ${one.dir}`,
        significant(one.alpha),
        significant(one.lambda),
        one.trials.length,
        percentSpread(one.accuracy),
        natsSpread(one.ce),
      ]),
      {
        foot: difference
          ? [[
            "SK-reg − L2",
            "",
            "",
            difference.pairs,
            `${interval(difference.accuracy, 100, 1)} points`,
            interval(difference.ce, 1, 3),
          ]]
          : [],
      },
    ),
    markup`<p class="note">Mean ± standard error over the trials.${
      difference
        ? ` The last row: the mean difference over pairs of equal seeds, and in brackets its ${level} % ` +
          `confidence interval by Student's t. An interval that holds 0 does not tell the two apart.`
        : ""
    }</p>\n`,
  ];
}

/** Seed by seed. */
function pairsTable({ l2, sk }: Comparison): Content {
  const pairs = l2.trials.flatMap((one) => {
    const other = sk.trials.find(({ seed }) => seed === one.seed);
    return other ? [[one, other] as const] : [];
  });
  if (pairs.length < 2) return undefined;
  return table(
    columns([], [
      "seed",
      ...["accuracy", "cross-entropy"].flatMap((
        it,
      ) => [`${it}, L2`, `${it}, SK-reg`, "difference"]),
    ]),
    pairs.map(([l2, sk]) => [
      l2.seed,
      percent(l2.accuracy),
      percent(sk.accuracy),
      signed(100 * (sk.accuracy - l2.accuracy), 1),
      nats(l2.ce),
      nats(sk.ce),
      signed(sk.ce - l2.ce, 3),
    ]),
    { caption: "Seed by seed" },
  );
}

/** Class by class, over all trials and augmented copies. */
function classTable({ l2, sk }: Comparison): Content {
  const [ofL2, ofSk] = [l2, sk].map(({ predictions }) => classAccuracies(predictions));
  if (ofL2.size === 0 || ofSk.size === 0) return undefined;
  return table(
    columns(["class"], ["accuracy, L2", "accuracy, SK-reg", "difference"]),
    [...ofL2].map(([name, accuracy]) => {
      const other = ofSk.get(name) ?? NaN;
      return [name, percent(accuracy), percent(other), signed(100 * (other - accuracy), 1)];
    }),
    { caption: "Class by class, over all trials and augmented copies" },
  );
}

/** The confusion matrices of all tested networks. */
export function confusionSection(results: readonly Result[]): Section {
  const figures = results.flatMap((result) =>
    ["confusion", "confusion_l2", "confusion_sk"].flatMap((name) => {
      const mode = result.kind === "phase2" ? result.summary.mode : name.replace("confusion_", "");
      return figure(result, name, {
        alt: `Confusion matrix of ${modeName(mode)} (${result.dir}): true classes in rows, ` +
          `predicted classes in columns.`,
        caption: markup`<b>${
          modeName(mode)
        }</b> (${result.dir}). A row is a true class, a column what was said, a cell the part of the row in percent, over all trials and augmented copies. The diagonal is what is right; a dark cell beside it is a mistake that is made often.`,
      }) ?? [];
    })
  );
  return { id: "confusion", title: "Which classes are taken for which", body: figures };
}

/** The images a page shows for these comparisons, by path, so that they can be read beforehand. */
export function shownImages(comparisons: readonly Comparison[]): string[] {
  const shown = comparisons.flatMap((comparison) => {
    const { onlyFirst, onlySecond } = disputed(comparison);
    return [onlyFirst, onlySecond].flatMap((images) => images.slice(0, MOST_IMAGES));
  });
  return [...new Set(shown.map(({ first }) => first.image))];
}

/**
 * The test images that only one of the two penalties gets right, where predictions were kept.
 *
 * @param thumbnails Small pictures by the image's path; of others the name is shown.
 */
export function disputedSection(
  comparisons: readonly Comparison[],
  thumbnails: ReadonlyMap<string, PictureFile>,
): Section {
  const voted = comparisons.filter(({ l2, sk }) =>
    l2.predictions.length > 0 && sk.predictions.length > 0
  );
  return {
    id: "disputed",
    title: "Test images that only one of the two gets right",
    body: voted.length > 0 && [
      markup`<p>Every seed and every augmented copy of an image has a vote. A penalty gets an image right where the true class has the most votes, and no other class as many.</p>\n`,
      voted.map((comparison) => {
        const { onlyFirst, onlySecond } = disputed(comparison);
        const place = voted.length > 1 ? ` (${where(comparison)})` : "";
        return [
          gallery(`Only L2 is right${place}`, onlyFirst, thumbnails),
          gallery(`Only SK-reg is right${place}`, onlySecond, thumbnails),
        ];
      }),
    ],
  };
}

function gallery(
  title: string,
  images: readonly DisputedImage[],
  thumbnails: ReadonlyMap<string, PictureFile>,
): Content {
  const more = images.length - MOST_IMAGES;
  return [
    markup`<h3>${title}: ${
      images.length === 0 ? "on no image" : counted(images.length, "image")
    }</h3>\n`,
    images.length > 0 &&
    markup`<ul class="gallery">\n${
      images.slice(0, MOST_IMAGES).map((image) => card(image, thumbnails.get(image.first.image)))
    }</ul>\n`,
    more > 0 && markup`<p>And ${more} more.</p>\n`,
  ];
}

function card({ first, second }: DisputedImage, thumbnail: PictureFile | undefined): Markup {
  const { image, label } = first;
  const name = image.split(/[\\/]/).at(-1)!;
  return markup`<li>${
    thumbnail
      ? markup`<img src="${dataUri(thumbnail)}" alt="Test image of class ${label}">`
      : markup`<span class="gone">the image is gone</span>`
  }
<span class="name">${name}</span>
<b>${label}</b>
<span>L2: ${said(first)}</span>
<span>SK-reg: ${said(second)}</span></li>
`;
}

function said({ winners, share, right }: Votes): string {
  const sign = right ? "✓" : "✗";
  return `${winners.join(" or ")} ${decimals(100 * share, 0)}\u00a0%\u00a0${sign}`;
}

function disputed({ l2, sk }: Comparison) {
  return findDisputed(l2.predictions, sk.predictions);
}

function where({ l2, sk }: Comparison): string {
  return l2.dir === sk.dir ? l2.dir : `${l2.dir} and ${sk.dir}`;
}

function named({ mode, alpha }: { mode: string; alpha: number }): string {
  return `${modeName(mode)}, α = ${significant(alpha)}`;
}

function key({ dir, mode }: Tested): string {
  return JSON.stringify([dir, mode]);
}
