/** The timeline as one drawing: claims, findings and the context below, on the same years. */

import { nothing, svg, type TemplateResult } from "lit";

import { number } from "../words.ts";
import { bracketOf, xOfDay, yearTicks, type Axis, type Bracket } from "./axis.ts";
import type { Timeline } from "./types.ts";

export const ROW_PX = 20;
export const HEAD_PX = 24;
const BAR_PX = 10;
const SERIES_PX = 64;
const EVENT_PX = 24;

type Series = Timeline["series"][number];

/** A row of the drawing: a claim or a finding. */
export interface Row {
  key: string;
  label: string;
  spoken: string;
  look: string;
  href: string;
  first: string | null;
  last: string | null;
  /** A day that is marked by itself: when it was published. */
  published: string | null;
}

/** Return a bracket with its ends: a wall where it is known, an arrow where it is open. */
export function bracketShape(bracket: Bracket, y: number, look: string): TemplateResult {
  const { x, width, isOpenStart, isOpenEnd } = bracket;
  const [a, b, top, bottom, middle] = [x, x + width, y, y + BAR_PX, y + BAR_PX / 2];
  const left = isOpenStart ? `M${a + 6} ${top}L${a} ${middle}L${a + 6} ${bottom}` : `M${a} ${top}V${bottom}`;
  const right = isOpenEnd ? `M${b - 6} ${top}L${b} ${middle}L${b - 6} ${bottom}` : `M${b} ${top}V${bottom}`;
  return svg`<rect class="span ${look}" x=${a} y=${y} width=${width} height=${BAR_PX}></rect>
    <path class="ends ${look}" d="${left}${right}"></path>` as TemplateResult;
}

export function years(axis: Axis, height: number): TemplateResult[] {
  return yearTicks(axis).map(
    ({ year, x }) => svg`<line class="year" x1=${x} x2=${x} y1=${HEAD_PX - 6} y2=${height}></line>
      <text class="axis" x=${x + 3} y="14">${year}</text>` as TemplateResult,
  );
}

export function rowShape(row: Row, axis: Axis, y: number, label_px: number): TemplateResult {
  const bracket = bracketOf(axis, row.first, row.last);
  const mark = row.published === null ? null : xOfDay(axis, row.published);
  return svg`<text class="label" x=${label_px - 8} y=${y + 13} text-anchor="end">${row.label}</text>
    ${bracket === null ? svg`<text class="label quiet" x=${axis.left + 4} y=${y + 13}>–</text>` : bracketShape(bracket, y + 5, row.look)}
    ${mark === null ? nothing : svg`<path class="published" d="M${mark} ${y + 4}l4 6l-4 6l-4 -6z"></path>`}` as TemplateResult;
}

/** How high a series is drawn. */
export function heightOf(one: Series): number {
  return one.kind === "event" ? EVENT_PX : SERIES_PX;
}

/** Bars for values, ticks for events; a value covers the days that it is true of. */
export function seriesShape(one: Series, axis: Axis, y: number): TemplateResult {
  const most = Math.max(0, ...one.points.map(({ value }) => value ?? 0));
  if (one.kind === "event") {
    return svg`${one.points.map(
      ({ first, label }) => svg`<g><title>${first}: ${label}</title>
        <line class="event" x1=${xOfDay(axis, first)} x2=${xOfDay(axis, first)} y1=${y + 4} y2=${y + EVENT_PX - 4}></line>
        <circle class="event" cx=${xOfDay(axis, first)} cy=${y + EVENT_PX / 2} r="4"></circle></g>`,
    )}` as TemplateResult;
  }
  const room = SERIES_PX - 20;
  return svg`${one.points.map(({ first, last, value }) => {
    if (value === null) return nothing;
    const x = xOfDay(axis, first);
    const wide = Math.max(2, xOfDay(axis, last, true) - x - 1);
    const high = most > 0 ? (value / most) * room : 0;
    return svg`<g><title>${first} – ${last}: ${number(value)} ${one.unit}</title>
      <rect class="value" x=${x} y=${y + 14 + room - high} width=${wide} height=${high}></rect>
      ${wide > 30 ? svg`<text class="axis" x=${x + wide / 2} y=${y + 11 + room - high} text-anchor="middle">${number(value)}</text>` : nothing}</g>`;
  })}<line class="base" x1=${axis.left} x2=${axis.left + axis.width} y1=${y + 14 + room} y2=${y + 14 + room}></line>` as TemplateResult;
}
