/** What a step made for people to take away: a list of files with their sizes. */

import { html, nothing, type TemplateResult } from "lit";

import { momentWords } from "../pages/moment.ts";
import { fileSize } from "../pages/spell.ts";
import { language, t } from "../words.ts";
import { madeFile } from "./api.ts";
import type { Group, MadeFile } from "./types.ts";

export function madeFiles(group: Group, files: readonly MadeFile[]): TemplateResult | typeof nothing {
  if (files.length === 0) return nothing;
  return html`<ul class="files">
    ${files.map(
      ({ name, n_bytes, at }) =>
        html`<li>
          <a href=${madeFile(group, name)} download=${name.split("/").at(-1) ?? name}>${name}</a>
          <span class="quiet small">${fileSize(n_bytes, language())} · ${momentWords(at)}${kindOf(name)}</span>
        </li>`,
    )}
  </ul>`;
}

/** Say what to open a file with. */
function kindOf(name: string): string {
  const ending = name.split(".").at(-1)?.toLowerCase() ?? "";
  const known = ["kmz", "csv", "geojson", "json", "svg", "png"];
  return known.includes(ending) ? ` · ${t(`made.${ending}`)}` : "";
}
