/** What the report hands its strip and its map, unpacked: see `report/live.py`. */

import type { Stretch, StripPlace } from "../types.ts";

export interface Status {
  key: string;
  label: string;
  spans: Stretch[];
}

export interface KindOf {
  key: string;
  label: string;
  colour: string;
  is_line: boolean;
}

export interface Named {
  key: string;
  label: string;
}

/** A place in degrees: longitude, latitude. */
export type Place = [number, number];

export interface Thing {
  kind: string;
  change: string;
  held: string;
  span: Stretch;
  /** Last day it was absent, and first day it was seen; empty where no image says so. */
  first: string;
  last: string;
  id: string;
  /** Which of the pictured places shows it; -1 for none. */
  chip: number;
  parts: Place[][];
}

export interface Pair {
  before: string;
  after: string;
  spans: Stretch[];
}

export interface Claim {
  status: string;
  /** Where its card stands in the page. */
  anchor: string;
  says: string;
  when: string;
  mark: string;
  spans: Stretch[];
}

export interface Live {
  extent: Stretch;
  words: Record<string, string>;
  places: StripPlace[];
  statuses: Status[];
  kinds: KindOf[];
  changes: Named[];
  helds: Named[];
  things: Thing[];
  open: { bin_m: number; bins: [number, number][] };
  pairs: Pair[];
  claims: Claim[];
  /** Longitude, latitude, metres of chainage. */
  line: [number, number, number][];
  insets: Inset[];
  land: Place[][];
  countries: Place[][];
  disclaimer: string;
}

/** A stretch that is drawn again, larger, with the heading of the printed chart. */
export interface Inset {
  span: Stretch;
  title: string;
}

/** The same as it stands in the page: lists of short texts. */
interface Packed {
  extent: Stretch;
  words: Record<string, string>;
  places: { name: string; other: string; at_m: number }[];
  statuses: { key: string; label: string; spans: string[] }[];
  kinds: KindOf[];
  changes: Named[];
  helds: Named[];
  things: string[];
  open: { bin_m: number; bins: string[] };
  pairs: { before: string; after: string; spans: string[] }[];
  claims: { status: string; anchor: string; says: string; when: string; mark: string; spans: string[] }[];
  line: string[];
  insets: Inset[];
  base?: { land: string[]; countries: string[] };
  disclaimer: string;
}

/** Return the data of a page; null where it holds none. */
export function unpacked(text: string): Live | null {
  const told = JSON.parse(text || "{}") as Partial<Packed>;
  if (!told.extent || !told.words) return null;
  const packed = told as Packed;
  return {
    ...packed,
    places: packed.places.map(({ name, other, at_m }) => ({ name, names: other ? [other] : [], at_m }) as StripPlace),
    statuses: packed.statuses.map((one) => ({ ...one, spans: one.spans.map(pairOf) })),
    things: packed.things.map(thingOf),
    open: { bin_m: packed.open.bin_m, bins: packed.open.bins.map(pairOf) },
    pairs: packed.pairs.map((one) => ({ ...one, spans: one.spans.map(pairOf) })),
    claims: packed.claims.map((one) => ({ ...one, spans: one.spans.map(pairOf) })),
    line: packed.line.map((one) => one.split(",").map(Number) as [number, number, number]),
    land: (packed.base?.land ?? []).map(placesOf),
    countries: (packed.base?.countries ?? []).map(placesOf),
  };
}

function pairOf(text: string): [number, number] {
  const [a = 0, b = 0] = text.split(" ").map(Number);
  return [a, b];
}

function placesOf(text: string): Place[] {
  return text === "" ? [] : text.split(";").map((one) => one.split(",").map(Number) as Place);
}

/** Return a finding from its line of words. */
export function thingOf(text: string): Thing {
  const [kind = "", change = "", held = "", from = "0", to = "0", first = "-", last = "-", id = "", chip = "-1", shape = ""] =
    text.split(" ");
  const day = (word: string): string => (word === "-" ? "" : word);
  return {
    kind,
    change,
    held,
    span: [Number(from), Number(to)],
    first: day(first),
    last: day(last),
    id,
    chip: Number(chip),
    parts: shape === "" ? [] : shape.split("|").map(placesOf),
  };
}

/** What is shown: keys that were taken away, and the year in which something was perhaps built. */
export interface Filter {
  without: ReadonlySet<string>;
  year: number | null;
}

export const EVERYTHING: Filter = { without: new Set(), year: null };

/** Say whether a filter lets a finding through; keys are `kind:fence`, `change:new`, `held:confirmed`. */
export function passes({ without, year }: Filter, one: Pick<Thing, "kind" | "change" | "held" | "first" | "last">): boolean {
  if (without.has(`kind:${one.kind}`) || without.has(`change:${one.change}`) || without.has(`held:${one.held}`)) return false;
  if (year === null) return true;
  if (one.last === "") return false;
  const first = one.first === "" ? Number(one.last.slice(0, 4)) : Number(one.first.slice(0, 4));
  return first <= year && year <= Number(one.last.slice(0, 4));
}

/** Return the years in which something was perhaps built, in order. */
export function yearsOf(things: readonly Thing[]): number[] {
  const years = new Set<number>();
  for (const { first, last } of things) {
    if (last === "") continue;
    const end = Number(last.slice(0, 4));
    for (let year = first === "" ? end : Number(first.slice(0, 4)); year <= end; year += 1) years.add(year);
  }
  return [...years].sort((a, b) => a - b);
}

/** Return stretches with those closer than `gap_m` joined, so that thousands become few strokes. */
export function joined(spans: readonly Stretch[], gap_m: number): Stretch[] {
  const found: Stretch[] = [];
  for (const [a, b] of [...spans].sort((x, y) => x[0] - y[0])) {
    const last = found.at(-1);
    if (last && a <= last[1] + gap_m) last[1] = Math.max(last[1], b);
    else found.push([a, b]);
  }
  return found;
}

/** Return what lies within `near_m` of a chainage, the nearest first. */
export function thingsAt(things: readonly Thing[], at_m: number, near_m: number): Thing[] {
  const away = ({ span: [a, b] }: Thing): number => Math.max(0, a - at_m, at_m - b);
  return things.filter((one) => away(one) <= near_m).sort((x, y) => away(x) - away(y) || x.span[0] - y.span[0]);
}

/** Say whether a chainage lies in one of these stretches. */
export function holds(spans: readonly Stretch[], at_m: number): boolean {
  return spans.some(([a, b]) => a <= at_m && at_m < b);
}

/** Return the first point of the line that lies at or beyond a chainage. */
function indexFrom(line: readonly [number, number, number][], at_m: number): number {
  let low = 0;
  let high = line.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((line[middle]?.[2] ?? Infinity) < at_m) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Return where a chainage lies on the line, in degrees; null off the line. */
export function placeAt(line: readonly [number, number, number][], at_m: number): Place | null {
  const after = indexFrom(line, at_m);
  const b = line[after];
  if (b === undefined) return null;
  const a = line[after - 1] ?? b;
  const share = b[2] > a[2] ? (at_m - a[2]) / (b[2] - a[2]) : 0;
  return [a[0] + share * (b[0] - a[0]), a[1] + share * (b[1] - a[1])];
}

/** Return the points of the line along a stretch, its two ends with them. */
export function alongLine(line: readonly [number, number, number][], [a, b]: Stretch): Place[] {
  const ends = [placeAt(line, a), placeAt(line, b)];
  const inner: Place[] = [];
  for (let i = indexFrom(line, a); i < line.length; i += 1) {
    const [x, y, z] = line[i] ?? [0, 0, Infinity];
    if (z >= b) break;
    if (z > a) inner.push([x, y]);
  }
  return [...(ends[0] ? [ends[0]] : []), ...inner, ...(ends[1] ? [ends[1]] : [])];
}

/** Return the stretches of the line that touch a box (west, south, east, north), from point to point. */
export function seenAlong(line: readonly [number, number, number][], [west, south, east, north]: readonly [number, number, number, number]): Stretch[] {
  const found: Stretch[] = [];
  for (let i = 1; i < line.length; i += 1) {
    const [x0, y0, from] = line[i - 1] as [number, number, number];
    const [x1, y1, to] = line[i] as [number, number, number];
    if (Math.max(x0, x1) < west || Math.min(x0, x1) > east || Math.max(y0, y1) < south || Math.min(y0, y1) > north) continue;
    const last = found.at(-1);
    if (last && last[1] === from) last[1] = to;
    else found.push([from, to]);
  }
  return found;
}
