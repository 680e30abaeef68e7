/**
 * The check of the GPU as a table: a shader a row, with a bar of its error against its bound.
 *
 * @module
 */
/// <reference lib="dom" />
import { markup } from "../../report/markup.ts";
import { columns, table } from "../../report/page_parts.ts";
import type { LabEvent } from "../protocol.ts";
import { inside, say } from "./section.ts";

/** Adds a shader's check. */
export function showCheck({ shader, error, bound, shape }: LabEvent & { kind: "check" }): void {
  const result = inside("gpu", "result");
  if (!result.firstChild) result.innerHTML = markup`${table(columns(TEXTS, NUMBERS), [])}`.text;
  const body = result.querySelector("tbody")!;
  // What only copies or counts has no room for an error.
  const part = bound > 0 ? error / bound : error > 0 ? Infinity : 0;
  const words = bound > 0 ? `${(100 * part).toFixed(1)} %` : error > 0 ? "wrong" : "exact";
  const row = body.insertRow();
  const name = row.appendChild(document.createElement("th"));
  Object.assign(name, { scope: "row", textContent: shader, title: shape });
  const bar = document.createElement("meter");
  Object.assign(bar, { min: 0, max: 1, high: 0.999, value: Math.min(1, part), className: "bar" });
  bar.setAttribute("aria-label", `${shader}: ${words}${bound > 0 ? " of its bound" : ""}`);
  row.insertCell().append(bar);
  for (const text of [words, error.toExponential(1), bound.toExponential(1)]) {
    const cell = row.insertCell();
    Object.assign(cell, { className: "number", textContent: text });
  }
  const titles = [...TEXTS, ...NUMBERS];
  for (const [i, cell] of [...row.cells].entries()) cell.dataset.column = titles[i];
  say("gpu", `${body.rows.length} shaders checked`, false);
}

const TEXTS = ["shader", "error against its bound"];
const NUMBERS = ["of its bound", "worst error, relative", "bound"];
