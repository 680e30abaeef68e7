/**
 * Keras' older layout of weights, in which layers and weights are listed by name: the weights files of
 * Keras 1 and 2 and whole models in .h5 of every version. Before Keras 1 they were numbered.
 *
 *     /                             layer_names = [conv2d_1, …], backend, keras_version
 *     /conv2d_1                     weight_names = [conv2d_1/kernel:0, conv2d_1/bias:0]
 *     /conv2d_1/conv2d_1/kernel:0   (K, K, C, M)
 *     /encoder                      weight_names = [block1_conv1/kernel:0, …]: a model inside
 *
 * @module
 */
import { datasetIn, type Group, groupIn, readArray, readNames } from "./hdf5.ts";
import { putFiltersLast } from "./kernel_axes.ts";
import { computingClass, flatten, type LayerConfig, readConfig } from "./keras_config.ts";
import {
  areCounted,
  byNumber,
  kindOf,
  type StoredLayer,
  type StoredNetwork,
} from "./stored_network.ts";
import type { NdArray } from "./npy.ts";
import { hasFiltersFirst, turn } from "./theano.ts";

/** A layer inside a listed one, or the listed one itself. */
interface Inner {
  /** Its own name. */
  own: string;
  /** Its path inside the listed one; "" for that itself. */
  inside: string;
  /** Its weights by what they are there: `kernel`, `bias`, … */
  weights: Map<string, NdArray>;
}

/**
 * Reads the layers of such a file.
 *
 * @param read Paths of what was looked at, to which this adds.
 * @returns Undefined where it has another layout.
 * @throws {Error} saying what it lacks.
 */
export function readListedLayers(file: Group, read: Set<string>): StoredNetwork | undefined {
  const inModel = groupIn(file, "model_weights"); // there when Keras saved the whole model
  const root = inModel ?? file;
  const names = countNames(root, "nb_layers", "layer") ?? readNames(root, "layer_names");
  if (!names && inModel) throw new Error(`${root.path} has no attribute layer_names`);
  if (!names) return undefined;
  if (!names.includes(LOOSE) && groupIn(root, LOOSE)) names.push(LOOSE);

  const groups = names.map((name) => ({ name, inner: readGroup(root, name, read) }));
  const all = groups.flatMap(({ inner }) => inner);
  const doubts: string[] = [];
  const backend = root.attrs.backend?.value;
  const isKeras1 = /^1|^$/.test(String(root.attrs.keras_version?.value ?? "")); // Keras 2 names its version
  if (isKeras1 && all.some(({ weights }) => hasFiltersFirst(weights))) {
    for (const { weights } of all) {
      const kernel = weights.get("kernel");
      if (kernel?.shape.length === 4) weights.set("kernel", putFiltersLast(kernel));
    }
    if (backend === undefined) {
      doubts.push(
        "the kernels have Theano's order of axes, but the file does not say whether Theano trained " +
          "them, which turns each by 180°; taken as they are stored",
      );
    }
  }
  const text = file.attrs.model_config?.value;
  const model = text === undefined ? undefined : readConfig(String(text));
  const layers = groups.flatMap(({ name, inner }) => {
    const config = model?.layers.find((layer) => layer.name === name);
    return inOrder(name, inner, config, doubts);
  });
  if (backend === "theano") {
    for (const { kind, weights } of layers) {
      if (kind === "conv2d") weights.set("kernel", turn(weights.get("kernel")!));
    }
  }
  return { layers, doubts };
}

/** The names of what was numbered before Keras 1; undefined where nothing was. */
function countNames(group: Group, attribute: string, word: string): string[] | undefined {
  const count = group.attrs[attribute]?.value;
  if (count === undefined) return undefined;
  if (!(Number(count) <= 10_000)) throw new Error(`its ${attribute} is ${count}`);
  return Array.from({ length: Number(count) }, (_, i) => `${word}_${i}`);
}

/** Where Keras puts weights that a model has outside its layers. */
const LOOSE = "top_level_model_weights";

/** The layers in a listed one's group, those with weights, in the order of its list. */
function readGroup(root: Group, layer: string, read: Set<string>): Inner[] {
  const group = groupIn(root, layer);
  if (!group) throw new Error(`it has no group ${layer}`);
  const names = countNames(group, "nb_params", "param") ?? readNames(group, "weight_names");
  if (!names) throw new Error(`${group.path} has no attribute weight_names`);
  const inner = new Map<string, Inner>();
  for (const name of names) {
    const dataset = datasetIn(group, name);
    if (!dataset) throw new Error(`it has no dataset ${layer}/${name}`);
    const array = readArray(dataset, `${layer}/${name}`, read);
    if (!array) continue;
    const [path, weight] = splitName(layer, name);
    const key = path.join("/");
    const found = inner.get(key) ?? { ...locate(path, layer), weights: new Map() };
    found.weights.set(found.weights.has(weight) ? name : weight, array);
    inner.set(key, found);
  }
  return [...inner.values()];
}

/** Where a path leads, seen from the listed layer; TensorFlow 1 numbered what was made twice. */
function locate(path: readonly string[], layer: string): Pick<Inner, "own" | "inside"> {
  const last = layer.slice(layer.lastIndexOf("/") + 1);
  const isItself = path.length === 1 && path[0].startsWith(last) &&
    /^(_\d+)*$/.test(path[0].slice(last.length));
  const inside = isItself ? [] : path.slice(path.indexOf(last) + 1);
  return { own: inside.at(-1) ?? layer, inside: inside.join("/") };
}

/**
 * Divides a weight's name into the path of its layer and what it is there: `conv2d_7/kernel:0`, and in
 * Keras 1 `conv2d_7_W` or `conv2d_7_W_1:0`.
 */
function splitName(layer: string, name: string): [path: string[], weight: string] {
  const path = name.replace(/:\d+$/, "").split("/");
  const last = path.pop()!;
  const [, before, which] = /^(?:(.+)_)?(W|b|param_0|param_1)(?:_\d+)?$/.exec(last) ?? [];
  const weight = { W: "kernel", param_0: "kernel", b: "bias", param_1: "bias" }[which] ?? last;
  if (path.length === 0) path.push(before ?? layer);
  return [path, weight];
}

/** The layers of a group, in the order of the model where that is known. */
function inOrder(
  group: string,
  inner: Inner[],
  config: LayerConfig | undefined,
  doubts: string[],
): StoredLayer[] {
  const known = config ? flatten(config) : [];
  const layers = inner.map(({ own, inside, weights }) => {
    const place = known.findIndex(({ name }) => name === own || name === inside);
    const className = place < 0 ? undefined : computingClass(known[place]);
    const name = inside === "" ? group : `${group}/${inside}`;
    return { own, place, name, kind: kindOf(own, weights, className), weights };
  });
  const convolutions = layers.filter(({ kind }) => kind === "conv2d").map(({ own }) => own);
  const isAscending = convolutions.every((name, i) =>
    i === 0 || byNumber(convolutions[i - 1], name) < 0
  );
  const places = new Set(layers.map(({ place }) => place));
  if (places.size === layers.length && !places.has(-1)) {
    layers.sort((a, b) => a.place - b.place);
  } else if (!isAscending && areCounted(convolutions)) { // layers that learn are stored before others
    layers.sort((a, b) => byNumber(a.own, b.own));
  } else if (!isAscending) {
    doubts.push(
      `the file does not say in which order the layers inside ${group} stand; taken as stored: ` +
        convolutions.join(", "),
    );
  }
  return layers.map(({ name, kind, weights }) => ({ name, kind, weights }));
}
