/**
 * A section's work from the click on: no other can begin meanwhile, and its end or failure is said.
 *
 * @module
 */
/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
import type { Failed } from "./ask.ts";
import { showButtons } from "./buttons.ts";
import { openGpu } from "./gpu.ts";
import { alarm, button, element, measure, say, unsay } from "./section.ts";
import { story } from "./story.ts";
import { worker } from "./tell.ts";

/** The button that pauses a section's work. */
const PAUSES: Record<string, string> = { phase1: "pause", phase2: "pause-learn" };

/**
 * Does a section's work: while it lasts, no other can begin.
 *
 * @param what What it says at first.
 * @param again Begins it again where the GPU was lost and is back.
 */
export async function work(
  id: string,
  what: string,
  run: () => Promise<void>,
  again?: () => void,
): Promise<void> {
  if (story.working) return;
  story.working = id;
  element(id).dataset.state = "working";
  unsay(id);
  say(id, what);
  const begunBy = document.activeElement;
  showButtons();
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
    if (kind !== "stopped") fail(id, kind, message!, again);
  } finally {
    story.working = undefined;
    measure(id);
    if (story.isOpen) story.steps = (await worker.ask("open", {})).steps;
    const { activeElement } = document;
    showButtons();
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
function fail(id: string, kind: string, message: string, again?: () => void): void {
  const text = kind === "bug" ? `This should not happen: ${message}` : message;
  const run = async () => {
    await openGpu();
    if (story.hasGpu) again?.();
  };
  const words = "Open the GPU again and go on";
  alarm(id, text, kind === "gpu" ? { words, run } : undefined);
}
