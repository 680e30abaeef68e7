/**
 * What each control of the page does.
 *
 * @module
 */
/// <reference lib="dom" />
import { showImages, takeFiles } from "./pictures.ts";
import { listFiles, save } from "./save.ts";
import { button, isSure, say } from "./section.ts";
import { readFields, toLink } from "./settings.ts";
import { story } from "./story.ts";
import { keepLink, showSection, worker } from "./tell.ts";
import { check, learn, newPictures, tellOutdated, trainPhase1 } from "./trainings.ts";
import { work } from "./work.ts";

/** Connects the controls. */
export function connect(): void {
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
