/** Thousands of shapes as few short paths: what is outside or finer than a pixel is not drawn. */

import { pixelOf, type Frame } from "./ground.ts";
import type { Place, Thing } from "./live.ts";

/** A shape with the box around it: west, south, east, north. */
export interface Boxed {
  parts: Place[][];
  box: [number, number, number, number];
}

const LEAST_PX = 0.7; // points nearer than this to the one before are left out
const SPECK_PX = 2; // a line shorter than this is a speck
const AROUND = 0.1; // of the frame, drawn beyond its edges

/** Return findings by their class: what is not as built, and what is. */
export function sortedOf(things: readonly Thing[]): Map<string, [Boxed[], Boxed[]]> {
  const found = new Map<string, [Boxed[], Boxed[]]>();
  for (const { kind, held, change, parts } of things) {
    if (parts.length === 0) continue;
    const isBuilt = held === "confirmed" && change !== "removed" && change !== "unchanged";
    const two = found.get(kind) ?? [[], []];
    found.set(kind, two);
    two[isBuilt ? 1 : 0].push({ parts, box: boxOf(parts) });
  }
  return found;
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

/** Say whether a box touches what is shown, or what lies just beside it. */
export function isNear(frame: Frame, [west, south, east, north]: Boxed["box"]): boolean {
  const [left, bottom] = pixelOf(frame, [west, south]);
  const [right, top] = pixelOf(frame, [east, north]);
  const [x, y] = [frame.width * AROUND, frame.height * AROUND];
  return right >= -x && left <= frame.width + x && bottom >= -y && top <= frame.height + y;
}

/** Return a line as the path of an SVG, to a tenth of a pixel, without points that nobody can see. */
export function traced(points: readonly Place[], frame: Frame): string {
  let path = "";
  let [lastX, lastY] = [Infinity, Infinity];
  points.forEach((at, i) => {
    const [x, y] = pixelOf(frame, at);
    const isEnd = i === 0 || i === points.length - 1;
    if (!isEnd && Math.abs(x - lastX) < LEAST_PX && Math.abs(y - lastY) < LEAST_PX) return;
    path += `${i === 0 ? "M" : "L"}${x.toFixed(1)} ${y.toFixed(1)}`;
    [lastX, lastY] = [x, y];
  });
  return path;
}

/** Return lines as one path; of many specks on one pixel one is drawn. */
export function thinned(lines: readonly Boxed[], frame: Frame): string {
  const taken = new Set<number>();
  let path = "";
  for (const { parts, box } of lines) {
    const [left, bottom] = pixelOf(frame, [box[0], box[1]]);
    const [right, top] = pixelOf(frame, [box[2], box[3]]);
    if (right - left >= SPECK_PX || bottom - top >= SPECK_PX) {
      for (const part of parts) if (part.length > 1) path += traced(part, frame);
    } else if (isFree(taken, left, top)) {
      path += `M${left.toFixed(1)} ${bottom.toFixed(1)}L${Math.max(right, left + 1).toFixed(1)} ${top.toFixed(1)}`;
    }
  }
  return path;
}

/** Return points as one path of dots; of many on one pixel one is drawn. */
export function dotted(dots: readonly Boxed[], frame: Frame): string {
  const taken = new Set<number>();
  let path = "";
  for (const { parts } of dots) {
    for (const [at] of parts) {
      if (at === undefined) continue;
      const [x, y] = pixelOf(frame, at);
      if (isFree(taken, x, y)) path += `M${x.toFixed(1)} ${y.toFixed(1)}h0`;
    }
  }
  return path;
}

function isFree(taken: Set<number>, x: number, y: number): boolean {
  const at = Math.round(x) * 65_536 + Math.round(y);
  if (taken.has(at)) return false;
  taken.add(at);
  return true;
}
