/** `<vallum-history-page>`: what ran, when, for how long, what it added and what was blocked. */

import { css, html, nothing } from "lit";
import type { TemplateResult } from "lit";

import { api } from "../api.ts";
import type { PastRun } from "../types.ts";
import { duration, number, t } from "../words.ts";
import { momentWords } from "./moment.ts";
import { Page } from "./page.ts";
import { pageLook } from "./pagelook.ts";
import { addedWords, sectionsWords, tookWords } from "./pastwords.ts";

const MOST = 100;

export class HistoryPage extends Page {
  static override properties = {
    ...Page.properties,
    runs: { state: true },
    isOnlyBad: { state: true },
  };

  static override styles = [
    pageLook,
    css`
      td.when {
        white-space: nowrap;
      }
      .added {
        min-width: 24ch;
      }
      .failed td,
      .failed th {
        color: var(--bad);
      }
      ul {
        margin: 0;
        padding-left: 18px;
      }
    `,
  ];

  private runs: PastRun[] | null = null;
  private isOnlyBad = false;

  protected override async load(): Promise<void> {
    if (!this.state?.project) return;
    await this.attempt("load", async () => {
      this.runs = await api.history(MOST);
    });
  }

  protected override render(): TemplateResult {
    return html`<header>
        <h1>${t("history.title")}</h1>
        <p>${t(this.isKeeper ? "history.lead_keeper" : "history.lead")}</p>
      </header>
      ${this.troubleBeside("page")} ${this.troubleBeside("load")}
      ${this.state?.project ? this.body() : this.noProject()}`;
  }

  private body(): TemplateResult | typeof nothing {
    if (this.runs === null) {
      return this.trouble === null ? html`<p class="quiet">${t("pages.loading")}</p>` : nothing;
    }
    if (this.runs.length === 0) return html`<div class="empty">${t("history.none")}</div>`;
    const shown = this.isOnlyBad
      ? this.runs.filter((run) => run.how !== "done" || run.blocked.length > 0)
      : this.runs;
    return html`<section aria-labelledby="runs">
      <h2 id="runs" class="only-read">${t("history.title")}</h2>
      <div class="row">
        <label class="check">
          <input
            type="checkbox"
            .checked=${this.isOnlyBad}
            @change=${(event: Event) => {
              this.isOnlyBad = (event.target as HTMLInputElement).checked;
            }}
          />
          ${t("history.only_bad")}
        </label>
        <button type="button" ?disabled=${this.busy === "load"} @click=${() => this.load()}>
          ${t("history.again")}
        </button>
      </div>
      ${shown.length === 0
        ? html`<div class="empty">${t("history.none_bad")}</div>`
        : this.table(shown)}
      <p class="quiet small">${t("history.most", { n: MOST })} <code>vallum runs</code></p>
    </section>`;
  }

  private table(runs: readonly PastRun[]): TemplateResult {
    return html`<div class="scroll" tabindex="0" role="group" aria-label=${t("history.title")}>
      <table>
        <caption class="only-read">
          ${t("history.title")}
        </caption>
        <thead>
          <tr>
            <th scope="col">${t("history.col.when")}</th>
            <th scope="col">${t("history.col.step")}</th>
            ${this.isKeeper ? html`<th scope="col">${t("history.col.by")}</th>` : nothing}
            <th scope="col" class="number">${t("history.col.took")}</th>
            <th scope="col">${t("history.col.added")}</th>
            <th scope="col">${t("history.col.blocked")}</th>
            <th scope="col">${t("history.col.how")}</th>
          </tr>
        </thead>
        <tbody>
          ${runs.map((run) => this.row(run))}
        </tbody>
      </table>
    </div>`;
  }

  private row(run: PastRun): TemplateResult {
    return html`<tr class=${run.how}>
      <td class="when">${momentWords(run.at)}</td>
      <th scope="row">${run.step}</th>
      ${this.isKeeper ? html`<td>${run.by || "–"}</td>` : nothing}
      <td class="number">${tookWords(run.seconds, duration)}</td>
      <td class="added">${addedWords(run, t("history.nothing"), (n) => t("history.rows", { n }))}</td>
      <td>${this.blocked(run)}</td>
      <td>${t(`history.how.${run.how}`)}${run.error === "" ? nothing : html` <code>${run.error}</code>`}</td>
    </tr>`;
  }

  private blocked(run: PastRun): TemplateResult | typeof nothing {
    if (run.blocked.length === 0) return nothing;
    return html`<ul>
      ${run.blocked.map((one) => {
        const km = t("unit.km", { km: number(one.length_m / 1000, 1) });
        return html`<li>${km}: ${one.why} <span class="quiet">${t("history.sections", {
          list: sectionsWords(one.sections),
        })}</span></li>`;
      })}
    </ul>`;
  }
}

customElements.define("vallum-history-page", HistoryPage);
