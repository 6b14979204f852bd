/** `<vallum-cue-strip>`: the whole border cell by cell, and the cells to look at on a small map. */

import { css, html, nothing, svg, type TemplateResult } from "lit";

import { fitted, kmAxis, moveOf, pathOf, stepped, Wide } from "../line/along.ts";
import { xOf, type Scale } from "../line/lay.ts";
import { look } from "../look.ts";
import { number, t } from "../words.ts";
import type { Cell, Cue, CueList } from "./types.ts";

const HIGH_PX = 44;
const AXIS_PX = 20;
const MAP_PX = 200;
const LEAST_PX = 2;
const RADIUS_PX = 8;
const MOST_DOTS = 60;

/** Properties: `list`, `current` (id). Event: `choose` {id}. */
export class CueStrip extends Wide {
  static override properties = {
    list: { attribute: false },
    current: { attribute: false },
    focused: { state: true },
  };

  static override styles = [
    look,
    css`
      :host {
        display: block;
      }
      svg.strip,
      svg.map {
        display: block;
        width: 100%;
        border: 1px solid var(--line);
        border-radius: var(--radius);
        background: var(--panel);
      }
      svg.map {
        margin-top: 8px;
      }
      .axis {
        fill: var(--text-2);
        font-size: 12px;
      }
      .tick {
        stroke: var(--text-3);
      }
      .nothing {
        fill: #4c5a55;
      }
      .found {
        fill: var(--accent);
      }
      .thing {
        cursor: pointer;
        outline: none;
      }
      .thing .hit {
        fill: transparent;
      }
      .thing .ring {
        fill: none;
        stroke: none;
      }
      .thing.on .ring,
      .thing:focus-visible .ring {
        stroke: var(--text);
        stroke-width: 2;
      }
      .border {
        fill: none;
        stroke: var(--text-3);
        stroke-width: 1.5;
      }
      .dot {
        fill: var(--accent);
        stroke: #000;
      }
      .rank {
        fill: #111417;
        font-size: 11px;
        font-weight: 700;
        text-anchor: middle;
        pointer-events: none;
      }
      .key {
        display: flex;
        flex-wrap: wrap;
        gap: 2px 14px;
        margin-top: 4px;
        color: var(--text-2);
        font-size: var(--small);
      }
      .key svg {
        width: 22px;
        height: 12px;
        vertical-align: -1px;
      }
    `,
  ];

  list: CueList | null = null;
  current = "";
  private focused = "";

  protected override render(): TemplateResult | typeof nothing {
    const { list } = this;
    if (list === null || list.cells.length === 0 || this.width < 60) return nothing;
    if (!list.items.some(({ id }) => id === this.focused)) this.focused = this.current || (list.items[0]?.id ?? "");
    return html`${this.strip(list)} ${this.map(list)} ${this.legend()}`;
  }

  private strip(list: CueList): TemplateResult {
    const scale: Scale = { extent: list.extent, width: this.width - 2 };
    const most = Math.max(1e-9, ...list.cells.map(({ score }) => score));
    return html`<div role="group" aria-label=${t("cues.strip")} @keydown=${this.onKey}>
      <svg class="strip" height=${HIGH_PX + AXIS_PX} viewBox="0 0 ${scale.width} ${HIGH_PX + AXIS_PX}">
        ${hatch("unlooked")}
        ${svg`<rect x="0" y="0" width=${scale.width} height=${HIGH_PX} fill="url(#unlooked)"></rect>`}
        ${list.cells.map((cell) => this.cell(cell, scale, most))}
        ${list.items.map((cue) => this.bar(cue, scale))}
        ${kmAxis(scale, HIGH_PX)}
      </svg>
    </div>`;
  }

  private cell({ start_m, end_m, state, score }: Cell, scale: Scale, most: number): unknown {
    if (state === "blocked") return nothing; // the hatch below says so
    const x = xOf(scale, start_m);
    const width = Math.max(LEAST_PX, xOf(scale, end_m) - x);
    const high = state === "found" ? Math.max(10, (HIGH_PX - 4) * (score / most)) : 4;
    return svg`<rect class="nothing" x=${x} y="0" width=${width} height=${HIGH_PX}></rect>
      ${state === "found" ? svg`<rect class="found" x=${x} y=${HIGH_PX - high} width=${width} height=${high}></rect>` : nothing}`;
  }

  private bar(cue: Cue, scale: Scale): unknown {
    const x = xOf(scale, cue.start_m);
    const wide = Math.max(8, xOf(scale, cue.end_m) - x);
    const isOn = cue.id === this.current;
    return svg`<g class="thing ${isOn ? "on" : ""}" role="button" data-id=${cue.id} tabindex=${cue.id === this.focused ? "0" : "-1"}
        aria-pressed=${isOn ? "true" : "false"} aria-label=${spell(cue)} @click=${() => this.choose(cue.id)}>
      <title>${spell(cue)}</title>
      <rect class="hit" x=${x - 2} y="0" width=${wide + 4} height=${HIGH_PX}></rect>
      <rect class="ring" x=${x - 1} y="1" width=${wide + 2} height=${HIGH_PX - 2} rx="2"></rect></g>`;
  }

  private map(list: CueList): TemplateResult | typeof nothing {
    const fit = fitted(list.line, this.width - 2, MAP_PX);
    if (fit === null) return nothing;
    const path = pathOf(list.line, fit);
    const shown = list.items.slice(0, MOST_DOTS).reverse(); // the first lies on top
    return html`<svg class="map" height=${MAP_PX} viewBox="0 0 ${this.width - 2} ${MAP_PX}" role="img" aria-label=${t("cues.map", { n: shown.length })}>
      ${svg`<path class="border" d=${path}></path>`}
      ${shown.map((cue) => {
        const [x, y] = fit(cue.point);
        return svg`<g class="thing ${cue.id === this.current ? "on" : ""}" transform="translate(${x} ${y})" @click=${() => this.choose(cue.id)}>
          <title>${spell(cue)}</title><circle class="dot" r=${RADIUS_PX}></circle><circle class="ring" r=${RADIUS_PX + 3}></circle>
          <text class="rank" y="4">${cue.rank}</text></g>`;
      })}
    </svg>`;
  }

  private legend(): TemplateResult {
    const patch = (inner: unknown): TemplateResult => html`<svg viewBox="0 0 22 12" aria-hidden="true">${inner}</svg>`;
    return html`<p class="key">
      <span>${patch(svg`<rect class="found" width="22" height="12"></rect>`)} ${t("cues.key.found")}</span>
      <span>${patch(svg`<rect class="nothing" width="22" height="12"></rect>`)} ${t("cues.key.nothing")}</span>
      <span>${patch(svg`${hatch("key")}<rect width="22" height="12" fill="url(#key)"></rect>`)} ${t("cues.key.blocked")}</span>
    </p>`;
  }

  private readonly onKey = (event: KeyboardEvent): void => {
    const move = moveOf(event);
    if (move === null || this.list === null) return;
    event.preventDefault();
    if (move === "choose") {
      this.choose(this.focused);
      return;
    }
    const along = [...this.list.items].sort((a, b) => a.start_m - b.start_m);
    const at = along.findIndex(({ id }) => id === this.focused);
    this.focused = along[stepped(at, move, along.length)]?.id ?? "";
    void this.updateComplete.then(() => this.renderRoot.querySelector<SVGElement>(`[role="group"] [data-id="${CSS.escape(this.focused)}"]`)?.focus());
  };

  private choose(id: string): void {
    this.focused = id;
    this.dispatchEvent(new CustomEvent("choose", { detail: { id } }));
  }
}

function spell({ rank, start_m, end_m, reasons }: Cue): string {
  const where = `${number(start_m / 1000, 1)}–${number(end_m / 1000, 1)}`;
  return [t("cues.cell", { rank: String(rank), km: where }), ...reasons].join(", ");
}

function hatch(id: string): TemplateResult<2> {
  return svg`<defs><pattern id=${id} width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
    <rect width="6" height="6" fill="#15181b"></rect><rect width="2" height="6" fill="#9aa4ad"></rect></pattern></defs>`;
}

customElements.define("vallum-cue-strip", CueStrip);
