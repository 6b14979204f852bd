/** `<vallum-dates-page>`: which days there are images of, section by section, and how long nobody looked. */

import { css, html, nothing, svg, type TemplateResult } from "lit";

import { verb } from "../pages/commands.ts";
import "../pages/copy.ts";
import { Page } from "../pages/page.ts";
import { pageLook } from "../pages/pagelook.ts";
import { percent } from "../pages/spell.ts";
import { language, number, t, when } from "../words.ts";
import { found } from "./api.ts";
import { listLook } from "./listlook.ts";
import type { Calendar, DayShown, Days, DayState, SectionDates } from "./types.ts";

const STATES: readonly DayState[] = ["used", "hidden", "looking", "repeat", "aside"];
const WIDE_PX = 620;
const HIGH_PX = 24;
const MOST_ROWS = 60;
const DAY_MS = 86_400_000;

export class DatesPage extends Page {
  static override properties = {
    ...Page.properties,
    calendar: { state: true },
    open: { state: true },
    nShown: { state: true },
  };

  static override styles = [
    pageLook,
    listLook,
    css`
      svg.time {
        display: block;
        width: 620px;
        height: 24px;
        background: var(--ground);
      }
      svg.scale {
        display: block;
        width: 620px;
        height: 18px;
      }
      .year {
        fill: var(--text-2);
        font-size: 11px;
      }
      .tick {
        stroke: var(--line-strong);
      }
      .epoch {
        fill: rgb(255 214 10 / 0.13);
      }
      .used {
        fill: var(--yes);
      }
      .hidden {
        fill: none;
        stroke: var(--unsure);
        stroke-width: 1.5;
      }
      .looking {
        fill: var(--existed);
      }
      .repeat,
      .aside {
        fill: none;
        stroke: var(--text-3);
        stroke-width: 1.5;
      }
      .key {
        display: flex;
        flex-wrap: wrap;
        gap: 2px 16px;
        margin-bottom: 8px;
        color: var(--text-2);
        font-size: var(--small);
      }
      .key svg {
        width: 14px;
        height: 14px;
        vertical-align: -2px;
      }
      td.time {
        padding-block: 3px;
      }
      .inner {
        padding-inline-start: 24px;
      }
    `,
  ];

  private calendar: Calendar | null = null;
  private open = -1;
  private nShown = MOST_ROWS;

  protected override async load(): Promise<void> {
    if (!this.state?.project) return;
    await this.attempt("load", async () => {
      this.calendar = await found.dates();
    });
  }

  protected override render(): TemplateResult {
    return html`<header>
        <h1>${t("dates.title")}</h1>
        <p>${t("dates.lead")}</p>
      </header>
      ${this.troubleBeside("page")} ${this.troubleBeside("load")}
      ${this.state?.project ? this.body() : this.noProject()}`;
  }

  private body(): TemplateResult {
    const { calendar } = this;
    if (calendar === null) return html`<p class="quiet">${this.trouble === null ? t("pages.loading") : nothing}</p>`;
    if (calendar.first === null || calendar.last === null || calendar.sections.every(({ days }) => days.length === 0)) {
      return html`<div class="empty">${t("dates.none")}</div>`;
    }
    const longest = calendar.sections.reduce((best, one) => (one.gap_days > best.gap_days ? one : best));
    return html`<div class="loud">
        <div>${t("dates.n_scenes")}<b>${number(calendar.n_scenes)}</b>${when(calendar.first, calendar.last)}</div>
        <div class="gap">${t("dates.longest")}<b>${gapWords(longest.gap_days)}</b>${longest.gap === null ? nothing : when(longest.gap[0], longest.gap[1])}</div>
        ${calendar.n_repeats === 0 ? nothing : html`<div>${t("dates.repeats")}<b>${number(calendar.n_repeats)}</b>${t("dates.repeats_text")}</div>`}
        ${calendar.n_mosaics === 0 ? nothing : html`<div>${t("dates.mosaics")}<b>${number(calendar.n_mosaics)}</b>${t("dates.mosaics_text")}</div>`}
      </div>
      <p class="key">
        ${STATES.map((state) => html`<span><svg viewBox="-7 -7 14 14" aria-hidden="true">${sign(state, 0, 0)}</svg> ${t(`dates.state.${state}`)}</span>`)}
        <span><svg viewBox="0 0 14 14" aria-hidden="true">${svg`<rect class="epoch" width="14" height="14"></rect>`}</svg> ${t("dates.epoch")}</span>
      </p>
      <section aria-labelledby="sections">
        <h2 id="sections">${t("dates.sections")}</h2>
        ${this.table(calendar, [calendar.first, calendar.last])}
        <vallum-command .command=${verb("dates", this.root)}></vallum-command>
      </section>`;
  }

  private table(calendar: Calendar, whole: Days): TemplateResult {
    const rows = calendar.sections.slice(0, this.nShown);
    return html`<div class="scroll" tabindex="0" role="group" aria-labelledby="sections">
        <table>
          <thead>
            <tr>
              <th scope="col">${t("dates.col.km")}</th>
              <th scope="col">${axis(whole)}<span class="only-read">${t("dates.col.time")}</span></th>
              <th scope="col" class="number">${t("dates.col.n")}</th>
              <th scope="col">${t("dates.col.gap")}</th>
              <th scope="col"><span class="only-read">${t("dates.col.do")}</span></th>
            </tr>
          </thead>
          <tbody>
            ${rows.map((row) => this.row(row, whole, calendar))}
          </tbody>
        </table>
      </div>
      ${calendar.sections.length > rows.length ? html`<button type="button" @click=${() => (this.nShown += MOST_ROWS)}>${t("shots.more", { n: calendar.sections.length - rows.length })}</button>` : nothing}`;
  }

  private row(row: SectionDates, whole: Days, calendar: Calendar): TemplateResult {
    const km = `${number(row.start_m / 1000, 1)}–${number(row.end_m / 1000, 1)}`;
    const n = row.days.filter(({ state }) => state === "used").length;
    const isOpen = this.open === row.number;
    return html`<tr>
        <th scope="row" class="nowrap">${km}</th>
        <td class="time">${timeline(row.days, whole, [calendar.before, calendar.after], t("dates.row_label", { km, n }))}</td>
        <td class="number">${number(n)}${row.days.length > n ? html` <span class="quiet small">${t("dates.of", { all: number(row.days.length) })}</span>` : nothing}</td>
        <td>${row.gap === null ? "–" : html`<span class="nowrap">${gapWords(row.gap_days)}</span> <span class="small quiet">${when(row.gap[0], row.gap[1])}</span>`}</td>
        <td>
          <button type="button" class="nowrap" ?disabled=${row.days.length === 0} aria-expanded=${isOpen ? "true" : "false"} aria-label="${t("dates.show")}: ${km}" @click=${() => (this.open = isOpen ? -1 : row.number)}>
            ${t(isOpen ? "dates.hide" : "dates.show")}
          </button>
        </td>
      </tr>
      ${isOpen ? html`<tr><td colspan="5" class="inner">${list(row.days)}</td></tr>` : nothing}`;
  }
}

function list(days: readonly DayShown[]): TemplateResult {
  return html`<table>
    <thead>
      <tr>${(["day", "state", "clear", "sensor", "image"] as const).map((name) => html`<th scope="col">${t(`dates.col.${name}`)}</th>`)}</tr>
    </thead>
    <tbody>
      ${days.map(
        (day) => html`<tr>
          <td class="nowrap">${when(day.first, day.last)}</td>
          <td>${t(`dates.state.${day.state}`)}${day.why === "" ? nothing : html`<div class="small quiet">${day.why}</div>`}</td>
          <td class="number">${day.clear_share === null ? "–" : percent(day.clear_share, 1, language())}</td>
          <td>${day.sensor || "–"}</td>
          <td>${day.name}${day.part_of === "" ? nothing : html`<div class="small quiet">${t("dates.part_of", { mosaic: day.part_of })}</div>`}</td>
        </tr>`,
      )}
    </tbody>
  </table>`;
}

/** Return where a day lies between the first and the last, 0..1. */
export function along(day: string, [first, last]: Days): number {
  const all = Math.max(DAY_MS, Date.parse(last) - Date.parse(first));
  return Math.min(1, Math.max(0, (Date.parse(day) - Date.parse(first)) / all));
}

function xOf(day: string, whole: Days): number {
  return 10 + along(day, whole) * (WIDE_PX - 20);
}

function timeline(days: readonly DayShown[], whole: Days, epochs: readonly Days[], label: string): TemplateResult {
  return html`<svg class="time" viewBox="0 0 ${WIDE_PX} ${HIGH_PX}" role="img" aria-label=${label}>
    ${epochs.map(([from, to]) => {
      const x = xOf(from, whole);
      return to < whole[0] || from > whole[1] ? nothing : svg`<rect class="epoch" x=${x} y="0" width=${Math.max(2, xOf(to, whole) - x)} height=${HIGH_PX}></rect>`;
    })}
    ${years(whole).map(([x]) => svg`<line class="tick" x1=${x} x2=${x} y1="0" y2=${HIGH_PX}></line>`)}
    ${days.map((day) => {
      const [a, b] = [xOf(day.first, whole), xOf(day.last, whole)];
      return svg`<g>${b - a > 4 ? svg`<line class="tick" x1=${a} x2=${b} y1=${HIGH_PX / 2} y2=${HIGH_PX / 2}></line>` : nothing}
        ${sign(day.state, (a + b) / 2, HIGH_PX / 2)}<title>${when(day.first, day.last)}: ${t(`dates.state.${day.state}`)}</title></g>`;
    })}
  </svg>`;
}

/** A shape of its own for each state, so that colour is not needed. */
function sign(state: DayState, x: number, y: number): TemplateResult<2> {
  if (state === "used") return svg`<circle class="used" cx=${x} cy=${y} r="5"></circle>`;
  if (state === "hidden") return svg`<circle class="hidden" cx=${x} cy=${y} r="4.5"></circle>`;
  if (state === "looking") return svg`<path class="looking" d="M${x - 5} ${y + 4}L${x} ${y - 5}L${x + 5} ${y + 4}Z"></path>`;
  if (state === "repeat") return svg`<rect class="repeat" x=${x - 4} y=${y - 4} width="8" height="8"></rect>`;
  return svg`<path class="aside" d="M${x - 4} ${y - 4}L${x + 4} ${y + 4}M${x - 4} ${y + 4}L${x + 4} ${y - 4}"></path>`;
}

function years(whole: Days): [number, string][] {
  const [from, to] = [Number(whole[0].slice(0, 4)), Number(whole[1].slice(0, 4))];
  const each = Math.max(1, Math.ceil((to - from) / 10));
  const found: [number, string][] = [];
  for (let year = from + 1; year <= to; year += each) found.push([xOf(`${year}-01-01`, whole), String(year)]);
  return found;
}

function axis(whole: Days): TemplateResult {
  return html`<svg class="scale" viewBox="0 0 ${WIDE_PX} 18" aria-hidden="true">
    ${years(whole).map(([x, text]) => svg`<text class="year" x=${x} y="13" text-anchor=${x > WIDE_PX - 30 ? "end" : "middle"}>${text}</text>`)}
  </svg>`;
}

function gapWords(days: number): string {
  if (days < 60) return t("dates.days", { n: days });
  return days < 730 ? t("dates.months", { n: Math.round(days / 30.44) }) : t("dates.years", { n: number(days / 365.25, 1) });
}

customElements.define("vallum-dates-page", DatesPage);
