/** What a person has typed about a claim, and what of it is to be sent. Kept in memory alone. */

import type { Change } from "../types.ts";
import type { Changes, ClaimCard, Dated, Handling, Placed } from "./types.ts";

export interface Draft {
  statement: string;
  subject: string;
  change: string;
  also: string;
  modality: string;
  min: string;
  max: string;
  unit: string;
  qualifier: string;
  places: Placed[];
  dates: Dated[];
  attribution: string;
  access: string;
  handling: string;
  embargo: string;
  note: string;
}

/** Return a draft that says what the claim says. */
export function draftOf(card: ClaimCard): Draft {
  const { quantity } = card;
  return {
    statement: card.statement,
    subject: card.subject,
    change: card.change ?? "",
    also: card.also ?? "",
    modality: card.modality,
    min: quantity.min === null ? "" : String(quantity.min),
    max: quantity.max === null ? "" : String(quantity.max),
    unit: quantity.unit,
    qualifier: quantity.qualifier,
    places: card.places,
    dates: card.dates,
    attribution: card.attribution,
    access: card.access,
    handling: card.handling,
    embargo: card.embargo_until ?? "",
    note: "",
  };
}

/** Return the draft of a claim that nobody has typed yet. */
export function emptyDraft(handling: Handling, attribution = ""): Draft {
  return {
    statement: "", subject: "", change: "", also: "", modality: "", min: "", max: "", unit: "",
    qualifier: "", places: [], dates: [], attribution, access: "unknown", handling, embargo: "",
    note: "",
  }; // prettier-ignore
}

/** Read a number that may be left out; NaN where it is none. */
export function amount(text: string): number | null {
  const tidy = text.trim().replace(",", ".");
  if (tidy === "") return null;
  const value = Number(tidy);
  return Number.isFinite(value) && value >= 0 ? value : NaN;
}

/** Return the names of fields that cannot be sent as they are. */
export function wrongIn(draft: Draft): string[] {
  const wrong: string[] = [];
  const [min, max] = [amount(draft.min), amount(draft.max)];
  if (Number.isNaN(min)) wrong.push("min");
  if (Number.isNaN(max) || (min !== null && max !== null && max < min)) wrong.push("max");
  if (draft.subject === "") wrong.push("subject");
  if (draft.modality === "") wrong.push("modality");
  return wrong;
}

/** Return all that a draft says, as the server takes it. */
export function allOf(draft: Draft, as_stated = ""): Required<Changes> {
  return {
    statement: draft.statement.trim(),
    subject: draft.subject,
    change: (draft.change || null) as Change | null,
    also: (draft.also || null) as Change | null,
    modality: draft.modality,
    quantity: {
      min: amount(draft.min),
      max: amount(draft.max),
      unit: draft.unit.trim(),
      qualifier: draft.qualifier.trim(),
      as_stated,
    },
    places: draft.places,
    dates: draft.dates,
    attribution: draft.attribution.trim(),
    access: draft.access,
    handling: draft.handling as Handling,
    embargo_until: draft.embargo || null,
  };
}

/** Return only what a draft says otherwise than the claim, so that the rest stays. */
export function changesOf(card: ClaimCard, draft: Draft): Changes {
  const stated = card.quantity.as_stated;
  const before = allOf(draftOf(card), stated);
  const after = allOf(draft, stated);
  const names = Object.keys(after) as (keyof Changes)[];
  const changed = names.filter((name) => JSON.stringify(after[name]) !== JSON.stringify(before[name]));
  return Object.fromEntries(changed.map((name) => [name, after[name]])) as Changes;
}

/** Say whether anything was typed that the claim does not say. */
export function isChanged(card: ClaimCard, draft: Draft): boolean {
  return draft.note.trim() !== "" || Object.keys(changesOf(card, draft)).length > 0;
}

/** Return a place that was typed and that nothing is known of. */
export function unplaced(name: string): Placed {
  return {
    name, as_stated: name, precision: "unplaced", span: null, radius_m: 0, country: "", side: "",
    is_near: false, rivals: [], basis: "person",
  }; // prettier-ignore
}
