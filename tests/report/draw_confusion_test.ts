import { drawConfusion } from "../../src/report/draw_confusion.ts";
import { assert, assertEquals, assertRejects } from "../helpers/assert.ts";
import { checkSvg, elementsOf, textsOf } from "../helpers/check_svg.ts";

/** The cells, row by row. */
const cells = (svg: string) =>
  elementsOf(svg, "rect").map(({ attributes }) => attributes)
    .filter(({ fill }) => fill?.startsWith("rgb("));

Deno.test("drawConfusion colours a row's shares and writes them in percent", async () => {
  const svg = await drawConfusion([[3, 1], [0, 5]], ["cat", "dog"], "Test");
  checkSvg(svg);
  const texts = textsOf(svg);
  assertEquals(texts[0], "Test");
  for (const axis of ["true class", "predicted class", "share of the true class (%)"]) {
    assert(texts.includes(axis), axis);
  }
  assertEquals(texts.filter((text) => text === "cat").length, 2);
  const [a, b, c, d] = cells(svg);
  assertEquals([a.y, a.x], [b.y, c.x]); // rows are true classes
  assert(Number(b.x) > Number(a.x) && Number(c.y) > Number(a.y));
  assertEquals([c.fill, d.fill], ["rgb(240,245,250)", "rgb(8,64,129)"]);
  assert(a.fill !== b.fill && a.fill !== d.fill);
  const inside = [...svg.matchAll(/<text fill="#(?:fff|222)"[^>]*>(\d+)</g)].map(([, text]) =>
    text
  );
  assertEquals(inside, ["75", "25", "100"]);
});

Deno.test("drawConfusion leaves the row of a class without images empty", async () => {
  const svg = await drawConfusion([[0, 0], [1, 1]], ["a", "b"]);
  checkSvg(svg);
  assertEquals(cells(svg).slice(0, 2).map(({ fill }) => fill), Array(2).fill("rgb(240,245,250)"));
});

Deno.test("drawConfusion takes any class names: long, equal, hostile", async () => {
  const names = [
    "</text><script>alert(1)</script>",
    "\u0000\u001b[31m\u202egnp\ud800",
    "constructor",
    "constructor",
    "a very long name that never seems to end 1",
    "a very long name that never seems to end 2",
  ];
  const svg = await drawConfusion(names.map((_, i) => names.map((_, j) => i + j)), names);
  checkSvg(svg);
  const texts = textsOf(svg);
  assertEquals(texts.filter((text) => text === "constructor").length, 4);
  assertEquals(texts.filter((text) => text === "a very long name th…").length, 4);
  assertEquals(texts.filter((text) => text === "��[31m�gnp�").length, 2);
});

Deno.test("drawConfusion draws 20 classes in little space", async () => {
  const classes = Array.from({ length: 20 }, (_, i) => `class ${i}`);
  const svg = await drawConfusion(classes.map(() => classes.map(() => 1)), classes);
  assertEquals(cells(svg).length, 400);
  assert(svg.length < 80_000, `${svg.length} characters`);
});

Deno.test("drawConfusion refuses counts that are not (C, C)", async () => {
  const draw = () => drawConfusion([[1, 2, 3], [1, 2, 3]], ["a", "b"]);
  await assertRejects(draw, TypeError, "Cannot draw a confusion matrix: the counts are not (2, 2)");
});
