/**
 * Keras 3's layout of weights, a tree of the model's attributes: `.weights.h5`, and the weights inside a
 * `.keras`. Keras wrote both from 2.12 on.
 *
 *     /layers/conv2d/vars/0                    (K, K, C, M), the kernel; 1 is the bias
 *     /layers/conv2d_1/vars                    name = block1_conv2, in later versions
 *     /layers/sequential/layers/conv2d/vars/0  in a model inside
 *     /stem/vars/0                             of a model that is a class of its own
 *     /optimizer/vars/0                        of the optimizer, no weight
 *
 * Layers in a list are named by their class and counted, others by their attribute. The order of
 * unlike names is lost, but the model's config has it.
 *
 * @module
 */
import { datasetIn, type Group, groupIn, readArray } from "./hdf5.ts";
import { computingClass, type LayerConfig, snakeCase } from "./keras_config.ts";
import {
  areCounted,
  byNumber,
  kindOf,
  type StoredLayer,
  type StoredNetwork,
} from "./stored_network.ts";
import type { NdArray } from "./npy.ts";

/** Where models keep the list of their layers; the second in Keras 2.12 and 2.13. */
const LISTS = ["layers", "_layer_checkpoint_dependencies"];
/** The most groups that are read, more than any model has: links may lead in a circle. */
const MOST_GROUPS = 10_000;
/** The most levels of groups that are read. */
const MOST_LEVELS = 32;

/** A layer, a model or a list of them, in its place. */
interface Node {
  group: Group;
  /** Its key in the tree. */
  key: string;
  /** Whether it stands in a list, so that its key is made of its class. */
  isListed: boolean;
  /** Its class, where it is known. */
  className?: string;
  config?: LayerConfig;
}

/**
 * Reads the layers of such a file; none where it has another layout.
 *
 * @param read Paths of what was looked at, to which this adds.
 * @param config The model's config, from the `config.json` beside the weights.
 * @throws {Error} saying what cannot be read.
 */
export function readTree(file: Group, read: Set<string>, config?: LayerConfig): StoredNetwork {
  let groups = 0, isGuess = false;

  const readNode = (node: Node, around: string, level: number): StoredLayer[] => {
    if (++groups > MOST_GROUPS || level > MOST_LEVELS) {
      throw new Error(
        `its groups have more than ${MOST_LEVELS} levels or are more than ${MOST_GROUPS}`,
      );
    }
    const vars = groupIn(node.group, "vars");
    const given = vars?.attrs.name?.value ?? node.config?.name;
    const own = typeof given === "string" && given !== "" ? given : node.key;
    const name = `${around}${node.isListed ? own : node.key}`;
    const weights = vars ? readVars(vars, read) : new Map<string, NdArray>();
    const layers = weights.size > 0
      ? [{ name: name || "the model", kind: kindOf(own, weights, node.className), weights }]
      : [];
    const withKernels: Node[] = [];
    for (const child of children(node)) {
      const below = readNode(child, name && `${name}/`, level + 1);
      if (below.some(({ kind }) => kind === "conv2d")) withKernels.push(child);
      layers.push(...below);
    }
    const isKnown = withKernels.every(({ config }) =>
      config && node.config?.layers.includes(config)
    );
    isGuess ||= !isKnown && !areCounted(withKernels.map(({ key }) => key));
    return layers;
  };

  const layers = readNode({ group: file, key: "", isListed: false, config }, "", 0);
  const names = layers.filter(({ kind }) => kind === "conv2d").map(({ name }) => name);
  const remedy = config ? "" : "; a .keras of the whole model would say it";
  const doubt = `the file does not say in which order its layers stand; taken as ` +
    `${names.join(", ")}${remedy}`;
  return { layers, doubts: isGuess ? [doubt] : [] };
}

/** What lies directly in a node, in the model's order where that is known, else in that of names. */
function children({ group, key, config }: Node): Node[] {
  const below = (group: Group) =>
    group.keys().sort(byNumber).filter((key) => key !== "vars").flatMap((key) => {
      const found = groupIn(group, key);
      return found ? [{ key, group: found }] : [];
    });
  const [lists, others] = [true, false].map((isList) =>
    below(group).filter(({ key }) => LISTS.includes(key) === isList)
  );
  return [
    ...lists.flatMap((list) => matchLayers(below(list.group), config?.layers ?? [])),
    ...others.filter((other) => key !== "" || !/(^|_)optimizer$/.test(other.key)).map((other) => {
      const part = config?.parts.get(other.key);
      return { ...other, isListed: false, config: part, className: part && computingClass(part) };
    }),
  ];
}

/** The layers of a list in the order of their configs; they are counted by class. */
function matchLayers(
  nodes: readonly { key: string; group: Group }[],
  configs: readonly LayerConfig[],
): Node[] {
  const left = new Map(nodes.map((node) => [node.key, node]));
  const counts = new Map<string, number>();
  const matched = configs.flatMap((config): Node[] => {
    const stem = snakeCase(config.className), count = counts.get(stem) ?? 0;
    counts.set(stem, count + 1);
    const exact = count === 0 ? stem : `${stem}_${count}`;
    // Keras 2.12 counted a layer with weights twice.
    const key = [exact, ...left.keys()].find((key) => left.has(key) && withoutNumber(key) === stem);
    const node = left.get(key ?? "");
    if (!node) return [];
    left.delete(node.key);
    return [{ ...node, isListed: true, config, className: computingClass(config) }];
  });
  return [
    ...matched,
    ...[...left.values()].map((node) => ({
      ...node,
      isListed: true,
      className: withoutNumber(node.key),
    })),
  ];
}

const withoutNumber = (key: string) => key.replace(/_\d+$/, "");

/** A layer's own weights: numbered, the kernel first. */
function readVars(vars: Group, read: Set<string>): Map<string, NdArray> {
  const weights = new Map<string, NdArray>();
  for (const key of vars.keys().sort(byNumber)) {
    const dataset = datasetIn(vars, key);
    const array = dataset && readArray(dataset, `${vars.path}/${key}`, read);
    if (array) weights.set(key, array);
  }
  const [kernel, bias] = [weights.get("0")?.shape.length ?? 0, weights.get("1")?.shape.length ?? 0];
  if (kernel < 2) return weights;
  const names: Record<string, string> = { 0: "kernel", ...bias === 1 && { 1: "bias" } };
  return new Map([...weights].map(([key, array]) => [names[key] ?? key, array]));
}
