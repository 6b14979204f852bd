/** `<vallum-grade-form>`: a grade in the words of the Admiralty scale, and why. */

import { css, html, nothing, type TemplateResult } from "lit";

import { partLook } from "../pages/pagelook.ts";
import { t, Worded } from "../words.ts";

export const LEAST_REASON = 10;
export const DIGITS = ["1", "2", "3", "4", "5", "6"] as const;
export const LETTERS = ["A", "B", "C", "D", "E", "F"] as const;

/**
 * Properties: `scale` ("digit" for claims, "letter" for sources), `value`, `basis`, `isBusy`.
 *
 * Events: `grade` {value, reason}; `typing` (whether something would be lost).
 */
export class GradeForm extends Worded {
  static override properties = {
    scale: { type: String },
    value: { type: String },
    basis: { type: String },
    isBusy: { type: Boolean },
    chosen: { state: true },
    reason: { state: true },
  };

  static override styles = [
    ...partLook,
    css`
      form {
        display: grid;
        gap: 10px;
        max-width: 720px;
      }
      .steps {
        display: grid;
        gap: 2px;
      }
      .check b {
        min-width: 1.2em;
      }
    `,
  ];

  scale: "digit" | "letter" = "digit";
  value = "";
  basis = "";
  isBusy = false;
  private chosen = "";
  private reason = "";

  /** Forget what was typed: it is saved. */
  clear(): void {
    this.chosen = "";
    this.reason = "";
    this.tell();
  }

  protected override render(): TemplateResult {
    const steps = this.scale === "digit" ? DIGITS : LETTERS;
    const chosen = this.chosen || this.value;
    const isReady = this.reason.trim().length >= LEAST_REASON;
    return html`<form @submit=${this.submit}>
      <fieldset>
        <legend>${t(`said.grade.${this.scale}`)}</legend>
        <div class="steps">
          ${steps.map(
            (step) =>
              html`<label class="check"
                ><input
                  type="radio"
                  name="grade"
                  value=${step}
                  .checked=${step === chosen}
                  @change=${() => {
                    this.chosen = step;
                    this.tell();
                  }}
                /><b>${step}</b> ${t(`said.${this.scale}.${step}`)}</label
              >`,
          )}
        </div>
      </fieldset>
      ${this.basis === "" ? nothing : html`<p class="small quiet">${t("said.grade.basis", { basis: this.basis })}</p>`}
      <div class="field">
        <label for="reason">${t("said.grade.reason")}</label>
        <input
          id="reason"
          autocomplete="off"
          aria-describedby="reason-hint"
          .value=${this.reason}
          @input=${(event: Event) => {
            this.reason = (event.target as HTMLInputElement).value;
            this.tell();
          }}
        />
        <span class="hint" id="reason-hint">${t(`said.grade.${this.scale}_hint`)}</span>
      </div>
      <div><button class="primary" ?disabled=${!isReady || this.isBusy}>${t("said.grade.save")}</button></div>
    </form>`;
  }

  private tell(): void {
    const detail = this.reason !== "" || (this.chosen !== "" && this.chosen !== this.value);
    this.dispatchEvent(new CustomEvent("typing", { detail, bubbles: true, composed: true }));
  }

  private readonly submit = (event: Event): void => {
    event.preventDefault();
    if (this.reason.trim().length < LEAST_REASON) return;
    const detail = { value: this.chosen || this.value, reason: this.reason.trim() };
    this.dispatchEvent(new CustomEvent("grade", { detail, bubbles: true, composed: true }));
  };
}

customElements.define("vallum-grade-form", GradeForm);
