/** `<vallum-daterail>`: every image of the place in time order; which two are on screen, and what they say. */

import { html, nothing, svg, type PropertyValues, type TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";

import { markLook, markShape } from "./line/marks.ts";
import { railLook } from "./line/raillook.ts";
import { beside, inTime, markOf, timeBars, years, type Mark } from "./line/rail.ts";
import type { Image, Side } from "./types.ts";
import { language, t, when, Worded } from "./words.ts";

const LANE_PX = 6;
const MOST_LANES = 5;
const YEARS_PX = 14;

/**
 * The rail of dates.
 *
 * Properties: `images`, `left` and `right` (scene ids on screen), `side` (which one the next pick
 * changes), `asked` (scene id that dating asks about). Event: `pick` {scene, side}. Methods:
 * `earlier()`, `later()` for the keys.
 */
export class VallumDaterail extends Worded {
  static override properties = {
    images: { attribute: false },
    left: { type: String },
    right: { type: String },
    side: { type: String },
    asked: { type: String },
    width: { state: true },
    focused: { state: true },
  };

  declare images: Image[];
  declare left: string;
  declare right: string;
  declare side: Side;
  declare asked: string;
  declare width: number;
  declare focused: string;

  private readonly sizes = new ResizeObserver(([entry]) => {
    if (entry) this.width = Math.floor(entry.contentRect.width);
  });

  private box: Element | null = null;

  constructor() {
    super();
    this.images = [];
    this.left = "";
    this.right = "";
    this.side = "right";
    this.asked = "";
    this.width = 0;
    this.focused = "";
  }

  static override styles = [markLook, railLook];

  override disconnectedCallback(): void {
    this.sizes.disconnect();
    this.box = null;
    super.disconnectedCallback();
  }

  protected override willUpdate(): void {
    if (!this.images.some((image) => image.scene === this.focused)) {
      this.focused = this[this.side] || inTime(this.images)[0]?.scene || "";
    }
  }

  protected override updated(changed: PropertyValues<this>): void {
    const box = this.renderRoot.querySelector(".time");
    if (box !== this.box) {
      this.sizes.disconnect();
      if (box) this.sizes.observe(box);
      this.box = box;
    }
    const moved = (["left", "right", "asked", "images"] as const).some((name) => changed.has(name));
    if (moved) this.reveal(this.asked || this[this.side]);
  }

  /** Put the next older image on the side in use; says whether there was one. */
  earlier(): boolean {
    return this.move(-1);
  }

  /** Put the next newer image on the side in use; says whether there was one. */
  later(): boolean {
    return this.move(1);
  }

  private move(by: number): boolean {
    const image = beside(this.images, this[this.side], by);
    if (!image) return false;
    this.pick(image.scene, this.side);
    return true;
  }

  protected override render(): TemplateResult | typeof nothing {
    if (this.images.length === 0) return html`<p>${t("rail.none")}</p>`;
    const row = inTime(this.images);
    return html`<div class="head">
        <fieldset class="sides">
          <legend>${t("rail.change")}</legend>
          ${(["left", "right"] as const).map(
            (side) =>
              html`<button type="button" aria-pressed=${this.side === side} @click=${() => (this.side = side)}>
                ${t(`rail.${side}`)}
              </button>`,
          )}
        </fieldset>
        <span>${t("rail.count", { n: row.length })}. ${this.onScreen()}</span>
        <div class="time">${this.timeline()}</div>
      </div>
      <div class="row" role="group" aria-label=${t("rail.label")} @keydown=${this.onKey}>
        ${repeat(
          row,
          (image) => image.scene,
          (image) => this.cell(image),
        )}
      </div>`;
  }

  private onScreen(): string {
    const say = (scene: string): string => {
      const image = this.images.find((one) => one.scene === scene);
      return image ? when(image.taken[0], image.taken[1]) : "–";
    };
    return t("rail.on_screen", { left: say(this.left), right: say(this.right) });
  }

  /** Intervals true to time: a bar from the earliest to the latest day that an image may be of. */
  private timeline(): TemplateResult | typeof nothing {
    const { bars, n_lanes, from, to } = timeBars(this.images, this.width);
    if (bars.length < 2 || this.width < 100) return nothing;
    const lanes = Math.min(MOST_LANES, n_lanes);
    const high = lanes * LANE_PX + 4;
    const image = new Map(this.images.map((one) => [one.scene, one]));
    return html`<svg width=${this.width} height=${high + YEARS_PX} aria-hidden="true">
      <line class="rule" x1="0" x2=${this.width} y1=${high - 0.5} y2=${high - 0.5}></line>
      ${years(from, to, this.width).map(
        ({ year, x }) => svg`<line class="rule" x1=${x} x2=${x} y1=${high} y2=${high + 4}></line>
          <text x=${x + 3} y=${high + 11}>${year}</text>`,
      )}
      ${bars.map((bar) => {
        const one = image.get(bar.scene);
        const mark = one ? markOf(one) : "unseen";
        // Full bars say something; thin ones do not. Hollow is absent.
        const thin = mark === "unseen" || mark === "hidden" ? 1 : 0;
        const y = (bar.lane % MOST_LANES) * LANE_PX + 2;
        const isShown = bar.scene === this.left || bar.scene === this.right;
        return svg`<rect class="bar ${mark}" x=${bar.x} y=${y + thin} width=${bar.width} height=${LANE_PX - 2 - 2 * thin}
            @click=${(event: MouseEvent) => this.pick(bar.scene, this.sideFor(event))}></rect>
          ${isShown ? svg`<rect class="shown" x=${bar.x - 1.5} y=${y - 1.5} width=${bar.width + 3} height=${LANE_PX + 1}></rect>` : nothing}`;
      })}
    </svg>`;
  }

  private cell(image: Image): TemplateResult {
    const mark = markOf(image);
    const shown = (["left", "right"] as const).filter((side) => this[side] === image.scene);
    const look = [
      "cell",
      shown.length > 0 ? "on" : "",
      image.is_aligned ? "" : "loose",
      image.scene === this.asked ? "asked" : "",
    ].join(" ");
    return html`<button
      type="button"
      class=${look}
      data-scene=${image.scene}
      tabindex=${image.scene === this.focused ? "0" : "-1"}
      aria-current=${shown.length > 0 ? "true" : "false"}
      aria-label=${this.spell(image, mark, shown)}
      title=${this.spell(image, mark, shown)}
      @focus=${() => (this.focused = image.scene)}
      @click=${(event: MouseEvent) => this.pick(image.scene, this.sideFor(event))}
    >
      <span class="date"
        >${short(image)}${image.scene === this.asked ? html`<span class="badge ask">?</span>` : nothing}${shown.map((side) => html`<span class="badge">${t(`rail.badge_${side}`)}</span>`)}</span
      >
      <span class="says"
        >${markShape(mark)}${t(`rail.mark_${mark}`)}
        ${image.is_aligned ? nothing : html`<span class="warn">${t("rail.unaligned")}</span>`}</span
      >
    </button>`;
  }

  private spell(image: Image, mark: Mark, shown: Side[]): string {
    const parts = [when(image.taken[0], image.taken[1]), image.name, t(`rail.mark_${mark}`)];
    if (image.stage) parts.push(t(`stage.${image.stage}`));
    if (image.mine) parts.push(t("rail.mine"));
    else if (image.seen) parts.push(t("rail.machine"));
    if (!image.is_aligned) parts.push(t("rail.unaligned"));
    if (image.why_not) parts.push(image.why_not);
    if (image.scene === this.asked) parts.push(t("rail.asked"));
    parts.push(...shown.map((side) => t(`rail.shown_${side}`)));
    return parts.filter((part) => part !== "").join(", ");
  }

  /** Shift takes the other side. */
  private sideFor(event: MouseEvent): Side {
    if (!event.shiftKey) return this.side;
    return this.side === "left" ? "right" : "left";
  }

  private pick(scene: string, side: Side): void {
    this.focused = scene;
    this.dispatchEvent(new CustomEvent("pick", { detail: { scene, side }, bubbles: true, composed: true }));
  }

  private readonly onKey = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Enter" || event.key === " ") event.stopPropagation();
    const by: Record<string, number> = { ArrowLeft: -1, ArrowRight: 1, Home: -Infinity, End: Infinity };
    const move = by[event.key];
    if (move === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    const row = inTime(this.images);
    const at = row.findIndex((image) => image.scene === this.focused);
    const to = row[Math.min(row.length - 1, Math.max(0, at + move))];
    if (!to) return;
    this.focused = to.scene;
    void this.updateComplete.then(() => this.cellOf(to.scene)?.focus());
  };

  private cellOf(scene: string): HTMLElement | null {
    return this.renderRoot.querySelector<HTMLElement>(`.cell[data-scene="${CSS.escape(scene)}"]`);
  }

  /** Bring a cell into the row without moving the page. */
  private reveal(scene: string): void {
    const cell = this.cellOf(scene);
    const row = cell?.parentElement;
    if (!cell || !row) return;
    const left = cell.offsetLeft - row.offsetLeft;
    if (left < row.scrollLeft || left + cell.offsetWidth > row.scrollLeft + row.clientWidth) {
      row.scrollLeft = left - (row.clientWidth - cell.offsetWidth) / 2;
    }
  }
}

/** The date as it fits in a cell: a day, or the months of an interval. */
function short(image: Image): string {
  const [from, to] = [image.taken[0] ?? image.taken[1], image.taken[1] ?? image.taken[0]];
  if (!from || !to) return t("when.unknown");
  const isDay = from.slice(0, 10) === to.slice(0, 10);
  if (isDay) return when(from);
  const spell = new Intl.DateTimeFormat(language(), { timeZone: "UTC", year: "numeric", month: "short" });
  return spell.formatRange(new Date(from), new Date(to));
}

declare global {
  interface HTMLElementTagNameMap {
    "vallum-daterail": VallumDaterail;
  }
}

customElements.define("vallum-daterail", VallumDaterail);
