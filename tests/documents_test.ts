/**
 * The documents against the tree: what they link to is there, each of them is found from the README, and
 * the tasks that they name exist.
 *
 * @module
 */
import { dirname, join, normalize } from "node:path";
import { assert, assertEquals } from "./helpers/assert.ts";

const ROOT = `${import.meta.dirname}/..`;

/** Every document, by its path in the tree. */
const texts = new Map<string, string>();
for (const folder of ["", "docs/"]) {
  for await (const { name } of Deno.readDir(`${ROOT}/${folder}`)) {
    if (!name.endsWith(".md")) continue;
    texts.set(folder + name, await Deno.readTextFile(`${ROOT}/${folder}${name}`));
  }
}

Deno.test("documents: every relative link leads to a file, and behind # to a heading of it", async () => {
  const faults: string[] = [];
  for (const [page, text] of texts) {
    for (const link of linksOf(text)) {
      const fault = await judge(page, link);
      if (fault) faults.push(`${page} links to ${link}: ${fault}`);
    }
  }
  assertEquals(faults, []);
});

Deno.test("documents: the README leads to every page", () => {
  const found = new Set(["README.md"]);
  for (const page of found) { // grows as it is walked
    for (const link of linksOf(texts.get(page)!)) {
      const target = resolve(page, link).path;
      if (texts.has(target)) found.add(target);
    }
  }
  assertEquals([...texts.keys()].filter((page) => !found.has(page)), []);
});

Deno.test("documents: the tasks that they name exist", async () => {
  const { tasks } = JSON.parse(await Deno.readTextFile(`${ROOT}/deno.json`));
  const faults: string[] = [];
  for (const [page, text] of texts) {
    const named = text.matchAll(/\bdeno task (?:--config \S+ )?([a-z][\w:]*)/g);
    for (const [command, name] of named) if (!(name in tasks)) faults.push(`${page}: ${command}`);
  }
  assertEquals(faults, []);
});

Deno.test("documents: links and headings are read as a browser of the repository reads them", async () => {
  assertEquals(linksOf("[a](b.md) `[c](d)` ![e](f.svg)\n```sh\n[g](h)\n```\n[two\nlines](i#j)"), [
    ...["b.md", "f.svg", "i#j"],
  ]);
  assertEquals(anchorsOf("# A `b.json`: c, d\n```sh\n# no heading\n```\n## 2. Σ and τ's_x\n"), [
    ...["a-bjson-c-d", "2-σ-and-τs_x"],
  ]);
  for (
    const link of ["docs/MISSING.md", "docs/SPEC.md#none", "docs/kernels.svg#a", "../README.md"]
  ) {
    assert(await judge("README.md", link), `${link} may be linked`);
  }
  for (const link of ["docs/SPEC.md#1-data", "#cite", "src/reference/", "https://deno.com"]) {
    assertEquals(await judge("README.md", link), undefined, link);
  }
});

/** What is wrong with a link of a page; undefined where nothing is. */
async function judge(page: string, link: string): Promise<string | undefined> {
  if (/^[a-z]+:/.test(link)) return undefined;
  const { path, anchor } = resolve(page, link);
  if (path.startsWith("..")) return "it leaves the tree";
  const isThere = await Deno.stat(`${ROOT}/${path}`).then(() => true, () => false);
  if (!isThere) return "there is no such file";
  const hasAnchor = anchor === undefined || anchorsOf(texts.get(path) ?? "").includes(anchor);
  return hasAnchor ? undefined : "it has no such heading";
}

/** Where in the tree a page's link leads. */
function resolve(page: string, link: string): { path: string; anchor?: string } {
  const [path, anchor] = link.split("#");
  return { path: path === "" ? page : normalize(join(dirname(page), path)), anchor };
}

/** The targets of a text's links and pictures; what is code is none. */
function linksOf(text: string): string[] {
  const prose = withoutCode(text).replace(/`[^`]*`/g, "");
  return [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target]) => target);
}

/** A text's headings as links name them. */
function anchorsOf(text: string): string[] {
  return [...withoutCode(text).matchAll(/^#+ (.*)$/gm)].map(([, heading]) =>
    heading.toLowerCase().replace(/[^\p{L}\p{N}\p{M} _-]/gu, "").replaceAll(" ", "-")
  );
}

const withoutCode = (text: string) => text.replace(/^```.*?^```$/gms, "");
