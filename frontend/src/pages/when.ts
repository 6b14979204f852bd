/** Dates as people type them, explained while they type. The server's rule is the same. */

export interface When {
  /** First possible day, `YYYY-MM-DD`. */
  from: string;
  /** Last possible day, `YYYY-MM-DD`. */
  to: string;
}

export type WhenProblem = "empty" | "no_date" | "no_day" | "too_many" | "backwards";

const DAY = /^(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?$/;

/** Read `2019`, `2019-03`, `2019-03-14`, or `FROM..TO` of two of them; or say why not. */
export function parseWhen(text: string): When | WhenProblem {
  if (text.trim() === "") return "empty";
  const ends = text.trim().split(/\.\.|\//);
  if (ends.length > 2) return "too_many";
  const first = whole(ends[0] ?? "");
  const last = whole(ends[ends.length - 1] ?? "");
  if (typeof first === "string") return first;
  if (typeof last === "string") return last;
  return last.to < first.from ? "backwards" : { from: first.from, to: last.to };
}

/** Return how many days the bracket has; 1 for a known day. */
export function daysOf(when: When): number {
  return Math.round((Date.parse(when.to) - Date.parse(when.from)) / 86_400_000) + 1;
}

/** Say whether two brackets share a day. */
export function overlap(a: When, b: When): boolean {
  return a.from <= b.to && b.from <= a.to;
}

function whole(text: string): When | "no_date" | "no_day" {
  const found = DAY.exec(text.trim());
  if (found === null) return "no_date";
  const [, year = "", month, day] = found;
  if (month === undefined) return { from: `${year}-01-01`, to: `${year}-12-31` };
  const m = Number(month);
  if (m < 1 || m > 12 || Number(year) < 1) return "no_day";
  const n_days = new Date(Date.UTC(Number(year), m, 0)).getUTCDate();
  if (day === undefined) {
    return { from: `${year}-${month}-01`, to: `${year}-${month}-${String(n_days)}` };
  }
  const d = Number(day);
  if (d < 1 || d > n_days) return "no_day";
  return { from: `${year}-${month}-${day}`, to: `${year}-${month}-${day}` };
}
