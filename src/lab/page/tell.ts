/**
 * The page's worker, and what it tells, shown in the section that works.
 *
 * @module
 */
/// <reference lib="dom" />
import type { LabEvent, Section, Settings } from "../protocol.ts";
import { startWorker } from "./ask.ts";
import { showCurves, showEpoch, showGroup, showKernels } from "./live.ts";
import { inside, measure, notice, say, warn } from "./section.ts";
import { fillFields, toLink } from "./settings.ts";
import { showCheck } from "./shaders.ts";
import { story } from "./story.ts";

/** The worker, which does all that the page asks for. */
export const worker = startWorker(tell);

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
export function keepLink(settings: Settings): void {
  if (location.hash.includes("=")) history.replaceState(null, "", toLink(settings));
}

/** Shows a part of the report. */
export function showSection(id: string, { html }: Section): void {
  inside(id, "result").innerHTML = html;
}

/** Takes away what a section shows of earlier work. */
export function clear(id: string): void {
  for (const part of ["kernels", "curves", "result"]) inside(id, part).replaceChildren();
}
