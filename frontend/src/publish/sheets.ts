/** `<vallum-report-sheets>`: one page for each chosen finding, for print and for the web. */

import { css, html, nothing, type TemplateResult } from "lit";

import "../pages/copy.ts";
import { fileSize } from "../pages/spell.ts";
import type { Kind } from "../types.ts";
import { has, km, language, t } from "../words.ts";
import { fileOf, press, type Case, type Level, type Pile, type Publishing, type Sheets, type SheetsBody, zipOf } from "./api.ts";
import { within } from "./choose.ts";
import { sheetCommand } from "./commands.ts";
import { languageName } from "./names.ts";
import { Part } from "./part.ts";
import { publook } from "./publook.ts";
import { worked } from "./worked.ts";

const MOST_ROWS = 500;

export class ReportSheets extends Part {
  static override properties = {
    ...Part.properties,
    sheets: { state: true },
    all: { state: true },
    chosen: { state: true },
    kind: { state: true },
    km: { state: true },
    level: { state: true },
    spoken: { state: true },
  };

  static override styles = [
    ...publook,
    css`
      .scroll.cases {
        max-height: 340px;
        overflow-y: auto;
      }
      .cases thead th {
        position: sticky;
        top: 0;
      }
      .files {
        columns: 280px;
        padding: 0;
        list-style: none;
      }
      .files a {
        display: inline-block;
        min-height: 24px;
        overflow-wrap: anywhere;
      }
      .cases :is(th, td) {
        vertical-align: middle;
      }
    `,
  ];

  private sheets: Sheets | null = null;
  private all: Publishing | null = null;
  private chosen: ReadonlySet<string> = new Set();
  private kind = "";
  private km = "";
  private level: Level = "public";
  private spoken = "";

  protected override async load(): Promise<void> {
    if (!this.state?.project) return;
    await this.attempt("load", async () => {
      [this.sheets, this.all] = await Promise.all([press.sheets(), press.all()]);
    });
  }

  /** Findings of the kind and stretch that are asked for. */
  private get shown(): Case[] {
    return within(this.sheets?.cases ?? [], this.kind, this.km);
  }

  protected override render(): TemplateResult {
    return html`${this.troubleBeside("load")}
    ${this.isKeeper && this.sheets !== null ? this.form() : nothing} ${worked(this.job, ["sheet"])}
    ${(this.sheets?.piles ?? []).map((pile) => this.made(pile))}
    ${!this.isKeeper && this.sheets?.piles.length === 0 ? html`<div class="empty">${t("publish.sheets_none")}</div>` : nothing}`;
  }

  private form(): TemplateResult {
    const { shown } = this;
    const chosen = shown.filter(({ id }) => this.chosen.has(id));
    const body = this.body(chosen);
    const isReady = chosen.length > 0 && !this.isWorking && this.busy === "";
    return html`<section aria-labelledby="sheets">
      <h2 id="sheets">${t("publish.sheets")}</h2>
      <form
        class="card stack"
        @submit=${(event: Event) => {
          event.preventDefault();
          if (isReady) void this.startJob("sheet", () => press.makeSheets(body));
        }}
      >
        <p>${t("publish.sheets_text")}</p>
        ${this.sheets?.cases.length === 0 ? html`<div class="empty">${t("publish.sheets_no_case")}</div>` : [this.filters(), this.table(shown, chosen)]}
        <div class="fields">${this.terms()}</div>
        <div class="row">
          <button class="primary" ?disabled=${!isReady}>${t("publish.do_sheets", { n: chosen.length })}</button>
        </div>
        ${chosen.length === 0 ? nothing : html`<vallum-command .command=${sheetCommand(body, this.root)}></vallum-command>`}
        ${this.troubleBeside("sheet")}
      </form>
    </section>`;
  }

  private body(chosen: readonly Case[]): SheetsBody {
    const every = chosen.length === (this.sheets?.cases.length ?? 0);
    return {
      findings: every ? [] : chosen.map(({ id }) => id),
      every,
      kind: null,
      km: "",
      level: this.level,
      language: this.spoken,
    };
  }

  private filters(): TemplateResult {
    const kinds = [...new Set((this.sheets?.cases ?? []).map(({ kind }) => kind))];
    return html`<div class="row">
      <label
        >${t("publish.col.kind")}
        <select name="kind" @change=${(event: Event) => (this.kind = (event.target as HTMLSelectElement).value)}>
          <option value="">${t("publish.any")}</option>
          ${kinds.map((kind) => html`<option value=${kind} ?selected=${kind === this.kind}>${this.kindName(kind)}</option>`)}
        </select>
      </label>
      <label
        >${t("publish.km")}
        <input name="km" size="14" autocomplete="off" placeholder="1004..1019" .value=${this.km}
          @input=${(event: Event) => (this.km = (event.target as HTMLInputElement).value)} />
      </label>
    </div>`;
  }

  private kindName(kind: Kind): string {
    const key = `kind.${kind}`;
    return has(key) ? t(key) : (this.state?.kinds.find((one) => one.kind === kind)?.label ?? kind);
  }

  private table(shown: readonly Case[], chosen: readonly Case[]): TemplateResult {
    const isAll = shown.length > 0 && chosen.length === shown.length;
    return html`<div class="scroll cases" tabindex="0" role="group" aria-label=${t("publish.sheets")}>
      <table>
        <caption>${t("publish.sheets_chosen", { n: chosen.length, total: shown.length })}${shown.length > MOST_ROWS ? ` ${t("publish.sheets_more", { n: MOST_ROWS })}` : nothing}</caption>
        <thead>
          <tr>
            <th scope="col">
              <label class="check"
                ><input type="checkbox" name="all" .checked=${isAll} .indeterminate=${!isAll && chosen.length > 0}
                  @change=${() => this.choose(shown, !isAll)} />${t("publish.all")}</label
              >
            </th>
            <th scope="col">${t("publish.col.kind")}</th>
            <th scope="col">${t("publish.col.change")}</th>
            <th scope="col">${t("publish.col.id")}</th>
          </tr>
        </thead>
        <tbody>
          ${shown.slice(0, MOST_ROWS).map(
            (one) => html`<tr>
              <th scope="row">
                <label class="check nowrap"
                  ><input type="checkbox" name=${one.id} .checked=${this.chosen.has(one.id)}
                    @change=${() => this.choose([one], !this.chosen.has(one.id))} />${stretchWords(one)}</label
                >
              </th>
              <td>${this.kindName(one.kind)}</td>
              <td>${has(`change.${one.change}`) ? t(`change.${one.change}`) : one.change}</td>
              <td><code>${one.id}</code></td>
            </tr>`,
          )}
        </tbody>
      </table>
    </div>`;
  }

  private choose(some: readonly Case[], isChosen: boolean): void {
    const chosen = new Set(this.chosen);
    for (const { id } of some) {
      if (isChosen) chosen.add(id);
      else chosen.delete(id);
    }
    this.chosen = chosen;
  }

  private terms(): TemplateResult {
    return html`<div class="field">
        <label for="level">${t("publish.level")}</label>
        <select id="level" @change=${(event: Event) => (this.level = (event.target as HTMLSelectElement).value as Level)}>
          ${(["public", "desk"] as const).map((one) => html`<option value=${one} ?selected=${one === this.level}>${t(`publish.level.${one}`)}</option>`)}
        </select>
      </div>
      <div class="field">
        <label for="spoken">${t("publish.language")}</label>
        <select id="spoken" @change=${(event: Event) => (this.spoken = (event.target as HTMLSelectElement).value)}>
          <option value="" ?selected=${this.spoken === ""}>${t("publish.main_language")}</option>
          ${(this.all?.known_languages ?? []).map((one) => html`<option value=${one} lang=${one} ?selected=${one === this.spoken}>${languageName(one)}</option>`)}
        </select>
      </div>`;
  }

  private made({ what, level, language: spoken, files }: Pile): TemplateResult {
    return html`<section aria-labelledby=${what}>
      <h2 id=${what}>${t("publish.made_sheets", { language: languageName(spoken) })} ${level === "public" ? nothing : html`<span class="tag bad-text">⚠ ${t("publish.not_public")}</span>`}</h2>
      <div class="card stack">
        <p><a class="button" href=${zipOf(what)} download>${t("publish.zip", { n: files.length, size: fileSize(files.reduce((sum, one) => sum + one.n_bytes, 0), language()) })}</a></p>
        <ul class="files">
          ${files.map(
            ({ name, n_bytes }) => html`<li>
              <a href=${fileOf(what, name)} target=${name.endsWith(".html") ? "_blank" : nothing} rel="noopener"
                download=${name.endsWith(".html") ? nothing : (name.split("/").at(-1) ?? name)}>${name}</a>
              <span class="small quiet">${fileSize(n_bytes, language())}</span>
            </li>`,
          )}
        </ul>
      </div>
    </section>`;
  }
}

/** Return `km 1.2 – km 1.4`, or the one kilometre where both are written the same. */
function stretchWords({ start_m, end_m }: Case): string {
  return [...new Set([km(start_m), km(end_m)])].join(" – ");
}

customElements.define("vallum-report-sheets", ReportSheets);
