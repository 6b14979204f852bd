/** Shares, coefficients, sizes and stretches, as text. */

/** Return how much is left of a job at the pace so far, in seconds; null before it can be told. */
export function secondsLeft(done: number, total: number, seconds: number): number | null {
  if (total <= 0 || done <= 0 || seconds < 3 || done >= total) return null;
  return (seconds / done) * (total - done);
}

/** Return a share as a percentage; never "100 %" or "0 %" when it is not quite. */
export function percent(part: number, whole: number, language: string): string {
  if (whole <= 0) return "–";
  const share = part / whole;
  const digits = (share > 0 && share < 0.01) || (share > 0.99 && share < 1) ? 1 : 0;
  const clamped = share < 1 && share > 0.999 ? 0.999 : share > 0 && share < 0.001 ? 0.001 : share;
  return new Intl.NumberFormat(language, {
    style: "percent",
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  }).format(clamped);
}

/** Return a coefficient with two decimals and a true minus sign; a dash for an unknown one. */
export function coefficient(value: number | null | undefined, language: string): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return "–";
  return new Intl.NumberFormat(language, {
    minimumFractionDigits: 2,
    maximumFractionDigits: 2,
  })
    .format(value)
    .replace("-", "−");
}

/** Return a file size in the largest unit that leaves a number of at least 1. */
export function fileSize(bytes: number, language: string): string {
  const units = ["byte", "kilobyte", "megabyte", "gigabyte", "terabyte"];
  let value = bytes;
  let at = 0;
  while (value >= 1000 && at < units.length - 1) {
    value /= 1000;
    at += 1;
  }
  return new Intl.NumberFormat(language, {
    style: "unit",
    unit: units[at] ?? "byte",
    unitDisplay: "short",
    maximumFractionDigits: value < 10 && at > 0 ? 1 : 0,
  }).format(value);
}

/** Read `0..20`, `1004-1019` or "" (all of it) as km; null if it is no stretch. */
export function parseStretch(text: string): { from_km: number; to_km: number } | "" | null {
  if (text.trim() === "") return "";
  const ends = text.trim().split(/\s*(?:\.\.|–|-|\bto\b)\s*/);
  const [from_km = NaN, to_km = NaN] = ends.map((end) => Number(end.replace(",", ".")));
  if (ends.length !== 2 || !(from_km >= 0) || !(to_km > from_km)) return null;
  return { from_km, to_km };
}
