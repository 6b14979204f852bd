/** `<vallum-strip>` of the report: the border from end to end, to be zoomed, filtered and read. */

import { css, html, nothing, svg, type PropertyDeclarations, type PropertyValues, type TemplateResult } from "lit";

import { kmAxis, Wide } from "../line/along.ts";
import { atOf, placeLabels, stepTo, xOf, type Label, type Scale } from "../line/lay.ts";
import type { Stretch } from "../types.ts";
import { km, metres, t } from "../words.ts";
import { handle } from "./hands.ts";
import { blind, bottomOf, laid, lanes, spelled, type Lane } from "./lanes.ts";
import { EVERYTHING, holds, passes, thingsAt, type Filter, type Inset, type Live, type Thing } from "./live.ts";
import { chartLook } from "./look.ts";
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

  static override styles = [
    chartLook,
    css`
      .glass {
        touch-action: pan-y;
        cursor: crosshair;
      }
      .glass > canvas + svg {
        position: relative;
        will-change: transform;
      }
      .glass > canvas {
        position: absolute;
        top: 0;
        will-change: transform;
        pointer-events: none;
      }
      .lane {
        pointer-events: none;
        fill: var(--ink);
        stroke: var(--paper);
        stroke-width: 4;
        stroke-linejoin: round;
        paint-order: stroke;
        font-size: 12.5px;
        font-weight: 600;
      }
      .over {
        fill: var(--ink);
      }
      .over-words {
        fill: var(--paper);
        font-size: 12.5px;
        font-weight: 650;
      }
      .readout {
        border-left: 4px solid var(--ink);
        padding: 0.1rem 0 0.1rem 0.8rem;
        margin: 0.8rem 0;
      }
      .readout:empty {
        display: none;
      }
      .readout p {
        margin: 0 0 0.3rem;
      }
      .readout ul {
        margin: 0.3rem 0;
        padding: 0;
        list-style: none;
      }
      .readout li {
        padding: 0.25rem 0;
        border-top: 1px solid var(--line);
        overflow-wrap: anywhere;
      }
    `,
  ];

  constructor() {
    super();
    this.live = null;
    this.filter = EVERYTHING;
    this.at_m = null;
    this.shown = [0, 1];
    this.over_m = null;
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has("live") && this.live) this.shown = this.live.extent;
    if (changed.has("live") || changed.has("filter")) {
      this.things = (this.live?.things ?? []).filter((one) => passes(this.filter, one));
      this.isMany = false;
    }
    if (changed.has("at_m") && this.live && this.at_m !== null) {
      this.shown = around(this.shown, this.live.extent, this.at_m);
    }
  }

  protected override updated(): void {
    this.paintMany();
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
    this.release?.();
    this.release = undefined;
    super.disconnectedCallback();
  }

  private get gutter(): number {
    return this.width >= LEAST_GUTTER_PX ? GUTTER_PX : 0;
  }

  private get scale(): Scale {
    return { extent: this.shown, width: Math.max(1, this.width - this.gutter - 2) };
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
    const { scale, gutter } = this;
    const top = TOP_PX;
    const { found, marks, bottom } = this.lay(live, top);
    this.isMany ||= isDense(marks);
    const { isMany } = this;
    return html`${isMany ? html`<canvas aria-hidden="true"></canvas>` : nothing}<svg width=${this.width} height=${bottom + AXIS_PX} aria-hidden="true">
      <svg x=${gutter} y="0" width=${scale.width} height=${bottom + AXIS_PX}>
        ${found.map((lane) => lane.over?.(scale) ?? nothing)} ${isMany ? nothing : this.still(live, scale, marks, top, bottom)}
        ${this.cursor(scale, top - 3, bottom)}
      </svg>
      ${found.map((lane) => this.label(lane))}
    </svg>`;
  }

  private still(live: Live, scale: Scale, marks: readonly Mark[], top: number, bottom: number): TemplateResult {
    return svg`${this.overview(live, scale)} ${marks.map(drawn)} ${this.names(live, scale, top - 7)} ${kmAxis(scale, bottom)}
      <rect class="frame" x="0.5" y=${top - 3} width=${scale.width - 1} height=${bottom - top + 3}></rect>`;
  }

  /** The lanes and all that is marked in them, once for each window. */
  private lay(live: Live, top: number): Laid {
    const { scale, gutter, things, laid } = this;
    const key = [live, things, scale.width, gutter, ...scale.extent];
    if (laid && key.every((part, i) => part === laid.key[i])) return laid;
    const found = lanes(live, things, top, gutter === 0);
    const bottom = bottomOf(found, top) + 3;
    const marks = [blind(live, scale, top - 3, bottom - top + 3), ...found.flatMap((lane) => lane.marks(scale))];
    this.laid = { key, found, marks, bottom, isPainted: false };
    return this.laid;
  }

  /** Put thousands of marks on a canvas under the drawing. */
  private paintMany(): void {
    const { laid, scale, gutter } = this;
    const canvas = this.renderRoot.querySelector<HTMLCanvasElement>(".glass > canvas");
    // Drawn by the processor: thousands of small boxes are slow to hand over one by one.
    const pen = canvas?.getContext("2d", { willReadFrequently: true });
    if (!canvas || !pen || !laid || laid.isPainted || !this.live) return;
    laid.isPainted = true;
    const each = window.devicePixelRatio || 1;
    const height = laid.bottom + AXIS_PX;
    const [wide, high] = [Math.round(scale.width * each), Math.round(height * each)];
    if (canvas.width !== wide || canvas.height !== high) {
      [canvas.width, canvas.height] = [wide, high];
      canvas.style.width = `${scale.width}px`;
      canvas.style.height = `${height}px`;
    }
    canvas.style.left = `${gutter}px`;
    pen.setTransform(each, 0, 0, each, 0, 0);
    pen.clearRect(0, 0, scale.width, height);
    const style = getComputedStyle(this);
    const ink = (name: string): string => style.getPropertyValue(name).trim();
    paint(pen, laid.marks, ink);
    const labels = this.labels(this.live, scale);
    const windows = this.windows(this.live, scale);
    write(pen, { scale, labels, windows, names_y: TOP_PX - 7, top: TOP_PX - 3, bottom: laid.bottom }, ink);
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
    return (this.isWhole ? live.insets.map(({ span }) => span) : [this.shown]).map(([a, b]) => {
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

  private cursor(scale: Scale, top: number, bottom: number): unknown {
    const lines = [];
    if (this.at_m !== null && this.at_m >= this.shown[0] && this.at_m <= this.shown[1]) {
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
    const chosen = this.at_m === null ? 0.5 : xOf({ extent: this.shown, width: 1 }, this.at_m);
    const around = share ?? (chosen >= 0 && chosen <= 1 ? chosen : 0.5);
    this.shown = zoomed(this.shown, this.live.extent, factor, Math.min(1, Math.max(0, around)));
  }

  private move(by_m: number): void {
    if (!this.live) return;
    const to = moved(this.shown, this.live.extent, by_m);
    if (to[0] !== this.shown[0]) this.shown = to;
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
    const to = stepTo(event.key, this.at_m ?? this.shown[0], this.live.extent, Math.max(1, this.perPixel * 4));
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
