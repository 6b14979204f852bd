/** `<vallum-sample-form>`: by what to choose, what it will cost and give, and then: draw. */

import { css, html, nothing } from "lit";
import type { TemplateResult } from "lit";

import type { PlanQuery, SampleBody, SampleDesign, SamplePlan } from "../types.ts";
import { t, Worded } from "../words.ts";
import { partLook } from "./pagelook.ts";
import { planLook, planShown } from "./sampleplan.ts";

const LEAST_M = 10;
const MOST_M = 10_000;
const MOST_N = 10_000;
const MOST_READERS = 20;
const MOST_SEED = 2 ** 31 - 1;
const PAUSE_MS = 350;

export type ByChance = Exclude<SampleDesign, "second" | "purposive">;
const DESIGNS: readonly ByChance[] = ["stratified", "systematic", "simple"];

/** What is typed, as it is typed. */
export interface SampleTyped {
  goal: "within" | "count";
  within_km: string;
  n: string;
  length_m: string;
  design: ByChance;
  seed: string;
  n_readers: string;
}

type Field = "within_km" | "n" | "length_m" | "seed" | "n_readers";

/** Return a whole number between two others, or null where none is typed. */
export function whole(text: string, least: number, most: number): number | null {
  const value = /^\d{1,10}$/.test(text.trim()) ? Number(text) : NaN;
  return value >= least && value <= most ? value : null;
}

/** Return a number above 0, or null; a comma is a point. */
export function above0(text: string): number | null {
  const value = /^\d{1,6}([.,]\d{1,4})?$/.test(text.trim()) ? Number(text.trim().replace(",", ".")) : NaN;
  return value > 0 ? value : null;
}

/** Return what to ask of the server, or the names of the fields that hold no usable number. */
export function readSample(typed: SampleTyped): (SampleBody & { length_m: number; n_readers: number }) | Field[] {
  const goal = typed.goal === "within" ? above0(typed.within_km) : whole(typed.n, 1, MOST_N);
  const length_m = whole(typed.length_m, LEAST_M, MOST_M);
  const seed = whole(typed.seed, 0, MOST_SEED);
  const n_readers = whole(typed.n_readers, 1, MOST_READERS);
  if (goal !== null && length_m !== null && seed !== null && n_readers !== null) {
    const asked = typed.goal === "within" ? { within_km: goal } : { n: goal };
    return { ...asked, length_m, design: typed.design, seed, n_readers };
  }
  const found: [Field, number | null][] = [
    [typed.goal === "within" ? "within_km" : "n", goal],
    ["length_m", length_m],
    ["n_readers", n_readers],
    ["seed", seed],
  ];
  return found.filter(([, value]) => value === null).map(([name]) => name);
}

/**
 * Properties: `isBusy`, `plan` (for what is typed now; null while it is not known), `km` (border
 * that can be compared, for a first guess). Events: `plan` (PlanQuery), a moment after typing, and
 * `draw` (SampleBody).
 */
export class SampleForm extends Worded {
  static override properties = {
    isBusy: { type: Boolean },
    plan: { attribute: false },
    km: { type: Number },
    typed: { state: true },
    wrong: { state: true },
  };

  static override styles = [
    ...partLook,
    planLook,
    css`
      form {
        display: grid;
        gap: 14px;
      }
      .goals {
        display: grid;
        gap: 8px;
      }
      .goals legend {
        padding: 0;
        margin-bottom: 6px;
      }
      .goal {
        display: flex;
        flex-wrap: wrap;
        gap: 4px 8px;
        align-items: center;
      }
      .goal label {
        display: inline-flex;
        gap: 8px;
        align-items: center;
        min-height: var(--target);
      }
      .goal input:not([type="radio"]) {
        width: 90px;
        text-align: end;
      }
      .goal .hint {
        flex-basis: 100%;
        font-size: var(--small);
      }
    `,
  ];

  isBusy = false;
  plan: SamplePlan | null = null;
  km = 0;
  private typed: SampleTyped = {
    goal: "within",
    within_km: "",
    n: "60",
    length_m: "200",
    design: "stratified",
    seed: "1",
    n_readers: "1",
  };
  private wrong: Field[] = [];
  private pause: ReturnType<typeof setTimeout> | undefined;

  override disconnectedCallback(): void {
    clearTimeout(this.pause);
    super.disconnectedCallback();
  }

  protected override willUpdate(changed: Map<PropertyKey, unknown>): void {
    if (changed.has("km") && this.km > 0 && this.typed.within_km === "") {
      // A twentieth of the border to each side: narrow enough to be of use, wide enough to be had.
      this.typed = { ...this.typed, within_km: String(Number((this.km / 20).toPrecision(1))) };
      this.ask(0);
    }
  }

  protected override render(): TemplateResult {
    return html`<form @submit=${this.submit} novalidate>
      <fieldset class="goals">
        <legend>${t("sample.goal")}</legend>
        ${this.goal("within", "within_km", "km")} ${this.goal("count", "n", "")}
      </fieldset>
      <details>
        <summary>${t("sample.more")}</summary>
        <div class="fields">
          ${this.design()} ${this.number("length_m")} ${this.number("n_readers")} ${this.number("seed")}
        </div>
      </details>
      ${this.plan === null ? nothing : planShown(this.plan)}
      <div class="row">
        <button class="primary" ?disabled=${this.isBusy}>${t(this.isBusy ? "sample.drawing" : "sample.draw")}</button>
        <span class="quiet">${t("sample.draw_text")}</span>
      </div>
    </form>`;
  }

  private goal(goal: SampleTyped["goal"], name: "within_km" | "n", unit: string): TemplateResult {
    const isWrong = this.wrong.includes(name);
    return html`<div class="goal">
      <label>
        <input
          type="radio"
          name="goal"
          value=${goal}
          .checked=${this.typed.goal === goal}
          @change=${() => this.take({ goal })}
        />${t(`sample.goal.${goal}`)}
      </label>
      <input
        id=${name}
        inputmode="decimal"
        autocomplete="off"
        aria-label=${t(`sample.${name}`)}
        aria-invalid=${isWrong ? "true" : "false"}
        aria-describedby=${isWrong ? `hint-${name}` : nothing}
        .value=${this.typed[name]}
        @focus=${() => this.typed.goal !== goal && this.take({ goal })}
        @input=${(event: InputEvent) => this.take({ goal, [name]: (event.target as HTMLInputElement).value })}
      />
      <span>${unit === "km" ? "km" : t("sample.stretches")}</span>
      ${isWrong ? html`<span class="hint bad" id="hint-${name}">${t(`sample.${name}_bad`)}</span>` : nothing}
    </div>`;
  }

  private design(): TemplateResult {
    return html`<div class="field">
      <label for="design">${t("sample.design")}</label>
      <select
        id="design"
        aria-describedby="hint-design"
        @change=${(event: Event) => {
          const { value } = event.target as HTMLSelectElement;
          this.take({ design: DESIGNS.find((one) => one === value) ?? "stratified" });
        }}
      >
        ${DESIGNS.map(
          (design) =>
            html`<option value=${design} ?selected=${this.typed.design === design}>${t(`sample.design.${design}`)}</option>`,
        )}
      </select>
      <span class="hint" id="hint-design">${t(`sample.design.${this.typed.design}_text`)}</span>
    </div>`;
  }

  private number(name: "length_m" | "seed" | "n_readers"): TemplateResult {
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
        @input=${(event: InputEvent) => this.take({ [name]: (event.target as HTMLInputElement).value })}
      />
      <span class="hint ${isWrong ? "bad" : ""}" id="hint-${name}"
        >${t(isWrong ? `sample.${name}_bad` : `sample.${name}_text`)}</span
      >
    </div>`;
  }

  private take(change: Partial<SampleTyped>): void {
    this.typed = { ...this.typed, ...change };
    const read = readSample(this.typed);
    this.wrong = Array.isArray(read) ? read : [];
    this.ask(PAUSE_MS);
  }

  /** Ask for the plan of what is typed, once the typing has paused. */
  ask(pauseMs = 0): void {
    clearTimeout(this.pause);
    this.pause = setTimeout(() => {
      const read = readSample(this.typed);
      if (Array.isArray(read)) return;
      const { n, within_km, length_m, design, n_readers } = read;
      const detail: PlanQuery = { n, within_km, length_m, design, n_readers };
      this.dispatchEvent(new CustomEvent("plan", { detail, bubbles: true, composed: true }));
    }, pauseMs);
  }

  private readonly submit = (event: Event): void => {
    event.preventDefault();
    const read = readSample(this.typed);
    if (Array.isArray(read)) {
      this.wrong = read;
      this.renderRoot.querySelector<HTMLElement>(`#${read[0] ?? "n"}`)?.focus();
      return;
    }
    const { n_readers: _, ...detail } = read;
    this.dispatchEvent(new CustomEvent("draw", { detail, bubbles: true, composed: true }));
  };
}

customElements.define("vallum-sample-form", SampleForm);
