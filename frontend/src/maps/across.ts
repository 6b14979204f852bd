/** How much land a view shows: along the line, and to each side of it. */

import type { ItemFull, Project } from "../types.ts";
import { metresPerPixel, project, type Camera, type Size } from "./camera.ts";

const PIXELS_PER_PIXEL = 2; // of the finer image that one pixel of the screen may stand for

/** Metres to the left and to the right of the line that are on screen; negative if beyond the edge. */
export interface Sides {
  left_m: number;
  right_m: number;
}

/**
 * Return how many metres to show across.
 *
 * A stretch is searched through the whole corridor, so it is shown as wide as that needs, but never so
 * wide that what is looked for gets lost between pixels, and never less than the stretch itself.
 */
export function acrossOf(item: ItemFull, size: Size, corridor: Project["corridor"] | null): number {
  if (item.kind !== "frame" || corridor === null || size.height <= 0) return item.zoom_m;
  const tall_m = 2 * Math.max(corridor.left_m, corridor.right_m);
  const pair = item.images.filter(({ scene }) => scene === item.before || scene === item.after);
  const finest_m = Math.min(...pair.map(({ gsd_m }) => gsd_m ?? Infinity));
  const wish_m = Math.min((tall_m * size.width) / size.height, PIXELS_PER_PIXEL * finest_m * size.width);
  return Math.max(item.zoom_m, wish_m);
}

/** Return how far to each side of an item's middle the view reaches, the border running left to right. */
export function sidesOf(camera: Camera, size: Size, item: ItemFull): Sides {
  const [, y] = project(camera, size, item.centre);
  const perPixel_m = metresPerPixel(camera);
  return { left_m: y * perPixel_m, right_m: (size.height - y) * perPixel_m };
}
