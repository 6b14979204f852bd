/** `<vallum-take-in>`: papers, photographs and videos dropped in, with their source and terms. */

import { css, html, nothing, type TemplateResult } from "lit";

import { ApiError } from "../api.ts";
import { troubleOf, type Trouble } from "../pages/page.ts";
import { partLook } from "../pages/pagelook.ts";
import { fileSize } from "../pages/spell.ts";
import { fromDrop, fromInput } from "../pages/walk.ts";
import { jobs } from "../pages/watch.ts";
import { language, t, Worded } from "../words.ts";
import { said } from "./api.ts";
import { choices, word } from "./terms.ts";
import type { ExhibitRow, ExhibitTerms, SourceRow, Words } from "./types.ts";
import { hold } from "./unsaved.ts";

const HOWS = ["manual", "in_person", "auto_archiver", "atlos", "import"] as const;
const SEALED = /^handover-.*\.age$/i;
const NO_TERMS: ExhibitTerms = { source: "", how: "manual" };

/** Properties: `sources`, `words`, `exhibits` (to be derived from), `isWorking`. */
export class TakeIn extends Worded {
  static override properties = {
    sources: { attribute: false },
    words: { attribute: false },
    exhibits: { attribute: false },
    isWorking: { attribute: false },
    files: { state: true },
    terms: { state: true },
    isOver: { state: true },
    isBusy: { state: true },
    trouble: { state: true },
  };

  static override styles = [
    ...partLook,
    css`
      form {
        display: grid;
        gap: 12px;
      }
      .drop {
        display: grid;
        gap: 10px;
        justify-items: center;
        padding: 20px 16px;
        border: 2px dashed var(--line-strong);
        border-radius: var(--radius);
        background: var(--panel);
        text-align: center;
      }
      .drop.over {
        border-color: var(--accent);
        background: var(--accent-ground);
      }
      input[type="file"] {
        position: absolute;
        width: 1px;
        height: 1px;
        clip-path: inset(50%);
      }
      ul.files {
        margin: 0;
        padding: 0;
        list-style: none;
        text-align: start;
      }
      ul.files li {
        overflow-wrap: anywhere;
      }
    `,
  ];

  sources: SourceRow[] = [];
  words: Words | null = null;
  exhibits: ExhibitRow[] = [];
  isWorking = false;
  private files: File[] = [];
  private terms: ExhibitTerms = NO_TERMS;
  private isOver = false;
  private isBusy = false;
  private trouble: Trouble | null = null;

  override disconnectedCallback(): void {
    hold(this, false);
    super.disconnectedCallback();
  }

  protected override updated(): void {
    hold(this, this.files.length > 0);
  }

  private get areSealed(): boolean {
    return this.files.length > 0 && this.files.every(({ name }) => SEALED.test(name));
  }

  protected override render(): TemplateResult {
    return html`<form @submit=${this.send}>
      ${this.dropZone()} ${this.files.length === 0 ? nothing : this.fields()}
      ${this.trouble === null
        ? nothing
        : html`<div class="trouble" role="alert"><strong>${this.trouble.message}</strong><span>${this.trouble.next}</span></div>`}
      ${this.files.length === 0 ? nothing : this.buttons()}
    </form>`;
  }

  private dropZone(): TemplateResult {
    return html`<div
      class="drop ${this.isOver ? "over" : ""}"
      @dragover=${(event: DragEvent) => {
        event.preventDefault();
        this.isOver = true;
      }}
      @dragleave=${() => (this.isOver = false)}
      @drop=${this.onDrop}
    >
      <strong>${t("papers.drop")}</strong>
      <span class="quiet">${t("papers.drop_text")}</span>
      <button type="button" @click=${() => this.renderRoot.querySelector<HTMLInputElement>("#files")?.click()}>
        ${t("papers.choose")}
      </button>
      <input id="files" type="file" multiple tabindex="-1" aria-label=${t("papers.choose")} @change=${this.onChosen} />
      ${this.files.length === 0
        ? nothing
        : html`<ul class="files" aria-label=${t("papers.chosen")}>
            ${this.files.map((file) => html`<li>${file.name} <span class="quiet">${fileSize(file.size, language())}</span></li>`)}
          </ul>`}
    </div>`;
  }

  private fields(): TemplateResult {
    const known = this.exhibits.filter(({ is_locked }) => !is_locked);
    return html`<fieldset class="card stack">
      <legend>${t("papers.terms")}</legend>
      <div class="fields">
        ${this.areSealed ? html`<div class="note">${t("papers.sealed")}</div>` : this.sourceField()}
        ${this.select("paper", choices("paper", this.words?.papers.filter(({ value }) => value !== "")), t("papers.by_file"))}
        ${this.input("published", "date")} ${this.input("title")} ${this.input("url", "url")} ${this.input("language")}
        ${this.select("handling", choices("handling", this.words?.handlings), t("papers.of_source"))}
        ${this.input("embargo_until", "date")} ${this.input("rights")}
        ${this.select("how", HOWS.map((value) => ({ value, label: word("how", value) })))}
        ${this.select("derived_from", known.map((row) => ({ value: row.ticket, label: row.title || row.name })), t("said.none"))}
        ${this.terms.derived_from
          ? this.select("derived_how", ["translation_of", "republishes"].map((value) => ({ value, label: word("derived", value) })), t("said.form.choose"))
          : nothing}
      </div>
    </fieldset>`;
  }

  private sourceField(): TemplateResult {
    return html`<div class="field">
      <label for="source">${t("papers.field.source")}</label>
      <select id="source" required aria-describedby="source-hint" @change=${this.take("source")}>
        <option value="" ?selected=${this.terms.source === ""}>${t("said.form.choose")}</option>
        ${this.sources
          .filter((one) => one.consent_withdrawn === null)
          .map((one) => html`<option value=${one.ticket} ?selected=${one.ticket === this.terms.source}>${sourceLabel(one)}</option>`)}
      </select>
      <span class="hint" id="source-hint">${t("papers.source_hint")} <a href="#/sources">${t("papers.new_source")}</a></span>
    </div>`;
  }

  private select(name: keyof ExhibitTerms, list: { value: string; label: string }[], none = ""): TemplateResult {
    const value = this.terms[name] ?? "";
    return html`<div class="field">
      <label for=${name}>${t(`papers.field.${name}`)}</label>
      <select id=${name} @change=${this.take(name)}>
        ${none === "" ? nothing : html`<option value="" ?selected=${value === ""}>${none}</option>`}
        ${list.map((one) => html`<option value=${one.value} ?selected=${one.value === value}>${one.label}</option>`)}
      </select>
    </div>`;
  }

  private input(name: keyof ExhibitTerms, type = "text"): TemplateResult {
    return html`<div class="field">
      <label for=${name}>${t(`papers.field.${name}`)}</label>
      <input id=${name} type=${type} autocomplete="off" .value=${this.terms[name] ?? ""} @input=${this.take(name)} />
      ${name === "published" ? html`<span class="hint">${t("papers.published_hint")}</span>` : nothing}
    </div>`;
  }

  private buttons(): TemplateResult {
    const isReady = this.areSealed || this.terms.source !== "";
    return html`<div class="row">
      <button class="primary" ?disabled=${!isReady || this.isBusy || this.isWorking}>
        ${t("papers.take_in", { n: this.files.length })}
      </button>
      <button type="button" @click=${() => (this.files = [])}>${t("images.not_these")}</button>
      ${this.isBusy ? html`<span role="status">${t("papers.sending")}</span>` : nothing}
      ${this.isWorking ? html`<span class="quiet">${t("pages.busy_job")}</span>` : nothing}
    </div>`;
  }

  private take(name: keyof ExhibitTerms) {
    return (event: Event): void => {
      this.terms = { ...this.terms, [name]: (event.target as HTMLInputElement).value };
    };
  }

  private readonly onDrop = async (event: DragEvent): Promise<void> => {
    event.preventDefault();
    this.isOver = false;
    if (event.dataTransfer === null) return;
    try {
      this.files = (await fromDrop(event.dataTransfer)).map(({ file }) => file);
    } catch (problem) {
      if (!(problem instanceof DOMException)) throw problem;
      this.trouble = { about: "take", message: problem.message, next: t("images.read_next") };
    }
  };

  private readonly onChosen = (event: Event): void => {
    const input = event.target as HTMLInputElement;
    this.files = fromInput(input.files ?? []).map(({ file }) => file);
    input.value = "";
  };

  private readonly send = async (event: Event): Promise<void> => {
    event.preventDefault();
    this.isBusy = true;
    this.trouble = null;
    const { source, derived_how, ...rest } = this.terms;
    const how = this.areSealed ? { how: "handover" } : {};
    const derived = rest.derived_from && derived_how ? { derived_how } : { derived_from: "" };
    try {
      jobs.take(await said.takeIn(this.files, { ...rest, ...derived, ...how, source: this.areSealed ? "" : source }));
      this.files = [];
      this.terms = { ...NO_TERMS, source };
    } catch (problem) {
      if (!(problem instanceof ApiError)) throw problem;
      this.trouble = troubleOf(problem, "take");
    } finally {
      this.isBusy = false;
    }
  };
}

/** Return how the keeper finds a source in a list. */
export function sourceLabel(one: SourceRow): string {
  return [one.name || one.code, one.described_as].filter(Boolean).join(", ");
}

customElements.define("vallum-take-in", TakeIn);
