/** Names of publications, languages and gates, and the page that opens a gate. */

import { has, LANGUAGES, t } from "../words.ts";
import type { Copy } from "./api.ts";

/** Return what a language calls itself. */
export function languageName(code: string): string {
  return LANGUAGES.find((one) => one.code === code)?.name ?? code;
}

/** Return `Edition 2`, or what lies here as a draft. */
export function publicationName(what: string): string {
  return /^\d+$/.test(what) ? t("publish.edition_n", { number: what }) : t(`publish.name.${what || "now"}`);
}

/** Return what a copy is, as its head says. */
export function copyName({ edition }: Copy): string {
  return edition > 0 ? publicationName(String(edition)) : t("publish.draft");
}

/** Return the file of a language's report, below the folder of the publication. */
export function reportFile(copy: Copy, language: string): string {
  return language === copy.languages[0] ? "report.html" : `${language}/report.html`;
}

/** The page where what a gate holds back can be put right. */
const PAGES: Readonly<Record<string, string>> = {
  accepts: "review",
  sample: "sample",
  claims: "claims",
  licence: "images",
  picture: "images",
  photo: "papers",
  embargo: "papers",
  level: "sources",
};

/** Return that page; "" where there is none but this one. */
export function pageOf(gate: string): string {
  return PAGES[gate] ?? "";
}

/** Return the name of a gate in words; the server's own word if unknown. */
export function gateName(gate: string): string {
  const key = `publish.gate.${gate}`;
  return has(key) ? t(key) : gate;
}

/** Return the name of a page, in words. */
export function pageName(page: string): string {
  const key = `page.${page.split("/")[0] ?? ""}`;
  return has(key) ? t(key) : page;
}
