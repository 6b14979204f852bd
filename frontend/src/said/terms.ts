/** Words and signs for what the server names by one word. */

import { dateWords } from "../days.ts";
import { has, km, language, metres, number, t, when } from "../words.ts";
import type { ClaimCard, Dated, Placed, Standing, Status, Word } from "./types.ts";

/** Status and standing are told by sign, word and colour; a colour alone tells nobody enough. */
export const SIGNS: Record<Status | Standing, string> = {
  corroborated: "✓",
  contradicted: "≠",
  not_observable: "∅",
  unverified: "?",
  proposed: "…",
  approved: "●",
  rejected: "✕",
};

/** Return the words for one value of a list of words; the server's own label where there are none. */
export function word(list: string, value: string | null, label = ""): string {
  if (value === null || value === "") return t("said.none");
  const key = `said.${list}.${value}`;
  return has(key) ? t(key) : label || value.replaceAll("_", " ");
}

/** Return the entries of a select, in the reader's language. */
export function choices(list: string, words: readonly Word[] | undefined): { value: string; label: string }[] {
  return (words ?? []).map(({ value, label }) => ({ value, label: word(list, value, label) }));
}

/** Return what a claim says, in one line. */
export function claimWords(card: { statement: string; subject: string; subject_label: string; modality: string }): string {
  if (card.statement !== "") return inWords(card.statement, card.subject_label);
  return `${word("subject", card.subject, card.subject_label)}, ${word("modality", card.modality)}`;
}

/**
 * Return a statement in the reader's language where vallum composed it: a list of its own words.
 *
 * What a person wrote stays as it is.
 */
export function inWords(statement: string, subject_label: string): string {
  const parts = statement.split(", ");
  if (language() === "en" || parts[0] !== subject_label) return statement;
  const lists = ["subject", "change", "modality"];
  const told = parts.map((part, i) => {
    const value = part.replaceAll(" ", "_");
    const list = (i === 0 ? lists.slice(0, 1) : lists.slice(1)).find((one) => has(`said.${one}.${value}`));
    if (list !== undefined) return t(`said.${list}.${value}`);
    return part.startsWith("near ") ? t("said.near", { place: part.slice(5) }) : part;
  });
  return told.join(", ");
}

/** Return what is told of a claim now: its status where it is approved, else its standing. */
export function toldOf(card: { standing: Standing; status: Status | null }): Status | Standing {
  return card.standing === "approved" ? (card.status ?? "approved") : card.standing;
}

export function toldWords(told: Status | Standing): string {
  return t(`said.told.${told}`);
}

/** Return `Oldmill, within 5 km, km 4.8 to 5.2`. */
export function placeWords(place: Placed): string {
  const name = place.is_near ? t("said.near", { place: place.name }) : place.name;
  if (place.span === null) return `${name} (${word("precision", place.precision)})`;
  const [a, b] = place.span;
  const at = b - a < 20 ? km(a) : t("said.km_to", { from: number(a / 1000, 1), to: number(b / 1000, 1) });
  return `${name} · ${at} (${word("precision", place.precision)})`;
}

export function dateOf(date: Dated): string {
  return dateWords([date.first, date.last], language()) || t("when.unknown");
}

/** Return places and dates of a claim in a line each. */
export function whereWords(card: ClaimCard): string {
  return card.places.length === 0 ? t("said.no_place") : card.places.map(placeWords).join("; ");
}

export function timeWords(card: { dates: readonly Dated[] }): string {
  if (card.dates.length === 0) return t("said.no_date");
  return card.dates.map((date) => (date.expression ? `${date.expression} (${dateOf(date)})` : dateOf(date))).join("; ");
}

/** Return `2 to 4 posts (at least)`; empty where nothing is counted. */
export function quantityWords({ quantity }: ClaimCard): string {
  const { min, max, unit, qualifier, as_stated } = quantity;
  if (min === null && max === null) return as_stated;
  const digits = (value: number): string => number(value, Number.isInteger(value) ? 0 : 2);
  const much =
    min === null || max === null
      ? t(min === null ? "said.at_most" : "said.at_least", { n: digits((min ?? max) as number) })
      : min === max
        ? digits(min)
        : t("said.from_to", { from: digits(min), to: digits(max) });
  return [much, unit === "count" ? "" : unit, qualifier && `(${qualifier})`].filter(Boolean).join(" ");
}

/** Return a stretch of the line in words. */
export function spanWords([a, b]: readonly [number, number]): string {
  return t("said.km_to", { from: number(a / 1000, 1), to: number(b / 1000, 1) });
}

export { km, metres, number, when };
