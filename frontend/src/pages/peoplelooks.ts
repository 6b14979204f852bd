/** Who looked at what is sealed, and how a person's session stands: for the keeper. */

import { html, nothing } from "lit";
import type { TemplateResult } from "lit";

import type { SealedLook, PersonRow } from "../types.ts";
import { t } from "../words.ts";
import { momentWords } from "./moment.ts";

const SHOWN = 200;
const KNOWN = new Set(["looked at", "key brought", "key refused", "key put away", "taken out of the desk"]);

/** The state of a person in one word of the messages. */
export type PersonState = "gone" | "in" | "out" | "over" | "invited";

/** Return how a person stands: in, signed out, invited, or kept out. */
export function stateOf(person: PersonRow, isMe: boolean): PersonState {
  if (!person.is_active) return "gone";
  if (isMe || person.is_signed_in) return "in";
  if (person.link === "open") return "invited";
  if (person.link === "over") return "over";
  return "out";
}

/** Return when a person was seen, as coarsely as it is told. */
export function seenWords(person: PersonRow): string {
  return person.last_seen === "never" ? "–" : t(`people.seen.${person.last_seen}`);
}

/** Return what was looked at, in words. */
export function lookWords(look: SealedLook): string {
  const thing = t(`looks.what.${look.what}`, { code: look.code === "" ? "–" : look.code });
  return KNOWN.has(look.did) ? `${t(`looks.did.${look.did.replaceAll(" ", "_")}`)}: ${thing}` : `${thing}: ${look.did}`;
}

/** Return the list of looks, folded away until it is wanted. */
export function looksTable(looks: readonly SealedLook[] | null): TemplateResult | typeof nothing {
  if (looks === null) return nothing;
  return html`<details class="card">
    <summary>${t("looks.title", { n: looks.length })}</summary>
    <p class="quiet">${t("looks.text")}</p>
    ${looks.length === 0
      ? html`<div class="empty">${t("looks.none")}</div>`
      : html`<div class="scroll tall" tabindex="0" role="group" aria-label=${t("looks.list")}>
          <table>
            <caption class="only-read">${t("looks.list")}</caption>
            <thead>
              <tr>
                <th scope="col">${t("looks.col.at")}</th>
                <th scope="col">${t("people.name")}</th>
                <th scope="col">${t("looks.col.what")}</th>
              </tr>
            </thead>
            <tbody>
              ${looks.slice(0, SHOWN).map(
                (look) => html`<tr>
                  <td class="nowrap">${momentWords(look.at)}</td>
                  <th scope="row">${look.by}</th>
                  <td>${lookWords(look)}</td>
                </tr>`,
              )}
            </tbody>
          </table>
        </div>`}
  </details>`;
}
