/** Thousands of shapes as few short lines of pixels: what is outside or finer than a pixel is not drawn. */

import { pixelOf, placeOf, type Frame } from "./ground.ts";
import type { Place, Thing } from "./live.ts";

/** A shape with the box around it: west, south, east, north; a dot is the `nth` sort at its place. */
export interface Boxed {
  parts: Place[][];
  box: [number, number, number, number];
  nth: number;
}

const LEAST_PX = 0.7; // points nearer than this to the one before are left out
const SPECK_PX = 2; // a line shorter than this is a speck
const AROUND = 0.1; // of the frame, drawn beyond its edges

/** Return findings by their class: what is not as built, and what is. */
export function sortedOf(things: readonly Thing[]): Map<string, [Boxed[], Boxed[]]> {
  const found = new Map<string, [Boxed[], Boxed[]]>();
  const places = new Map<number, Boxed[][]>();
  for (const { kind, held, change, parts } of things) {
    if (parts.length === 0) continue;
    const isBuilt = held === "confirmed" && change !== "removed" && change !== "unchanged";
    const two = found.get(kind) ?? [[], []];
    found.set(kind, two);
    const mine = two[isBuilt ? 1 : 0];
    const box = boxOf(parts);
    mine.push({ parts, box, nth: isDot(parts) ? nthAt(places, box, mine) : 0 });
  }
  return found;
}

function isDot(parts: readonly Place[][]): boolean {
  return parts.every((part) => part.length === 1);
}

/** Return how many other sorts stand at exactly this place, and note this one there. */
function nthAt(places: Map<number, Boxed[][]>, [x, y]: Boxed["box"], sort: Boxed[]): number {
  const key = Math.round(x * 1e5) * 36_000_000 + Math.round(y * 1e5); // a metre
  const here = places.get(key) ?? [];
  if (!here.includes(sort)) places.set(key, [...here, sort]);
  return (places.get(key) ?? []).indexOf(sort);
}

function boxOf(parts: readonly Place[][]): Boxed["box"] {
  const box: Boxed["box"] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const part of parts) {
    for (const [x, y] of part) {
      box[0] = Math.min(box[0], x);
      box[1] = Math.min(box[1], y);
      box[2] = Math.max(box[2], x);
      box[3] = Math.max(box[3], y);
    }
  }
  return box;
}

/** Return the box of what is shown, and of what lies just beside it. */
export function boxAround(frame: Frame): Boxed["box"] {
  const [x, y] = [frame.width * AROUND, frame.height * AROUND];
  return [...placeOf(frame, -x, frame.height + y), ...placeOf(frame, frame.width + x, -y)];
}

/** Say whether two boxes touch. */
export function touch([west, south, east, north]: Boxed["box"], other: Boxed["box"]): boolean {
  return east >= other[0] && west <= other[2] && north >= other[1] && south <= other[3];
}

/** Return a line as pixels, x and y in turns, without points that nobody can see. */
export function traced(points: readonly Place[], { view, width, height, narrow }: Frame): number[] {
  const [lon, lat] = view.middle;
  const across = narrow * view.each;
  const path: number[] = [];
  let [lastX, lastY] = [Infinity, Infinity];
  for (let i = 0; i < points.length; i += 1) {
    const at = points[i] as Place;
    const x = width / 2 + (at[0] - lon) * across;
    const y = height / 2 - (at[1] - lat) * view.each;
    const isEnd = i === 0 || i === points.length - 1;
    if (!isEnd && Math.abs(x - lastX) < LEAST_PX && Math.abs(y - lastY) < LEAST_PX) continue;
    path.push(x, y);
    [lastX, lastY] = [x, y];
  }
  return path;
}

/** Return lines as pixels; of many specks on one pixel one is left. */
export function thinned(lines: readonly Boxed[], frame: Frame): number[][] {
  const taken = new Set<number>();
  const paths: number[][] = [];
  for (const { parts, box } of lines) {
    const [left, bottom] = pixelOf(frame, [box[0], box[1]]);
    const [right, top] = pixelOf(frame, [box[2], box[3]]);
    if (right - left >= SPECK_PX || bottom - top >= SPECK_PX) {
      for (const part of parts) if (part.length > 1) paths.push(traced(part, frame));
    } else if (isFree(taken, left, top)) {
      paths.push([left, bottom, Math.max(right, left + 1), top]);
    }
  }
  return paths;
}

/**
 * Return dots as pixels, x and y in turns; of many of one sort on one pixel one is left.
 *
 * Several sorts at one place, which no zoom parts, stand side by side, `beside_px` from one another.
 */
export function dotted(dots: readonly Boxed[], frame: Frame, beside_px = 0): number[] {
  const taken = new Set<number>();
  const found: number[] = [];
  for (const { parts, nth } of dots) {
    for (const [at] of parts) {
      if (at === undefined) continue;
      const [left, y] = pixelOf(frame, at);
      const x = left + nth * beside_px;
      if (isFree(taken, x, y)) found.push(x, y);
    }
  }
  return found;
}

function isFree(taken: Set<number>, x: number, y: number): boolean {
  const at = Math.round(x) * 65_536 + Math.round(y);
  if (taken.has(at)) return false;
  taken.add(at);
  return true;
}
