/** The part of something long that is shown: zoomed and moved, never beyond its ends. */

import type { Stretch } from "../types.ts";

/** Return a window of another size that keeps what lies at `share` (0..1) of it where it is. */
export function zoomed(shown: Stretch, all: Stretch, factor: number, share = 0.5, least_m = 200): Stretch {
  const [a, b] = shown;
  const fixed = a + share * (b - a);
  const length = Math.min(all[1] - all[0], Math.max(Math.min(least_m, all[1] - all[0]), (b - a) / factor));
  return kept([fixed - share * length, fixed + (1 - share) * length], all);
}

/** Return a window moved by metres, as far as there is room. */
export function moved(shown: Stretch, all: Stretch, by_m: number): Stretch {
  return kept([shown[0] + by_m, shown[1] + by_m], all);
}

/** Return a window of the same size that shows a place; the same window where it already does. */
export function around(shown: Stretch, all: Stretch, at_m: number): Stretch {
  const edge = (shown[1] - shown[0]) * 0.04;
  if (at_m >= shown[0] + edge && at_m <= shown[1] - edge) return shown;
  return moved(shown, all, at_m - (shown[0] + shown[1]) / 2);
}

function kept([a, b]: Stretch, all: Stretch): Stretch {
  const length = Math.min(b - a, all[1] - all[0]);
  const start = Math.min(all[1] - length, Math.max(all[0], a));
  return [start, start + length];
}
