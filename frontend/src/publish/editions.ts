/** `<vallum-report-editions>`: what was given to others, freezing the next, and comparing two. */

import { html, nothing, type TemplateResult } from "lit";

import { t, when } from "../words.ts";
import { fileOf, press, zipOf, type Edition, type Publishing } from "./api.ts";
import "./beside.ts";
import "./freeze.ts";
import { languageName } from "./names.ts";
import { Part } from "./part.ts";
import { publook } from "./publook.ts";
import { worked } from "./worked.ts";

export class ReportEditions extends Part {
  static override properties = { ...Part.properties, all: { state: true } };

  static override styles = publook;

  private all: Publishing | null = null;

  protected override async load(): Promise<void> {
    if (!this.state?.project) return;
    await this.attempt("load", async () => {
      this.all = await press.all();
    });
  }

  protected override render(): TemplateResult {
    return html`${this.troubleBeside("load")} ${this.list()} ${worked(this.job, ["edition"])}
    ${this.isKeeper && this.all !== null ? html`<vallum-freeze .state=${this.state} .all=${this.all}></vallum-freeze>` : nothing}
    ${this.all === null
      ? nothing
      : html`<vallum-publications-beside .state=${this.state} .all=${this.all}></vallum-publications-beside>`}`;
  }

  private list(): TemplateResult {
    const editions = this.all?.editions ?? [];
    return html`<section aria-labelledby="editions">
      <h2 id="editions">${t("publish.editions")}</h2>
      <p class="quiet">${t("publish.editions_text")}</p>
      ${this.all === null
        ? html`<p class="quiet">${t("pages.loading")}</p>`
        : editions.length === 0
          ? html`<div class="empty">${t("publish.editions_none")}</div>`
          : html`<div class="scroll" tabindex="0" role="group" aria-labelledby="editions">
              <table>
                <caption class="only-read">${t("publish.editions")}</caption>
                <thead>
                  <tr>
                    <th scope="col" class="number">${t("publish.col.edition")}</th>
                    <th scope="col">${t("publish.col.day")}</th>
                    <th scope="col">${t("publish.col.note")}</th>
                    <th scope="col">${t("publish.col.languages")}</th>
                    <th scope="col">${t("publish.col.changed")}</th>
                    <th scope="col">${t("publish.col.state")}</th>
                    <th scope="col">${t("publish.col.take")}</th>
                  </tr>
                </thead>
                <tbody>
                  ${editions.map((one) => this.edition(one))}
                </tbody>
              </table>
            </div>`}
    </section>`;
  }

  private edition(one: Edition): TemplateResult {
    const number = String(one.number);
    return html`<tr>
      <th scope="row" class="number">${number}</th>
      <td class="nowrap">${when(one.day)}</td>
      <td>${one.note || "–"}${one.level === "public" ? nothing : html` <span class="tag bad-text">⚠ ${t("publish.not_public")}</span>`}</td>
      <td>${one.languages.map(languageName).join(", ")}</td>
      <td>
        ${[
          one.n_reasons > 0 ? t("publish.n_reasons", { n: one.n_reasons }) : "",
          one.n_corrections > 0 ? t("publish.n_corrections", { n: one.n_corrections }) : "",
        ]
          .filter((text) => text !== "")
          .join(", ") || "–"}
      </td>
      <td>
        ${one.is_whole
          ? html`<span class="good-text">✓ ${t("publish.whole")}</span>`
          : html`<span class="bad-text">✕ ${t("publish.broken")}</span>`}
        <div class="small hash"><code title=${one.manifest_sha256}>${one.manifest_sha256.slice(0, 16)}</code></div>
      </td>
      <td class="nowrap">
        <a href=${fileOf(number, "report.html")} target="_blank" rel="noopener">${t("publish.open")}<span class="only-read"> ${t("publish.edition_n", { number })}</span></a>
        · <a href=${zipOf(number)} download>ZIP<span class="only-read"> ${t("publish.edition_n", { number })}</span></a>
      </td>
    </tr>`;
  }
}

customElements.define("vallum-report-editions", ReportEditions);
