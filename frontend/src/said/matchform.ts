/** `<vallum-match-form>`: holding a claim against a finding, another claim, or nothing that is seen. */

import { css, html, type TemplateResult } from "lit";

import { partLook } from "../pages/pagelook.ts";
import { t, when, Worded } from "../words.ts";
import { LEAST_REASON } from "./gradeform.ts";
import { choices, metres, spanWords } from "./terms.ts";
import type { MatchBody, Near, Relation, Words } from "./types.ts";

/** Properties: `near`, `words`, `isBusy`. Events: `match` (MatchBody); `typing`. */
export class MatchForm extends Worded {
  static override properties = {
    near: { attribute: false },
    words: { attribute: false },
    isBusy: { type: Boolean },
    at: { state: true },
    relation: { state: true },
    method: { state: true },
    why: { state: true },
  };

  static override styles = [
    ...partLook,
    css`
      form {
        display: grid;
        gap: 10px;
        max-width: 720px;
      }
      .things {
        display: grid;
        gap: 2px;
        max-height: 260px;
        overflow: auto;
        padding: 8px;
        border: 1px solid var(--line);
        border-radius: var(--radius);
      }
    `,
  ];

  near: Near[] | null = null;
  words: Words | null = null;
  isBusy = false;
  /** Place in the list; -1 for nothing that is seen. */
  private at = -1;
  private relation = "";
  private method = "imagery";
  private why = "";

  clear(): void {
    this.at = -1;
    this.relation = "";
    this.why = "";
    this.tell();
  }

  protected override render(): TemplateResult {
    const near = this.near ?? [];
    const isReady = this.relation !== "" && this.why.trim().length >= LEAST_REASON;
    return html`<form @submit=${this.submit}>
      <fieldset>
        <legend>${t("said.match.about")}</legend>
        <div class="things" tabindex="0" role="group" aria-label=${t("said.match.about")}>
          ${near.map((one, i) => this.thing(i, `${t(`said.about.${one.about_kind}`)}: ${one.label}`, aboutNear(one)))}
          ${this.thing(-1, t("said.about.nothing"), t("said.match.nothing_hint"))}
        </div>
      </fieldset>
      <div class="fields">
        ${this.select("relation", choices("relation", this.words?.relations), this.relation)}
        ${this.select("method", choices("method", this.words?.methods), this.method)}
      </div>
      <div class="field">
        <label for="why">${t("said.match.why")}</label>
        <textarea
          id="why"
          aria-describedby="why-hint"
          .value=${this.why}
          @input=${(event: Event) => {
            this.why = (event.target as HTMLTextAreaElement).value;
            this.tell();
          }}
        ></textarea>
        <span class="hint" id="why-hint">${t("said.match.why_hint")}</span>
      </div>
      <div><button class="primary" ?disabled=${!isReady || this.isBusy}>${t("said.match.save")}</button></div>
    </form>`;
  }

  private thing(i: number, label: string, about: string): TemplateResult {
    return html`<label class="check"
      ><input
        type="radio"
        name="about"
        .checked=${i === this.at}
        @change=${() => {
          this.at = i;
          if (i < 0 && this.relation === "supports") this.relation = "";
          this.tell();
        }}
      /><span>${label} <span class="quiet small">${about}</span></span></label
    >`;
  }

  private select(name: "relation" | "method", list: { value: string; label: string }[], value: string): TemplateResult {
    return html`<div class="field">
      <label for=${name}>${t(`said.match.${name}`)}</label>
      <select
        id=${name}
        @change=${(event: Event) => {
          this[name] = (event.target as HTMLSelectElement).value;
          this.tell();
        }}
      >
        ${value === "" ? html`<option value="" selected>${t("said.form.choose")}</option>` : ""}
        ${list.map((one) => html`<option value=${one.value} ?selected=${one.value === value}>${one.label}</option>`)}
      </select>
    </div>`;
  }

  private tell(): void {
    const detail = this.why !== "" || this.relation !== "";
    this.dispatchEvent(new CustomEvent("typing", { detail, bubbles: true, composed: true }));
  }

  private readonly submit = (event: Event): void => {
    event.preventDefault();
    const one = this.near?.[this.at];
    const detail: MatchBody = {
      about_kind: one?.about_kind ?? "nothing",
      about: one?.about ?? "",
      relation: this.relation as Relation,
      method: this.method,
      rationale: this.why.trim(),
    };
    this.dispatchEvent(new CustomEvent("match", { detail, bubbles: true, composed: true }));
  };
}

function aboutNear(one: Near): string {
  const days = one.first === null && one.last === null ? "" : when(one.first, one.last);
  const far = one.distance_m === 0 ? t("said.match.here") : t("said.match.far", { far: metres(one.distance_m) });
  return [one.span === null ? "" : spanWords(one.span), days, far].filter(Boolean).join(" · ");
}

customElements.define("vallum-match-form", MatchForm);
