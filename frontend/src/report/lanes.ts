/** The lanes of the live strip as SVG: statuses, one lane per class, candidates, claims. */

import { xOf, type Scale } from "../line/lay.ts";
import { lanesOf } from "../said/axis.ts";
import type { Stretch } from "../types.ts";
import { number, t } from "../words.ts";
import { joined, type Claim, type KindOf, type Live, type Thing } from "./live.ts";
import { drawn, type Box, type Mark } from "./marks.ts";

export const BAR_PX = 16;
export const WORDS_PX = 17;
const GAP_PX = 5;
const POSTS_PX = 26;
const LEAST_BAR_PX = 3;
const OLD = new Set(["unchanged"]);

export interface Lane {
  key: string;
  label: string;
  /** Where its ink begins, and how high it is. */
  y: number;
  high: number;
  marks: (scale: Scale) => Mark[];
}

/** Return the lanes below each other from `top`; with `above`, words stand over each and not beside it. */
export function lanes(live: Live, things: readonly Thing[], top: number, above: boolean): Lane[] {
  const found: Lane[] = [];
  let y = top;
  const add = (key: string, label: string, high: number, draw: (scale: Scale, y: number) => Mark[]): void => {
    if (above) y += WORDS_PX;
    const at = y;
    found.push({ key, label, y, high, marks: (scale) => draw(scale, at) });
    y += high + GAP_PX;
  };
  if (live.statuses.length > 0) {
    add("known", t("strip.known"), BAR_PX, (scale, at) => statuses(live, scale, at));
  }
  for (const kind of live.kinds) {
    const mine = things.filter((one) => one.kind === kind.key);
    const high = kind.is_line ? BAR_PX : POSTS_PX;
    const draw = kind.is_line ? runs : posts;
    add(`kind:${kind.key}`, kind.label, high, (scale, at) => draw(mine, kind, scale, at));
  }
  if (live.open.bins.length > 0) {
    add("open", t("strip.open"), BAR_PX, (scale, at) => open(live, scale, at));
  }
  if (live.claims.length > 0) {
    const high = BAR_PX * Math.min(3, rowsOf(live.claims));
    add("said", t("strip.said"), high, (scale, at) => claims(live.claims, scale, at, high));
  }
  return found;
}

/** Return lanes as an SVG. */
export function laid(found: readonly Lane[], scale: Scale): unknown {
  return found.map((lane) => lane.marks(scale).map(drawn));
}

/** Return the bottom of the last lane. */
export function bottomOf(found: readonly Lane[], top: number): number {
  const last = found.at(-1);
  return last ? last.y + last.high : top;
}

/** Return stretches as boxes inside the chart; `least` pixels wide at the least. */
export function boxes(spans: readonly Stretch[], scale: Scale, y: number, high: number, least = 0.7): Box[] {
  return pixels(spans, scale, least).map(([x, width]) => [x, y, width, high]);
}

function pixels(spans: readonly Stretch[], scale: Scale, least: number): [number, number][] {
  const metres = (scale.extent[1] - scale.extent[0]) / Math.max(1, scale.width);
  const seen = spans.filter(([a, b]) => b >= scale.extent[0] && a <= scale.extent[1]);
  return joined(seen, metres * 0.25).map(([a, b]) => {
    const from = Math.max(0, xOf(scale, a));
    const to = Math.min(scale.width, xOf(scale, b));
    const width = Math.max(least, to - from);
    return [Math.min(from, scale.width - width), width];
  });
}

/** Return the hatch over what could not be compared, through all lanes. */
export function blind(live: Live, scale: Scale, y: number, high: number): Mark {
  const gone = live.statuses.find(({ key }) => key === "not_comparable")?.spans ?? [];
  return { look: "hatch", fill: "hatch", boxes: boxes(gone, scale, y, high, 1) };
}

function statuses(live: Live, scale: Scale, y: number): Mark[] {
  return live.statuses.flatMap(({ key, spans }): Mark[] => {
    const all = boxes(spans, scale, y, BAR_PX);
    if (key === "not_comparable") return [{ look: "st edge-only", boxes: all }];
    if (key !== "not_examined" && key !== "indeterminate") return [{ look: `st ${key}`, boxes: all }];
    const marks: Mark = { look: `st-mark ${key}`, fill: "across", step: key === "not_examined" ? 4 : 5, boxes: boxes(spans, scale, y, BAR_PX, 1) };
    return [{ look: `st ${key}`, boxes: all }, marks];
  });
}

function runs(things: readonly Thing[], kind: KindOf, scale: Scale, y: number): Mark[] {
  const of = (is: (one: Thing) => boolean): Stretch[] => things.filter(is).map(({ span }) => span);
  const sure = ({ held }: Thing): boolean => held === "confirmed";
  const old = of((one) => one.held === "imported" || (sure(one) && OLD.has(one.change)));
  const built = of((one) => sure(one) && !OLD.has(one.change) && one.change !== "removed");
  const gone = of((one) => sure(one) && one.change === "removed");
  const unsure = of(({ held }) => held === "indeterminate" || held === "disputed");
  return [
    { look: "old", boxes: boxes(old, scale, y + 5, BAR_PX - 5) },
    { look: "unsure", colour: kind.colour, boxes: boxes(unsure, scale, y + 2, BAR_PX - 4, 2) },
    { look: "", colour: kind.colour, boxes: boxes(built, scale, y, BAR_PX, 1) },
    { look: "gone", colour: kind.colour, boxes: boxes(gone, scale, y + 1, BAR_PX - 2, 2) },
  ];
}

interface Bin {
  built: number;
  old: number;
  other: number;
}

function posts(things: readonly Thing[], kind: KindOf, scale: Scale, y: number): Mark[] {
  const n = Math.max(1, Math.floor(scale.width / (LEAST_BAR_PX + 1)));
  const bins = new Map<number, Bin>();
  for (const { span, change, held } of things) {
    const at = Math.floor((xOf(scale, (span[0] + span[1]) / 2) / scale.width) * n);
    if (at < 0 || at >= n) continue;
    const bin = bins.get(at) ?? { built: 0, old: 0, other: 0 };
    bins.set(at, bin);
    if (held === "imported" || (held === "confirmed" && OLD.has(change))) bin.old += 1;
    else if (held === "confirmed" && change !== "removed") bin.built += 1;
    else bin.other += 1;
  }
  const most = Math.max(1, ...[...bins.values()].map(({ built, old, other }) => built + old + other));
  const found: Record<"built" | "old" | "other", Box[]> = { built: [], old: [], other: [] };
  const wide = scale.width / n - 1;
  for (const [at, bin] of bins) {
    let floor = y + POSTS_PX;
    for (const part of ["built", "old", "other"] as const) {
      if (bin[part] === 0) continue;
      const high = Math.max(3, (bin[part] / most) * (POSTS_PX - 2));
      found[part].push([(at / n) * scale.width, floor - high, wide, high]);
      floor = Math.max(y + 3, floor - high);
    }
  }
  return [
    { look: "floor", boxes: [[0, y + POSTS_PX - 0.5, scale.width, 1]] },
    { look: "", colour: kind.colour, boxes: found.built },
    { look: "old", boxes: found.old },
    { look: "gone", colour: kind.colour, boxes: found.other },
  ];
}

function open({ open: { bin_m, bins }, extent }: Live, scale: Scale, y: number): Mark[] {
  const most = Math.max(1, ...bins.map(([, n]) => n));
  const found: Box[] = [];
  for (const [at, n] of bins) {
    const from = Math.max(0, xOf(scale, extent[0] + at * bin_m));
    const to = Math.min(scale.width, xOf(scale, extent[0] + (at + 1) * bin_m));
    if (to <= from) continue;
    const high = Math.max(3, (n / most) * (BAR_PX - 1));
    found.push([from, y + BAR_PX - high, Math.max(1, to - from), high]);
  }
  return [{ look: "open", boxes: found }];
}

function rowsOf(told: readonly Claim[]): number {
  return Math.max(...lanesOf(told.map(({ spans }) => hull(spans)))) + 1;
}

function hull(spans: readonly Stretch[]): Stretch {
  return [Math.min(...spans.map(([a]) => a)), Math.max(...spans.map(([, b]) => b))];
}

function claims(told: readonly Claim[], scale: Scale, y: number, high: number): Mark[] {
  const rows = lanesOf(told.map(({ spans }) => hull(spans)));
  const each = high / (Math.max(...rows) + 1);
  return told.map(({ status, spans }, i) => ({
    look: `told ${status}`,
    boxes: boxes(spans, scale, y + (rows[i] ?? 0) * each + 1, Math.max(2, each - 3), 4),
  }));
}

/** Return in words what stands at a place. */
export function spelled(live: Live, one: Thing): { what: string; held: string; where: string; when: string } {
  const label = (list: readonly { key: string; label: string }[], key: string): string =>
    list.find((entry) => entry.key === key)?.label ?? key;
  const [a, b] = one.span;
  const digits = b - a >= 1000 ? 1 : 3;
  const from = number(a / 1000, digits);
  const km = b - a <= 1 ? from : `${from}–${number(b / 1000, digits)}`;
  return {
    what: `${label(live.kinds, one.kind)}: ${label(live.changes, one.change)}`,
    held: label(live.helds, one.held),
    where: t("unit.km_at", { km }),
    when: whenWords(one),
  };
}

function whenWords({ first, last }: Thing): string {
  if (last === "") return t("strip.undated");
  return first === "" ? t("strip.by", { last }) : t("strip.built", { first, last });
}
