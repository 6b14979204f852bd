/** What two people said of one claim, beside each other. */

import { html, nothing, type TemplateResult } from "lit";

import { ApiError } from "../api.ts";
import { t } from "../words.ts";
import { allOf, draftOf, type Draft } from "./draft.ts";
import { dateOf, placeWords, word } from "./terms.ts";
import type { Changes, ClaimCard, Standing } from "./types.ts";

/** Mine was not written, because somebody was faster. */
export interface Conflict {
  theirs: ClaimCard;
  /** What I wanted it to become; null where only its words were to change. */
  standing: Standing | null;
  mine: Draft | null;
}

/** Return a field of a claim in words. */
export function fieldWords(name: keyof Changes, value: unknown): string {
  if (value === null || value === "" || (Array.isArray(value) && value.length === 0)) return "–";
  switch (name) {
    case "places":
      return (value as Required<Changes>["places"]).map(placeWords).join("\n");
    case "dates":
      return (value as Required<Changes>["dates"]).map(dateOf).join("\n");
    case "quantity": {
      const { min, max, unit, qualifier } = value as Required<Changes>["quantity"];
      const many = [min, max].filter((one) => one !== null).join(" – ");
      return [many, unit, qualifier].filter(Boolean).join(" ") || "–";
    }
    case "also":
      return word("change", value as string);
    default:
      return word(name, value as string, value as string);
  }
}

const NAMES: Record<keyof Changes, string> = {
  statement: "said.form.statement", subject: "said.form.subject", change: "said.form.change",
  also: "said.form.also", modality: "said.form.modality", quantity: "said.fact.quantity",
  places: "said.fact.where", dates: "said.fact.when", attribution: "said.form.attribution",
  access: "said.form.access", handling: "said.form.handling", embargo_until: "said.form.embargo",
}; // prettier-ignore

/** Both versions in a table of the fields in which they differ; nothing of either is lost. */
export function conflictView(
  conflict: Conflict,
  isBusy: boolean,
  onMine: () => void,
  onTheirs: () => void,
): TemplateResult {
  const { theirs, mine, standing } = conflict;
  const a = allOf(draftOf(theirs));
  const b = mine === null ? a : allOf(mine);
  const names = (Object.keys(a) as (keyof Changes)[]).filter((name) => JSON.stringify(a[name]) !== JSON.stringify(b[name]));
  const who = theirs.decided_by || t("said.conflict.somebody");
  return html`<div class="note warn stack" role="alert">
    <strong>${t("said.conflict.head", { name: who })}</strong>
    <span>${t("said.conflict.text")}</span>
    <div class="scroll" tabindex="0" role="group" aria-label=${t("said.conflict.table")}>
      <table class="two">
        <caption class="only-read">
          ${t("said.conflict.table")}
        </caption>
        <thead>
          <tr>
            <th scope="col">${t("said.conflict.field")}</th>
            <th scope="col">${t("said.conflict.theirs", { name: who })}</th>
            <th scope="col">${t("said.conflict.mine")}</th>
          </tr>
        </thead>
        <tbody>
          <tr>
            <th scope="row">${t("said.standing")}</th>
            <td>${t(`said.told.${theirs.standing}`)}</td>
            <td>${standing === null ? "–" : t(`said.told.${standing}`)}</td>
          </tr>
          ${names.map(
            (name) =>
              html`<tr>
                <th scope="row">${t(NAMES[name])}</th>
                <td>${fieldWords(name, a[name])}</td>
                <td>${fieldWords(name, b[name])}</td>
              </tr>`,
          )}
        </tbody>
      </table>
    </div>
    ${theirs.note === "" ? nothing : html`<p class="small">${t("said.conflict.note", { note: theirs.note })}</p>`}
    <div class="row">
      <button type="button" class="primary" ?disabled=${isBusy} @click=${onTheirs}>${t("said.conflict.keep_theirs")}</button>
      <button type="button" ?disabled=${isBusy} @click=${onMine}>${t("said.conflict.send_mine")}</button>
    </div>
  </div>`;
}

/** Return the newer claim out of a refusal, where it is one because somebody was faster. */
export function theirsIn(problem: unknown): ClaimCard | null {
  if (!(problem instanceof ApiError) || problem.status !== 409) return null;
  return (problem.body as { theirs?: ClaimCard } | null)?.theirs ?? null;
}
