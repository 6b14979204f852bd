/** `<vallum-shot-pane>`: a screenshot on which places are marked; units are its pixels. */

import { css, html, svg, type TemplateResult } from "lit";

import { t } from "../words.ts";
import { icon, Plane } from "./plane.ts";
import { fitting, toScreen, type View } from "./view.ts";

const QUARTER = 90;
const PIXELATED_FROM = 3;

export class ShotPane extends Plane {
  static override properties = {
    ...Plane.properties,
    src: { type: String },
    wide: { type: Number },
    high: { type: Number },
    name: { type: String },
    isBroken: { state: true },
  };

  static override styles = [
    ...Plane.styles,
    css`
      image.near {
        image-rendering: pixelated;
      }
    `,
  ];

  src = "";
  wide = 0;
  high = 0;
  name = "";
  private isBroken = false;

  /** Turn the picture, degrees clockwise. */
  turnTo(degrees: number): void {
    if (this.view === null) return;
    this.view = { ...this.view, turn: ((degrees % 360) + 360) % 360 };
  }

  protected override begin(): void {
    if (this.box !== null) this.view = fitting(this.box, this.size, 0, 1);
  }

  protected override willUpdate(changed: Map<string, unknown>): void {
    if (changed.has("src")) {
      this.isBroken = false;
      if (this.size.width > 0) this.begin();
    }
  }

  protected override get box(): readonly [number, number, number, number] | null {
    return this.wide > 0 && this.high > 0 ? [0, 0, this.wide, this.high] : null;
  }

  protected override get reach(): readonly [number, number] {
    return [0.02, 40];
  }

  protected override get label(): string {
    return t("placing.picture_label", { name: this.name });
  }

  protected override ground(view: View): unknown {
    const [x, y] = toScreen(view, this.size, [0, 0]);
    return svg`<g transform="translate(${x} ${y}) rotate(${view.turn}) scale(${view.k})">
      <image class=${view.k > PIXELATED_FROM ? "near" : ""} href=${this.src} width=${this.wide} height=${this.high}
        preserveAspectRatio="none" @error=${() => (this.isBroken = true)}></image></g>`;
  }

  protected override corners(): TemplateResult {
    return html`${this.isBroken
      ? html`<span class="over top" role="status">${t("placing.picture_broken")}</span>`
      : html`<span class="over low">${t("placing.picture")}</span>`}`;
  }

  protected override moreTools(): TemplateResult {
    return html`<button
      type="button"
      aria-label=${t("placing.turn")}
      title=${t("placing.turn")}
      @click=${() => this.turnTo((this.view?.turn ?? 0) + QUARTER)}
    >
      ${icon("M13 8A5 5 0 1 1 11 4M11 1V5H7")}
    </button>`;
  }
}

customElements.define("vallum-shot-pane", ShotPane);
