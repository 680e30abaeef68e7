/**
 * What the buttons of the GPU, of phase 1 and of phase 2 do, and what it makes of later results.
 *
 * @module
 */
/// <reference lib="dom" />
import type { Step } from "../protocol.ts";
import { inside, say, unsay, warn } from "./section.ts";
import { readFields } from "./settings.ts";
import { story } from "./story.ts";
import { clear, showSection, worker } from "./tell.ts";
import { work } from "./work.ts";

/** Checks every shader on this GPU. */
export const check = (): Promise<void> =>
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
  }, check);

/** Trains the networks of phase 1, anew or on from where they stood. */
export const trainPhase1 = (goOn: boolean): Promise<void> =>
  work("phase1", "Reading the pictures", async () => {
    const settings = readFields();
    if (!goOn) clear("phase1");
    showSection("phase1", await worker.ask("phase1", { settings, goOn }));
    inside("phase1", "curves").replaceChildren(); // the section has them
    tellOutdated("the networks", [["prior", "prior"]]);
    say("phase1", "The networks are trained: fit the prior next (section 4).");
  }, () => trainPhase1(story.steps.phase1 !== "none"));

/** Learns the new classes with L2, then with SK-reg; going on, what is not done of it. */
export const learn = (goOn: boolean): Promise<void> =>
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
  }, () => learn(true));

/** Says of later sections that their results are of what was here before. */
export function tellOutdated(what: string, later: [id: string, step: Step][]): void {
  for (const [id, step] of later) {
    if (story.steps[step] === "none") continue;
    unsay(id);
    warn(
      id,
      `These results are of ${what} before: make them anew to have those of what is here now.`,
    );
  }
}

/** Says so where the pictures are others now. */
export const newPictures = (): void =>
  tellOutdated("the pictures", [["phase1", "phase1"], ["phase2", "l2"]]);
