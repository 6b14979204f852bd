/** `<vallum-sources-page>`: who speaks, how reliable, what was agreed; for the keeper alone. */

import { css, html, nothing, type TemplateResult } from "lit";

import { say } from "../announce.ts";
import { ApiError } from "../api.ts";
import { momentWords } from "../pages/moment.ts";
import { Page } from "../pages/page.ts";
import { pageLook } from "../pages/pagelook.ts";
import { number, t, when } from "../words.ts";
import { said } from "./api.ts";
import "./gradeform.ts";
import { LEAST_REASON, type GradeForm } from "./gradeform.ts";
import { badgeLook } from "./saidlook.ts";
import "./sourceform.ts";
import { word } from "./terms.ts";
import type { SourceBody, SourceFull, SourceRow, VaultState, Words } from "./types.ts";
import { hold } from "./unsaved.ts";

const WITHDRAW = "WITHDRAW";
const SHOWN_MS = 60_000;
const LOOK_MS = 5000;

type Doing = "" | "change" | "grade" | "withdraw";

export class SourcesPage extends Page {
  static override properties = {
    ...Page.properties,
    sources: { state: true },
    words: { state: true },
    vault: { state: true },
    isAdding: { state: true },
    open: { state: true },
    doing: { state: true },
    newer: { state: true },
    who: { state: true },
    confirm: { state: true },
    why: { state: true },
    gone: { state: true },
  };

  static override styles = [
    pageLook,
    badgeLook,
    css`
      .sources {
        display: grid;
        gap: 10px;
        margin: 0;
        padding: 0;
        list-style: none;
      }
      .head {
        display: flex;
        flex-wrap: wrap;
        gap: 6px 12px;
        align-items: center;
        justify-content: space-between;
      }
      .more {
        display: grid;
        gap: 12px;
        margin-top: 10px;
        padding-top: 10px;
        border-top: 1px solid var(--line);
      }
      pre {
        margin: 0;
        font-family: inherit;
        white-space: pre-wrap;
        overflow-wrap: anywhere;
      }
      dl {
        grid-template-columns: minmax(110px, max-content) minmax(0, 1fr);
      }
      .withdrawn h3 {
        color: var(--text-3);
        text-decoration: line-through;
      }
    `,
  ];

  private sources: SourceRow[] | null = null;
  private words: Words | null = null;
  private vault: VaultState | null = null;
  private isAdding = false;
  private open: SourceFull | null = null;
  private doing: Doing = "";
  private newer = false;
  /** Who a source is, while it is shown; gone after a minute, on closing, and when the vault locks. */
  private who: { ticket: string; text: string } | null = null;
  private confirm = "";
  private why = "";
  private gone: string[] = [];
  private hiding: ReturnType<typeof setTimeout> | undefined;
  private watching: ReturnType<typeof setInterval> | undefined;

  override disconnectedCallback(): void {
    this.hide();
    hold(this, false);
    super.disconnectedCallback();
  }

  protected override async load(): Promise<void> {
    if (!this.state?.project || !this.isKeeper) return;
    await this.attempt("list", async () => {
      this.sources = await said.sources();
      this.words ??= await said.words();
      this.vault = await said.vault();
    });
  }

  protected override render(): TemplateResult {
    return html`<header>
        <h1>${t("page.sources")}</h1>
        <p>${t("sources.lead")}</p>
      </header>
      ${this.troubleBeside("page")}
      ${!this.state?.project ? this.noProject() : this.isKeeper ? html`${this.adding()} ${this.list()}` : html`<div class="note">${t("sources.only_keeper")}</div>`}`;
  }

  private adding(): TemplateResult {
    if (!this.isAdding) {
      return html`<section><button type="button" class="primary" @click=${() => (this.isAdding = true)}>${t("sources.new")}</button></section>`;
    }
    return html`<section class="card stack" aria-labelledby="new">
      <h2 id="new">${t("sources.new")}</h2>
      ${this.troubleBeside("add")}
      <vallum-source-form
        .sources=${this.sources ?? []}
        .words=${this.words}
        .hasVault=${this.vault?.exists ?? false}
        .isBusy=${this.busy === "add"}
        @typing=${(event: CustomEvent<boolean>) => hold(this, event.detail)}
        @save=${(event: CustomEvent<{ body: SourceBody }>) => void this.add(event.detail.body)}
        @leave=${() => (this.isAdding = false)}
      ></vallum-source-form>
    </section>`;
  }

  private list(): TemplateResult {
    const rows = this.sources ?? [];
    return html`<section aria-labelledby="list">
      <h2 id="list">${t("sources.list")}${rows.length === 0 ? "" : ` (${number(rows.length)})`}</h2>
      ${this.troubleBeside("list")}
      ${rows.length === 0
        ? html`<div class="empty">${t(this.sources === null ? "pages.loading" : "sources.none")}</div>`
        : html`<ul class="sources">
            ${rows.map((row) => this.one(row))}
          </ul>`}
    </section>`;
  }

  private one(row: SourceRow): TemplateResult {
    const isOpen = this.open?.ticket === row.ticket;
    const name = row.name || row.code;
    return html`<li class="card ${row.consent_withdrawn === null ? "" : "withdrawn"}" data-code=${row.code}>
      <div class="head">
        <div>
          <h3>${name}</h3>
          <p class="small quiet">
            ${[row.name ? row.code : "", word("voice", row.voice), row.described_as, t("sources.counts", { papers: row.n_exhibits, claims: row.n_claims })].filter(Boolean).join(" · ")}
          </p>
        </div>
        <div class="tags">
          <span class="tag" title="${row.reliability}: ${t(`said.letter.${row.reliability}`)}">${t("said.grade", { grade: row.reliability })}</span>
          <span class="tag ${row.is_protected ? "locked" : ""}">${t("sources.risk", { risk: word("risk", row.risk) })}</span>
          <span class="tag">${word("handling", row.handling)}</span>
          ${row.consent_withdrawn === null ? nothing : html`<span class="tag warn">${t("sources.withdrawn", { day: when(row.consent_withdrawn) })}</span>`}
          <button type="button" aria-expanded=${isOpen ? "true" : "false"} aria-label="${t(isOpen ? "sources.close" : "sources.open")}: ${name}" @click=${() => (isOpen ? this.close() : void this.show(row))}>
            ${t(isOpen ? "sources.close" : "sources.open")}
          </button>
        </div>
      </div>
      ${this.troubleBeside(`open-${row.ticket}`)} ${isOpen && this.open !== null ? this.detail(this.open) : nothing}
    </li>`;
  }

  private detail(row: SourceFull): TemplateResult {
    const line = (key: string, value: string): TemplateResult => html`<dt>${t(`sources.field.${key}`)}</dt><dd>${value || "–"}</dd>`;
    const doing = (name: Doing, label: string): TemplateResult =>
      html`<button type="button" aria-expanded=${this.doing === name ? "true" : "false"} @click=${() => this.turn(name)}>${t(label)}</button>`;
    return html`<div class="more">
      <dl>
        ${line("reliability", `${row.reliability}: ${t(`said.letter.${row.reliability}`)}${row.reliability_basis ? ` (${row.reliability_basis})` : ""}`)}
        ${line("attribution", word("attribution", row.attribution))} ${line("consent", row.consent.map((one) => word("scope", one)).join(", "))}
        ${line("consent_method", row.consent_method)} ${line("consent_given", row.consent_given === null ? "" : when(row.consent_given))}
        ${line("consent_expires", row.consent_expires === null ? "" : when(row.consent_expires))}
        ${line("origin", this.sources?.find(({ code }) => code === row.origin)?.name || row.origin || t("sources.own_origin"))}
      </dl>
      ${this.identityBox(row)}
      ${row.consent_withdrawn === null
        ? html`<div class="row">${doing("change", "sources.change")} ${doing("grade", "sources.grade")} ${doing("withdraw", "sources.withdraw")}</div>`
        : nothing}
      ${this.newer ? html`<div class="note warn" role="alert">${t("sources.newer")}</div>` : nothing}
      ${this.troubleBeside("source")} ${this.doingForm(row)} ${this.past(row)}
    </div>`;
  }

  private doingForm(row: SourceFull): TemplateResult | typeof nothing {
    const typing = (event: CustomEvent<boolean>): void => hold(this, event.detail);
    switch (this.doing) {
      case "change":
        return html`<vallum-source-form
          .row=${row}
          .sources=${this.sources ?? []}
          .words=${this.words}
          .hasVault=${this.vault?.exists ?? false}
          .isBusy=${this.busy === "source"}
          @typing=${typing}
          @save=${(event: CustomEvent<{ body: SourceBody; reason: string }>) => void this.change(row, event.detail.body, event.detail.reason)}
          @leave=${() => this.turn("")}
        ></vallum-source-form>`;
      case "grade":
        return html`<vallum-grade-form
          .scale=${"letter"}
          .value=${row.reliability}
          .basis=${row.reliability_basis}
          .isBusy=${this.busy === "source"}
          @typing=${typing}
          @grade=${(event: CustomEvent<{ value: string; reason: string }>) => void this.grade(row, event.detail)}
        ></vallum-grade-form>`;
      case "withdraw":
        return this.withdrawing(row);
      default:
        return nothing;
    }
  }

  private identityBox(row: SourceFull): TemplateResult | typeof nothing {
    if (!row.has_identity) return html`<p class="quiet">${t("sources.no_identity")}</p>`;
    if (!this.vault?.is_mine) return html`<p class="quiet">${t("sources.identity_locked")} <a href="#/vault">${t("papers.to_vault")}</a></p>`;
    if (this.who?.ticket !== row.ticket) {
      return html`<div class="row">
        <button type="button" ?disabled=${this.busy === "who"} @click=${() => void this.look(row)}>${t("sources.look")}</button>
        <span class="small quiet">${t("sources.look_text")}</span>
        ${this.troubleBeside("who")}
      </div>`;
    }
    return html`<div class="note warn stack" role="status" data-part="identity">
      <pre>${this.who.text}</pre>
      <div><button type="button" @click=${() => this.hide()}>${t("sources.hide")}</button></div>
    </div>`;
  }

  private withdrawing(row: SourceFull): TemplateResult {
    const isReady = this.confirm === WITHDRAW && this.why.trim().length >= LEAST_REASON;
    return html`<form
      class="note warn stack"
      @submit=${(event: Event) => {
        event.preventDefault();
        if (isReady) void this.withdraw(row);
      }}
    >
      <strong>${t("sources.withdraw_head")}</strong>
      <span>${t("sources.withdraw_text", { n: row.n_exhibits })}</span>
      <div class="field">
        <label for="withdraw-why">${t("sources.withdraw_why")}</label>
        <input id="withdraw-why" autocomplete="off" .value=${this.why} @input=${(event: Event) => (this.why = (event.target as HTMLInputElement).value)} />
      </div>
      <div class="field">
        <label for="confirm">${t("sources.withdraw_type", { word: WITHDRAW })}</label>
        <input id="confirm" autocomplete="off" spellcheck="false" .value=${this.confirm} @input=${(event: Event) => (this.confirm = (event.target as HTMLInputElement).value)} />
      </div>
      <div class="row">
        <button class="primary" ?disabled=${!isReady || this.busy === "source"}>${t("sources.withdraw_do")}</button>
        <button type="button" @click=${() => this.turn("")}>${t("pages.cancel")}</button>
      </div>
    </form>`;
  }

  private past(row: SourceFull): TemplateResult {
    return html`${this.gone.length === 0 ? nothing : html`<div class="note" role="status"><ul>${this.gone.map((line) => html`<li>${line}</li>`)}</ul></div>`}
      <details>
        <summary>${t("sources.past")}</summary>
        <ul>
          ${row.history.map((one) => html`<li>${[momentWords(one.at), one.by, one.reliability, one.reliability_basis, word("risk", one.risk)].filter(Boolean).join(" · ")}</li>`)}
          ${row.custody.map((one) => html`<li>${[momentWords(one.at), one.by, word("event", one.event.replaceAll(" ", "_"), one.event), one.outcome].filter(Boolean).join(" · ")}</li>`)}
        </ul>
      </details>`;
  }

  // -- what the keeper does ---------------------------------------------------------------------

  private turn(doing: Doing): void {
    this.doing = this.doing === doing ? "" : doing;
    this.confirm = "";
    this.why = "";
    hold(this, false);
  }

  private async show(row: SourceRow): Promise<void> {
    this.close();
    await this.attempt(`open-${row.ticket}`, async () => {
      this.open = await said.source(row.ticket);
      this.vault = await said.vault();
    });
  }

  private close(): void {
    this.hide();
    this.open = null;
    this.gone = [];
    this.newer = false;
    this.doing = "";
    hold(this, false);
  }

  private async look(row: SourceFull): Promise<void> {
    await this.attempt("who", async () => {
      const { text } = await said.identity(row.ticket);
      // Closed, or another page, while the answer was on its way.
      if (!this.isConnected || this.open?.ticket !== row.ticket) return;
      this.who = { ticket: row.ticket, text };
      this.hiding = setTimeout(() => this.hide(), SHOWN_MS);
      this.watching = setInterval(() => void this.watch(), LOOK_MS);
    });
  }

  /** When the vault is locked elsewhere, what it told goes from the screen too. */
  private async watch(): Promise<void> {
    try {
      this.vault = await said.vault();
      if (!this.vault.is_mine) this.hide();
    } catch (problem) {
      if (!(problem instanceof ApiError)) throw problem;
      this.hide();
    }
  }

  private hide(): void {
    clearTimeout(this.hiding);
    clearInterval(this.watching);
    this.who = null;
    this.renderRoot?.querySelector("[data-part='identity'] pre")?.replaceChildren();
  }

  private async add(body: SourceBody): Promise<void> {
    await this.attempt("add", async () => {
      const row = await said.addSource(body);
      hold(this, false);
      this.isAdding = false;
      this.sources = await said.sources();
      say(t("sources.added", { name: row.name || row.code }));
    });
  }

  private async change(row: SourceFull, body: SourceBody, reason: string): Promise<void> {
    await this.changed(row, () => said.changeSource(row.ticket, { ...body, reason, based_on: row.based_on }));
  }

  private async grade(row: SourceFull, { value, reason }: { value: string; reason: string }): Promise<void> {
    const isDone = await this.changed(row, () => said.gradeSource(row.ticket, { reliability: value, basis: reason, based_on: row.based_on }));
    if (isDone) (this.renderRoot.querySelector("vallum-grade-form") as GradeForm | null)?.clear();
  }

  /** Send a change; where somebody was faster, show what stands now and keep what was typed. */
  private async changed(row: SourceFull, send: () => Promise<SourceRow>): Promise<boolean> {
    return this.attempt("source", async () => {
      try {
        await send();
        this.newer = false;
        this.doing = "";
        hold(this, false);
      } catch (problem) {
        const theirs = problem instanceof ApiError && problem.status === 409 ? (problem.body as { theirs?: SourceRow } | null)?.theirs : undefined;
        if (theirs === undefined) throw problem;
        this.open = { ...row, ...theirs };
        this.newer = true;
        return;
      }
      this.open = await said.source(row.ticket);
      this.sources = await said.sources();
    });
  }

  private async withdraw(row: SourceFull): Promise<void> {
    await this.attempt("source", async () => {
      const done = await said.withdraw(row.ticket, this.confirm, this.why.trim());
      this.gone = [...done.lines, ...done.blocked];
      this.doing = "";
      this.hide();
      this.open = await said.source(row.ticket);
      this.sources = await said.sources();
    });
  }
}

customElements.define("vallum-sources-page", SourcesPage);
