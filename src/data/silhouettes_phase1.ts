/**
 * The twenty silhouettes of the built-in set's phase 1. A shape draws its proportions and its pose;
 * what all shapes share (turn, size, outline noise, colour) is in draw_silhouettes.ts.
 *
 * @module
 */
import * as draw from "./outline.ts";
import type { Part, Point } from "./raster.ts";

/** Phase 1 by class name. */
export const SHAPES_PHASE1: Record<string, draw.Shape> = {
  anchor(vary) {
    const reach = vary(0.6, 0.85), drop = vary(0.45, 0.65), pen = vary(0.13, 0.2);
    const bar = vary(0.3, 0.5), bend = reach * 0.7, tip = drop - 0.35;
    const arms = draw.line([-reach, tip], [-bend, drop], [0, 0.85], [bend, drop], [reach, tip]);
    const barb: Point[] = [[0.16, -0.12], [0.05, -0.55], [-0.28, -0.2]];
    const fluke = (side: number) =>
      draw.polygon(...barb.map(([x, y]): Point => [side * (reach + x), drop + y]));
    return [
      draw.ellipse(0, -0.8, 0.2),
      draw.cut(draw.ellipse(0, -0.8, 0.1)),
      ...draw.stroke([[0, -0.62], [0, 0.85]], pen),
      ...draw.stroke([[-bar, -0.42], [bar, -0.42]], pen),
      ...draw.stroke(arms, pen * 1.1),
      fluke(1),
      fluke(-1),
    ];
  },

  arrow(vary) {
    const shaft = vary(0.09, 0.2), wing = vary(0.38, 0.65), neck = vary(0, 0.4);
    const notch = vary(-0.05, 0.15), tail = vary(-0.1, 0.2);
    const below: Point[] = [[1, 0], [neck, wing], [neck + notch, shaft], [-1, shaft]];
    const above: Point[] = [[-1, -shaft], [neck + notch, -shaft], [neck, -wing]];
    return [draw.polygon(...below, [-1 + tail, 0], ...above)];
  },

  bone(vary) {
    const shaft = vary(0.14, 0.24), knob = vary(0.2, 0.3), bend = vary(-0.2, 0.2);
    const shafts = draw.stroke(
      draw.line([-0.75, 0], [0, bend], [0.75, 0]),
      (t) => shaft * (1.5 + 4 * (t - 0.5) ** 2),
    );
    const knobs = [-1, 1].flatMap((end) =>
      [-1, 1].map((side) =>
        draw.ellipse(end * vary(0.78, 0.86), side * knob * 0.8, knob * vary(0.85, 1.15))
      )
    );
    return [...shafts, ...knobs];
  },

  bottle(vary) {
    const neck = vary(0.11, 0.18), body = vary(0.3, 0.46), shoulder = vary(-0.35, 0.05);
    const waist = body * vary(0.82, 1);
    const upper: Point[] = [[neck, -0.95], [neck, -0.6], [neck * 1.1, shoulder - 0.25]];
    const lower: Point[] = [[body, shoulder + 0.1], [waist, 0.5], [body, 0.85], [body * 0.9, 0.97]];
    return [
      draw.curve(...draw.symmetric(...upper, ...lower)),
      draw.box(-neck * 1.35, -1, neck * 1.35, -0.85),
    ];
  },

  butterfly(vary) {
    const up = vary(0.6, 1), span = vary(0.8, 1.05), low = vary(0.55, 0.85), tail = vary(0, 0.25);
    const upper: Point[] = [[0.35, -up * 0.75], [span, -up], [span * 0.95, -0.25], [0.5, 0.1]];
    const lower: Point[] = [[low, 0.3], [low * 0.8, 0.75], [0.3 + tail / 2, 0.7 + tail]];
    const wings = [
      draw.curve([0, -0.1], ...upper, [0, 0.1]),
      draw.curve([0, 0], [0.55, 0], ...lower, [0.1, 0.4]),
      draw.cut(draw.ellipse(span * 0.68, -up * 0.55, vary(0.05, 0.13), vary(0.06, 0.16))),
      ...draw.stroke(draw.line([0, -0.4], [0.12, -0.75], [vary(0.2, 0.35), -0.95]), 0.05),
    ];
    return [...wings, ...draw.mirror(wings), draw.ellipse(0, 0.05, 0.09, 0.52)];
  },

  "cat-head"(vary) {
    const wide = vary(0.72, 0.9), high = vary(0.6, 0.75), ear = vary(0.85, 1.1);
    const tip = vary(0.5, 0.8), eye = vary(0.08, 0.15), lid = vary(0.4, 1);
    const half = [
      draw.polygon([0.1, -0.3], [tip, -ear], [wide * 0.98, 0.1]),
      ...[-0.1, 0.08].flatMap((slope) =>
        draw.stroke([[0.4, 0.3 + slope], [1.1, 0.3 + slope * 3]], 0.045)
      ),
      draw.cut(draw.ellipse(0.34, -0.02, eye, eye * lid, -0.3)),
    ];
    const nose = draw.cut(draw.polygon([-0.1, 0.26], [0.1, 0.26], [0, 0.38]));
    return [draw.ellipse(0, 0.1, wide, high), ...half, ...draw.mirror(half), nose];
  },

  crescent(vary) {
    const inner = vary(0.72, 0.9), shift = vary(0.35, 0.6);
    return [draw.ellipse(0, 0, 1), draw.cut(draw.ellipse(shift, 0, inner))];
  },

  cross(vary) {
    const pen = vary(0.14, 0.3), across = vary(0.55, 0.95), height = vary(-0.45, 0);
    const flare = vary(0.9, 1.5);
    const bar = (length: number) =>
      draw.polygon([0, -pen], [length, -pen * flare], [length, pen * flare], [0, pen]);
    return [0, 1, 2, 3].flatMap((quarter) =>
      draw.place([bar([across, 1 - height, across, 1 + height][quarter])], quarter * Math.PI / 2)
    ).map((part) => draw.place([part], 0, 0, height)[0]);
  },

  crown(vary) {
    const points = Math.floor(vary(3, 6)), spread = vary(0.8, 1), valley = vary(-0.15, 0.2);
    const ball = vary(0.07, 0.13), band = vary(0.25, 0.45), arch = vary(0, 0.25);
    const outline: Point[] = [[-0.75, 0.7]], balls: Part[] = [];
    for (let i = 0; i < points; i++) {
      const at = 2 * i / (points - 1) - 1;
      const tip: Point = [at * spread, -0.6 - arch * (1 - at * at)];
      outline.push(tip);
      if (i < points - 1) outline.push([(at + 1 / (points - 1)) * 0.8, valley]);
      balls.push(draw.ellipse(...tip, ball));
    }
    outline.push([0.75, 0.7]);
    return [
      draw.polygon(...outline),
      ...balls,
      draw.cut(draw.box(-0.7, 0.68 - band, 0.7, 0.74 - band)),
    ];
  },

  fish(vary) {
    const deep = vary(0.28, 0.5), fork = vary(0.3, 0.5), fin = vary(0.15, 0.4);
    const nose = vary(-0.08, 0.08), root = vary(0.06, 0.12);
    const back: Point[] = [[-0.6, -deep * 0.75], [-0.15, -deep], [0.55, -root]];
    const belly: Point[] = [[0.55, root], [-0.15, deep * 0.95], [-0.6, deep * 0.75]];
    return [
      draw.curve([-0.95, nose], ...back, ...belly),
      draw.polygon([0.45, 0], [1, -fork], [vary(0.75, 0.9), 0], [1, fork * vary(0.8, 1.1)]),
      draw.polygon([-0.4, -deep * 0.8], [0.1, -deep - fin], [0.25, -deep * 0.5]),
      draw.polygon([-0.1, deep * 0.8], [0.25, deep + fin * 0.8], [0.3, deep * 0.4]),
      draw.cut(draw.ellipse(-0.62, -deep * 0.2, vary(0.05, 0.09))),
    ];
  },

  gear(vary) {
    const teeth = Math.floor(vary(7, 13)), root = vary(0.68, 0.8), hole = vary(0.2, 0.45);
    const share = vary(0.2, 0.3);
    const outline = Array.from(
      { length: teeth },
      (_, i) =>
        [[-1.25, root], [-0.85, 1], [0.85, 1], [1.25, root]].map(([side, radius]): Point => {
          const angle = 2 * Math.PI / teeth * (i + side * share);
          return [radius * Math.cos(angle), radius * Math.sin(angle)];
        }),
    ).flat();
    return [draw.polygon(...outline), draw.cut(draw.ellipse(0, 0, hole))];
  },

  hammer(vary) {
    const handle = vary(0.13, 0.22), head = vary(0.15, 0.23), face = vary(0.5, 0.7);
    const claw = vary(0.55, 0.85), droop = vary(0.1, 0.4);
    const [top, bottom] = [-0.75 - head, -0.75 + head];
    const over: Point = [-claw * 0.6, -0.75 - head * 0.8];
    const under: Point = [-claw * 0.5, -0.72 + head * 0.3];
    return [
      ...draw.stroke([[0, -0.6], [vary(-0.06, 0.06), 1]], (t) => handle * (0.9 + 0.35 * t)),
      draw.box(-0.15, top, face, bottom),
      draw.box(face - 0.2, -0.75 - head * 1.25, face, -0.75 + head * 1.25),
      draw.curve([0, top], over, [-claw, -0.7 + droop], under, [0, bottom]),
    ];
  },

  heart(vary) {
    const lobe = vary(0.8, 1.2), plump = vary(0.85, 1.15);
    // The usual closed curve; `lobe` deepens the cleft, `plump` widens.
    return [draw.polar((angle) => [
      plump * Math.sin(angle) ** 3,
      (-13 * Math.cos(angle) + 5 * lobe * Math.cos(2 * angle) + 2 * Math.cos(3 * angle) +
        Math.cos(4 * angle)) / 16,
    ])];
  },

  key(vary) {
    const bow = vary(0.28, 0.42), shaft = vary(0.1, 0.17), teeth = Math.floor(vary(2, 5));
    const flat = vary(0.75, 1.2);
    const bits = Array.from({ length: teeth }, (_, i) => {
      const x = 0.95 - 0.17 * i;
      return draw.box(x - 0.1, 0, x, shaft / 2 + vary(0.12, 0.3));
    });
    return [
      draw.ellipse(-0.6, 0, bow, bow * flat),
      draw.cut(draw.ellipse(-0.66, 0, bow * vary(0.35, 0.6), bow * flat * vary(0.4, 0.6))),
      draw.box(-0.35, -shaft / 2, 1, shaft / 2),
      draw.box(-0.2, -shaft, -0.1, shaft),
      ...bits,
    ];
  },

  leaf(vary) {
    const wide = vary(0.35, 0.6), belly = vary(0.3, 0.55), saw = vary(0.03, 0.09);
    const teeth = Math.floor(vary(5, 10)), bend = vary(-0.25, 0.25);
    const right: Point[] = [];
    for (let i = 0; i <= 2 * teeth; i++) {
      const t = i / (2 * teeth); // 0 at the tip, 1 at the stem
      // `belly` moves the widest place; every second point stands out as a tooth.
      const half = wide * Math.sin(Math.PI * t ** (0.6 + belly)) ** 0.8;
      right.push([Math.max(0, half + (i % 2 && i < 2 * teeth ? saw : 0)), -1 + 1.6 * t]);
    }
    const parts = [
      draw.polygon(...draw.symmetric(...right)),
      ...draw.stroke([[0, 0.55], [0, 1]], 0.08),
      ...draw.stroke([[0, -0.6], [0, 0.45]], (t) => 0.02 + 0.03 * t).map(draw.cut),
    ];
    return draw.map(parts, ([x, y]) => [x + bend * y * y, y]);
  },

  mushroom(vary) {
    const dome = vary(0.6, 0.95), stem = vary(0.16, 0.32), foot = stem * vary(1, 1.6);
    const rim = vary(-0.05, 0.15), curl = vary(0.02, 0.15);
    const half: Point[] = [[stem, rim - 0.1], [stem * 0.9, 0.4], [foot, 0.85], [foot * 0.6, 0.97]];
    const hat: Point[] = [[0.6, -dome * 0.75], [0.95, rim - 0.15], [0.85, rim + curl]];
    const cap = draw.curve([0, -dome], ...draw.symmetric(...hat, [0.3, rim - 0.02]));
    return [cap, draw.curve(...draw.symmetric(...half))];
  },

  snake(vary) {
    const swing = vary(0.25, 0.5), pen = vary(0.16, 0.26), phase = vary(0, 2 * Math.PI);
    const waves = vary(1, 1.7);
    const spine = Array.from({ length: 40 }, (_, i): Point => {
      const t = i / 39;
      return [2 * t - 1, swing * Math.sin(2 * Math.PI * waves * t + phase)];
    });
    const [[hx, hy], [kx, ky]] = [spine[0], spine[2]];
    const turn = Math.atan2(hy - ky, hx - kx); // where the head looks
    const head = [
      draw.ellipse(0.08, 0, pen * 1.15, pen * 0.72),
      ...draw.stroke([[0.1, 0], [0.36, 0]], 0.045),
      ...draw.stroke([[0.36, 0], [0.48, 0.09]], 0.04),
      ...draw.stroke([[0.36, 0], [0.48, -0.09]], 0.04),
    ];
    const body = draw.stroke(spine, (t) => pen * Math.min(1, 1.6 * (1.02 - t)));
    return [...body, ...draw.place(head, turn, hx, hy)];
  },

  spiral(vary) {
    const turns = vary(2, 3), pen = vary(0.09, 0.15), grow = vary(0.6, 1);
    const path = Array.from({ length: 70 }, (_, i): Point => {
      const t = i / 69;
      const angle = 2 * Math.PI * turns * t;
      return [t ** grow * 0.92 * Math.cos(angle), t ** grow * 0.92 * Math.sin(angle)];
    });
    return draw.stroke(path, (t) => pen * (0.7 + 0.6 * t));
  },

  star(vary) {
    const rays = Math.floor(vary(5, 7)), inner = vary(0.36, 0.55);
    const outline = Array.from({ length: 2 * rays }, (_, i): Point => {
      const radius = (i % 2 ? inner : 1) * vary(0.92, 1.04);
      const angle = Math.PI * (i / rays - 0.5);
      return [radius * Math.cos(angle), radius * Math.sin(angle)];
    });
    return [draw.polygon(...outline)];
  },

  tree(vary) {
    const trunk = vary(0.13, 0.22), crown = vary(0.25, 0.45), leaves = Math.floor(vary(7, 12));
    const wide = vary(0.4, 0.65), fork = vary(0.15, 0.3);
    const canopy = Array.from({ length: leaves }, (_, i) => {
      const angle = 2 * Math.PI * i / leaves;
      const [x, y] = [wide * Math.cos(angle), -0.4 + crown * Math.sin(angle)];
      return draw.ellipse(x, y, vary(0.2, 0.32), vary(0.18, 0.28));
    });
    const branch = (side: number) =>
      draw.stroke(draw.line([0, 0.5], [side * fork, 0.2], [side * fork * 2, -0.1]), trunk * 0.6);
    return [
      ...canopy,
      draw.ellipse(0, -0.4, wide, crown),
      draw.curve(...draw.symmetric([trunk * 0.8, -0.2], [trunk * 0.8, 0.6], [trunk * 1.9, 1])),
      ...branch(1),
      ...branch(-1),
    ];
  },
};
