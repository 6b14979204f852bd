/** A flat piece of earth on the screen: degrees to pixels and back, moved and zoomed. */

import type { Place } from "./live.ts";

/** What is shown: the place in the middle and how many pixels a degree of latitude has. */
export interface View {
  middle: Place;
  each: number;
}

export interface Frame {
  view: View;
  width: number;
  height: number;
  /** How much shorter a degree of longitude is, fixed for the whole map. */
  narrow: number;
}

const METRES_PER_DEGREE = 111_320;

/** Return the pixel of a place. */
export function pixelOf({ view, width, height, narrow }: Frame, [lon, lat]: Place): [number, number] {
  return [width / 2 + (lon - view.middle[0]) * narrow * view.each, height / 2 - (lat - view.middle[1]) * view.each];
}

/** Return the place under a pixel. */
export function placeOf({ view, width, height, narrow }: Frame, x: number, y: number): Place {
  return [view.middle[0] + (x - width / 2) / (narrow * view.each), view.middle[1] - (y - height / 2) / view.each];
}

/** Return metres per pixel. */
export function metresPerPixel({ view }: Frame): number {
  return METRES_PER_DEGREE / view.each;
}

/** Return the view zoomed by a factor around a pixel, within sane limits. */
export function zoomedTo(frame: Frame, factor: number, x: number, y: number, least: number): View {
  const fixed = placeOf(frame, x, y);
  const each = Math.min(METRES_PER_DEGREE / 0.5, Math.max(least, frame.view.each * factor));
  const lon = fixed[0] - (x - frame.width / 2) / (frame.narrow * each);
  const lat = fixed[1] + (y - frame.height / 2) / each;
  return { middle: [lon, lat], each };
}

/** Return round degrees between two values, at most `most` of them. */
export function degrees(from: number, to: number, most: number): number[] {
  const step = [0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10].find((one) => (to - from) / one <= most) ?? 20;
  const found: number[] = [];
  for (let at = Math.ceil(from / step); at * step <= to; at += 1) found.push(Math.round(at * step * 1000) / 1000);
  return found;
}
