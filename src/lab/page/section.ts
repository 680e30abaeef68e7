/**
 * A section of the page: what it says while it works, and what it warns of.
 *
 * @module
 */
/// <reference lib="dom" />
/// <reference lib="dom.iterable" />

/** Milliseconds between two lines that screen readers read out while something works. */
const SPOKEN = 10_000;
let spoken = -SPOKEN;

/** An element of the page, by its id. */
export const element = <Kind extends HTMLElement = HTMLElement>(id: string): Kind =>
  document.getElementById(id) as Kind;

/** The part of a section that has a class. */
export const inside = (id: string, part: string): HTMLElement =>
  element(id).querySelector<HTMLElement>(`.${part}`)!;

/** A button, by its id. */
export const button = (id: string): HTMLButtonElement => element<HTMLButtonElement>(id);

/** Says how it goes: each line is seen, and those that follow at once are not read out, but for the last. */
export function say(id: string, text: string, isLast = true): void {
  inside(id, "progress").textContent = text;
  if (!isLast && performance.now() - spoken < SPOKEN) return;
  spoken = performance.now();
  element("spoken").textContent = text;
}

/** Draws how far a section's work is; without numbers the bar goes. */
export function measure(id: string, done = 0, total = 0): void {
  const bar = element(id).querySelector("progress");
  if (total === 0) return bar?.remove();
  const drawn = bar ?? document.createElement("progress");
  if (!bar) {
    drawn.setAttribute("aria-label", `Progress: ${element(`${id}-title`).textContent}`);
    inside(id, "progress").before(drawn);
  }
  Object.assign(drawn, { max: total, value: done });
}

/** Says in a section what its reader should know; the next work begins without it. */
export function warn(id: string, text: string): void {
  const line = document.createElement("p");
  Object.assign(line, { className: "warning told", textContent: text });
  inside(id, "result").before(line);
}

/** Says above the story what concerns all of it. */
export function notice(text: string): void {
  const line = document.createElement("p");
  line.textContent = text;
  element("notices").append(line);
}

/** Shows an error where it happened; with what can be done, as a button. */
export function alarm(id: string, text: string, remedy?: { words: string; run(): void }): void {
  const box = document.createElement("div"), words = document.createElement("p");
  box.setAttribute("role", "alert");
  words.textContent = text;
  box.append(words);
  if (remedy) {
    const again = document.createElement("button");
    Object.assign(again, { type: "button", textContent: remedy.words, onclick: remedy.run });
    box.append(again);
  }
  inside(id, "progress").after(box);
}

/** Takes away what earlier work left to say. */
export function unsay(id: string): void {
  for (const old of element(id).querySelectorAll("[role=alert], .told")) old.remove();
}

/** Asks whether something is wanted that cannot be undone. */
export function isSure(words: string): Promise<boolean> {
  const dialog = element<HTMLDialogElement>("sure");
  element("sure-words").textContent = words;
  dialog.returnValue = "no";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.onclose = () => resolve(dialog.returnValue === "yes");
  });
}
