/**
 * Opens the GPU and makes its errors loud: WebGPU by itself skips a bad dispatch without a word.
 *
 * @module
 */
import { Failure } from "../failure.ts";
import { type AdapterSummary, findAdapter, firstLine } from "./adapter.ts";
import { advise } from "./advice.ts";
import { createProof, type Proof } from "./proof.ts";
import { selfTest, testSheets } from "./self_test.ts";
import type { Sheet } from "./sheet.ts";
import type { Tensor } from "./tensor.ts";
import type { Tuning } from "./tuning.ts";

/** An open WebGPU device whose failures become exceptions. */
export interface Gpu {
  /** The device itself. */
  readonly device: GPUDevice;
  /** What the device runs on. */
  readonly adapter: AdapterSummary;
  /** What its shaders are cut to. */
  readonly tunedFor: Tuning;
  /**
   * Throws the first error that the device reported since it was opened.
   *
   * @throws {Error} A validation, out-of-memory or internal error, or the loss of the device.
   */
  check(): void;
  /**
   * The same, once what was reported so far has come in: the device speaks up on the next macrotask.
   *
   * @throws {Error} As `check`.
   */
  settle(): Promise<void>;
  /**
   * Makes GPU calls inside error scopes; `run` is synchronous, so that scopes never interleave.
   *
   * @throws {Error} What any scope caught, naming `action`.
   */
  guard<T>(action: string, run: () => T): Promise<T>;
  /** Proof that the scope's dispatches ran; `download` checks it. */
  readonly proof: Proof;
  /** Buffers and textures made in this scope; outside any they live until the device is closed. */
  readonly resources?: Set<{ destroy(): void }>;
  /** What was made on a GPU on paper, where this is one. */
  readonly paper?: (Tensor | Sheet)[];
  /** The listener of `compileTogether`: how many shaders are compiled, of how many. */
  readonly onCompile?: (done: number, total: number) => void;
  /** The signal of this scope, looked at when a shader is bound, because compiling many takes a second. */
  readonly signal?: AbortSignal;
  /**
   * Runs work that makes tensors and sheets of its own and destroys them at the end. What `run` returns must
   * not lie on the GPU.
   *
   * @param signal Once it is aborted, binding a shader throws its reason.
   * @throws {Error} What `run` throws, or the failure of the GPU that lies behind it.
   */
  scope<T>(run: (gpu: Gpu) => Promise<T>, signal?: AbortSignal): Promise<T>;
  /** Gives the device back; what was made from it is gone. */
  close(): void;
}

/** The limits that are requested above WebGPU's defaults, each with its reason. */
const WANTED = [
  // One activation tensor holds TRIALS × BATCH images; the default binding stops at 128 MiB.
  "maxStorageBufferBindingSize",
  "maxBufferSize",
  // A sheet holds the maps of TRIALS × BATCH images; the default texture stops at 8192 texels a side.
  "maxTextureDimension2D",
] as const;

const CLOCK: GPUFeatureName[] = ["timestamp-query"];

/** How a GPU is opened. */
export interface OpenOptions {
  /** The WebGPU to ask; default `navigator.gpu`, so that equal code runs in a browser. */
  webgpu?: GPU;
  /** What shaders are cut to; default what the adapter is. Results differ by rounding alone. */
  tunedFor?: Tuning;
  /** Words that the adapter's name must hold, in any case: where it is another one, none is opened. */
  adapter?: string;
  /** The listener while the shaders of a training or an evaluation are compiled: first 0, then how many are. */
  onCompile?: (done: number, total: number) => void;
}

/** WGSL's name of read-only storage textures, which sheets are. */
const FEATURE = "readonly_and_readwrite_storage_textures";

/**
 * Opens the default adapter with the largest buffers it offers.
 *
 * @throws {Failure} "gpu": when there is no adapter, or another one than was asked for, with what to do;
 *   when it lacks what shaders need, gives no device, or computes a known answer wrongly.
 */
export async function openGpu(
  { webgpu = globalThis.navigator?.gpu, tunedFor, adapter: wanted, onCompile }: OpenOptions = {},
): Promise<Gpu> {
  const { adapter, summary } = await findAdapter(webgpu, wanted);
  const device = await requestDevice(adapter, summary.name);
  const gpu: Gpu = {
    device,
    adapter: summary,
    tunedFor: tunedFor ?? (summary.software ? "cpu" : "gpu"),
    proof: createProof(),
    onCompile,
    ...watch(device),
    scope: (run, signal) => runScope(gpu, run, signal),
    guard: (action, run) => runGuarded(gpu, action, run),
  };
  await test(gpu, selfTest, (fault) => `the start-up test failed: ${fault}; ${advise("wrong")}`);
  // Not every implementation lists what it can.
  const { wgslLanguageFeatures: listed } = webgpu as { wgslLanguageFeatures?: ReadonlySet<string> };
  if (!listed?.has(FEATURE)) {
    const lack = `it lacks WGSL's ${FEATURE}`;
    await test(gpu, testSheets, (fault) => `${lack}: ${fault}; ${advise("lacking")}`);
  }
  return gpu;
}

function requestDevice(adapter: GPUAdapter, name: string): Promise<GPUDevice> {
  const requiredLimits = Object.fromEntries(WANTED.map((name) => [name, adapter.limits[name]]));
  // The bench times each shader by the GPU's own clock where there is one.
  const requiredFeatures = CLOCK.filter((feature) => adapter.features.has(feature));
  return adapter.requestDevice({ requiredLimits, requiredFeatures }).catch((cause) => {
    throw new Failure("gpu", `Cannot open ${name}: ${firstLine(cause.message)}`, { cause });
  });
}

/** Listens to what a device reports, and tells it. */
function watch(device: GPUDevice): Pick<Gpu, "check" | "settle" | "close"> {
  let failure: Failure | undefined;
  let closed = false;
  device.addEventListener("uncapturederror", (event) => {
    event.preventDefault();
    const { error } = event as GPUUncapturedErrorEvent;
    failure ??= new Failure("gpu", `The GPU reported an error: ${firstLine(error.message)}`);
  });
  device.lost.then(({ reason, message }) => {
    if (!closed) failure ??= new Failure("gpu", `The GPU was lost (${reason}): ${message}`);
  });
  const check = () => {
    if (failure) throw failure;
  };
  return {
    check,
    async settle() {
      await new Promise((resolve) => setTimeout(resolve, 0));
      check();
    },
    close() {
      closed = true;
      device.destroy();
    },
  };
}

async function runScope<T>(
  gpu: Gpu,
  run: (gpu: Gpu) => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  const resources = new Set<{ destroy(): void }>();
  try {
    return await run({ ...gpu, signal, proof: createProof(), resources });
  } catch (error) {
    await gpu.settle(); // what a lost device led to says less than its loss
    throw error;
  } finally {
    for (const resource of resources) resource.destroy();
  }
}

const SCOPES: GPUErrorFilter[] = ["out-of-memory", "internal", "validation"];

async function runGuarded<T>({ device, check }: Gpu, action: string, run: () => T): Promise<T> {
  check();
  for (const filter of SCOPES) device.pushErrorScope(filter);
  let caught: Promise<GPUError | null>[] = [];
  let result;
  try {
    result = run();
  } finally {
    caught = SCOPES.map(() => device.popErrorScope());
  }
  const error = (await Promise.all(caught)).find((error) => error !== null);
  if (error) throw new Failure("gpu", `Cannot ${action}: ${error.message}`);
  check();
  return result;
}

/** Asks a GPU that is being opened for a known answer; where that is wrong, it is closed again. */
function test(
  gpu: Gpu,
  ask: (gpu: Gpu) => Promise<void>,
  explain: (fault: string) => string,
): Promise<void> {
  return ask(gpu).catch((cause) => {
    gpu.close();
    throw new Failure("gpu", `Cannot use ${gpu.adapter.name}: ${explain(cause.message)}`, {
      cause,
    });
  });
}
