/** `<vallum-claim-full>`: one claim, what speaks for and against it, its grade and its past. */

import { css, html, nothing, type PropertyValues, type TemplateResult } from "lit";

import { say } from "../announce.ts";
import { ApiError } from "../api.ts";
import { momentWords } from "../pages/moment.ts";
import { Page } from "../pages/page.ts";
import { pageLook } from "../pages/pagelook.ts";
import { t } from "../words.ts";
import { said } from "./api.ts";
import { badge, claimCard, gradeWords, sourceWords } from "./cards.ts";
import "./gradeform.ts";
import { LEAST_REASON, type GradeForm } from "./gradeform.ts";
import "./matchform.ts";
import type { MatchForm } from "./matchform.ts";
import { badgeLook, cardLook } from "./saidlook.ts";
import { claimWords, spanWords, toldOf, toldWords, word } from "./terms.ts";
import type { ClaimCard, ClaimFull, MatchBody, MatchTold, Near, Weighing, Words } from "./types.ts";
import { hold } from "./unsaved.ts";

const ANSWERING = new Set(["analyst", "adjudicator", "keeper"]);

/** Fires `changed` when a claim says something else than before. */
export class ClaimFullView extends Page {
  static override properties = {
    ...Page.properties,
    ticket: { attribute: false },
    full: { state: true },
    near: { state: true },
    words: { state: true },
    newer: { state: true },
    taking: { state: true },
    why: { state: true },
  };

  static override styles = [
    pageLook,
    badgeLook,
    cardLook,
    css`
      :host {
        max-width: none;
        padding: 0;
      }
      blockquote {
        margin: 0;
        padding: 8px 14px;
        border-inline-start: 4px solid var(--accent);
        background: var(--panel);
        font-size: 15px;
        line-height: 1.6;
      }
      blockquote .around {
        color: var(--text-2);
      }
      mark {
        background: var(--accent-ground);
        color: var(--text);
      }
      .pair {
        display: grid;
        grid-template-columns: repeat(auto-fit, minmax(min(100%, 340px), 1fr));
        gap: 12px;
        align-items: start;
      }
      ul.plain {
        display: grid;
        gap: 8px;
        margin: 0;
        padding: 0;
        list-style: none;
      }
      ol.past {
        display: grid;
        gap: 4px;
        margin: 0;
        padding-inline-start: 20px;
      }
      details.card > summary {
        font-size: 15px;
      }
      h3.head {
        margin: 12px 0 6px;
      }
    `,
  ];

  ticket = "";
  private full: ClaimFull | null = null;
  private near: Near[] | null = null;
  private words: Words | null = null;
  /** What somebody else made of it while I was typing. */
  private newer: ClaimCard | null = null;
  private taking: MatchTold | null = null;
  private why = "";
  private readonly typing = new Set<string>();

  override disconnectedCallback(): void {
    hold(this, false);
    super.disconnectedCallback();
  }

  protected override updated(changed: PropertyValues): void {
    super.updated(changed);
    if (!changed.has("ticket") || changed.get("ticket") === undefined) return;
    this.full = null;
    this.newer = null;
    this.typing.clear();
    hold(this, false);
    void this.load();
  }

  private get mayAnswer(): boolean {
    return ANSWERING.has(this.state?.me?.role ?? "");
  }

  protected override async load(): Promise<void> {
    if (!this.state?.project || this.ticket === "") return;
    await this.attempt("claim", async () => {
      this.full = await said.claim(this.ticket);
      this.words ??= await said.words();
      if (this.mayAnswer) this.near = await said.near(this.ticket);
    });
  }

  protected override render(): TemplateResult {
    const { full } = this;
    if (full === null) {
      return html`${this.troubleBeside("claim")}
      ${this.trouble === null ? html`<p class="quiet" role="status">${t("pages.loading")}</p>` : nothing}`;
    }
    const heading = html`${claimWords(full)}`;
    return html`${this.troubleBeside("claim")}
      <section aria-label=${t("said.claim")}>
        ${claimCard(full, { heading, level: 2, isCurrent: true, more: this.more(full) })}
      </section>
      ${this.quote(full)} ${full.weighing === null ? this.notWeighed(full) : this.weighing(full, full.weighing)}
      ${this.mayAnswer ? html`${this.grading(full)} ${this.matching()}` : nothing} ${this.past(full)}`;
  }

  private more(full: ClaimFull): TemplateResult {
    return html`<p class="small quiet">${gradeWords(full)}${full.credibility_basis === "" ? "" : ` (${full.credibility_basis})`}</p>
      ${full.note === "" ? nothing : html`<p class="small quiet">${t("said.note_of", { note: full.note })}</p>`}
      <p><a href="#/papers/${full.exhibit}">${t("claims.to_paper")}</a></p>`;
  }

  private quote({ quote, exhibit }: ClaimFull): TemplateResult | typeof nothing {
    if (quote === null) return nothing;
    return html`<section aria-labelledby="quote">
      <h2 id="quote">${t("claims.quote")}</h2>
      <blockquote data-exhibit=${exhibit}>
        <span class="around">${quote.before}</span><mark>${quote.text}</mark><span class="around">${quote.after}</span>
      </blockquote>
    </section>`;
  }

  private notWeighed(full: ClaimFull): TemplateResult {
    const why = full.standing === "rejected" ? "claims.rejected_note" : "claims.proposed_note";
    return html`<section><div class="note">${t(why)}</div></section>`;
  }

  private weighing(full: ClaimFull, weighing: Weighing): TemplateResult {
    const lists = [
      ["supports", weighing.supports],
      ["in_part", weighing.in_part],
      ["contradicts", weighing.contradicts],
      ["not_observable", weighing.not_observable],
    ] as const;
    return html`<section aria-labelledby="weighing">
      <h2 id="weighing">${t("claims.weighing")}</h2>
      <p class="row">${badge(weighing.status)} <span>${weighing.why}</span></p>
      ${weighing.origins.length === 0
        ? nothing
        : html`<p class="small quiet">${t("claims.origins", { n: weighing.origins.length, names: weighing.origins.join(", ") })}</p>`}
      ${lists.map(([relation, matches]) => this.held(relation, matches))}
      ${weighing.agreeing.length === 0
        ? nothing
        : html`<h3 class="head">${t("claims.agreeing")}</h3>
            <div class="pair">${weighing.agreeing.map((card) => this.linked(card))}</div>`}
      ${weighing.contradicting.map(
        (card) =>
          html`<h3 class="head">${t("claims.contradicting")}</h3>
            <div class="pair">${claimCard(full, { level: 4, isCurrent: true })} ${this.linked(card)}</div>`,
      )}
    </section>`;
  }

  private linked(card: ClaimCard): TemplateResult {
    return claimCard(card, { level: 4, heading: html`<a href="#/claims/${card.ticket}">${claimWords(card)}</a>` });
  }

  private held(relation: string, matches: MatchTold[]): TemplateResult | typeof nothing {
    if (matches.length === 0) return nothing;
    return html`<h3 class="head">${word("relation", relation)}</h3>
      <ul class="plain">
        ${matches.map((one) => this.matched(one))}
      </ul>`;
  }

  private matched(one: MatchTold): TemplateResult {
    const who = one.is_by_machine ? "vallum" : one.by;
    return html`<li class="card">
      <p><strong>${t(`said.about.${one.about_kind}`)}${one.label === "" ? "" : `: ${one.label}`}</strong></p>
      <p>${one.rationale}</p>
      <p class="small quiet">
        ${[word("method", one.method), one.spans.map(spanWords).join(", "), who, momentWords(one.at)].filter(Boolean).join(" · ")}
      </p>
      ${one.is_by_machine || !this.mayAnswer
        ? nothing
        : this.taking === one
          ? this.takeBack(one)
          : html`<button type="button" @click=${() => (this.taking = one)}>${t("said.match.take_back")}</button>`}
    </li>`;
  }

  private takeBack(one: MatchTold): TemplateResult {
    return html`<form
      class="field"
      @submit=${(event: Event) => {
        event.preventDefault();
        const { about_kind, about, relation, method } = one;
        if (about_kind === "comparison") return;
        void this.sendMatch({ about_kind, about, relation, method, rationale: this.why.trim(), is_withdrawn: true });
      }}
    >
      <label for="take-why">${t("said.match.take_why")}</label>
      <input id="take-why" autocomplete="off" .value=${this.why} @input=${(event: Event) => (this.why = (event.target as HTMLInputElement).value)} />
      <div class="row">
        <button class="primary" ?disabled=${this.why.trim().length < LEAST_REASON}>${t("said.match.take_back")}</button>
        <button type="button" @click=${() => (this.taking = null)}>${t("pages.cancel")}</button>
      </div>
    </form>`;
  }

  private grading(full: ClaimFull): TemplateResult {
    return html`<section>
      <details class="card" data-part="grade">
        <summary>${t("claims.grade")}</summary>
        <div class="stack">
          <p class="quiet">${t("claims.grade_text", { source: sourceWords(full.source) })}</p>
          ${this.newer === null
            ? nothing
            : html`<div class="note warn stack" role="alert">
                <strong>${t("said.conflict.head", { name: this.newer.decided_by || t("said.conflict.somebody") })}</strong>
                <span>${t("claims.newer_grade", { grade: this.newer.grade, basis: this.newer.credibility_basis || "–" })}</span>
              </div>`}
          ${this.troubleBeside("grade")}
          <vallum-grade-form
            .scale=${"digit"}
            .value=${String(full.credibility)}
            .basis=${full.credibility_basis}
            .isBusy=${this.busy === "grade"}
            @typing=${(event: CustomEvent<boolean>) => this.holdTyped("grade", event.detail)}
            @grade=${(event: CustomEvent<{ value: string; reason: string }>) => void this.grade(full, event.detail)}
          ></vallum-grade-form>
        </div>
      </details>
    </section>`;
  }

  private matching(): TemplateResult {
    return html`<section>
      <details class="card" data-part="match">
        <summary>${t("claims.match")}</summary>
        <div class="stack">
          <p class="quiet">${t("claims.match_text")}</p>
          ${this.troubleBeside("match")}
          <vallum-match-form
            .near=${this.near}
            .words=${this.words}
            .isBusy=${this.busy === "match"}
            @typing=${(event: CustomEvent<boolean>) => this.holdTyped("match", event.detail)}
            @match=${(event: CustomEvent<MatchBody>) => void this.sendMatch(event.detail)}
          ></vallum-match-form>
        </div>
      </details>
    </section>`;
  }

  private past({ history }: ClaimFull): TemplateResult | typeof nothing {
    if (history.length === 0) return nothing;
    return html`<section aria-labelledby="past">
      <h2 id="past">${t("claims.past")}</h2>
      <ol class="past">
        ${history.map(
          (one) =>
            html`<li>
              ${[momentWords(one.at), one.by, t(`said.told.${one.standing}`), t("claims.credibility", { digit: one.credibility })].filter(Boolean).join(" · ")}
              ${one.note === "" ? nothing : html`<span class="quiet"> ${one.note}</span>`}
            </li>`,
        )}
      </ol>
    </section>`;
  }

  private holdTyped(part: string, isTyped: boolean): void {
    if (isTyped) this.typing.add(part);
    else this.typing.delete(part);
    hold(this, this.typing.size > 0);
  }

  private async grade(full: ClaimFull, { value, reason }: { value: string; reason: string }): Promise<void> {
    await this.attempt("grade", async () => {
      try {
        const body = { credibility: Number(value), reason, based_on: full.based_on };
        this.settle(await said.gradeClaim(this.ticket, body));
        (this.renderRoot.querySelector("vallum-grade-form") as GradeForm | null)?.clear();
      } catch (problem) {
        if (!(problem instanceof ApiError) || problem.status !== 409) throw problem;
        const theirs = (problem.body as { theirs?: ClaimFull } | null)?.theirs;
        if (theirs === undefined) throw problem;
        this.full = theirs;
        this.newer = theirs;
      }
    });
  }

  private async sendMatch(body: MatchBody): Promise<void> {
    await this.attempt("match", async () => {
      this.settle(await said.matchBy(this.ticket, body));
      (this.renderRoot.querySelector("vallum-match-form") as MatchForm | null)?.clear();
      this.taking = null;
      this.why = "";
    });
  }

  private settle(full: ClaimFull): void {
    this.full = full;
    this.newer = null;
    say(`${toldWords(toldOf(full))}: ${claimWords(full)}`);
    this.dispatchEvent(new CustomEvent("changed", { bubbles: true, composed: true }));
  }
}

customElements.define("vallum-claim-full", ClaimFullView);
