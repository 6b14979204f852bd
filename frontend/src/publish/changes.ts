/** Numbers that differ between two publications, as a table; a place for more below each. */

import { html, nothing, type TemplateResult } from "lit";

import { t } from "../words.ts";
import type { Change } from "./api.ts";

/** Return the table; `more` gives what stands in the last column of a number. */
export function changesTable(
  changes: readonly Change[],
  caption: string,
  more?: (change: Change) => TemplateResult,
): TemplateResult {
  return html`<div class="scroll" tabindex="0" role="group" aria-label=${caption}>
    <table class="changes">
      <caption>${caption}</caption>
      <thead>
        <tr>
          <th scope="col">${t("publish.col.number")}</th>
          <th scope="col" class="number">${t("publish.col.was")}</th>
          <th scope="col" class="number">${t("publish.col.now")}</th>
          <th scope="col" class="number">${t("publish.col.difference")}</th>
          <th scope="col">${t("publish.col.why")}</th>
        </tr>
      </thead>
      <tbody>
        ${changes.map((one) => row(one, more))}
      </tbody>
    </table>
  </div>`;
}

function row(one: Change, more?: (change: Change) => TemplateResult): TemplateResult {
  return html`<tr>
    <th scope="row">
      ${one.label || one.name}
      ${one.is_correction ? html`<span class="tag">${t("publish.correction")}</span>` : nothing}
      ${one.label === "" ? nothing : html`<div class="small quiet"><code>${one.name}</code></div>`}
    </th>
    <td class="number">${one.was || t("publish.not_there")}</td>
    <td class="number">${one.now || t("publish.not_there")}</td>
    <td class="number">${one.difference || "–"}</td>
    <td class="why">
      ${one.why.length === 0
        ? more === undefined
          ? html`<span class="quiet">${t("publish.no_reason")}</span>`
          : nothing
        : html`<ul>
            ${one.why.map((text) => html`<li>${text}</li>`)}
          </ul>`}
      ${more?.(one)}
    </td>
  </tr>`;
}
