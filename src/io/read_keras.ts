/**
 * Networks that Keras trained, from a file of any of its formats, told by its first bytes.
 *
 * @module
 */
import { MOST_BYTES, readFile } from "./files.ts";
import { isHdf5, openHdf5, unreadArrays } from "./hdf5.ts";
import { type LayerConfig, readConfig } from "./keras_config.ts";
import { readListedLayers } from "./keras_layers.ts";
import { readTree } from "./keras_tree.ts";
import { cannotRead } from "./refusal.ts";
import type { StoredNetwork } from "./stored_network.ts";

/** What a file is that Python's pickle wrote, in words. */
export const PICKLE = "a Python pickle, such as PyTorch writes";

/** What is often found in the place of weights, by how it begins. */
const OTHERS: [start: string, what: string][] = [
  ["version https://git-lfs", "a pointer of Git LFS (`git lfs pull` fetches the file itself)"],
  ["<", "a web page or other markup"],
  ["{", "JSON"],
  ["\x1f\x8b", "packed with gzip"],
  ["\x80", PICKLE],
  ["\x93NUMPY", "a NumPy array"],
];
const WANTED = "give weights that Keras saved as .h5, .weights.h5 or .keras";

/**
 * Reads the layers and weights of a network that Keras 1 … 3 saved: a weights file, a whole model in
 * .h5, `.weights.h5` or `.keras`.
 *
 * @throws {Failure} "input", naming the file, saying what it is instead, what is damaged, or what in it
 * cannot be read, and how to save it again.
 */
export async function readNetwork(path: string): Promise<StoredNetwork> {
  const bytes = await readFile(path);
  try {
    if (bytes[0] === 0x50 && bytes[1] === 0x4b) return await readArchive(path);
    return await readHdf5(bytes);
  } catch (cause) {
    throw cannotRead(`Keras weights from ${path}`, (cause as Error).message, { cause });
  }
}

/** What a file is that begins so, in words; undefined where that is not known. */
export function nameContent(bytes: Uint8Array): string | undefined {
  const text = String.fromCharCode(...bytes.subarray(0, 100));
  if (text.startsWith('{"', 8)) return "weights as safetensors";
  return OTHERS.find(([start]) => text.trimStart().startsWith(start))?.[1];
}

async function readHdf5(bytes: Uint8Array, config?: LayerConfig): Promise<StoredNetwork> {
  if (!isHdf5(bytes)) {
    const what = nameContent(bytes);
    throw new Error(`it is not an HDF5 file${what ? ` but ${what}` : ""}; ${WANTED}`);
  }
  return await openHdf5(bytes, (file) => {
    const read = new Set<string>();
    const { layers, doubts } = readListedLayers(file, read) ?? readTree(file, read, config);
    const lost = unreadArrays(file, read).map(({ path, shape }) =>
      `${path} (${shape.join(", ")}) is left out: no list of the file's layers and weights names it`
    );
    if (layers.length > 0) return { layers, doubts: [...doubts, ...lost] };
    const found = [...file.keys(), ...Object.keys(file.attrs)].slice(0, 5).join(", ");
    throw new Error(
      `it is an HDF5 file without layers of Keras (it holds ${found || "nothing"}); ${WANTED}`,
    );
  });
}

/** Reads a `.keras`: a zip archive with the model's config and its weights. */
async function readArchive(path: string): Promise<StoredNetwork> {
  const { inflate, readEntries } = await import("./zip.ts");
  const wanted = new Map<string, Uint8Array>();
  const names: string[] = [];
  using file = await Deno.open(path);
  for await (const entry of readEntries(file)) {
    const { filename } = entry;
    names.push(filename);
    if (entry.directory || !/^(config\.json|model\.weights\.h5)$/.test(filename)) continue;
    if (entry.uncompressedSize > MOST_BYTES) throw new Error(`its ${filename} is too large`);
    wanted.set(filename, await inflate(entry));
  }
  const weights = wanted.get("model.weights.h5"), config = wanted.get("config.json");
  if (!weights) {
    const found = names.slice(0, 5).join(", ");
    throw new Error(`it is a zip archive without model.weights.h5 (it holds ${found}); ${WANTED}`);
  }
  const model = config && readConfig(new TextDecoder().decode(config));
  return await readHdf5(weights, model);
}
