/**
 * A shader is a declared WGSL program; a step is a shader bound to its buffers, ready to encode.
 *
 * @module
 */
import { MOST_WORKGROUPS } from "./adapter.ts";
import { compile, createBindingLayout, isCompiled, wait } from "./compile.ts";
import type { Gpu } from "./device.ts";
import { checkDemands } from "./inspect.ts";
import { type Constants, specialize } from "./specialize.ts";
import type { Sheet } from "./sheet.ts";
import { addMark, createMark, type Mark } from "./proof.ts";
import { sizeOf, type Tensor } from "./tensor.ts";

/** How a shader uses a tensor (read, write, read_write) or a sheet (load, store). */
export type Access = "read" | "write" | "read_write" | "load" | "store";

/**
 * A WGSL program and what it binds. Entry point: `main`. It may be anybody's: any WGSL that a compute
 * shader is written in.
 */
export interface Shader<Name extends string> {
  /** What errors call it; of ours, the stem of its file in shaders/. */
  readonly name: string;
  /**
   * Its WGSL. Every `const NAME: u32 = 5;` or `: f32` (a line that begins so, the name in capitals, a
   * number without suffix) is a parameter, which takes its value from the binding. A loop
   * `for (var i = 0u; i < N; i++) { // unroll` is replaced by copies of its body; N is a parameter or
   * a number.
   */
  readonly source: string;
  /** How it uses each tensor or sheet: `@group(0)`, in `@binding` order from 0 on. */
  readonly bindings: Readonly<Record<Name, Access>>;
}

/** Declares a shader. */
export function defineShader<const Bindings extends Readonly<Record<string, Access>>>(
  name: string,
  source: string,
  bindings: Bindings,
): Shader<keyof Bindings & string> {
  return { name, source, bindings };
}

/** A shader bound to its tensors and sheets, compiled for the values of its parameters. */
export interface Step {
  /** The shader's name. */
  readonly label: string;
  /** The compiled shader. */
  readonly pipeline: GPUComputePipeline;
  /** Its tensors and sheets. */
  readonly bindGroup: GPUBindGroup;
  /** The grid. */
  readonly workgroups: readonly [x: number, y: number, z: number];
  /** What proves that it ran. */
  readonly mark: Mark;
  /** What it was bound from: see `planOf`. */
  readonly from: { shader: Shader<string>; binding: Binding<string> };
}

/** What `bind` needs: a tensor or sheet for each binding, a value for each constant, and the grid. */
export interface Binding<Name extends string> {
  /** A tensor or sheet for each binding. */
  buffers: Readonly<Record<Name, Tensor | Sheet>>;
  /** A value for each parameter of the shader. */
  constants: Constants;
  /** The grid; each size 1 … 65535. */
  workgroups: readonly [x: number, y: number, z: number];
  /** Multiply-adds of the whole grid, as the formula has them; default 0. It changes nothing, see `planOf`. */
  multiplyAdds?: number;
  /** Elements or texels of a binding that the grid touches, where it is not all of them; for `planOf`. */
  touched?: Readonly<Partial<Record<Name, number>>>;
}

/**
 * Compiles a shader for the given constants and binds it to its tensors and sheets.
 *
 * It refuses what would go wrong without a word from the driver: expressions that only some compilers
 * take, barriers to which not all lanes come, workgroups that take too much memory and, on an adapter
 * that computes on the CPU, loops that it would end early. Counted are `for` loops over a variable that
 * a constant is added to, taken from or divides, and any with `// at most N rounds` behind its `{`;
 * other loops, of which the text tells no end, are taken on trust.
 *
 * @throws {TypeError} When a binding or a constant is missing or unknown, the WGSL is not right as
 *   described, or `// unroll` marks what cannot be unrolled.
 * @throws {RangeError} When the grid is empty or exceeds the adapter's limit, or a workgroup's memory or
 *   a lane's loops do.
 * @throws {Error} When WGSL or the binding is invalid, naming the shader; or the reason of the scope's
 *   signal.
 */
export async function bind<Name extends string>(
  gpu: Gpu,
  shader: Shader<Name>,
  binding: Binding<Name>,
): Promise<Step> {
  const { buffers, constants, workgroups } = binding;
  const most = gpu.device.limits.maxComputeWorkgroupsPerDimension;
  if (workgroups.some((count) => !Number.isInteger(count) || count < 1 || count > most)) {
    throw new RangeError(
      `Cannot bind ${shader.name}: a grid of [${workgroups}] workgroups is outside 1 … ${most}`,
    );
  }
  const names = Object.keys(shader.bindings) as Name[];
  const missing = names.find((name) => !buffers[name]);
  if (missing) throw new TypeError(`Cannot bind ${shader.name}: its ${missing} is missing`);
  const from = { shader, binding };
  if (gpu.paper) return { label: shader.name, workgroups, from } as unknown as Step;
  const specialized = specialize(shader.name, shader.source, constants);
  const code = addMark(shader.name, specialized, names.length);
  if (!isCompiled(gpu, code)) checkDemands(gpu, shader.name, shader.source, constants);
  const bindings: GPUBindGroupLayoutEntry[] = names.map((name, place) => ({
    binding: place,
    visibility: 4, // COMPUTE
    ...bindingLayout(`${shader.name}'s ${name}`, shader.bindings[name], buffers[name]),
  }));
  bindings.push({ binding: names.length, visibility: 4, buffer: { type: "storage" } });
  const program = { name: shader.name, code, bindings };
  const pipeline = await compile(gpu, program);
  const step = await gpu.guard(`bind ${shader.name}`, () => {
    const mark = createMark(gpu, shader.name);
    const entries: GPUBindGroupEntry[] = names.map((name, place) => {
      const bound = buffers[name];
      if ("view" in bound) return { binding: place, resource: bound.view };
      const { buffer, shape } = bound;
      return { binding: place, resource: { buffer, size: 4 * sizeOf(shape) } };
    });
    entries.push({ binding: names.length, resource: { buffer: mark.buffer } });
    const layout = createBindingLayout(gpu, program);
    const bindGroup = gpu.device.createBindGroup({ label: shader.name, layout, entries });
    return { label: shader.name, pipeline, bindGroup, workgroups, mark, from };
  });
  if (!pipeline) wait(gpu, program, step);
  return step as Step;
}

function bindingLayout(what: string, access: Access, bound: Tensor | Sheet) {
  const wanted = access === "load" || access === "store" ? "sheet" : "tensor";
  if (("view" in bound ? "sheet" : "tensor") !== wanted) {
    throw new TypeError(`Cannot bind ${what}: ${bound.label} is no ${wanted}`);
  }
  if ("view" in bound) {
    const direction = access === "load" ? "read-only" : "write-only";
    return { storageTexture: { access: direction, format: bound.format } } as const;
  }
  return { buffer: { type: access === "read" ? "read-only-storage" : "storage" } } as const;
}

/**
 * Encodes steps in order into one compute pass; each sees what the ones before it wrote. The encoder's
 * commands must be submitted, or the next download misses them.
 */
export function encode(
  gpu: Gpu,
  encoder: GPUCommandEncoder,
  steps: readonly Step[],
  descriptor?: GPUComputePassDescriptor,
): void {
  const pass = encoder.beginComputePass(descriptor);
  for (const step of steps) {
    pass.setPipeline(step.pipeline);
    pass.setBindGroup(0, step.bindGroup);
    pass.dispatchWorkgroups(...step.workgroups);
    step.mark.encoded++;
    gpu.proof.pending.add(step.mark);
    gpu.proof.last = step.mark;
  }
  pass.end();
}

/** Encodes and submits steps; does not wait for them. */
export function submit(gpu: Gpu, steps: readonly Step[]): void {
  gpu.check();
  const encoder = gpu.device.createCommandEncoder();
  encode(gpu, encoder, steps);
  gpu.device.queue.submit([encoder.finish()]);
}

/**
 * A grid of at least so many lanes, for shaders whose lane is `id.y * groups.x * LANES + id.x`: WebGPU
 * allows 65 535 workgroups along an axis.
 *
 * @param lanes Of one trial.
 * @param trials The grid's z.
 * @param perGroup Lanes of a workgroup; default 64.
 */
export function dispatchSize(
  lanes: number,
  trials: number,
  perGroup = 64,
): [x: number, y: number, z: number] {
  const groups = ceilDiv(lanes, perGroup);
  const y = ceilDiv(groups, MOST_WORKGROUPS);
  return [ceilDiv(groups, y), y, trials];
}

/** ⌈a / b⌉ for positive integers. */
export const ceilDiv = (a: number, b: number): number => Math.ceil(a / b);

/** The part size that cuts `total` into the fewest equal parts of at most `most`: 10, 8 → 5, not 8 + 2. */
export function evenTile(total: number, most: number): number {
  return ceilDiv(total, ceilDiv(total, most));
}
