/** Who is on what, and what each role may do. */

import { html } from "lit";
import type { TemplateResult } from "lit";

import type { Progress, Role } from "../types.ts";
import { duration, language, number, t } from "../words.ts";
import { percent } from "./spell.ts";

export const ROLES: readonly Role[] = ["analyst", "adjudicator", "editor", "keeper"];

/** Return the table of sections: who is there now, and how much of it I have answered. */
export function workTable(progress: Progress): TemplateResult {
  const { mine, all } = progress;
  return html`<section aria-labelledby="work">
    <h2 id="work">${t("people.work")}</h2>
    <p>
      ${t("people.all", { n: all.n, once: all.reviewed_once, settled: all.settled })}
      ${t("people.mine", {
        n: mine.n,
        today: mine.today,
        time: mine.median_s === null ? "–" : duration(mine.median_s),
      })}
    </p>
    <div class="scroll tall" tabindex="0" role="group" aria-label=${t("people.work")}>
      <table>
        <caption class="only-read">
          ${t("people.work")}
        </caption>
        <thead>
          <tr>
            <th scope="col">${t("coverage.col.section")}</th>
            <th scope="col">${t("coverage.col.stretch")}</th>
            <th scope="col">${t("people.col.now")}</th>
            <th scope="col" class="number">${t("people.col.things")}</th>
            <th scope="col">${t("people.col.mine")}</th>
          </tr>
        </thead>
        <tbody>
          ${progress.sections.map((section) => workRow(section))}
        </tbody>
      </table>
    </div>
  </section>`;
}

function workRow(section: Progress["sections"][number]): TemplateResult {
  const { n, mine, done, start_m, end_m, who } = section;
  return html`<tr>
    <th scope="row">${number(section.number)}</th>
    <td class="nowrap">${number(start_m / 1000, 1)} – ${number(end_m / 1000, 1)}</td>
    <td class=${who.length > 0 ? "now" : ""}>${who.join(", ") || "–"}</td>
    <td class="number">${number(n)}</td>
    <td class="nowrap">
      ${n === 0
        ? t("people.nothing")
        : html`<progress
              class="meter"
              aria-label=${t("people.mine_of", { n: mine, all: n })}
              max=${n}
              value=${mine}
            ></progress>
            ${done ? "✓ " : ""}${percent(mine, n, language())}`}
    </td>
  </tr>`;
}

/** Return each role with what it may do. */
export function roles(): TemplateResult {
  return html`<section class="card" aria-labelledby="roles">
    <h2 id="roles">${t("people.roles")}</h2>
    <dl>
      ${ROLES.map((role) => html`<dt>${t(`people.role.${role}`)}</dt><dd>${t(`people.role.${role}_text`)}</dd>`)}
    </dl>
  </section>`;
}
