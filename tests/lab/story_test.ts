/**
 * The lab as a visitor uses it: built, served, opened in a browser, and clicked through.
 *
 * @module
 */
import { buildSite, serveSite } from "../../tasks/lab_site.ts";
import { assert, assertEquals } from "../helpers/assert.ts";
import { findBrowser, type Page, use } from "../helpers/browser.ts";
import { SMALL } from "../helpers/lab_worker.ts";
import { inTempDir } from "../helpers/temp_dir.ts";

/** How long all of it may take: most of it, shaders are compiled. */
const SECONDS = 250;

/** Waits until an expression of the page is true. */
async function until(page: Page, expression: string): Promise<void> {
  while (!await page.evaluate(expression)) await new Promise((resolve) => setTimeout(resolve, 100));
}

const isReady = `!window.left && document.getElementById("story")?.dataset.ready === "true"`;
const stateOf = (section: string) => `document.getElementById("${section}").dataset.state`;

/** Clicks a button and waits until its section has worked; asks for no leave. */
async function click(page: Page, button: string, section: string): Promise<void> {
  await page.evaluate(`document.getElementById("${button}").click()`);
  await until(page, `${stateOf(section)} !== "working"`);
  const problem = await page.evaluate(
    `document.querySelector("#${section} [role=alert]")?.textContent ?? ""`,
  );
  assertEquals([problem, await page.evaluate(stateOf(section))], ["", "done"], button);
}

const browser = await findBrowser();

Deno.test({
  name: browser
    ? "the lab: the whole story in a browser, and a page that is loaded again has it all"
    : "the lab in a browser: NOT TESTED, no chromium or google-chrome (or set CHROME_BIN)",
  ignore: browser === undefined,
  fn: () =>
    inTempDir(async (dir) => {
      await buildSite(dir);
      await using server = await serveSite(dir, 0);
      const chosen = Object.entries(SMALL);
      const settings = new URLSearchParams(chosen.map(([name, value]) => [name, String(value)]));
      const url = `http://127.0.0.1:${server.addr.port}/#${settings}`;
      await use(browser!, url, async (page, { complaints, requests }) => {
        await until(page, isReady);
        await click(page, "draw", "images");
        await click(page, "train", "phase1");
        assertEquals(await page.evaluate(`document.querySelectorAll("#phase1 canvas").length`), 2);
        await click(page, "fit", "prior");
        await click(page, "learn", "phase2");
        await click(page, "list", "home");
        const paths = await page.evaluate<string>(
          `document.querySelector("#home .result").innerText`,
        );
        for (
          const name of ["trial001/cnn.h5", "conv1_cov_rank", "l2/config.json", "sk/curves.svg"]
        ) {
          assert(paths.includes(name), `${name} is not among the files:\n${paths}`);
        }
        const told = await page.evaluate<string>(`document.querySelector("#phase2").innerText`);
        assert(told.includes("SK-reg"), told);
        await page.evaluate("window.left = true");
        await page.send("Page.reload");
        await until(page, isReady);
        for (const section of ["images", "phase1", "prior", "phase2"]) {
          assertEquals(await page.evaluate(stateOf(section)), "done", `${section}, loaded again`);
        }
        assertEquals(complaints, []);
        const foreign = requests.filter((asked) => !asked.startsWith(new URL("/", url).href));
        assertEquals(foreign, []);
      }, { seconds: SECONDS });
    }),
});
