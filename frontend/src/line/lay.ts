/** Where things lie on the strip: chainage to pixels, hatches, bars, ticks and place names. */

import type { Stretch, Strip, StripPlace } from "../types.ts";

export interface Scale {
  /** Chainage shown, in metres. */
  extent: Stretch;
  /** Room for it, in pixels. */
  width: number;
}

export interface Gap {
  x: number;
  width: number;
  /** Share of these metres that could not be compared, over 0 to 1. */
  share: number;
}

export interface Bar {
  x: number;
  width: number;
  lines: number;
  posts: number;
  /** Share answered, 0..1. */
  answered: number;
}

export interface Totals {
  length_m: number;
  seen_m: number;
  lines: number;
  posts: number;
  /** Share of the candidates that are answered, 0..1; null where there are none. */
  answered: number | null;
}

export interface Label {
  place: StripPlace;
  text: string;
  /** Left edge of the words, in pixels. */
  x: number;
  width: number;
  /** Where the place is, in pixels. */
  tick: number;
}

export type Script = "latin" | "hangul" | "han";

const SHARES = 8; // steps of a partly seen bin, so that alike neighbours join
const LEAST_GAP_PX = 2; // a gap never gets too thin to be seen

/** Return the pixel of a chainage. */
export function xOf(scale: Scale, at_m: number): number {
  const [a, b] = scale.extent;
  return b > a ? ((at_m - a) / (b - a)) * scale.width : 0;
}

/** Return the chainage of a pixel, whole metres, inside the extent. */
export function atOf(scale: Scale, x: number): number {
  const [a, b] = scale.extent;
  const at_m = a + (scale.width > 0 ? x / scale.width : 0) * (b - a);
  return Math.round(Math.min(b, Math.max(a, at_m)));
}

/** Return how many metres bin `i` has; the last one may be short. */
export function binLength(strip: Strip, i: number): number {
  const start = strip.extent[0] + i * strip.bin_m;
  return Math.max(0, Math.min(strip.extent[1], start + strip.bin_m) - start);
}

/** Return the stretches that could not be compared, alike neighbours joined, left to right. */
export function gaps(strip: Strip, width: number): Gap[] {
  const scale = { extent: strip.extent, width };
  const found: Gap[] = [];
  let run: { from: number; to: number; share: number } | null = null;
  const close = (): void => {
    if (run === null) return;
    const x = xOf(scale, run.from);
    const wide = Math.max(LEAST_GAP_PX, xOf(scale, run.to) - x);
    found.push({ x: Math.min(x, width - wide), width: wide, share: run.share });
    run = null;
  };
  strip.seen.forEach((seen, i) => {
    const share = Math.ceil((1 - clamp(seen ?? 0)) * SHARES - 1e-9) / SHARES;
    const from = strip.extent[0] + i * strip.bin_m;
    const to = from + binLength(strip, i);
    if (run !== null && run.share === share) run.to = to;
    else {
      close();
      if (share > 0 && to > from) run = { from, to, share };
    }
  });
  close();
  return found;
}

/** Return bars of at least `least` pixels, each of whole bins; only those with something in them. */
export function bars(strip: Strip, width: number, least = 3): Bar[] {
  const n = strip.seen.length;
  if (n === 0 || width <= 0) return [];
  const scale = { extent: strip.extent, width };
  const perBar = Math.max(1, Math.ceil((least * n) / width));
  const found: Bar[] = [];
  for (let i = 0; i < n; i += perBar) {
    const last = Math.min(n, i + perBar);
    const start = strip.extent[0] + i * strip.bin_m;
    const end = strip.extent[0] + (last - 1) * strip.bin_m + binLength(strip, last - 1);
    const lines = sum(strip.lines, i, last);
    const posts = sum(strip.posts, i, last);
    const answered = answeredShare(strip, i, last);
    if (lines + posts === 0 && answered === 0) continue;
    const x = xOf(scale, start);
    found.push({ x, width: xOf(scale, end) - x, lines, posts, answered });
  }
  return found;
}

/** Return the lengths and counts of the whole strip. */
export function totals(strip: Strip): Totals {
  let seen_m = 0;
  strip.seen.forEach((seen, i) => (seen_m += clamp(seen ?? 0) * binLength(strip, i)));
  const n = strip.seen.length;
  const lines = sum(strip.lines, 0, n);
  const posts = sum(strip.posts, 0, n);
  return {
    length_m: strip.extent[1] - strip.extent[0],
    seen_m,
    lines,
    posts,
    answered: lines + posts > 0 ? answeredShare(strip, 0, n) : null,
  };
}

/** Return what is at one chainage: the counts of its bin and how much of it was seen. */
export function binAt(strip: Strip, at_m: number): { seen: number; lines: number; posts: number } {
  const n = strip.seen.length;
  const i = Math.min(n - 1, Math.max(0, Math.floor((at_m - strip.extent[0]) / strip.bin_m)));
  return {
    seen: clamp(strip.seen[i] ?? 0),
    lines: strip.lines[i] ?? 0,
    posts: strip.posts[i] ?? 0,
  };
}

/** Return round chainages for the axis, at least `least` pixels apart. */
export function ticks(scale: Scale, least = 84): number[] {
  const [a, b] = scale.extent;
  if (b <= a || scale.width <= 0) return [];
  const wanted = ((b - a) / scale.width) * least;
  const power = 10 ** Math.floor(Math.log10(wanted));
  const step = Math.max(100, ([1, 2, 5, 10].find((k) => k * power >= wanted) ?? 10) * power);
  const found: number[] = [];
  for (let at = Math.ceil(a / step) * step; at <= b; at += step) found.push(at);
  return found;
}

/** Return which script most tells a name apart. */
export function scriptOf(name: string): Script {
  if (/[\uac00-\ud7a3]/.test(name)) return "hangul";
  return /[\u3400-\u9fff\uf900-\ufaff]/.test(name) ? "han" : "latin";
}

const ORDER: Record<string, Script[]> = {
  en: ["latin", "hangul", "han"],
  ko: ["hangul", "han", "latin"],
  "zh-Hans": ["han", "latin", "hangul"],
};

/** Return a place's name in the reader's script, and in a second script if there is one. */
export function names(place: StripPlace, language: string): string[] {
  const all = [place.name, ...place.names].filter((name) => name !== "");
  const chosen: string[] = [];
  for (const script of ORDER[language] ?? ORDER["en"] ?? []) {
    const name = all.find((one) => scriptOf(one) === script);
    if (name !== undefined && chosen.length < 2) chosen.push(name);
  }
  return chosen;
}

/**
 * Return labels that never overlap and never leave the strip; names without room are left out.
 *
 * First every place gets its name in the reader's script where that fits, in the given order; then
 * those with room beside them get the second script.
 */
export function placeLabels(
  places: readonly StripPlace[],
  scale: Scale,
  language: string,
  measure: (text: string) => number,
  apart = 12,
): Label[] {
  const placed: Label[] = [];
  const fits = (label: Label, but: Label | null): boolean =>
    label.width <= scale.width &&
    placed.every(
      (other) =>
        other === but ||
        label.x + label.width + apart <= other.x ||
        other.x + other.width + apart <= label.x,
    );
  const lay = (place: StripPlace, text: string): Label => {
    const width = measure(text);
    const tick = xOf(scale, place.at_m);
    const x = Math.max(0, Math.min(scale.width - width, tick - width / 2));
    return { place, text, x, width, tick };
  };
  for (const place of places) {
    if (place.at_m < scale.extent[0] || place.at_m > scale.extent[1]) continue;
    const [first] = names(place, language);
    if (first === undefined) continue;
    const label = lay(place, first);
    if (fits(label, null)) placed.push(label);
  }
  placed.forEach((label, i) => {
    const both = names(label.place, language);
    if (both.length < 2) return;
    const longer = lay(label.place, both.join(" "));
    if (fits(longer, label)) placed[i] = longer;
  });
  return placed.sort((a, b) => a.x - b.x);
}

/** Return the chainage after a key on the strip, or null when the key means nothing here. */
export function stepTo(key: string, at_m: number, extent: Stretch, step_m: number): number | null {
  const by: Record<string, number> = {
    ArrowLeft: -step_m,
    ArrowDown: -step_m,
    ArrowRight: step_m,
    ArrowUp: step_m,
    PageDown: -10 * step_m,
    PageUp: 10 * step_m,
    Home: -Infinity,
    End: Infinity,
  };
  const move = by[key];
  if (move === undefined) return null;
  return Math.round(Math.min(extent[1], Math.max(extent[0], at_m + move)));
}

function answeredShare(strip: Strip, from: number, to: number): number {
  let weight = 0;
  let done = 0;
  let plain = 0;
  for (let i = from; i < to; i++) {
    const n = (strip.lines[i] ?? 0) + (strip.posts[i] ?? 0);
    const share = clamp(strip.answered[i] ?? 0);
    weight += n;
    done += n * share;
    plain = Math.max(plain, share);
  }
  return weight > 0 ? done / weight : plain;
}

function sum(values: readonly number[], from: number, to: number): number {
  let total = 0;
  for (let i = from; i < to; i++) total += values[i] ?? 0;
  return total;
}

function clamp(share: number): number {
  return Math.min(1, Math.max(0, share));
}
