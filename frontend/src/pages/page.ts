/** What all pages share: the state, one running request, and trouble shown where it arose. */

import { html, nothing } from "lit";
import type { PropertyValues, TemplateResult } from "lit";

import { api, ApiError } from "../api.ts";
import type { Job, State } from "../types.ts";
import { duration, t, Worded } from "../words.ts";
import { jobs } from "./watch.ts";

/** What went wrong, beside the field or button it is about. */
export interface Trouble {
  about: string;
  message: string;
  next: string;
}

/** Return what to tell a person about a failed request. */
export function troubleOf(problem: unknown, about: string): Trouble {
  if (!(problem instanceof ApiError)) throw problem;
  if (problem.status === 0) {
    return { about, message: t("pages.error.gone"), next: t("pages.error.gone_next") };
  }
  if (problem.status === 429) {
    const seconds = Number(/\d+/.exec(problem.next)?.[0] ?? 10);
    return { about, message: t("pages.error.many"), next: t("pages.error.many_next", { time: duration(seconds) }) };
  }
  return {
    about,
    message: problem.message || t("pages.error.plain", { code: problem.code }),
    next: problem.next,
  };
}

/**
 * A page. Give it `state` (GET /state); it asks for it itself otherwise.
 *
 * Fires `state-changed` with the new state, or null where it must be asked for again.
 */
export class Page extends Worded {
  static override properties = {
    state: { attribute: false },
    busy: { state: true },
    trouble: { state: true },
    job: { state: true },
  };

  state: State | null = null;
  /** What is being asked of the server; empty when nothing is. */
  protected busy = "";
  protected trouble: Trouble | null = null;
  protected job: Job | null = null;
  private stopJob: (() => void) | undefined;
  private readonly onEnded = (): void => {
    this.job = jobs.job;
    this.onJobEnded();
    void this.refresh();
  };

  override connectedCallback(): void {
    super.connectedCallback();
    this.stopJob = jobs.follow(() => {
      this.job = jobs.job;
    });
    this.job = jobs.job;
    jobs.addEventListener("ended", this.onEnded);
    void this.begin();
  }

  override disconnectedCallback(): void {
    this.stopJob?.();
    jobs.removeEventListener("ended", this.onEnded);
    super.disconnectedCallback();
  }

  protected override updated(changed: PropertyValues): void {
    super.updated(changed);
    if (!changed.has("trouble") || this.trouble === null) return;
    this.renderRoot.querySelector(".trouble")?.scrollIntoView({ block: "nearest" });
  }

  /** Ask the server for what the page shows; pages override it. */
  protected async load(): Promise<void> {}

  /** Called when a job ends, before the page is loaded anew; pages override it. */
  protected onJobEnded(): void {}

  /** The project's folder, for the keeper; for everybody else, and when none is open, empty. */
  protected get root(): string {
    return this.isKeeper ? (this.state?.project?.root ?? "") : "";
  }

  /** Whether this person may change the project; everybody else reads. */
  protected get isKeeper(): boolean {
    return this.state?.me?.role === "keeper";
  }

  /** Said where a person may look and not change. */
  protected onlyKeeper(): TemplateResult | typeof nothing {
    if (this.state === null || this.isKeeper) return nothing;
    return html`<div class="note">${t("pages.only_keeper")}</div>`;
  }

  /** Whether a job runs, so that no second one can be started. */
  protected get isWorking(): boolean {
    return this.job?.state === "running";
  }

  /** Do something that asks the server; trouble is kept and shown beside `about`. */
  protected async attempt(about: string, work: () => Promise<void>): Promise<boolean> {
    this.busy = about;
    if (this.trouble?.about === about) this.trouble = null;
    try {
      await work();
      return true;
    } catch (problem) {
      this.trouble = troubleOf(problem, about);
      return false;
    } finally {
      this.busy = "";
    }
  }

  /** Start a job on the server and follow it. */
  protected startJob(about: string, start: () => Promise<Job>): Promise<boolean> {
    return this.attempt(about, async () => {
      jobs.take(await start());
    });
  }

  /** Tell the app that the state changed; null where it must be asked for again. */
  protected tellState(state: State | null): void {
    if (state !== null) this.state = state;
    this.dispatchEvent(
      new CustomEvent("state-changed", { detail: state, bubbles: true, composed: true }),
    );
  }

  /** Trouble about one field or button, if there is any. */
  protected troubleBeside(about: string): TemplateResult | typeof nothing {
    const trouble = this.trouble;
    if (trouble?.about !== about) return nothing;
    return html`<div class="trouble" role="alert" id="trouble-${about}">
      <strong>${trouble.message}</strong>
      ${trouble.next === "" ? nothing : html`<span>${trouble.next}</span>`}
    </div>`;
  }

  /** Ask for the state and for what the page shows, again. */
  protected async refresh(): Promise<void> {
    await this.attempt("page", async () => {
      this.tellState(await api.state());
    });
    await this.load();
  }

  /** Said in place of a page that needs a project, where none is open. */
  protected noProject(): TemplateResult | typeof nothing {
    if (this.state === null || this.state.project !== null) return nothing;
    return html`<div class="empty">
      <p>${t("pages.no_project")}</p>
      <p><a href="#/start">${t("pages.to_start")}</a></p>
    </div>`;
  }

  private async begin(): Promise<void> {
    if (this.state === null) {
      await this.attempt("page", async () => {
        this.state = await api.state();
      });
    }
    await this.load();
  }
}
