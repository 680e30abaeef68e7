/**
 * Weights files of anyone: which format a file has, by its first bytes, and what it holds.
 *
 * @module
 */
import type { Failure } from "../failure.ts";
import { fileSize, readPart } from "./files.ts";
import { isHdf5 } from "./hdf5.ts";
import { listNpy, listNpz } from "./npz.ts";
import { nameContent, PICKLE, readNetwork } from "./read_keras.ts";
import { cannotRead } from "./refusal.ts";
import { listSafetensors } from "./safetensors.ts";
import type { StoredTensor } from "./tensors.ts";

/** What a weights file holds. */
export interface TensorFile {
  /** Keras' kernels are (K, K, C, M), PyTorch's in safetensors (M, C, K, K); NumPy's files do not say. */
  format: "Keras" | "safetensors" | "NumPy";
  /** In the network's order where the file has it. */
  tensors: StoredTensor[];
  /** What the file does not say and was guessed, or is left out, one sentence each. */
  doubts: string[];
}

/** Enough for the name of an archive's first entry. */
const START = 300;

const WANTED =
  "give weights as .safetensors, .npz, .npy, or as Keras saves them: .h5, .weights.h5, " +
  ".keras";

/**
 * Lists the arrays of a weights file.
 *
 * @throws {Failure} "input", naming the file, saying what it is instead and what to do, or what in it is
 * damaged.
 */
export async function openTensors(path: string): Promise<TensorFile> {
  const size = await fileSize(path);
  const start = await readPart(path, 0, START);
  const text = String.fromCharCode(...start);
  if (isHdf5(start)) return await openKeras(path);
  // PyTorch's archives begin with the pickle, and other programs may refuse the rest.
  if (/^(\x80|PK.*?data\.pkl)/s.test(text)) throw pickleError(path);
  if (text.startsWith("PK")) return await openArchive(path);
  if (text.startsWith("\x93NUMPY")) {
    return { format: "NumPy", tensors: await listNpy(path), doubts: [] };
  }
  if (text.startsWith("{", 8)) {
    return { format: "safetensors", tensors: await listSafetensors(path), doubts: [] };
  }
  const what = size === 0 ? "empty" : nameContent(start) ?? "in no format that is known here";
  throw cannotRead(`weights from ${path}`, `it is ${what}; ${WANTED}`);
}

async function openKeras(path: string): Promise<TensorFile> {
  const { layers, doubts } = await readNetwork(path);
  const tensors = layers.flatMap(({ name, kind, weights }) =>
    [...weights].map(([weight, array]): StoredTensor => ({
      name: `${name}/${weight}`,
      shape: array.shape,
      kind: weight === "kernel" ? kind : `${kind} ${weight}`,
      read: () => Promise.resolve(array),
    }))
  );
  return { format: "Keras", tensors, doubts };
}

/** A zip archive: Keras' or NumPy's. */
async function openArchive(path: string): Promise<TensorFile> {
  const names = await listNames(path);
  if (names.includes("model.weights.h5")) return await openKeras(path);
  if (names.some((name) => name.endsWith(".npy"))) {
    return { format: "NumPy", tensors: await listNpz(path), doubts: [] };
  }
  const found = names.slice(0, 5).join(", ") || "nothing";
  throw cannotRead(`weights from ${path}`, `it is a zip archive that holds ${found}; ${WANTED}`);
}

async function listNames(path: string): Promise<string[]> {
  const { readEntries } = await import("./zip.ts");
  using file = await Deno.open(path);
  try {
    return (await Array.fromAsync(readEntries(file))).map(({ filename }) => filename);
  } catch (cause) {
    throw cannotRead(`weights from ${path}`, (cause as Error).message, { cause });
  }
}

/** A pickle is a program, which only Python can run: it must turn it into something else. */
function pickleError(path: string): Failure {
  const quoted = `'${path.replaceAll("'", `'"'"'`)}'`;
  const python = "import sys, numpy, torch; d = torch.load(sys.argv[1], map_location='cpu', " +
    "weights_only=True); d = d.get('state_dict', d.get('model', d)); numpy.savez(sys.argv[1] + '.npz', " +
    "**{k: v.float().numpy() for k, v in d.items() if torch.is_tensor(v)})";
  return cannotRead(
    `weights from ${path}`,
    `it is ${PICKLE}, which can hold any program; turn it into ${path}.npz with: ` +
      `python3 -c "${python}" ${quoted}`,
  );
}
