/**
 * The shapes of the files in a result folder, as far as the report reads them. What else a file holds
 * is passed over; JSON's null stands for a number that was not finite.
 *
 * @module
 */
import * as v from "valibot";

/** A number of a result; NaN where it was not finite. */
const Figure = v.pipe(v.nullable(v.number()), v.transform((value) => value ?? NaN));
const Count = v.pipe(v.number(), v.integer(), v.minValue(0));
/** A list that is never empty. */
const some = <S extends v.GenericSchema>(item: S) => v.pipe(v.array(item), v.minLength(1));
const Mode = v.picklist(["l2", "sk"]);
const Settings = v.record(v.string(), v.unknown());
const Tested = v.object({ ce: Figure, accuracy: Figure });
const Metrics = v.object({ loss: Figure, ce: Figure, accuracy: Figure });
const Interval = v.object({ mean: Figure, standardError: Figure, low: Figure, high: Figure });
const Time = v.record(v.string(), v.number());

/** Mean over trials and its standard error, null for one trial. */
const Spread = v.object({ mean: Figure, standardError: v.nullable(v.number()) });

const ConvBlock = v.object({
  kernel: Count,
  filters: Count,
  stride: Count,
  pool: Count,
  poolStride: Count,
});

const Model = v.object({
  network: v.object({
    input: v.tuple([Count, Count, Count]),
    blocks: v.array(ConvBlock),
    dense: v.array(Count),
    dropout: v.array(v.number()),
  }),
  classes: v.array(v.string()),
});

/** How a config names the adapter: its name, beside whether it is software and more. */
const AdapterName = v.pipe(v.object({ name: v.string() }), v.transform(({ name }) => name));

const Run = v.object({
  task: v.picklist(["phase1", "fit", "phase2", "grid"]),
  command: v.nullish(v.string()),
  started: v.nullish(v.string()),
  seed: v.nullish(v.number()),
  adapter: v.nullish(v.union([v.string(), AdapterName])),
  versions: v.optional(v.record(v.string(), v.string()), {}),
  options: v.optional(Settings, {}),
});

/** config.json. */
export const ConfigSchema = v.object({ ...Run.entries, earlier: v.optional(v.array(Run), []) });

const Training = {
  adapter: v.string(),
  epochs: Count,
  batch: Count,
  seconds: v.number(),
  time: v.optional(Time),
  settings: v.optional(Settings, {}),
  model: v.optional(Model),
  warnings: v.optional(v.array(v.string()), []),
};

/** summary.json of phase 1. */
export const Phase1Schema = v.object({
  ...Training,
  trials: some(
    v.object({ trial: Count, seed: Count, bestEpoch: Count, train: Metrics, valid: Metrics }),
  ),
});

/** summary.json of phase 2. */
export const Phase2Schema = v.object({
  ...Training,
  mode: Mode,
  alpha: v.number(),
  lambda: v.number(),
  denseL2: v.number(),
  trials: some(
    v.object({ trial: Count, seed: Count, bestEpoch: Count, valid: Metrics, test: Tested }),
  ),
});

/** summary.json of `fit`. */
export const FitSchema = v.object({
  layers: some(v.object({
    name: v.string(),
    rank: Count,
    samples: Count,
    dimensions: Count,
    tikhonov: v.number(),
    logLikelihood: v.object({ independent: Figure, correlated: Figure }),
  })),
  warnings: v.array(v.string()),
});

/** summary.json of the grid search. */
export const GridSummarySchema = v.object({
  ...Training,
  trials: some(v.object({ folder: v.string(), mode: Mode, alpha: v.number(), trial: Count })),
});

/** grid.json: the search's tables. */
export const GridSchema = v.object({
  confidence: v.pipe(v.number(), v.gtValue(0), v.ltValue(1)),
  validation: v.array(v.object({
    mode: Mode,
    alpha: v.number(),
    lambda: v.number(),
    seeds: Count,
    ce: Spread,
    accuracy: Spread,
  })),
  test: v.array(v.object({
    mode: Mode,
    alpha: v.number(),
    lambda: v.number(),
    ce: Spread,
    accuracy: Spread,
    trials: v.array(v.object({ trial: Count, seed: Count, ce: Figure, accuracy: Figure })),
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
/** What the report reads of phase 1's summary.json. */
export type Phase1File = v.InferOutput<typeof Phase1Schema>;
/** What the report reads of phase 2's summary.json. */
export type Phase2File = v.InferOutput<typeof Phase2Schema>;
/** What the report reads of the fit's summary.json. */
export type FitFile = v.InferOutput<typeof FitSchema>;
/** What the report reads of the grid's summary.json. */
export type GridSummaryFile = v.InferOutput<typeof GridSummarySchema>;
/** grid.json. */
export type GridFile = v.InferOutput<typeof GridSchema>;
/** A row of predictions.csv. */
export type Prediction = v.InferOutput<typeof PredictionSchema>;
/** A row of metrics.csv. */
export type MetricsRow = v.InferOutput<typeof MetricsRowSchema>;
