/** Days on an axis: years, brackets with open ends, values of a series. */

const DAY_MS = 86_400_000;

export interface Axis {
  /** First and last day shown, as milliseconds. */
  from: number;
  to: number;
  /** Pixels: where the axis begins and how long it is. */
  left: number;
  width: number;
}

export interface Bracket {
  x: number;
  width: number;
  isOpenStart: boolean;
  isOpenEnd: boolean;
}

/** Return an axis over whole years that holds all days; null where there are none. */
export function axisOf(days: readonly (string | null)[], left: number, width: number): Axis | null {
  const years = days.filter((day): day is string => day !== null).map((day) => Number(day.slice(0, 4)));
  if (years.length === 0) return null;
  const from = Date.UTC(Math.min(...years), 0, 1);
  return { from, to: Date.UTC(Math.max(...years) + 1, 0, 1), left, width };
}

/** Return the pixel of a day, kept on the axis; the end of a day is where the next begins. */
export function xOfDay(axis: Axis, day: string, isEnd = false): number {
  const at = Date.parse(`${day.slice(0, 10)}T00:00:00Z`) + (isEnd ? DAY_MS : 0);
  const share = (at - axis.from) / (axis.to - axis.from);
  return axis.left + Math.min(1, Math.max(0, share)) * axis.width;
}

/** Return where a bracket lies, at least `least` pixels wide; an open end goes to the end of the axis. */
export function bracketOf(axis: Axis, first: string | null, last: string | null, least = 3): Bracket | null {
  if (first === null && last === null) return null;
  const a = first === null ? axis.left : xOfDay(axis, first);
  const b = last === null ? axis.left + axis.width : xOfDay(axis, last, true);
  const wide = Math.max(least, b - a);
  const x = Math.min(a, axis.left + axis.width - wide);
  return { x, width: wide, isOpenStart: first === null, isOpenEnd: last === null };
}

/** Return the years to write under an axis, no closer than `apart` pixels. */
export function yearTicks(axis: Axis, apart = 44): { year: number; x: number }[] {
  const first = new Date(axis.from).getUTCFullYear();
  const last = new Date(axis.to).getUTCFullYear();
  const each = axis.width / Math.max(1, last - first);
  const step = Math.max(1, Math.ceil(apart / each));
  const found = [];
  for (let year = first; year < last; year += step) {
    found.push({ year, x: xOfDay(axis, `${String(year).padStart(4, "0")}-01-01`) });
  }
  return found;
}

/** Put intervals into as few lanes as they fit without touching; returns the lane of each. */
export function lanesOf(spans: readonly (readonly [number, number])[], gap = 0): number[] {
  const ends: number[] = [];
  const order = spans.map((_, i) => i).sort((a, b) => (spans[a]?.[0] ?? 0) - (spans[b]?.[0] ?? 0));
  const lane: number[] = new Array<number>(spans.length).fill(0);
  for (const i of order) {
    const [from, to] = spans[i] ?? [0, 0];
    let at = ends.findIndex((end) => end + gap <= from);
    if (at < 0) at = ends.length;
    ends[at] = to;
    lane[i] = at;
  }
  return lane;
}
