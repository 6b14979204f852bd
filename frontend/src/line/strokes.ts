/** What the strip draws again and again: hatches, bars and the samples of its legend. */

import { html, svg, type TemplateResult } from "lit";

import type { Bar } from "./lay.ts";

/** Heights inside the strip, in pixels from its top. */
export interface Lanes {
  /** Between posts (above) and lines (below). */
  middle: number;
  /** Room of the highest bar of posts. */
  up: number;
  /** Room of the longest bar of lines. */
  down: number;
  /** Top of the lane that shows what is done. */
  done: number;
  done_px: number;
}

const LEAST_PX = 3; // one post is seen beside a hundred

/** Return the pattern of "nothing could be compared". */
export function hatchPattern(id: string, step: number): TemplateResult {
  return svg`<pattern id=${id} width=${step} height=${step} patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
    <line class="hatch" x1=${step / 2} y1="0" x2=${step / 2} y2=${step}></line>
  </pattern>`;
}

/** Return posts, lines and answers as four paths, so that a thousand bars stay light. */
export function barPaths(found: readonly Bar[], lanes: Lanes): TemplateResult {
  const most = Math.max(1, ...found.map((bar) => Math.max(bar.posts, bar.lines)));
  const tall = (n: number, room: number): number =>
    n > 0 ? Math.max(LEAST_PX, (n / most) * room) : 0;
  const { middle, up, down, done, done_px } = lanes;
  const path = (of: (bar: Bar) => string): string => found.map(of).join("");
  return svg`
    <path class="posts" d=${path((b) => box(b, middle - tall(b.posts, up), tall(b.posts, up)))}></path>
    <path class="lines" d=${path((b) => box(b, middle, tall(b.lines, down)))}></path>
    <path class="open" d=${path((b) => box(b, done + done_px - 2, b.answered < 1 ? 2 : 0))}></path>
    <path class="done" d=${path((b) => box(b, done + done_px * (1 - b.answered), done_px * b.answered))}></path>`;
}

function box(bar: Bar, y: number, high: number): string {
  if (high <= 0) return "";
  const wide = Math.max(1.5, bar.width - (bar.width > 4 ? 1 : 0)).toFixed(1);
  return `M${bar.x.toFixed(1)} ${y.toFixed(1)}h${wide}v${high.toFixed(1)}h-${wide}z`;
}

function sample(inside: TemplateResult): TemplateResult {
  return html`<svg width="16" height="12" aria-hidden="true">${inside}</svg>`;
}

/** Return the sample of a hatch. */
export function hatchSample(id: string): TemplateResult {
  return sample(svg`<defs>${hatchPattern(id, 5)}</defs>
    <rect x="0" y="0" width="16" height="12" fill="url(#${id})"></rect>
    <rect class="edge" x="0.5" y="0.5" width="15" height="11"></rect>`);
}

/** Return the sample of posts (bars that stand) or lines (bars that hang). */
export function barSample(name: "posts" | "lines"): TemplateResult {
  const d = name === "posts" ? "M1 5h3v7h-3zM6 0h3v12h-3zM11 7h3v5h-3z" : "M1 0h3v7h-3zM6 0h3v12h-3zM11 0h3v5h-3z";
  return sample(svg`<path class=${name} d=${d}></path>`);
}

/** Return the sample of the lane of answers: high is answered, low is open. */
export function doneSample(): TemplateResult {
  return sample(svg`<rect class="done" x="0" y="3" width="9" height="6"></rect>
    <rect class="open" x="9" y="7" width="7" height="2"></rect>`);
}
