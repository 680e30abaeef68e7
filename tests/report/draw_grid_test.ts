import { drawGrid } from "../../src/report/draw_grid.ts";
import { assert, assertEquals } from "../helpers/assert.ts";
import { checkSvg, elementsOf, textsOf } from "../helpers/check_svg.ts";

const at = (mode: string, alpha: number, ce: number, standardError: number | null = 0.1) => ({
  mode,
  alpha,
  ce: { mean: ce, standardError },
  accuracy: { mean: 1 / ce, standardError },
});

Deno.test("drawGrid draws mean and error of each α and rings the chosen ones", async () => {
  const points = [at("l2", 4, 2), at("l2", 1, 3), at("sk", 1, 1.5), at("sk", 4, 2.5)];
  const chosen = [{ mode: "l2", alpha: 4 }, { mode: "sk", alpha: 1 }];
  const svg = await drawGrid(points, chosen);
  checkSvg(svg);
  const texts = textsOf(svg);
  for (const text of ["L2", "SK-reg", "validation cross-entropy (nats)", "validation accuracy"]) {
    assert(texts.includes(text), text);
  }
  assertEquals(texts.filter((text) => text === "1" || text === "4"), ["1", "4", "1", "4"]);
  const circles = elementsOf(svg, "circle").map(({ attributes }) => attributes);
  const dots = circles.filter(({ r }) => r === "3"), rings = circles.filter(({ r }) => r === "7");
  assertEquals([dots.length, rings.length], [8, 4]);
  // Left panel: L2 at 4 and SK at 1 are ringed where their dots are; lower values are lower.
  assertEquals(rings.slice(0, 2).map(({ cx }) => cx), [dots[0].cx, dots[2].cx]);
  assert(Number(dots[0].cy) > Number(dots[1].cy) && Number(dots[0].cx) > Number(dots[1].cx));
  const errors = elementsOf(svg, "line").map(({ attributes: { x1, x2, y1, y2 } }) =>
    x1 === x2 && x1 === dots[0].cx ? Math.abs(Number(y1) + Number(y2) - 2 * Number(dots[0].cy)) : 9
  );
  assert(Math.min(...errors) <= 0.21, "an error bar reaches as far up as down");
});

Deno.test("drawGrid takes a single α without an error, and leaves out what is not finite", async () => {
  const svg = await drawGrid([at("sk", 2, 2, null), at("l2", 2, NaN)], []);
  checkSvg(svg);
  assertEquals(elementsOf(svg, "circle").length, 2);
  assertEquals(textsOf(svg).filter((text) => /\d{4}/.test(text)), []); // no 2.000000
});

Deno.test("drawGrid labels no α that would touch its neighbour", async () => {
  const svg = await drawGrid([0.25, 4, 4.1, 4.2, 16].map((alpha) => at("l2", alpha, 2)), []);
  const [panel] = svg.split("</svg>");
  assertEquals(textsOf(panel).filter((text) => ["0.25", "4", "4.1", "4.2", "16"].includes(text)), [
    ...["0.25", "4", "16"],
  ]);
});
