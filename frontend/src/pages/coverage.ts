/** `<vallum-coverage-page>`: which metres two images show, which none shows, and why not. */

import { css, html, nothing, svg } from "lit";
import type { TemplateResult } from "lit";

import { api } from "../api.ts";
import type { Coverage, SceneNote, Strip } from "../types.ts";
import { has, language, number, t } from "../words.ts";
import { verb } from "./commands.ts";
import "./copy.ts";
import { whenWords } from "./moment.ts";
import { Page } from "./page.ts";
import { pageLook } from "./pagelook.ts";
import { percent } from "./spell.ts";
import { summed } from "./statuses.ts";
import type { Known } from "./statuses.ts";

type SectionRow = Coverage["sections"][number];
const BAR_WIDTH = 1000;

export class CoveragePage extends Page {
  static override properties = {
    ...Page.properties,
    coverage: { state: true },
    strip: { state: true },
    isOnlyGaps: { state: true },
  };

  static override styles = [
    pageLook,
    css`
      .loud {
        display: grid;
        grid-template-columns: repeat(auto-fit, minmax(min(100%, 240px), 1fr));
        gap: 12px;
        margin-bottom: 12px;
      }
      .loud div {
        padding: 12px 16px;
        border: 1px solid var(--line);
        border-radius: var(--radius);
        background: var(--panel);
      }
      .loud b {
        display: block;
        font-size: 28px;
        line-height: 1.2;
        font-variant-numeric: tabular-nums;
      }
      .loud .gap {
        border: 2px dashed var(--text-2);
      }
      .bar {
        display: block;
        width: 100%;
        height: 34px;
        border: 1px solid var(--line-strong);
        border-radius: 4px;
        background: var(--ground);
      }
      .s-changed {
        fill: var(--accent);
      }
      .s-unchanged {
        fill: #5f7f72;
      }
      .s-indeterminate {
        fill: var(--unsure);
      }
      .s-not_examined {
        fill: #3c444c;
      }
      .key {
        width: 26px;
        height: 16px;
        vertical-align: -2px;
        margin-inline-end: 6px;
        border: 1px solid var(--line-strong);
      }
      vallum-strip {
        display: block;
        min-height: 70px;
      }
      .scroll.tall {
        max-height: max(70vh, 420px);
        overflow: auto;
      }
      .tall thead th {
        position: sticky;
        top: 0;
        z-index: 1;
      }
      .scene {
        min-width: 110px;
        max-width: 240px;
        overflow-wrap: anywhere;
      }
      tr.gap th,
      tr.gap td {
        background: #24211a;
      }
    `,
  ];

  private coverage: Coverage | null = null;
  private strip: Strip | null = null;
  private isOnlyGaps = false;

  protected override async load(): Promise<void> {
    if (!this.state?.project) return;
    await this.attempt("load", async () => {
      this.coverage = await api.coverage();
      this.strip = await api.strip();
    });
  }

  protected override render(): TemplateResult {
    return html`<header>
        <h1>${t("coverage.title")}</h1>
        <p>${t("coverage.lead")}</p>
      </header>
      ${this.troubleBeside("page")} ${this.troubleBeside("load")}
      ${this.state?.project ? this.body() : this.noProject()}`;
  }

  private body(): TemplateResult {
    if (this.coverage === null) {
      return this.trouble === null ? html`<p class="quiet">${t("pages.loading")}</p>` : html``;
    }
    const { statuses, sections } = this.coverage;
    return html`${this.numbers(statuses)}
      ${this.strip === null
        ? nothing
        : html`<section aria-labelledby="strip">
            <h2 id="strip">${t("coverage.strip")}</h2>
            <vallum-strip
              .strip=${this.strip}
              @go=${(event: CustomEvent<{ at_m: number }>) => this.show(event.detail.at_m)}
            ></vallum-strip>
          </section>`}
      ${this.statusTable(statuses)} ${this.sectionTable(sections)}`;
  }

  private numbers(statuses: readonly Known[]): TemplateResult {
    const { total_m, unknown_m, not_comparable_m } = summed(statuses);
    const km = (m: number): string => t("unit.km", { km: number(m / 1000, 1) });
    return html`<div class="loud">
      <div>
        ${t("coverage.known")}<b>${km(total_m - unknown_m)}</b>${t("coverage.of_all", {
          share: percent(total_m - unknown_m, total_m, language()),
          total: km(total_m),
        })}
      </div>
      <div class="gap">
        ${t("coverage.gap")}<b>${km(not_comparable_m)}</b>${t("coverage.gap_text", {
          share: percent(not_comparable_m, total_m, language()),
        })}
      </div>
      ${unknown_m > not_comparable_m
        ? html`<div>
            ${t("coverage.unexamined")}<b>${km(unknown_m - not_comparable_m)}</b>${t(
              "coverage.unexamined_text",
            )}
          </div>`
        : nothing}
    </div>`;
  }

  private statusTable(statuses: readonly Known[]): TemplateResult {
    const { rows, total_m } = summed(statuses);
    const [start_m, end_m] = this.coverage?.extent ?? [0, 0];
    const isWhole = total_m === end_m - start_m;
    return html`<section aria-labelledby="statuses">
      <h2 id="statuses">${t("coverage.statuses")}</h2>
      <div class="stack">
        ${this.bar()}
        <div class="scroll" tabindex="0" role="group" aria-label=${t("coverage.statuses")}>
          <table>
            <caption>
              ${t("coverage.statuses_text")}
            </caption>
            <thead>
              <tr>
                <th scope="col">${t("coverage.col.status")}</th>
                <th scope="col" class="number">${t("coverage.col.km")}</th>
                <th scope="col" class="number">${t("coverage.col.share")}</th>
              </tr>
            </thead>
            <tbody>
              ${rows.map(
                (row) =>
                  html`<tr>
                    <th scope="row">${swatch(row.status)} ${statusWords(row.status, row.label)}</th>
                    <td class="number">${number(row.length_m / 1000, 3)}</td>
                    <td class="number">${percent(row.length_m, total_m, language())}</td>
                  </tr>`,
              )}
            </tbody>
            <tfoot>
              <tr>
                <th scope="row">${t("coverage.sum")}</th>
                <td class="number">${number(total_m / 1000, 3)}</td>
                <td class="number">
                  ${isWhole ? html`<span class="good-text">✓</span> ${t("coverage.exact")}` : "≠"}
                </td>
              </tr>
            </tfoot>
          </table>
        </div>
      </div>
    </section>`;
  }

  /** The whole border as one bar; gaps are hatched, so that they cannot pass for "nothing". */
  private bar(): TemplateResult {
    const { extent, stretches } = this.coverage ?? { extent: [0, 1] as const, stretches: [] };
    const scale = BAR_WIDTH / Math.max(1, extent[1] - extent[0]);
    return html`<svg
      class="bar"
      viewBox="0 0 ${BAR_WIDTH} 34"
      preserveAspectRatio="none"
      role="img"
      aria-label=${t("coverage.bar")}
    >
      ${hatch("wide")}
      ${barOf(stretches, extent[0], scale).map(([status, path]) =>
        status === "not_comparable"
          ? svg`<path d=${path} fill="url(#wide)"></path>`
          : svg`<path class="s-${status}" d=${path}></path>`,
      )}
    </svg>`;
  }

  private sectionTable(sections: readonly SectionRow[]): TemplateResult {
    const isGap = (row: SectionRow): boolean => row.seen_m < row.end_m - row.start_m;
    const rows = this.isOnlyGaps ? sections.filter(isGap) : sections;
    const head = ["section", "stretch", "before", "after", "seen", "candidates", "why"] as const;
    return html`<section aria-labelledby="sections">
      <div class="row spread">
        <h2 id="sections">${t("coverage.sections")}</h2>
        <label class="check"
          ><input
            type="checkbox"
            .checked=${this.isOnlyGaps}
            @change=${(event: Event) => {
              this.isOnlyGaps = (event.target as HTMLInputElement).checked;
            }}
          />${t("coverage.only_gaps", { n: sections.filter(isGap).length })}</label
        >
      </div>
      ${rows.length === 0
        ? html`<div class="empty">${t("coverage.no_gaps")}</div>`
        : html`<div class="scroll tall" tabindex="0" role="group" aria-labelledby="sections">
            <table>
              <caption class="only-read">
                ${t("coverage.sections_text")}
              </caption>
              <thead>
                <tr>
                  ${head.map(
                    (name) =>
                      html`<th
                        scope="col"
                        class=${name === "seen" || name === "candidates" ? "number" : ""}
                      >
                        ${t(`coverage.col.${name}`)}
                      </th>`,
                  )}
                </tr>
              </thead>
              <tbody>
                ${rows.map((row) => this.sectionRow(row, isGap(row)))}
              </tbody>
            </table>
          </div>`}
      <p class="quiet">${t("coverage.fill")}</p>
      <vallum-command .command=${verb("cover", this.root)}></vallum-command>
    </section>`;
  }

  private sectionRow(row: SectionRow, isGap: boolean): TemplateResult {
    const length_m = row.end_m - row.start_m;
    const km = (m: number): string => number(m / 1000, 1);
    return html`<tr id="section-${row.number}" class=${isGap ? "gap" : ""}>
      <th scope="row">${number(row.number)}</th>
      <td class="nowrap">${km(row.start_m)} – ${km(row.end_m)}</td>
      <td class="scene">${sceneWords(row.before)}</td>
      <td class="scene">${sceneWords(row.after)}</td>
      <td class="number nowrap">
        ${t("coverage.seen_of", { seen: row.seen_m, all: length_m })}
      </td>
      <td class="number">${number(row.n_candidates)}</td>
      <td>${row.blocked_by || (isGap ? t("coverage.partly") : "")}</td>
    </tr>`;
  }

  private show(at_m: number): void {
    const row = this.coverage?.sections.find((one) => one.start_m <= at_m && at_m < one.end_m);
    if (row === undefined) return;
    this.renderRoot.querySelector(`#section-${row.number}`)?.scrollIntoView({ block: "center" });
  }
}

/** Return the boxes of each status as one path: thousands of stretches stay a handful of elements. */
function barOf(stretches: Coverage["stretches"], from_m: number, scale: number): [string, string][] {
  const paths = new Map<string, string>();
  for (const { start_m, end_m, status } of stretches) {
    const width = Math.max(0.4, (end_m - start_m) * scale).toFixed(2);
    const box = `M${((start_m - from_m) * scale).toFixed(2)} 0h${width}v34h-${width}z`;
    paths.set(status, (paths.get(status) ?? "") + box);
  }
  return [...paths];
}

/** Return the words for a status; the server's own where we have none. */
function statusWords(status: string, label: string): string {
  const key = `coverage.status.${status}`;
  return has(key) ? t(key) : label || status;
}

function sceneWords(scene: SceneNote | null): TemplateResult | string {
  if (scene === null) return t("coverage.no_image");
  return html`${whenWords(scene.taken)}
    <div class="small quiet">${scene.name}</div>`;
}

function swatch(status: string): TemplateResult {
  return html`<svg class="key" viewBox="0 0 26 16" aria-hidden="true">
    ${status === "not_comparable"
      ? svg`${hatch(`k-${status}`)}<rect width="26" height="16" fill="url(#k-${status})"></rect>`
      : svg`<rect class="s-${status}" width="26" height="16"></rect>`}
  </svg>`;
}

function hatch(id: string): TemplateResult<2> {
  return svg`<defs><pattern id=${id} width="6" height="6" patternUnits="userSpaceOnUse"
    patternTransform="rotate(45)"><rect width="6" height="6" fill="#15181b"></rect>
    <rect width="2" height="6" fill="#9aa4ad"></rect></pattern></defs>`;
}

customElements.define("vallum-coverage-page", CoveragePage);
