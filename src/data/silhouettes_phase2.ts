/**
 * The ten other silhouettes, of the built-in set's phase 2.
 *
 * @module
 */
import * as draw from "./outline.ts";
import type { Part, Point } from "./raster.ts";

/** Phase 2 by class name. */
export const SHAPES_PHASE2: Record<string, draw.Shape> = {
  airplane(vary) {
    const span = vary(0.75, 1), sweep = vary(0.1, 0.5), chord = vary(0.2, 0.35);
    const body = vary(0.09, 0.14), root = vary(-0.3, -0.05), tail = vary(0.28, 0.42);
    const tip = root + sweep, end = root + chord * 1.3;
    const half = [
      draw.polygon([0, root], [span, tip], [span, tip + chord * 0.4], [0, end]),
      draw.polygon([0, 0.65], [tail, 0.85], [tail, 0.97], [0, 0.9]),
      draw.ellipse(span * 0.42, root + sweep * 0.42, 0.06, 0.14),
    ];
    const hull: Point[] = [[body * 0.5, -0.97], [body, -0.7], [body, 0.4], [body * 0.4, 1]];
    return [draw.curve(...draw.symmetric(...hull)), ...half, ...draw.mirror(half)];
  },

  bird(vary) {
    const plump = vary(0.26, 0.38), head = vary(0.17, 0.23), lift = vary(0.5, 1.05);
    const tail = vary(0.25, 0.5), beak = vary(0.18, 0.32), stride = vary(0.05, 0.15);
    const legs = [-1, 1].map((side) => side * stride).flatMap((x) =>
      draw.stroke([[x * 0.6, 0.3], [x, 0.8], [x - 0.14, 0.85]], 0.06)
    );
    const wing: Point[] = [[0.15, -lift * 0.7], [0.5, -lift], [0.42, -lift * 0.35]];
    return [
      draw.ellipse(0, 0.15, 0.55, plump, 0.15),
      draw.ellipse(-0.55, -0.15, head),
      draw.polygon([-0.62, -0.15 - head * 0.6], [-0.72 - beak, -0.1], [-0.62, head * 0.2]),
      draw.curve([-0.65, 0], [-0.4, -0.25], [-0.15, 0.1], [-0.45, 0.3]),
      draw.polygon([0.35, 0.1], [1, 0.25 - tail], [1, 0.4 - tail * 0.3], [0.4, 0.38]),
      draw.curve([-0.2, 0.05], ...wing, [0.25, 0.15]),
      draw.cut(draw.ellipse(-0.6, -0.2, 0.04)),
      ...legs,
    ];
  },

  cup(vary) {
    const top = vary(0.5, 0.65), foot = top * vary(0.55, 1), high = vary(0.45, 0.75);
    const loop = vary(0.2, 0.32), pen = vary(0.09, 0.15);
    const bulge: Point[] = [[0.55 + loop, -high * 0.7], [0.6 + loop, 0]];
    return [
      ...draw.stroke(draw.line([0.45, -high * 0.6], ...bulge, [0.35, high * 0.5]), pen),
      draw.polygon([-top, -high], [top, -high], [foot, high], [-foot, high]),
      draw.ellipse(0, high, foot, 0.08),
      draw.box(-foot * 1.3, high, foot * 1.3, high + 0.1),
    ];
  },

  flower(vary) {
    const petals = Math.floor(vary(5, 9)), length = vary(0.2, 0.28), eye = vary(0.1, 0.16);
    const bend = vary(-0.2, 0.2), leaf = vary(0.25, 0.45), fat = vary(0.75, 1);
    const petal = [draw.ellipse(length + 0.1, 0, length, fat * 1.1 / petals)];
    const ring = Array.from(
      { length: petals },
      (_, i) => draw.place(petal, 2 * Math.PI * i / petals, 0, -0.45)[0],
    );
    const stem = draw.line([0, -0.4], [bend, 0.3], [0, 1]);
    const leaves = [-1, 1].map((side) =>
      draw.ellipse(bend * 0.7 + side * leaf * 0.8, vary(0.4, 0.6), leaf, 0.11, -side * 0.5)
    );
    return [
      ...draw.stroke(stem, 0.08),
      ...leaves,
      ...ring,
      draw.ellipse(0, -0.45, 0.2),
      draw.cut(draw.ellipse(0, -0.45, eye)),
    ];
  },

  hand(vary) {
    const splay = vary(0.12, 0.28), pen = vary(0.17, 0.22), thumb = vary(0.7, 1.1);
    const fingers = [0, 1, 2, 3].flatMap((i) => {
      const at = i - 1.5;
      const length = [0.72, 0.85, 0.8, 0.6][i] * vary(0.9, 1.05);
      const finger = draw.stroke([[0, 0], [0, -length]], (t) => pen * (1.05 - 0.15 * t));
      return draw.place(finger, at * splay, at * pen * 1.05, -0.05);
    });
    const fat = draw.stroke([[0, 0], [0, -0.4], [0.05, -0.6]], (t) => pen * (1.3 - 0.3 * t));
    const top: Point[] = [[-0.38, -0.1], [0, -0.18], [0.38, -0.1]];
    return [
      ...fingers,
      ...draw.place(fat, -thumb, -0.22, 0.45),
      draw.curve(...top, [0.36, 0.4], [0.22, 0.7], [-0.22, 0.7], [-0.36, 0.4]),
      draw.box(-0.22, 0.6, 0.22, 1),
    ];
  },

  horseshoe(vary) {
    const wide = vary(0.55, 0.75), pen = vary(0.26, 0.38), gap = vary(0.3, 0.5);
    const left: Point[] = [[-gap, 0.85], [-wide, 0.2], [-wide * 0.75, -0.55]];
    const right: Point[] = [[wide * 0.75, -0.55], [wide, 0.2], [gap, 0.85]];
    const path = draw.line(...left, [0, -0.85], ...right);
    const nails = [8, 15, 22, 38, 45, 52].map((i) => draw.cut(draw.ellipse(...path[i], 0.05)));
    return [...draw.stroke(path, pen), ...nails];
  },

  house(vary) {
    const wide = vary(0.6, 0.8), eaves = vary(0.08, 0.22), wall = vary(-0.25, 0.1);
    const ridge = vary(-1, -0.75), peak = vary(-0.2, 0.2), door = vary(0.12, 0.18);
    const side = vary(0.2, 0.35), chimney = vary(0.25, 0.45);
    return [
      draw.box(-wide, wall, wide, 0.9),
      draw.polygon([-wide - eaves, wall], [peak, ridge], [wide + eaves, wall]),
      draw.box(chimney, ridge, chimney + 0.2, wall),
      draw.cut(draw.box(-side - door, 0.9 - vary(0.45, 0.6), -side + door, 0.91)),
      draw.cut(draw.box(0.1, wall + 0.2, 0.1 + vary(0.22, 0.35), wall + vary(0.4, 0.55))),
    ];
  },

  lamp(vary) {
    const top = vary(0.2, 0.4), rim = vary(0.55, 0.8), drop = vary(-0.25, 0.05);
    const pen = vary(0.08, 0.14), foot = vary(0.35, 0.55), belly = vary(0, 0.22);
    return [
      draw.polygon([-top, -0.95], [top, -0.95], [rim, drop], [-rim, drop]),
      ...draw.stroke([[0, drop], [0, 0.85]], pen),
      draw.ellipse(0, 0.4, pen / 2 + belly, 0.2),
      draw.curve(...draw.symmetric([pen, 0.78], [foot, 0.9], [foot, 0.98])),
    ];
  },

  lightning(vary) {
    const thick = vary(0.25, 0.4), step = vary(0.1, 0.3), lean = vary(0.25, 0.5);
    const knee = vary(-0.2, 0.1), shelf = vary(0.2, 0.45);
    const top: Point[] = [[lean - thick * 0.4, -1], [lean + thick, -1]];
    const right: Point[] = [[step, knee - shelf / 2], [step + thick * 1.3, knee - shelf / 2]];
    const left: Point[] = [[-step * 0.2, knee + shelf / 2], [-step - thick, knee + shelf / 2]];
    return [draw.polygon(...top, ...right, [-lean - 0.1, 1], ...left)];
  },

  umbrella(vary) {
    const dome = vary(0.55, 0.85), ribs = Math.floor(vary(3, 6)), pen = vary(0.07, 0.11);
    const hook = vary(0.14, 0.22), tip = vary(0.08, 0.18);
    const bend: Point[] = [[hook * 0.2, 0.9], [hook, 0.97], [hook * 1.8, 0.9]];
    const canopy = draw.polar((angle) => [Math.cos(angle), Math.min(0, dome * Math.sin(angle))]);
    const scallops: Part[] = Array.from({ length: ribs }, (_, i) => {
      const width = 2 / ribs;
      return draw.cut(draw.ellipse(-1 + width * (i + 0.5), 0.01, width / 2, 0.15));
    });
    return [
      canopy,
      ...scallops,
      ...draw.stroke([[0, -dome - tip], [0, 0.7]], pen),
      ...draw.stroke(draw.line([0, 0.7], ...bend, [hook * 2, 0.7]), pen),
    ];
  },
};
