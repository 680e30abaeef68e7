import { drawCurves, drawGridCurves } from "../../src/report/draw_curves.ts";
import { assert, assertEquals } from "../helpers/assert.ts";
import { checkSvg, elementsOf, linesOf, textsOf } from "../helpers/check_svg.ts";

const BLUE = "#0072b2";

/** A curve with these cross-entropies. */
const curve = (...values: number[]) =>
  values.map((ce) => ({ loss: 1e3, ce, accuracy: 1 / (1 + ce) }));

/** A trial of equal curves. */
const trial = (...values: number[]) => ({ train: curve(...values), valid: curve(...values) });

/** The points of the lines that are drawn in a colour and a width. */
const lines = (svg: string, colour: string, thickness: string) =>
  linesOf(svg).filter(({ stroke, width }) => stroke === colour && width === thickness)
    .map(({ points }) => points);

Deno.test("drawCurves draws each trial thin and their mean thick, in two colours and panels", async () => {
  const svg = await drawCurves([trial(4, 0), trial(2, 2), trial(0, 4)], "Phase 1");
  checkSvg(svg);
  assertEquals(textsOf(svg).slice(0, 4), [
    "Phase 1",
    "Thin lines: 3 trials; thick lines: their mean.",
    "training",
    "validation",
  ]);
  for (const label of ["epoch", "cross-entropy (nats)", "accuracy"]) {
    assert(textsOf(svg).includes(label), label);
  }
  const thin = lines(svg, BLUE, "0.75"), thick = lines(svg, BLUE, "2");
  assertEquals([thin.length, thick.length], [6, 2]);
  // The mean, 2 and 2, is level, at the height of the second trial; the first falls: y grows.
  assertEquals(thick[0], thin[1]);
  assertEquals(thick[0][0][1], thick[0][1][1]);
  assert(thin[0][1][1] > thin[0][0][1]);
});

Deno.test("drawCurves thins lines to 200 points and keeps the first and the last", async () => {
  const values = Array.from({ length: 401 }, (_, i) => 1 + i % 2);
  const svg = await drawCurves([trial(...values)]);
  const [line] = lines(svg, BLUE, "2"), [exact] = lines(await drawCurves([trial(1, 2)]), BLUE, "2");
  assert(line.length <= 201, `${line.length} points`);
  assertEquals([line[0][0], line.at(-1)![0]], [exact[0][0], exact[1][0]]);
  const many = await drawCurves(Array(20).fill(trial(...values)));
  assert(many.length < 250_000, `${many.length} bytes`);
});

Deno.test("drawCurves draws a single epoch as dots, one trial without a note", async () => {
  const svg = await drawCurves([trial(2)]);
  checkSvg(svg);
  assertEquals(elementsOf(svg, "circle").length, 4);
  assert(!textsOf(svg).some((text) => text.includes("mean")));
});

Deno.test("drawCurves leaves gaps where a value is not finite, and out of the mean", async () => {
  const svg = await drawCurves([trial(1, 1, Infinity, NaN, 1), trial(1, 1, 1, 1, 1)]);
  checkSvg(svg);
  const [mean] = lines(svg, BLUE, "2");
  assertEquals(mean.length, 5);
  assertEquals(new Set(mean.map(([, y]) => y)).size, 1);
  assertEquals(lines(svg, BLUE, "0.75")[0].length, 3);
});

Deno.test("drawGridCurves has a column for each penalty and a colour for each α", async () => {
  const settings = ["l2", "sk"].flatMap((mode) =>
    [4, 0.123456].map((alpha) => ({ mode, alpha, trials: [trial(2, 1), trial(4, 3)] }))
  );
  const svg = await drawGridCurves(settings);
  checkSvg(svg);
  const texts = textsOf(svg);
  assertEquals(texts.slice(2, 4), ["α = 0.123", "α = 4"]);
  assertEquals(texts.filter((text) => text === "L2" || text === "SK-reg").length, 4);
  const [small, large] = elementsOf(svg, "line").slice(0, 2).map((key) => key.attributes.stroke);
  assert(small !== large);
  for (const colour of [small, large]) assertEquals(lines(svg, colour, "1.75").length, 4);
});
