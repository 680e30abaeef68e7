/**
 * A document in which Observable Plot draws, where there is no browser's (a worker of a browser has none
 * either), and its text: what the library asks of one, and no more.
 *
 * @module
 */

const SVG = "http://www.w3.org/2000/svg";
const HTML = "http://www.w3.org/1999/xhtml";

/** A text among an element's children. */
class Text {
  parentNode: Element | null = null;
  constructor(public data: string) {}
  get outerHTML(): string {
    return escape(this.data, /[<>&\xA0]/g);
  }
  get textContent(): string {
    return this.data;
  }
}

/** An element; its text has the attributes from the last to the first that was set. */
class Element {
  readonly nodeType = 1;
  readonly #attributes = new Map<string, string>();
  parentNode: Element | null = null;
  childNodes: (Element | Text)[] = [];

  constructor(
    readonly ownerDocument: Document,
    readonly namespaceURI: string,
    readonly tagName: string,
  ) {}

  getAttribute(name: string): string | null {
    return this.#attributes.get(name) ?? null;
  }
  setAttribute(name: string, value: unknown): void {
    this.#attributes.set(name, String(value));
  }
  setAttributeNS(_: string | null, name: string, value: unknown): void {
    this.setAttribute(name, value);
  }
  hasAttribute(name: string): boolean {
    return this.#attributes.has(name);
  }
  removeAttribute(name: string): void {
    this.#attributes.delete(name);
  }

  appendChild<N extends Element | Text>(child: N): N {
    return this.insertBefore(child, null);
  }
  append(...children: (Element | Text | string)[]): void {
    for (const child of children) {
      this.appendChild(typeof child === "string" ? new Text(child) : child);
    }
  }
  insertBefore<N extends Element | Text>(child: N, next: Element | Text | null): N {
    child.parentNode?.removeChild(child);
    const place = next ? this.childNodes.indexOf(next) : this.childNodes.length;
    this.childNodes.splice(place, 0, child);
    child.parentNode = this;
    return child;
  }
  removeChild(child: Element | Text): void {
    this.childNodes = this.childNodes.filter((it) => it !== child);
    child.parentNode = null;
  }
  remove(): void {
    this.parentNode?.removeChild(this);
  }
  get firstChild(): Element | Text | null {
    return this.childNodes[0] ?? null;
  }

  get textContent(): string {
    return this.childNodes.map(({ textContent }) => textContent).join("");
  }
  set textContent(text: string) {
    this.childNodes = [];
    if (text !== "") this.append(text);
  }

  /** All elements below it whose name this is; "*" for any. */
  querySelectorAll(name: string): Element[] {
    return this.childNodes.filter((child) => child instanceof Element).flatMap((child) => [
      ...name === "*" || child.tagName === name ? [child] : [],
      ...child.querySelectorAll(name),
    ]);
  }
  querySelector(name: string): Element | null {
    return this.querySelectorAll(name)[0] ?? null;
  }

  get outerHTML(): string {
    const attributes = [...this.#attributes].reverse()
      .map(([name, value]) => ` ${name}="${escape(value, /["&<>\xA0]/g)}"`).join("");
    const inside = this.childNodes.map(({ outerHTML }) => outerHTML).join("");
    const isEmpty = inside === "" && this.namespaceURI === SVG;
    return isEmpty
      ? `<${this.tagName}${attributes} />`
      : `<${this.tagName}${attributes}>${inside}</${this.tagName}>`;
  }
}

/** Makes elements. */
export class Document {
  readonly documentElement: Element = new Element(this, HTML, "html");
  createElement(name: string): Element {
    return new Element(this, HTML, name);
  }
  createElementNS(space: string, name: string): Element {
    return new Element(this, space, name);
  }
  createTextNode(data: string): Text {
    return new Text(data);
  }
}

const ENTITIES: Record<string, string> = {
  ...{ "<": "&lt;", ">": "&gt;", "&": "&amp;" },
  ...{ '"': "&quot;", "\xA0": "&#160;" },
};

const escape = (text: string, signs: RegExp) => text.replace(signs, (sign) => ENTITIES[sign]);

/** An empty document. */
export const createDocument = (): Document => new Document();
