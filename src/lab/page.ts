/**
 * The page: one story in six sections, each of which asks the worker and shows what it says.
 *
 * @module
 */
/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
import { markup } from "../report/markup.ts";
import { columns, table } from "../report/page_parts.ts";
import { Failed, startWorker } from "./ask.ts";
import {
  DEFAULTS,
  type Download,
  type Given,
  type Images,
  type LabEvent,
  type Overview,
  type Picture,
  type Section,
  type State,
} from "./protocol.ts";
import { fillFields, fromLink, readFields, toLink } from "./settings.ts";

/** Milliseconds between two lines of progress, which screen readers read out. */
const SPOKEN = 5000;

const worker = startWorker(tell);
const sectionOf = (id: string) => document.getElementById(id)!;
const inside = (id: string, part: string) => sectionOf(id).querySelector<HTMLElement>(`.${part}`)!;
const button = (id: string) => document.getElementById(id) as HTMLButtonElement;

/** How far the story is. */
let steps: Overview["steps"] = {
  ...{ images: "none", phase1: "none", prior: "none" },
  ...{ l2: "none", sk: "none" },
};
/** The section that works, if one does. */
let working: string | undefined;
let spoken = 0;

/** Says how it goes; lines that follow at once are left out, but for the last of a work. */
function say(id: string, text: string, isLast = true): void {
  if (!isLast && performance.now() - spoken < SPOKEN) return;
  spoken = performance.now();
  inside(id, "progress").textContent = text;
}

/** Says in a section what its reader should know; the next work begins without it. */
function warn(id: string, text: string): void {
  const line = document.createElement("p");
  Object.assign(line, { className: "warning told", textContent: text });
  inside(id, "result").before(line);
}

function notice(text: string): void {
  const line = document.createElement("p");
  line.textContent = text;
  sectionOf("notices").append(line);
}

/** Does a section's work: while it lasts, no other can begin. */
async function work(id: string, what: string, run: () => Promise<void>): Promise<void> {
  if (working) return;
  working = id;
  sectionOf(id).dataset.state = "working";
  for (const old of sectionOf(id).querySelectorAll("[role=alert], .told")) old.remove();
  say(id, what);
  showButtons();
  try {
    await run();
    sectionOf(id).dataset.state = "done";
  } catch (error) {
    const isStopped = error instanceof Failed && error.kind === "stopped";
    sectionOf(id).dataset.state = isStopped ? "begun" : "failed";
    say(id, isStopped ? "Paused; its state is saved, also if you close the page." : "");
    if (!isStopped) alarm(id, error as Error);
  } finally {
    working = undefined;
    if (isOpen) steps = (await worker.ask("open", {})).steps;
    showButtons();
  }
}

/** Shows an error where it happened, and what can be done. */
function alarm(id: string, error: Error): void {
  const box = document.createElement("div");
  box.setAttribute("role", "alert");
  const kind = error instanceof Failed ? error.kind : "usage";
  const words = document.createElement("p");
  words.textContent = kind === "bug" ? `This should not happen: ${error.message}` : error.message;
  box.append(words);
  if (kind === "gpu") {
    const again = document.createElement("button");
    again.type = "button";
    again.textContent = "Open the GPU again and go on";
    again.onclick = async () => {
      await openGpu();
      if (id === "phase1" || id === "phase2") {
        button(id === "phase1" ? "go-on" : "go-on-learn").click();
      } else box.remove();
    };
    box.append(again);
  }
  inside(id, "progress").after(box);
}

/** Enables what can be done now. */
function showButtons(): void {
  const isFree = isOpen && working === undefined;
  const has = (step: keyof Overview["steps"], ...states: State[]) => states.includes(steps[step]);
  const enable = (id: string, isOn: boolean) => button(id).disabled = !isOn;
  enable("check-gpu", isFree && hasGpu);
  for (const id of ["draw", "folder", "archive", "bring-prior", "forget"]) enable(id, isFree);
  enable("train", isFree && hasGpu && has("images", "done"));
  enable("pause", working === "phase1");
  enable("go-on", isFree && hasGpu && has("phase1", "begun"));
  enable("fit", isFree && has("phase1", "done"));
  enable("learn", isFree && hasGpu && has("images", "done"));
  enable("pause-learn", working === "phase2");
  const isHalf = has("l2", "begun") || has("sk", "begun") ||
    has("l2", "done") !== has("sk", "done");
  enable("go-on-learn", isFree && hasGpu && isHalf);
  const hasResult = Object.entries(steps).some(([step, state]) =>
    step !== "images" && state === "done"
  );
  for (const id of ["report", "take-home", "list"]) {
    enable(id, isFree && (hasResult || id !== "report"));
  }
  button("train").textContent = has("phase1", "none") ? "Train" : "Train anew";
  button("learn").textContent = has("l2", "none") ? "Learn with both" : "Learn anew with both";
  const lacking = (id: string, text: string, isLacking: boolean) => {
    if (!working && isLacking) say(id, text);
  };
  lacking("phase1", "First draw or bring pictures (section 2).", !has("images", "done"));
  lacking(
    "prior",
    "First train networks (section 3), or bring a prior.",
    has("phase1", "none") && has("prior", "none"),
  );
  lacking(
    "phase2",
    "First draw or bring pictures of new classes (section 2).",
    !has("images", "done"),
  );
}

/** Shows a part of the report. */
function showSection(id: string, { html }: Section): void {
  inside(id, "result").innerHTML = html;
}

/** Shows what pictures there are. */
function showImages({ parts, problems }: Images): void {
  const rows = parts.map(({ part, classes }) => [
    part,
    String(classes.length),
    String(classes.reduce((sum, { images }) => sum + images, 0)),
    classes.map(({ name }) => name).join(", "),
  ]);
  const titles = [
    ...columns(["part"]),
    ...columns([], ["classes", "pictures"]),
    ...columns(["names"]),
  ];
  const result = inside("images", "result");
  result.innerHTML =
    markup`${table(titles, rows)}${problems.map((text) => markup`<p class="warning">${text}</p>`)}`
      .text;
  for (const { part, sheet } of parts) {
    if (!sheet) continue;
    const picture = document.createElement("img");
    picture.src = URL.createObjectURL(new Blob([sheet], { type: "image/png" }));
    picture.alt = `A picture of each class of ${part}`;
    result.append(picture);
  }
  const count = rows.reduce((sum, [, , images]) => sum + Number(images), 0);
  say("images", `${count} pictures are ready.`);
}

/** Shows the first layer's kernels of each network. */
function showKernels(id: string, epoch: number, networks: Picture[]): void {
  const box = inside(id, "kernels");
  while (box.children.length > networks.length) box.lastChild!.remove();
  for (const [i, { width, height, rgba }] of networks.entries()) {
    const figure = box.children[i] ?? box.appendChild(document.createElement("figure"));
    if (!figure.firstChild) {
      figure.append(document.createElement("canvas"), document.createElement("figcaption"));
    }
    const [canvas, caption] = figure.children as unknown as [HTMLCanvasElement, HTMLElement];
    if (canvas.width !== width || canvas.height !== height) {
      Object.assign(canvas, { width, height });
    }
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", `Kernels of the first layer of network ${i}, epoch ${epoch}`);
    const pixels = new ImageData(new Uint8ClampedArray(rgba), width, height);
    canvas.getContext("2d")!.putImageData(pixels, 0, 0);
    caption.textContent = `network ${i}, epoch ${epoch}`;
  }
}

/** Shows what the worker tells. */
function tell(event: LabEvent): void {
  const id = working ?? "gpu";
  if (event.kind === "refused") {
    notice(
      `This browser keeps nothing of what you make here: ${event.reason}. It lasts as long as this ` +
        "page is open: take it home (section 6) before you close it.",
    );
  } else if (event.kind === "warning") warn(id, event.text);
  else if (event.kind === "compile") {
    say(id, `Compiling shaders: ${event.done} of ${event.total}`, event.done === 0);
  } else if (event.kind === "pictures") {
    say(id, `${event.done} of ${event.total} pictures`, false);
  } else if (event.kind === "check") showCheck(event);
  else if (event.kind === "group") {
    say(id, `${event.what}${event.from ? `, after epoch ${event.from}` : ""}`);
  } else if (event.kind === "kernels") showKernels(id, event.epoch, event.networks);
  else if (event.kind === "curves") inside(id, "curves").innerHTML = event.svg;
  else if (event.kind === "layer") say(id, `${event.name} is fitted`);
  else {
    const { epoch, epochs, accuracy, validAccuracy, imagesPerSecond } = event;
    const percent = (part: number) => `${(100 * part).toFixed(1)} %`;
    say(
      id,
      `Epoch ${epoch} of ${epochs}: ${percent(accuracy)} of the training pictures named rightly, ` +
        `${percent(validAccuracy)} of those held out; ${
          Math.round(imagesPerSecond)
        } pictures a second`,
      epoch === epochs,
    );
  }
}

/** Adds a shader's check. */
function showCheck({ shader, error, bound, shape }: LabEvent & { kind: "check" }): void {
  const result = inside("gpu", "result");
  const list = result.querySelector("tbody") ?? (() => {
    result.innerHTML =
      markup`${table(columns(["shader", "error / bound"], ["worst relative error", "bound"]), [])}`
        .text;
    return result.querySelector("tbody")!;
  })();
  const row = list.insertRow();
  const head = row.appendChild(document.createElement("th"));
  head.scope = "row";
  head.textContent = shader;
  const bar = document.createElement("meter");
  Object.assign(bar, {
    min: 0,
    max: 1,
    value: Math.min(1, error / bound),
    className: "bar",
    title: shape,
  });
  bar.setAttribute("aria-label", `${shader}: ${(100 * error / bound).toFixed(0)} % of its bound`);
  row.insertCell().append(bar);
  for (const value of [error, bound]) {
    const cell = row.insertCell();
    cell.className = "number";
    cell.textContent = value.toExponential(1);
  }
  say("gpu", `${list.rows.length} shaders checked`, false);
}

/** Saves a file. */
function save({ name, bytes, type }: Download): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([bytes], { type }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

/** Asks whether something is wanted that cannot be undone. */
function isSure(words: string): Promise<boolean> {
  const dialog = document.getElementById("sure") as HTMLDialogElement;
  document.getElementById("sure-words")!.textContent = words;
  dialog.returnValue = "no";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.onclose = () => resolve(dialog.returnValue === "yes");
  });
}

const trainPhase1 = (goOn: boolean) =>
  work("phase1", "Reading the pictures", async () => {
    const settings = readFields();
    showSection("phase1", await worker.ask("phase1", { settings, goOn }));
    inside("phase1", "curves").replaceChildren(); // the section has them
    say("phase1", `${settings.networks} networks are trained: fit the prior next (section 4).`);
  });

const learn = (goOn: boolean) =>
  work("phase2", "Reading the pictures", async () => {
    const settings = readFields();
    const from = { ...steps };
    for (const mode of ["l2", "sk"] as const) {
      if (goOn && from[mode] === "done") continue;
      await worker.ask("phase2", { settings, mode, goOn: goOn && from[mode] === "begun" });
    }
    showSection("phase2", await worker.ask("compare", {}));
    inside("phase2", "curves").replaceChildren();
    say("phase2", "Both are done: the difference, seed by seed, stands below.");
  });

const bring = (given: Given) =>
  work("images", "Reading what you brought", async () => {
    const as = document.querySelector<HTMLInputElement>("input[name=as]:checked")!.value;
    const { seed } = readFields();
    showImages(await worker.ask("bring", { given, as: as as "phase1" | "phase2", seed }));
  });

/** The files of an input, with their paths. */
const filesOf = (input: HTMLInputElement): Given =>
  [...input.files ?? []].map((file) => ({ path: file.webkitRelativePath || file.name, file }));

/** All files of what was dropped, folders included. */
async function filesDropped(items: DataTransferItemList): Promise<Given> {
  const entries = [...items].map((item) => item.webkitGetAsEntry()).filter((it) => it !== null);
  const walk = async (entry: FileSystemEntry): Promise<Given> => {
    if (entry.isFile) {
      const file = await new Promise<File>((resolve, reject) =>
        (entry as FileSystemFileEntry).file(resolve, reject)
      );
      return [{ path: entry.fullPath.slice(1), file }];
    }
    const reader = (entry as FileSystemDirectoryEntry).createReader();
    const inside: Given = [];
    for (;;) { // it gives a hundred at a time
      const some = await new Promise<FileSystemEntry[]>((resolve, reject) =>
        reader.readEntries(resolve, reject)
      );
      if (some.length === 0) return inside;
      for (const one of some) inside.push(...await walk(one));
    }
  };
  return (await Promise.all(entries.map(walk))).flat();
}

/** Connects the controls. */
function connect(): void {
  const on = (id: string, run: () => void) => button(id).onclick = run;
  on("check-gpu", () =>
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
    }));
  on("draw", async () => {
    if (steps.images === "done" && !await isSure("Replace the pictures that are here?")) return;
    await work("images", "Drawing", async () => {
      showImages(await worker.ask("draw", { settings: readFields() }));
    });
  });
  on("train", async () => {
    const words = "Train anew, and replace the networks that are here?";
    if (steps.phase1 === "none" || await isSure(words)) trainPhase1(false);
  });
  on("go-on", () => trainPhase1(true));
  on("learn", async () => {
    const words = "Learn anew, and replace the results that are here?";
    if (steps.l2 === "none" && steps.sk === "none" || await isSure(words)) learn(false);
  });
  on("go-on-learn", () => learn(true));
  for (const id of ["pause", "pause-learn"]) on(id, worker.stop);
  on("fit", () =>
    work("prior", "Fitting", async () => {
      showSection("prior", await worker.ask("fit", {}));
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
  on("list", () => work("home", "Looking", listFiles));
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
  for (const id of ["folder", "archive"]) {
    const input = document.getElementById(id) as HTMLInputElement;
    input.onchange = () => bring(filesOf(input));
  }
  const weights = document.getElementById("bring-prior") as HTMLInputElement;
  weights.onchange = () =>
    work("prior", "Reading what you brought", async () => {
      showSection("prior", await worker.ask("bringPrior", { given: filesOf(weights) }));
      say("prior", "This is the prior from now on.");
    });
  const drop = document.getElementById("drop")!;
  drop.ondragover = (event) => {
    event.preventDefault();
    drop.classList.add("over");
  };
  drop.ondragleave = () => drop.classList.remove("over");
  drop.ondrop = async (event) => {
    event.preventDefault();
    drop.classList.remove("over");
    bring(await filesDropped(event.dataTransfer!.items));
  };
}

/** Lists all files, each to be downloaded by itself. */
async function listFiles(): Promise<void> {
  const { paths } = await worker.ask("list", {});
  const list = document.createElement("ul");
  for (const path of paths.filter((path) => !/\/\.[^/]*$/.test(path))) {
    const one = document.createElement("button");
    Object.assign(one, { type: "button", textContent: path });
    one.onclick = async () => save(await worker.ask("read", { path }));
    list.appendChild(document.createElement("li")).append(one);
  }
  inside("home", "result").replaceChildren(list);
  say("home", `${paths.length} files.`);
}

let isOpen = false, hasGpu = false;

async function openGpu(): Promise<void> {
  const line = document.getElementById("gpu-name")!;
  try {
    const { name, isSoftware } = await worker.ask("gpu", {});
    line.textContent = isSoftware
      ? `${name}: an adapter that computes on the CPU; the story takes some minutes.`
      : `${name}.`;
    hasGpu = true;
  } catch (error) {
    line.textContent = (error as Error).message;
  }
  showButtons();
}

/** Opens what was kept, and shows it. */
async function begin(): Promise<void> {
  if (!navigator.gpu) {
    const template = document.getElementById("absent") as HTMLTemplateElement;
    sectionOf("story").replaceChildren(template.content);
    return;
  }
  connect();
  fillFields(fromLink(location.hash, DEFAULTS));
  showButtons();
  try {
    const overview = await worker.ask("open", {});
    isOpen = true;
    steps = overview.steps;
    fillFields(fromLink(location.hash, { ...DEFAULTS, ...overview.settings }));
  } catch (error) {
    return notice((error as Error).message);
  }
  await openGpu();
  if (steps.images === "done") showImages(await worker.ask("images", {}));
  for (const step of ["phase1", "prior"] as const) {
    sectionOf(step).dataset.state = steps[step];
    if (steps[step] === "done") showSection(step, await worker.ask("show", { step }));
    if (steps[step] === "begun") say(step, "A training was begun here: go on, to the same bytes.");
  }
  if (steps.l2 === "done" && steps.sk === "done") {
    showSection("phase2", await worker.ask("compare", {}));
    sectionOf("phase2").dataset.state = "done";
  } else if (steps.l2 !== "none") {
    say("phase2", "A training was begun here: go on, to the same bytes.");
  }
  sectionOf("images").dataset.state = steps.images;
  showButtons();
  sectionOf("story").dataset.ready = "true";
}

await begin();
navigator.serviceWorker?.register("service_worker.js").catch(() => {}); // then the page needs its server
