/** `<vallum-ribbon>`: the border here, straightened, before and after; to navigate, never to measure. */

import { html, nothing, svg, type PropertyValues, type TemplateResult } from "lit";

import { pictures } from "./api.ts";
import { chainageAt, crowded, onePerPlace, ribbonLayout, shareOf, yOf, type RibbonLayout } from "./line/chip.ts";
import { ribbonLook } from "./line/ribbonlook.ts";
import type { RibbonItem } from "./types.ts";
import { km, metres, t, Worded } from "./words.ts";

type Side = "before" | "after";
const SIDES: Side[] = ["before", "after"];
const NEAR_PX = 14; // a click this near to a ring means the ring
const ROUND_PX = 40; // pictures are asked in steps of this width, so that resizing asks few
const MOST_PX = 2000;
const MOST_PLACES = 300;

/** What the server says of a ribbon; shares are from the left and from the top, 0..1. */
export interface RibbonMeta {
  start_m: number;
  end_m: number;
  half_m: number;
  /** The border itself, at even steps of chainage. */
  line: [number, number][];
  /** The places that were asked, in the order asked. */
  items: { x: number; y: number }[];
}

/** A ring, and where it lies on the picture. */
interface Ring {
  item: RibbonItem;
  x: number;
  y: number;
}

/**
 * Two ribbons over `length_m` from `start_m`; of length 0 they wait, or stay where they were.
 *
 * Properties: `start_m`, `length_m`, `items` (rings), `current` (ticket), `dates` {before, after} in
 * words. How the ribbon lies is asked of the server here, since only its axis says where on the
 * picture a place is. Event: `go` {at_m, ticket?}.
 */
export class VallumRibbon extends Worded {
  static override properties = {
    start_m: { type: Number },
    length_m: { type: Number },
    items: { attribute: false },
    current: { type: String },
    dates: { attribute: false },
    width: { state: true },
    asked: { state: true },
    failed: { state: true },
    hair: { state: true },
    focused: { state: true },
  };

  declare start_m: number;
  declare length_m: number;
  declare items: RibbonItem[];
  declare current: string;
  declare dates: { before: string; after: string };
  declare width: number;
  declare asked: RibbonMeta | null;
  declare failed: ReadonlySet<Side>;
  /** Where the pointer is on either picture, as a share of the width. */
  declare hair: number | null;
  declare focused: number;

  private wish = "";
  /** The wish that `asked` answers; until the next answer the last ribbon stays. */
  private told = "";
  private readonly sizes = new ResizeObserver(([entry]) => {
    if (entry) this.width = Math.floor(entry.contentRect.width);
  });

  constructor() {
    super();
    this.start_m = 0;
    this.length_m = 4000;
    this.items = [];
    this.current = "";
    this.dates = { before: "", after: "" };
    this.width = 0;
    this.asked = null;
    this.failed = new Set();
    this.hair = null;
    this.focused = 0;
  }

  static override styles = ribbonLook;

  override connectedCallback(): void {
    super.connectedCallback();
    this.sizes.observe(this);
  }

  override disconnectedCallback(): void {
    this.sizes.disconnect();
    super.disconnectedCallback();
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (this.width === 0) this.width = Math.max(0, this.clientWidth - 20);
    if (changed.has("asked")) this.failed = new Set();
    if (changed.has("start_m") || changed.has("length_m") || changed.has("items")) void this.ask();
    if (changed.has("current") || changed.has("items")) {
      const at = this.shown().findIndex((item) => item.ticket === this.current);
      if (at >= 0) this.focused = at;
    }
  }

  /** Ask the server how the ribbon lies and where the rings are on it. */
  private async ask(): Promise<void> {
    if (this.length_m <= 0) return;
    const query = new URLSearchParams({ start_m: String(this.start_m), length_m: String(this.length_m) });
    for (const { at_m, off_m } of this.shown().slice(0, MOST_PLACES)) {
      query.append("item", `${Math.round(at_m)},${off_m.toFixed(1)}`);
    }
    const wish = query.toString();
    if (wish === this.wish) return;
    this.wish = wish;
    try {
      const answer = await fetch(`/api/ribbon?${wish}`, { headers: { accept: "application/json" } });
      if (!answer.ok) throw new Error(String(answer.status));
      const told = (await answer.json()) as RibbonMeta;
      if (wish !== this.wish) return;
      this.asked = told;
      this.told = wish;
    } catch {
      // The strip and the map work on; the page itself says why the server is silent.
      if (wish === this.wish) this.wish = "";
    }
  }

  /** The items of this stretch, along the border. */
  private shown(): RibbonItem[] {
    const end_m = this.start_m + this.length_m;
    const inside = this.items.filter((item) => item.at_m >= this.start_m && item.at_m <= end_m);
    return onePerPlace(inside, this.current).sort((a, b) => a.at_m - b.at_m);
  }

  /** Where the rings are: as the server says, evenly until it did. */
  private rings(meta: RibbonMeta, layout: RibbonLayout): Ring[] {
    const items = this.shown();
    const isTold = this.told === this.wish;
    return items.map((item, i) => {
      const told = isTold ? meta.items[i] : undefined;
      const x = told?.x ?? (item.at_m - meta.start_m) / (meta.end_m - meta.start_m);
      return { item, x: x * layout.width, y: yOf(told?.y ?? shareOf(item.off_m, meta.half_m), layout) };
    });
  }

  protected override render(): TemplateResult {
    const meta = this.asked;
    if (!meta || this.width <= 0 || meta.end_m <= meta.start_m) {
      return html`<div class="foot">${t("ribbon.waiting")}</div>`;
    }
    const layout = ribbonLayout(this.width, meta.end_m - meta.start_m, meta.half_m);
    const rings = this.rings(meta, layout);
    const [from, to] = [km(meta.start_m), km(meta.end_m)];
    return html`<div
        class="pair ${layout.isBeside ? "beside" : ""}"
        role="group"
        aria-label=${t("ribbon.label", { from, to })}
        @keydown=${this.onKey}
      >
        ${SIDES.map((side) => this.pane(side, layout, meta, rings))}
      </div>
      <div class="foot">
        <span>${from} – ${to}</span>
        <span>${t("ribbon.half", { half: metres(meta.half_m) })} · <em>${t("ribbon.note")}</em></span>
      </div>`;
  }

  private pane(side: Side, layout: RibbonLayout, meta: RibbonMeta, rings: Ring[]): TemplateResult {
    const says = t(`ribbon.${side}`);
    const packed = crowded(rings, NEAR_PX);
    const date = this.dates[side];
    return html`<div
      class="pane"
      .style=${`height:${layout.height}px`}
      @click=${(event: MouseEvent) => this.onClick(event, layout, meta, rings)}
      @pointermove=${(event: PointerEvent) => (this.hair = over(event).x / layout.width)}
      @pointerleave=${() => (this.hair = null)}
    >
      ${this.failed.has(side)
        ? html`<div class="none">${t("ribbon.no_picture")}</div>`
        : html`<img
            src=${this.address(side, layout, meta)}
            alt=${t("ribbon.alt", { side: says, date, from: km(meta.start_m) })}
            draggable="false"
            @error=${() => (this.failed = new Set([...this.failed, side]))}
          />`}
      ${border(meta.line, layout)} ${rings.map((ring, i) => this.ring(ring, i, rings.length, side, packed[i] === true))}
      ${this.hair === null ? nothing : html`<div class="hair" .style=${`left:${this.hair * layout.width}px`}></div>`}
      <div class="says">${date ? `${says} · ${date}` : says}</div>
    </div>`;
  }

  private address(side: Side, layout: RibbonLayout, meta: RibbonMeta): string {
    const width = Math.min(MOST_PX, Math.ceil(layout.width / ROUND_PX) * ROUND_PX);
    const height = Math.min(1000, Math.max(16, Math.round((layout.full * width) / layout.width)));
    const { start_m, end_m } = meta;
    return pictures.ribbon(side, { start_m, length_m: end_m - start_m, width, height });
  }

  /** Rings of the first ribbon are buttons; those of the second are the same, for the eye only. */
  private ring({ item, x, y }: Ring, i: number, n: number, side: Side, isPacked: boolean): TemplateResult {
    const isCurrent = item.ticket !== undefined && item.ticket === this.current;
    const look = `ring ${item.answer ? "answered" : ""} ${isCurrent ? "current" : isPacked ? "dot" : ""}`;
    const place = `left:${x.toFixed(1)}px;top:${y.toFixed(1)}px`;
    if (side === "after") return html`<span class=${look} .style=${place} aria-hidden="true"></span>`;
    const state = isCurrent ? "ribbon.current" : item.answer ? "ribbon.answered" : "ribbon.open";
    return html`<button
      type="button"
      class=${look}
      .style=${place}
      tabindex=${i === Math.min(this.focused, n - 1) ? "0" : "-1"}
      aria-current=${isCurrent ? "true" : "false"}
      aria-label="${km(item.at_m, 2)}, ${t(state)}"
      @click=${(event: MouseEvent) => {
        event.stopPropagation();
        this.go(item.at_m, item.ticket);
      }}
    ></button>`;
  }

  private onClick(event: MouseEvent, layout: RibbonLayout, meta: RibbonMeta, rings: Ring[]): void {
    const { x, y } = over(event);
    const far = (ring: Ring): number => Math.hypot(ring.x - x, ring.y - y);
    const nearest = [...rings].sort((a, b) => far(a) - far(b))[0];
    if (nearest && far(nearest) <= NEAR_PX) this.go(nearest.item.at_m, nearest.item.ticket);
    else this.go(chainageAt(x / layout.width, [meta.start_m, meta.end_m], meta.line));
  }

  private readonly onKey = (event: KeyboardEvent): void => {
    const n = this.shown().length;
    const to: Record<string, number> = {
      ArrowLeft: this.focused - 1,
      ArrowRight: this.focused + 1,
      Home: 0,
      End: n - 1,
    };
    const at = to[event.key];
    if (event.key === "Enter" || event.key === " ") event.stopPropagation();
    if (at === undefined || n === 0 || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    this.focused = Math.min(n - 1, Math.max(0, at));
    void this.updateComplete.then(() => {
      this.renderRoot.querySelector<HTMLElement>('.ring[tabindex="0"]')?.focus();
    });
  };

  private go(at_m: number, ticket?: string): void {
    const detail = ticket === undefined ? { at_m } : { at_m, ticket };
    this.dispatchEvent(new CustomEvent("go", { detail, bubbles: true, composed: true }));
  }
}

/** Where in a pane the pointer is, in pixels. */
function over(event: MouseEvent): { x: number; y: number } {
  const frame = (event.currentTarget as HTMLElement).getBoundingClientRect();
  return { x: event.clientX - frame.left, y: event.clientY - frame.top };
}

/** The border itself, which winds about the smoothed axis. */
function border(line: readonly [number, number][], layout: RibbonLayout): TemplateResult {
  const points = line.map(([x, y]) => `${(x * layout.width).toFixed(1)} ${yOf(y, layout, -999).toFixed(1)}`);
  return html`<svg class="border" width=${layout.width} height=${layout.height} aria-hidden="true">
    ${points.length > 1 ? svg`<path d="M${points.join("L")}"></path>` : nothing}
  </svg>`;
}

declare global {
  interface HTMLElementTagNameMap {
    "vallum-ribbon": VallumRibbon;
  }
}

customElements.define("vallum-ribbon", VallumRibbon);
