/**
 * `deno task lab`: the whole experiment as a page in a browser.
 *
 * @module
 */
import { path, positiveInteger, runTask } from "./cli.ts";

await runTask({
  name: "lab",
  summary: "Serve the whole experiment as a page: it trains in the browser, on the visitor's GPU.",
  options: {
    build: path("--build", "write the page as a static site into this new folder, and end"),
    port: positiveInteger("--port", "where it is served on 127.0.0.1", 8017, { most: 65_535 }),
  },
  examples: ["deno task lab", "deno task lab --build=site"],
}, async ({ build, port }, { print, signal }) => {
  const { buildSite, serveSite } = await import("./lab_site.ts");
  const { makeFolder } = await import("../src/data/make_folder.ts");
  if (build !== undefined) {
    await makeFolder(build, (work) => buildSite(`${work}/set`));
    print(`The page is in ${build}: put the folder on any web server, it needs nothing else.`);
    return;
  }
  const dir = await Deno.makeTempDir({ prefix: "skreg-lab-" });
  try {
    print("building the page");
    await buildSite(dir);
    const server = await serveSite(dir, port);
    print(`The lab is at http://127.0.0.1:${server.addr.port}/ (Ctrl-C ends it).`);
    await new Promise((resolve) => signal?.addEventListener("abort", resolve));
    await server.shutdown();
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
});
