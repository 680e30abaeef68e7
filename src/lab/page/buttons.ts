/**
 * Which buttons can be used, by how far the story is.
 *
 * @module
 */
import type { Overview, State } from "../protocol.ts";
import { button, inside } from "./section.ts";
import { story } from "./story.ts";

/** Enables what can be done now, and says what is lacking for the rest. */
export function showButtons(): void {
  const { steps, working, isOpen, hasGpu } = story;
  const isFree = isOpen && working === undefined;
  const has = (step: keyof Overview["steps"], ...states: State[]) => states.includes(steps[step]);
  const enable = (id: string, isOn: boolean) => button(id).disabled = !isOn;
  enable("check-gpu", isFree && hasGpu);
  for (const id of ["draw", "folder", "archive", "prior-folder", "bring-prior", "forget"]) {
    enable(id, isFree);
  }
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
  const lacking = (id: string, text: string, isLacking: boolean) =>
    inside(id, "lacking").textContent = isLacking ? text : "";
  const images = "First draw or bring pictures (section 2).";
  lacking("phase1", images, isOpen && has("images", "none"));
  lacking("phase2", images, isOpen && has("images", "none"));
  lacking(
    "prior",
    "First train networks (section 3), or bring a prior.",
    isOpen && !has("phase1", "done") && has("prior", "none"),
  );
  lacking(
    "home",
    "There is nothing to report on yet: train networks first (section 3).",
    isOpen && !hasResult,
  );
}
