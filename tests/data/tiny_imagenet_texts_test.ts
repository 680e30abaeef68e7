import { nameClasses } from "../../src/data/tiny_imagenet_texts.ts";
import { assertEquals } from "../helpers/assert.ts";

/** The name of a class with these words. */
const nameOf = (words: string) => nameClasses(["n01"], `n01\t${words}\n`)[0];

Deno.test("nameClasses makes a folder's name of the first word, that every system takes", () => {
  const cases = [
    ["European fire salamander, Salamandra salamandra", "European_fire_salamander"],
    ["plumber's helper", "plumbers_helper"],
    ["jack-o'-lantern", "jack-o-lantern"],
    ["  drop-off ", "drop-off"],
    ["../../etc/passwd", "etc_passwd"],
    ["--rf", "rf"],
    ["Hu\u0308tte", "Hütte"],
    ["\u202eevil\u0007", "evil"],
  ];
  assertEquals(cases.map(([words]) => nameOf(words)), cases.map(([, name]) => name));
});

Deno.test("nameClasses keeps the id where there is no word that a folder can be named after", () => {
  for (const words of ["", ", second", "...", "con", "Recycler", "x".repeat(201)]) {
    assertEquals(nameOf(words), "n01", words);
  }
  assertEquals(nameClasses(["n01", "n02"], "n02\tcat"), ["n01", "cat"]);
});

Deno.test("nameClasses tells classes of one name apart, whatever its case and order", () => {
  const words = "n03\tCrane\nn01\tcrane, bird\nn02\tcat\n";
  assertEquals(nameClasses(["n01", "n02", "n03"], words), ["crane_n01", "cat", "Crane_n03"]);
  assertEquals(nameClasses(["n01", "n02"], words), ["crane", "cat"]);
});
