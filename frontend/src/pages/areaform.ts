/** `<vallum-area-form>`: an area that is chosen for what it is, read as a whole, never extrapolated. */

import { css, html, nothing } from "lit";
import type { TemplateResult } from "lit";

import type { SampleBody, Stretch } from "../types.ts";
import { number, t, Worded } from "../words.ts";
import { partLook } from "./pagelook.ts";

type Field = "from" | "to" | "why";

/** Return metres along the border from kilometres as they are typed; null where they are none. */
export function readKm(text: string): number | null {
  const typed = text.trim().replace(",", ".");
  return /^\d{1,6}(\.\d{1,3})?$/.test(typed) ? Math.round(Number(typed) * 1000) : null;
}

/** Properties: `isBusy`, `extent`. Event: `draw` (SampleBody). */
export class AreaForm extends Worded {
  static override properties = {
    isBusy: { type: Boolean },
    extent: { attribute: false },
    wrong: { state: true },
  };

  static override styles = [
    ...partLook,
    css`
      :host {
        padding: 8px 0 0;
      }
      form {
        display: grid;
        gap: 12px;
      }
      form .fields {
        grid-template-columns: 140px 140px minmax(min(100%, 260px), 1fr);
      }
      @media (max-width: 720px) {
        form .fields {
          grid-template-columns: 1fr;
        }
      }
    `,
  ];

  isBusy = false;
  extent: Stretch | null = null;
  private typed: Record<Field, string> = { from: "", to: "", why: "" };
  private wrong: Field[] = [];

  protected override render(): TemplateResult {
    return html`<form @submit=${this.submit} novalidate>
      <p class="note warn">${t("sample.area_text")}</p>
      <div class="fields">${this.field("from")} ${this.field("to")} ${this.field("why")}</div>
      <div class="row">
        <button ?disabled=${this.isBusy}>${t(this.isBusy ? "sample.drawing" : "sample.area_take")}</button>
      </div>
    </form>`;
  }

  private field(name: Field): TemplateResult {
    const isWrong = this.wrong.includes(name);
    const [first, last] = this.extent ?? [0, 0];
    const hint = t(isWrong ? `sample.area.${name}_bad` : `sample.area.${name}_text`, {
      from: number(first / 1000, 1),
      to: number(last / 1000, 1),
    });
    return html`<div class="field">
      <label for=${name}>${t(`sample.area.${name}`)}</label>
      <input
        id=${name}
        inputmode=${name === "why" ? nothing : "decimal"}
        maxlength="500"
        autocomplete="off"
        aria-invalid=${isWrong ? "true" : "false"}
        aria-describedby="hint-${name}"
        .value=${this.typed[name]}
        @input=${(event: InputEvent) => {
          this.typed = { ...this.typed, [name]: (event.target as HTMLInputElement).value };
          this.wrong = this.wrong.filter((one) => one !== name);
        }}
      />
      <span class="hint ${isWrong ? "bad" : ""}" id="hint-${name}">${hint}</span>
    </div>`;
  }

  private readonly submit = (event: Event): void => {
    event.preventDefault();
    const from_m = readKm(this.typed.from);
    const to_m = readKm(this.typed.to);
    const why = this.typed.why.trim();
    if (from_m === null || to_m === null || to_m <= from_m || why === "") {
      const isTurned = from_m !== null && to_m !== null && to_m <= from_m;
      const wrong: [Field, boolean][] = [["from", from_m === null], ["to", to_m === null || isTurned], ["why", why === ""]];
      this.wrong = wrong.filter(([, isBad]) => isBad).map(([name]) => name);
      this.renderRoot.querySelector<HTMLElement>(`#${this.wrong[0] ?? "from"}`)?.focus();
      return;
    }
    const detail: SampleBody = { design: "purposive", from_m, to_m, why, length_m: 200, seed: 0 };
    this.dispatchEvent(new CustomEvent("draw", { detail, bubbles: true, composed: true }));
  };
}

customElements.define("vallum-area-form", AreaForm);
