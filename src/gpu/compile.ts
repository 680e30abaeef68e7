/**
 * Compiles shaders: each once on a device, those of a whole training together, so that a driver that can
 * compiles them side by side, and who waits sees how far it is. A training has about forty, and there are
 * drivers that take half a minute for them.
 *
 * @module
 */
import { Failure } from "../failure.ts";
import type { Gpu } from "./device.ts";

/** A shader that is ready to compile. */
export interface Program {
  /** The shader's name. */
  readonly name: string;
  /** Its WGSL, specialized. */
  readonly code: string;
  /** What it binds. */
  readonly bindings: GPUBindGroupLayoutEntry[];
}

/** A step that has everything but its compiled shader. */
export interface Unfinished {
  /** What it will run. */
  pipeline?: GPUComputePipeline;
  /** What that will be bound to. */
  readonly bindGroup: GPUBindGroup;
}

/** Pipelines by their WGSL: trials in several groups and equal layers compile once. */
const pipelines = new WeakMap<GPUDevice, Map<string, Promise<GPUComputePipeline>>>();

function compiled({ device }: Gpu): Map<string, Promise<GPUComputePipeline>> {
  const known = pipelines.get(device) ?? new Map<string, Promise<GPUComputePipeline>>();
  pipelines.set(device, known);
  return known;
}

/** Steps that wait for their shaders, by the shaders' WGSL. */
type Queue = Map<string, { program: Program; steps: Unfinished[] }>;

/** The queues by the GPU that is given to what binds the steps. */
const waiting = new WeakMap<Gpu, Queue>();

/** Whether a shader is compiled, or is being compiled. */
export const isCompiled = (gpu: Gpu, code: string): boolean => compiled(gpu).has(code);

/**
 * Compiles a shader. Inside `compileTogether` it does not, unless its like is compiled already: then the
 * step must `wait`.
 *
 * @throws {Failure} "gpu" when its WGSL is invalid, with the line; or the reason of the scope's signal.
 */
export async function compile(gpu: Gpu, program: Program): Promise<GPUComputePipeline | undefined> {
  const isLater = waiting.has(gpu) && !isCompiled(gpu, program.code);
  const pipeline = isLater ? undefined : await pipelineOf(gpu, program);
  await breathe(gpu);
  return pipeline;
}

/** Lets a step wait for its shader. */
export function wait(gpu: Gpu, program: Program, step: Unfinished): void {
  const queue = waiting.get(gpu)!, { code } = program;
  if (queue.has(code)) queue.get(code)!.steps.push(step);
  else queue.set(code, { program, steps: [step] });
}

/** The layout of a shader's bindings: with "auto" WebGPU drops those that a specialized shader does not use. */
export function createBindingLayout(
  { device }: Gpu,
  { name, bindings }: Program,
): GPUBindGroupLayout {
  return device.createBindGroupLayout({ label: name, entries: bindings });
}

/**
 * Runs work that binds many shaders, and compiles them at its end: steps that are bound meanwhile can be
 * encoded only then. `gpu.onCompile` is told how many are done, of how many.
 *
 * @param bindAll Returns what it bound.
 * @throws {Failure} As `compile` does.
 */
export async function compileTogether<T>(
  gpu: Gpu,
  bindAll: (gpu: Gpu) => Promise<T>,
): Promise<T> {
  const together = { ...gpu };
  const queue: Queue = new Map();
  waiting.set(together, queue);
  const bound = await bindAll(together);
  waiting.delete(together); // what is bound later is compiled when it is
  if (queue.size > 0) gpu.onCompile?.(0, queue.size);

  let done = 0, isOver = false;
  const all: Promise<void>[] = [];
  try {
    for (const { program, steps } of queue.values()) {
      const one = pipelineOf(gpu, program).then((pipeline) => {
        gpu.signal?.throwIfAborted();
        if (isOver) return; // what the steps are bound to may be gone
        for (const step of steps) step.pipeline = pipeline;
        if (/llvmpipe/i.test(gpu.adapter.name)) rehearse(gpu, steps[0]);
        gpu.onCompile?.(++done, queue.size);
      });
      all.push(one);
      one.catch(() => isOver = true); // the wait for all of them throws it
      await breathe(gpu);
      if (isOver) break;
    }
    await Promise.all(all);
    return bound;
  } finally {
    isOver = true;
  }
}

/** Lets a signal in, which comes between macrotasks. */
async function breathe({ signal }: Gpu): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 0));
  signal?.throwIfAborted();
}

/** Runs a step over no workgroups: Mesa's CPU adapter translates a shader only once it is to run. */
function rehearse({ device }: Gpu, { pipeline, bindGroup }: Unfinished): void {
  const encoder = device.createCommandEncoder();
  const pass = encoder.beginComputePass();
  pass.setPipeline(pipeline!);
  pass.setBindGroup(0, bindGroup);
  pass.dispatchWorkgroups(0);
  pass.end();
  device.queue.submit([encoder.finish()]);
}

function pipelineOf(gpu: Gpu, program: Program): Promise<GPUComputePipeline> {
  const known = compiled(gpu);
  let pipeline = known.get(program.code);
  if (!pipeline) {
    pipeline = create(gpu, program);
    known.set(program.code, pipeline);
  }
  return pipeline;
}

async function create(gpu: Gpu, program: Program): Promise<GPUComputePipeline> {
  const { device } = gpu, { name, code } = program;
  device.pushErrorScope("validation"); // bad WGSL is no fault of the device, and is told at the end
  const layout = createBindingLayout(gpu, program);
  const module = device.createShaderModule({ label: name, code });
  const pipeline = device.createComputePipelineAsync({
    label: name,
    layout: device.createPipelineLayout({ bindGroupLayouts: [layout] }),
    compute: { module, entryPoint: "main" },
  });
  const scope = device.popErrorScope().catch(() => {});
  try {
    return await pipeline;
  } catch (cause) {
    await scope;
    await gpu.settle(); // nor is a lost device a fault of the WGSL
    const { messages } = await module.getCompilationInfo();
    const [first] = messages.filter((message) => message.type === "error");
    const place = first ? `line ${first.lineNum}: ${first.message}` : (cause as Error).message;
    throw new Failure("gpu", `Cannot compile shaders/${name}.wgsl: ${place}`, { cause });
  }
}
