/** `<vallum-tour>`: six steps through the demo border, out of the way, closed for good when wished. */

import { css, html } from "lit";
import type { TemplateResult } from "lit";

import { look } from "../look.ts";
import { t, Worded } from "../words.ts";

const KEPT = "vallum.tour";
const CLOSED = "closed";

/** Where each step is to be seen. */
export const STEPS = [
  { key: "coverage", hash: "#/coverage" },
  { key: "strip", hash: "#/review/triage" },
  { key: "compare", hash: "#/review/triage" },
  { key: "decide", hash: "#/review/triage" },
  { key: "sheet", hash: "#/review/sheet" },
  { key: "report", hash: "#/report" },
] as const;

export class Tour extends Worded {
  static override properties = { step: { state: true } };

  static override styles = [
    look,
    css`
      :host {
        position: fixed;
        z-index: 40;
        inset-inline-start: 12px;
        bottom: 12px;
        width: min(380px, calc(100vw - 24px));
        max-height: calc(100vh - 24px);
        overflow: auto;
        padding: 14px;
        border: 2px solid var(--accent);
        border-radius: var(--radius);
        background: var(--panel);
        box-shadow: 0 8px 32px rgb(0 0 0 / 0.6);
      }
      section {
        display: grid;
        gap: 8px;
      }
      .close {
        min-width: 28px;
        padding: 0 8px;
      }
    `,
  ];

  private step = Math.min(STEPS.length - 1, Math.max(0, Number(kept()) || 0));

  protected override render(): TemplateResult {
    const { key, hash } = STEPS[this.step] ?? STEPS[0];
    const isLast = this.step === STEPS.length - 1;
    return html`<section aria-labelledby="title">
      <div class="row spread">
        <span class="small quiet"
          >${t("tour.step", { n: this.step + 1, all: STEPS.length })}</span
        >
        <button class="plain close" type="button" aria-label=${t("tour.close")} @click=${this.close}>
          ✕
        </button>
      </div>
      <h2 id="title">${t(`tour.${key}`)}</h2>
      <p aria-live="polite">${t(`tour.${key}_text`)}</p>
      <div class="row spread">
        <a class="button" href=${hash}>${t("tour.there")}</a>
        <span class="row">
          <button type="button" ?disabled=${this.step === 0} @click=${() => this.go(-1)}>
            ${t("tour.back")}
          </button>
          <button class="primary" type="button" @click=${isLast ? this.close : () => this.go(1)}>
            ${t(isLast ? "tour.end" : "tour.next")}
          </button>
        </span>
      </div>
    </section>`;
  }

  private go(by: number): void {
    this.step += by;
    keep(String(this.step));
    location.hash = (STEPS[this.step] ?? STEPS[0]).hash;
  }

  private readonly close = (): void => {
    keep(CLOSED);
    this.remove();
  };
}

customElements.define("vallum-tour", Tour);

/** Begin the tour, or bring it back. */
export function showTour(): void {
  keep("0");
  document.querySelector("vallum-tour")?.remove();
  document.body.append(document.createElement("vallum-tour"));
}

/** Go on with a tour that a reload interrupted. */
export function resumeTour(): void {
  const step = kept();
  if (step === "" || step === CLOSED || document.querySelector("vallum-tour")) return;
  document.body.append(document.createElement("vallum-tour"));
}

/** Say whether the tour was closed in this browser, so that it does not come by itself. */
export function isTourClosed(): boolean {
  return kept() === CLOSED;
}

function kept(): string {
  try {
    return localStorage.getItem(KEPT) ?? "";
  } catch {
    return CLOSED;
  }
}

function keep(step: string): void {
  try {
    localStorage.setItem(KEPT, step);
  } catch {
    // A browser that keeps nothing shows the tour each time it is asked for.
  }
}
