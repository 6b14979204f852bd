/** `<vallum-cues-page>`: where free wide-area images say to look next, and what to buy there. */

import { css, html, nothing, type TemplateResult } from "lit";

import { verb } from "../pages/commands.ts";
import "../pages/copy.ts";
import { Page } from "../pages/page.ts";
import { pageLook } from "../pages/pagelook.ts";
import { percent } from "../pages/spell.ts";
import { language, metres, number, t, when } from "../words.ts";
import { found } from "./api.ts";
import "./cuestrip.ts";
import "./joblast.ts";
import { listLook } from "./listlook.ts";
import { madeFiles } from "./madefiles.ts";
import "./shopping.ts";
import type { Cue, CueList, LastDone, MadeFile } from "./types.ts";

const MOST_ROWS = 30;

export class CuesPage extends Page {
  static override properties = {
    ...Page.properties,
    list: { state: true },
    current: { state: true },
    files: { state: true },
    last: { state: true },
    isWhole: { state: true },
  };

  static override styles = [
    pageLook,
    listLook,
    css`
      tr.on > * {
        background: var(--accent-ground);
      }
      td ul {
        margin: 0;
        padding-inline-start: 18px;
      }
      vallum-cue-strip {
        margin-bottom: 12px;
      }
    `,
  ];

  private list: CueList | null = null;
  private current = "";
  private files: MadeFile[] = [];
  private last: LastDone | null = null;
  private isWhole = false;

  protected override async load(): Promise<void> {
    if (!this.state?.project) return;
    await this.attempt("load", async () => {
      this.list = await found.cues();
      this.files = await found.made("cue");
      if (this.isKeeper) this.last = await found.last("cue");
    });
  }

  protected override render(): TemplateResult {
    return html`<header>
        <h1>${t("cues.title")}</h1>
        <p>${t("cues.lead")}</p>
      </header>
      ${this.troubleBeside("page")} ${this.troubleBeside("load")}
      ${this.state?.project
        ? html`${this.there()} ${this.again()}
            <vallum-shopping .state=${this.state}></vallum-shopping>`
        : this.noProject()}`;
  }

  private there(): TemplateResult {
    const { list } = this;
    if (list === null) return html`<p class="quiet">${this.trouble === null ? t("pages.loading") : nothing}</p>`;
    if (list.cells.length === 0) return html`<div class="empty">${t("cues.none_yet")}</div>`;
    return html`<section aria-labelledby="cells">
      <h2 id="cells">${t("cues.cells")}</h2>
      ${this.lengths(list)}
      <vallum-cue-strip .list=${list} .current=${this.current} @choose=${(event: CustomEvent<{ id: string }>) => void this.choose(event.detail.id)}></vallum-cue-strip>
      ${list.items.length === 0 ? html`<div class="empty">${t("cues.nothing_found")}</div>` : this.table(list)}
      ${list.series.length === 0 ? nothing : html`<p class="small quiet">${t("cues.series", { series: list.series.join("; ") })}</p>`}
      <p class="note">${t("cues.no_proof")}</p>
      ${madeFiles("cue", this.files)}
    </section>`;
  }

  private lengths(list: CueList): TemplateResult {
    const km = (m: number): string => t("unit.km", { km: number(m / 1000, 1) });
    return html`<div class="loud">
      <div>${t("cues.found_km")}<b>${km(list.found_m)}</b>${t("cues.found_n", { n: list.items.length })}</div>
      <div>${t("cues.nothing_km")}<b>${km(list.nothing_m)}</b>${t("cues.nothing_text")}</div>
      <div class="gap">${t("cues.blocked_km")}<b>${km(list.blocked_m + list.unlooked_m)}</b>${t("cues.blocked_text")}</div>
    </div>`;
  }

  private table(list: CueList): TemplateResult {
    const rows = this.isWhole ? list.items : list.items.slice(0, MOST_ROWS);
    return html`<div class="scroll" tabindex="0" role="group" aria-label=${t("cues.table")}>
        <table>
          <caption class="only-read">${t("cues.table")}</caption>
          <thead>
            <tr>
              ${(["rank", "km", "since", "reasons", "along", "clear", "do"] as const).map(
                (name) =>
                  html`<th scope="col" class=${name === "along" || name === "clear" ? "number" : ""}>${name === "do" ? html`<span class="only-read">${t("cues.col.do")}</span>` : t(`cues.col.${name}`)}</th>`,
              )}
            </tr>
          </thead>
          <tbody>
            ${rows.map((cue) => this.row(cue))}
          </tbody>
        </table>
      </div>
      ${rows.length < list.items.length
        ? html`<button type="button" @click=${() => (this.isWhole = true)}>${t("shots.more", { n: list.items.length - rows.length })}</button>`
        : nothing}`;
  }

  private row(cue: Cue): TemplateResult {
    const km = `${number(cue.start_m / 1000, 1)}–${number(cue.end_m / 1000, 1)}`;
    return html`<tr id=${cue.id} class=${cue.id === this.current ? "on" : ""}>
      <th scope="row">${number(cue.rank)}</th>
      <td class="nowrap">${km}</td>
      <td>${cue.since === null ? t("cues.no_date") : when(cue.since[0], cue.since[1])}</td>
      <td>${cue.reasons.length === 1 ? cue.reasons[0] : html`<ul>${cue.reasons.map((reason) => html`<li>${reason}</li>`)}</ul>`}</td>
      <td class="number nowrap">${metres(cue.along_m)}</td>
      <td class="number nowrap">${t("cues.n_clear", { n: cue.n_clear, all: number(cue.n_dates) })}<div class="small quiet">${percent(cue.clear_share, 1, language())}</div></td>
      <td><button type="button" class="nowrap" aria-pressed=${cue.id === this.current ? "true" : "false"} aria-label="${t("cues.on_map")}: ${km}" @click=${() => (this.current = cue.id)}>${t("cues.on_map")}</button></td>
    </tr>`;
  }

  private again(): TemplateResult {
    return html`<section aria-labelledby="again">
      <h2 id="again">${t("cues.again")}</h2>
      <div class="stack">
        <p>${t("cues.again_text")}</p>
        ${this.isKeeper
          ? html`<div class="row">
              <button class=${this.list?.cells.length ? "" : "primary"} type="button" ?disabled=${this.isWorking || this.busy !== ""} @click=${() => this.startJob("cue", () => found.cue())}>
                ${t("cues.start")}
              </button>
              ${this.isWorking ? html`<span class="quiet">${t("pages.busy_job")}</span>` : nothing}
              <vallum-command .command=${verb("cue", this.root)}></vallum-command>
            </div>`
          : this.onlyKeeper()}
        ${this.troubleBeside("cue")}
        <vallum-job-last .what=${["cue"]} .last=${this.last}></vallum-job-last>
      </div>
    </section>`;
  }

  private async choose(id: string): Promise<void> {
    this.current = id;
    this.isWhole ||= (this.list?.items ?? []).findIndex((cue) => cue.id === id) >= MOST_ROWS;
    await this.updateComplete;
    this.renderRoot.querySelector(`#${CSS.escape(id)}`)?.scrollIntoView({ block: "nearest" });
  }
}

customElements.define("vallum-cues-page", CuesPage);
