/** `<vallum-map-pane>`: the border, and an image that lies on the ground, north up; units are Mercator's. */

import { css, html, nothing, svg, type TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";

import { pictures } from "../api.ts";
import { fromMercator, mercator, type LonLat, type Pixel } from "../maps/camera.ts";
import { scaleBar } from "../maps/scale.ts";
import { metres, number, t } from "../words.ts";
import { Plane } from "./plane.ts";
import type { Backdrop, Ground } from "./types.ts";
import { toScreen, toWorld, type View } from "./view.ts";

const TILE = 256;
const MOST_ZOOM = 22;
const MOST_TILES = 90;
const EQUATOR_M = 40_075_016.686;
const START_M = 3000;
const LABEL_PX = 90;

export class MapPane extends Plane {
  static override properties = {
    ...Plane.properties,
    ground_: { attribute: false },
    image: { attribute: false },
    start: { attribute: false },
    across_m: { attribute: false },
    outline: { attribute: false },
    what: { attribute: false },
  };

  static override styles = [
    ...Plane.styles,
    css`
      .border {
        fill: none;
        stroke: #fff;
        stroke-width: 1.6;
        stroke-dasharray: 8 4;
      }
      .under {
        fill: none;
        stroke: #000;
        stroke-width: 4;
        opacity: 0.6;
      }
      .outline {
        fill: rgb(116 192 252 / 0.08);
        stroke: var(--unsure);
        stroke-width: 1.5;
      }
      .frame {
        fill: none;
        stroke: var(--text-3);
        stroke-dasharray: 2 3;
      }
      .at {
        fill: #fff;
        stroke: #000;
        stroke-width: 3px;
        paint-order: stroke;
        font-size: 12px;
      }
      .dot {
        fill: #fff;
        stroke: #000;
      }
      .length {
        stroke: var(--text);
        stroke-width: 2;
      }
      .over.scale svg {
        display: block;
      }
    `,
  ];

  ground_: Ground | null = null;
  image: Backdrop | null = null;
  /** Where to look first; the whole line without it. */
  start: LonLat | null = null;
  /** How wide to look first. */
  across_m = START_M;
  /** Where the picture lies, its corners in turn. */
  outline: readonly LonLat[] = [];
  /** What a screen reader says of it, where nothing is paired. */
  what = "";

  /** Look at a place, about so many metres wide. */
  go(place: LonLat, across_m = START_M): void {
    const [x, y] = mercator(place);
    const k = (this.size.width * EQUATOR_M * Math.cos((place[1] * Math.PI) / 180)) / across_m;
    this.view = { x, y, k, turn: 0 };
  }

  protected override begin(): void {
    if (this.start !== null) this.go(this.start, this.across_m);
    else this.whole();
  }

  protected override willUpdate(changed: Map<string, unknown>): void {
    if ((changed.has("ground_") || changed.has("start") || changed.has("across_m")) && this.size.width > 0) this.begin();
  }

  protected override get box(): readonly [number, number, number, number] | null {
    const line = this.ground_?.line ?? [];
    if (line.length === 0) return null;
    const points = line.map(([lon, lat]) => mercator([lon, lat]));
    const xs = points.map(([x]) => x);
    const ys = points.map(([, y]) => y);
    return [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)];
  }

  protected override get reach(): readonly [number, number] {
    return [TILE * 2 ** 5, TILE * 2 ** (MOST_ZOOM + 1)];
  }

  protected override get label(): string {
    return this.what || t("placing.map_label", { name: this.image?.name ?? t("placing.only_border") });
  }

  protected override ground(view: View): unknown {
    return svg`${this.image === null ? nothing : this.tiles(view, this.image)} ${this.lines(view)}`;
  }

  private tiles(view: View, image: Backdrop): unknown {
    const z = Math.min(MOST_ZOOM, Math.max(0, Math.round(Math.log2(view.k / TILE))));
    // Coarser tiles lie below, so that zooming never shows an empty ground.
    const found = [...tilesAt(view, this, image, Math.max(0, z - 3)), ...tilesAt(view, this, image, z)];
    const template = pictures.tiles(image.scene);
    return svg`<g>${repeat(
      found,
      (tile) => `${image.scene}/${tile.z}/${tile.x}/${tile.y}`,
      ({ z: level, x, y }) => {
        const each = view.k / 2 ** level;
        const [left, top] = toScreen(view, this.size, [x / 2 ** level, y / 2 ** level]);
        const href = template.replace("{z}/{x}/{y}", `${level}/${x}/${y}`);
        return svg`<image href=${href} x=${left} y=${top} width=${each + 0.6} height=${each + 0.6}></image>`;
      },
    )}</g>`;
  }

  private lines(view: View): unknown {
    const spot = (place: LonLat): Pixel => toScreen(view, this.size, mercator(place));
    const path = (places: readonly LonLat[]): string =>
      places.map((place, i) => `${i === 0 ? "M" : "L"}${spot(place).map((v) => v.toFixed(1)).join(" ")}`).join("");
    const line = this.seen(view);
    const drawn = path(line.map(([lon, lat]) => [lon, lat]));
    const [w, s, e, n] = this.image?.bounds ?? [0, 0, 0, 0];
    return svg`
      ${this.image === null ? nothing : svg`<path class="frame" d="${path([[w, n], [e, n], [e, s], [w, s]])}Z"></path>`}
      ${this.outline.length > 2 ? svg`<path class="outline" d="${path(this.outline)}Z"></path>` : nothing}
      <path class="under" d=${drawn}></path><path class="border" d=${drawn}></path>
      ${this.kilometres(view, line)}`;
  }

  /** The part of the line around the view, so that a long border stays quick. */
  private seen(view: View): readonly [number, number, number][] {
    const all = this.ground_?.line ?? [];
    const reach = Math.max(this.size.width, this.size.height) * 2;
    const near = (i: number): boolean => {
      const at = all[i];
      if (!at) return false;
      const [x, y] = toScreen(view, this.size, mercator([at[0], at[1]]));
      return Math.abs(x) < reach && Math.abs(y) < reach;
    };
    return all.filter((_, i) => near(i - 1) || near(i) || near(i + 1));
  }

  private kilometres(view: View, line: readonly [number, number, number][]): unknown {
    let last: Pixel = [-1e9, -1e9];
    return line.map(([lon, lat, at_m], i) => {
      const [x, y] = toScreen(view, this.size, mercator([lon, lat]));
      const before = line[i - 1]?.[2] ?? at_m - 1;
      const isWhole = Math.floor(at_m / 1000) !== Math.floor(before / 1000) || at_m % 1000 === 0;
      if (!isWhole || Math.hypot(x - last[0], y - last[1]) < LABEL_PX) return nothing;
      last = [x, y];
      return svg`<circle class="dot" cx=${x} cy=${y} r="3"></circle>
        <text class="at" x=${x + 6} y=${y - 6}>${t("unit.km", { km: number(at_m / 1000, 1) })}</text>`;
    });
  }

  protected override corners(): TemplateResult {
    const { view, image } = this;
    const perPixel = view === null ? 0 : metresPer(view);
    const bar = perPixel > 0 ? scaleBar(perPixel) : { length_m: 0, width_px: 0 };
    return html`<span class="over top">${t("placing.ground")}</span>
      ${image?.is_simulated ? html`<span class="over low">${t("map.simulated")} ${image.credit}</span>` : image?.credit ? html`<span class="over low">${image.credit}</span>` : nothing}
      ${bar.width_px > 0
        ? html`<span class="over scale">${metres(bar.length_m)}
            <svg width=${bar.width_px} height="4" aria-hidden="true">${svg`<path class="length" d="M0 2H${bar.width_px}"></path>`}</svg></span>`
        : nothing}`;
  }
}

/** Return the tiles of one level that the view touches and the image covers. */
function tilesAt(view: View, pane: MapPane, image: Backdrop, z: number): { z: number; x: number; y: number }[] {
  const n = 2 ** z;
  const [west, south, east, north] = image.bounds;
  const [x0, y0] = mercator([west, north]);
  const [x1, y1] = mercator([east, south]);
  const [left, top] = toWorld(view, pane.size, [0, 0]);
  const [right, low] = toWorld(view, pane.size, [pane.size.width, pane.size.height]);
  const found: { z: number; x: number; y: number }[] = [];
  const span = (a: number, b: number): readonly [number, number] => [Math.max(0, Math.floor(a * n)), Math.min(n - 1, Math.floor(b * n))];
  const [fromX, toX] = span(Math.max(left, x0), Math.min(right, x1));
  const [fromY, toY] = span(Math.max(top, y0), Math.min(low, y1));
  for (let y = fromY; y <= toY && found.length < MOST_TILES; y += 1) {
    for (let x = fromX; x <= toX && found.length < MOST_TILES; x += 1) found.push({ z, x, y });
  }
  return found;
}

function metresPer(view: View): number {
  const [, lat] = fromMercator([view.x, view.y]);
  return (EQUATOR_M * Math.cos((lat * Math.PI) / 180)) / view.k;
}

customElements.define("vallum-map-pane", MapPane);
