/** `<vallum-start-page>`: try the demo border, start my border, or open one. */

import { css, html, nothing } from "lit";
import type { TemplateResult } from "lit";

import { api } from "../api.ts";
import type { ApiProblem, HomeList } from "../types.ts";
import { t } from "../words.ts";
import { verb } from "./commands.ts";
import "./copy.ts";
import { progressWords, shareOf } from "./jobwords.ts";
import "./newborder.ts";
import { Page } from "./page.ts";
import { pageLook } from "./pagelook.ts";
import { jobs } from "./watch.ts";
import { isTourClosed, resumeTour, showTour } from "./tour.ts";

const DEMO_FOLDER = "demo-border";

export class StartPage extends Page {
  static override properties = {
    ...Page.properties,
    home: { state: true },
    path: { state: true },
    isFormOpen: { state: true },
  };

  static override styles = [
    pageLook,
    css`
      .choices {
        display: grid;
        grid-template-columns: repeat(auto-fit, minmax(min(100%, 290px), 1fr));
        gap: 16px;
        align-items: stretch;
      }
      .choice {
        display: flex;
        flex-direction: column;
        gap: 10px;
        padding: 20px;
      }
      .choice h2 {
        font-size: 18px;
      }
      .choice p {
        color: var(--text-2);
      }
      .choice .primary,
      .choice .big {
        min-height: 44px;
        font-size: 16px;
      }
      .choice .push {
        margin-top: auto;
      }
      .projects {
        display: grid;
        gap: 6px;
        margin: 0;
        padding: 0;
        list-style: none;
        max-height: 260px;
        overflow: auto;
      }
      .projects button {
        display: grid;
        width: 100%;
        min-height: 40px;
        text-align: start;
      }
      .projects small {
        color: var(--text-2);
        overflow-wrap: anywhere;
      }
      .now {
        display: flex;
        flex-wrap: wrap;
        gap: 8px 16px;
        align-items: center;
        margin-bottom: 16px;
      }
      .now > div {
        flex: 1 1 260px;
      }
      #mine {
        margin-top: 16px;
        padding: 20px;
      }
    `,
  ];

  private home: (HomeList & { problem?: ApiProblem | null }) | null = null;
  private path = "";
  private isFormOpen = false;

  protected override async load(): Promise<void> {
    resumeTour();
    await this.attempt("home", async () => {
      this.home = await api.home();
    });
  }

  protected override render(): TemplateResult {
    return html`<header>
        <h1>${t("start.title")}</h1>
        <p>${t("start.lead")} ${t(this.state?.is_local === false ? "start.stays_server" : "start.stays_here")}</p>
      </header>
      ${this.troubleBeside("page")} ${this.troubleBeside("home")} ${this.onlyKeeper()}
      ${this.home?.problem
        ? html`<div class="trouble" role="alert">
            <strong>${this.home.problem.message}</strong><span>${this.home.problem.next}</span>
          </div>`
        : nothing}
      ${this.notice()} ${this.openNow()}
      ${this.isKeeper
        ? html`<div class="choices">${this.demoChoice()} ${this.mineChoice()} ${this.openChoice()}</div>`
        : nothing}
      ${this.isFormOpen
        ? html`<section id="mine" class="card" aria-labelledby="mine-title">
            <h2 id="mine-title" tabindex="-1">${t("start.mine")}</h2>
            <vallum-new-border
              .frontiers=${this.home?.frontiers ?? []}
              .cwd=${this.home?.cwd ?? ""}
              @made=${this.onMade}
            ></vallum-new-border>
          </section>`
        : nothing}`;
  }

  /** What a foreign file that took over its reader could do at this machine, because a wall is missing. */
  private notice(): TemplateResult | typeof nothing {
    const missing = this.home?.notice ?? [];
    if (missing.length === 0) return nothing;
    return html`<section class="note warn stack" aria-labelledby="notice">
      <h2 id="notice">${t("start.notice")}</h2>
      <p>${t("start.notice_text")}</p>
      <ul>
        ${missing.map((what) => html`<li>${t(`start.notice.${what}`)}</li>`)}
      </ul>
      <p>${t("start.notice_next")} <code>vallum doctor</code></p>
    </section>`;
  }

  private openNow(): TemplateResult | typeof nothing {
    const project = this.state?.project;
    if (!project) return nothing;
    return html`<section class="note good now" aria-label=${t("start.now")}>
      <div>
        <strong>${t("start.now")}: ${project.name}</strong>
        ${project.is_simulated ? html`<span class="tag">${t("pages.simulated")}</span>` : nothing}
        <div class="small quiet">${this.root}</div>
      </div>
      <a class="button" href="#/coverage">${t("start.go_coverage")}</a>
      <a class="button" href="#/review/triage">${t("start.go_review")}</a>
      ${project.is_simulated
        ? html`<button type="button" @click=${() => showTour()}>${t("tour.show")}</button>`
        : nothing}
      ${this.isKeeper
        ? html`<button type="button" ?disabled=${this.isWorking} @click=${this.close}>
            ${t("start.close")}
          </button>`
        : nothing}
      ${this.troubleBeside("close")}
    </section>`;
  }

  private demoChoice(): TemplateResult {
    const job = this.job?.what === "demo" ? this.job : null;
    const isRunning = job?.state === "running";
    return html`<section class="card choice">
      <h2>${t("start.demo")}</h2>
      <p>${t("start.demo_text")}</p>
      <button
        class="primary push"
        type="button"
        ?disabled=${this.isWorking || this.busy === "demo"}
        @click=${this.demo}
      >
        ${t("start.demo_button")}
      </button>
      <vallum-command .command=${job?.command || verb("demo", "", [DEMO_FOLDER, "--no-review"])}></vallum-command>
      ${isRunning && job !== null
        ? html`<div class="stack">
            <progress aria-label=${t("start.demo_wait")} max="1" value=${shareOf(job) ?? nothing}>
            </progress>
            <p>${t("start.demo_wait")}</p>
            <p class="small">${job.step} · ${progressWords(job)}</p>
            <button type="button" ?disabled=${this.busy === "demo"} @click=${this.stopDemo}>
              ${t("run.stop")}
            </button>
          </div>`
        : nothing}
      ${job?.state === "failed" && job.error !== null
        ? html`<div class="trouble" role="alert">
            <strong>${job.error.message}</strong><span>${job.error.next}</span>
          </div>`
        : nothing}
      ${this.troubleBeside("demo")}
    </section>`;
  }

  private mineChoice(): TemplateResult {
    return html`<section class="card choice">
      <h2>${t("start.mine")}</h2>
      <p>${t("start.mine_text")}</p>
      <button
        class="big push"
        type="button"
        aria-expanded=${this.isFormOpen ? "true" : "false"}
        @click=${this.toggleForm}
      >
        ${t(this.isFormOpen ? "start.mine_close" : "start.mine_button")}
      </button>
      <vallum-command command="vallum new FOLDER --frontier LINE --before WHEN --after WHEN">
      </vallum-command>
    </section>`;
  }

  private openChoice(): TemplateResult {
    const projects = this.home?.projects ?? [];
    return html`<section class="card choice">
      <h2>${t("start.open")}</h2>
      ${projects.length === 0
        ? html`<p>${t("start.none_here", { folder: this.home?.cwd ?? "" })}</p>`
        : html`<ul class="projects" aria-label=${t("start.found_here")}>
            ${projects.map(
              (project) =>
                html`<li>
                  <button
                    type="button"
                    ?disabled=${this.isWorking || this.busy === "open"}
                    @click=${() => this.open(project.root)}
                  >
                    <span
                      >${project.name}
                      ${project.is_simulated
                        ? html`<span class="tag">${t("pages.simulated")}</span>`
                        : nothing}</span
                    >
                    <small>${project.root}</small>
                  </button>
                </li>`,
            )}
          </ul>`}
      <form class="field push" @submit=${this.openPath}>
        <label for="path">${t("start.path")}</label>
        <div class="row">
          <input
            id="path"
            autocomplete="off"
            spellcheck="false"
            .value=${this.path}
            aria-describedby="trouble-open"
            @input=${(event: InputEvent) => {
              this.path = (event.target as HTMLInputElement).value;
            }}
          />
          <button type="submit" ?disabled=${this.path.trim() === "" || this.busy === "open"}>
            ${t("start.open_button")}
          </button>
        </div>
        ${this.troubleBeside("open")}
      </form>
      <vallum-command
        .command=${verb("open", this.path.trim() || projects[0]?.root || "FOLDER")}
      ></vallum-command>
    </section>`;
  }

  private readonly demo = async (): Promise<void> => {
    await this.startJob("demo", () => api.demo());
  };

  private readonly stopDemo = async (): Promise<void> => {
    await this.attempt("demo", async () => {
      jobs.take(await api.stopJob());
    });
  };

  protected override onJobEnded(): void {
    if (this.job?.what === "demo" && this.job.state === "done" && !isTourClosed()) showTour();
  }

  private readonly toggleForm = async (): Promise<void> => {
    this.isFormOpen = !this.isFormOpen;
    await this.updateComplete;
    this.renderRoot.querySelector<HTMLElement>("#mine-title")?.focus();
  };

  private readonly onMade = (event: CustomEvent): void => {
    this.isFormOpen = false;
    this.tellState(event.detail);
    location.hash = "#/images";
  };

  private readonly close = async (): Promise<void> => {
    await this.attempt("close", async () => {
      this.tellState(await api.close());
    });
  };

  private readonly openPath = async (event: Event): Promise<void> => {
    event.preventDefault();
    await this.open(this.path.trim());
  };

  private async open(root: string): Promise<void> {
    const isOpen = await this.attempt("open", async () => {
      this.tellState(await api.open(root));
    });
    if (isOpen) location.hash = "#/coverage";
  }
}

customElements.define("vallum-start-page", StartPage);
