/** `<vallum-file-results>`: what became of each file of the last delivery; it stays until the next. */

import { css, html, nothing } from "lit";
import type { TemplateResult } from "lit";

import type { Job } from "../types.ts";
import { duration, t, Worded } from "../words.ts";
import "./copy.ts";
import { progressWords, shareOf } from "./jobwords.ts";
import { partLook } from "./pagelook.ts";
import { jobs } from "./watch.ts";

const KEPT = "vallum.results";
const IN_WORK = "add";

export class FileResults extends Worded {
  static override properties = {
    root: { type: String },
    job: { state: true },
    isOnlyRefused: { state: true },
  };

  static override styles = [
    ...partLook,
    css`
      .scroll {
        max-height: 420px;
        overflow: auto;
      }
      thead th {
        position: sticky;
        top: 0;
      }
    `,
  ];

  /** The project's folder, so that results of another project are not shown. */
  root = "";
  private job: Job | null = null;
  private isOnlyRefused = false;
  private stop: (() => void) | undefined;

  override connectedCallback(): void {
    super.connectedCallback();
    this.job = this.kept();
    this.stop = jobs.follow(() => this.take(jobs.job));
    this.take(jobs.job);
  }

  override disconnectedCallback(): void {
    this.stop?.();
    super.disconnectedCallback();
  }

  protected override render(): TemplateResult | typeof nothing {
    const job = this.job;
    if (job === null) return nothing;
    return html`<section aria-labelledby="results">
      <h2 id="results">${t("results.title")}</h2>
      <div class="stack">
        ${job.state === "running" ? this.running(job) : this.ended(job)}
        ${job.error === null
          ? nothing
          : html`<div class="trouble" role="alert">
              <strong>${job.error.message}</strong><span>${job.error.next}</span>
            </div>`}
        ${job.files.length > 0 ? this.table(job) : this.lines(job)}
      </div>
    </section>`;
  }

  private running(job: Job): TemplateResult {
    return html`<div class="card">
      <progress aria-label=${t("results.running")} max="1" value=${shareOf(job) ?? nothing}>
      </progress>
      <p>${t("results.running")} · ${progressWords(job)}</p>
    </div>`;
  }

  private ended(job: Job): TemplateResult {
    const n_refused = job.files.filter(({ ok }) => !ok).length;
    return html`<div class="row spread" role="status">
      <span>
        <strong class=${n_refused === 0 ? "good-text" : ""}
          >${t("results.summary", {
            n: job.files.length - n_refused,
            refused: n_refused,
          })}</strong
        >
        <span class="quiet">(${duration(job.seconds)})</span>
      </span>
      <span class="row">
        ${n_refused > 0
          ? html`<label class="check"
              ><input
                type="checkbox"
                .checked=${this.isOnlyRefused}
                @change=${(event: Event) => {
                  this.isOnlyRefused = (event.target as HTMLInputElement).checked;
                }}
              />${t("results.only_refused")}</label
            >`
          : nothing}
        <a class="button" href="#/run">${t("results.then_run")}</a>
      </span>
    </div>`;
  }

  private table(job: Job): TemplateResult {
    const rows = this.isOnlyRefused ? job.files.filter(({ ok }) => !ok) : job.files;
    return html`<div class="scroll" tabindex="0" role="group" aria-label=${t("results.title")}>
      <table>
        <caption class="only-read">
          ${t("results.title")}
        </caption>
        <thead>
          <tr>
            <th scope="col">${t("results.file")}</th>
            <th scope="col">${t("results.result")}</th>
            <th scope="col">${t("results.note")}</th>
          </tr>
        </thead>
        <tbody>
          ${rows.map(
            ({ name, ok, note }) =>
              html`<tr>
                <th scope="row">${name}</th>
                <td class="nowrap ${ok ? "good-text" : "bad-text"}">
                  ${ok ? "✓" : "✕"} ${t(resultKey(ok, note))}
                </td>
                <td>${note}</td>
              </tr>`,
          )}
        </tbody>
      </table>
    </div>`;
  }

  private lines(job: Job): TemplateResult | typeof nothing {
    const lines = [...job.lines, ...job.blocked];
    return lines.length === 0 ? nothing : html`<ul>${lines.map((line) => html`<li>${line}</li>`)}</ul>`;
  }

  private take(job: Job | null): void {
    if (job?.what !== IN_WORK) return;
    this.job = job;
    if (job.state === "running") return;
    try {
      sessionStorage.setItem(KEPT, JSON.stringify({ root: this.root, job }));
    } catch {
      // Without room in the browser the table lasts as long as the page does.
    }
  }

  private kept(): Job | null {
    try {
      const found = JSON.parse(sessionStorage.getItem(KEPT) ?? "null") as {
        root: string;
        job: Job;
      } | null;
      return found?.root === this.root ? found.job : null;
    } catch {
      return null;
    }
  }
}

/** Return the words for what became of a file. */
export function resultKey(ok: boolean, note: string): string {
  if (!ok) return "results.refused";
  return /\balready\b/i.test(note) ? "results.already" : "results.taken";
}

customElements.define("vallum-file-results", FileResults);
