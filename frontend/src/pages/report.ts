/** `<vallum-report-page>`: settle, measure, publish, and the report as readers will see it. */

import { css, html, nothing } from "lit";
import type { TemplateResult } from "lit";

import { api, pictures } from "../api.ts";
import type { Job, ReportState } from "../types.ts";
import { t } from "../words.ts";
import { verb } from "./commands.ts";
import "./copy.ts";
import { jobName, progressWords, shareOf } from "./jobwords.ts";
import { Page } from "./page.ts";
import { pageLook } from "./pagelook.ts";
import { momentWords } from "./moment.ts";

const STEPS = ["settle", "measure", "publish"] as const;
/** Files of a report that people take away, with the word for what opens them. */
const FILES = [
  ["border.kmz", "kmz"],
  ["findings.gpkg", "gpkg"],
  ["findings.csv", "csv"],
  ["statuses.csv", "statuses"],
  ["estimates.csv", "estimates"],
  ["images.csv", "images"],
  ["strip-chart.svg", "chart"],
  ["manifest.json", "manifest"],
] as const;

export class ReportPage extends Page {
  static override properties = { ...Page.properties, report: { state: true } };

  static override styles = [
    pageLook,
    css`
      :host {
        max-width: 1400px;
      }
      .three {
        display: grid;
        grid-template-columns: repeat(auto-fit, minmax(min(100%, 280px), 1fr));
        gap: 12px;
        margin: 0;
        padding: 0;
        list-style: none;
      }
      .three li {
        display: flex;
        flex-direction: column;
        gap: 8px;
      }
      .three p {
        color: var(--text-2);
        flex: 1;
      }
      .three button {
        min-height: 36px;
      }
      iframe {
        display: block;
        width: 100%;
        height: min(80vh, 1000px);
        border: 1px solid var(--line-strong);
        border-radius: var(--radius);
        background: #fff;
      }
      .files {
        display: grid;
        grid-template-columns: repeat(auto-fill, minmax(min(100%, 300px), 1fr));
        gap: 6px 16px;
        margin: 0;
        padding: 0;
        list-style: none;
      }
      .files a {
        display: inline-block;
        min-height: 24px;
      }
    `,
  ];

  private report: ReportState | null = null;

  protected override async load(): Promise<void> {
    if (!this.state?.project) return;
    await this.attempt("load", async () => {
      this.report = await api.reportState();
    });
  }

  protected override render(): TemplateResult {
    return html`<header>
        <h1>${t("report.title")}</h1>
        <p>${t("report.lead")}</p>
      </header>
      ${this.troubleBeside("page")} ${this.troubleBeside("load")}
      ${this.state?.project
        ? html`${this.onlyKeeper()} ${this.steps()} ${this.working()} ${this.built()}`
        : this.noProject()}`;
  }

  private steps(): TemplateResult {
    return html`<section aria-labelledby="make">
      <h2 id="make">${t("report.make")}</h2>
      <ol class="three">
        ${STEPS.map(
          (step, at) =>
            html`<li class="card">
              <h3>${at + 1}. ${t(`job.what.${step}`)}</h3>
              <p>${t(`report.does.${step}`)}</p>
              <button
                type="button"
                class=${step === "publish" ? "primary" : ""}
                ?disabled=${!this.isKeeper || this.isWorking || this.busy === step}
                @click=${() => this.startJob(step, () => api.step(step))}
              >
                ${t(`report.do.${step}`)}
              </button>
              <vallum-command .command=${verb(step, this.root)}></vallum-command>
              ${this.troubleBeside(step)}
            </li>`,
        )}
      </ol>
      <p class="quiet">${t("report.sample")} <a href="#/sample">${t("page.sample")}</a></p>
    </section>`;
  }

  private working(): TemplateResult | typeof nothing {
    const job = this.job;
    if (job === null || !(STEPS as readonly string[]).includes(job.what)) return nothing;
    if (job.state === "running") {
      return html`<section class="card" aria-live="polite">
        <progress aria-label=${jobName(job)} max="1" value=${shareOf(job) ?? nothing}></progress>
        <p><strong>${jobName(job)}</strong> · ${job.step} · ${progressWords(job)}</p>
      </section>`;
    }
    return html`<section>${this.said(job)}</section>`;
  }

  private said(job: Job): TemplateResult {
    if (job.error !== null) {
      return html`<div class="trouble" role="alert">
        <strong>${job.error.message}</strong><span>${job.error.next}</span>
      </div>`;
    }
    return html`<details class="note ${job.blocked.length > 0 ? "warn" : "good"}">
      <summary>${jobName(job)}: ${t(`job.state.${job.state}`)}</summary>
      <ul>
        ${[...job.blocked, ...job.lines].map((line) => html`<li>${line}</li>`)}
      </ul>
    </details>`;
  }

  private built(): TemplateResult {
    const report = this.report;
    if (report === null) {
      return this.trouble === null ? html`<p class="quiet">${t("pages.loading")}</p>` : html``;
    }
    if (!report.exists) return html`<div class="empty">${t("report.none")}</div>`;
    return html`<section aria-labelledby="preview">
      <div class="row spread">
        <h2 id="preview">
          ${t("report.preview")}
          ${report.is_stale
            ? html`<span class="tag">⚠ ${t("report.stale")}</span>`
            : html`<span class="tag">✓ ${t("report.fresh")}</span>`}
        </h2>
        <span class="row">
          <span class="quiet">${t("report.made", { when: momentWords(report.made_at) })}</span>
          <a class="button" href=${pictures.report} target="_blank" rel="noopener"
            >${t("report.window")}</a
          >
        </span>
      </div>
      <div class="stack">
        ${report.is_stale ? html`<div class="note warn">${t("report.stale_text")}</div>` : nothing}
        <iframe
          title=${t("report.preview")}
          sandbox="allow-scripts allow-downloads allow-popups"
          referrerpolicy="no-referrer"
          src="${pictures.report}?made=${encodeURIComponent(report.made_at ?? "")}"
        ></iframe>
        ${this.files(report)}
      </div>
    </section>`;
  }

  private files(report: ReportState): TemplateResult {
    return html`<div class="card stack">
      <h3>${t("report.files")}</h3>
      <p class="quiet">${t("report.files_text")}</p>
      ${this.isKeeper
        ? html`<vallum-command label=${t("report.copy_path")} .command=${folderOf(report.path)}>
          </vallum-command>`
        : nothing}
      <ul class="files">
        ${FILES.map(
          ([name, word]) =>
            html`<li>
              <a href="${pictures.report}${name}" download=${name}>${name}</a>
              <div class="small quiet">${t(`report.file.${word}`)}</div>
            </li>`,
        )}
      </ul>
    </div>`;
  }
}

/** Return the folder of a path, with either kind of slash. */
export function folderOf(path: string): string {
  return path.replace(/[/\\][^/\\]*\.html?$/, "");
}

customElements.define("vallum-report-page", ReportPage);
