/**
 * The report's first sections: what came out, what was done, and how to repeat it.
 *
 * @module
 */
import type { RunConfig } from "../runs/result_schemas.ts";
import type { Result, UnfinishedResult } from "../runs/results.ts";
import type { Comparison } from "./comparison.ts";
import { counted, decimals, duration, modeName, moment, nats, percent } from "./format.ts";
import { signed, significant } from "./format.ts";
import { type Content, type Markup, markup } from "./markup.ts";
import { columns, folded, list, type Section, table } from "./page_parts.ts";
import type { Interval } from "./statistics.ts";

/** The tasks in the order in which they need each other, and their names in the report. */
const TASKS = { phase1: "phase 1", fit: "fit", grid: "grid search", phase2: "phase 2" } as const;

/** What came out, in sentences. */
export function shortSection(
  results: readonly Result[],
  comparisons: readonly Comparison[],
): Section {
  const sentences = [
    ...results.map((result) => result.kind === "fit" ? priorSentence(result) : undefined),
    ...results.map((result) => result.kind === "grid" ? gridSentence(result) : undefined),
    ...comparisons.map(comparisonSentence),
  ].filter((sentence) => sentence !== undefined);
  return { id: "short", title: "In short", body: list(sentences) };
}

function priorSentence({ dir, summary: { layers } }: Result & { kind: "fit" }): Markup {
  const gains = layers.map(({ name, logLikelihood: { correlated, independent } }) => ({
    name,
    nats: correlated - independent,
  }));
  return markup`<b>The prior</b> (${dir}): from the independent to the correlated Gaussian, the log-likelihood of filters that the fit has not seen changes by ${
    gains.map(({ name, nats }) => `${signed(nats, 1)} (${name})`).join(", ")
  } nats per filter. ${
    gains.every(({ nats }) => nats > 0)
      ? "Kernels have structure that the prior knows."
      : "Where it does not rise, the prior knows no more than noise: train more networks, or longer."
  }`;
}

function gridSentence({ dir, grid }: Result & { kind: "grid" }): Markup | undefined {
  return grid &&
    markup`<b>Grid search</b> (${dir}): the lowest validation cross-entropy is at ${
      grid.test.map(({ mode, alpha }) => `α = ${significant(alpha)} for ${modeName(mode)}`)
        .join(" and ")
    }.`;
}

function comparisonSentence({ l2, sk, confidence, difference }: Comparison): Markup {
  const where = l2.dir === sk.dir ? l2.dir : `${l2.dir}, ${sk.dir}`;
  if (!difference) {
    return markup`<b>L2 and SK-reg</b> (${where}): there are fewer than two pairs of networks, too few to compare.`;
  }
  const { accuracy, ce, pairs } = difference;
  const interval = `${decimals(100 * confidence, 0)} % confidence interval`;
  return markup`<b>SK-reg against L2</b> (${where}, ${
    counted(pairs, "pair")
  } of equal seeds): test accuracy ${percent(sk.accuracy.mean)} against ${
    percent(l2.accuracy.mean)
  }, a difference of ${points(accuracy.mean)} points (${interval} ${points(accuracy.low)} to ${
    points(accuracy.high)
  }); test cross-entropy ${nats(sk.ce.mean)} against ${nats(l2.ce.mean)}, a difference of ${
    signed(ce.mean, 3)
  } (${signed(ce.low, 3)} to ${signed(ce.high, 3)}). ${verdict(accuracy, ce)}`;
}

function points(share: number): string {
  return signed(100 * share, 1);
}

/** What the intervals allow to say. */
function verdict(accuracy: Interval, ce: Interval): string {
  const sentence = (word: string, isAccuracy: boolean, isCe: boolean) => {
    const figures = [isAccuracy && "accuracy", isCe && "cross-entropy"].filter(Boolean);
    return figures.length > 0 ? `SK-reg is ${word} by ${figures.join(" and ")}.` : "";
  };
  return [
    sentence("better", accuracy.low > 0, ce.high < 0),
    sentence("worse", accuracy.high < 0, ce.low > 0),
  ].filter(Boolean).join(" ") || "These seeds do not tell the two apart.";
}

/** Which folders the report is about, how they were made, and how long it took. */
export function doneSection(results: readonly Result[]): Section {
  return {
    id: "done",
    title: "What was done, and how to repeat it",
    body: [runsTable, commands, versions, times, options].map((part) => part(results)),
  };
}

function runsTable(results: readonly Result[]): Markup {
  return table(
    [
      ...columns(["folder", "task", "result"], ["epochs", "seed"]),
      ...columns(["adapter", "started"], ["took"]),
    ],
    results.map((result) => {
      const { dir, config } = result;
      const training = result.kind === "fit" || result.kind === "unfinished"
        ? undefined
        : result.summary;
      return [
        dir,
        TASKS[result.kind === "unfinished" ? result.config.task : result.kind],
        state(result),
        training?.epochs ?? "–",
        config?.seed ?? (training?.settings.seed as number | undefined) ?? "–",
        training?.adapter ?? config?.adapter ?? "–",
        config?.started ? moment(config.started) : "–",
        training ? duration(training.seconds) : "–",
      ];
    }),
  );
}

/** What a folder holds, in a few words. */
function state(result: Result): string {
  if (result.kind === "unfinished") return "unfinished";
  if (result.kind === "fit") return counted(result.summary.layers.length, "layer");
  const done = result.summary.trials.length;
  const { trials, seeds } = result.config?.options ?? {};
  const wanted = Number(trials ?? seeds);
  return result.kind !== "grid" && wanted > done
    ? `${done} of ${counted(wanted, "trial")} so far`
    : counted(done, "trial");
}

/** The command lines in the order in which they must be given. */
function commands(results: readonly Result[]): Content {
  const order = Object.keys(TASKS);
  const runs = results
    .flatMap(({ dir, config }) =>
      config
        ? [...config.earlier, config].map((run): RunConfig & { dir: string } => ({ ...run, dir }))
        : []
    )
    .sort((a, b) =>
      order.indexOf(a.task) - order.indexOf(b.task) ||
      (a.started ?? "").localeCompare(b.started ?? "")
    );
  const lines = Map.groupBy(runs, ({ command }) => command ?? "");
  const fromCode = lines.get("") ?? [];
  lines.delete("");
  const unknown = results.filter(({ config }) => !config);
  const folders = (of: { dir: string }[]) => [...new Set(of.map(({ dir }) => dir))].join(", ");
  return [
    markup`<h3>Commands</h3>\n`,
    lines.size > 0 &&
    markup`<p>Equal seeds on the same machine give the same numbers. In this order:</p>
<ol class="commands">
${
      [...lines].map(([command, runs]) =>
        markup`<li><pre><code>${command}</code></pre> writes ${folders(runs)}</li>\n`
      )
    }</ol>
`,
    fromCode.length > 0 &&
    markup`<p>Started from code, not by a command: ${
      folders(fromCode)
    }; the options are below.</p>\n`,
    unknown.length > 0 &&
    markup`<p>Without a config.json nothing is known of how these were made: ${
      folders(unknown)
    }.</p>\n`,
  ];
}

function versions(results: readonly Result[]): Content {
  const known = results.filter(({ config }) => config && Object.keys(config.versions).length > 0);
  const groups = Map.groupBy(
    known,
    ({ config }) => Object.entries(config!.versions).map((pair) => pair.join(" ")).join(", "),
  );
  return [...groups].map(([text, members]) =>
    markup`<p>Made with ${text}${
      groups.size > 1 ? `: ${members.map(({ dir }) => dir).join(", ")}` : ""
    }.</p>\n`
  );
}

/** Where the time went: a row a folder, a column for each part that any of them has. */
function times(results: readonly Result[]): Content {
  const timed = results.flatMap((result) =>
    result.kind !== "fit" && result.kind !== "unfinished" && result.summary.time
      ? [{ dir: result.dir, time: result.summary.time }]
      : []
  );
  const parts = [...new Set(timed.flatMap(({ time }) => Object.keys(time)))]
    .filter((part) => timed.some(({ time }) => time[part] >= 0.005));
  if (parts.length === 0) return undefined;
  return [
    markup`<h3>Where the time went</h3>\n`,
    table(
      columns(["folder"], parts),
      timed.map(({ dir, time }) => [
        dir,
        ...parts.map((part) => time[part] >= 0.005 ? duration(time[part]) : "–"),
      ]),
    ),
  ];
}

/** All options of every folder, folded. */
function options(results: readonly Result[]): Content {
  return results.flatMap(({ dir, config }) => {
    const entries = Object.entries(config?.options ?? {});
    return entries.length === 0 ? [] : [folded(
      `All options of ${dir}`,
      table(
        columns(["option", "value"]),
        entries.map(([name, value]) => [
          name,
          typeof value === "string" ? value : JSON.stringify(value),
        ]),
      ),
    )];
  });
}

/** How far the runs are that have no summary yet. */
export function unfinishedSection(results: readonly Result[]): Section {
  const unfinished = results.filter((result) => result.kind === "unfinished");
  return { id: "unfinished", title: "Unfinished runs", body: unfinished.map(progress) };
}

function progress({ dir, config, metrics }: UnfinishedResult): Content {
  const intro = markup`<h3>${dir}</h3>
<p>This ${TASKS[config.task]} is still running or was interrupted: there is no summary.json yet. ${
    metrics.length === 0 ? "metrics.csv holds no finished epoch." : "What metrics.csv says:"
  }</p>
`;
  if (metrics.length === 0) return intro;
  const trials = Map.groupBy(
    metrics,
    ({ mode, alpha, trial }) => `${mode ? `${modeName(mode)}, α = ${alpha}, ` : ""}trial ${trial}`,
  );
  const epochs = Number(config.options.epochs);
  return [
    intro,
    table(
      columns(["trial"], ["epochs", "best validation cross-entropy", "at epoch", "accuracy there"]),
      [...trials].map(([name, rows]) => {
        const best = rows.reduce((best, row) =>
          row.valid_ce < best.valid_ce || Number.isNaN(best.valid_ce) ? row : best
        );
        const last = Math.max(...rows.map(({ epoch }) => epoch));
        return [
          name,
          epochs > 0 ? `${last} of ${epochs}` : last,
          nats(best.valid_ce),
          best.epoch,
          percent(best.valid_accuracy),
        ];
      }),
    ),
  ];
}
