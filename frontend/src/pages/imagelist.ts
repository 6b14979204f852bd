/** `<vallum-image-list>`: every image of the project; one can be set aside with a reason. */

import { css, html, nothing } from "lit";
import type { TemplateResult } from "lit";

import type { ImageRow } from "../types.ts";
import { has, number, t, Worded } from "../words.ts";
import { asideCommand } from "./commands.ts";
import "./copy.ts";
import { whenWords } from "./moment.ts";
import { partLook } from "./pagelook.ts";

const REASONS = ["cloud", "date", "place", "blurred"] as const;

/** Fires `aside` {id, why, back}. */
export class ImageList extends Worded {
  static override properties = {
    images: { attribute: false },
    root: { type: String },
    isLocked: { attribute: false },
    asking: { state: true },
    why: { state: true },
    filter: { state: true },
  };

  static override styles = [
    ...partLook,
    css`
      tr.aside th,
      tr.aside td {
        color: var(--text-3);
      }
      tbody th {
        max-width: 320px;
        overflow-wrap: anywhere;
      }
      form.field {
        padding: 8px 0;
        max-width: 720px;
      }
      .filter {
        max-width: 320px;
        margin-bottom: 8px;
      }
      @media (max-width: 900px) {
        .wide {
          display: none;
        }
      }
    `,
  ];

  images: ImageRow[] = [];
  root = "";
  /** Look only. */
  isLocked = false;
  private asking = "";
  private why = "";
  private filter = "";

  protected override render(): TemplateResult {
    if (this.images.length === 0) {
      return html`<div class="empty">${t("images.none")}</div>`;
    }
    const wanted = this.filter.trim().toLowerCase();
    const rows = [...this.images]
      .filter((row) => `${row.name} ${row.sensor} ${row.taken ?? ""}`.toLowerCase().includes(wanted))
      .sort((a, b) => (a.taken ?? "").localeCompare(b.taken ?? ""));
    return html`${this.images.length > 12 ? this.filterField() : nothing}
      <div class="scroll" tabindex="0" role="group" aria-label=${t("images.list")}>
        <table>
          <caption class="only-read">
            ${t("images.list")}
          </caption>
          <thead>
            <tr>
              <th scope="col">${t("images.col.name")}</th>
              <th scope="col">${t("images.col.taken")}</th>
              <th scope="col">${t("images.col.epoch")}</th>
              <th scope="col" class="wide">${t("images.col.sensor")}</th>
              <th scope="col" class="number">${t("images.col.gsd")}</th>
              <th scope="col" class="number wide">${t("images.col.off_nadir")}</th>
              <th scope="col" class="number wide">${t("images.col.cloud")}</th>
              <th scope="col">${t("images.col.licence")}</th>
              <th scope="col"><span class="only-read">${t("images.col.do")}</span></th>
            </tr>
          </thead>
          <tbody>
            ${rows.map((row) => this.row(row))}
          </tbody>
        </table>
      </div>`;
  }

  private filterField(): TemplateResult {
    return html`<div class="field filter">
      <label for="filter">${t("images.filter")}</label>
      <input
        id="filter"
        type="search"
        .value=${this.filter}
        @input=${(event: InputEvent) => {
          this.filter = (event.target as HTMLInputElement).value;
        }}
      />
    </div>`;
  }

  private row(row: ImageRow): TemplateResult {
    const isAside = row.set_aside !== "";
    const value = (x: number | null, digits: number): string =>
      x === null ? "–" : number(x, digits);
    return html`<tr class=${isAside ? "aside" : ""}>
        <th scope="row">
          ${row.name}
          ${isAside
            ? html`<div class="small">${t("images.is_aside", { why: row.set_aside })}</div>`
            : nothing}
        </th>
        <td>
          ${whenWords(row.taken)}
          ${row.taken_from ? html`<div class="small quiet">${sourceWords(row.taken_from)}</div>` : nothing}
        </td>
        <td>${epochTag(row.epoch)}</td>
        <td class="wide">${row.sensor || "–"}</td>
        <td class="number nowrap">${row.gsd_m === null ? "–" : t("unit.m", { m: row.gsd_m })}</td>
        <td class="number wide">${value(row.off_nadir_deg, 0)}</td>
        <td class="number wide">${value(row.cloud_percent, 0)}</td>
        <td>
          ${row.licence || t("images.licence_none")}
          ${row.credit === "" ? nothing : html`<div class="small quiet">${row.credit}</div>`}
          <div class="small ${row.may_publish ? "good-text" : "quiet"}">
            ${t(row.may_publish ? "images.public_yes" : "images.public_no")}
          </div>
        </td>
        <td>
          <button
            type="button"
            class="nowrap"
            ?hidden=${this.isLocked}
            aria-expanded=${this.asking === row.id ? "true" : "false"}
            aria-label="${t(isAside ? "images.take_back" : "images.set_aside")}: ${row.name}"
            @click=${() => this.ask(row)}
          >
            ${t(isAside ? "images.take_back" : "images.set_aside")}
          </button>
        </td>
      </tr>
      ${this.asking === row.id ? this.asideForm(row) : nothing}`;
  }

  private asideForm(row: ImageRow): TemplateResult {
    const isAside = row.set_aside !== "";
    return html`<tr>
      <td colspan="9">
        <form
          class="field"
          @submit=${(event: Event) => {
            event.preventDefault();
            this.send(row, isAside);
          }}
        >
          ${isAside
            ? html`<p>${t("images.back_ask")}</p>`
            : html`<label for="why">${t("images.aside_why")}</label>
                <input
                  id="why"
                  required
                  list="reasons"
                  autocomplete="off"
                  .value=${this.why}
                  @input=${(event: InputEvent) => {
                    this.why = (event.target as HTMLInputElement).value;
                  }}
                />
                <datalist id="reasons">
                  ${REASONS.map(
                    (name) => html`<option value=${t(`images.reason.${name}`)}></option>`,
                  )}
                </datalist>
                <span class="hint">${t("images.aside_hint")}</span>`}
          <div class="row">
            <button class="primary" ?disabled=${!isAside && this.why.trim() === ""}>
              ${t(isAside ? "images.take_back" : "images.set_aside")}
            </button>
            <button
              type="button"
              @click=${() => {
                this.asking = "";
              }}
            >
              ${t("pages.cancel")}
            </button>
          </div>
          <vallum-command
            .command=${asideCommand(row.name, this.why.trim(), isAside, this.root)}
          ></vallum-command>
        </form>
      </td>
    </tr>`;
  }

  private async ask(row: ImageRow): Promise<void> {
    this.asking = this.asking === row.id ? "" : row.id;
    this.why = "";
    await this.updateComplete;
    this.renderRoot.querySelector<HTMLElement>("form input, form button")?.focus();
  }

  private send(row: ImageRow, back: boolean): void {
    if (!back && this.why.trim() === "") return;
    this.asking = "";
    const detail = { id: row.id, why: this.why.trim(), back };
    this.dispatchEvent(new CustomEvent("aside", { detail, bubbles: true, composed: true }));
  }
}

function epochTag(epoch: string): TemplateResult {
  const key = `images.epoch.${epoch}`;
  return html`<span class="tag">${has(key) ? t(key) : epoch || t("images.epoch.neither")}</span>`;
}

function sourceWords(source: string): string {
  const key = `images.from.${source}`;
  return has(key) ? t(key) : source;
}

customElements.define("vallum-image-list", ImageList);
