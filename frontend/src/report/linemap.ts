/** `<vallum-linemap>`: the line on a plain map, drawn here: no tiles, nothing that is asked for. */

import { html, nothing, svg, type PropertyDeclarations, type PropertyValues, type TemplateResult } from "lit";

import { Wide, type Fit } from "../line/along.ts";
import { names } from "../line/lay.ts";
import { scaleBar } from "../maps/scale.ts";
import type { Stretch } from "../types.ts";
import { km, metres, number, t } from "../words.ts";
import { degrees, metresPerPixel, pixelOf, placeOf, zoomedTo, type Frame, type View } from "./ground.ts";
import { handle } from "./hands.ts";
import { alongLine, EVERYTHING, joined, passes, placeAt, seenAlong, type Filter, type Live, type Place } from "./live.ts";
import { boxAround, dotted, sortedOf, thinned, touch, traced, type Boxed } from "./thin.ts";
import { chartLook } from "./look.ts";
import { mapLook } from "./maplook.ts";
import { drawn, isDense, paint, type Stroke } from "./strokes.ts";

const MOST_PX = 520;
const LEAST_PX = 260;
const PAD = 0.08;
const NEAR_PX = 30;
const STEP_PX = 70;
/** A nearer view would show that the base is off by a kilometre. */
const BASE_M_PER_PX = 120;
const DOT_PX = 5;
/** Height of what stands at the lower edge: scale and north. */
const FOOT_PX = 56;
/** Drawn beyond each edge while the map is moved, so that it is only pushed; share of its width and height. */
const ROOM = 0.35;
/** When nothing moved for so long, the room around it is drawn, so that the next hand finds it there. */
const REST_MS = 150;
const ORDER = ["not_comparable", "unchanged", "not_examined", "indeterminate", "changed"];
const LAYERS = ["land", "countries", "known", "things", "said", "names", "grid"] as const;
type Layer = (typeof LAYERS)[number];

/**
 * Properties: `live`, `filter`, `at_m`. Event: `choose` {at_m}, bubbles.
 *
 * Moving it pushes what is drawn, with room around it, and draws again where that ends. Where it is painted the
 * room is there before anybody moves it: to paint it takes longer than a frame lasts.
 */
export class LineMap extends Wide {
  static override properties: PropertyDeclarations = {
    live: { attribute: false },
    filter: { attribute: false },
    at_m: { attribute: false },
    view: { state: true },
    off: { state: true },
  };

  declare live: Live | null;
  declare filter: Filter;
  declare at_m: number | null;
  declare view: View | null;
  declare off: ReadonlySet<Layer>;

  private release: (() => void) | undefined;
  private lines: Stroke[] = [];
  private sorted = new Map<string, [Boxed[], Boxed[]]>();
  private fitted: Frame | null = null;
  /** Where it was pushed since it was drawn. */
  private pushed: View | null = null;
  private isRoomy = false;
  private rest: ReturnType<typeof setTimeout> | undefined;

  static override styles = [chartLook, mapLook];

  constructor() {
    super();
    this.live = null;
    this.filter = EVERYTHING;
    this.at_m = null;
    this.view = null;
    this.off = new Set();
  }

  private get high(): number {
    return Math.round(Math.min(MOST_PX, Math.max(LEAST_PX, this.width * 0.62)));
  }

  /** The whole line, with some land around it. */
  private get whole(): Frame {
    this.fitted ??= this.fit(this.live?.line ?? []);
    return this.fitted;
  }

  private fit(line: readonly [number, number, number][]): Frame {
    const [xs, ys] = [line.map(([x]) => x), line.map(([, y]) => y)];
    const [west, east, south, north] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
    const middle: Place = [(west + east) / 2, (south + north) / 2];
    const narrow = Math.cos((middle[1] * Math.PI) / 180);
    const width = Math.max(1, this.width - 2);
    const room = 1 - 2 * PAD;
    const each = Math.min((width * room) / Math.max(1e-6, (east - west) * narrow), (this.high * room) / Math.max(1e-6, north - south));
    return { view: { middle, each }, width, height: this.high, narrow };
  }

  private get frame(): Frame {
    const whole = this.whole;
    const view = this.pushed ?? this.view;
    return view ? { ...whole, view } : whole;
  }

  /** All that is drawn, with the room around it. */
  private get sheet(): Frame {
    const { frame, room } = this;
    return { ...frame, width: frame.width + 2 * room[0], height: frame.height + 2 * room[1] };
  }

  /** Pixels that are drawn beyond the left and the upper edge. */
  private get room(): [number, number] {
    return this.isRoomy ? [Math.round(this.width * ROOM), Math.round(this.high * ROOM)] : [0, 0];
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has("live") || (changed as Map<PropertyKey, unknown>).has("width")) this.fitted = null;
    if (this.pushed && !changed.has("view")) this.view = this.pushed;
    this.pushed = null;
    if (changed.has("live") || changed.has("filter")) {
      this.sorted = sortedOf((this.live?.things ?? []).filter((one) => passes(this.filter, one)));
    }
    if (changed.has("at_m") && this.live && this.at_m !== null && this.width > 0) this.show(this.at_m);
  }

  /** Move the map only where the place would not be seen. */
  private show(at_m: number): void {
    const at = placeAt(this.live?.line ?? [], at_m);
    if (!at) return;
    const { frame } = this;
    const [x, y] = pixelOf(frame, at);
    if (x < NEAR_PX || y < NEAR_PX || x > frame.width - NEAR_PX || y > frame.height - NEAR_PX) {
      this.view = { middle: at, each: frame.view.each };
    }
  }

  protected override updated(): void {
    this.paintMany();
    this.push(0, 0);
    if (!this.isRoomy && isDense(this.lines)) this.settleSoon();
    const glass = this.renderRoot.querySelector<HTMLElement>(".glass");
    if (glass) glass.style.height = `${this.high}px`;
    if (!glass || this.release) return;
    this.release = handle(glass, {
      panBy: (dx, dy) => this.move(dx, dy),
      zoomBy: (factor, x, y) => this.zoom(factor, x, y),
      press: (x, y) => this.press(x, y),
    });
  }

  override disconnectedCallback(): void {
    clearTimeout(this.rest);
    this.release?.();
    this.release = undefined;
    super.disconnectedCallback();
  }

  private move(dx: number, dy: number): void {
    const { frame, room } = this;
    const view: View = { middle: placeOf(frame, frame.width / 2 - dx, frame.height / 2 - dy), each: frame.view.each };
    const drawn = this.view ?? this.whole.view;
    const [x, y] = pixelOf({ ...frame, view }, drawn.middle);
    const [right, down] = [x - frame.width / 2, y - frame.height / 2];
    clearTimeout(this.rest);
    if (Math.abs(right) <= room[0] && Math.abs(down) <= room[1]) {
      this.pushed = view;
      this.push(right, down);
      if (Math.abs(right) > room[0] / 2 || Math.abs(down) > room[1] / 2) this.settleSoon();
    } else {
      this.isRoomy = true;
      this.view = view;
    }
  }

  /** Draw with room on all sides once nothing moves. */
  private settleSoon(): void {
    clearTimeout(this.rest);
    this.rest = setTimeout(() => {
      this.isRoomy = true;
      this.requestUpdate();
    }, REST_MS);
  }

  /** Put what is drawn some pixels away, whole ones of the screen; degrees stay at their edges. */
  private push(right: number, down: number): void {
    const [left, top] = this.room;
    const each = window.devicePixelRatio || 1;
    const [x, y] = [right, down].map((px) => Math.round(px * each) / each) as [number, number];
    const put = (name: string, dx: number, dy: number): void => {
      const part = this.renderRoot.querySelector<HTMLElement>(`.glass > ${name}`);
      if (part) part.style.transform = `translate(${dx}px, ${dy}px)`;
    };
    put(".sheet", x - left, y - top);
    put(".above", x - left, 0);
    put(".beside", 0, y - top);
  }

  private zoom(factor: number, x = this.width / 2, y = this.high / 2): void {
    this.isRoomy = false;
    this.view = zoomedTo(this.frame, factor, x, y, this.whole.view.each * 0.6);
  }

  private press(x: number, y: number): void {
    let best = Infinity;
    let at_m: number | null = null;
    for (const [lon, lat, z] of this.live?.line ?? []) {
      const [px, py] = pixelOf(this.frame, [lon, lat]);
      const away = Math.hypot(px - x, py - y);
      if (away < best) [best, at_m] = [away, z];
    }
    if (at_m !== null && best < NEAR_PX * 2) {
      this.at_m = at_m;
      this.dispatchEvent(new CustomEvent("choose", { detail: { at_m }, bubbles: true, composed: true }));
    }
  }

  private readonly onKey = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const by: Record<string, () => void> = {
      ArrowLeft: () => this.move(STEP_PX, 0),
      ArrowRight: () => this.move(-STEP_PX, 0),
      ArrowUp: () => this.move(0, STEP_PX),
      ArrowDown: () => this.move(0, -STEP_PX),
      "+": () => this.zoom(2),
      "=": () => this.zoom(2),
      "-": () => this.zoom(0.5),
      "0": () => (this.view = null),
    };
    const act = by[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  };

  protected override render(): TemplateResult | typeof nothing {
    const { live } = this;
    if (!live || live.line.length < 2 || this.width < 80) return nothing;
    const { frame, sheet } = this;
    this.lines = this.strokes(live, sheet);
    const isMany = isDense(this.lines);
    const words = `${t("map.label")}. ${this.at_m === null ? "" : km(this.at_m)}`;
    return html`<div class="tools">
        <button type="button" @click=${() => this.zoom(2)}>+<span class="hidden">${t("zoom.in")}</span></button>
        <button type="button" @click=${() => this.zoom(0.5)}>−<span class="hidden">${t("zoom.out")}</span></button>
        <button type="button" ?disabled=${this.view === null} @click=${() => (this.view = null)}>${t("zoom.all")}</button>
      </div>
      <div class="glass" role="application" tabindex="0" aria-label=${words} @keydown=${this.onKey}>
        <div class="sheet">${isMany ? html`<canvas aria-hidden="true"></canvas>` : nothing}<svg width=${sheet.width} height=${sheet.height} aria-hidden="true">${isMany ? nothing : this.lines.map(drawn)} ${this.words(live, sheet)}</svg></div>
        ${this.off.has("grid") ? nothing : this.degrees(sheet, frame)}
        <svg class="foot" width=${frame.width} height=${FOOT_PX} aria-hidden="true">${this.furniture(frame)}</svg>
      </div>
      <fieldset>
        <legend>${t("map.layers")}</legend>
        ${this.layers(live).map(
          (layer) => html`<label
            ><input type="checkbox" .checked=${!this.off.has(layer)} @change=${() => this.toggle(layer)} />${t(`map.${layer}`)}</label
          >`,
        )}
      </fieldset>
      ${this.legend(live)}
      <p class="small">${live.disclaimer}</p>
      <p class="small">${t("map.how")}</p>`;
  }

  private layers(live: Live): Layer[] {
    const empty: Partial<Record<Layer, boolean>> = {
      land: live.land.length === 0,
      countries: live.countries.length === 0,
      known: live.statuses.length === 0,
      said: live.claims.length === 0,
      names: live.places.length === 0,
      things: live.things.length === 0,
    };
    return LAYERS.filter((layer) => !empty[layer]);
  }

  private legend(live: Live): TemplateResult {
    return html`<p class="small">
      ${live.statuses.map(
        ({ key, label }) => html`<span class="entry"><svg class="swatch" width="26" height="10" aria-hidden="true">
            ${svg`<line class="line ${key}" x1="0" x2="26" y1="5" y2="5"></line>`}
          </svg>
          ${label}</span>`,
      )}
      <span class="entry">${t("map.other")}</span>
    </p>`;
  }

  private toggle(layer: Layer): void {
    const off = new Set(this.off);
    if (!off.delete(layer)) off.add(layer);
    this.off = off;
  }

  /** Everything but words, from below upwards. */
  private strokes(live: Live, frame: Frame): Stroke[] {
    const is = (layer: Layer): boolean => !this.off.has(layer);
    const far = metresPerPixel(frame) > BASE_M_PER_PX && live.land.length > 0;
    const outline = (parts: readonly Place[][]): number[][] => parts.map((part) => traced(part, frame));
    const only = (shown: boolean, made: () => Stroke[]): Stroke[] => (shown ? made() : []);
    const { width, height } = frame;
    return [
      { look: far && is("land") ? "sea" : "sea plain", lines: [[0, 0, width, 0, width, height, 0, height]] },
      ...only(far && is("land"), () => [{ look: "land", lines: outline(live.land) }]),
      ...only(is("grid"), () => [{ look: "grid", lines: this.grid(frame) }]),
      ...only(far && is("countries"), () => [{ look: "country", lines: outline(live.countries) }]),
      ...only(is("said"), () => [{ look: "line said", lines: outline(live.claims.flatMap(({ spans }) => spans.map((one) => alongLine(live.line, one)))) }]),
      { look: "line plain", lines: outline([live.line.map(([x, y]): Place => [x, y])]) },
      ...only(is("known"), () => this.known(live, frame, outline)),
      ...only(is("things"), () => this.found(live, frame)),
    ];
  }

  private words(live: Live, frame: Frame): unknown[] {
    const fit: Fit = (at) => pixelOf(frame, at as Place);
    return [this.off.has("names") ? nothing : this.names(live, frame, fit), this.marker(live, fit)];
  }

  private known(live: Live, frame: Frame, outline: (parts: readonly Place[][]) => number[][]): Stroke[] {
    const gap_m = metresPerPixel(frame) * 0.25;
    const seen = seenAlong(live.line, boxAround(frame));
    const isSeen = ([a, b]: Stretch): boolean => seen.some(([from, to]) => b >= from && a <= to);
    return [...live.statuses]
      .sort((a, b) => ORDER.indexOf(a.key) - ORDER.indexOf(b.key))
      .map(({ key, spans }) => {
        const shown = joined(spans.filter(isSeen), gap_m);
        return { look: `line ${key}`, lines: outline(shown.map((one) => alongLine(live.line, one))) };
      });
  }

  private found(live: Live, frame: Frame): Stroke[] {
    const paths: Stroke[] = [];
    const around = boxAround(frame);
    for (const { key, colour, is_line } of live.kinds) {
      for (const isBuilt of [false, true]) {
        const mine = (this.sorted.get(key)?.[isBuilt ? 1 : 0] ?? []).filter(({ box }) => touch(box, around));
        if (is_line) {
          paths.push({ look: isBuilt ? "thing" : "thing other", colour, lines: thinned(mine, frame) });
        } else {
          const lines = [dotted(mine, frame, DOT_PX + 2)];
          paths.push({ look: "dots", colour: isBuilt ? "#fff" : colour, width: DOT_PX + 2, lines });
          paths.push({ look: "dots", colour: isBuilt ? colour : "#fff", width: isBuilt ? DOT_PX : DOT_PX - 1, lines });
        }
      }
    }
    return paths;
  }

  private grid(sheet: Frame): number[][] {
    const { lons, lats } = roundDegrees(sheet, sheet.width / this.frame.width);
    return [...lons.map(([, x]) => [x, 0, x, sheet.height]), ...lats.map(([, y]) => [0, y, sheet.width, y])];
  }

  /** Degrees at the upper edge, which move sideways only, and at the left one. */
  private degrees(sheet: Frame, { width, height }: Frame): TemplateResult {
    const { lons, lats } = roundDegrees(sheet, sheet.width / width);
    const [, top] = this.room;
    const isUnderScale = (y: number): boolean => y - top > height - 48 && y - top <= height;
    return html`<div class="above"><svg width=${sheet.width} height="16" aria-hidden="true">
        ${lons.map(([lon, x]) => svg`<text class="degree" x=${x + 3} y="12">${Math.abs(lon)}°${lon < 0 ? "W" : "E"}</text>`)}
      </svg></div>
      <div class="beside"><svg width=${Math.min(width, 60)} height=${sheet.height} aria-hidden="true">
        ${lats.map(([lat, y]) =>
          isUnderScale(y) ? nothing : svg`<text class="degree" x="3" y=${y - 3}>${Math.abs(lat)}°${lat < 0 ? "S" : "N"}</text>`,
        )}
      </svg></div>`;
  }

  /** Put thousands of strokes on a canvas under the words. */
  private paintMany(): void {
    const canvas = this.renderRoot.querySelector<HTMLCanvasElement>(".sheet > canvas");
    const frame = this.sheet;
    // Drawn by the processor: an SVG draws such a path again for every tile of the screen.
    const pen = canvas?.getContext("2d", { willReadFrequently: true, alpha: false });
    if (!canvas || !pen) return;
    const each = window.devicePixelRatio || 1;
    const [wide, high] = [Math.round(frame.width * each), Math.round(frame.height * each)];
    if (canvas.width !== wide || canvas.height !== high) {
      [canvas.width, canvas.height] = [wide, high];
      canvas.style.width = `${frame.width}px`;
      canvas.style.height = `${frame.height}px`;
    }
    pen.setTransform(each, 0, 0, each, 0, 0);
    const style = getComputedStyle(this);
    paint(pen, this.lines, (name) => style.getPropertyValue(name).trim());
  }

  /** Names of places; those that are seen come first, and stay inside what is seen. */
  private names(live: Live, { width, height }: Frame, fit: Fit): TemplateResult[] {
    const [beside, above] = this.room;
    const isSeen = ([x, y]: readonly number[]): boolean =>
      (x ?? 0) >= beside && (x ?? 0) <= width - beside && (y ?? 0) >= above && (y ?? 0) <= height - above;
    const taken: [number, number, number][] = [];
    const lang = document.documentElement.lang;
    const shown: TemplateResult[] = [];
    const spots = live.places.flatMap((place) => {
      const at = placeAt(live.line, place.at_m);
      return at ? [{ place, at: fit(at) }] : [];
    });
    for (const { place, at } of [...spots.filter((one) => isSeen(one.at)), ...spots.filter((one) => !isSeen(one.at))]) {
      const [x, y] = at;
      if (x < 0 || y < 0 || x > width || y > height) continue;
      const words = names(place, lang).join(" ");
      const wide = [...words].reduce((sum, letter) => sum + (letter > "\u2e80" ? 13 : 7), 0);
      const left = x + 8 + wide > (isSeen(at) ? width - beside : width) - 4;
      const from = left ? x - 8 - wide : x + 8;
      if (taken.some(([a, b, c]) => Math.abs(b - y) < 17 && from < a + c + 6 && a < from + wide + 6)) continue;
      taken.push([from, y, wide]);
      shown.push(svg`<circle class="spot" cx=${x} cy=${y} r="3"></circle>
        <text class="halo" x=${left ? x - 8 : x + 8} y=${y + 4} text-anchor=${left ? "end" : "start"}>${words}</text>`);
    }
    return shown;
  }

  private marker(live: Live, fit: Fit): unknown {
    const at = this.at_m === null ? null : placeAt(live.line, this.at_m);
    if (!at || this.at_m === null) return nothing;
    const [x, y] = fit(at);
    return svg`<circle class="here" cx=${x} cy=${y} r="11"></circle>
      <text class="halo" x=${x} y=${y - 16} text-anchor="middle">${km(this.at_m)}</text>`;
  }

  private furniture(frame: Frame): TemplateResult {
    const { length_m, width_px } = scaleBar(metresPerPixel(frame));
    const [x, y] = [12, FOOT_PX - 14];
    return svg`<path class="scale" d="M${x} ${y - 5}v5h${width_px}v-5"></path>
      <text class="halo" x=${x} y=${y - 10}>${length_m < 1000 ? metres(length_m) : t("unit.km", { km: number(length_m / 1000) })}</text>
      <path class="spot" d="M${frame.width - 20} ${FOOT_PX - 34}l-6 20 6 -5 6 5z"></path>
      <text class="halo" x=${frame.width - 20} y=${FOOT_PX - 38} text-anchor="middle"><title>${t("map.north")}</title>N</text>` as TemplateResult;
  }
}

/** Round degrees of a sheet so many times as large as the map, each with its pixel. */
function roundDegrees(sheet: Frame, times: number): { lons: [number, number][]; lats: [number, number][] } {
  const [west, north] = placeOf(sheet, 0, 0);
  const [east, south] = placeOf(sheet, sheet.width, sheet.height);
  return {
    lons: degrees(west, east, 6 * times).map((lon) => [lon, pixelOf(sheet, [lon, south])[0]]),
    lats: degrees(south, north, 5 * times).map((lat) => [lat, pixelOf(sheet, [west, lat])[1]]),
  };
}

customElements.define("vallum-linemap", LineMap);
