/** Dates as intervals: their order, their bars, and what they say of when a thing was built. */

import type { Image, ItemFull, Seen } from "../types.ts";

/** What one image says, as the rail shows it. */
export type Mark = "absent" | "present" | "hidden" | "unseen";

export interface TimeBar {
  scene: string;
  /** Left edge and width, in pixels. */
  x: number;
  width: number;
  /** Lane from the top, so that bars never cover each other. */
  lane: number;
}

/** What the server says of when a thing was built, from the pair and my answers. */
export type Ask = NonNullable<ItemFull["ask"]> &
  Partial<{
    built: [string, string] | null;
    removed: [string, string] | null;
    /** Images that do not fit: absent between two dates on which it stood. */
    conflicts: string[];
    /** Looks that are needed at most. */
    n_left: number;
  }>;

/** Words for the dates so far: a message and the days in it. */
export interface Told {
  key: "nothing_yet" | "only_absent" | "only_present" | "between";
  absent: string | null;
  present: string | null;
}

const DAY_MS = 86_400_000;

/** Return the earliest possible time of an image, milliseconds; 0 where nothing is known. */
export function earliest(image: Image): number {
  return Date.parse(image.taken[0] ?? image.taken[1] ?? "") || 0;
}

/** Return the latest possible time of an image, milliseconds. */
export function latest(image: Image): number {
  return Math.max(earliest(image), Date.parse(image.taken[1] ?? image.taken[0] ?? "") || 0);
}

/** Return images from old to new, by the middle of their interval, then by name. */
export function inTime(images: readonly Image[]): Image[] {
  const middle = (image: Image): number => (earliest(image) + latest(image)) / 2;
  return [...images].sort((a, b) => middle(a) - middle(b) || (a.scene < b.scene ? -1 : 1));
}

/** Return what an image says: mine before the machine's; "hidden" is cloud or no view. */
export function markOf(image: Image): Mark {
  const seen: Seen | null = image.mine ?? image.seen;
  if (seen === "absent" || seen === "present") return seen;
  if (seen === "not_observable" || !image.is_clear) return "hidden";
  return "unseen";
}

/** Return the image `by` places later in time than `scene`; null at the end of the row. */
export function beside(images: readonly Image[], scene: string, by: number): Image | null {
  const row = inTime(images);
  const at = row.findIndex((image) => image.scene === scene);
  return row[at + by] ?? null;
}

/** Return a bar for each image on a time axis, in lanes so that no two lie on each other. */
export function timeBars(
  images: readonly Image[],
  width: number,
  least = 4,
): { bars: TimeBar[]; n_lanes: number; from: number; to: number } {
  const row = inTime(images).filter((image) => earliest(image) !== 0);
  if (row.length === 0) return { bars: [], n_lanes: 0, from: 0, to: 0 };
  const first = Math.min(...row.map(earliest));
  const last = Math.max(...row.map(latest));
  const slack = Math.max(30 * DAY_MS, (last - first) * 0.01);
  const [from, to] = [first - slack, last + slack];
  const x = (time: number): number => ((time - from) / (to - from)) * width;
  const ends: number[] = [];
  const bars = row.map((image) => {
    const wide = Math.max(least, x(latest(image) + DAY_MS) - x(earliest(image)));
    const left = Math.min(x(earliest(image)), width - wide);
    let lane = ends.findIndex((end) => end + 1 <= left);
    if (lane < 0) lane = ends.length;
    ends[lane] = left + wide;
    return { scene: image.scene, x: left, width: wide, lane };
  });
  return { bars, n_lanes: ends.length, from, to };
}

/** Return 1 January of years in a time range, `least` pixels apart at the least. */
export function years(from: number, to: number, width: number, least = 44): { year: number; x: number }[] {
  const found: { year: number; x: number }[] = [];
  if (to <= from) return found;
  for (let year = new Date(from).getUTCFullYear(); year <= new Date(to).getUTCFullYear(); year++) {
    const x = ((Date.UTC(year, 0, 1) - from) / (to - from)) * width;
    const before = found.at(-1);
    if (x >= 0 && x <= width - 30 && (!before || x - before.x >= least)) found.push({ year, x });
  }
  return found;
}

/**
 * Return how to say what the dates prove.
 *
 * The server gives outer days: "not there" is proved only for the first day that its image can be
 * of, "there" only for the last.
 */
export function told(ask: Ask | null): Told {
  const absent = ask?.last_absent ?? null;
  const present = ask?.first_seen ?? null;
  if (absent !== null && present !== null) return { key: "between", absent, present };
  if (present !== null) return { key: "only_present", absent, present };
  return { key: absent === null ? "nothing_yet" : "only_absent", absent, present };
}
