/** `<vallum-claim-form>`: all that a claim says, to be changed; what is typed stays with the page. */

import { css, html, nothing, type TemplateResult } from "lit";

import { partLook } from "../pages/pagelook.ts";
import { t, Worded } from "../words.ts";
import "./dates.ts";
import { wrongIn, type Draft } from "./draft.ts";
import "./places.ts";
import { choices } from "./terms.ts";
import type { Dated, Day, Placed, Words } from "./types.ts";

export const LEAST_NOTE = 10;

/**
 * Properties: `draft`, `words`, `published`, `isNew`, `needsNote`, `isBusy`, `mayRed`.
 *
 * Events: `draft` (the new draft), `save` {isApproved}, `leave`.
 */
export class ClaimForm extends Worded {
  static override properties = {
    draft: { attribute: false },
    words: { attribute: false },
    published: { attribute: false },
    isNew: { type: Boolean },
    needsNote: { type: Boolean },
    isBusy: { type: Boolean },
    mayRed: { type: Boolean },
    tried: { state: true },
  };

  static override styles = [
    ...partLook,
    css`
      form {
        display: grid;
        gap: 12px;
      }
      .fields {
        grid-template-columns: repeat(auto-fit, minmax(min(100%, 150px), 1fr));
      }
      textarea {
        width: 100%;
        min-height: 60px;
        resize: vertical;
      }
    `,
  ];

  declare draft: Draft;
  words: Words | null = null;
  published: Day | null = null;
  isNew = false;
  needsNote = false;
  isBusy = false;
  mayRed = false;
  private tried = false;

  override focus(): void {
    void this.updateComplete.then(() => this.renderRoot.querySelector<HTMLElement>("select, textarea")?.focus());
  }

  protected override render(): TemplateResult {
    const { words } = this;
    const handlings = choices("handling", words?.handlings).filter(({ value }) => this.mayRed || value !== "red");
    return html`<form @submit=${this.submit} @keydown=${this.onKey} novalidate>
      <div class="fields">
        ${this.select("subject", choices("subject", words?.subjects), this.isNew)}
        ${this.select("modality", choices("modality", words?.modalities), this.isNew)}
        ${this.select("change", choices("change", words?.changes), true)}
        ${this.select("also", choices("change", words?.changes), true)}
      </div>
      <div class="field">
        <label for="statement">${t("said.form.statement")}</label>
        <textarea id="statement" maxlength="500" aria-describedby="statement-hint" .value=${this.draft.statement} @input=${this.text("statement")}></textarea>
        <span class="hint" id="statement-hint">${t("said.form.statement_hint")}</span>
      </div>
      <fieldset>
        <legend>${t("said.fact.quantity")}</legend>
        <div class="fields">
          ${this.input("min", "decimal")} ${this.input("max", "decimal")} ${this.input("unit")} ${this.input("qualifier")}
        </div>
      </fieldset>
      <vallum-places-field
        .places=${this.draft.places}
        .words=${words}
        @places=${(event: CustomEvent<Placed[]>) => this.change({ places: event.detail })}
      ></vallum-places-field>
      <vallum-dates-field
        .dates=${this.draft.dates}
        .published=${this.published}
        @dates=${(event: CustomEvent<Dated[]>) => this.change({ dates: event.detail })}
      ></vallum-dates-field>
      <div class="fields">
        ${this.input("attribution")} ${this.select("access", choices("access", words?.accesses), false)}
        ${this.select("handling", handlings, false)}
        <div class="field">
          <label for="embargo">${t("said.form.embargo")}</label>
          <input id="embargo" type="date" .value=${this.draft.embargo} @input=${this.text("embargo")} />
        </div>
      </div>
      ${this.noteField()} ${this.buttons()}
    </form>`;
  }

  private noteField(): TemplateResult {
    const isShort = this.tried && this.needsNote && this.draft.note.trim().length < LEAST_NOTE;
    return html`<div class="field">
      <label for="note">${t(this.needsNote ? "said.form.note_needed" : "said.form.note")}</label>
      <input id="note" autocomplete="off" aria-invalid=${isShort ? "true" : "false"} aria-describedby="note-hint" .value=${this.draft.note} @input=${this.text("note")} />
      ${this.needsNote
        ? html`<span class="hint ${isShort ? "bad" : ""}" id="note-hint">${t("said.form.note_hint")}</span>`
        : html`<span id="note-hint" hidden></span>`}
    </div>`;
  }

  private buttons(): TemplateResult {
    return html`<div class="row">
      <button class="primary" ?disabled=${this.isBusy}>${t(this.isNew ? "said.form.propose" : "said.form.approve")}</button>
      ${this.isNew
        ? nothing
        : html`<button type="button" ?disabled=${this.isBusy} @click=${() => this.send(false)}>${t("said.form.save")}</button>`}
      <button type="button" @click=${this.leave}>${t(this.isNew ? "pages.cancel" : "said.form.leave")}</button>
      ${this.isNew ? nothing : html`<span class="small quiet">${t("said.form.keys")}</span>`}
    </div>`;
  }

  private select(name: keyof Draft, list: { value: string; label: string }[], hasNone: boolean): TemplateResult {
    const value = this.draft[name] as string;
    const isWrong = this.tried && wrongIn(this.draft).includes(name);
    return html`<div class="field">
      <label for=${name}>${t(`said.form.${name}`)}</label>
      <select id=${name} aria-invalid=${isWrong ? "true" : "false"} @change=${this.text(name)}>
        ${hasNone || value === "" ? html`<option value="" ?selected=${value === ""}>${t("said.none")}</option>` : nothing}
        ${list.map((one) => html`<option value=${one.value} ?selected=${one.value === value}>${one.label}</option>`)}
      </select>
      ${isWrong ? html`<span class="hint bad">${t("said.form.choose")}</span>` : nothing}
    </div>`;
  }

  private input(name: "min" | "max" | "unit" | "qualifier" | "attribution", mode = "text"): TemplateResult {
    const isWrong = wrongIn(this.draft).includes(name);
    return html`<div class="field">
      <label for=${name}>${t(`said.form.${name}`)}</label>
      <input id=${name} autocomplete="off" inputmode=${mode} aria-invalid=${isWrong ? "true" : "false"} .value=${this.draft[name]} @input=${this.text(name)} />
      ${isWrong ? html`<span class="hint bad">${t(`said.form.${name}_bad`)}</span>` : nothing}
    </div>`;
  }

  private text(name: keyof Draft) {
    return (event: Event): void => {
      this.change({ [name]: (event.target as HTMLInputElement).value });
    };
  }

  private change(change: Partial<Draft>): void {
    this.draft = { ...this.draft, ...change };
    this.dispatchEvent(new CustomEvent("draft", { detail: this.draft, bubbles: true, composed: true }));
  }

  private readonly submit = (event: Event): void => {
    event.preventDefault();
    this.send(true);
  };

  private send(isApproved: boolean): void {
    this.tried = true;
    const isShort = this.needsNote && this.draft.note.trim().length < LEAST_NOTE;
    if (isShort || wrongIn(this.draft).length > 0) {
      void this.updateComplete.then(() => this.renderRoot.querySelector<HTMLElement>("[aria-invalid='true']")?.focus());
      return;
    }
    this.dispatchEvent(new CustomEvent("save", { detail: { isApproved }, bubbles: true, composed: true }));
  }

  private readonly leave = (): void => {
    this.dispatchEvent(new CustomEvent("leave", { bubbles: true, composed: true }));
  };

  private readonly onKey = (event: KeyboardEvent): void => {
    if (event.isComposing) return;
    if (event.key === "Escape") {
      event.preventDefault();
      event.stopPropagation();
      // A claim typed by hand has no other place to be kept in than this form.
      if (!this.isNew || (this.draft.statement === "" && this.draft.subject === "")) this.leave();
    } else if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      this.send(true);
    }
  };
}

customElements.define("vallum-claim-form", ClaimForm);
