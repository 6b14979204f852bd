/** `<vallum-settings-page>`: every setting with its meaning, unit and default, edited in place. */

import { css, html, nothing } from "lit";
import type { TemplateResult } from "lit";

import { api } from "../api.ts";
import type { Setting, SettingValue } from "../types.ts";
import { has, t } from "../words.ts";
import "./copy.ts";
import { Page } from "./page.ts";
import { pageLook } from "./pagelook.ts";
import { readValue, showValue, tomlLine } from "./settingvalue.ts";

export class SettingsPage extends Page {
  static override properties = {
    ...Page.properties,
    settings: { state: true },
    typed: { state: true },
    saved: { state: true },
  };

  static override styles = [
    pageLook,
    css`
      table {
        table-layout: fixed;
        min-width: 640px;
      }
      .w-name {
        width: 19%;
      }
      .w-value {
        width: 33%;
      }
      .w-unit {
        width: 7%;
      }
      .w-default {
        width: 11%;
      }
      td {
        overflow-wrap: anywhere;
      }
      td .trouble {
        margin-top: 8px;
      }
      .note {
        margin-bottom: 8px;
      }
      td.value form {
        display: flex;
        gap: 6px;
        align-items: center;
        flex-wrap: wrap;
      }
      td.value input:not([type="checkbox"]) {
        flex: 1 1 110px;
        min-width: 90px;
        max-width: 260px;
      }
      tbody th {
        overflow-wrap: anywhere;
      }
      code {
        overflow-wrap: anywhere;
      }
      @media (max-width: 800px) {
        .wide {
          display: none;
        }
      }
    `,
  ];

  private settings: Setting[] | null = null;
  /** What was typed and not yet saved, by `table.name`. */
  private typed: Record<string, string> = {};
  private saved = "";

  protected override async load(): Promise<void> {
    if (!this.state?.project) return;
    await this.attempt("load", async () => {
      this.settings = await api.settings();
    });
  }

  protected override render(): TemplateResult {
    return html`<header>
        <h1>${t("settings.title")}</h1>
        <p>${t("settings.lead")}</p>
      </header>
      ${this.troubleBeside("page")} ${this.troubleBeside("load")}
      <div role="status" class="only-read" aria-live="polite">
        ${this.saved === "" ? "" : t("settings.saved_one", { name: this.saved })}
      </div>
      ${this.state?.project ? [this.onlyKeeper(), ...this.groups()] : this.noProject()}`;
  }

  private groups(): TemplateResult[] {
    const tables = [...new Set((this.settings ?? []).map(({ table }) => table))];
    return tables.map((table) => this.group(table));
  }

  private group(table: string): TemplateResult {
    const rows = (this.settings ?? []).filter((one) => one.table === table);
    const key = `settings.table.${table || "project"}`;
    const title = has(key) ? t(key) : table;
    return html`<section aria-labelledby="g-${table}">
      <h2 id="g-${table}">${title}${table === "" ? nothing : html` <code class="quiet">[${table}]</code>`}</h2>
      ${rows.every(({ is_frozen }) => is_frozen)
        ? html`<div class="note">${t("settings.frozen")}</div>`
        : nothing}
      <div class="scroll" tabindex="0" role="group" aria-label=${title}>
        <table>
          <caption class="only-read">
            ${t("settings.caption", { table: title })}
          </caption>
          <thead>
            <tr>
              <th scope="col" class="w-name">${t("settings.col.name")}</th>
              <th scope="col" class="w-value">${t("settings.col.value")}</th>
              <th scope="col" class="w-unit">${t("settings.col.unit")}</th>
              <th scope="col" class="wide w-default">${t("settings.col.default")}</th>
              <th scope="col">${t("settings.col.meaning")}</th>
            </tr>
          </thead>
          <tbody>
            ${rows.map((one) => this.row(one))}
          </tbody>
        </table>
      </div>
    </section>`;
  }

  private row(one: Setting): TemplateResult {
    const id = idOf(one);
    const isFixed = one.is_frozen || !this.isKeeper;
    return html`<tr>
      <th scope="row">
        ${isFixed ? one.name : html`<label for=${id}>${one.name}</label>`}
      </th>
      <td class="value">
        ${isFixed
          ? html`<code>${showValue(one.value)}</code>`
          : this.editor(one)}
        ${this.troubleBeside(id)}
      </td>
      <td class="nowrap">${one.unit || "–"}</td>
      <td class="wide"><code>${one.default === null ? "–" : showValue(one.default)}</code></td>
      <td>${one.meaning}</td>
    </tr>`;
  }

  private editor(one: Setting): TemplateResult {
    const id = idOf(one);
    const shown = this.typed[id] ?? showValue(one.value);
    const isChanged = shown !== showValue(one.value);
    const isDefault = one.default === null || showValue(one.value) === showValue(one.default);
    return html`<form
        @submit=${(event: Event) => {
          event.preventDefault();
          void this.save(one, readValue(shown, one));
        }}
      >
        ${typeof one.value === "boolean"
          ? html`<label class="check"
              ><input
                id=${id}
                type="checkbox"
                .checked=${one.value}
                ?disabled=${this.busy === id}
                @change=${(event: Event) =>
                  this.save(one, (event.target as HTMLInputElement).checked)}
              />${t(one.value ? "settings.yes" : "settings.no")}</label
            >`
          : html`<input
              id=${id}
              autocomplete="off"
              spellcheck="false"
              inputmode=${typeof one.value === "number" ? "decimal" : "text"}
              aria-invalid=${this.trouble?.about === id ? "true" : "false"}
              aria-describedby="trouble-${id}"
              .value=${shown}
              @input=${(event: InputEvent) => {
                const text = (event.target as HTMLInputElement).value;
                this.typed = { ...this.typed, [id]: text };
              }}
            />`}
        ${isChanged
          ? html`<button class="primary" ?disabled=${this.busy === id}>${t("settings.save")}</button>
              <button type="button" @click=${() => this.forget(id)}>${t("pages.cancel")}</button>`
          : nothing}
        ${!isChanged && !isDefault
          ? html`<button
              type="button"
              aria-label="${t("settings.reset")}: ${one.name}"
              @click=${() => this.save(one, one.default)}
            >
              ${t("settings.reset")}
            </button>`
          : nothing}
        ${this.saved === one.name ? html`<span class="good-text">✓ ${t("settings.saved")}</span>` : nothing}
      </form>
      ${isChanged
        ? html`<vallum-command
            label=${t("settings.copy_line")}
            .command=${tomlLine(one, readValue(shown, one))}
          ></vallum-command>`
        : nothing}`;
  }

  private forget(id: string): void {
    const { [id]: _, ...rest } = this.typed;
    this.typed = rest;
    if (this.trouble?.about === id) this.trouble = null;
  }

  private async save(one: Setting, value: SettingValue): Promise<void> {
    const id = idOf(one);
    this.saved = "";
    const isSaved = await this.attempt(id, async () => {
      this.settings = await api.set(one.table, one.name, value);
    });
    if (!isSaved) return;
    this.forget(id);
    this.saved = one.name;
    this.tellState(null);
  }
}

function idOf({ table, name }: Setting): string {
  return `${table || "project"}-${name}`;
}

customElements.define("vallum-settings-page", SettingsPage);
