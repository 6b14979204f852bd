/** `<vallum-job>`: what is being worked on, for the top bar; nothing where nothing is. */

import { css, html, nothing } from "lit";

import { look } from "../look.ts";
import type { Job } from "../types.ts";
import { t, Worded } from "../words.ts";
import { jobName, shareOf } from "./jobwords.ts";
import { jobs } from "./watch.ts";

/** Fires `job-ended` {job} when a job ends, so that the app asks for its state again. */
export class JobBar extends Worded {
  static override properties = {
    job: { state: true },
    hiddenId: { state: true },
  };

  static override styles = [
    look,
    css`
      :host {
        display: inline-block;
      }
      .bar {
        display: flex;
        align-items: center;
        gap: 8px;
        padding: 2px 4px 2px 10px;
        border: 1px solid var(--line-strong);
        border-radius: 999px;
        background: var(--panel-2);
        font-size: var(--small);
      }
      .bar.failed {
        border-color: var(--no);
      }
      a {
        display: flex;
        align-items: center;
        gap: 8px;
        min-height: 24px;
        color: var(--text);
        text-decoration: none;
        white-space: nowrap;
      }
      a:hover {
        text-decoration: underline;
      }
      progress {
        width: 72px;
        height: 8px;
        accent-color: var(--accent);
      }
      button {
        min-width: 24px;
        min-height: 24px;
        padding: 0 6px;
        border: 0;
        background: none;
      }
      .wide {
        max-width: 22ch;
        overflow: hidden;
        text-overflow: ellipsis;
      }
      @media (max-width: 900px) {
        .wide {
          display: none;
        }
      }
    `,
  ];

  private job: Job | null = null;
  private hiddenId = "";
  private stop: (() => void) | undefined;
  private readonly onEnded = (event: Event): void => {
    const job = (event as CustomEvent<Job>).detail;
    this.dispatchEvent(
      new CustomEvent("job-ended", { detail: { job }, bubbles: true, composed: true }),
    );
  };

  override connectedCallback(): void {
    super.connectedCallback();
    this.stop = jobs.follow(() => {
      // A job that had ended before this page was opened is old news.
      if (this.job === null && jobs.job !== null && jobs.job.state !== "running") {
        this.hiddenId = jobs.job.id;
      }
      this.job = jobs.job;
    });
    jobs.addEventListener("ended", this.onEnded);
  }

  override disconnectedCallback(): void {
    this.stop?.();
    jobs.removeEventListener("ended", this.onEnded);
    super.disconnectedCallback();
  }

  protected override render() {
    const job = this.job;
    if (job === null || job.id === this.hiddenId) return nothing;
    const share = shareOf(job);
    return html`<div class="bar ${job.state}" role="group" aria-label=${t("job.aria")}>
      <a href="#/run">
        <span>${jobName(job)}</span>
        ${job.state === "running"
          ? html`<progress
                aria-label=${t("job.aria")}
                max="1"
                value=${share ?? nothing}
              ></progress
              ><span class="wide">${job.step}</span>`
          : html`<strong>${t(`job.state.${job.state}`)}</strong>`}
      </a>
      ${job.state === "running"
        ? nothing
        : html`<button
            type="button"
            aria-label=${t("job.dismiss")}
            title=${t("job.dismiss")}
            @click=${() => {
              this.hiddenId = job.id;
            }}
          >
            ✕
          </button>`}
    </div>`;
  }
}

customElements.define("vallum-job", JobBar);
