/** `<vallum-shopping>`: which images to buy first, from a person's own prices, as areas to order. */

import { css, html, nothing, type TemplateResult } from "lit";

import { verb } from "../pages/commands.ts";
import "../pages/copy.ts";
import { momentWords } from "../pages/moment.ts";
import { Page } from "../pages/page.ts";
import { partLook } from "../pages/pagelook.ts";
import type { Kind } from "../types.ts";
import { has, t } from "../words.ts";
import { examplePrices, found } from "./api.ts";
import "./joblast.ts";
import { listLook } from "./listlook.ts";
import { madeFiles } from "./madefiles.ts";
import type { LastDone, MadeFile, ShopBody, Shopping } from "./types.ts";

const MOST_BYTES = 1 << 20;
const NUMBERS = /^-?[\d.]+$/;

export class ShoppingPart extends Page {
  static override properties = {
    ...Page.properties,
    body: { state: true },
    list: { state: true },
    files: { state: true },
    last: { state: true },
  };

  static override styles = [
    ...partLook,
    listLook,
    css`
      input[type="file"] {
        min-height: 34px;
        border: 0;
        background: none;
        padding: 4px 0;
      }
      td {
        max-width: 34ch;
      }
      .kinds {
        display: flex;
        flex-wrap: wrap;
        gap: 0 16px;
      }
    `,
  ];

  private body: ShopBody = { prices_name: "", prices: "", half_width_km: 0, budget: 0, kinds: [] };
  private list: Shopping | null = null;
  private files: MadeFile[] = [];
  private last: LastDone | null = null;

  protected override async load(): Promise<void> {
    if (!this.state?.project) return;
    await this.attempt("load", async () => {
      this.list = await found.shopping();
      this.files = await found.made("shopping");
      if (this.isKeeper) this.last = await found.last("shop");
    });
  }

  protected override render(): TemplateResult {
    return html`<section aria-labelledby="shopping">
      <h2 id="shopping">${t("shopping.title")}</h2>
      <div class="stack">
        <p>${t("shopping.lead")}</p>
        ${this.troubleBeside("load")} ${this.isKeeper ? this.form() : this.onlyKeeper()}
        <vallum-job-last .what=${["shop"]} .last=${this.last}></vallum-job-last>
        ${this.table()} ${madeFiles("shopping", this.files)}
      </div>
    </section>`;
  }

  private form(): TemplateResult {
    const amount = (name: "budget" | "half_width_km", step: string): TemplateResult => html`<div class="field">
      <label for=${name}>${t(`shopping.${name}`)}</label>
      <input id=${name} type="number" min="0" step=${step} aria-describedby="${name}-hint" .value=${this.body[name] === 0 ? "" : String(this.body[name])}
        @input=${(event: Event) => (this.body = { ...this.body, [name]: Number((event.target as HTMLInputElement).value) || 0 })} />
      <span class="hint" id="${name}-hint">${t(`shopping.${name}_hint`)}</span>
    </div>`;
    const hasAim = this.body.budget > 0 || this.body.half_width_km > 0;
    const isReady = this.body.prices !== "" && hasAim && !this.isWorking && this.busy === "";
    return html`<form
      class="card stack"
      @submit=${(event: Event) => {
        event.preventDefault();
        if (isReady) void this.startJob("shop", () => found.shop(this.body));
      }}
    >
      <div class="fields">
        <div class="field">
          <label for="prices">${t("shopping.prices")}</label>
          <input id="prices" type="file" accept=".toml,.csv" aria-describedby="prices-hint" @change=${this.onFile} />
          <span class="hint" id="prices-hint">${t("shopping.prices_hint")} <a href=${examplePrices} download="prices-example.toml">${t("shopping.example")}</a></span>
        </div>
        ${amount("budget", "any")} ${amount("half_width_km", "any")}
      </div>
      <fieldset>
        <legend>${t("shopping.kinds")}</legend>
        <div class="kinds">${(this.state?.kinds ?? []).map(({ kind }) => this.kind(kind))}</div>
        <span class="hint quiet small">${t("shopping.kinds_hint")}</span>
      </fieldset>
      <div class="row">
        <button class="primary" ?disabled=${!isReady}>${t("shopping.make")}</button>
        ${this.isWorking ? html`<span class="quiet">${t("pages.busy_job")}</span>` : !isReady ? html`<span class="quiet">${t("shopping.needs")}</span>` : nothing}
        <vallum-command .command=${this.command}></vallum-command>
      </div>
      ${this.troubleBeside("shop")}
    </form>`;
  }

  private get command(): string {
    const words = ["--prices", this.body.prices_name || "FILE"];
    if (this.body.budget > 0) words.push("--budget", String(this.body.budget));
    if (this.body.half_width_km > 0) words.push("--half-width-km", String(this.body.half_width_km));
    return verb("shop", this.root, words);
  }

  private kind(kind: Kind): TemplateResult {
    return html`<label class="check"
      ><input
        type="checkbox"
        .checked=${this.body.kinds.includes(kind)}
        @change=${(event: Event) => {
          const rest = this.body.kinds.filter((one) => one !== kind);
          this.body = { ...this.body, kinds: (event.target as HTMLInputElement).checked ? [...rest, kind] : rest };
        }}
      />${t(`kind.${kind}`)}</label
    >`;
  }

  private table(): TemplateResult | typeof nothing {
    const { list } = this;
    if (list === null || list.rows.length === 0) return nothing;
    const isNumber = (column: number): boolean => list.rows.every((row) => row[column] === "" || NUMBERS.test(row[column] ?? ""));
    return html`<div class="scroll" tabindex="0" role="group" aria-label=${t("shopping.list")}>
        <table>
          <caption>${t("shopping.list")} <span class="small">${momentWords(list.made_at)}</span></caption>
          <thead>
            <tr>${list.columns.map((name, i) => html`<th scope="col" class=${isNumber(i) ? "number" : ""}>${columnWords(name)}</th>`)}</tr>
          </thead>
          <tbody>
            ${list.rows.map((row) => html`<tr>${row.map((text, i) => html`<td class=${isNumber(i) ? "number" : ""}>${text}</td>`)}</tr>`)}
          </tbody>
        </table>
      </div>
      ${list.n_rows > list.rows.length ? html`<p class="small quiet">${t("shopping.more", { n: list.n_rows - list.rows.length })}</p>` : nothing}`;
  }

  private readonly onFile = async (event: Event): Promise<void> => {
    const file = (event.target as HTMLInputElement).files?.[0];
    if (!file) {
      this.body = { ...this.body, prices: "", prices_name: "" };
      return;
    }
    if (file.size > MOST_BYTES) {
      this.trouble = { about: "shop", message: t("shopping.too_large"), next: "" };
      return;
    }
    this.body = { ...this.body, prices: await file.text(), prices_name: file.name };
  };
}

function columnWords(name: string): string {
  const key = `shopping.col.${name}`;
  return has(key) ? t(key) : name.replace(/_/g, " ");
}

customElements.define("vallum-shopping", ShoppingPart);
