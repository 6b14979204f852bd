/** Lengths on the ground, as finely as it matters, and where a date was read. */

import { has, language, number, t } from "../words.ts";

const LEAST_M = 0.05;

/** Return `0.4 m` below ten metres, whole metres above; `< 0.1 m` for next to nothing. */
export function lengthWords(length_m: number): string {
  if (length_m > 0 && length_m < LEAST_M) return `< ${t("unit.m", { m: number(0.1) })}`;
  const digits = length_m < 10 ? 1 : 0;
  const shown = new Intl.NumberFormat(language(), { minimumFractionDigits: digits, maximumFractionDigits: digits });
  return t("unit.m", { m: shown.format(length_m) });
}

/** Return where a date was read; the server's own word where we have none. */
export function fromWords(source: string): string {
  const key = `shotdate.from.${source}`;
  return has(key) ? t(key) : source;
}
