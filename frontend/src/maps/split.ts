/** The line between two pictures; it breaks off around the ring, so that it never lies on the thing. */

import { html, nothing, svg, type TemplateResult } from "lit";

import type { View } from "../types.ts";
import type { Pixel, Size } from "./camera.ts";

const SPARE_PX = 6;

/** Return the line of a swipe at `percent` of the width, or of two halves; nothing for other views. */
export function split(
  view: View,
  percent: number,
  size: Size,
  ring: { at: Pixel; radius: number } | null,
): TemplateResult | typeof nothing {
  if (view !== "swipe" && view !== "side") return nothing;
  const x = ((view === "side" ? 50 : percent) / 100) * size.width;
  const hole = view === "swipe" && ring ? hidden(x, ring) : null;
  const d = hole ? `M${x} 0V${hole[0]}M${x} ${hole[1]}V${size.height}` : `M${x} 0V${size.height}`;
  return html`<svg class="split" aria-hidden="true">${svg`<path d=${d} />`}</svg>`;
}

/** Return from where to where the line would lie within the ring. */
function hidden(x: number, { at, radius }: { at: Pixel; radius: number }): [number, number] | null {
  const off = Math.abs(x - at[0]);
  const reach = radius + SPARE_PX;
  if (off >= reach) return null;
  const half = Math.sqrt(reach * reach - off * off);
  return [Math.max(0, at[1] - half), at[1] + half];
}
