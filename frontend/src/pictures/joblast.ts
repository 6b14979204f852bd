/** `<vallum-job-last>`: the job of one page: how far it is, and what it said when it was last done. */

import { css, html, nothing, type TemplateResult } from "lit";

import { jobName, progressWords, shareOf } from "../pages/jobwords.ts";
import { momentWords } from "../pages/moment.ts";
import { partLook } from "../pages/pagelook.ts";
import { jobs } from "../pages/watch.ts";
import { api } from "../api.ts";
import type { Job } from "../types.ts";
import { t, Worded } from "../words.ts";
import type { LastDone } from "./types.ts";

const MOST_LINES = 12;

/** Properties: `what` (names of jobs), `last` (what the server remembers). */
export class JobLast extends Worded {
  static override properties = {
    what: { attribute: false },
    last: { attribute: false },
    job: { state: true },
  };

  static override styles = [
    ...partLook,
    css`
      ul {
        margin: 4px 0 0;
        padding-inline-start: 20px;
      }
    `,
  ];

  what: readonly string[] = [];
  last: LastDone | null = null;
  private job: Job | null = null;
  private stop: (() => void) | undefined;

  override connectedCallback(): void {
    super.connectedCallback();
    this.stop = jobs.follow(() => (this.job = jobs.job));
    this.job = jobs.job;
  }

  override disconnectedCallback(): void {
    this.stop?.();
    super.disconnectedCallback();
  }

  protected override render(): TemplateResult | typeof nothing {
    const job = this.job !== null && this.what.includes(this.job.what) ? this.job : null;
    if (job?.state === "running") return this.running(job);
    if (job !== null && job.state !== "done") return this.broken(job);
    if (this.last === null) return nothing;
    const { lines, blocked, at } = this.last;
    return html`<div class="card" role="status">
      <p class="quiet small">${t("joblast.done", { moment: momentWords(at) })}</p>
      ${list(lines)} ${blocked.length === 0 ? nothing : html`<p><strong>${t("joblast.blocked")}</strong></p>${list(blocked)}`}
    </div>`;
  }

  private running(job: Job): TemplateResult {
    return html`<div class="card stack" role="status">
      <progress aria-label=${jobName(job)} max="1" value=${shareOf(job) ?? nothing}></progress>
      <div class="row spread">
        <span>${jobName(job)} · ${progressWords(job)}</span>
        <button type="button" @click=${() => void api.stopJob().then((stopped) => jobs.take(stopped))}>${t("joblast.stop")}</button>
      </div>
    </div>`;
  }

  private broken(job: Job): TemplateResult {
    if (job.error === null) return html`<div class="note" role="status">${list(job.lines)}</div>`;
    return html`<div class="trouble" role="alert"><strong>${job.error.message}</strong><span>${job.error.next}</span></div>`;
  }
}

function list(lines: readonly string[]): TemplateResult {
  const rest = lines.slice(MOST_LINES);
  const items = (some: readonly string[]): TemplateResult => html`<ul>${some.map((line) => html`<li>${line}</li>`)}</ul>`;
  return html`${items(lines.slice(0, MOST_LINES))}
    ${rest.length === 0 ? nothing : html`<details><summary>${t("joblast.more", { n: rest.length })}</summary>${items(rest)}</details>`}`;
}

customElements.define("vallum-job-last", JobLast);
