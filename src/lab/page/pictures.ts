/**
 * The visitor's files as they are chosen or dropped, and the pictures that came of them.
 *
 * @module
 */
/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
import { markup } from "../../report/markup.ts";
import { columns, table } from "../../report/page_parts.ts";
import type { Given, Images } from "../protocol.ts";
import { element, inside, say } from "./section.ts";

/** What a part of the pictures is for. */
const FOR: Record<string, string> = {
  phase1: "kernels are learned from them",
  "phase2/train": "new classes are learned from them",
  "phase2/valid": "they choose the epoch whose weights are kept",
  "phase2/test": "looked at once, at the end",
};

/** Shows what pictures there are. */
export function showImages({ parts, problems }: Images): void {
  const rows = parts.map(({ part, classes }) => [
    part,
    FOR[part],
    classes.length,
    classes.reduce((sum, { images }) => sum + images, 0),
  ]);
  const result = inside("images", "result");
  for (const old of result.querySelectorAll("img")) URL.revokeObjectURL(old.src);
  result.innerHTML =
    markup`${table(columns(["part", "what for"], ["classes", "pictures"]), rows)}${
      problems.map((text) => markup`<p class="warning">${text}</p>`)
    }`.text;
  for (const { part, classes, sheet } of parts) {
    if (!sheet) continue;
    const figure = document.createElement("figure"), names = document.createElement("figcaption");
    const picture = document.createElement("img");
    picture.src = URL.createObjectURL(new Blob([sheet], { type: "image/png" }));
    picture.alt = `A picture of each class of ${part}`;
    names.textContent = `${part}, a picture of each class: ${
      classes.map(({ name, images }) => `${name} (${images})`).join(", ")
    }.`;
    figure.append(picture, names);
    result.append(figure);
  }
  const count = rows.reduce((sum, [, , , images]) => sum + Number(images), 0);
  say("images", `${count} pictures are ready.`);
}

/** Hands on what is chosen in an input or dropped on an element, until the next. */
export function takeFiles(inputs: string[], place: string, take: (given: Given) => void): void {
  for (const id of inputs) {
    const input = element<HTMLInputElement>(id);
    input.onchange = () => {
      const given = [...input.files ?? []]
        .map((file) => ({ path: file.webkitRelativePath || file.name, file }));
      input.value = ""; // the same files can be chosen again
      if (given.length > 0) take(given);
    };
  }
  const target = element(place);
  target.ondragover = (event) => {
    event.preventDefault();
    target.classList.add("over");
  };
  target.ondragleave = () => target.classList.remove("over");
  target.ondrop = async (event) => {
    event.preventDefault();
    target.classList.remove("over");
    take(await filesDropped(event.dataTransfer!.items));
  };
}

/** All files of what was dropped, folders included. */
async function filesDropped(items: DataTransferItemList): Promise<Given> {
  // All are asked for before any is waited for: the list is empty after that.
  const given = [...items].map((item) => {
    const entry = item.webkitGetAsEntry(), file = item.getAsFile();
    if (entry) return filesOf(entry);
    return file ? [{ path: file.name, file }] : [];
  });
  return (await Promise.all(given)).flat();
}

async function filesOf(entry: FileSystemEntry): Promise<Given> {
  if (entry.isFile) {
    const file = await new Promise<File>((resolve, reject) =>
      (entry as FileSystemFileEntry).file(resolve, reject)
    );
    return [{ path: entry.fullPath.slice(1), file }];
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  const given: Given = [];
  for (;;) { // it gives a hundred at a time
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) =>
      reader.readEntries(resolve, reject)
    );
    if (some.length === 0) return given;
    for (const one of some) given.push(...await filesOf(one));
  }
}
