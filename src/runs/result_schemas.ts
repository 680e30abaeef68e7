/**
 * How the report reads the files of a result folder. What they hold is defined where it is made; a schema
 * checks some fields of such a type. What else a file holds is passed over; JSON's null stands for a
 * number that was not finite.
 *
 * @module
 */
import * as v from "valibot";
import type * as model from "../nn/model.ts";
import type { LayerSummary } from "../prior/fit_layer.ts";
import type * as statistics from "../report/statistics.ts";
import type * as config from "./config.ts";
import { METRICS } from "./metrics_csv.ts";
import type * as summaries from "./summaries.ts";

/** What is read of a T: some of its fields, and some of theirs. */
type PartOf<T> = T extends readonly (infer I)[] ? PartOf<I>[]
  : T extends object ? { [K in keyof T]?: PartOf<T[K]> }
  : T;
/** Schemas of some fields of T, each of which may be missing in files of earlier versions. */
type FieldsOf<T> = { [K in keyof T]?: v.GenericSchema<unknown, PartOf<T[K]> | null | undefined> };

/** Reads some fields of T; another field, or one of another type, is an error of the compiler. */
const some = <T>() =>
<E extends v.ObjectEntries & FieldsOf<T>>(
  fields: E & { [K in Exclude<keyof E, keyof T>]: never },
): v.ObjectSchema<E, undefined> => v.object(fields as E);
/** A list that is never empty. */
const list = <S extends v.GenericSchema>(item: S) => v.pipe(v.array(item), v.minLength(1));

/** A number of a result; NaN where it was not finite. */
const Figure = v.pipe(v.nullable(v.number()), v.transform((value) => value ?? NaN));
const Count = v.pipe(v.number(), v.integer(), v.minValue(0));
const Chance = v.pipe(v.number(), v.gtValue(0), v.ltValue(1));
const Mode = v.picklist(["l2", "sk"]);
const Settings = v.record(v.string(), v.unknown());
const Metrics = v.object(v.entriesFromList(METRICS, Figure));
const Tested = v.omit(Metrics, ["loss"]);
const Interval = some<statistics.Interval>()(
  v.entriesFromList(["mean", "standardError", "low", "high"], Figure),
);
const Spread = some<statistics.SampleSummary>()({
  mean: Figure,
  standardError: v.nullable(v.number()),
});

const Model = some<model.Model>()({
  network: v.object({
    input: v.tuple([Count, Count, Count]),
    blocks: v.array(
      v.object(v.entriesFromList(["kernel", "filters", "stride", "pool", "poolStride"], Count)),
    ),
    dense: v.array(Count),
    dropout: v.array(v.number()),
  }),
  classes: v.array(v.string()),
});

/** How a config names the adapter: its name, beside whether it is software and more. */
const AdapterName = v.pipe(v.object({ name: v.string() }), v.transform(({ name }) => name));

const Run = v.object({
  ...some<config.RunConfig>()({
    task: v.picklist(["phase1", "fit", "phase2", "grid"]),
    command: v.nullish(v.string()),
    started: v.nullish(v.string()),
    seed: v.nullish(v.number()),
    versions: v.optional(v.record(v.string(), v.string()), {}),
    options: v.optional(Settings, {}),
    trials: v.optional(v.array(v.string()), []),
    trained: v.optional(v.array(v.string())),
  }).entries,
  adapter: v.nullish(v.union([v.string(), AdapterName])),
});

/** config.json. */
export const ConfigSchema = v.object({ ...Run.entries, earlier: v.optional(v.array(Run), []) });

const Training = some<summaries.NewClassesSummary>()({
  adapter: v.string(),
  epochs: Count,
  batch: Count,
  seconds: v.number(),
  time: v.optional(v.record(v.string(), v.number())),
  settings: v.optional(Settings, {}),
  model: v.optional(Model),
  warnings: v.optional(v.array(v.string()), []),
}).entries;
const Trial = v.entriesFromList(["trial", "seed", "bestEpoch"], Count);
const InGrid = { mode: Mode, alpha: v.number() };
const Penalty = { ...InGrid, lambda: v.number() };

/** summary.json of phase 1. */
export const Phase1Schema = some<summaries.Phase1Summary & summaries.NewClassesSummary>()({
  ...Training,
  trials: list(some<summaries.TrialSummary>()({ ...Trial, train: Metrics, valid: Metrics })),
});

/** summary.json of phase 2. */
export const Phase2Schema = some<summaries.Phase2Summary>()({
  ...Training,
  ...Penalty,
  denseL2: v.number(),
  trials: list(some<summaries.Phase2Trial>()({ ...Trial, valid: Metrics, test: Tested })),
});

/** summary.json of `fit`. */
export const FitSchema = some<summaries.FitSummary>()({
  layers: list(
    some<LayerSummary>()({
      name: v.string(),
      rank: v.picklist([2, 3]),
      samples: Count,
      dimensions: Count,
      tikhonov: v.number(),
      logLikelihood: v.object({ independent: Figure, correlated: Figure }),
    }),
  ),
  warnings: v.array(v.string()),
});

/** summary.json of the grid search. */
export const GridSummarySchema = v.object({
  ...Training,
  trials: list(
    some<summaries.GridTrial>()({ ...InGrid, folder: v.string(), trial: Count }),
  ),
});

/** grid.json: the search's tables. */
export const GridSchema = some<summaries.GridFindings>()({
  confidence: Chance,
  validation: v.array(
    v.object({ ...Penalty, seeds: Count, ce: Spread, accuracy: Spread }),
  ),
  test: v.array(v.object({
    ...Penalty,
    ce: Spread,
    accuracy: Spread,
    trials: v.array(v.object({ trial: Count, seed: Count, ...Tested.entries })),
  })),
  comparison: v.nullable(v.object({ pairs: Count, ce: Interval, accuracy: Interval })),
});

/** A row of predictions.csv. */
export const PredictionSchema = v.object({
  folder: v.string(),
  image: v.string(),
  label: v.string(),
  predicted: v.string(),
});

/** A number in a CSV: an empty field or a word such as NaN is no number. */
const Cell = v.pipe(v.string(), v.transform((text) => text.trim() === "" ? NaN : Number(text)));

/** A row of metrics.csv; the grid's have a mode and an α too. */
export const MetricsRowSchema = v.object({
  mode: v.optional(v.string()),
  alpha: v.optional(v.string()),
  trial: v.pipe(Cell, Count),
  epoch: v.pipe(Cell, Count),
  valid_ce: Cell,
  valid_accuracy: Cell,
});

/** What a command was given, and what it was run with. */
export type RunConfig = v.InferOutput<typeof Run>;
/** config.json of a result folder. */
export type ConfigFile = v.InferOutput<typeof ConfigSchema>;
/** A row of predictions.csv. */
export type Prediction = v.InferOutput<typeof PredictionSchema>;
