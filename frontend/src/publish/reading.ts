/** `<vallum-report-reading>`: the report as readers will see it, in each language, and its files. */

import { css, html, nothing, type TemplateResult } from "lit";

import { api, pictures } from "../api.ts";
import "../pages/copy.ts";
import { momentWords } from "../pages/moment.ts";
import { fileSize } from "../pages/spell.ts";
import type { ReportState } from "../types.ts";
import { has, language, t } from "../words.ts";
import { fileOf, press, zipOf, type Copy, type Publishing, type Taken } from "./api.ts";
import { copyName, languageName, reportFile } from "./names.ts";
import { Part } from "./part.ts";
import { publook } from "./publook.ts";

/** Files that most people want, in this order. */
const FIRST = [
  "report.pdf", "border.kmz", "findings.gpkg", "findings.csv", "statuses.csv", "estimates.csv",
  "images.csv", "figures/strip-chart.svg", "figures/strip-chart.png", "CITATION.txt", "report.json",
  "manifest.json",
]; // prettier-ignore

export class ReportReading extends Part {
  static override properties = {
    ...Part.properties,
    all: { state: true },
    fresh: { state: true },
    what: { state: true },
    spoken: { state: true },
  };

  static override styles = [
    ...publook,
    css`
      iframe {
        display: block;
        width: 100%;
        height: min(78vh, 1000px);
        border: 1px solid var(--line-strong);
        border-radius: var(--radius);
        background: #fff;
      }
      .files {
        display: grid;
        grid-template-columns: repeat(auto-fill, minmax(min(100%, 300px), 1fr));
        gap: 6px 16px;
        padding: 0;
        list-style: none;
      }
      .files a {
        display: inline-block;
        min-height: 24px;
        overflow-wrap: anywhere;
      }
      details li {
        overflow-wrap: anywhere;
      }
    `,
  ];

  private all: Publishing | null = null;
  private fresh: ReportState | null = null;
  /** Which publication is shown: the report, the desk's own, or the number of an edition. */
  private what = "report";
  private spoken = "";

  protected override async load(): Promise<void> {
    if (!this.state?.project) return;
    await this.attempt("load", async () => {
      [this.all, this.fresh] = await Promise.all([press.all(), api.reportState()]);
    });
  }

  private get copy(): Copy | null {
    if (this.what === "report") return this.all?.report ?? null;
    return this.what === "desk" ? (this.all?.desk ?? null) : null;
  }

  protected override render(): TemplateResult {
    if (this.all === null) {
      return html`${this.troubleBeside("load")}${this.trouble === null ? html`<p class="quiet">${t("pages.loading")}</p>` : nothing}`;
    }
    const copy = this.copy ?? this.all.report ?? this.all.desk;
    if (copy === null) {
      return html`<div class="empty">${t("report.none")} <a href="#/report">${t("publish.tab.make")}</a></div>`;
    }
    return html`${this.troubleBeside("load")} ${this.preview(copy)} ${this.files(copy)}`;
  }

  private preview(copy: Copy): TemplateResult {
    const spoken = copy.languages.includes(this.spoken) ? this.spoken : (copy.languages[0] ?? "en");
    const file = reportFile(copy, spoken);
    const address = copy.what === "report" ? `${pictures.report}${file === "report.html" ? "" : file}` : fileOf(copy.what, file);
    const isOther = copy.what === "report" && (this.all?.is_cited_otherwise ?? false);
    const isOld = copy.what === "report" && (this.fresh?.is_stale ?? false);
    const isStale = isOld || isOther;
    return html`<section aria-labelledby="preview">
      <div class="row spread">
        <h2 id="preview">
          ${copyName(copy)}
          ${copy.level === "public" ? nothing : html`<span class="tag bad-text">⚠ ${t("publish.not_public")}</span>`}
          ${copy.what !== "report"
            ? nothing
            : html`<span class="tag">${isStale ? `⚠ ${t("report.stale")}` : `✓ ${t("report.fresh")}`}</span>`}
        </h2>
        <span class="quiet">${t("report.made", { when: momentWords(copy.made_at) })}</span>
      </div>
      <div class="row">
        ${this.all?.desk && this.all.report ? this.copies(copy) : nothing}
        <label
          >${t("publish.read_in")}
          <select
            name="spoken"
            @change=${(event: Event) => (this.spoken = (event.target as HTMLSelectElement).value)}
          >
            ${copy.languages.map(
              (code) => html`<option value=${code} lang=${code} ?selected=${code === spoken}>${languageName(code)}</option>`,
            )}
          </select>
        </label>
        <a class="button" href=${address} target="_blank" rel="noopener">${t("report.window")}</a>
      </div>
      <div class="stack">
        ${isOld ? html`<div class="note warn">${t("report.stale_text")}</div>` : nothing}
        ${isOther ? html`<div class="note warn">${t("publish.cited_otherwise")}</div>` : nothing}
        <iframe
          title="${t("report.preview")}: ${languageName(spoken)}"
          sandbox="allow-scripts allow-downloads allow-popups"
          referrerpolicy="no-referrer"
          src="${address}?made=${encodeURIComponent(copy.made_at)}"
        ></iframe>
      </div>
    </section>`;
  }

  private copies(copy: Copy): TemplateResult {
    return html`<label
      >${t("publish.which")}
      <select name="what" @change=${(event: Event) => (this.what = (event.target as HTMLSelectElement).value)}>
        ${["report", "desk"].map(
          (what) => html`<option value=${what} ?selected=${what === copy.what}>${t(`publish.name.${what}`)}</option>`,
        )}
      </select>
    </label>`;
  }

  private files(copy: Copy): TemplateResult {
    const others = copy.languages.slice(1).flatMap((code) => [`${code}/report.html`, `${code}/report.pdf`]);
    const wanted = [...FIRST, ...others];
    const first = wanted.flatMap((name) => copy.files.find((one) => one.name === name) ?? []);
    const rest = copy.files.filter(({ name }) => !wanted.includes(name));
    return html`<section aria-labelledby="files">
      <h2 id="files">${t("report.files")}</h2>
      <div class="card stack">
        <p class="quiet">${t("report.files_text")}</p>
        <div class="row">
          <a class="button" href=${zipOf(copy.what)} download
            >${t("publish.zip", { n: copy.files.length, size: fileSize(copy.n_bytes, language()) })}</a
          >
          ${copy.path === ""
            ? nothing
            : html`<vallum-command label=${t("report.copy_path")} .command=${copy.path}></vallum-command>`}
        </div>
        <ul class="files">
          ${first.map((one) => this.file(copy, one, true))}
        </ul>
        ${rest.length === 0
          ? nothing
          : html`<details>
              <summary>${t("publish.other_files", { n: rest.length })}</summary>
              <ul class="files">
                ${rest.map((one) => this.file(copy, one, false))}
              </ul>
            </details>`}
        <p class="small hash">${t("publish.manifest")} <code>${copy.manifest_sha256}</code></p>
      </div>
    </section>`;
  }

  private file(copy: Copy, { name, n_bytes }: Taken, isTold: boolean): TemplateResult {
    const word = `publish.file.${name.split("/").at(-1) ?? name}`;
    return html`<li>
      <a href=${fileOf(copy.what, name)} download=${name.split("/").at(-1) ?? name}>${name}</a>
      <span class="small quiet">${fileSize(n_bytes, language())}${isTold && has(word) ? ` · ${t(word)}` : ""}</span>
    </li>`;
  }
}

customElements.define("vallum-report-reading", ReportReading);
