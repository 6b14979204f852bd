/** Pairs of places, one in a picture and one on the map: how they grow, and what they say of each other. */

import { fromMercator, mercator, type LonLat, type Pixel } from "../maps/camera.ts";
import type { Point, PointBody } from "./types.ts";

export type Half = "picture" | "ground";

export interface Pair {
  /** Where it is in the picture: column and row, from the upper left corner. */
  pixel: Pixel | null;
  /** Where it is on the ground. */
  place: LonLat | null;
}

/** A flat map from pixels of the picture to the Mercator square: x = a c + b r + e, y = d c + f r + g. */
export interface Flat {
  x: readonly [number, number, number];
  y: readonly [number, number, number];
}

/** Return whether both halves of a pair are there. */
export function isWhole(pair: Pair): pair is { pixel: Pixel; place: LonLat } {
  return pair.pixel !== null && pair.place !== null;
}

/**
 * Return the pairs after a press in one of the two pictures, and the number of the pair it went to.
 *
 * It completes a pair that lacks this half; else it moves the half that waits for its partner; else it
 * begins a new pair.
 */
export function pressed(pairs: readonly Pair[], half: Half, at: Pixel | LonLat): { pairs: Pair[]; n: number } {
  const other = half === "picture" ? "ground" : "picture";
  const lacks = pairs.findIndex((pair) => side(pair, half) === null && side(pair, other) !== null);
  const waits = pairs.findIndex((pair) => side(pair, other) === null);
  const n = lacks >= 0 ? lacks : waits >= 0 ? waits : pairs.length;
  return { pairs: moved(pairs, n, half, at), n };
}

/** Return the pairs with one half of one of them somewhere else. */
export function moved(pairs: readonly Pair[], n: number, half: Half, at: Pixel | LonLat): Pair[] {
  const old = pairs[n] ?? { pixel: null, place: null };
  const made: Pair = half === "picture" ? { ...old, pixel: at } : { ...old, place: at };
  return n < pairs.length ? pairs.map((pair, i) => (i === n ? made : pair)) : [...pairs, made];
}

export function without(pairs: readonly Pair[], n: number): Pair[] {
  return pairs.filter((_, i) => i !== n);
}

/** Return the half that the next press is expected in. */
export function awaited(pairs: readonly Pair[]): Half {
  const open = pairs.find((pair) => !isWhole(pair));
  return open && open.pixel !== null ? "ground" : "picture";
}

/** On the page a picture begins at the edge of its first pixel; the server counts from its middle. */
const MIDDLE_PX = 0.5;

/** Return the whole pairs as the server takes them, and the number of each among all. */
export function bodies(pairs: readonly Pair[]): { points: PointBody[]; numbers: number[] } {
  const numbers: number[] = [];
  const points: PointBody[] = [];
  pairs.forEach((pair, n) => {
    if (!isWhole(pair)) return;
    const [column, row] = pair.pixel;
    const [lon, lat] = pair.place;
    points.push({ column: column - MIDDLE_PX, row: row - MIDDLE_PX, lon, lat });
    numbers.push(n);
  });
  return { points, numbers };
}

export function fromPoints(points: readonly Point[]): Pair[] {
  return points.map(([column, row, lon, lat]) => ({ pixel: [column + MIDDLE_PX, row + MIDDLE_PX], place: [lon, lat] }));
}

/**
 * Return about how the picture lies, from the pairs so far; null before there are two.
 *
 * Two pairs turn and scale it, three or more also shear it (least squares). It only helps to look: what is
 * kept is worked out by the server.
 */
export function flatOf(pairs: readonly Pair[]): Flat | null {
  const whole = pairs.filter(isWhole).map(({ pixel, place }) => ({ pixel, at: mercator(place) }));
  const [one, two] = whole;
  if (!one || !two) return null;
  if (whole.length === 2) return similar(one, two);
  const origin = one;
  const rows = whole.map(({ pixel: [c, r] }) => [c - origin.pixel[0], r - origin.pixel[1]] as const);
  const solve = (axis: 0 | 1): readonly [number, number, number] | null => {
    const base = origin.at[axis];
    const found = plane(rows, whole.map(({ at }) => at[axis] - base));
    if (found === null) return null;
    const [a, b, e] = found;
    return [a, b, base + e - a * origin.pixel[0] - b * origin.pixel[1]];
  };
  const x = solve(0);
  const y = solve(1);
  return x && y ? { x, y } : similar(one, two);
}

interface Known {
  pixel: Pixel;
  at: Pixel;
}

/** Rows run down and so does Mercator's y: a plain turn and scale, without a mirror. */
function similar(one: Known, two: Known): Flat | null {
  const [dc, dr] = [two.pixel[0] - one.pixel[0], two.pixel[1] - one.pixel[1]];
  const [dx, dy] = [two.at[0] - one.at[0], two.at[1] - one.at[1]];
  const far = dc * dc + dr * dr;
  if (far < 1 || (dx === 0 && dy === 0)) return null;
  const p = (dx * dc + dy * dr) / far;
  const q = (dy * dc - dx * dr) / far;
  const [c, r] = one.pixel;
  return { x: [p, -q, one.at[0] - p * c + q * r], y: [q, p, one.at[1] - q * c - p * r] };
}

/** Return v = a c + b r + e by least squares; null where the points lie on one line. */
function plane(rows: readonly (readonly [number, number])[], values: readonly number[]): [number, number, number] | null {
  const n = rows.length;
  const mean = (list: readonly number[]): number => list.reduce((sum, one) => sum + one, 0) / n;
  const [mc, mr, mv] = [mean(rows.map(([c]) => c)), mean(rows.map(([, r]) => r)), mean(values)];
  let [cc, cr, rr, cv, rv] = [0, 0, 0, 0, 0];
  rows.forEach(([c, r], i) => {
    const [u, w, v] = [c - mc, r - mr, (values[i] ?? 0) - mv];
    cc += u * u;
    cr += u * w;
    rr += w * w;
    cv += u * v;
    rv += w * v;
  });
  const det = cc * rr - cr * cr;
  if (det <= 1e-9 * cc * rr || det === 0) return null;
  const a = (cv * rr - rv * cr) / det;
  const b = (rv * cc - cv * cr) / det;
  return [a, b, mv - a * mc - b * mr];
}

/** Return where a pixel of the picture lies. */
export function placeOf(flat: Flat, [c, r]: Pixel): LonLat {
  return fromMercator([flat.x[0] * c + flat.x[1] * r + flat.x[2], flat.y[0] * c + flat.y[1] * r + flat.y[2]]);
}

/** Return the pixel of the picture that shows a place; null where the map is flat in one direction. */
export function pixelOf(flat: Flat, place: LonLat): Pixel | null {
  const [x, y] = mercator(place);
  const [[a, b, e], [d, f, g]] = [flat.x, flat.y];
  const det = a * f - b * d;
  if (det === 0) return null;
  return [(f * (x - e) - b * (y - g)) / det, (a * (y - g) - d * (x - e)) / det];
}

/** Return by how many degrees the picture must be turned clockwise so that north is up. */
export function turnOf(flat: Flat): number {
  return (Math.atan2(flat.y[0], flat.x[0]) * 180) / Math.PI;
}

/** Return where the corners of the picture lie, in turn. */
export function cornersOf(flat: Flat, width: number, height: number): LonLat[] {
  const corners: Pixel[] = [[0, 0], [width, 0], [width, height], [0, height]];
  return corners.map((corner) => placeOf(flat, corner));
}

function side(pair: Pair, half: Half): Pixel | LonLat | null {
  return half === "picture" ? pair.pixel : pair.place;
}
