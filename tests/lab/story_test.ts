/**
 * The lab as a visitor uses it: built, served, opened in a browser, clicked through, and interrupted by
 * what happens to visitors. Most of its time, shaders are compiled.
 *
 * @module
 */
import { configure, Uint8ArrayReader, Uint8ArrayWriter, ZipReader } from "@zip.js/zip.js";
import { fit } from "../../mod.ts";
import { parseNpy, readKerasWeights } from "../../src/io/mod.ts";
import { DEFAULTS } from "../../src/lab/protocol.ts";
import { toLink } from "../../src/lab/page/settings.ts";
import { buildSite, serveSite } from "../../tasks/lab_site.ts";
import { assert, assertEquals } from "../helpers/assert.ts";
import { findBrowser, type Page, use } from "../helpers/browser.ts";
import { SMALL } from "../helpers/lab_worker.ts";
import { inTempDir } from "../helpers/folders.ts";

/** How long all of it may take, in seconds. */
const SECONDS = 550;

/** Waits until an expression of the page is true. */
async function until(page: Page, expression: string): Promise<void> {
  while (!await page.evaluate(expression)) await new Promise((resolve) => setTimeout(resolve, 100));
}

const textOf = (selector: string) => `(document.querySelector("${selector}")?.innerText ?? "")`;
const stateOf = (section: string) => `document.getElementById("${section}").dataset.state`;
const clickOn = (button: string) => `document.getElementById("${button}").click()`;
const isReady = `!window.left && document.getElementById("story")?.dataset.ready === "true"`;

/** Clicks a button and waits until its section has worked. */
async function click(page: Page, button: string, section: string): Promise<void> {
  await page.evaluate(clickOn(button));
  await until(page, `${stateOf(section)} !== "working"`);
  const problem = await page.evaluate(textOf(`#${section} [role=alert]`));
  assertEquals([problem, await page.evaluate(stateOf(section))], ["", "done"], button);
}

/** Loads the page again, and waits until it shows what it kept. */
async function reload(page: Page): Promise<void> {
  await page.evaluate("window.left = true");
  await page.send("Page.reload");
  await until(page, isReady);
}

/** Waits for a file that is downloaded. */
async function downloaded(path: string): Promise<Uint8Array<ArrayBuffer>> {
  while (!await Deno.stat(path).then(() => true, () => false)) {
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return await Deno.readFile(path);
}

/** Unpacks an archive that the lab packed. */
async function unpack(archive: Uint8Array<ArrayBuffer>, dir: string): Promise<string[]> {
  configure({ useWebWorkers: false });
  const paths: string[] = [];
  for (const entry of await new ZipReader(new Uint8ArrayReader(archive)).getEntries()) {
    if (entry.directory) continue;
    const path = `${dir}/${entry.filename}`;
    await Deno.mkdir(path.slice(0, path.lastIndexOf("/")), { recursive: true });
    await Deno.writeFile(path, await entry.getData(new Uint8ArrayWriter()));
    paths.push(entry.filename);
  }
  return paths;
}

const browser = await findBrowser();

Deno.test({
  name: browser
    ? "the lab: the whole story in a browser, and nothing is lost where it is interrupted"
    : "the lab in a browser: NOT TESTED, no chromium or google-chrome (or set CHROME_BIN)",
  ignore: browser === undefined,
  fn: (t) =>
    inTempDir(async (dir) => {
      const site = `${dir}/site`, home = `${dir}/home`;
      await Deno.mkdir(home);
      await buildSite(site);
      await using server = await serveSite(site, 0);
      const link = toLink({ ...DEFAULTS, ...SMALL, epochs: 12 });
      const url = `http://127.0.0.1:${server.addr.port}/${link}`;
      await use(browser!, url, async (page, { complaints, requests }, tabs) => {
        await until(page, isReady);

        await t.step("a second tab is told of the first", async () => {
          const second = await tabs.open(url);
          await until(second, `${textOf("#notices")} !== ""`);
          const told = await second.evaluate<string>(textOf("#notices"));
          assert(told.includes("another tab"), told);
          await second.close();
        });

        await t.step("the GPU is checked, pictures are drawn", async () => {
          await click(page, "check-gpu", "gpu");
          const told = await page.evaluate<string>(textOf("#gpu .progress"));
          assert(/All \d+ shaders compute rightly/.test(told), told);
          await click(page, "draw", "images");
        });

        await t.step("networks survive a lost GPU and a reload", async () => {
          await page.evaluate(clickOn("train"));
          await until(page, `${textOf("#phase1 .progress")}.startsWith("Epoch")`);
          await tabs.crashGpu();
          await until(page, `document.querySelector("#phase1 [role=alert] button")`);
          await page.evaluate(`document.querySelector("#phase1 [role=alert] button").click()`);
          await until(page, `${textOf("#phase1 .progress")}.startsWith("Compiling")`);
          await page.evaluate(`document.getElementById("networks").value = 3`); // what is begun has 2
          await reload(page);
          const told = await page.evaluate<string>(textOf("#phase1 .progress"));
          assert(told.includes("go on, to the same bytes"), told);
          await click(page, "go-on", "phase1");
          assertEquals(
            await page.evaluate(`document.querySelectorAll("#phase1 canvas").length`),
            2,
          );
        });

        await t.step(
          "the prior is fitted, and both penalties learn behind another tab",
          async () => {
            await click(page, "fit", "prior");
            const other = await tabs.open("about:blank");
            await other.send("Page.bringToFront");
            await until(page, "document.hidden");
            await click(page, "learn", "phase2");
            assert(await page.evaluate("document.hidden"), "the page was seen");
            const told = await page.evaluate<string>(textOf("#phase2"));
            assert(told.includes("SK-reg − L2"), told);
            await page.send("Page.bringToFront");
          },
        );

        await t.step("what is taken home is what the tasks read and write", async () => {
          await tabs.keepDownloads(home);
          await click(page, "take-home", "home");
          const paths = await unpack(await downloaded(`${home}/skreg-lab.zip`), home);
          for (const path of paths.filter((path) => path.endsWith(".npy"))) {
            assert(parseNpy(await Deno.readFile(`${home}/${path}`)).data.length > 0, path);
          }
          const networks = paths.filter((path) => path.endsWith(".h5"));
          assertEquals(networks.length, 6);
          for (const path of networks) await readKerasWeights(`${home}/${path}`);
          const folders = {
            kernelDir: `${home}/data/kernel_dataset`,
            gaussianDir: `${home}/again`,
          };
          await fit(folders);
          const covariances = paths.filter((path) => /_cov_rank\d\.npy$/.test(path));
          assertEquals(covariances.length, 3);
          for (const path of covariances) {
            const again = path.replace("data/gaussian_fit", "again");
            const bytes = (path: string) => Deno.readFile(`${home}/${path}`);
            assertEquals(await bytes(again), await bytes(path), path);
          }
          await click(page, "report", "home");
          const report = new TextDecoder().decode(await downloaded(`${home}/report.html`));
          assert(report.includes("</html>"), "no report");
          await click(page, "list", "home");
          await page.evaluate(`document.querySelector("#home li button").click()`);
          await until(page, `${textOf("#home .progress")}.endsWith("is downloaded.")`);
          const link = await page.evaluate<string>(`(${clickOn("copy-link")}, location.hash)`);
          assert(link.includes("epochs=12"), link);
        });

        await t.step("a page that is loaded again has it all", async () => {
          await reload(page);
          for (const section of ["images", "phase1", "prior", "phase2"]) {
            assertEquals(await page.evaluate(stateOf(section)), "done", section);
          }
        });

        await t.step("a browser without room says so, and goes on", async () => {
          const origin = new URL(url).origin;
          await page.send("Storage.overrideQuotaForOrigin", { origin, quotaSize: 1 });
          let told = "";
          while (told === "") { // a browser looks at its room every few seconds
            await click(page, "fit", "prior");
            told = await page.evaluate<string>(textOf("#notices"));
          }
          assert(told.includes("no room left"), told);
        });

        const ofCrash = "A valid external Instance reference no longer exists.";
        assertEquals(complaints.filter((text) => text !== ofCrash), []);
        assertEquals(requests.filter((asked) => !asked.startsWith(new URL("/", url).href)), []);
      }, { seconds: SECONDS });
    }),
});
