/** The head of the placing page: which screenshot, what became of it, and where to go on. */

import { html, nothing, type TemplateResult } from "lit";

import { t } from "../words.ts";
import type { ShotFull } from "./types.ts";

export function placingHead(full: ShotFull | null, kept: string): TemplateResult {
  return html`<header class="row spread">
    <div class="row">
      <a href="#/images/shots">← ${t("placing.all")}</a>
      <h1>${full === null ? t("placing.title") : full.shot.name}</h1>
      ${full === null ? nothing : html`<span class="tag">${t(`shots.state.${full.shot.state}`)}</span>`}
    </div>
    <div class="row">
      ${full?.before ? html`<a class="button" href="#/images/shots/${full.before}">${t("placing.before")}</a>` : nothing}
      ${full?.next ? html`<a class="button" href="#/images/shots/${full.next}">${t("placing.next")}</a>` : nothing}
    </div>
  </header>
  <p role="status" class=${kept === "" ? "only-read" : "note good"}>
    ${kept}
    ${kept !== "" && full?.next ? html`<a href="#/images/shots/${full.next}">${t("placing.next")}</a>` : nothing}
  </p>`;
}
