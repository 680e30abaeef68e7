/**
 * The plan of a training step as a table: see docs/PERFORMANCE.md.
 *
 * @module
 */
import type { ShaderTime } from "../src/experiments/bench.ts";

/** What the columns are called. */
export const PLAN = [
  ...["shader", "ms", "share", "workgroups", "× lanes", "multiply-adds a lane", "tile"],
  ...["KB an image: read", "written"],
];

/** A row for each dispatch, and one for all. */
export function formatPlan(shaders: readonly ShaderTime[], images: number): string[][] {
  const sum = (of: (one: ShaderTime) => number) =>
    shaders.reduce((total, one) => total + of(one), 0);
  const total = sum(({ ms }) => ms);
  const kilobytes = (bytes: number) => (bytes / images / 1000).toFixed(1);
  const rows = shaders.map((one) => [
    ...[one.shader, one.ms.toFixed(2), `${(100 * one.ms / total).toFixed(1)} %`],
    ...[String(one.workgroups), String(one.lanes)],
    (one.multiplyAdds / one.workgroups / one.lanes).toFixed(0),
    ...[String(one.tile), kilobytes(one.read), kilobytes(one.written)],
  ]);
  const traffic = [kilobytes(sum(({ read }) => read)), kilobytes(sum(({ written }) => written))];
  const all = `${shaders.length} dispatches`;
  return [...rows, [all, total.toFixed(2), "100.0 %", "", "", "", "", ...traffic]];
}
