/** Hatches as plain strokes: a report loads nothing, not even a pattern by its address. */

/** Return diagonal strokes, `step` pixels apart, that fill a box; neighbours of one chart line up. */
export function hatched(x: number, y: number, width: number, height: number, step = 6): string {
  let path = "";
  const first = Math.ceil((x + y) / step) * step;
  for (let c = first; c < x + width + y + height; c += step) {
    // The stroke is where px + py = c, inside the box.
    const x0 = Math.max(x, c - (y + height));
    const x1 = Math.min(x + width, c - y);
    if (x1 > x0) path += `M${x0.toFixed(1)} ${(c - x0).toFixed(1)}L${x1.toFixed(1)} ${(c - x1).toFixed(1)}`;
  }
  return path;
}
