/** What a job about publishing is at, or what it said when it ended. */

import { html, nothing, type TemplateResult } from "lit";

import { jobName, progressWords, shareOf } from "../pages/jobwords.ts";
import type { Job } from "../types.ts";
import { t } from "../words.ts";

export function worked(job: Job | null, steps: readonly string[]): TemplateResult | typeof nothing {
  if (job === null || !steps.includes(job.what)) return nothing;
  if (job.state === "running") {
    return html`<section class="card stack" aria-live="polite">
      <progress aria-label=${jobName(job)} max="1" value=${shareOf(job) ?? nothing}></progress>
      <p><strong>${jobName(job)}</strong> · ${job.step} · ${progressWords(job)}</p>
    </section>`;
  }
  return html`<section>${said(job)}</section>`;
}

function said(job: Job): TemplateResult {
  if (job.error !== null) {
    return html`<div class="trouble" role="alert">
      <strong class="lines">${job.error.message}</strong><span>${job.error.next}</span>
    </div>`;
  }
  return html`<details class="note ${job.blocked.length > 0 ? "warn" : "good"}" ?open=${job.blocked.length > 0}>
    <summary>${jobName(job)}: ${t(`job.state.${job.state}`)}</summary>
    <ul>
      ${[...job.blocked, ...job.lines].map((line) => html`<li>${line}</li>`)}
    </ul>
  </details>`;
}
