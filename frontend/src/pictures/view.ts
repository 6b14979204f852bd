/** A flat view that is moved, zoomed and turned: world units to pixels of the screen and back. */

import type { Pixel, Size } from "../maps/camera.ts";

export interface View {
  /** What is in the middle. */
  x: number;
  y: number;
  /** Pixels of the screen per unit. */
  k: number;
  /** Turned clockwise, degrees. */
  turn: number;
}

const DEG = Math.PI / 180;

export function toScreen(view: View, size: Size, [x, y]: Pixel): Pixel {
  const [dx, dy] = turned((x - view.x) * view.k, (y - view.y) * view.k, view.turn);
  return [size.width / 2 + dx, size.height / 2 + dy];
}

export function toWorld(view: View, size: Size, [px, py]: Pixel): Pixel {
  const [dx, dy] = turned(px - size.width / 2, py - size.height / 2, -view.turn);
  return [view.x + dx / view.k, view.y + dy / view.k];
}

/** Return the view after the paper was pushed by so many pixels of the screen. */
export function pushed(view: View, px: number, py: number): View {
  const [dx, dy] = turned(px, py, -view.turn);
  return { ...view, x: view.x - dx / view.k, y: view.y - dy / view.k };
}

/** Return the view zoomed by a factor with what is under `at` held still. */
export function zoomed(view: View, size: Size, at: Pixel, factor: number, least: number, most: number): View {
  const held = toWorld(view, size, at);
  const closer = { ...view, k: Math.min(most, Math.max(least, view.k * factor)) };
  const [x, y] = toScreen(closer, size, held);
  return pushed(closer, at[0] - x, at[1] - y);
}

/** Return the view that shows a box whole, with some room around it. */
export function fitting(box: readonly [number, number, number, number], size: Size, turn = 0, room = 0.92): View {
  const [x0, y0, x1, y1] = box;
  const corners: Pixel[] = [[x0, y0], [x1, y0], [x1, y1], [x0, y1]];
  const all = corners.map(([x, y]) => turned(x, y, turn));
  const wide = Math.max(...all.map(([x]) => x)) - Math.min(...all.map(([x]) => x));
  const high = Math.max(...all.map(([, y]) => y)) - Math.min(...all.map(([, y]) => y));
  const k = room * Math.min(size.width / Math.max(wide, 1e-12), size.height / Math.max(high, 1e-12));
  return { x: (x0 + x1) / 2, y: (y0 + y1) / 2, k, turn };
}

function turned(x: number, y: number, degrees: number): Pixel {
  const cos = Math.cos(degrees * DEG);
  const sin = Math.sin(degrees * DEG);
  return [x * cos - y * sin, x * sin + y * cos];
}
