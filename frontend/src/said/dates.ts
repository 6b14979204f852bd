/** `<vallum-dates-field>`: when a claim says that something was; words in, days out. */

import { css, html, nothing, type TemplateResult } from "lit";

import { ApiError } from "../api.ts";
import { partLook } from "../pages/pagelook.ts";
import { t, when, Worded } from "../words.ts";
import { said } from "./api.ts";
import { dateOf } from "./terms.ts";
import type { Dated, Day, WhenRead } from "./types.ts";

const WAIT_MS = 300;

/** Properties: `dates`, `published`. Event: `dates` with the new list. */
export class DatesField extends Worded {
  static override properties = {
    dates: { attribute: false },
    published: { attribute: false },
    typed: { state: true },
    reference: { state: true },
    read: { state: true },
    problem: { state: true },
  };

  static override styles = [
    ...partLook,
    css`
      ul {
        display: grid;
        gap: 6px;
        margin: 0;
        padding: 0;
        list-style: none;
      }
      li {
        padding: 8px;
        border: 1px solid var(--line);
        border-radius: var(--radius);
        background: var(--panel-2);
      }
      legend {
        margin-bottom: 4px;
        font-weight: 600;
      }
      .two {
        display: flex;
        flex-wrap: wrap;
        gap: 8px;
      }
      .two .field {
        flex: 1 1 140px;
      }
    `,
  ];

  dates: Dated[] = [];
  published: Day | null = null;
  private typed = "";
  /** Asked for where the paper has no date of publication. */
  private reference = "";
  private read: WhenRead | null = null;
  private problem = "";
  private soon: ReturnType<typeof setTimeout> | undefined;
  private nAsked = 0;

  override disconnectedCallback(): void {
    clearTimeout(this.soon);
    super.disconnectedCallback();
  }

  protected override render(): TemplateResult {
    return html`<fieldset class="stack">
      <legend>${t("said.fact.when")}</legend>
      ${this.dates.length === 0
        ? html`<p class="quiet small">${t("said.no_date")}</p>`
        : html`<ul>
            ${this.dates.map((date, i) => this.one(date, i))}
          </ul>`}
      <div class="two">
        <div class="field">
          <label for="words">${t("said.when.words")}</label>
          <input id="words" autocomplete="off" aria-describedby="words-hint" .value=${this.typed} @input=${this.onType} @keydown=${this.onEnter} />
        </div>
        ${this.published === null
          ? html`<div class="field">
              <label for="reference">${t("said.when.reference")}</label>
              <input
                id="reference"
                type="date"
                .value=${this.reference}
                @input=${(event: Event) => {
                  this.reference = (event.target as HTMLInputElement).value;
                  void this.ask();
                }}
              />
            </div>`
          : nothing}
      </div>
      <p class="hint small quiet" id="words-hint">
        ${t("said.when.hint")}
        ${this.published === null ? t("said.when.no_published") : t("said.when.published", { day: when(this.published) })}
      </p>
      <p role="status" aria-live="polite" class=${this.read?.is_understood ? "good-text" : ""}>${this.status()}</p>
      <div class="row">
        <button type="button" ?disabled=${!this.read?.is_understood} @click=${this.add}>${t("said.when.add")}</button>
      </div>
    </fieldset>`;
  }

  private one(date: Dated, i: number): TemplateResult {
    return html`<li class="row spread">
      <span
        ><strong>${dateOf(date)}</strong>${date.expression === "" ? nothing : html` <q>${date.expression}</q>`}
        ${date.edtf === "" ? nothing : html` <code>${date.edtf}</code>`}</span
      >
      <button type="button" class="small" aria-label="${t("said.take_out")}: ${dateOf(date)}" @click=${() => this.send(this.dates.filter((_, k) => k !== i))}>
        ${t("said.take_out")}
      </button>
    </li>`;
  }

  private status(): string {
    if (this.problem !== "") return this.problem;
    const { read } = this;
    if (read === null) return "";
    return read.is_understood
      ? t("said.when.means", { days: dateOf({ expression: "", edtf: read.edtf, first: read.first, last: read.last }) })
      : t("said.when.unclear", { words: read.text });
  }

  private readonly onType = (event: Event): void => {
    this.typed = (event.target as HTMLInputElement).value;
    clearTimeout(this.soon);
    this.soon = setTimeout(() => void this.ask(), WAIT_MS);
  };

  private readonly onEnter = (event: KeyboardEvent): void => {
    if (event.key !== "Enter" || event.isComposing) return;
    event.preventDefault();
    if (this.read?.is_understood && this.read.text === this.typed.trim()) this.add();
  };

  private async ask(): Promise<void> {
    const asked = ++this.nAsked;
    const text = this.typed.trim();
    const published = this.published ?? this.reference;
    this.problem = "";
    this.read = null;
    if (text === "") return;
    if (published === "") {
      this.problem = t("said.when.no_published");
      return;
    }
    try {
      const read = await said.when(text, published);
      if (asked === this.nAsked) this.read = { ...read, text };
    } catch (problem) {
      if (!(problem instanceof ApiError)) throw problem;
      if (asked === this.nAsked) this.problem = problem.message || t("pages.error.gone");
    }
  }

  private readonly add = (): void => {
    const { read } = this;
    if (!read?.is_understood) return;
    const { edtf, first, last } = read;
    this.send([...this.dates, { expression: read.expression || read.text, edtf, first, last }]);
    this.typed = "";
    this.read = null;
    this.renderRoot.querySelector<HTMLInputElement>("#words")?.focus();
  };

  private send(dates: Dated[]): void {
    this.dates = dates;
    this.dispatchEvent(new CustomEvent("dates", { detail: dates, bubbles: true, composed: true }));
  }
}

customElements.define("vallum-dates-field", DatesField);
