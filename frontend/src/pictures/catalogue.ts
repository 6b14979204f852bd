/** `<vallum-catalogue-page>`: see what a STAC catalogue has of the corridor, then fetch it. */

import { css, html, nothing, type TemplateResult } from "lit";

import { quote } from "../pages/commands.ts";
import "../pages/copy.ts";
import { Page } from "../pages/page.ts";
import { pageLook } from "../pages/pagelook.ts";
import { whenWords } from "../pages/moment.ts";
import { parseWhen } from "../pages/when.ts";
import { number, t } from "../words.ts";
import { found } from "./api.ts";
import "./joblast.ts";
import { listLook } from "./listlook.ts";
import type { CatalogueBody, LastDone, Listed, Preset } from "./types.ts";

interface Form {
  url: string;
  collections: string;
  when: string;
  max_cloud: string;
  max_items: string;
  whole: boolean;
  licence: string;
  credit: string;
  may_publish: boolean;
}

const EMPTY: Form = {
  url: "", collections: "", when: "", max_cloud: "30", max_items: "200", whole: false,
  licence: "", credit: "", may_publish: false,
}; // prettier-ignore

/** Return what is typed as the server takes it. */
export function bodyOf(form: Form, is_list: boolean): CatalogueBody {
  const words = (text: string): string[] => text.split(/[\s,;]+/).filter(Boolean);
  return {
    url: form.url.trim(),
    collections: words(form.collections),
    when: words(form.when),
    max_cloud: form.max_cloud.trim() === "" ? null : Number(form.max_cloud),
    max_items: Number(form.max_items) || 200,
    whole: form.whole,
    licence: form.licence.trim(),
    credit: form.credit.trim(),
    may_publish: form.may_publish,
    is_list,
  };
}

/** Return the same as a command. */
export function stacCommand(form: Form, is_list: boolean, root: string): string {
  const body = bodyOf(form, is_list);
  const words = ["--stac", body.url || "URL", "--collections", body.collections.join(",") || "NAME"];
  for (const one of body.when) words.push("--when", one);
  if (body.max_cloud !== null) words.push("--max-cloud", String(body.max_cloud));
  if (body.max_items !== 200) words.push("--max-items", String(body.max_items));
  if (body.licence !== "") words.push("--licence", body.licence);
  if (body.credit !== "") words.push("--credit", body.credit);
  if (body.whole) words.push("--whole");
  if (body.may_publish) words.push("--may-publish");
  if (is_list) words.push("--list");
  if (root !== "") words.push("--project", root);
  return ["vallum", "add", ...words].map(quote).join(" ");
}

export class CataloguePage extends Page {
  static override properties = {
    ...Page.properties,
    form: { state: true },
    presets: { state: true },
    note: { state: true },
    listed: { state: true },
    fetched: { state: true },
  };

  static override styles = [pageLook, listLook, css`
    form { display: grid; gap: 12px; }
    .presets { margin-bottom: 10px; }
    .tall { max-height: 420px; margin-top: 8px; overflow: auto; }
    .id { overflow-wrap: anywhere; font-weight: 400; }
  `]; // prettier-ignore

  private form: Form = EMPTY;
  private presets: Preset[] = [];
  /** What one must know of the catalogue that was filled in. */
  private note = "";
  private listed: LastDone | null = null;
  private fetched: LastDone | null = null;

  protected override async load(): Promise<void> {
    if (!this.state?.project || !this.isKeeper) return;
    await this.attempt("load", async () => {
      this.listed = await found.last("catalogue");
      this.fetched = await found.last("fetch");
      if (this.presets.length === 0) this.presets = await found.presets();
    });
  }

  protected override render(): TemplateResult {
    return html`<header>
        <h1>${t("catalogue.title")}</h1>
        <p>${t("catalogue.lead")}</p>
      </header>
      ${this.troubleBeside("page")} ${this.troubleBeside("load")}
      ${!this.state?.project ? this.noProject() : this.isKeeper ? this.body() : this.onlyKeeper()}`;
  }

  private body(): TemplateResult {
    return html`<p class="note">${t("catalogue.leaves")}</p>
      <section aria-labelledby="ask">
        <h2 id="ask">${t("catalogue.ask")}</h2>
        ${this.presets.length === 0 ? nothing : this.presetRow()} ${this.fields()}
      </section>
      <section aria-labelledby="has">
        <h2 id="has">${t("catalogue.has")}</h2>
        <vallum-job-last .what=${["catalogue"]} .last=${this.listed === null || this.items.length === 0 ? this.listed : { ...this.listed, lines: this.listed.lines.slice(0, 1) }}></vallum-job-last>
        ${this.items.length === 0 ? nothing : this.table()}
        ${this.listed === null ? html`<p class="quiet">${t("catalogue.none_yet")}</p>` : nothing}
      </section>
      <section aria-labelledby="came">
        <h2 id="came">${t("catalogue.came")}</h2>
        <vallum-job-last .what=${["fetch"]} .last=${this.fetched}></vallum-job-last>
        ${this.fetched === null ? html`<p class="quiet">${t("catalogue.nothing_came")}</p>` : html`<p><a class="button" href="#/run">${t("results.then_run")}</a></p>`}
      </section>`;
  }

  private presetRow(): TemplateResult {
    return html`<div class="row presets" role="group" aria-label=${t("catalogue.presets")}>
      <span class="quiet">${t("catalogue.presets")}</span>
      ${this.presets.map(
        (preset) =>
          html`<button type="button" class="chip" title=${preset.note} @click=${() => this.take(preset)}>${preset.title}</button>`,
      )}
    </div>
    ${this.note === "" ? nothing : html`<p class="small quiet presets">${this.note}</p>`}`;
  }

  private take(preset: Preset): void {
    this.form = { ...this.form, url: preset.url, collections: preset.collections[0] ?? "" };
    this.note = preset.note;
  }

  private fields(): TemplateResult {
    const wrong = this.wrongWhen;
    const dates = this.state?.project?.dates;
    const hints: Partial<Record<keyof Form, string>> = {
      when: wrong === "" ? t("catalogue.when_hint", { before: dates?.before ?? "", after: dates?.after ?? "" }) : t("catalogue.when_bad", { word: wrong }),
    };
    const field = (name: Exclude<keyof Form, "whole" | "may_publish">, more: { type?: string; isWrong?: boolean; example?: string } = {}): TemplateResult =>
      html`<div class="field">
        <label for=${name}>${t(`catalogue.${name}`)}</label>
        <input id=${name} autocomplete="off" spellcheck="false" type=${more.type ?? "text"} placeholder=${more.example ?? ""}
          aria-invalid=${more.isWrong ? "true" : "false"} aria-describedby="${name}-hint"
          .value=${this.form[name]} @input=${(event: Event) => (this.form = { ...this.form, [name]: (event.target as HTMLInputElement).value })} />
        <span class="hint ${more.isWrong ? "bad" : ""}" id="${name}-hint">${hints[name] ?? t(`catalogue.${name}_hint`)}</span>
      </div>`;
    const check = (name: "whole" | "may_publish"): TemplateResult =>
      html`<label class="check"
        ><input type="checkbox" .checked=${this.form[name]} @change=${(event: Event) => (this.form = { ...this.form, [name]: (event.target as HTMLInputElement).checked })} />${t(`catalogue.${name}`)}</label
      >`;
    return html`<form class="card" @submit=${(event: Event) => this.start(event, true)}>
      <div class="fields">
        ${field("url", { type: "url", example: "https://…" })} ${field("collections", { example: "sentinel-2-l2a" })}
        ${field("when", { isWrong: wrong !== "", example: "2019-04..2019-09" })}
      </div>
      <div class="fields">
        ${field("max_cloud", { type: "number" })} ${field("max_items", { type: "number" })} ${field("licence")} ${field("credit")}
      </div>
      <div class="row">${check("whole")} ${check("may_publish")}</div>
      <div class="row">
        <button class="primary" ?disabled=${!this.isReady}>${t("catalogue.list")}</button>
        <button type="button" ?disabled=${!this.isReady || this.listed === null || this.form.collections.trim() === ""} @click=${(event: Event) => this.start(event, false)}>${t("catalogue.fetch")}</button>
        ${this.isWorking ? html`<span class="quiet">${t("pages.busy_job")}</span>` : this.listed === null ? html`<span class="quiet">${t("catalogue.list_first")}</span>` : nothing}
      </div>
      <vallum-command .command=${stacCommand(this.form, this.listed === null, this.root)}></vallum-command>
      ${this.troubleBeside("ask")}
    </form>`;
  }

  private get items(): Listed[] {
    const items = this.listed?.facts["items"];
    return Array.isArray(items) ? (items as Listed[]) : [];
  }

  private table(): TemplateResult {
    const head = ["taken", "sensor", "gsd", "cloud", "bands", "id", "licence"] as const;
    return html`<div class="scroll tall" tabindex="0" role="group" aria-labelledby="has">
      <table>
        <thead>
          <tr>${head.map((name) => html`<th scope="col" class=${name === "gsd" || name === "cloud" ? "number" : ""}>${t(`catalogue.col.${name}`)}</th>`)}</tr>
        </thead>
        <tbody>
          ${this.items.map(
            (item) => html`<tr>
              <td class="nowrap">${whenWords(item.taken)}</td>
              <td>${item.sensor || "–"}</td>
              <td class="number nowrap">${item.gsd_m === null ? "–" : t("unit.m", { m: item.gsd_m })}</td>
              <td class="number">${item.cloud_percent === null ? "–" : number(item.cloud_percent, 0)}</td>
              <td>${item.bands.join(", ") || "–"}</td>
              <th scope="row" class="id">${item.id}</th>
              <td>${item.licence || t("images.licence_none")}</td>
            </tr>`,
          )}
        </tbody>
      </table>
    </div>`;
  }

  /** The first word among the dates that is no date. */
  private get wrongWhen(): string {
    return bodyOf(this.form, true).when.find((word) => typeof parseWhen(word) === "string") ?? "";
  }

  private get isReady(): boolean {
    return this.form.url.trim() !== "" && this.wrongWhen === "" && !this.isWorking && this.busy === "";
  }

  private start(event: Event, is_list: boolean): void {
    event.preventDefault();
    if (this.isReady) void this.startJob("ask", () => found.catalogue(bodyOf(this.form, is_list)));
  }
}

customElements.define("vallum-catalogue-page", CataloguePage);
