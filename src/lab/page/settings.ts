/**
 * The settings on the page: their fields, their bounds, and the link that holds them.
 *
 * @module
 */
/// <reference lib="dom" />
import { BOUNDS, DEFAULTS, type Settings } from "../protocol.ts";

const NAMES = Object.keys(DEFAULTS) as (keyof Settings)[];
const fieldOf = (name: string) => document.getElementById(name) as HTMLInputElement;

/** The settings that a link's part behind # holds; what it lacks or has out of bounds is the fallback's. */
export function fromLink(hash: string, fallback: Settings): Settings {
  const given = new URLSearchParams(hash.replace(/^#/, ""));
  const settings = { ...fallback };
  for (const name of NAMES) {
    const value = Number(given.get(name) || NaN);
    if (faultOf(name, value) === undefined) settings[name] = value;
  }
  return settings;
}

/** What of a link's part behind # will not do, as "size=1: give a whole number from …". */
export function faultsOfLink(hash: string): string[] {
  const given = new URLSearchParams(hash.replace(/^#/, ""));
  return NAMES.flatMap((name) => {
    const text = given.get(name);
    const fault = text === null ? undefined : faultOf(name, text === "" ? NaN : Number(text));
    return fault === undefined ? [] : [`${name}=${text}: ${fault}`];
  });
}

/** A link's part behind #. */
export function toLink(settings: Settings): string {
  return `#${new URLSearchParams(NAMES.map((name) => [name, String(settings[name])]))}`;
}

/** Why a value will not do; undefined where it will. */
export function faultOf(name: keyof Settings, value: number): string | undefined {
  const { least, most, whole } = BOUNDS[name];
  const isFine = value >= least && value <= most && (!whole || Number.isInteger(value));
  return isFine
    ? undefined
    : `give ${whole ? "a whole number" : "a number"} from ${least} to ${most}`;
}

/** Fills the fields, and keeps the sliders of α and their numbers alike. */
export function fillFields(settings: Settings): void {
  for (const name of NAMES) {
    const field = fieldOf(name), { least, most } = BOUNDS[name];
    [field.min, field.max, field.value] = [least, most, settings[name]].map(String);
    const slider = document.getElementById(`${name}-slider`) as HTMLInputElement | null;
    if (!slider) continue;
    const follow = () => slider.value = String(Math.log2(Math.max(0.25, Number(field.value))));
    follow();
    field.oninput = follow;
    slider.oninput = () => field.value = String(Number((2 ** Number(slider.value)).toPrecision(3)));
  }
}

/** Reads the fields. @throws {Error} Naming the one that will not do. */
export function readFields(): Settings {
  const settings = { ...DEFAULTS };
  for (const name of NAMES) {
    const field = fieldOf(name), value = field.value === "" ? NaN : Number(field.value);
    const fault = faultOf(name, value);
    if (fault) {
      field.focus();
      const label = field.labels?.[0]?.textContent?.trim().replaceAll(/\s+/g, " ") ?? name;
      throw new Error(`“${label}” is ${field.value || "empty"}: ${fault}`);
    }
    settings[name] = value;
  }
  return settings;
}
