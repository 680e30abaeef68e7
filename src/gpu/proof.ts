/**
 * Proof that every dispatch ran. WebGPU skips one without a word after a validation error or the loss
 * of the device, and what reads its output then reads old numbers.
 *
 * Each step has a mark: a word on the GPU that its shader's first lane counts up, and a count of how
 * often it was encoded. `download` copies the marks along with the data and compares.
 *
 * @module
 */
import { Failure } from "../failure.ts";
import { advise } from "./advice.ts";
import type { Gpu } from "./device.ts";

/** One step's mark. */
export interface Mark {
  /** Whose it is. */
  readonly label: string;
  /** The word in which the shader counts: its own, so that no step waits for the one before for its sake. */
  readonly buffer: GPUBuffer;
  /** How often the step was encoded. */
  encoded: number;
}

/** The marks of the steps of one scope. */
export interface Proof {
  /** Marks of steps encoded since they were last found right. */
  readonly pending: Set<Mark>;
  /** The mark of the step that was encoded last: where none is pending it proves that a copy was made. */
  last?: Mark;
}

/** Starts a scope's marks. */
export const createProof = (): Proof => ({ pending: new Set() });

/** Makes the mark of a step. */
export function createMark(gpu: Gpu, label: string): Mark {
  const usage = 0x80 | 0x04; // STORAGE | COPY_SRC
  const buffer = gpu.device.createBuffer({ label: `${label} mark`, size: 4, usage });
  gpu.resources?.add(buffer);
  return { label, buffer, encoded: 0 };
}

/**
 * Lets a shader's first lane count its mark up, as the binding after the given number of others. Lines
 * keep their numbers. The atomic is for speed: drivers that compute on the CPU run a plain load and a
 * plain store lane by lane, for every workgroup.
 *
 * @throws {TypeError} When the shader has no `fn main(…) {`.
 */
export function addMark(name: string, code: string, bindings: number): string {
  const main = /(\bfn\s+main\s*\()([^{]*)(\)\s*\{)/.exec(code);
  if (!main) throw new TypeError(`Cannot bind ${name}: it has no fn main`);
  const [whole, open, given, close] = main;
  let mark = "mark"; // or what the shader has not named
  while (new RegExp(`\\b${mark}(_id)?\\b`).test(code)) mark += "_";
  const own = findId(code, given);
  const id = own ?? `${mark}_id`;
  const parameters = own
    ? given
    : [given.replace(/,(\s*)$/, "$1"), `@builtin(global_invocation_id) ${id}: vec3u`]
      .filter((part) => part.trim()).join(", ");
  const count = `if (all(${id} == vec3u(0u))) { atomicAdd(&${mark}, 1u); }`;
  return code.replace(whole, `${open}${parameters}${close} ${count}`) +
    `\n@group(0) @binding(${bindings}) var<storage, read_write> ${mark}: atomic<u32>;\n`;
}

/** What main calls its global id: a parameter, or a member of one. */
function findId(code: string, parameters: string): string | undefined {
  const id = /@builtin\s*\(\s*global_invocation_id\s*,?\s*\)\s*(\w+)/;
  const own = id.exec(parameters)?.[1];
  if (own) return own;
  for (const [, type, members] of code.matchAll(/\bstruct\s+(\w+)\s*\{([^}]*)/g)) {
    const member = id.exec(members)?.[1];
    const parameter = new RegExp(`(\\w+)\\s*:\\s*${type}\\b`).exec(parameters)?.[1];
    if (member && parameter) return `${parameter}.${member}`;
  }
}

/** The marks that must be compared now; encodes their copy into `staging` from byte `at` on. */
export function copyMarks(
  { proof }: Gpu,
  encoder: GPUCommandEncoder,
  staging: GPUBuffer,
  at: number,
): Mark[] {
  const marks = [...proof.pending];
  if (marks.length === 0 && proof.last) marks.push(proof.last);
  proof.pending.clear();
  marks.forEach(({ buffer }, i) => encoder.copyBufferToBuffer(buffer, 0, staging, at + 4 * i, 4));
  return marks;
}

/**
 * Compares what the GPU counted with what was encoded by the time of the copy.
 *
 * @throws {Error} Naming the shader and how many of its dispatches are missing; so does every later
 *   comparison in this scope.
 */
export function compareMarks(
  { proof }: Gpu,
  marks: readonly Mark[],
  encoded: readonly number[],
  counted: Uint32Array,
): void {
  marks.forEach((mark, i) => {
    const { label } = mark, expected = encoded[i] >>> 0;
    if (counted[i] === expected) return;
    proof.pending.add(mark);
    throw new Failure(
      "gpu",
      `The GPU did not run ${expected - counted[i]} of ${expected} dispatches of ${label}: ` +
        `its results are worthless; ${advise("wrong")}`,
    );
  });
}
