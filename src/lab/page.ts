/**
 * The page: one story in six sections, each of which asks the worker and shows what it says.
 *
 * @module
 */
/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
import { Failed, startWorker } from "./page/ask.ts";
import { showButtons, type Story } from "./page/buttons.ts";
import { showCurves, showEpoch, showGroup, showKernels } from "./page/live.ts";
import { showImages, takeFiles } from "./page/pictures.ts";
import { listFiles, save } from "./page/save.ts";
import {
  alarm,
  button,
  element,
  inside,
  isSure,
  measure,
  notice,
  say,
  unsay,
  warn,
} from "./page/section.ts";
import { showCheck } from "./page/shaders.ts";
import { DEFAULTS, type LabEvent, type Section, type Settings, type Step } from "./protocol.ts";
import { faultsOfLink, fillFields, fromLink, readFields, toLink } from "./page/settings.ts";

const worker = startWorker(tell);
const story: Story = {
  steps: { images: "none", phase1: "none", prior: "none", l2: "none", sk: "none" },
  working: undefined,
  isOpen: false,
  hasGpu: false,
};

/** The button that ends a section's work, and how the work begins again after the GPU was lost. */
const PAUSES: Record<string, string> = { phase1: "pause", phase2: "pause-learn" };
const AGAIN: Record<string, () => void> = {
  gpu: () => check(),
  phase1: () => trainPhase1(story.steps.phase1 !== "none"),
  phase2: () => learn(true),
};

/** Does a section's work: while it lasts, no other can begin. */
async function work(id: string, what: string, run: () => Promise<void>): Promise<void> {
  if (story.working) return;
  story.working = id;
  element(id).dataset.state = "working";
  unsay(id);
  say(id, what);
  const begunBy = document.activeElement;
  showButtons(story);
  if (begunBy instanceof HTMLButtonElement && begunBy.disabled && id in PAUSES) {
    button(PAUSES[id]).focus(); // who works without a mouse is not sent back to the top
  }
  try {
    await run();
    element(id).dataset.state = "done";
  } catch (error) {
    const { kind = "usage", message } = error as Partial<Failed>;
    element(id).dataset.state = kind === "stopped" ? "begun" : "failed";
    say(id, kind === "stopped" ? "Paused; its state is saved, also if you close the page." : "");
    if (kind !== "stopped") fail(id, kind, message!);
  } finally {
    story.working = undefined;
    measure(id);
    if (story.isOpen) story.steps = (await worker.ask("open", {})).steps;
    const { activeElement } = document;
    showButtons(story);
    const isLost = activeElement instanceof HTMLButtonElement && activeElement.disabled;
    if (isLost || activeElement === document.body) focusNext(id, begunBy);
  }
}

/** Moves the focus, whose button can do nothing now, to one of the section that can. */
function focusNext(id: string, begunBy: Element | null): void {
  const goOn = element(id).querySelector('button[id^="go-on"]');
  const able = [goOn, begunBy, ...element(id).querySelectorAll("button")]
    .find((one) => one instanceof HTMLButtonElement && !one.disabled && one.isConnected);
  (able as HTMLButtonElement | undefined)?.focus({ preventScroll: true });
}

/** Says what failed, and offers to begin again where it was the GPU. */
function fail(id: string, kind: string, message: string): void {
  const text = kind === "bug" ? `This should not happen: ${message}` : message;
  const run = async () => {
    await openGpu();
    if (story.hasGpu) AGAIN[id]?.();
  };
  const words = "Open the GPU again and go on";
  alarm(id, text, kind === "gpu" ? { words, run } : undefined);
}

/** Shows a part of the report. */
function showSection(id: string, { html }: Section): void {
  inside(id, "result").innerHTML = html;
}

/** Takes away what a section shows of earlier work. */
function clear(id: string): void {
  for (const part of ["kernels", "curves", "result"]) inside(id, part).replaceChildren();
}

/** Shows what the worker tells. */
function tell(event: LabEvent): void {
  const id = story.working ?? "gpu";
  if (event.kind === "refused") {
    notice(
      `This browser keeps nothing of what you make here: ${event.reason}. It lasts as long as this ` +
        "page is open: take it home (section 6) before you close it.",
    );
  } else if (event.kind === "warning") warn(id, event.text);
  else if (event.kind === "settings") {
    fillFields(event.settings);
    keepLink(event.settings);
  } else if (event.kind === "compile") {
    measure(id, event.done, event.total);
    say(id, `Compiling shaders: ${event.done} of ${event.total}`, false);
  } else if (event.kind === "pictures") {
    measure(id, event.done, event.total);
    say(id, `${event.done} of ${event.total} pictures`, false);
  } else if (event.kind === "check") showCheck(event);
  else if (event.kind === "group") showGroup(id, event);
  else if (event.kind === "kernels") showKernels(id, event.epoch, event.networks);
  else if (event.kind === "curves") showCurves(id, event.svg);
  else if (event.kind === "layer") say(id, `${event.name} is fitted`);
  else showEpoch(id, event);
}

/** Keeps a link in the address bar as the settings are, so that a reload has those of what was begun. */
function keepLink(settings: Settings): void {
  if (location.hash.includes("=")) history.replaceState(null, "", toLink(settings));
}

const trainPhase1 = (goOn: boolean) =>
  work("phase1", "Reading the pictures", async () => {
    const settings = readFields();
    if (!goOn) clear("phase1");
    showSection("phase1", await worker.ask("phase1", { settings, goOn }));
    inside("phase1", "curves").replaceChildren(); // the section has them
    tellOutdated("the networks", [["prior", "prior"]]);
    say("phase1", "The networks are trained: fit the prior next (section 4).");
  });

const learn = (goOn: boolean) =>
  work("phase2", "Reading the pictures", async () => {
    const settings = readFields();
    if (!goOn) clear("phase2");
    const from = { ...story.steps };
    for (const mode of ["l2", "sk"] as const) {
      if (goOn && from[mode] === "done") continue;
      await worker.ask("phase2", { settings, mode, goOn });
    }
    showSection("phase2", await worker.ask("compare", {}));
    inside("phase2", "curves").replaceChildren();
    say("phase2", "Both are done: the difference, seed by seed, stands below.");
  });

const check = () =>
  work("gpu", "Checking: shaders are compiled first", async () => {
    inside("gpu", "result").replaceChildren();
    const { healthy, checked } = await worker.ask("doctor", {});
    if (!healthy) {
      throw new Error(
        "This GPU, with this driver, computes wrongly: do not trust its results. Update " +
          "the driver, or use another browser or machine.",
      );
    }
    say("gpu", `All ${checked} shaders compute rightly on this GPU.`);
  });

/** Says of later sections that their results are of what was here before. */
function tellOutdated(what: string, later: [id: string, step: Step][]): void {
  for (const [id, step] of later) {
    if (story.steps[step] === "none") continue;
    unsay(id);
    warn(
      id,
      `These results are of ${what} before: make them anew to have those of what is here now.`,
    );
  }
}

const newPictures = () => tellOutdated("the pictures", [["phase1", "phase1"], ["phase2", "l2"]]);

/** Connects the controls. */
function connect(): void {
  const on = (id: string, run: () => void) => button(id).onclick = run;
  on("check-gpu", check);
  on("draw", async () => {
    if (story.steps.images === "done" && !await isSure("Replace the pictures that are here?")) {
      return;
    }
    await work("images", "Drawing", async () => {
      const settings = readFields();
      keepLink(settings);
      showImages(await worker.ask("draw", { settings }));
      newPictures();
    });
  });
  on("train", async () => {
    const words = "Train anew, and replace the networks that are here?";
    if (story.steps.phase1 === "none" || await isSure(words)) trainPhase1(false);
  });
  on("go-on", () => trainPhase1(true));
  on("learn", async () => {
    const words = "Learn anew, and replace the results that are here?";
    if (story.steps.l2 === "none" && story.steps.sk === "none" || await isSure(words)) learn(false);
  });
  on("go-on-learn", () => learn(true));
  for (const id of ["pause", "pause-learn"]) on(id, worker.stop);
  on("fit", () =>
    work("prior", "Fitting", async () => {
      showSection("prior", await worker.ask("fit", {}));
      tellOutdated("the prior", [["phase2", "sk"]]);
      say("prior", "The prior is fitted: learn new classes with it next (section 5).");
    }));
  on("report", () =>
    work("home", "Writing the report", async () => {
      save(await worker.ask("report", {}));
      say("home", "The report is downloaded.");
    }));
  on("take-home", () =>
    work("home", "Packing", async () => {
      save(await worker.ask("takeHome", {}));
      say("home", "Everything is downloaded.");
    }));
  on("list", () =>
    work("home", "Looking", async () => {
      const { paths } = await worker.ask("list", {});
      const take = (path: string) =>
        work("home", `Reading ${path}`, async () => {
          save(await worker.ask("read", { path }));
          say("home", `${path} is downloaded.`);
        });
      say("home", `${listFiles(paths, take)} files.`);
    }));
  on("copy-link", async () => {
    try {
      const link = new URL(toLink(readFields()), location.href).href;
      history.replaceState(null, "", link);
      await navigator.clipboard.writeText(link);
      say("home", "The link is copied.");
    } catch {
      say("home", "The browser does not let this page copy; the link stands in the address bar.");
    }
  });
  on("forget", async () => {
    if (!await isSure("Remove all pictures, networks and results from this browser?")) return;
    await work("home", "Removing", async () => {
      await worker.ask("forget", {});
      location.reload();
    });
  });
  takeFiles(
    ["folder", "archive"],
    "drop",
    (given) =>
      work("images", "Reading what you brought", async () => {
        const as = document.querySelector<HTMLInputElement>("input[name=as]:checked")!.value;
        const { seed } = readFields();
        showImages(await worker.ask("bring", { given, as: as as "phase1" | "phase2", seed }));
        newPictures();
      }),
  );
  takeFiles(
    ["prior-folder", "bring-prior"],
    "drop-prior",
    (given) =>
      work("prior", "Reading what you brought", async () => {
        showSection("prior", await worker.ask("bringPrior", { given }));
        tellOutdated("the prior", [["phase2", "sk"]]);
        say("prior", "This is the prior from now on.");
      }),
  );
}

async function openGpu(): Promise<void> {
  const line = element("gpu-name");
  try {
    story.hasGpu = false;
    const { name, isSoftware } = await worker.ask("gpu", {});
    line.textContent = isSoftware
      ? `${name}: an adapter that computes on the CPU; the story takes some minutes.`
      : `${name}.`;
    story.hasGpu = true;
  } catch (error) {
    line.textContent = (error as Error).message;
    if (!document.getElementById("recorded")) element("gpu").after(recorded());
  }
  showButtons(story);
}

/** What is shown where nothing can be computed: who can, and a run that was recorded. */
function recorded(): DocumentFragment {
  return element<HTMLTemplateElement>("absent").content.cloneNode(true) as DocumentFragment;
}

/** What the page needs and this browser lacks; undefined where it has all. */
function lackOf(): string | undefined {
  if (!isSecureContext) {
    return "This page came over a connection that is not secure, and browsers give WebGPU to secure " +
      "ones alone: open it over https, or on localhost.";
  }
  if (!navigator.gpu) return "This browser has no WebGPU, or it is switched off.";
  return "toBase64" in Uint8Array.prototype ? undefined : "This browser is too old: update it.";
}

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
  showButtons(story);
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
  showButtons(story);
  element("story").dataset.ready = "true";
}

await begin();
navigator.serviceWorker?.register("service_worker.js").catch(() => {}); // then the page needs its server
