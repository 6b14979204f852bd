/** Small pictures of one place: their addresses, and how the border and its candidates lie in them. */

import { pictures } from "../api.ts";
import type { Image, Item, ItemFull, RibbonItem } from "../types.ts";

export interface ChipSize {
  width: number;
  height: number;
}

/** Which picture of a place, with the alignment that lays it on the others. */
export interface ChipOf {
  scene: string;
  fit: string;
  fit_v: number;
}

const LEAST_M = 80;
const MOST_M = 600;

/** Return how many metres a small picture shows from left to right. */
export function acrossOf(item: Item | ItemFull): number {
  const wanted = "zoom_m" in item ? item.zoom_m : item.length_m * 1.5;
  return Math.round(Math.min(MOST_M, Math.max(LEAST_M, Number.isFinite(wanted) ? wanted : LEAST_M)));
}

/** Return the address of a small picture of an item, the border running left to right. */
export function chipUrl(of: ChipOf, item: Item, size: ChipSize, across_m = acrossOf(item)): string {
  return pictures.chip(of.scene, {
    lon: Number(item.centre[0].toFixed(7)),
    lat: Number(item.centre[1].toFixed(7)),
    bearing: Number(item.bearing_deg.toFixed(2)),
    across_m,
    width: size.width,
    height: size.height,
    ...(of.fit ? { fit: of.fit, v: of.fit_v } : {}),
  });
}

/** Return which picture shows an item before or after; null when the item came without images. */
export function chipOf(item: Item | ItemFull, role: "before" | "after"): ChipOf | null {
  if (!("images" in item)) return null;
  const scene = item[role];
  const image: Image | undefined = item.images.find((one) => one.scene === scene);
  if (!scene) return null;
  return { scene, fit: image?.fit ?? "", fit_v: image?.fit_v ?? 0 };
}

/** Return the tile to go to in a grid after a key; null when the key means nothing here. */
export function gridStep(key: string, at: number, n: number, columns: number): number | null {
  const by: Record<string, number> = {
    ArrowLeft: -1,
    ArrowRight: 1,
    ArrowUp: -columns,
    ArrowDown: columns,
  };
  if (key === "Home") return 0;
  if (key === "End") return n - 1;
  const move = by[key];
  if (move === undefined) return null;
  const to = at + move;
  return to >= 0 && to < n ? to : at;
}

export interface RibbonLayout {
  /** One picture above the other, or beside it. */
  isBeside: boolean;
  /** Width of one picture, in pixels. */
  width: number;
  /** Height on the page, in pixels. */
  height: number;
  /** Height the whole picture has at equal scale; what passes `height` is cut, not squashed. */
  full: number;
}

const SMALL_CUT = 1.25; // a quarter may be cut before the pictures go side by side
const LEAST_BESIDE_PX = 560;

/**
 * Return how two ribbons lie so that a metre along is a metre across.
 *
 * Stacked over the whole width where that is at most `most` pixels high; else side by side at half
 * the width; what is still too high loses its far edges, never its proportions.
 */
export function ribbonLayout(
  width: number,
  length_m: number,
  half_m: number,
  most = 92,
  apart = 6,
): RibbonLayout {
  const highOf = (wide: number): number => (length_m > 0 ? (wide * 2 * half_m) / length_m : 0);
  const whole = highOf(width);
  const isBeside = whole > most * SMALL_CUT && width >= LEAST_BESIDE_PX;
  const one = isBeside ? (width - apart) / 2 : width;
  const full = highOf(one);
  return { isBeside, width: one, height: Math.round(Math.min(most, full)), full };
}

/** Return the pixel height of a share from the top of the whole picture, kept inside what is shown. */
export function yOf(share: number, layout: RibbonLayout, inset = 8): number {
  const y = layout.height / 2 + (share - 0.5) * layout.full;
  return Math.min(layout.height - inset, Math.max(inset, y));
}

/** Return where an offset lies from the top, 0..1, if the axis were the border; left is up. */
export function shareOf(off_m: number, half_m: number): number {
  return 0.5 + off_m / (2 * half_m);
}

/**
 * Return the chainage at a share of the ribbon's width.
 *
 * `line` holds shares of even steps of chainage; without it the ribbon is taken as even.
 */
export function chainageAt(share: number, extent: [number, number], line: readonly [number, number][]): number {
  const [a, b] = extent;
  const n = line.length - 1;
  const after = line.findIndex(([x]) => x >= share);
  if (n < 1 || after <= 0) return Math.round(n < 1 ? a + share * (b - a) : after === 0 ? a : b);
  const [x0, x1] = [line[after - 1]?.[0] ?? 0, line[after]?.[0] ?? 1];
  const part = x1 > x0 ? (share - x0) / (x1 - x0) : 0;
  return Math.round(a + ((after - 1 + part) / n) * (b - a));
}

/** Say of each place, ordered along the border, whether another lies nearer to it than `near` pixels. */
export function crowded(places: readonly { x: number; y: number }[], near: number): boolean[] {
  const is = places.map(() => false);
  places.forEach((one, i) => {
    for (let j = i + 1; j < places.length; j++) {
      const other = places[j];
      if (other && Math.hypot(other.x - one.x, other.y - one.y) < near) is[i] = is[j] = true;
    }
  });
  return is;
}

/**
 * Return one item for each place: the current one, else one that is answered, else the first.
 *
 * What is asked twice stands twice in a queue; the ribbon must not tell which things those are.
 */
export function onePerPlace<T extends RibbonItem>(items: readonly T[], current: string): T[] {
  const found = new Map<string, T>();
  for (const item of items) {
    const place = `${item.at_m} ${item.off_m}`;
    const held = found.get(place);
    const isBetter = item.ticket === current || (held?.ticket !== current && !held?.answer && !!item.answer);
    if (held === undefined || isBetter) found.set(place, item);
  }
  return [...found.values()];
}
