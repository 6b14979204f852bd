/** `<vallum-strip>` of the report: the border from end to end, to be zoomed, filtered and read. */

import { html, nothing, svg, type PropertyDeclarations, type PropertyValues, type TemplateResult } from "lit";

import { kmAxis, Wide } from "../line/along.ts";
import { atOf, placeLabels, stepTo, xOf, type Label, type Scale } from "../line/lay.ts";
import type { Stretch } from "../types.ts";
import { km, metres, t } from "../words.ts";
import { handle } from "./hands.ts";
import { blind, bottomOf, laid, lanes, spelled, type Lane } from "./lanes.ts";
import { EVERYTHING, holds, passes, thingsAt, type Filter, type Inset, type Live, type Thing } from "./live.ts";
import { chartLook } from "./look.ts";
import { stripLook } from "./striplook.ts";
import { drawn, isDense, paint, type Mark } from "./marks.ts";
import { around, moved, zoomed } from "./window.ts";
import { FONT, write } from "./written.ts";

const NAMES_PX = 20;
const OVERVIEW_PX = 10;
const TOP_PX = OVERVIEW_PX + NAMES_PX + 6;
const AXIS_PX = 22;
const GUTTER_PX = 190;
const LEAST_GUTTER_PX = 720; // narrower charts write the words above each lane
const MOST_HERE = 6;
const NEAR_SHARE = 0.006;
/** Painted beyond each end while the strip is moved, so that it is only pushed; share of its width. */
const ROOM = 0.5;
/** When nothing moved for so long, exactly what is shown is painted. */
const REST_MS = 150;
const LANE_FONT = "600 12.5px system-ui, sans-serif";

/** What stands in a window of the strip; `key` says for which one it was made. */
interface Laid {
  key: unknown[];
  found: Lane[];
  marks: Mark[];
  bottom: number;
  isPainted: boolean;
}

/**
 * Properties: `live`, `filter`, `at_m`. Events: `choose` {at_m} and `case` {chip}, both bubble.
 *
 * Where it is painted, moving it pushes what is there, with room at both ends, and paints again where that ends.
 */
export class ReportStrip extends Wide {
  static override properties: PropertyDeclarations = {
    live: { attribute: false },
    filter: { attribute: false },
    at_m: { attribute: false },
    shown: { state: true },
    over_m: { state: true },
  };

  declare live: Live | null;
  declare filter: Filter;
  declare at_m: number | null;
  declare shown: Stretch;
  declare over_m: number | null;

  private pen: CanvasRenderingContext2D | null | undefined;
  private things: Thing[] = [];
  private release: (() => void) | undefined;
  private laid: Laid | null = null;
  /** More than a drawing moves smoothly with: from then on all is painted, however near it is looked at. */
  private isMany = false;
  /** Where it was pushed since it was painted. */
  private pushed: Stretch | null = null;
  private isRoomy = false;
  private rest: ReturnType<typeof setTimeout> | undefined;

  static override styles = [chartLook, stripLook];

  constructor() {
    super();
    this.live = null;
    this.filter = EVERYTHING;
    this.at_m = null;
    this.shown = [0, 1];
    this.over_m = null;
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (this.pushed && !changed.has("shown")) this.shown = this.pushed;
    this.pushed = null;
    if (changed.has("live") && this.live) this.shown = this.live.extent;
    if (changed.has("live") || changed.has("filter")) {
      this.things = (this.live?.things ?? []).filter((one) => passes(this.filter, one));
      this.isMany = this.isRoomy = false;
    }
    if (changed.has("at_m") && this.live && this.at_m !== null) {
      this.shown = around(this.shown, this.live.extent, this.at_m);
    }
  }

  protected override updated(): void {
    this.paintMany();
    this.push();
    const glass = this.renderRoot.querySelector<HTMLElement>(".glass");
    if (!glass || this.release) return;
    this.release = handle(glass, {
      panBy: (dx) => this.move(-dx * this.perPixel),
      zoomBy: (factor, x) => this.zoom(factor, (x - this.gutter) / this.scale.width),
      press: (x) => this.choose(atOf(this.scale, x - this.gutter)),
      over: (at) => (this.over_m = at && at[0] >= this.gutter ? atOf(this.scale, at[0] - this.gutter) : null),
    });
  }

  override disconnectedCallback(): void {
    clearTimeout(this.rest);
    this.release?.();
    this.release = undefined;
    super.disconnectedCallback();
  }

  private get gutter(): number {
    return this.width >= LEAST_GUTTER_PX ? GUTTER_PX : 0;
  }

  /** What is seen. */
  private get scale(): Scale {
    return { extent: this.pushed ?? this.shown, width: Math.max(1, this.width - this.gutter - 2) };
  }

  /** All that is painted, with the room around it, as far as the line goes. */
  private get sheet(): Scale {
    const { live, shown, scale, perPixel } = this;
    if (!live || !this.isRoomy) return { ...scale, extent: shown };
    const room_m = (shown[1] - shown[0]) * ROOM;
    const extent: Stretch = [Math.max(live.extent[0], shown[0] - room_m), Math.min(live.extent[1], shown[1] + room_m)];
    return { extent, width: (extent[1] - extent[0]) / perPixel };
  }

  private get perPixel(): number {
    return (this.shown[1] - this.shown[0]) / this.scale.width;
  }

  private get isWhole(): boolean {
    return this.live !== null && this.shown[1] - this.shown[0] >= this.live.extent[1] - this.live.extent[0];
  }

  protected override render(): TemplateResult | typeof nothing {
    const { live } = this;
    if (live === null || this.width < 80) return nothing;
    const at_m = this.at_m ?? live.extent[0];
    return html`<div class="tools">
        <button type="button" @click=${() => this.zoom(2)}>+<span class="hidden">${t("zoom.in")}</span></button>
        <button type="button" ?disabled=${this.isWhole} @click=${() => this.zoom(0.5)}>−<span class="hidden">${t("zoom.out")}</span></button>
        <button type="button" ?disabled=${this.isWhole} @click=${() => (this.shown = live.extent)}>${t("zoom.all")}</button>
        ${
          live.things.length === 0
            ? nothing
            : html`<button type="button" @click=${() => this.step(-1)}>‹ ${t("go.previous")}</button>
                <button type="button" @click=${() => this.step(1)}>${t("go.next")} ›</button>`
        }
      </div>
      <div class="glass" role="slider" tabindex="0" aria-label=${t("strip.label")} aria-valuemin=${live.extent[0]}
        aria-valuemax=${live.extent[1]} aria-valuenow=${Math.round(at_m)} aria-valuetext=${this.spell(at_m)} @keydown=${this.onKey}>
        ${this.chart(live)}
      </div>
      ${this.readout(live)} ${this.isWhole ? live.insets.map((one) => this.inset(live, one)) : nothing}
      <p class="small">${live.kinds.length > 1 ? t("strip.overlap") : nothing} ${t("strip.unseen_key")}</p>
      <p class="small">${t("strip.how")}</p>`;
  }

  private chart(live: Live): TemplateResult {
    const { gutter, width } = this;
    const { found, marks, bottom } = this.lay(live, TOP_PX);
    this.isMany ||= isDense(marks);
    const high = bottom + AXIS_PX;
    const words = found.map((lane) => this.label(lane));
    if (this.isMany) return this.painted(live, words, bottom);
    const { scale } = this;
    return html`<svg width=${width} height=${high} aria-hidden="true">
      <svg x=${gutter} y="0" width=${scale.width} height=${high}>
        ${this.overview(live, scale)} ${marks.map(drawn)} ${this.names(live, scale, TOP_PX - 7)} ${kmAxis(scale, bottom)}
        ${this.border(scale, TOP_PX - 3, bottom)} ${this.cursor(scale, TOP_PX - 3, bottom)}
      </svg>
      ${words}
    </svg>`;
  }

  /** The chart as a canvas that is pushed; what stays where it is lies under and beside it. */
  private painted(live: Live, words: unknown, bottom: number): TemplateResult {
    const { scale, sheet, gutter, width } = this;
    const high = bottom + AXIS_PX;
    const cursor = this.cursor(sheet, TOP_PX - 3, bottom);
    return html`<svg class="whole" width=${width} height=${high} aria-hidden="true">
        <svg x=${gutter} y="0" width=${scale.width} height=${high}>${this.border(scale, TOP_PX - 3, bottom)}</svg>
      </svg>
      <div class="clip">
        <div class="sheet">
          <canvas aria-hidden="true"></canvas>
          ${cursor.length === 0 ? nothing : html`<svg width=${sheet.width} height=${high} aria-hidden="true">${cursor}</svg>`}
        </div>
        <svg width=${scale.width} height=${OVERVIEW_PX} aria-hidden="true">${this.overview(live, scale)}</svg>
      </div>
      <svg class="labels" width=${gutter || width} height=${high} aria-hidden="true">${words}</svg>`;
  }

  private border(scale: Scale, top: number, bottom: number): TemplateResult {
    return svg`<rect class="frame" x="0.5" y=${top} width=${scale.width - 1} height=${bottom - top}></rect>`;
  }

  /** The lanes and all that is marked in them, once for each window. */
  private lay(live: Live, top: number): Laid {
    const { sheet: scale, gutter, things, laid } = this;
    const key = [live, things, scale.width, gutter, ...scale.extent];
    if (laid && key.every((part, i) => part === laid.key[i])) return laid;
    const found = lanes(live, things, top, gutter === 0);
    const bottom = bottomOf(found, top) + 3;
    const marks = [blind(live, scale, top - 3, bottom - top + 3), ...found.flatMap((lane) => lane.marks(scale))];
    this.laid = { key, found, marks, bottom, isPainted: false };
    return this.laid;
  }

  /** Put thousands of marks on a canvas. */
  private paintMany(): void {
    const { laid, sheet, scale, gutter } = this;
    const clip = this.renderRoot.querySelector<HTMLElement>(".clip");
    const canvas = clip?.querySelector("canvas");
    // Drawn by the processor: thousands of small boxes are slow to hand over one by one.
    const pen = canvas?.getContext("2d", { willReadFrequently: true });
    if (!clip || !canvas || !pen || !laid || laid.isPainted || !this.live) return;
    laid.isPainted = true;
    const each = window.devicePixelRatio || 1;
    const height = laid.bottom + AXIS_PX;
    const [wide, high] = [Math.round(sheet.width * each), Math.round(height * each)];
    if (canvas.width !== wide || canvas.height !== high) [canvas.width, canvas.height] = [wide, high];
    const put = (part: HTMLElement, width: number): void => {
      Object.assign(part.style, { width: `${width}px`, height: `${height}px` });
    };
    put(canvas, sheet.width);
    put(clip, scale.width);
    clip.style.left = `${gutter}px`;
    pen.setTransform(each, 0, 0, each, 0, 0);
    pen.clearRect(0, 0, sheet.width, height);
    const style = getComputedStyle(this);
    const ink = (name: string): string => style.getPropertyValue(name).trim();
    paint(pen, laid.marks, ink);
    write(pen, { scale: sheet, labels: this.labels(this.live, sheet), names_y: TOP_PX - 7, bottom: laid.bottom }, ink);
  }

  /** Put what is painted where it is seen, on whole pixels of the screen: between them each would be mixed from two. */
  private push(): void {
    const part = this.renderRoot.querySelector<HTMLElement>(".sheet");
    if (!part || !this.live) return;
    const each = window.devicePixelRatio || 1;
    const { scale } = this;
    const x = (this.sheet.extent[0] - scale.extent[0]) / this.perPixel;
    part.style.transform = `translateX(${Math.round(x * each) / each}px)`;
    if (this.isWhole) return;
    const [window_x] = this.windows(this.live, scale)[0] ?? [0];
    this.renderRoot.querySelector(".clip .window")?.setAttribute("x", String(window_x));
  }

  private label({ label, y, high }: Lane): TemplateResult {
    if (this.gutter === 0) return svg`<text class="lane" x="4" y=${y - 4}>${label}</text>`;
    const middle = y + high / 2 + 4.5;
    return svg`<text class="lane" x="0" y=${middle}><title>${label}</title>${this.fitting(label)}</text>`;
  }

  /** The words of a lane as far as they fit beside it; whole in their tooltip and above each lane on phones. */
  private fitting(label: string): string {
    const most = GUTTER_PX - 10;
    if (this.measure(label, LANE_FONT) <= most) return label;
    let cut = label.length - 1;
    while (cut > 1 && this.measure(`${label.slice(0, cut)}…`, LANE_FONT) > most) cut -= 1;
    return `${label.slice(0, cut).trimEnd()}…`;
  }

  private overview(live: Live, scale: Scale): TemplateResult | typeof nothing {
    const windows = this.windows(live, scale);
    if (windows.length === 0) return nothing;
    return svg`<line class="base" x1="0" x2=${scale.width} y1="5" y2="5"></line>
      ${windows.map(([x, wide]) => svg`<rect class="window" x=${x} y="1" width=${wide} height="8"></rect>`)}`;
  }

  /** What is shown of the whole, in pixels; of all of it, what is drawn again below. */
  private windows(live: Live, scale: Scale): [number, number][] {
    const whole: Scale = { extent: live.extent, width: scale.width };
    return (this.isWhole ? live.insets.map(({ span }) => span) : [scale.extent]).map(([a, b]) => {
      const wide = Math.max(3, xOf(whole, b) - xOf(whole, a));
      return [Math.min(xOf(whole, a), scale.width - wide), wide];
    });
  }

  private labels(live: Live, scale: Scale): Label[] {
    return placeLabels(live.places, scale, document.documentElement.lang, (text) => this.measure(text));
  }

  private names(live: Live, scale: Scale, y: number): TemplateResult[] {
    return this.labels(live, scale).map(
      (label) => svg`<line class="tick" x1=${label.tick} x2=${label.tick} y1=${y + 2} y2=${y + 6}></line>
        <text class="name" x=${label.x} y=${y - 2}>${label.text}</text>`,
    );
  }

  private cursor(scale: Scale, top: number, bottom: number): TemplateResult[] {
    const lines: TemplateResult[] = [];
    if (this.at_m !== null && this.at_m >= scale.extent[0] && this.at_m <= scale.extent[1]) {
      const x = xOf(scale, this.at_m);
      lines.push(svg`<line class="chosen" x1=${x} x2=${x} y1=${top - 6} y2=${bottom}></line>
        <path class="chosen-mark" d="M${x - 6} ${top - 8}h12l-6 8z"></path>`);
    }
    if (this.over_m !== null) {
      const x = xOf(scale, this.over_m);
      const words = `${km(this.over_m)}  ${this.statusAt(this.over_m)}`;
      const wide = this.measure(words) + 12;
      const left = Math.max(0, Math.min(scale.width - wide, x - wide / 2));
      lines.push(svg`<line class="hover" x1=${x} x2=${x} y1=${top} y2=${bottom}></line>
        <rect class="over" x=${left} y=${bottom + 1} width=${wide} height="20" rx="3"></rect>
        <text class="over-words" x=${left + 6} y=${bottom + 15}>${words}</text>`);
    }
    return lines;
  }

  private inset(live: Live, { span, title }: Inset): TemplateResult {
    const scale: Scale = { extent: span, width: this.scale.width };
    const found = lanes({ ...live, open: { bin_m: 1, bins: [] }, claims: [] }, this.things, 6, this.gutter === 0);
    const bottom = bottomOf(found, 6) + 3;
    return html`<figure class="inset">
      <figcaption>${title}</figcaption>
      <svg width=${this.width} height=${bottom + AXIS_PX} aria-hidden="true" @click=${() => (this.shown = span)}>
        <svg x=${this.gutter} y="0" width=${scale.width} height=${bottom + AXIS_PX}>
          ${drawn(blind(live, scale, 3, bottom - 3))} ${laid(found, scale)} ${kmAxis(scale, bottom)}
          <rect class="frame" x="0.5" y="3" width=${scale.width - 1} height=${bottom - 3}></rect>
        </svg>
        ${found.map((lane) => this.label(lane))}
      </svg>
    </figure>`;
  }

  private readout(live: Live): TemplateResult {
    const { at_m } = this;
    if (at_m === null) return html`<div class="readout" aria-live="polite"></div>`; // heard once it is filled
    const near = Math.max(50, (this.shown[1] - this.shown[0]) * NEAR_SHARE);
    const here = thingsAt(this.things, at_m, near);
    return html`<div class="readout" aria-live="polite">
      <p><strong>${this.spell(at_m)}</strong></p>
      ${here.length === 0 ? html`<p>${t("strip.nothing", { m: metres(near) })}</p>` : nothing}
      <ul>
        ${here.slice(0, MOST_HERE).map((one) => this.entry(live, one))}
      </ul>
      ${here.length > MOST_HERE ? html`<p>${t("strip.more", { n: here.length - MOST_HERE })}</p>` : nothing}
      ${live.claims
        .filter(({ spans }) => holds(spans, at_m))
        .slice(0, MOST_HERE)
        .map((one) => html`<p>${one.mark} <a href="#${one.anchor}">“${one.says}”</a> ${one.when}</p>`)}
    </div>`;
  }

  private entry(live: Live, one: Thing): TemplateResult {
    const { what, held, where, when } = spelled(live, one);
    return html`<li>
      <strong>${what}</strong>, ${held}. ${where}; ${when}. <code>vallum trace ${one.id}</code>
      ${one.chip >= 0 ? html`<button type="button" @click=${() => this.tell("case", { chip: one.chip })}>${t("strip.case")}</button>` : nothing}
    </li>`;
  }

  private statusAt(at_m: number): string {
    return this.live?.statuses.find(({ spans }) => holds(spans, at_m))?.label ?? "";
  }

  /** What a reader of the screen hears at one chainage. */
  private spell(at_m: number): string {
    const { live } = this;
    if (!live) return "";
    const near = [...live.places].sort((a, b) => Math.abs(a.at_m - at_m) - Math.abs(b.at_m - at_m))[0];
    const pair = live.pairs.find(({ spans }) => holds(spans, at_m));
    return [
      km(at_m),
      ...(near ? [t("strip.near", { place: [near.name, ...near.names].join(" ") })] : []),
      this.statusAt(at_m),
      pair ? t("strip.compared", { before: pair.before, after: pair.after }) : t("strip.not_compared"),
    ].filter((words) => words !== "").join(", ");
  }

  private measure(text: string, font = FONT): number {
    if (this.pen === undefined) this.pen = document.createElement("canvas").getContext("2d");
    if (!this.pen) return text.length * 12;
    this.pen.font = font;
    return Math.ceil(this.pen.measureText(text).width) + 2;
  }

  /** Zoom around a share of the chart; without one around the chosen place, or the middle. */
  private zoom(factor: number, share?: number): void {
    if (!this.live) return;
    const { extent: seen } = this.scale;
    const chosen = this.at_m === null ? 0.5 : xOf({ extent: seen, width: 1 }, this.at_m);
    const around = share ?? (chosen >= 0 && chosen <= 1 ? chosen : 0.5);
    this.isRoomy = false;
    this.shown = zoomed(seen, this.live.extent, factor, Math.min(1, Math.max(0, around)));
  }

  private move(by_m: number): void {
    if (!this.live) return;
    const { extent: seen } = this.scale;
    const to = moved(seen, this.live.extent, by_m);
    if (to[0] === seen[0]) return;
    clearTimeout(this.rest);
    this.rest = setTimeout(() => this.settle(), REST_MS);
    const { extent } = this.sheet;
    if (this.isRoomy && to[0] >= extent[0] && to[1] <= extent[1]) {
      this.pushed = to;
      this.push();
    } else {
      this.isRoomy = this.isMany;
      this.shown = to;
    }
  }

  private settle(): void {
    this.isRoomy = false;
    this.requestUpdate();
  }

  /** Go to the next or the previous finding that is shown. */
  private step(by: 1 | -1): void {
    const from = this.at_m ?? (by > 0 ? -Infinity : Infinity);
    const starts = this.things.map(({ span }) => span[0]).sort((a, b) => a - b);
    const to = by > 0 ? starts.find((at) => at > from) : starts.findLast((at) => at < from);
    if (to !== undefined) this.choose(to);
  }

  private readonly onKey = (event: KeyboardEvent): void => {
    if (!this.live || event.ctrlKey || event.metaKey || event.altKey) return;
    const by: Record<string, () => void> = {
      "+": () => this.zoom(2),
      "=": () => this.zoom(2),
      "-": () => this.zoom(0.5),
      "0": () => (this.shown = this.live?.extent ?? this.shown),
      n: () => this.step(1),
      p: () => this.step(-1),
    };
    const act = by[event.key];
    const to = stepTo(event.key, this.at_m ?? this.scale.extent[0], this.live.extent, Math.max(1, this.perPixel * 4));
    if (!act && to === null) return;
    event.preventDefault();
    if (act) act();
    else if (to !== null) this.choose(to);
  };

  private choose(at_m: number): void {
    this.at_m = at_m;
    this.tell("choose", { at_m });
  }

  private tell(name: string, detail: object): void {
    this.dispatchEvent(new CustomEvent(name, { detail, bubbles: true, composed: true }));
  }
}

customElements.define("vallum-strip", ReportStrip);
