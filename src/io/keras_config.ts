/**
 * What Keras' JSON says of a model: the classes, names and order of its layers.
 *
 * @module
 */

/** A layer, or a model, which is a layer with layers inside. */
export interface LayerConfig {
  /** Its class as Keras writes it: `Conv2D`, `Sequential`, … */
  className: string;
  /** Its own name; "" where none is given. */
  name: string;
  /** Of a model: its layers, in order. */
  layers: LayerConfig[];
  /** Other layers inside, by attribute: `layer` of TimeDistributed, `cell` of a recurrent one. */
  parts: Map<string, LayerConfig>;
}

/**
 * Reads what `config.json` or the attribute `model_config` holds.
 *
 * @returns Undefined for what is no layer, or no JSON: Python writes NaN and Infinity too.
 */
export function readConfig(text: string): LayerConfig | undefined {
  try {
    return parseConfig(JSON.parse(text));
  } catch {
    return undefined;
  }
}

function parseConfig(value: unknown): LayerConfig | undefined {
  const { class_name: className, config, name } = Object(value);
  if (typeof className !== "string") return undefined;
  // A Sequential's config was the list of its layers until Keras 2.2.
  const { layers, ...rest } = Array.isArray(config) ? { layers: config } : Object(config);
  const parts = Object.entries(rest).flatMap(([key, part]): [string, LayerConfig][] => {
    const parsed = parseConfig(part);
    return parsed ? [[key, parsed]] : [];
  });
  return {
    className,
    name: String(rest.name ?? name ?? ""),
    layers: Array.isArray(layers) ? layers.flatMap((layer) => parseConfig(layer) ?? []) : [],
    parts: new Map(parts),
  };
}

/** A layer and all below it, in order. */
export function flatten(layer: LayerConfig): LayerConfig[] {
  return [layer, ...[...layer.parts.values(), ...layer.layers].flatMap(flatten)];
}

/** The class that computes: that of the layer which a wrapper such as TimeDistributed repeats. */
export function computingClass({ className, parts }: LayerConfig): string {
  const wrapped = parts.get("layer");
  return wrapped ? computingClass(wrapped) : className;
}

/** Keras' form of a class name in paths and in names of its own: `Conv2DTranspose` → `conv2d_transpose`. */
export function snakeCase(className: string): string {
  return className.replace(/\W/g, "").replace(/(.)([A-Z][a-z]+)/g, "$1_$2")
    .replace(/([a-z])([A-Z])/g, "$1_$2").toLowerCase();
}
