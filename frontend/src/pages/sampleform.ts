/** `<vallum-sample-form>`: how many places to draw by chance, how long, how, and from which seed. */

import { css, html, nothing } from "lit";
import type { TemplateResult } from "lit";

import type { SampleBody } from "../types.ts";
import { t, Worded } from "../words.ts";
import { pageLook } from "./pagelook.ts";

const LEAST_M = 10;
const MOST_M = 10_000;
const MOST_N = 10_000;
const MOST_SEED = 2 ** 31 - 1;

/** What is typed, as it is typed. */
export type SampleTyped = { n: string; length_m: string; design: "simple" | "systematic"; seed: string };

/** Return what to ask of the server, or the names of the fields that hold no usable number. */
export function readSample(typed: SampleTyped): SampleBody | (keyof SampleTyped)[] {
  const whole = (text: string, least: number, most: number): number | null => {
    const value = /^\d{1,10}$/.test(text.trim()) ? Number(text) : NaN;
    return value >= least && value <= most ? value : null;
  };
  const n = whole(typed.n, 1, MOST_N);
  const length_m = whole(typed.length_m, LEAST_M, MOST_M);
  const seed = whole(typed.seed, 0, MOST_SEED);
  if (n !== null && length_m !== null && seed !== null) return { n, length_m, design: typed.design, seed };
  const found = { n, length_m, seed };
  return (["n", "length_m", "seed"] as const).filter((name) => found[name] === null);
}

/** Properties: `isBusy`, `nThere` (stretches drawn so far, null if unknown). Event: `draw` (SampleBody). */
export class SampleForm extends Worded {
  static override properties = {
    isBusy: { type: Boolean },
    nThere: { attribute: false },
    typed: { state: true },
    wrong: { state: true },
  };

  static override styles = [
    pageLook,
    css`
      :host {
        display: block;
        max-width: none;
        margin: 0;
        padding: 0;
      }
      form {
        display: grid;
        gap: 12px;
      }
      form .fields {
        grid-template-columns: repeat(auto-fit, minmax(min(100%, 170px), 1fr));
      }
    `,
  ];

  isBusy = false;
  nThere: number | null = null;
  private typed: SampleTyped = { n: "30", length_m: "200", design: "systematic", seed: "1" };
  private wrong: (keyof SampleTyped)[] = [];

  protected override render(): TemplateResult {
    return html`<form @submit=${this.submit} novalidate>
      <div class="fields">
        ${this.number("n")} ${this.number("length_m")}
        <div class="field">
          <label for="design">${t("sample.design")}</label>
          <select
            id="design"
            aria-describedby="hint-design"
            @change=${(event: Event) => {
              const value = (event.target as HTMLSelectElement).value;
              this.typed = { ...this.typed, design: value === "simple" ? "simple" : "systematic" };
            }}
          >
            ${(["systematic", "simple"] as const).map(
              (design) =>
                html`<option value=${design} ?selected=${this.typed.design === design}>
                  ${t(`sample.design.${design}`)}
                </option>`,
            )}
          </select>
          <span class="hint" id="hint-design">${t(`sample.design.${this.typed.design}_text`)}</span>
        </div>
        ${this.number("seed")}
      </div>
      <div class="row">
        <button class="primary" ?disabled=${this.isBusy}>${t(this.isBusy ? "sample.drawing" : "sample.draw")}</button>
        ${this.nThere !== null && this.nThere > 0
          ? html`<span class="quiet">${t("sample.there", { n: this.nThere })}</span>`
          : nothing}
      </div>
      ${this.nThere !== null && this.nThere > 0 ? html`<div class="note">${t("sample.mixed")}</div>` : nothing}
    </form>`;
  }

  private number(name: "n" | "length_m" | "seed"): TemplateResult {
    const isWrong = this.wrong.includes(name);
    return html`<div class="field">
      <label for=${name}>${t(`sample.${name}`)}</label>
      <input
        id=${name}
        inputmode="numeric"
        autocomplete="off"
        aria-invalid=${isWrong ? "true" : "false"}
        aria-describedby="hint-${name}"
        .value=${this.typed[name]}
        @input=${(event: InputEvent) => {
          this.typed = { ...this.typed, [name]: (event.target as HTMLInputElement).value };
          this.wrong = this.wrong.filter((one) => one !== name);
        }}
      />
      <span class="hint ${isWrong ? "bad" : ""}" id="hint-${name}"
        >${t(isWrong ? `sample.${name}_bad` : `sample.${name}_text`)}</span
      >
    </div>`;
  }

  private readonly submit = (event: Event): void => {
    event.preventDefault();
    const read = readSample(this.typed);
    if (Array.isArray(read)) {
      this.wrong = read;
      this.renderRoot.querySelector<HTMLElement>(`#${read[0] ?? "n"}`)?.focus();
      return;
    }
    this.dispatchEvent(new CustomEvent("draw", { detail: read, bubbles: true, composed: true }));
  };
}

customElements.define("vallum-sample-form", SampleForm);
