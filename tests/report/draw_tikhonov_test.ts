import { drawTikhonov } from "../../src/report/draw_tikhonov.ts";
import { assert, assertEquals } from "../helpers/assert.ts";
import { checkSvg, elementsOf, linesOf, textsOf } from "../helpers/check_svg.ts";

const tikhonov = Array.from({ length: 100 }, (_, i) => 10 ** (-7 + 6 * i / 99));
const CUT = "The curve goes on below the picture.";

Deno.test("drawTikhonov marks the chosen τ on the curve", async () => {
  const logLikelihood = tikhonov.map((tau) => -((Math.log10(tau) + 3) ** 2) / 2);
  const svg = await drawTikhonov({ tikhonov, logLikelihood }, tikhonov[66], "conv7");
  checkSvg(svg);
  const texts = textsOf(svg);
  assertEquals(texts[0], "conv7");
  assert(texts[1].includes("τ = 1.00e-3"), texts[1]);
  assert(!texts.includes(CUT));
  for (
    const label of ["Tikhonov constant τ (log scale)", "held-out log-density (nats per sample)"]
  ) {
    assert(texts.includes(label), label);
  }
  const [{ attributes: dot }] = elementsOf(svg, "circle");
  const [{ points: line }] = linesOf(svg);
  assertEquals(line.length, 100);
  const top = line[66];
  assert(Math.abs(Number(dot.cx) - top[0]) < 0.1 && Math.abs(Number(dot.cy) - top[1]) < 0.1);
  assertEquals(Math.min(...line.map(([, y]) => y)), top[1]);
});

Deno.test("drawTikhonov cuts off what lies far below, and says so", async () => {
  const logLikelihood = tikhonov.map((tau) => 100 - 1e-2 / tau - 100 * tau);
  const svg = await drawTikhonov({ tikhonov, logLikelihood }, tikhonov[66]);
  checkSvg(svg);
  assert(textsOf(svg).includes(CUT));
  const [{ points: line }] = linesOf(svg);
  const shown = logLikelihood.filter((density) => density >= Math.max(...logLikelihood) - 15);
  assertEquals(line.length, shown.length);
});
