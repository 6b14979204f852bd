/** `<vallum-timeline-page>`: when claims say that things were, against when they were first seen. */

import { css, html, nothing, svg, type TemplateResult } from "lit";

import { Page } from "../pages/page.ts";
import { pageLook } from "../pages/pagelook.ts";
import { parseStretch } from "../pages/spell.ts";
import { km, t, when } from "../words.ts";
import { said } from "./api.ts";
import { axisOf, type Axis } from "./axis.ts";
import { claimWords, toldOf, toldWords, word } from "./terms.ts";
import { HEAD_PX, heightOf, ROW_PX, rowShape, seriesShape, years, type Row } from "./timedraw.ts";
import type { Timeline } from "./types.ts";

const LEAST_PX = 620;
const END_PX = 12;

export class TimelinePage extends Page {
  static override properties = {
    ...Page.properties,
    line: { state: true },
    km: { state: true },
    width: { state: true },
    focused: { state: true },
  };

  static override styles = [
    pageLook,
    css`
      .canvas {
        overflow-x: auto;
        border: 1px solid var(--line);
        border-radius: var(--radius);
        background: var(--panel);
      }
      svg {
        display: block;
      }
      text {
        fill: var(--text);
        font-size: 12px;
      }
      .axis {
        fill: var(--text-2);
      }
      text.quiet {
        fill: var(--text-2);
      }
      text.head {
        font-weight: 700;
      }
      .year {
        stroke: var(--line);
      }
      .base {
        stroke: var(--text-3);
      }
      .span {
        fill-opacity: 0.35;
        stroke: none;
      }
      .ends {
        fill: none;
        stroke-width: 2.5;
      }
      .corroborated {
        fill: var(--yes);
        stroke: var(--yes);
      }
      .contradicted {
        fill: var(--no);
        stroke: var(--no);
      }
      .not_observable {
        fill: var(--unsure);
        stroke: var(--unsure);
      }
      .unverified,
      .approved {
        fill: var(--existed);
        stroke: var(--existed);
      }
      .proposed {
        fill: var(--text-3);
        stroke: var(--text-2);
        stroke-dasharray: 3 2;
      }
      .finding {
        fill: var(--text);
        stroke: var(--text);
      }
      path.ends {
        fill: none;
      }
      .published {
        fill: none;
        stroke: var(--text);
        stroke-width: 1.5;
      }
      .event {
        fill: var(--removed);
        stroke: var(--removed);
      }
      .value {
        fill: var(--hatch);
      }
      .thing {
        cursor: pointer;
        outline: none;
      }
      .thing .ring {
        fill: transparent;
        stroke: none;
      }
      .thing:focus-visible .ring,
      .thing:hover .ring {
        stroke: var(--accent);
        stroke-width: 2;
      }
      .filters {
        max-width: 260px;
        margin-bottom: 12px;
      }
      .legend {
        display: flex;
        flex-wrap: wrap;
        gap: 2px 16px;
        margin: 8px 0;
      }
    `,
  ];

  private line: Timeline | null = null;
  private km = "";
  private width = 0;
  private focused = "";
  private readonly sizes = new ResizeObserver(([entry]) => {
    if (entry) this.width = Math.floor(entry.contentRect.width);
  });

  override connectedCallback(): void {
    super.connectedCallback();
    this.sizes.observe(this);
  }

  override disconnectedCallback(): void {
    this.sizes.disconnect();
    super.disconnectedCallback();
  }

  protected override async load(): Promise<void> {
    const stretch = parseStretch(this.km);
    if (!this.state?.project || stretch === null) return;
    const query = stretch === "" ? {} : { from_m: Math.round(stretch.from_km * 1000), to_m: Math.round(stretch.to_km * 1000) };
    await this.attempt("line", async () => {
      this.line = await said.timeline(query);
    });
  }

  protected override render(): TemplateResult {
    return html`<header>
        <h1>${t("page.timeline")}</h1>
        <p>${t("timeline.lead")}</p>
      </header>
      ${this.troubleBeside("page")} ${this.troubleBeside("line")}
      ${this.state?.project ? html`${this.filter()} ${this.line === null ? this.waiting() : this.body(this.line)}` : this.noProject()}`;
  }

  private waiting(): TemplateResult | typeof nothing {
    return this.trouble === null ? html`<p class="quiet">${t("pages.loading")}</p>` : nothing;
  }

  private filter(): TemplateResult {
    const isWrong = parseStretch(this.km) === null;
    return html`<div class="field filters">
      <label for="km">${t("claims.filter.km")}</label>
      <input
        id="km"
        autocomplete="off"
        placeholder="0..12"
        aria-invalid=${isWrong ? "true" : "false"}
        aria-describedby="km-hint"
        .value=${this.km}
        @input=${(event: Event) => {
          this.km = (event.target as HTMLInputElement).value;
          void this.load();
        }}
      />
      <span class="hint ${isWrong ? "bad" : ""}" id="km-hint">${t(isWrong ? "claims.filter.km_bad" : "claims.filter.km_hint")}</span>
    </div>`;
  }

  private body(line: Timeline): TemplateResult {
    const claims = claimRows(line);
    const findings = findingRows(line);
    if (claims.length + findings.length === 0) return html`<div class="empty">${t("timeline.none")}</div>`;
    const wide = Math.max(LEAST_PX, this.width - 2);
    const label_px = Math.min(300, Math.max(180, Math.round(wide * 0.26)));
    const days = [...claims, ...findings].flatMap(({ first, last, published }) => [first, last, published]);
    const axis = axisOf(days, label_px, wide - label_px - END_PX);
    const n = findings.length;
    return html`${n < line.n_findings ? html`<div class="note">${t("timeline.some", { n, all: line.n_findings })}</div>` : nothing}
      ${axis === null ? nothing : this.drawing(line, claims, findings, axis, wide, label_px)}
      <p class="legend small quiet">
        <span>[ ] ${t("timeline.bracket")}</span><span>&lt; &gt; ${t("timeline.open")}</span><span>◇ ${t("timeline.published")}</span>
      </p>
      ${line.problem ? html`<div class="note warn">${line.problem}</div>` : nothing} ${this.tables(line, claims, findings)}`;
  }

  private drawing(line: Timeline, claims: Row[], findings: Row[], axis: Axis, wide: number, label_px: number): TemplateResult {
    const rows = [...claims, ...findings];
    if (!rows.some(({ key }) => key === this.focused)) this.focused = rows[0]?.key ?? "";
    // Context outside the years that are drawn would be squeezed onto their ends.
    const series = line.series.map((one) => ({ ...one, points: one.points.filter((point) => isOn(axis, point)) })).filter(({ points }) => points.length > 0);
    let y = HEAD_PX;
    const parts: TemplateResult[] = [];
    const head = (words: string): void => {
      parts.push(svg`<text class="head" x="8" y=${y + 14}>${words}</text>` as TemplateResult);
      y += ROW_PX;
    };
    const group = (words: string, some: Row[]): void => {
      if (some.length === 0) return;
      head(words);
      for (const row of some) {
        parts.push(this.row(row, axis, y, wide, label_px));
        y += ROW_PX;
      }
      y += 6;
    };
    group(t("timeline.claims"), claims);
    group(t("timeline.findings"), findings);
    if (series.length > 0) head(t("timeline.context"));
    for (const one of series) {
      const label = one.unit === "" || one.kind === "event" ? one.title : `${one.title} (${one.unit})`;
      parts.push(svg`<text class="label" x=${label_px - 8} y=${y + 15} text-anchor="end">${cut(label, label_px)}<title>${label}</title></text>
        ${seriesShape(one, axis, y)}` as TemplateResult);
      y += heightOf(one) + 4;
    }
    return html`<div class="canvas" tabindex="0" role="group" aria-label=${t("timeline.drawing")} @keydown=${(event: KeyboardEvent) => this.onKey(event, rows)}>
      <svg width=${wide} height=${y + 8} viewBox="0 0 ${wide} ${y + 8}">${years(axis, y)} ${parts}</svg>
    </div>`;
  }

  private row(row: Row, axis: Axis, y: number, wide: number, label_px: number): TemplateResult {
    const isLink = row.href !== "";
    return svg`<g class="thing" role=${isLink ? "link" : "img"} tabindex=${row.key === this.focused ? "0" : "-1"}
        data-key=${row.key} aria-label=${row.spoken}
        @focus=${() => (this.focused = row.key)}
        @click=${() => this.follow(row)}>
      <title>${row.spoken}</title>
      <rect class="ring" x="2" y=${y} width=${wide - 4} height=${ROW_PX}></rect>
      ${rowShape({ ...row, label: cut(row.label, label_px) }, axis, y, label_px)}
    </g>` as TemplateResult;
  }

  private follow(row: Row): void {
    if (row.href !== "") location.hash = row.href;
  }

  private onKey(event: KeyboardEvent, rows: Row[]): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const at = rows.findIndex(({ key }) => key === this.focused);
    const target = (event.composedPath()[0] as Element).closest(".thing");
    if (event.key === "Enter" && target !== null) {
      const row = rows[at];
      if (row) this.follow(row);
      return;
    }
    const by: Record<string, number> = { ArrowUp: -1, ArrowDown: 1, Home: -Infinity, End: Infinity };
    const move = by[event.key];
    if (move === undefined || target === null) return;
    event.preventDefault();
    this.focused = rows[Math.min(rows.length - 1, Math.max(0, at + move))]?.key ?? "";
    void this.updateComplete.then(() => this.renderRoot.querySelector<SVGElement>(`[data-key="${CSS.escape(this.focused)}"]`)?.focus());
  }

  private tables(line: Timeline, claims: Row[], findings: Row[]): TemplateResult {
    return html`<details class="card">
      <summary>${t("timeline.as_table")}</summary>
      ${this.table(t("timeline.claims"), claims, true)} ${this.table(t("timeline.findings"), findings, false)}
      ${line.series.length === 0 ? nothing : html`<h2>${t("timeline.context")}</h2>`}
      ${line.series.map(
        (one) =>
          html`<div class="scroll" tabindex="0" role="group" aria-label=${one.title}>
            <table>
              <caption>${one.title}${one.unit === "" || one.kind === "event" ? "" : `, ${one.unit}`}. ${t("timeline.credit", { credit: one.credit })}</caption>
              <tbody>
                ${one.points.map(
                  (point) => html`<tr><th scope="row" class="nowrap">${when(point.first, point.last)}</th><td>${point.value ?? ""} ${one.kind === "event" ? point.label : ""}</td></tr>`,
                )}
              </tbody>
            </table>
          </div>`,
      )}
    </details>`;
  }

  private table(caption: string, rows: Row[], hasPublished: boolean): TemplateResult | typeof nothing {
    if (rows.length === 0) return nothing;
    return html`<div class="scroll" tabindex="0" role="group" aria-label=${caption}>
      <table>
        <caption>
          ${caption}
        </caption>
        <thead>
          <tr>
            <th scope="col">${t("timeline.col.what")}</th>
            <th scope="col">${t("timeline.col.from")}</th>
            <th scope="col">${t("timeline.col.to")}</th>
            ${hasPublished ? html`<th scope="col">${t("timeline.col.published")}</th>` : nothing}
          </tr>
        </thead>
        <tbody>
          ${rows.map(
            (row) =>
              html`<tr>
                <th scope="row">${row.href === "" ? row.label : html`<a href=${row.href}>${row.label}</a>`}</th>
                <td>${row.first === null ? "–" : when(row.first)}</td>
                <td>${row.last === null ? "–" : when(row.last)}</td>
                ${hasPublished ? html`<td>${row.published === null ? "–" : when(row.published)}</td>` : nothing}
              </tr>`,
          )}
        </tbody>
      </table>
    </div>`;
  }
}

function claimRows(line: Timeline): Row[] {
  return [...line.claims]
    .sort((a, b) => (a.first ?? a.last ?? "9").localeCompare(b.first ?? b.last ?? "9"))
    .map((claim) => {
      const told = toldOf(claim);
      const label = claimWords(claim);
      const days = claim.first === null && claim.last === null ? t("said.no_date") : when(claim.first, claim.last);
      const spoken = [`${toldWords(told)}: ${label}`, days, claim.published === null ? "" : t("papers.published_on", { day: when(claim.published) })];
      return {
        key: `c-${claim.ticket}`, label, spoken: spoken.filter(Boolean).join(", "), look: told,
        href: `#/claims/${claim.ticket}`, first: claim.first, last: claim.last, published: claim.published,
      }; // prettier-ignore
    });
}

function findingRows(line: Timeline): Row[] {
  return line.findings.map((one) => {
    const label = `${word("subject", one.category, one.label)}, ${word("change", one.change)}, ${km(one.at_m)}`;
    const days = one.last_absent === null && one.first_seen === null ? t("when.unknown") : when(one.last_absent, one.first_seen);
    return {
      key: `f-${one.ticket}`, label, spoken: `${label}, ${days}`, look: "finding", href: "",
      first: one.last_absent, last: one.first_seen, published: null,
    }; // prettier-ignore
  });
}

function isOn(axis: Axis, { first, last }: { first: string; last: string }): boolean {
  return Date.parse(last) >= axis.from && Date.parse(first) <= axis.to;
}

/** Cut words to the room that labels have; the whole is in the title and in the table. */
function cut(words: string, room_px: number): string {
  const signs = Array.from(words);
  let used = 0;
  for (let i = 0; i < signs.length; i += 1) {
    used += (signs[i] ?? "") > "\u2e7f" ? 12.5 : 6.6;
    if (used > room_px - 16) return `${signs.slice(0, Math.max(1, i - 1)).join("")}…`;
  }
  return words;
}

customElements.define("vallum-timeline-page", TimelinePage);
