/**
 * HTML that cannot be injected into: whatever is put into a template is escaped, unless it is markup.
 *
 * @module
 */
import { escapeMarks } from "./svg.ts";

/** A piece of HTML, made by {@linkcode markup} alone. */
export class Markup {
  /** @param text HTML. */
  constructor(readonly text: string) {}
}

/** What a template takes: text and numbers are escaped, lists are joined, `undefined` and `false` are nothing. */
export type Content = Markup | string | number | false | undefined | readonly Content[];

/**
 * Builds HTML from a template.
 *
 * @example
 * ```ts
 * import { markup } from "./markup.ts";
 *
 * const name = "<cats & dogs>";
 * markup`<td title="${name}">${name}</td>`.text;
 * // <td title="&lt;cats &amp; dogs&gt;">&lt;cats &amp; dogs&gt;</td>
 * ```
 */
export function markup(template: TemplateStringsArray, ...contents: Content[]): Markup {
  return new Markup(
    template.map((text, i) => text + (i < contents.length ? render(contents[i]) : "")).join(""),
  );
}

function render(content: Content): string {
  if (content === undefined || content === false) return "";
  if (content instanceof Markup) return content.text;
  if (typeof content === "object") return content.map(render).join("");
  return escape(String(content));
}

/** Escapes text for HTML's content and quoted attributes; what could reorder or hide text is shown as �. */
function escape(text: string): string {
  return escapeMarks(text.replace(/[^\P{Cc}\n\t]|\p{Bidi_Control}/gu, "�"));
}
