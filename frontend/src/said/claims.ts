/** `<vallum-claims-page>`: all claims along the line, filtered, and one of them opened. */

import { css, html, nothing, type PropertyValues, type TemplateResult } from "lit";
import type { Geometry, Position } from "geojson";

import { Page } from "../pages/page.ts";
import { pageLook } from "../pages/pagelook.ts";
import { number, t } from "../words.ts";
import { said } from "./api.ts";
import { claimCard } from "./cards.ts";
import "./claimfull.ts";
import { narrowed, NO_FILTER, nOn, queryOf, STANDINGS, STATUSES, type Filter } from "./filter.ts";
import "./lanes.ts";
import { badgeLook, cardLook } from "./saidlook.ts";
import { claimWords, SIGNS, toldWords, word } from "./terms.ts";
import type { ClaimList, ClaimsAlong } from "./types.ts";

const ANSWERING = new Set(["analyst", "adjudicator", "keeper"]);

export class ClaimsPage extends Page {
  static override properties = {
    ...Page.properties,
    ticket: { attribute: false },
    list: { state: true },
    along: { state: true },
    filter: { state: true },
  };

  static override styles = [
    pageLook,
    badgeLook,
    cardLook,
    css`
      .cards {
        display: grid;
        grid-template-columns: repeat(auto-fill, minmax(min(100%, 380px), 1fr));
        gap: 12px;
        align-items: start;
        margin: 0;
        padding: 0;
        list-style: none;
      }
      .filters {
        display: flex;
        flex-wrap: wrap;
        gap: 10px 14px;
        align-items: start;
        margin-bottom: 12px;
      }
      .filters > button {
        margin-top: 23px;
      }
      .filters .field {
        flex: 1 1 140px;
        max-width: 210px;
      }
    `,
  ];

  /** The claim that is open; empty for the list. */
  ticket = "";
  private list: ClaimList | null = null;
  private along: ClaimsAlong | null = null;
  private filter: Filter = NO_FILTER;
  private nAsked = 0;

  protected override async load(): Promise<void> {
    if (!this.state?.project) return;
    await this.attempt("along", async () => {
      this.along = await said.along();
    });
    await this.ask();
  }

  private async ask(): Promise<void> {
    const query = queryOf(this.filter);
    const asked = ++this.nAsked;
    if (query === null) return;
    await this.attempt("list", async () => {
      const list = await said.claims(query);
      if (asked === this.nAsked) this.list = list;
    });
  }

  protected override updated(changed: PropertyValues): void {
    super.updated(changed);
    if (changed.has("ticket") && this.ticket !== "" && changed.get("ticket") !== undefined) {
      this.renderRoot.querySelector<HTMLElement>("#open")?.focus({ preventScroll: true });
    }
  }

  protected override render(): TemplateResult {
    return html`<header>
        <h1>${t("page.claims")}</h1>
        <p>${t("claims.lead")}</p>
      </header>
      ${this.troubleBeside("page")} ${this.state?.project ? this.body() : this.noProject()}`;
  }

  private body(): TemplateResult {
    return html`${this.troubleBeside("along")}
      <section aria-label=${t("claims.strip")}>
        <vallum-claim-lanes
          .along=${this.along}
          .border=${positions(this.along?.border ?? null)}
          .current=${this.ticket}
          @choose=${(event: CustomEvent<{ ticket: string }>) => (location.hash = `#/claims/${event.detail.ticket}`)}
        ></vallum-claim-lanes>
      </section>
      ${this.ticket === "" ? html`${this.filters()} ${this.cards()}` : this.opened()}`;
  }

  private opened(): TemplateResult {
    return html`<p id="open" tabindex="-1"><a href="#/claims">← ${t("claims.back")}</a></p>
      <vallum-claim-full .state=${this.state} .ticket=${this.ticket} @changed=${() => void this.load()}></vallum-claim-full>`;
  }

  private filters(): TemplateResult {
    const { list, filter } = this;
    const counted = (label: string, n: number | undefined): string => (n === undefined ? label : `${label} (${number(n)})`);
    const isWrong = queryOf(filter) === null;
    return html`<div class="filters" role="search" aria-label=${t("claims.filters")}>
      ${this.select("standing", STANDINGS.map((one) => ({ value: one, label: counted(`${SIGNS[one]} ${toldWords(one)}`, list?.standings[one]) })))}
      ${this.select("status", STATUSES.map((one) => ({ value: one, label: counted(`${SIGNS[one]} ${toldWords(one)}`, list?.statuses[one]) })))}
      ${this.select("subject", (list?.subjects ?? []).map(({ subject, label, n }) => ({ value: subject, label: counted(word("subject", subject, label), n) })))}
      <div class="field">
        <label for="km">${t("claims.filter.km")}</label>
        <input
          id="km"
          autocomplete="off"
          placeholder="0..12"
          aria-invalid=${isWrong ? "true" : "false"}
          aria-describedby="km-hint"
          .value=${filter.km}
          @input=${(event: Event) => this.narrow({ km: (event.target as HTMLInputElement).value })}
        />
        <span class="hint ${isWrong ? "bad" : ""}" id="km-hint">${t(isWrong ? "claims.filter.km_bad" : "claims.filter.km_hint")}</span>
      </div>
      ${nOn(filter) > 0 ? html`<button type="button" @click=${() => this.narrow(NO_FILTER)}>${t("claims.filter.all")}</button>` : nothing}
      ${ANSWERING.has(this.state?.me?.role ?? "")
        ? html`<button type="button" ?disabled=${this.isWorking} @click=${() => this.startJob("match", () => said.match())}>${t("claims.match_all")}</button>`
        : nothing}
    </div>
    ${this.troubleBeside("match")}`;
  }

  private select(name: "standing" | "status" | "subject", list: { value: string; label: string }[]): TemplateResult {
    return html`<div class="field">
      <label for=${name}>${t(`claims.filter.${name}`)}</label>
      <select id=${name} @change=${(event: Event) => this.narrow({ [name]: (event.target as HTMLSelectElement).value })}>
        <option value="" ?selected=${this.filter[name] === ""}>${t("claims.filter.any")}</option>
        ${list.map((one) => html`<option value=${one.value} ?selected=${one.value === this.filter[name]}>${one.label}</option>`)}
      </select>
    </div>`;
  }

  private cards(): TemplateResult {
    const { list } = this;
    if (list === null) {
      return html`${this.troubleBeside("list")} ${this.trouble === null ? html`<p class="quiet">${t("pages.loading")}</p>` : nothing}`;
    }
    const isCut = list.items.length < list.n_total;
    const shown = t("claims.n_shown", { n: list.n_total }) + (isCut ? ` ${t("claims.first", { n: list.items.length })}` : "");
    return html`${this.troubleBeside("list")}
      <p role="status" aria-live="polite" class="quiet">${shown}</p>
      ${list.items.length === 0
        ? html`<div class="empty">${t(nOn(this.filter) > 0 ? "claims.none_here" : "claims.none")}</div>`
        : html`<ul class="cards">
            ${list.items.map(
              (card) => html`<li>${claimCard(card, { level: 2, heading: html`<a href="#/claims/${card.ticket}">${claimWords(card)}</a>` })}</li>`,
            )}
          </ul>`}`;
  }

  private narrow(change: Partial<Filter>): void {
    this.filter = narrowed(this.filter, change);
    void this.ask();
  }
}

function positions(line: Geometry | null): Position[] {
  return line?.type === "LineString" ? line.coordinates : [];
}

customElements.define("vallum-claims-page", ClaimsPage);
