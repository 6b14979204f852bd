/** Check boxes for the languages of a publication; the first one chosen is the main one. */

import { html, type TemplateResult } from "lit";

import { t } from "../words.ts";
import { languageName } from "./names.ts";

export function languageBoxes(
  known: readonly string[],
  chosen: readonly string[],
  change: (chosen: string[]) => void,
): TemplateResult {
  return html`<fieldset>
    <legend>${t("publish.languages")}</legend>
    <div class="boxes">
      ${known.map(
        (code) => html`<label class="check" lang=${code}
          ><input
            type="checkbox"
            name=${code}
            .checked=${chosen.includes(code)}
            @change=${(event: Event) => {
              const isOn = (event.target as HTMLInputElement).checked;
              const rest = chosen.filter((one) => one !== code);
              change(isOn ? [...rest, code] : rest);
            }}
          />${languageName(code)}${chosen[0] === code && chosen.length > 1
            ? html` <span class="tag">${t("publish.main")}</span>`
            : ""}</label
        >`,
      )}
    </div>
    <span class="hint">${t("publish.languages_hint")}</span>
  </fieldset>`;
}
