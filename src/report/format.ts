/**
 * Numbers as the report writes them; what is not finite is a dash, and lines do not break between a
 * number and its unit.
 *
 * @module
 */
import type { SampleSummary } from "./statistics.ts";

/** A fixed number of decimals, with a true minus. */
export function decimals(value: number, digits: number): string {
  if (!Number.isFinite(value)) return "–";
  const text = value.toFixed(digits);
  return (/^-0(\.0*)?$/.test(text) ? text.slice(1) : text).replace("-", "−");
}

/** A fixed number of decimals with a sign in front: "+0.12", "−0.12". */
export function signed(value: number, digits: number): string {
  const text = decimals(value, digits);
  return value > 0 && Number(text) !== 0 ? `+${text}` : text;
}

/** A cross-entropy: "1.823". */
export function nats(value: number): string {
  return decimals(value, 3);
}

/** A share in percent: "48.3 %". */
export function percent(share: number): string {
  return Number.isFinite(share) ? `${decimals(100 * share, 1)}\u00a0%` : "–";
}

/** Mean ± standard error of cross-entropies: "1.823 ± 0.041". */
export function natsSpread({ mean, standardError }: SampleSummary): string {
  return standardError === null ? nats(mean) : `${nats(mean)} ± ${nats(standardError)}`;
}

/** Mean ± standard error of shares: "48.3 ± 1.9 %". */
export function percentSpread({ mean, standardError }: SampleSummary): string {
  return standardError === null
    ? percent(mean)
    : `${decimals(100 * mean, 1)} ± ${percent(standardError)}`;
}

/** At most so many significant digits, without zeros at the end: "4.29", "0.0005". */
export function significant(value: number, digits = 3): string {
  return Number.isFinite(value) ? String(Number(value.toPrecision(digits))) : "–";
}

/** A time span: "0.42 s", "12.3 s", "4 min 10 s", "1 h 12 min". */
export function duration(seconds: number): string {
  if (seconds < 10) return `${seconds.toFixed(2)}\u00a0s`;
  if (seconds < 59.95) return `${seconds.toFixed(1)}\u00a0s`;
  if (seconds < 3599.5) {
    const whole = Math.round(seconds);
    return `${Math.floor(whole / 60)}\u00a0min\u00a0${whole % 60}\u00a0s`;
  }
  const minutes = Math.round(seconds / 60);
  return `${Math.floor(minutes / 60)}\u00a0h\u00a0${minutes % 60}\u00a0min`;
}

/** A moment in UTC: "2026-03-01 14:05 UTC"; what is no date is returned as it is. */
export function moment(date: Date | string): string {
  const time = new Date(date);
  return Number.isNaN(time.getTime())
    ? String(date)
    : `${time.toISOString().slice(0, 16).replace("T", " ")} UTC`;
}

/** "1 trial", "3 trials". */
export function counted(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? "" : "s"}`;
}

/** A penalty's name: "l2" → "L2", "sk" → "SK-reg". */
export function modeName(mode: string): string {
  return { l2: "L2", sk: "SK-reg" }[mode] ?? mode;
}
