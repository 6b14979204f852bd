/** `<vallum-compare>`: two pictures of one place, swiped, side by side, or blinking. */

import { css, html, nothing, type PropertyDeclarations, type TemplateResult } from "lit";

import { Blinker, DEFAULT_SWAPS } from "../maps/blinker.ts";
import { t, Worded } from "../words.ts";
import { chartLook } from "./look.ts";

type Way = "swipe" | "beside" | "blink";
const WAYS: Way[] = ["swipe", "beside", "blink"];

/**
 * Holds two `<img>` in its light DOM, before and after: without script they stand side by side.
 *
 * The slider is a native range input; the pointer on the pictures moves it too.
 */
export class Compare extends Worded {
  static override properties: PropertyDeclarations = {
    way: { state: true },
    share: { state: true },
    isAfter: { state: true },
    isStill: { state: true },
    words: {},
  };

  declare way: Way;
  /** Percent of the later picture that is uncovered, from the right. */
  declare share: number;
  declare isAfter: boolean;
  declare isStill: boolean;
  /** Pixels of words above, under and at the top of the ground in both pictures, as "58 136 66". */
  declare words: string;

  private readonly blinker = new Blinker(() => (this.isAfter = !this.isAfter));

  static override styles = [
    chartLook,
    css`
      .two {
        position: relative;
        touch-action: pan-y;
        max-width: 640px;
        user-select: none;
      }
      .two.beside {
        display: grid;
        grid-template-columns: 1fr 1fr;
        gap: 8px;
        max-width: none;
      }
      .swipe ::slotted(img:last-of-type),
      .blink ::slotted(img:last-of-type) {
        position: absolute;
        inset: 0;
      }
      .swipe ::slotted(img:last-of-type) {
        /* The edge runs through the ground alone; above it each date stands on its own half. */
        clip-path: polygon(
          50% 0,
          100% 0,
          100% calc(100% - var(--foot, 0%)),
          var(--at, 50%) calc(100% - var(--foot, 0%)),
          var(--at, 50%) var(--head, 0%),
          50% var(--head, 0%)
        );
      }
      .blink.first ::slotted(img:last-of-type) {
        visibility: hidden;
      }
      ::slotted(img) {
        display: block;
        width: 100%;
        height: auto;
      }
      .edge {
        display: none;
      }
      .swipe .edge {
        display: block;
        position: absolute;
        inset: var(--edge, 0%) auto var(--foot, 0%) var(--at, 50%);
        width: 0;
        border-left: 3px solid #fff;
        box-shadow: 0 0 0 1px #1a1a1a;
        pointer-events: none;
      }
      .edge::after {
        content: "⇔";
        position: absolute;
        top: 86%; /* never on the thing itself, which stands in the middle */
        left: -18px;
        width: 33px;
        height: 33px;
        border-radius: 50%;
        background: #fff;
        color: #1a1a1a;
        border: 1px solid #1a1a1a;
        text-align: center;
        line-height: 31px;
        transform: translateY(-50%);
      }
      input {
        display: block;
        width: min(640px, 100%);
        min-height: 32px;
        margin: 0.3rem 0 0;
      }
      .swipe {
        cursor: ew-resize;
      }
      .tools {
        margin: 0.6rem 0 0;
      }
      @media (max-width: 480px) {
        .two.beside {
          grid-template-columns: 1fr;
        }
      }
      @media print {
        .tools,
        input,
        .edge {
          display: none !important;
        }
        .two {
          display: grid;
          grid-template-columns: 1fr 1fr;
          gap: 8px;
          max-width: none;
        }
        .two ::slotted(img:last-of-type) {
          position: static !important;
          clip-path: none !important;
          visibility: visible !important;
        }
      }
    `,
  ];

  constructor() {
    super();
    this.way = "swipe";
    this.share = 50;
    this.isAfter = true;
    this.isStill = false;
    this.words = "";
  }

  override disconnectedCallback(): void {
    this.blinker.stop();
    super.disconnectedCallback();
  }

  protected override render(): TemplateResult {
    const names: Record<Way, string> = {
      swipe: t("swipe.swipe"),
      beside: t("swipe.beside"),
      blink: this.way === "blink" ? t("swipe.stop") : t("swipe.blink"),
    };
    return html`<div class="two ${this.way} ${this.isAfter ? "" : "first"}" @pointerdown=${this.onPointer} @pointermove=${this.onPointer}>
        <slot></slot><span class="edge" aria-hidden="true"></span>
      </div>
      ${
        this.way === "swipe"
          ? html`<input type="range" min="0" max="100" .value=${String(100 - this.share)} aria-label=${t("swipe.slider")} @input=${this.onSlide} />`
          : nothing
      }
      <div class="tools" role="group" aria-label=${t("swipe.way")}>
        ${WAYS.map(
          (way) =>
            html`<button type="button" aria-pressed=${this.way === way ? "true" : "false"} @click=${() => this.choose(way)}>${names[way]}</button>`,
        )}
      </div>
      ${this.isStill ? html`<p class="small" role="status">${t("swipe.still")}</p>` : nothing}`;
  }

  protected override updated(): void {
    const two = this.renderRoot.querySelector<HTMLElement>(".two");
    two?.style.setProperty("--at", `${100 - this.share}%`);
    const tall = Number(this.querySelector("img")?.getAttribute("height") ?? 0);
    const [head = 0, foot = 0, stamp = 0] = this.words.split(" ").map(Number);
    if (!two || tall <= 0) return;
    two.style.setProperty("--head", `${((100 * head) / tall).toFixed(2)}%`);
    two.style.setProperty("--edge", `${((100 * (head + stamp)) / tall).toFixed(2)}%`);
    two.style.setProperty("--foot", `${((100 * foot) / tall).toFixed(2)}%`);
  }

  private choose(way: Way): void {
    this.blinker.stop();
    this.isAfter = true;
    this.isStill = false;
    if (way === "blink") {
      if (this.way === "blink") way = "swipe";
      else if (!this.blinker.start(DEFAULT_SWAPS)) [way, this.isStill] = ["beside", true];
    }
    this.way = way;
  }

  /** The slider runs with the edge: to the right, more of the earlier picture. */
  private readonly onSlide = (event: Event): void => {
    this.share = 100 - Number((event.target as HTMLInputElement).value);
  };

  private readonly onPointer = (event: PointerEvent): void => {
    if (this.way !== "swipe" || (event.type === "pointermove" && event.buttons !== 1)) return;
    const box = event.currentTarget as HTMLElement;
    if (event.type === "pointerdown") box.setPointerCapture(event.pointerId);
    event.preventDefault();
    const { left, width } = box.getBoundingClientRect();
    this.share = Math.round(100 * (1 - Math.min(1, Math.max(0, (event.clientX - left) / width))));
  };
}

customElements.define("vallum-compare", Compare);
