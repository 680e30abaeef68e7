/**
 * The report's section on phase 1: the data, the network, its curves.
 *
 * @module
 */
import type { NetworkEvent } from "../experiments/events.ts";
import type { Phase1Result, Result } from "../runs/results.ts";
import type { TestFigures } from "../runs/summaries.ts";
import { summarizeFigures } from "./comparison.ts";
import { counted, nats, natsSpread, percent, percentSpread } from "./format.ts";
import { type Content, type Markup, markup } from "./markup.ts";
import { columns, figure, heading, type Section, table, warningLines } from "./page_parts.ts";

/** The layers of the networks, by result folder. */
export type Networks = ReadonlyMap<string, NetworkEvent["layers"]>;

/** How every phase 1 among the results went. */
export function phase1Section(results: readonly Result[], networks: Networks): Section {
  const runs = results.filter((result) => result.kind === "phase1");
  return {
    id: "phase1",
    title: "Phase 1: networks whose kernels teach the prior",
    body: runs.map((run) => [
      heading(runs.length > 1, run.dir),
      dataText(run),
      warningLines(run.doubts),
      networkTable(networks.get(run.dir)),
      curvesFigure(run),
      trialsTable(run),
      augmentedFigure(run),
    ]),
  };
}

/** What training images look like to the networks. */
function augmentedFigure(run: Phase1Result): Content {
  const { rotate = 30, shift = 19, flip = true } = run.summary.settings;
  return figure(run, "augmented", {
    alt: `A sheet of augmented training images of ${run.dir}.`,
    caption: "What the networks saw: training images as they were augmented, anew in every epoch " +
      `(rotated by up to ${rotate}°, shifted by up to ${counted(Number(shift), "pixel")}${
        flip ? ", mirrored" : ""
      }).`,
  });
}

/** Of which classes and from where the images were. */
export function dataText({ config, summary }: Result & { kind: "phase1" | "phase2" }): Markup {
  const { model, settings, epochs, batch } = summary;
  const classes = model?.classes ?? (settings.classes as string[] | undefined);
  const folder = config?.options.dataDir;
  return markup`<p>${counted(summary.trials.length, "network")} trained for ${
    counted(epochs, "epoch")
  } in steps of ${counted(batch, "image")}${folder ? ` on the images in ${folder}` : ""}${
    classes ? `: ${classes.length} classes (${classes.join(", ")})` : ""
  }.</p>
`;
}

/** A row a layer; nothing where the layers are not known. */
export function networkTable(layers: NetworkEvent["layers"] | undefined): Content {
  if (!layers) return undefined;
  const sum = layers.reduce((sum, { parameters }) => sum + parameters, 0);
  return table(
    columns(["layer", "what it computes"], ["output", "parameters"]),
    layers.map(({ name, what, output, parameters }) => [
      name,
      what,
      output.join(" × "),
      parameters,
    ]),
    { foot: [["all", "", "", sum]] },
  );
}

/** The training curves of a run. */
export function curvesFigure(run: Result & { kind: "phase1" | "phase2" }): Content {
  const several = run.summary.trials.length > 1;
  return figure(run, "curves", {
    alt: `Training curves of ${run.dir}: cross-entropy and accuracy over the epochs.`,
    caption:
      `Cross-entropy without the penalty (left, in nats; lower is better) and accuracy (right, ` +
      `the part of the images that is classified right) over the epochs${
        several ? "; thin lines are single trials, thick ones their mean" : ""
      }. Training figures are taken with augmentation and dropout, so they may be the worse ones. ` +
      `A validation cross-entropy that rises again is overfitting; the weights of the best epoch are kept.`,
  });
}

/** A row a trial, with its figures on some parts of the data, by their titles. */
export function trialTable<P extends string>(
  trials: readonly (Record<"trial" | "seed" | "bestEpoch", number> & Record<P, TestFigures>)[],
  parts: readonly (readonly [part: P, title: string])[],
  foot?: Content[][],
): Markup {
  const titles = parts.flatMap(([, title]) => [`${title} cross-entropy`, `${title} accuracy`]);
  return table(
    columns(["trial"], ["seed", "best epoch", ...titles]),
    trials.map((it) => {
      const figures = parts.flatMap(([part]) => [nats(it[part].ce), percent(it[part].accuracy)]);
      return [it.trial, it.seed, it.bestEpoch, ...figures];
    }),
    { foot },
  );
}

function trialsTable({ summary: { trials } }: Phase1Result): Markup {
  const parts = [["train", "training"], ["valid", "validation"]] as const;
  const means = parts.flatMap(([part]) => {
    const { ce, accuracy } = summarizeFigures(trials.map((trial) => trial[part]));
    return [natsSpread(ce), percentSpread(accuracy)];
  });
  const foot = trials.length > 1 ? [["mean ± standard error", "", "", ...means]] : [];
  return trialTable(trials, parts, foot);
}
