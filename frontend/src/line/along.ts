/** What everything drawn along the border shares: its width, its axis of kilometres, keys, lines on small maps. */

import type { Position } from "geojson";
import { svg, type PropertyDeclarations, type TemplateResult } from "lit";

import { number, t, Worded } from "../words.ts";
import { ticks, xOf, type Scale } from "./lay.ts";

const NEAR_LEFT_PX = 20;
const NEAR_RIGHT_PX = 34;
const MARGIN_PX = 14;

/** A component that knows how wide it is, in whole pixels; 0 until it was laid out. */
export class Wide extends Worded {
  static override properties: PropertyDeclarations = { width: { state: true } };

  declare protected width: number;
  private readonly sizes = new ResizeObserver(([entry]) => {
    if (!entry) return;
    const width = Math.floor(entry.contentRect.width);
    // In the same frame it would change what is being measured, and the browser complains.
    requestAnimationFrame(() => {
      this.width = width;
    });
  });

  constructor() {
    super();
    this.width = 0;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.sizes.observe(this);
  }

  override disconnectedCallback(): void {
    this.sizes.disconnect();
    super.disconnectedCallback();
  }
}

/** Return the pixel of each tick, its kilometres, and which end of the words stands there. */
export function kmTicks(scale: Scale): { x: number; words: string; anchor: "start" | "middle" | "end" }[] {
  return ticks(scale).map((at_m) => {
    const x = xOf(scale, at_m);
    const anchor = x < NEAR_LEFT_PX ? "start" : x > scale.width - NEAR_RIGHT_PX ? "end" : "middle";
    return { x, anchor, words: t("unit.km", { km: number(at_m / 1000, at_m % 1000 === 0 ? 0 : 1) }) };
  });
}

/** Return ticks and their kilometres, from `y` downwards: `tick` pixels of stroke, words at `words`. */
export function kmAxis(scale: Scale, y: number, { tick = 4, words = 16 } = {}): TemplateResult[] {
  return kmTicks(scale).map(
    (at) => svg`<line class="tick" x1=${at.x} x2=${at.x} y1=${y} y2=${y + tick}></line>
      <text class="axis" x=${at.x} y=${y + words} text-anchor=${at.anchor}>${at.words}</text>`,
  );
}

const MOVES: Record<string, number> = {
  ArrowLeft: -1,
  ArrowRight: 1,
  ArrowUp: -1,
  ArrowDown: 1,
  Home: -Infinity,
  End: Infinity,
};

/**
 * Return what a key means in a row of things: a step, or "choose"; null when it means nothing here.
 *
 * With Ctrl, Alt or the command key it belongs to the browser.
 */
export function moveOf(event: KeyboardEvent): number | "choose" | null {
  if (event.ctrlKey || event.metaKey || event.altKey) return null;
  if (event.key === "Enter" || event.key === " ") return "choose";
  return MOVES[event.key] ?? null;
}

/** Return the index after a step among `n` things, kept inside them. */
export function stepped(at: number, by: number, n: number): number {
  return Math.min(n - 1, Math.max(0, at + by));
}

export type Fit = (at: Position) => [number, number];

/** Return points as the path of an SVG, to a tenth of a pixel. */
export function pathOf(points: readonly Position[], fit: Fit): string {
  return points.map((at, i) => `${i === 0 ? "M" : "L"}${fit(at).map((v) => v.toFixed(1)).join(" ")}`).join("");
}

/**
 * Return a flat map that fits points into a box, north up; null where there is nothing to fit.
 *
 * `top` pixels stay free above, a small margin on the other sides.
 */
export function fitted(points: readonly Position[], width: number, height: number, top = 40): Fit | null {
  if (points.length === 0) return null;
  const xs = points.map(([lon = 0]) => lon);
  const ys = points.map(([, lat = 0]) => lat);
  const least = (values: number[]): number => values.reduce((a, b) => Math.min(a, b), Infinity);
  const most = (values: number[]): number => values.reduce((a, b) => Math.max(a, b), -Infinity);
  const [west, east, south, north] = [least(xs), most(xs), least(ys), most(ys)];
  const narrow = Math.cos((((south + north) / 2) * Math.PI) / 180);
  const across = Math.max(1e-9, (east - west) * narrow);
  const up = Math.max(1e-9, north - south);
  const each = Math.min((width - 2 * MARGIN_PX) / across, (height - top - MARGIN_PX) / up);
  const left = (width - across * each) / 2;
  const above = top + (height - top - MARGIN_PX - up * each) / 2;
  return ([lon = 0, lat = 0]) => [left + (lon - west) * narrow * each, above + (north - lat) * each];
}
