/** `<vallum-papers-page>`: what came in, how it is protected, and how far it is read. */

import { css, html, nothing, type PropertyValues, type TemplateResult } from "lit";

import type { Keys } from "../keys.ts";
import { progressWords, shareOf } from "../pages/jobwords.ts";
import { Page } from "../pages/page.ts";
import { pageLook } from "../pages/pagelook.ts";
import type { Job } from "../types.ts";
import { number, t } from "../words.ts";
import { said } from "./api.ts";
import { exhibitTags, sourceWords } from "./cards.ts";
import { titleOf } from "./paperhead.ts";
import "./reading.ts";
import { badgeLook } from "./saidlook.ts";
import "./takein.ts";
import { when, word } from "./terms.ts";
import type { ExhibitRow, SourceRow, Words } from "./types.ts";

const OURS = new Set(["intake", "read"]);
const ANSWERING = new Set(["analyst", "adjudicator", "keeper"]);

export class PapersPage extends Page {
  static override properties = {
    ...Page.properties,
    ticket: { attribute: false },
    keys: { attribute: false },
    exhibits: { state: true },
    sources: { state: true },
    words: { state: true },
  };

  static override styles = [
    pageLook,
    badgeLook,
    css`
      .papers {
        display: grid;
        gap: 10px;
        margin: 0;
        padding: 0;
        list-style: none;
      }
      .papers li {
        display: grid;
        grid-template-columns: minmax(0, 1fr) auto;
        gap: 8px 16px;
        align-items: center;
      }
      .papers h3 {
        overflow-wrap: anywhere;
      }
      .about {
        display: grid;
        gap: 4px;
      }
      .results {
        margin: 8px 0 0;
        padding-inline-start: 20px;
      }
      @media (max-width: 600px) {
        .papers li {
          grid-template-columns: minmax(0, 1fr);
        }
      }
    `,
  ];

  /** The paper that is read; empty for the list of all. */
  ticket = "";
  keys: Keys | null = null;
  private exhibits: ExhibitRow[] | null = null;
  private sources: SourceRow[] = [];
  private words: Words | null = null;

  protected override updated(changed: PropertyValues): void {
    super.updated(changed);
    if (changed.has("ticket") && this.ticket === "" && changed.get("ticket")) void this.load();
  }

  protected override async load(): Promise<void> {
    if (!this.state?.project || this.ticket !== "") return;
    await this.attempt("list", async () => {
      this.exhibits = await said.exhibits();
      this.words ??= await said.words();
      if (this.isKeeper) this.sources = await said.sources();
    });
  }

  private get mayRead(): boolean {
    return ANSWERING.has(this.state?.me?.role ?? "");
  }

  protected override render(): TemplateResult {
    if (this.ticket !== "") {
      return html`<vallum-reading .state=${this.state} .ticket=${this.ticket} .keys=${this.keys}></vallum-reading>`;
    }
    return html`<header>
        <h1>${t("page.papers")}</h1>
        <p>${t("papers.lead")}</p>
      </header>
      ${this.troubleBeside("page")}
      ${this.state?.project ? html`${this.isKeeper ? this.adding() : nothing} ${this.result()} ${this.list()}` : this.noProject()}`;
  }

  private adding(): TemplateResult {
    return html`<section aria-labelledby="add">
      <h2 id="add">${t("papers.add")}</h2>
      <vallum-take-in .sources=${this.sources} .words=${this.words} .exhibits=${this.exhibits ?? []} .isWorking=${this.isWorking}></vallum-take-in>
    </section>`;
  }

  /** What became of each file, or how far the reading is; kept nowhere. */
  private result(): TemplateResult | typeof nothing {
    const { job } = this;
    if (job === null || !OURS.has(job.what)) return nothing;
    return html`<section aria-labelledby="result">
      <h2 id="result">${t(`job.what.${job.what}`)}</h2>
      <div class="card stack" role="status">${job.state === "running" ? running(job) : ended(job)}</div>
    </section>`;
  }

  private list(): TemplateResult {
    const rows = this.exhibits ?? [];
    return html`<section aria-labelledby="list">
      <div class="row spread">
        <h2 id="list">${t("papers.list")}${rows.length === 0 ? "" : ` (${number(rows.length)})`}</h2>
        ${this.mayRead && rows.some(({ has_text }) => has_text)
          ? html`<button type="button" class="primary" ?disabled=${this.isWorking || this.busy === "read"} @click=${() => this.read([])}>
              ${t("papers.read_all")}
            </button>`
          : nothing}
      </div>
      ${this.troubleBeside("list")} ${this.troubleBeside("read")}
      ${rows.length === 0
        ? html`<div class="empty">${t(this.exhibits === null ? "pages.loading" : "papers.none")}</div>`
        : html`<ul class="papers">
            ${rows.map((row) => this.row(row))}
          </ul>`}
    </section>`;
  }

  private row(row: ExhibitRow): TemplateResult {
    const { proposed, approved, rejected } = row.n_claims;
    const title = titleOf(row);
    const about = [
      word("paper", row.paper),
      sourceWords(row.source),
      row.published === null ? t("papers.no_day") : t("papers.published_on", { day: when(row.published) }),
      row.received === null ? "" : t("papers.received_on", { day: when(row.received) }),
    ];
    return html`<li class="card">
      <div class="about">
        <h3><a href="#/papers/${row.ticket}">${title}</a></h3>
        <span class="small quiet">${about.filter(Boolean).join(" · ")}</span>
        ${exhibitTags(row)}
        <span class="small">${t("papers.counts", { proposed, approved, rejected })}</span>
      </div>
      <div class="row">
        ${this.mayRead && row.has_text
          ? html`<button
              type="button"
              ?disabled=${this.isWorking || this.busy === "read" || row.is_locked}
              title=${row.is_locked ? t("said.locked") : nothing}
              aria-label="${t("papers.read_one")}: ${title}"
              @click=${() => this.read([row.ticket])}
            >
              ${t("papers.read_one")}
            </button>`
          : nothing}
        <a class="button" href="#/papers/${row.ticket}" aria-label="${t("papers.open")}: ${title}">${t("papers.open")}</a>
      </div>
    </li>`;
  }

  private read(tickets: string[]): void {
    void this.startJob("read", () => said.read(tickets));
  }
}

function running(job: Job): TemplateResult {
  return html`<progress aria-label=${t(`job.what.${job.what}`)} max="1" value=${shareOf(job) ?? nothing}></progress>
    <span>${progressWords(job)}</span>`;
}

function ended(job: Job): TemplateResult {
  if (job.error !== null) {
    return html`<div class="trouble"><strong>${job.error.message}</strong><span>${job.error.next}</span></div>`;
  }
  const files = job.files.map(({ name, ok, note }) => `${ok ? "✓" : "✕"} ${name}: ${note}`);
  const lines = [...files, ...job.lines, ...job.blocked.map((line) => `✕ ${line}`)];
  return html`<strong class=${job.blocked.length === 0 ? "good-text" : ""}
      >${t(job.blocked.length === 0 ? "papers.done" : "papers.done_some")}</strong
    >
    ${lines.length === 0 ? nothing : html`<ul class="results">${lines.map((line) => html`<li>${line}</li>`)}</ul>`}`;
}

customElements.define("vallum-papers-page", PapersPage);
