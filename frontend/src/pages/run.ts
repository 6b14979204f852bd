/** `<vallum-run-page>`: do what is due, watch it, stop it; a reload loses nothing. */

import { css, html, nothing } from "lit";
import type { TemplateResult } from "lit";

import { api } from "../api.ts";
import type { Job } from "../types.ts";
import { duration, t } from "../words.ts";
import { verb } from "./commands.ts";
import "./copy.ts";
import { jobName, leftWords, progressWords, shareOf } from "./jobwords.ts";
import { Page } from "./page.ts";
import { pageLook } from "./pagelook.ts";
import { jobs } from "./watch.ts";

export const STEPS = [
  "cover",
  "align",
  "detect",
  "settle",
  "sight",
  "measure",
  "publish",
] as const;

export class RunPage extends Page {
  static override properties = { ...Page.properties, isStopping: { state: true } };

  static override styles = [
    pageLook,
    css`
      .all {
        display: flex;
        flex-wrap: wrap;
        gap: 12px 20px;
        align-items: center;
        padding: 4px;
      }
      .all .primary {
        min-height: 48px;
        padding: 8px 24px;
        font-size: 17px;
      }
      .all p {
        flex: 1 1 300px;
        color: var(--text-2);
      }
      .job h2 {
        margin-bottom: 0;
      }
      .job progress {
        height: 16px;
      }
      .log {
        max-height: 320px;
        margin: 0;
        padding: 8px 12px;
        overflow: auto;
        background: var(--ground);
        border: 1px solid var(--line);
        border-radius: var(--radius);
        font: 13px/1.5 var(--mono);
      }
      .log p {
        white-space: pre-wrap;
        overflow-wrap: anywhere;
      }
      .blocked {
        margin: 4px 0 0;
        padding-inline-start: 20px;
      }
      .steps td button {
        min-width: 96px;
      }
      .steps td {
        vertical-align: middle;
      }
    `,
  ];

  private isStopping = false;
  private stepSeen = { key: "", at_s: 0 };

  protected override render(): TemplateResult {
    return html`<header>
        <h1>${t("run.title")}</h1>
        <p>${t("run.lead")}</p>
      </header>
      ${this.troubleBeside("page")}
      ${this.state?.project
        ? html`${this.onlyKeeper()} ${this.all()} ${this.jobCard()} ${this.single()}`
        : html`${this.noProject()} ${this.jobCard()}`}`;
  }

  private all(): TemplateResult {
    const next = this.state?.project?.next ?? "";
    return html`<section class="card">
      <div class="all">
        <button
          class="primary"
          type="button"
          ?disabled=${!this.isKeeper || this.isWorking || this.busy === "run"}
          @click=${() => this.startJob("run", () => api.run())}
        >
          ${t("run.all")}
        </button>
        <p>${t("run.all_text")}</p>
        <vallum-command .command=${verb("run", this.root)}></vallum-command>
      </div>
      ${next === "" ? nothing : html`<p class="quiet">${t("run.due")} <code>${next}</code></p>`}
      <p><a href="#/history">${t("run.see_history")}</a></p>
      ${this.troubleBeside("run")}
    </section>`;
  }

  private jobCard(): TemplateResult | typeof nothing {
    const job = this.job;
    if (job === null) return nothing;
    return html`<section class="card job stack" aria-labelledby="job">
      <div class="row spread">
        <h2 id="job">${jobName(job)}: ${t(`job.state.${job.state}`)}</h2>
        ${job.state === "running"
          ? html`<button type="button" ?disabled=${!this.isKeeper || this.isStopping} @click=${this.stop}>
              ${t(this.isStopping ? "run.stopping" : "run.stop")}
            </button>`
          : nothing}
      </div>
      ${jobs.isLost ? html`<div class="note warn" role="status">${t("run.lost")}</div>` : nothing}
      ${job.state === "running" ? this.progress(job) : this.ended(job)}
      ${this.troubleBeside("stop")} ${this.blocked(job)}
      ${job.lines.length > 0
        ? html`<div class="log" role="log" tabindex="0" aria-label=${t("run.lines")}>
            ${job.lines.map((line) => html`<p>${line}</p>`)}
          </div>`
        : nothing}
      ${this.isKeeper ? html`<vallum-command .command=${job.command}></vallum-command>` : nothing}
    </section>`;
  }

  private progress(job: Job): TemplateResult {
    const share = shareOf(job);
    const stepName = job.step || t("run.starting");
    return html`<div class="stack">
      <progress aria-label="${jobName(job)}: ${stepName}" max="1" value=${share ?? nothing}>
      </progress>
      <div class="row spread">
        <strong>${stepName}</strong>
        <span>${[progressWords(job), leftWords(job, this.stepSeconds(job))].filter(Boolean).join(" · ")}</span>
      </div>
      <p class="quiet small">${t("run.may_leave")}</p>
    </div>`;
  }

  private ended(job: Job): TemplateResult {
    if (job.error !== null) {
      return html`<div class="trouble" role="alert">
        <strong>${job.error.message}</strong><span>${job.error.next}</span>
      </div>`;
    }
    const key = job.state === "stopped" ? "stopped" : job.blocked.length > 0 ? "partly" : "done";
    return html`<div class="note ${key === "done" ? "good" : "warn"}" role="status">
      ${t(`run.ended.${key}`, { time: duration(job.seconds) })}
    </div>`;
  }

  private blocked(job: Job): TemplateResult | typeof nothing {
    if (job.blocked.length === 0) return nothing;
    return html`<div class="note warn">
      <strong>${t("run.blocked", { n: job.blocked.length })}</strong>
      <p>${t("run.blocked_text")}</p>
      <ul class="blocked">
        ${job.blocked.map((line) => html`<li>${line}</li>`)}
      </ul>
      <a href="#/coverage">${t("run.see_coverage")}</a>
    </div>`;
  }

  private single(): TemplateResult {
    return html`<section aria-labelledby="single">
      <h2 id="single">${t("run.single")}</h2>
      <div class="scroll steps" tabindex="0" role="group" aria-label=${t("run.single")}>
        <table>
          <caption>
            ${t("run.single_text")}
          </caption>
          <thead>
            <tr>
              <th scope="col">${t("run.col.step")}</th>
              <th scope="col">${t("run.col.does")}</th>
              <th scope="col">${t("run.col.command")}</th>
            </tr>
          </thead>
          <tbody>
            ${STEPS.map(
              (step) =>
                html`<tr>
                  <td>
                    <button
                      type="button"
                      ?disabled=${!this.isKeeper || this.isWorking || this.busy === step}
                      @click=${() => this.startJob(step, () => api.step(step))}
                    >
                      ${t(`job.what.${step}`)}
                    </button>
                  </td>
                  <td>${t(`run.does.${step}`)} ${this.troubleBeside(step)}</td>
                  <td><vallum-command .command=${verb(step, this.root)}></vallum-command></td>
                </tr>`,
            )}
          </tbody>
        </table>
      </div>
    </section>`;
  }

  /** How long the present step has been at work, as far as this page saw it. */
  private stepSeconds(job: Job): number {
    const key = `${job.id} ${job.step} ${job.unit}`;
    if (this.stepSeen.key !== key || job.done === 0) this.stepSeen = { key, at_s: job.seconds };
    return job.seconds - this.stepSeen.at_s;
  }

  private readonly stop = async (): Promise<void> => {
    this.isStopping = true;
    await this.attempt("stop", async () => {
      jobs.take(await api.stopJob());
    });
  };

  protected override onJobEnded(): void {
    this.isStopping = false;
  }
}

customElements.define("vallum-run-page", RunPage);
