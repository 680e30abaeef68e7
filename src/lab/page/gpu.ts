/**
 * The visitor's GPU: whether there is one, and whether it computes rightly.
 *
 * @module
 */
/// <reference lib="dom" />
import { showButtons } from "./buttons.ts";
import { element } from "./section.ts";
import { story } from "./story.ts";
import { worker } from "./tell.ts";

/** Opens it, or says why there is none and shows a run that was recorded. */
export async function openGpu(): Promise<void> {
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
  showButtons();
}

/** What is shown where nothing can be computed: who can, and a run that was recorded. */
export function recorded(): DocumentFragment {
  return element<HTMLTemplateElement>("absent").content.cloneNode(true) as DocumentFragment;
}

/** What the page needs and this browser lacks; undefined where it has all. */
export function lackOf(): string | undefined {
  if (!isSecureContext) {
    return "This page came over a connection that is not secure, and browsers give WebGPU to secure " +
      "ones alone: open it over https, or on localhost.";
  }
  if (!navigator.gpu) return "This browser has no WebGPU, or it is switched off.";
  return "toBase64" in Uint8Array.prototype ? undefined : "This browser is too old: update it.";
}
