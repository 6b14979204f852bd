/** `<vallum-land-page>`: what kind of land the border runs through, read from free layers. */

import { css, html, nothing, type TemplateResult } from "lit";

import { verb } from "../pages/commands.ts";
import "../pages/copy.ts";
import { Page } from "../pages/page.ts";
import { pageLook } from "../pages/pagelook.ts";
import { percent } from "../pages/spell.ts";
import { has, language, metres, number, t } from "../words.ts";
import { found } from "./api.ts";
import "./joblast.ts";
import { listLook } from "./listlook.ts";
import type { LastDone, Terrain, TerrainList } from "./types.ts";

const LAYERS = ["dem", "water", "land_cover", "settlements"] as const;
type Layer = (typeof LAYERS)[number];
const MOST_ROWS = 60;
const MOST_COVER = 2;

export class LandPage extends Page {
  static override properties = {
    ...Page.properties,
    list: { state: true },
    last: { state: true },
    files: { state: true },
    paths: { state: true },
    nShown: { state: true },
  };

  static override styles = [
    pageLook,
    listLook,
    css`
      .layers {
        display: grid;
        grid-template-columns: repeat(auto-fit, minmax(min(100%, 420px), 1fr));
        gap: 12px 20px;
      }
      input[type="file"] {
        border: 0;
        background: none;
        padding: 4px 0;
      }
      .share {
        width: 120px;
        height: 10px;
        accent-color: var(--accent);
      }
    `,
  ];

  private list: TerrainList | null = null;
  private last: LastDone | null = null;
  private files: Partial<Record<Layer, File[]>> = {};
  private paths: Partial<Record<Layer, string>> = {};
  private nShown = MOST_ROWS;

  protected override async load(): Promise<void> {
    if (!this.state?.project) return;
    await this.attempt("load", async () => {
      this.list = await found.terrain();
      if (this.isKeeper) this.last = await found.last("terrain");
    });
  }

  protected override render(): TemplateResult {
    return html`<header>
        <h1>${t("land.title")}</h1>
        <p>${t("land.lead")}</p>
      </header>
      ${this.troubleBeside("page")} ${this.troubleBeside("load")}
      ${this.state?.project ? html`${this.there()} ${this.form()}` : this.noProject()}`;
  }

  private there(): TemplateResult {
    const { list } = this;
    if (list === null) return html`<p class="quiet">${this.trouble === null ? t("pages.loading") : nothing}</p>`;
    if (list.items.length === 0) return html`<div class="empty">${t("land.none_yet")}</div>`;
    return html`<section aria-labelledby="kinds">
        <h2 id="kinds">${t("land.kinds")}</h2>
        <div class="scroll" tabindex="0" role="group" aria-labelledby="kinds">
          <table>
            <thead>
              <tr>
                <th scope="col">${t("land.col.stratum")}</th>
                <th scope="col" class="number">${t("land.col.km")}</th>
                <th scope="col">${t("land.col.share")}</th>
                <th scope="col" class="number">${t("land.col.sections")}</th>
              </tr>
            </thead>
            <tbody>
              ${list.strata.map(
                ({ stratum, length_m, n_sections }) =>
                  html`<tr>
                    <th scope="row">${stratum}</th>
                    <td class="number">${number(length_m / 1000, 1)}</td>
                    <td class="nowrap">
                      <progress class="share" aria-hidden="true" max=${list.extent_m} value=${length_m}></progress>
                      ${percent(length_m, list.extent_m, language())}
                    </td>
                    <td class="number">${number(n_sections)}</td>
                  </tr>`,
              )}
            </tbody>
          </table>
        </div>
        <p class="quiet">${t("land.for_sample")} <a href="#/sample">${t("page.sample")}</a></p>
      </section>
      <section aria-labelledby="sections">
        <h2 id="sections">${t("land.sections")}</h2>
        ${this.table(list.items)}
        ${list.sources.length === 0 ? nothing : html`<p class="small quiet">${t("land.sources", { sources: list.sources.join("; ") })}</p>`}
      </section>`;
  }

  private table(rows: readonly Terrain[]): TemplateResult {
    const head = ["km_at", "slope", "relief", "water", "obstacle", "town", "settled", "cover"] as const;
    const numeric = new Set<string>(["slope", "relief", "water", "settled"]);
    return html`<div class="scroll" tabindex="0" role="group" aria-labelledby="sections">
        <table>
          <thead>
            <tr>${head.map((name) => html`<th scope="col" class=${numeric.has(name) ? "number" : ""}>${t(`land.col.${name}`)}</th>`)}</tr>
          </thead>
          <tbody>
            ${rows.slice(0, this.nShown).map((row) => this.row(row))}
          </tbody>
        </table>
      </div>
      ${rows.length > this.nShown ? html`<button type="button" @click=${() => (this.nShown += MOST_ROWS)}>${t("shots.more", { n: rows.length - this.nShown })}</button>` : nothing}`;
  }

  private row(row: Terrain): TemplateResult {
    const length = (m: number | null): string => (m === null ? "–" : t("unit.m", { m: number(Math.round(m)) }));
    const cover = row.land_cover.slice(0, MOST_COVER).map(({ name, share }) => `${name} ${share === null ? "" : percent(share, 1, language())}`.trim());
    return html`<tr>
      <th scope="row" class="nowrap">${number(row.start_m / 1000, 1)}–${number(row.end_m / 1000, 1)}</th>
      <td class="number">${row.slope_deg === null ? "–" : `${number(row.slope_deg, 1)}°`}</td>
      <td class="number nowrap">${length(row.relief_m)}</td>
      <td class="number nowrap">${row.river_width_m === 0 ? t("land.dry") : length(row.river_width_m)}</td>
      <td>${row.obstacle === "" ? "–" : has(`land.obstacle.${row.obstacle}`) ? t(`land.obstacle.${row.obstacle}`) : row.obstacle}</td>
      <td>${row.town === "" ? "–" : row.town}${row.town_m === null ? nothing : html` <span class="quiet nowrap">${metres(row.town_m)}</span>`}</td>
      <td class="number">${row.settled_share === null ? "–" : percent(row.settled_share, 1, language())}</td>
      <td>${cover.join(", ") || "–"}${row.blocked_by === "" ? nothing : html`<div class="small bad-text">${row.blocked_by}</div>`}</td>
    </tr>`;
  }

  private form(): TemplateResult {
    if (!this.isKeeper) return html`${this.onlyKeeper()}`;
    const given = LAYERS.filter((layer) => (this.files[layer]?.length ?? 0) > 0 || (this.paths[layer] ?? "").trim() !== "");
    const words = given.flatMap((layer) => [`--${layer.replace("_", "-")}`, this.paths[layer]?.trim() || (this.files[layer]?.[0]?.name ?? "FILE")]);
    return html`<section aria-labelledby="read">
      <h2 id="read">${t("land.read")}</h2>
      <form class="card stack" @submit=${this.send}>
        <div class="layers">${LAYERS.map((layer) => this.layer(layer))}</div>
        <div class="row">
          <button class="primary" ?disabled=${given.length === 0 || this.isWorking || this.busy !== ""}>${t("land.start")}</button>
          ${this.isWorking ? html`<span class="quiet">${t("pages.busy_job")}</span>` : nothing}
          <vallum-command .command=${verb("terrain", this.root, words.length > 0 ? words : ["--dem", "FILE"])}></vallum-command>
        </div>
        ${this.troubleBeside("terrain")}
      </form>
      <vallum-job-last .what=${["terrain"]} .last=${this.last}></vallum-job-last>
    </section>`;
  }

  private layer(layer: Layer): TemplateResult {
    return html`<fieldset>
      <legend>${t(`land.layer.${layer}`)}</legend>
      <p class="small quiet">${t(`land.layer.${layer}_hint`)}</p>
      <div class="row">
        <input type="file" multiple aria-label="${t(`land.layer.${layer}`)}: ${t("images.choose_files")}"
          @change=${(event: Event) => (this.files = { ...this.files, [layer]: [...((event.target as HTMLInputElement).files ?? [])] })} />
      </div>
      <div class="field">
        <label class="small" for="path-${layer}">${t("land.path")}</label>
        <input id="path-${layer}" autocomplete="off" spellcheck="false" .value=${this.paths[layer] ?? ""}
          @input=${(event: Event) => (this.paths = { ...this.paths, [layer]: (event.target as HTMLInputElement).value })} />
      </div>
    </fieldset>`;
  }

  private readonly send = async (event: Event): Promise<void> => {
    event.preventDefault();
    const form = new FormData();
    for (const layer of LAYERS) {
      const path = (this.paths[layer] ?? "").trim();
      if (path !== "") form.append(layer, path);
      // The folder tells the server which layer a file is of.
      for (const file of this.files[layer] ?? []) form.append("files", file, `${layer}/${file.name}`);
    }
    await this.startJob("terrain", () => found.readTerrain(form));
  };
}

customElements.define("vallum-land-page", LandPage);
