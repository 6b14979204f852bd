/** `<vallum-filter>`: which findings the strip, the map and the pictured places show. */

import { css, html, nothing, type PropertyDeclarations, type TemplateResult } from "lit";

import { t, Worded } from "../words.ts";
import { EVERYTHING, passes, yearsOf, type Filter, type Live, type Named } from "./live.ts";
import { chartLook } from "./look.ts";

/** Properties: `live`, `filter`. Event: `filter` {filter}, bubbles. */
export class ReportFilter extends Worded {
  static override properties: PropertyDeclarations = { live: { attribute: false }, filter: { attribute: false } };

  declare live: Live | null;
  declare filter: Filter;

  static override styles = [
    chartLook,
    css`
      details {
        border: 1px solid var(--soft);
        border-radius: 4px;
        padding: 0.3rem 0.8rem;
        margin: 0 0 0.8rem;
      }
      summary {
        cursor: pointer;
        font-weight: 650;
        min-height: 30px;
      }
      summary:focus-visible,
      select:focus-visible {
        outline: 3px solid #b87800;
        outline-offset: 2px;
      }
      select {
        font: inherit;
        min-height: 32px;
        color: var(--ink);
        background: var(--paper);
        border: 1px solid var(--ink);
        border-radius: 4px;
      }
      .row {
        display: flex;
        flex-wrap: wrap;
        gap: 0.4rem 1rem;
        align-items: center;
        margin: 0.3rem 0 0.5rem;
      }
    `,
  ];

  constructor() {
    super();
    this.live = null;
    this.filter = EVERYTHING;
  }

  protected override render(): TemplateResult | typeof nothing {
    const { live } = this;
    if (!live || live.things.length === 0) return nothing;
    const years = yearsOf(live.things);
    if (Math.max(live.kinds.length, live.changes.length, live.helds.length, years.length) < 2) return nothing;
    const n = live.things.filter((one) => passes(this.filter, one)).length;
    return html`<details>
      <summary>${t("filter.title")} … <span role="status">${n === live.things.length ? "" : t("filter.shown", { n, all: live.things.length })}</span></summary>
      ${this.group(t("filter.kinds"), "kind", live.kinds)} ${this.group(t("filter.changes"), "change", live.changes)}
      ${this.group(t("filter.helds"), "held", live.helds)}
      <div class="row">
        ${
          years.length > 1
            ? html`<label
                >${t("filter.year")}
                <select @change=${this.onYear}>
                  <option value="" ?selected=${this.filter.year === null}>${t("filter.any")}</option>
                  ${years.map((year) => html`<option value=${year} ?selected=${this.filter.year === year}>${t("filter.in", { year: String(year) })}</option>`)}
                </select></label
              >`
            : nothing
        }
        <button type="button" @click=${() => this.tell(EVERYTHING)}>${t("filter.all")}</button>
      </div>
    </details>`;
  }

  private group(legend: string, part: string, entries: readonly Named[]): TemplateResult | typeof nothing {
    if (entries.length < 2) return nothing;
    return html`<fieldset>
      <legend>${legend}</legend>
      ${entries.map(({ key, label }) => {
        const name = `${part}:${key}`;
        return html`<label
          ><input type="checkbox" name=${name} .checked=${!this.filter.without.has(name)} @change=${() => this.toggle(name)} />${label}</label
        >`;
      })}
    </fieldset>`;
  }

  private toggle(name: string): void {
    const without = new Set(this.filter.without);
    if (!without.delete(name)) without.add(name);
    this.tell({ ...this.filter, without });
  }

  private readonly onYear = (event: Event): void => {
    const { value } = event.target as HTMLSelectElement;
    this.tell({ ...this.filter, year: value === "" ? null : Number(value) });
  };

  private tell(filter: Filter): void {
    this.dispatchEvent(new CustomEvent("filter", { detail: { filter }, bubbles: true, composed: true }));
  }
}

customElements.define("vallum-filter", ReportFilter);
