/** `<vallum-report-citing>`: who is cited and how, and the citation as it was printed. */

import { css, html, nothing, type TemplateResult } from "lit";

import { api } from "../api.ts";
import { hold } from "../said/unsaved.ts";
import { t } from "../words.ts";
import { press, type Publishing } from "./api.ts";
import { Part } from "./part.ts";
import { publook } from "./publook.ts";

const FIELDS = ["desk", "authors", "licence", "doi", "url", "contact"] as const;
const LICENCES = ["CC-BY-4.0", "CC-BY-SA-4.0", "CC-BY-NC-4.0", "CC0-1.0", "ODbL-1.0"];

export class ReportCiting extends Part {
  static override properties = {
    ...Part.properties,
    all: { state: true },
    typed: { state: true },
    isSaved: { state: true },
  };

  static override styles = [
    ...publook,
    css`
      pre {
        margin: 0;
        padding: 12px;
        overflow-x: auto;
        border: 1px solid var(--line);
        border-radius: var(--radius);
        background: var(--panel);
        white-space: pre-wrap;
        overflow-wrap: anywhere;
      }
    `,
  ];

  private all: Publishing | null = null;
  /** What was typed and is not saved, by the name of the setting. */
  private typed: Record<string, string> = {};
  private isSaved = false;

  override disconnectedCallback(): void {
    hold(this, false);
    super.disconnectedCallback();
  }

  protected override async load(): Promise<void> {
    if (!this.state?.project) return;
    await this.attempt("load", async () => {
      this.all = await press.all();
    });
  }

  protected override render(): TemplateResult {
    return html`${this.troubleBeside("load")} ${this.isKeeper && this.all !== null ? this.form(this.all) : nothing}
      <section aria-labelledby="citation">
        <h2 id="citation">${t("publish.citation")}</h2>
        <p class="quiet">${t("publish.citation_text")}</p>
        ${this.all === null
          ? nothing
          : this.all.citation === ""
            ? html`<div class="empty">${t("report.none")}</div>`
            : html`<pre tabindex="0" role="group" aria-labelledby="citation">${this.all.citation}</pre>`}
      </section>`;
  }

  private form({ settings }: Publishing): TemplateResult {
    const changed = FIELDS.filter((name) => (this.typed[name] ?? settings[name] ?? "") !== (settings[name] ?? ""));
    return html`<section aria-labelledby="cite">
      <h2 id="cite">${t("publish.cite")}</h2>
      <form
        class="card stack"
        @submit=${(event: Event) => {
          event.preventDefault();
          if (changed.length > 0) void this.save(changed);
        }}
      >
        <p>${t("publish.cite_text")}</p>
        <div class="fields">${FIELDS.map((name) => this.field(name, settings[name] ?? ""))}</div>
        <datalist id="licences">${LICENCES.map((one) => html`<option value=${one}></option>`)}</datalist>
        <div class="row">
          <button class="primary" ?disabled=${changed.length === 0 || this.busy !== "" || this.isWorking}>
            ${t("settings.save")}
          </button>
          <span role="status" class="good-text">${this.isSaved ? `✓ ${t("publish.cite_saved")}` : ""}</span>
        </div>
        ${this.troubleBeside("save")}
      </form>
    </section>`;
  }

  private field(name: (typeof FIELDS)[number], saved: string): TemplateResult {
    return html`<div class="field">
      <label for=${name}>${t(`publish.cite.${name}`)}</label>
      <input
        id=${name}
        maxlength="500"
        autocomplete="off"
        spellcheck="false"
        list=${name === "licence" ? "licences" : nothing}
        aria-describedby="${name}-hint"
        .value=${this.typed[name] ?? saved}
        @input=${(event: Event) => {
          this.typed = { ...this.typed, [name]: (event.target as HTMLInputElement).value };
          this.isSaved = false;
          hold(this, true);
        }}
      />
      <span class="hint" id="${name}-hint">${t(`publish.cite.${name}_hint`)}</span>
    </div>`;
  }

  private async save(changed: readonly string[]): Promise<void> {
    const isSaved = await this.attempt("save", async () => {
      for (const name of changed) await api.set("publish", name, (this.typed[name] ?? "").trim());
    });
    if (isSaved) {
      this.typed = {};
      this.isSaved = true;
      hold(this, false);
    }
    await this.load();
  }
}

customElements.define("vallum-report-citing", ReportCiting);
