/** `<vallum-strip>`: the whole border at a glance: what was compared, what was found, what is done. */

import { html, nothing, svg, type PropertyValues, type TemplateResult } from "lit";
import { guard } from "lit/directives/guard.js";

import { kmAxis, Wide } from "./line/along.ts";
import {
  atOf,
  bars,
  binAt,
  gaps,
  placeLabels,
  stepTo,
  totals,
  xOf,
  type Scale,
  type Totals,
} from "./line/lay.ts";
import { stripLook } from "./line/striplook.ts";
import { barPaths, barSample, doneSample, hatchPattern, hatchSample, type Lanes } from "./line/strokes.ts";
import type { Stretch, Strip } from "./types.ts";
import { km, language, number, t } from "./words.ts";

const NAMES_PX = 18;
const BARS_PX = 40; // posts above the middle line, lines below it
const DONE_PX = 9;
const AXIS_PX = 15;
const HEIGHT_PX = NAMES_PX + BARS_PX + DONE_PX + AXIS_PX;
const MIDDLE = NAMES_PX + BARS_PX * 0.6;
const LANES: Lanes = {
  middle: MIDDLE,
  up: BARS_PX * 0.6 - 2,
  down: BARS_PX * 0.4 - 2,
  done: NAMES_PX + BARS_PX + 2,
  done_px: DONE_PX - 3,
};
const FONT = "12px system-ui, 'Noto Sans', 'Noto Sans CJK KR', 'Noto Sans CJK SC', sans-serif";

let serial = 0;

/**
 * The strip over the whole border.
 *
 * Properties: `strip` (GET /strip), `cursor_m`, `window` [from, to] in metres. The attribute `data`
 * holds a strip as JSON for pages without a server; then it is a picture that nobody can move.
 * Event: `go` {at_m}.
 */
export class VallumStrip extends Wide {
  static override properties = {
    strip: { attribute: false },
    cursor_m: { type: Number, attribute: "cursor-m" },
    window: { attribute: false },
    data: { type: String },
    ghost_m: { state: true },
  };

  declare strip: Strip | null;
  declare cursor_m: number | null;
  declare window: Stretch | null;
  declare data: string;
  declare ghost_m: number | null;

  private readonly serial = ++serial;
  private pen: CanvasRenderingContext2D | null | undefined;
  private soon: ReturnType<typeof setTimeout> | undefined;

  constructor() {
    super();
    this.strip = null;
    this.cursor_m = null;
    this.window = null;
    this.data = "";
    this.ghost_m = null;
  }

  static override styles = stripLook;

  override disconnectedCallback(): void {
    clearTimeout(this.soon);
    super.disconnectedCallback();
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has("data") && this.data) this.strip = JSON.parse(this.data) as Strip;
    if (this.width === 0) this.width = Math.max(0, this.clientWidth - 20);
  }

  protected override render(): TemplateResult | typeof nothing {
    const strip = this.strip;
    if (!strip || strip.extent[1] <= strip.extent[0]) return nothing;
    const sum = totals(strip);
    const words = this.sumWords(sum);
    if (this.data) {
      return html`<div class="frame" role="img" aria-label="${t("strip.label")}: ${words.join(", ")}">
          ${this.picture(strip)}
        </div>
        ${this.legend(sum, words)}`;
    }
    const at_m = this.ghost_m ?? this.cursor_m ?? strip.extent[0];
    return html`<div
        class="frame"
        role="slider"
        tabindex="0"
        aria-label=${t("strip.label")}
        aria-valuemin=${strip.extent[0]}
        aria-valuemax=${strip.extent[1]}
        aria-valuenow=${Math.round(at_m)}
        aria-valuetext=${this.spell(strip, at_m)}
        @pointerdown=${this.onDown}
        @pointermove=${this.onMove}
        @pointerup=${this.onUp}
        @pointercancel=${() => (this.ghost_m = null)}
        @keydown=${this.onKey}
      >
        ${guard([strip, this.width, this.cursor_m, ...(this.window ?? []), language()], () => this.picture(strip))}
        ${this.ghost(strip)}
      </div>
      ${this.legend(sum, words)}`;
  }

  private picture(strip: Strip): TemplateResult | typeof nothing {
    const width = this.width;
    if (width <= 0) return nothing;
    const scale: Scale = { extent: strip.extent, width };
    const hatch = `strip-hatch-${this.serial}`;
    return html`<svg width=${width} height=${HEIGHT_PX} aria-hidden="true">
      <defs>
        ${hatchPattern(hatch, 6)}
      </defs>
      <rect class="ground" x="0" y=${NAMES_PX} width=${width} height=${BARS_PX}></rect>
      <line class="middle" x1="0" x2=${width} y1=${MIDDLE} y2=${MIDDLE}></line>
      ${gaps(strip, width).map((gap) => {
        const high = BARS_PX * gap.share;
        const y = NAMES_PX + BARS_PX - high;
        return svg`<rect x=${gap.x} y=${y} width=${gap.width} height=${high} fill="url(#${hatch})"></rect>
          <rect class="edge" x=${gap.x + 0.5} y=${y + 0.5} width=${Math.max(1, gap.width - 1)} height=${high - 1}></rect>`;
      })}
      ${barPaths(bars(strip, width), LANES)} ${this.names(strip, scale)} ${kmAxis(scale, NAMES_PX + BARS_PX + DONE_PX, { tick: 3, words: 13 })}
    </svg>
    ${this.data ? nothing : html`<svg class="moving" width=${width} height=${HEIGHT_PX} aria-hidden="true">${this.cursor(scale)}</svg>`}`;
  }

  private names(strip: Strip, scale: Scale): TemplateResult[] {
    const labels = placeLabels(strip.places, scale, language(), (text) => this.measure(text));
    return labels.map(
      (label) => svg`<line class="tick" x1=${label.tick} x2=${label.tick} y1=${NAMES_PX - 3} y2=${NAMES_PX + 3}></line>
        <text x=${label.x} y="12">${label.text}</text>`,
    );
  }

  private cursor(scale: Scale): TemplateResult[] {
    const bottom = NAMES_PX + BARS_PX + DONE_PX;
    const parts: TemplateResult[] = [];
    if (this.window) {
      const x = xOf(scale, this.window[0]);
      const wide = Math.min(scale.width, Math.max(8, xOf(scale, this.window[1]) - x));
      const left = Math.max(0, Math.min(scale.width - wide, x - (wide > 8 ? 0 : 4)));
      parts.push(svg`<rect class="window" x=${left} y=${NAMES_PX - 1} width=${wide} height=${bottom - NAMES_PX + 2} rx="2"></rect>`);
    }
    if (this.cursor_m !== null) {
      const x = xOf(scale, this.cursor_m);
      parts.push(svg`<path class="cursor" d="M${x - 6} ${NAMES_PX - 5}h12l-6 9z"></path>
        <line class="window" x1=${x} x2=${x} y1=${NAMES_PX} y2=${bottom}></line>`);
    }
    return parts;
  }

  /** Where a hand or a key is: two small things that are only pushed, so that nothing else is drawn anew. */
  private ghost({ extent }: Strip): TemplateResult | typeof nothing {
    const { ghost_m, width } = this;
    if (ghost_m === null || width <= 0) return nothing;
    const x = xOf({ extent, width }, ghost_m);
    const text = km(ghost_m);
    const wide = this.measure(text) + 12;
    const left = Math.max(0, Math.min(width - wide, x - wide / 2));
    return html`<div class="ghost" .style=${pushed(x)}></div>
      <div class="ghost words-here" .style=${pushed(left)} aria-hidden="true">${text}</div>`;
  }

  private legend(sum: Totals, words: string[]): TemplateResult {
    const hatch = `strip-sample-${this.serial}`;
    const done = sum.answered === null || this.data ? nothing : html`<span>${doneSample()}${words[4]}</span>`;
    return html`<div class="words" aria-hidden=${this.data ? "true" : "false"}>
      <strong>${words[0]}</strong>
      <span>${hatchSample(hatch)}${words[1]}</span>
      ${sum.posts + sum.lines === 0
        ? nothing // none, or not told to somebody who judges blind
        : html`<span>${barSample("posts")}${words[2]}</span><span>${barSample("lines")}${words[3]}</span>`}
      ${done}
    </div>`;
  }

  /** Comparable, not comparable, posts, lines and, on a live page, what I answered. */
  private sumWords(sum: Totals): string[] {
    const of = (length_m: number): string => number(length_m / 1000, 1);
    const words = [
      t("strip.comparable", { seen: of(sum.seen_m), length: of(sum.length_m) }),
      t("strip.gap", { km: of(sum.length_m - sum.seen_m) }),
      t("strip.posts", { n: sum.posts }),
      t("strip.lines", { n: sum.lines }),
    ];
    if (sum.answered !== null && !this.data) {
      words.push(t("strip.answered", { percent: Math.floor(sum.answered * 100) }));
    }
    return words;
  }

  /** What a reader of the screen hears at one chainage. */
  private spell(strip: Strip, at_m: number): string {
    const here = binAt(strip, at_m);
    const parts = [km(at_m)];
    const near = [...strip.places].sort((a, b) => Math.abs(a.at_m - at_m) - Math.abs(b.at_m - at_m))[0];
    if (near) parts.push(t("strip.near", { place: near.name }));
    if (here.seen < 0.01) parts.push(t("strip.not_comparable"));
    else if (here.seen < 0.99) parts.push(t("strip.partly", { percent: Math.round(here.seen * 100) }));
    if (here.posts > 0) parts.push(t("strip.posts", { n: here.posts }));
    if (here.lines > 0) parts.push(t("strip.lines", { n: here.lines }));
    return parts.join(", ");
  }

  private measure(text: string): number {
    if (this.pen === undefined) this.pen = document.createElement("canvas").getContext("2d");
    if (!this.pen) return text.length * 12;
    this.pen.font = FONT;
    return Math.ceil(this.pen.measureText(text).width) + 2;
  }

  private at(event: PointerEvent): number | null {
    if (!this.strip) return null;
    const left = (event.currentTarget as HTMLElement).getBoundingClientRect().left;
    return atOf({ extent: this.strip.extent, width: this.width }, event.clientX - left);
  }

  private readonly onDown = (event: PointerEvent): void => {
    if (event.button !== 0) return;
    (event.currentTarget as HTMLElement).setPointerCapture(event.pointerId);
    this.ghost_m = this.at(event);
  };

  private readonly onMove = (event: PointerEvent): void => {
    if (this.ghost_m !== null) this.ghost_m = this.at(event);
  };

  private readonly onUp = (event: PointerEvent): void => {
    const at_m = this.ghost_m === null ? null : this.at(event);
    this.ghost_m = null;
    if (at_m !== null) this.go(at_m);
  };

  /** Keys move at once on the screen and are sent when the hand rests. */
  private readonly onKey = (event: KeyboardEvent): void => {
    const strip = this.strip;
    if (!strip || event.ctrlKey || event.metaKey || event.altKey) return;
    const wide = this.window ? this.window[1] - this.window[0] : 0;
    const step_m = Math.max(strip.bin_m, wide / 2, (strip.extent[1] - strip.extent[0]) / 500);
    const from = this.ghost_m ?? this.cursor_m ?? strip.extent[0];
    const to = stepTo(event.key, from, strip.extent, step_m);
    if (to === null) return;
    event.preventDefault();
    event.stopPropagation();
    this.ghost_m = to;
    clearTimeout(this.soon);
    this.soon = setTimeout(() => {
      this.ghost_m = null;
      this.go(to);
    }, 250);
  };

  private go(at_m: number): void {
    this.cursor_m = at_m;
    this.dispatchEvent(new CustomEvent("go", { detail: { at_m }, bubbles: true, composed: true }));
  }
}

/** To a whole pixel: between two of them everything would be mixed. */
function pushed(x: number): string {
  return `transform: translateX(${Math.round(x)}px)`;
}

declare global {
  interface HTMLElementTagNameMap {
    "vallum-strip": VallumStrip;
  }
}

customElements.define("vallum-strip", VallumStrip);
