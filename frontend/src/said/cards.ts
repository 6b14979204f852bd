/** Badges and claim cards, drawn alike on every page. */

import { html, nothing, type TemplateResult } from "lit";

import {
  claimWords,
  quantityWords,
  SIGNS,
  timeWords,
  toldOf,
  toldWords,
  whereWords,
  when,
  word,
} from "./terms.ts";
import type { ClaimCard, ExhibitRow, SourceTold, Standing, Status } from "./types.ts";
import { t } from "../words.ts";

/** Sign, word and colour of a status or standing. */
export function badge(told: Status | Standing): TemplateResult {
  return html`<span class="badge ${told}"><b aria-hidden="true">${SIGNS[told]}</b>${toldWords(told)}</span>`;
}

/** What a reader must know of how a thing may be used. */
export function careTags(row: {
  handling: string;
  is_under_embargo: boolean;
  embargo_until: string | null;
  is_simulated: boolean;
}): TemplateResult {
  return html`${row.is_simulated ? html`<span class="tag warn">${t("pages.simulated")}</span>` : nothing}
    <span class="tag">${word("handling", row.handling)}</span>
    ${row.is_under_embargo
      ? html`<span class="tag warn"
          >${row.embargo_until === null ? t("said.embargo") : t("said.embargo_until", { day: when(row.embargo_until) })}</span
        >`
      : nothing}`;
}

export function exhibitTags(row: ExhibitRow): TemplateResult {
  return html`<span class="tags">
    ${row.is_locked
      ? html`<span class="tag locked">${t("said.locked")}</span>`
      : row.is_protected
        ? html`<span class="tag locked">${t("said.protected")}</span>`
        : nothing}
    ${careTags(row)}
    ${row.derived_how ? html`<span class="tag">${word("derived", row.derived_how)}</span>` : nothing}
  </span>`;
}

export function sourceWords(source: SourceTold | null): string {
  if (source === null) return t("said.no_source");
  const known = [source.label, source.described_as].filter(Boolean).join(", ");
  return `${known} (${word("voice", source.voice)}, ${source.grade})`;
}

/** The facts of a claim in two columns. */
export function facts(card: ClaimCard): TemplateResult {
  const line = (name: string, value: string): TemplateResult | typeof nothing =>
    value === "" ? nothing : html`<dt>${t(`said.fact.${name}`)}</dt><dd>${value}</dd>`;
  const changes = [card.change, card.also].filter(Boolean).map((one) => word("change", one));
  return html`<dl class="facts">
    ${line("what", [word("subject", card.subject, card.subject_label), word("modality", card.modality), ...changes].join(", "))}
    ${line("quantity", quantityWords(card))} ${line("where", whereWords(card))} ${line("when", timeWords(card))}
    ${line("says", [card.attribution, card.access === "unknown" ? "" : word("access", card.access)].filter(Boolean).join(", "))}
    ${line("source", sourceWords(card.source))}
    ${line("paper", [card.title, card.published && when(card.published)].filter(Boolean).join(", "))}
  </dl>`;
}

/** How many things agree and disagree, for approved claims. */
export function weightWords(card: ClaimCard): string {
  if (card.standing !== "approved") return "";
  const parts = [
    card.n_findings > 0 ? t("said.n_findings", { n: card.n_findings }) : "",
    card.n_agreeing > 0 ? t("said.n_agreeing", { n: card.n_agreeing }) : "",
    card.n_contradicting > 0 ? t("said.n_contradicting", { n: card.n_contradicting }) : "",
  ];
  return parts.filter(Boolean).join(", ");
}

/** A card with status, grade, place and time; `title` is drawn as its heading. */
export function claimCard(
  card: ClaimCard,
  options: {
    heading?: TemplateResult | string;
    /** Which heading it is on its page. */
    level?: 2 | 3 | 4;
    isCurrent?: boolean;
    more?: TemplateResult | typeof nothing;
  } = {},
): TemplateResult {
  const told = toldOf(card);
  const weight = weightWords(card);
  return html`<article class="claim is-${told} ${options.isCurrent ? "current" : ""}" data-ticket=${card.ticket}>
    <div class="tags">
      ${badge(told)}
      <span class="tag" title=${gradeWords(card)}>${t("said.grade", { grade: card.grade })}</span>
      ${careTags(card)}
    </div>
    ${headingOf(options.heading ?? claimWords(card), options.level ?? 3)}
    ${facts(card)} ${weight === "" ? nothing : html`<p class="small quiet">${weight}</p>`} ${options.more ?? nothing}
  </article>`;
}

function headingOf(words: TemplateResult | string, level: 2 | 3 | 4): TemplateResult {
  if (level === 2) return html`<h2 class="title">${words}</h2>`;
  return level === 3 ? html`<h3 class="title">${words}</h3>` : html`<h4 class="title">${words}</h4>`;
}

/** Return the grade in the words of the Admiralty scale. */
export function gradeWords(card: ClaimCard): string {
  const letter = card.grade.slice(0, 1);
  return `${letter}: ${t(`said.letter.${letter}`)}. ${card.credibility}: ${t(`said.digit.${card.credibility}`)}`;
}
