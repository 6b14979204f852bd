/** `<vallum-reject-form>`: why a claim is rejected; a digit takes a common reason. */

import { css, html, type TemplateResult } from "lit";

import { partLook } from "../pages/pagelook.ts";
import { t, Worded } from "../words.ts";
import { LEAST_NOTE } from "./claimform.ts";

export const REASONS = ["not_said", "not_here", "twice", "misread"] as const;

/** Property: `isBusy`. Events: `reject` (the reason), `leave`. */
export class RejectForm extends Worded {
  static override properties = { isBusy: { type: Boolean }, why: { state: true } };

  static override styles = [
    ...partLook,
    css`
      form {
        display: grid;
        gap: 8px;
      }
      .reasons {
        display: grid;
        gap: 4px;
      }
      .reasons button {
        display: flex;
        gap: 8px;
        text-align: start;
      }
    `,
  ];

  isBusy = false;
  private why = "";

  override focus(): void {
    void this.updateComplete.then(() => this.renderRoot.querySelector<HTMLElement>("button")?.focus());
  }

  protected override render(): TemplateResult {
    return html`<form @submit=${this.submit} @keydown=${this.onKey}>
      <p id="head"><strong>${t("said.reject.head")}</strong></p>
      <div class="reasons" role="group" aria-labelledby="head">
        ${REASONS.map(
          (reason, i) =>
            html`<button type="button" ?disabled=${this.isBusy} @click=${() => this.send(t(`said.reject.${reason}`))}>
              <kbd aria-hidden="true">${i + 1}</kbd>${t(`said.reject.${reason}`)}
            </button>`,
        )}
      </div>
      <div class="field">
        <label for="why">${t("said.reject.other")}</label>
        <input
          id="why"
          autocomplete="off"
          aria-describedby="why-hint"
          .value=${this.why}
          @input=${(event: Event) => {
            this.why = (event.target as HTMLInputElement).value;
          }}
        />
        <span class="hint" id="why-hint">${t("said.form.note_hint")}</span>
      </div>
      <div class="row">
        <button class="primary" ?disabled=${this.isBusy || this.why.trim().length < LEAST_NOTE}>${t("said.do.reject")}</button>
        <button type="button" @click=${this.leave}>${t("pages.cancel")}</button>
      </div>
    </form>`;
  }

  private readonly submit = (event: Event): void => {
    event.preventDefault();
    if (this.why.trim().length >= LEAST_NOTE) this.send(this.why.trim());
  };

  private readonly onKey = (event: KeyboardEvent): void => {
    if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Escape") {
      event.preventDefault();
      event.stopPropagation();
      this.leave();
      return;
    }
    if ((event.composedPath()[0] as Element).matches("input")) return;
    const reason = REASONS[Number(event.key) - 1];
    if (reason === undefined || this.isBusy || event.repeat) return;
    event.preventDefault();
    event.stopPropagation();
    this.send(t(`said.reject.${reason}`));
  };

  private send(why: string): void {
    this.dispatchEvent(new CustomEvent("reject", { detail: why, bubbles: true, composed: true }));
  }

  private readonly leave = (): void => {
    this.dispatchEvent(new CustomEvent("leave", { bubbles: true, composed: true }));
  };
}

customElements.define("vallum-reject-form", RejectForm);
