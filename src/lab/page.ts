/**
 * The page: one story in six sections, each of which asks the worker and shows what it says.
 *
 * @module
 */
/// <reference lib="dom" />
import { showButtons } from "./page/buttons.ts";
import { connect } from "./page/controls.ts";
import { lackOf, openGpu, recorded } from "./page/gpu.ts";
import { showImages } from "./page/pictures.ts";
import { element, notice, say } from "./page/section.ts";
import { faultsOfLink, fillFields, fromLink } from "./page/settings.ts";
import { story } from "./page/story.ts";
import { showSection, worker } from "./page/tell.ts";
import { DEFAULTS } from "./protocol.ts";

/** Opens what was kept, and shows it. */
async function begin(): Promise<void> {
  const lack = lackOf();
  if (lack !== undefined) {
    element("story").replaceChildren(recorded());
    return notice(lack);
  }
  connect();
  fillFields(fromLink(location.hash, DEFAULTS));
  for (const fault of faultsOfLink(location.hash)) notice(`The link's ${fault}; it is left out.`);
  showButtons();
  try {
    const overview = await worker.ask("open", {});
    story.isOpen = true;
    story.steps = overview.steps;
    fillFields(fromLink(location.hash, { ...DEFAULTS, ...overview.settings }));
  } catch (error) {
    return notice((error as Error).message);
  }
  await openGpu();
  if (story.steps.images === "done") showImages(await worker.ask("images", {}));
  for (const step of ["phase1", "prior"] as const) {
    element(step).dataset.state = story.steps[step];
    if (story.steps[step] === "done") showSection(step, await worker.ask("show", { step }));
    if (story.steps[step] === "begun") {
      say(step, "A training was begun here: go on, to the same bytes.");
    }
  }
  if (story.steps.l2 === "done" && story.steps.sk === "done") {
    showSection("phase2", await worker.ask("compare", {}));
    element("phase2").dataset.state = "done";
  } else if (story.steps.l2 !== "none") {
    say("phase2", "A training was begun here: go on, to the same bytes.");
  }
  element("images").dataset.state = story.steps.images;
  showButtons();
  element("story").dataset.ready = "true";
}

await begin();
navigator.serviceWorker?.register("service_worker.js").catch(() => {}); // then the page needs its server
