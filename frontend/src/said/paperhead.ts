/** What a paper is, above its text; and what stands where no text can be shown. */

import { html, nothing, type TemplateResult } from "lit";

import type { State } from "../types.ts";
import { t } from "../words.ts";
import { pictureOf } from "./api.ts";
import { exhibitTags, sourceWords } from "./cards.ts";
import { when, word } from "./terms.ts";
import type { ExhibitFull } from "./types.ts";
import "./viewpanel.ts";

const PICTURES = new Set(["photo", "video"]);

/** Return what a paper is called here. */
export function titleOf(row: { title: string; name: string; is_protected: boolean }): string {
  return row.is_protected ? t("papers.protected_title") : row.title || row.name || t("papers.no_title");
}

export function paperHead(full: ExhibitFull): TemplateResult {
  const { proposed, approved, rejected } = full.n_claims;
  const day = full.published === null ? t("papers.no_day") : t("papers.published_on", { day: when(full.published) });
  return html`<h1>${titleOf(full)}</h1>
    <div class="row">${exhibitTags(full)}</div>
    <p>${[word("paper", full.paper), sourceWords(full.source), day].join(" · ")}</p>
    <p class="progress" aria-live="polite">${t("papers.counts", { proposed, approved, rejected })}</p>`;
}

/** Why there is no text here, and where to go for it. */
export function noText(full: ExhibitFull, isKeeper: boolean): TemplateResult {
  const isKey = full.why_no_text === "locked" && isKeeper;
  const why = full.why_no_text || "none";
  return html`<div class="note" role="status">
    ${t(`papers.why.${why}`)} ${isKey ? html` <a href="#/vault">${t("papers.to_vault")}</a>` : nothing}
  </div>`;
}

/** The picture, and below it for the keeper where it was taken and what stands in it. */
export function pictureIn(full: ExhibitFull, state: State | null): TemplateResult {
  return html`${!full.has_picture || full.is_locked
    ? nothing
    : html`<p><img class="paper" src=${pictureOf(full.ticket)} alt=${t("papers.picture", { title: titleOf(full) })} /></p>`}
  ${state?.me?.role === "keeper" && PICTURES.has(full.paper)
    ? html`<vallum-view-panel .state=${state} .ticket=${full.ticket}></vallum-view-panel>`
    : nothing}`;
}
