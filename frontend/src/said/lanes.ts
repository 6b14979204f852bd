/** `<vallum-claim-lanes>`: claims along the whole line, as a strip and as lines on a small map. */

import { css, html, nothing, svg, type TemplateResult } from "lit";
import type { Position } from "geojson";

import { fitted, kmAxis, moveOf, pathOf, stepped, Wide } from "../line/along.ts";
import { xOf, type Scale } from "../line/lay.ts";
import { look } from "../look.ts";
import { metres, t } from "../words.ts";
import { lanesOf } from "./axis.ts";
import { claimWords, SIGNS, spanWords, toldOf, toldWords } from "./terms.ts";
import type { Along, ClaimsAlong } from "./types.ts";

const LANE_PX = 16;
const BAR_PX = 10;
const MOST_LANES = 12;
const AXIS_PX = 20;
const LEAST_PX = 10;
const MAP_PX = 190;
const MAP_LANE_PX = 8;
const EDGE_PX = 12;
const EDGE_STEP_PX = 15;

interface Bar {
  claim: Along;
  x: number;
  width: number;
}

/** Properties: `along`, `current` (ticket), `window`. Event: `choose` {ticket}. */
export class ClaimLanes extends Wide {
  static override properties = {
    along: { attribute: false },
    current: { attribute: false },
    border: { attribute: false },
    focused: { state: true },
  };

  static override styles = [
    look,
    css`
      :host {
        display: block;
      }
      svg {
        display: block;
        box-sizing: content-box;
        width: calc(100% - 2px);
        border: 1px solid var(--line);
        border-radius: var(--radius);
        background: var(--panel);
      }
      figure {
        margin: 0 0 8px;
      }
      .axis {
        fill: var(--text-2);
        font-size: 12px;
      }
      .tick,
      .border {
        fill: none;
        stroke: var(--text-3);
      }
      .border {
        stroke-width: 1.5;
      }
      .thing {
        cursor: pointer;
        outline: none;
      }
      circle.proposed {
        fill: var(--panel);
        stroke-dasharray: none;
      }
      .thing rect.hit {
        fill: transparent;
      }
      .bar {
        stroke-width: 1.5;
      }
      .line {
        fill: none;
        stroke-linecap: round;
        stroke-width: 5;
      }
      .sign {
        fill: var(--text);
        font-size: 12px;
        font-weight: 700;
        pointer-events: none;
      }
      .corroborated {
        fill: var(--yes);
        stroke: var(--yes);
      }
      .contradicted {
        fill: var(--no);
        stroke: var(--no);
      }
      .not_observable {
        fill: var(--unsure);
        stroke: var(--unsure);
      }
      .unverified,
      .approved {
        fill: var(--existed);
        stroke: var(--existed);
      }
      .proposed {
        fill: none;
        stroke: var(--text-2);
        stroke-dasharray: 4 3;
      }
      .thing:focus-visible .ring,
      .thing.on .ring {
        fill: none;
        stroke: var(--accent);
        stroke-width: 2;
      }
      .ring {
        fill: none;
        stroke: none;
      }
      .edge {
        stroke-width: 1;
      }
      .far {
        fill: var(--text);
        font-size: 12px;
      }
      .thing.on .line,
      .thing:focus-visible .line {
        stroke-width: 9;
      }
      .key {
        display: flex;
        flex-wrap: wrap;
        gap: 2px 14px;
        font-size: var(--small);
        color: var(--text-2);
      }
      .key svg {
        display: inline-block;
        width: 22px;
        border: 0;
        background: none;
        vertical-align: middle;
      }
      .maps path.line {
        fill: none;
      }
      .drawn .line {
        opacity: 0.75;
      }
    `,
  ];

  along: ClaimsAlong | null = null;
  current = "";
  /** The whole line, longitude and latitude, where it is known. */
  border: Position[] = [];
  private focused = "";

  protected override render(): TemplateResult | typeof nothing {
    const { along } = this;
    if (along === null || along.items.length === 0 || this.width < 50) return nothing;
    if (!along.items.some(({ ticket }) => ticket === this.focused)) {
      this.focused = along.items.some(({ ticket }) => ticket === this.current) ? this.current : (along.items[0]?.ticket ?? "");
    }
    return html`<figure>
        <div role="group" aria-label=${t("claims.strip")} @keydown=${this.onKey}>${this.strip(along)}</div>
      </figure>
      <figure>
        <div class="maps">${this.map(along)}</div>
      </figure>
      ${this.legend(along)}`;
  }

  private strip(along: ClaimsAlong): TemplateResult {
    const scale: Scale = { extent: along.extent, width: this.width - 2 };
    const bars = barsOf(along.items, scale);
    const lanes = lanesOf(bars.map(({ x, width }) => [x, x + width] as const), 3);
    const n = Math.min(MOST_LANES, Math.max(...lanes) + 1);
    const high = n * LANE_PX + 6;
    return html`<svg height=${high + AXIS_PX} viewBox="0 0 ${scale.width} ${high + AXIS_PX}">
      ${kmAxis(scale, high)}
      ${bars.map((bar, i) => this.bar(bar, ((lanes[i] ?? 0) % MOST_LANES) * LANE_PX + 4))}
    </svg>`;
  }

  private bar({ claim, x, width }: Bar, y: number): TemplateResult {
    const told = toldOf(claim);
    const isOn = claim.ticket === this.current;
    return svg`<g class="thing ${isOn ? "on" : ""}" role="button" data-ticket=${claim.ticket}
        tabindex=${claim.ticket === this.focused ? "0" : "-1"}
        aria-pressed=${isOn ? "true" : "false"} aria-label=${spell(claim)}
        @click=${() => this.choose(claim.ticket)}>
      <title>${spell(claim)}</title>
      <rect class="hit" x=${x} y=${y - 3} width=${width} height=${LANE_PX}></rect>
      <rect class="bar ${told}" x=${x + 1} y=${y} width=${Math.max(2, width - 2)} height=${BAR_PX} rx="2"></rect>
      <rect class="ring" x=${x - 1} y=${y - 2} width=${width + 2} height=${BAR_PX + 4} rx="3"></rect>
    </g>` as TemplateResult;
  }

  private map(along: ClaimsAlong): TemplateResult | typeof nothing {
    const bars = barsOf(along.items, { extent: along.extent, width: this.width });
    const lanes = lanesOf(bars.map(({ x, width }) => [x, x + width] as const), 3);
    const lines = along.items.map((claim, i) => ({ claim, parts: partsOf(claim), up: (lanes[i] ?? 0) % MOST_LANES }));
    // The border sets the scale: one claim far outside must not make all the rest tiny.
    const fit = fitted(this.border.length > 1 ? this.border : lines.flatMap(({ parts }) => parts.flat()), this.width - 2, MAP_PX);
    if (fit === null) return nothing;
    const marks = edges(lines.map(({ claim }) => fit(claim.point)), this.width - 2, MAP_PX);
    const path = (parts: Position[][]): string => parts.map((part) => pathOf(part, fit)).join("");
    return html`<svg class="drawn" height=${MAP_PX} viewBox="0 0 ${this.width - 2} ${MAP_PX}" role="img" aria-label=${t("claims.map")}>
      ${this.border.length > 1 ? svg`<path class="border" d=${path([this.border])}></path>` : nothing}
      ${lines.map(({ claim, parts, up }, i) => {
        const told = toldOf(claim);
        const isOn = claim.ticket === this.current;
        const [x, y] = fit(claim.point);
        const edge = marks[i];
        if (edge) return this.outside(claim, edge, beyond(claim, along.extent));
        // Claims of one stretch lie above each other, as on the strip, not on top of each other.
        return svg`<g class="thing ${isOn ? "on" : ""}" transform="translate(0 ${-up * MAP_LANE_PX})" @click=${() => this.choose(claim.ticket)}>
          <title>${spell(claim)}</title>
          <path class="line ${told}" d=${path(parts)}></path>
          <circle class=${told} cx=${x} cy=${y} r=${isOn ? 7 : 4}></circle>
          ${isOn ? svg`<circle class="ring" cx=${x} cy=${y} r="11"></circle>` : nothing}
        </g>`;
      })}
    </svg>`;
  }

  /** A claim about a place beyond the map: an arrow at its edge, and how far it is along the border. */
  private outside(claim: Along, { x, y, turn }: Edge, far_m: number): unknown {
    const isOn = claim.ticket === this.current;
    const isRight = x > this.width / 2;
    return svg`<g class="thing ${isOn ? "on" : ""}" @click=${() => this.choose(claim.ticket)}>
      <title>${spell(claim)}, ${t("claims.beyond", { length: metres(far_m) })}</title>
      <path class="edge ${toldOf(claim)}" transform="translate(${x} ${y}) rotate(${turn})" d="M8 0L-5 -6V6Z"></path>
      ${isOn ? svg`<circle class="ring" cx=${x} cy=${y} r="11"></circle>` : nothing}
      <text class="far" x=${isRight ? x - 12 : x + 12} y=${y + 4} text-anchor=${isRight ? "end" : "start"}>${metres(far_m)}</text>
    </g>`;
  }

  private legend(along: ClaimsAlong): TemplateResult {
    const shown = [...new Set(along.items.map(toldOf))];
    return html`<p class="key">
      ${shown.map(
        (told) =>
          html`<span
            ><svg width="22" height="12" viewBox="0 0 22 12" aria-hidden="true">
              ${svg`<rect class="bar ${told}" x="1" y="2" width="20" height="8" rx="2"></rect>`}
            </svg>
            <b aria-hidden="true">${SIGNS[told]}</b> ${toldWords(told)}</span
          >`,
      )}
      ${along.items.some((claim) => beyond(claim, along.extent) > 0) ? html`<span><b aria-hidden="true">▶</b> ${t("claims.beyond_key")}</span>` : nothing}
      ${along.n_unplaced > 0 ? html`<span>${t("claims.n_unplaced", { n: along.n_unplaced })}</span>` : nothing}
    </p>`;
  }

  private readonly onKey = (event: KeyboardEvent): void => {
    const move = moveOf(event);
    if (move === null || this.along === null) return;
    event.preventDefault();
    if (move === "choose") {
      this.choose(this.focused);
      return;
    }
    event.stopPropagation();
    const { items } = this.along;
    const at = items.findIndex(({ ticket }) => ticket === this.focused);
    this.focused = items[stepped(at, move, items.length)]?.ticket ?? "";
    void this.updateComplete.then(() =>
      this.renderRoot.querySelector<SVGElement>(`[role="group"] [data-ticket="${CSS.escape(this.focused)}"]`)?.focus(),
    );
  };

  private choose(ticket: string): void {
    this.focused = ticket;
    this.dispatchEvent(new CustomEvent("choose", { detail: { ticket }, bubbles: true, composed: true }));
  }
}

function spell(claim: Along): string {
  return `${toldWords(toldOf(claim))}: ${claimWords(claim)}, ${claim.spans.map(spanWords).join(", ")}`;
}

/** Return how many metres along the border a claim begins beyond what is looked at; 0 inside. */
export function beyond({ spans }: Pick<Along, "spans">, [start_m, end_m]: readonly [number, number]): number {
  const off = spans.map(([a, b]) => Math.max(0, start_m - b, a - end_m));
  return off.length === 0 ? 0 : Math.min(...off);
}

interface Edge {
  x: number;
  y: number;
  /** Where the arrow points, degrees clockwise from right. */
  turn: number;
}

/** Return, for each place outside a box, where its arrow stands at the edge; null for those inside. */
export function edges(places: readonly (readonly [number, number])[], width: number, height: number): (Edge | null)[] {
  const taken: Edge[] = [];
  return places.map(([x, y]) => {
    if (x >= 0 && x <= width && y >= 0 && y <= height) return null;
    const [mx, my] = [width / 2, height / 2];
    const turn = (Math.atan2(y - my, x - mx) * 180) / Math.PI;
    const edge: Edge = {
      x: Math.min(width - EDGE_PX, Math.max(EDGE_PX, x)),
      y: Math.min(height - EDGE_PX, Math.max(EDGE_PX, y)),
      turn,
    };
    // Those of one side stand below each other, as far as there is room.
    const step = edge.y > my ? -EDGE_STEP_PX : EDGE_STEP_PX;
    const isFree = (at: Edge): boolean => !taken.some((one) => Math.abs(one.x - at.x) < 60 && Math.abs(one.y - at.y) < EDGE_STEP_PX);
    for (let n = 0; n < 12 && !isFree(edge); n += 1) edge.y = Math.min(height - EDGE_PX, Math.max(EDGE_PX, edge.y + step));
    taken.push(edge);
    return edge;
  });
}

/** Return a bar per claim, from its first to its last metre; never too thin to be pressed. */
export function barsOf(claims: readonly Along[], scale: Scale): Bar[] {
  return claims.map((claim) => {
    // A place near the end of what is looked at can reach beyond it.
    const inside = (at_m: number): number => Math.min(scale.width, Math.max(0, xOf(scale, at_m)));
    const from = inside(Math.min(...claim.spans.map(([a]) => a)));
    const to = inside(Math.max(...claim.spans.map(([, b]) => b)));
    const x = Math.min(from, scale.width - LEAST_PX);
    return { claim, x, width: Math.max(LEAST_PX, to - x) };
  });
}

function partsOf({ line }: Along): Position[][] {
  if (line.type === "LineString") return [line.coordinates];
  return line.type === "MultiLineString" ? line.coordinates : [];
}

customElements.define("vallum-claim-lanes", ClaimLanes);
