/**
 * What silhouettes are built from: polygons, ellipses, smooth curves and strokes, in a plane of any
 * unit with y pointing down (the shapes use about −1 … 1).
 *
 * @module
 */
import type { Part, Point } from "./raster.ts";

/** Draws a number between two bounds. */
export type Vary = (low: number, high: number) => number;

/** A recipe for a silhouette: upright, in about −1 … 1, with its own draws. */
export type Shape = (vary: Vary) => Part[];

/** A closed outline with corners. */
export function polygon(...outline: Point[]): Part {
  return { outline };
}

/** A rectangle with upright sides, by its corners. */
export function box(left: number, top: number, right: number, bottom: number): Part {
  return polygon([left, top], [right, top], [right, bottom], [left, bottom]);
}

/** An ellipse by centre, radii and the turn of its first radius (radians); a disc by default. */
export function ellipse(x: number, y: number, rx: number, ry: number = rx, turn = 0): Part {
  const [cos, sin] = [Math.cos(turn), Math.sin(turn)];
  return polar((angle) => {
    const [u, v] = [rx * Math.cos(angle), ry * Math.sin(angle)];
    return [x + u * cos - v * sin, y + u * sin + v * cos];
  });
}

/** A closed outline through `point(angle)`, angle 0 … 2π in so many steps. */
export function polar(point: (angle: number) => Point, steps = 96): Part {
  return { outline: Array.from({ length: steps }, (_, i) => point(2 * Math.PI * i / steps)) };
}

/** A smooth closed outline through the points (Catmull–Rom). */
export function curve(...points: Point[]): Part {
  const at = (i: number) => points[(i + points.length) % points.length];
  return {
    outline: points.flatMap((_, i) => catmullRom(at(i - 1), at(i), at(i + 1), at(i + 2))),
  };
}

/** A smooth open line through the points (Catmull–Rom), for `stroke`. */
export function line(...points: Point[]): Point[] {
  const at = (i: number) => points[Math.min(Math.max(i, 0), points.length - 1)];
  const inner = points.slice(1).flatMap((_, i) =>
    catmullRom(at(i - 1), at(i), at(i + 1), at(i + 2))
  );
  return [...inner, points[points.length - 1]];
}

/**
 * A line with a round pen.
 *
 * @param path Its points, straight between them (`line` smooths).
 * @param width The pen's width at the part t of the points, t = 0 … 1; a number holds for all.
 */
export function stroke(path: Point[], width: number | ((t: number) => number)): Part[] {
  const radius = (i: number) =>
    (typeof width === "number" ? width : width(i / (path.length - 1))) / 2;
  const tips = path.map(([x, y], i) =>
    polar((angle) => [x + radius(i) * Math.cos(angle), y + radius(i) * Math.sin(angle)], 20)
  );
  const pieces = path.slice(1).map(([x1, y1], i) => {
    const [x0, y0] = path[i];
    const length = Math.hypot(x1 - x0, y1 - y0) || 1;
    const [nx, ny] = [(y0 - y1) / length, (x1 - x0) / length];
    const [a, b] = [radius(i), radius(i + 1)];
    return polygon(
      [x0 + a * nx, y0 + a * ny],
      [x1 + b * nx, y1 + b * ny],
      [x1 - b * nx, y1 - b * ny],
      [x0 - a * nx, y0 - a * ny],
    );
  });
  return [...tips, ...pieces];
}

/** The outline and its mirror image about x = 0 as one: give the right half, top to bottom. */
export function symmetric(...right: Point[]): Point[] {
  return [...right, ...right.toReversed().map(([x, y]): Point => [-x, y])];
}

/** The parts mirrored about x = 0. */
export function mirror(parts: Part[]): Part[] {
  return map(parts, ([x, y]) => [-x, y]);
}

/** The parts turned about the origin by an angle (radians, clockwise as seen), then moved. */
export function place(parts: Part[], turn: number, dx = 0, dy = 0): Part[] {
  const [cos, sin] = [Math.cos(turn), Math.sin(turn)];
  return map(parts, ([x, y]) => [x * cos - y * sin + dx, x * sin + y * cos + dy]);
}

/** The part as a hole in what was painted before it. */
export function cut(part: Part): Part {
  return { ...part, cut: true };
}

/** The parts with every point moved by `move`. */
export function map(parts: Part[], move: (point: Point) => Point): Part[] {
  return parts.map((part) => ({ ...part, outline: part.outline.map(move) }));
}

/** The uniform Catmull–Rom arc from b to c, without its end. */
function catmullRom(a: Point, b: Point, c: Point, d: Point): Point[] {
  const steps = 10;
  return Array.from({ length: steps }, (_, i) => {
    const t = i / steps;
    const at = (k: 0 | 1) =>
      b[k] + t / 2 * (c[k] - a[k] + t * (2 * a[k] - 5 * b[k] + 4 * c[k] - d[k] +
              t * (3 * (b[k] - c[k]) + d[k] - a[k])));
    return [at(0), at(1)];
  });
}
