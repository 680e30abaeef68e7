/**
 * Makes weights files for the tests, in the layouts of every Keras.
 *
 * @module
 */
import { type Group, makeHdf5 } from "../../src/io/hdf5.ts";
import type { NdArray } from "../../src/io/npy.ts";
import { buildZip } from "../../tasks/torture/build_zip.ts";

/** An array of these lengths; all of its numbers are `mark`, so that it is known again. */
export function array(mark: number, ...shape: number[]): NdArray {
  const size = shape.reduce((product, length) => product * length, 1);
  return { shape, data: new Float32Array(size).fill(mark) };
}

/** Weights by their names in the file. */
type Named = Record<string, NdArray>;

/** A file of the older layout; `chunks` divides the lists of names, as Keras does where they are long. */
export function buildListed(
  layers: Record<string, Named>,
  { attributes = {}, config, chunks = 1, others = {}, text }: {
    /** Of the group that lists the layers. */
    attributes?: Record<string, string>;
    /** A whole model's: the weights then lie in model_weights. */
    config?: unknown;
    chunks?: number;
    /** By path in the file: what no list names. */
    others?: Named;
    /** How names are stored: ASCII or UTF-8 of any length. Default: ASCII of fixed length. */
    text?: "A" | "S";
  } = {},
): Promise<Uint8Array> {
  return makeHdf5((file) => {
    if (config !== undefined) file.create_attribute("model_config", JSON.stringify(config));
    const root = config === undefined ? file : file.create_group("model_weights");
    for (const [name, text] of Object.entries(attributes)) root.create_attribute(name, text);
    const names = Object.keys(layers).filter((name) => name !== "top_level_model_weights");
    writeNames(root, "layer_names", names, { chunks, text });
    for (const [layer, weights] of Object.entries(layers)) {
      const group = groupAt(root, layer.split("/"));
      writeNames(group, "weight_names", Object.keys(weights), { chunks, text });
      for (const [name, weight] of Object.entries(weights)) write(group, name, weight);
    }
    for (const [path, other] of Object.entries(others)) write(file, path, other);
  });
}

/** A file of the numbered layout before Keras 1. */
export function buildNumbered(layers: NdArray[][]): Promise<Uint8Array> {
  return makeHdf5((file) => {
    file.create_attribute("nb_layers", layers.length);
    for (const [i, weights] of layers.entries()) {
      const group = file.create_group(`layer_${i}`);
      group.create_attribute("nb_params", weights.length);
      for (const [p, weight] of weights.entries()) write(group, `param_${p}`, weight);
    }
  });
}

/** A file of Keras 3's tree: by path, the layer's own name where it is kept, and its weights. */
export function buildTree(
  layers: Record<string, [name: string | null, ...weights: NdArray[]]>,
  others: Named = {},
): Promise<Uint8Array> {
  return makeHdf5((file) => {
    for (const [path, [name, ...weights]] of Object.entries(layers)) {
      const vars = groupAt(file, [...path.split("/"), "vars"]);
      if (name !== null) vars.create_attribute("name", name);
      for (const [i, weight] of weights.entries()) write(vars, `${i}`, weight);
    }
    for (const [path, other] of Object.entries(others)) write(file, path, other);
  });
}

/** A `.keras` around such a tree. */
export function buildArchive(weights: Uint8Array, config: unknown): Uint8Array {
  const json = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
  return buildZip([
    { name: "metadata.json", content: json({ keras_version: "3.11.3" }), method: 0 },
    { name: "config.json", content: json(config), method: 0 },
    { name: "model.weights.h5", content: weights, method: 0 },
  ]);
}

/** A layer of a config as every Keras writes it. */
export const layer = (class_name: string, name: string, more: object = {}) => ({
  class_name,
  config: { name, ...more },
});

function write(group: Group, path: string, { shape, data }: NdArray): void {
  const parts = path.split("/");
  groupAt(group, parts.slice(0, -1)).create_dataset({ name: parts.at(-1)!, data, shape });
}

function groupAt(group: Group, path: string[]): Group {
  return path.reduce(
    (group, name) => (group.get(name) as Group | null) ?? group.create_group(name),
    group,
  );
}

function writeNames(
  group: Group,
  attribute: string,
  names: string[],
  { chunks, text }: { chunks: number; text?: string },
): void {
  // As Keras does it: the bytes are UTF-8, whatever they are marked as.
  const length = Math.max(1, ...names.map((name) => new TextEncoder().encode(name).length)) + 1;
  const size = Math.ceil(names.length / chunks);
  for (let i = 0; i < chunks; i++) {
    const name = chunks === 1 ? attribute : `${attribute}${i}`;
    const part = names.slice(i * size, (i + 1) * size);
    group.create_attribute(name, part, null, text ?? `A${length}`);
  }
}
