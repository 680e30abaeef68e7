/**
 * What a step does, told from its binding and its shader's text alone: how many lanes, how much work and
 * room each of them has, and what the grid reads and writes.
 *
 * @module
 */
import { derive } from "./inspect.ts";
import type { Sheet } from "./sheet.ts";
import type { Step } from "./shader.ts";
import { type Constants, evaluate } from "./scalarize.ts";
import { sizeOf, type Tensor } from "./tensor.ts";
import { plain, readTokens } from "./tokens.ts";
import { countBytes } from "./variables.ts";

/** A step's plan. */
export interface Plan {
  /** The shader's name. */
  shader: string;
  /** Workgroups of the grid. */
  workgroups: number;
  /** Lanes of a workgroup. */
  lanes: number;
  /** Multiply-adds of the whole grid, as the formula has them: what tiles compute twice counts once. */
  multiplyAdds: number;
  /** Numbers in a lane's own arrays: most of the registers that it takes. */
  tile: number;
  /** Bytes of memory that all workgroups share, of one workgroup. */
  shared: number;
  /** Bytes that the grid reads: each once, however many lanes read it. */
  read: number;
  /** Bytes that it writes. */
  written: number;
}

/** Bytes of an element or texel. */
const unit = (bound: Tensor | Sheet) => "format" in bound && bound.format !== "r32uint" ? 16 : 4;

/** The plan of a step. */
export function planOf({ from: { shader, binding } }: Step): Plan {
  const { buffers, constants, workgroups, multiplyAdds = 0, touched = {} } = binding;
  const tokens = readTokens(plain(shader.source));
  const known = derive(tokens, constants);
  const plan = {
    shader: shader.name,
    workgroups: sizeOf(workgroups),
    multiplyAdds,
    lanes: lanesOf(shader.source, known),
    tile: countBytes(tokens, known, "function").bytes / 4,
    shared: countBytes(tokens, known, "workgroup").bytes,
    read: 0,
    written: 0,
  };
  for (const [name, access] of Object.entries(shader.bindings)) {
    const bytes = unit(buffers[name]) * (touched[name] ?? sizeOf(buffers[name].shape));
    if (access !== "write" && access !== "store") plan.read += bytes;
    if (access !== "read" && access !== "load") plan.written += bytes;
  }
  return plan;
}

/** The product of the sizes in `@workgroup_size(…)`. */
function lanesOf(source: string, known: Constants): number {
  const [, sizes = "1"] = /@workgroup_size\(([^)]*)\)/.exec(source) ?? [];
  return sizeOf(
    sizes.split(",").filter((size) => size.trim()).map((size) => evaluate(size, known) ?? 1),
  );
}
