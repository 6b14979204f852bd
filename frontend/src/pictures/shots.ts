/** `<vallum-shots-page>`: a tour for Google Earth Pro, the screenshots that came back, and what they need. */

import { css, html, nothing, type TemplateResult } from "lit";

import { quote, verb } from "../pages/commands.ts";
import "../pages/copy.ts";
import "../pages/fileresults.ts";
import { Page } from "../pages/page.ts";
import { pageLook } from "../pages/pagelook.ts";
import { parseStretch } from "../pages/spell.ts";
import { sendFiles, uploadForm } from "../pages/upload.ts";
import { jobs } from "../pages/watch.ts";
import { fromDrop, fromInput, type Dropped } from "../pages/walk.ts";
import { km, number, t, when } from "../words.ts";
import { found, pictureOf } from "./api.ts";
import "./joblast.ts";
import { fromWords, lengthWords } from "./lengths.ts";
import { listLook } from "./listlook.ts";
import { madeFiles } from "./madefiles.ts";
import type { LastDone, MadeFile, PlanBody, Shot, ShotList, ShotState } from "./types.ts";

const STATES: readonly ShotState[] = ["waiting", "undated", "looking", "placed", "skipped"];
const SIGNS: Record<ShotState, string> = { waiting: "?", undated: "◔", looking: "◑", placed: "✓", skipped: "–" };
const MOST_ROWS = 100;
const PLACING = new Set(["analyst", "adjudicator", "keeper"]);

export class ShotsPage extends Page {
  static override properties = {
    ...Page.properties,
    list: { state: true },
    wanted: { state: true },
    plan: { state: true },
    files: { state: true },
    last: { state: true },
    nShown: { state: true },
    isOver: { state: true },
    sent: { state: true },
  };

  static override styles = [
    pageLook,
    listLook,
    css`
      img {
        display: block;
        width: 112px;
        height: 64px;
        object-fit: cover;
        border: 1px solid var(--line);
        background: #0b0d0f;
      }
      .how {
        margin: 0;
        padding-inline-start: 22px;
      }
      .drop {
        padding: 12px;
        border: 2px dashed var(--line-strong);
        border-radius: var(--radius);
      }
      .drop.over {
        border-color: var(--accent);
        background: var(--accent-ground);
      }
      input[type="file"] {
        position: absolute;
        width: 1px;
        height: 1px;
        clip-path: inset(50%);
      }
      td .button {
        display: inline-block;
        white-space: nowrap;
      }
    `,
  ];

  private list: ShotList | null = null;
  private wanted: ShotState | "" = "";
  private plan: PlanBody = { km: "", width_m: 1000, height_m: 600, overlap: 0.2 };
  private files: MadeFile[] = [];
  private last: LastDone | null = null;
  private nShown = MOST_ROWS;
  private isOver = false;
  private sent = 0;

  protected override async load(): Promise<void> {
    if (!this.state?.project) return;
    await this.attempt("load", async () => {
      this.list = await found.shots();
      this.files = await found.made("capture-plan");
      if (this.isKeeper) this.last = await found.last("capture-plan");
    });
  }

  private get mayPlace(): boolean {
    return PLACING.has(this.state?.me?.role ?? "");
  }

  protected override render(): TemplateResult {
    return html`<header>
        <h1>${t("shots.title")}</h1>
        <p>${t("shots.lead")}</p>
      </header>
      ${this.troubleBeside("page")} ${this.troubleBeside("load")}
      ${this.state?.project ? html`${this.there()} ${this.making()}` : this.noProject()}`;
  }

  // -- the list -------------------------------------------------------------------------------

  private there(): TemplateResult {
    const { list } = this;
    if (list === null) return html`<p class="quiet">${this.trouble === null ? t("pages.loading") : nothing}</p>`;
    const open = list.items.find(({ state }) => state === "waiting");
    const rows = list.items.filter(({ state }) => this.wanted === "" || state === this.wanted);
    return html`<section aria-labelledby="list">
      <div class="row spread">
        <h2 id="list">${t("shots.list")}${list.items.length > 0 ? ` (${number(list.items.length)})` : ""}</h2>
        ${open && this.mayPlace ? html`<a class="button main" href="#/images/shots/${open.id}">${t("shots.place_next")}</a>` : nothing}
      </div>
      ${list.items.length === 0
        ? html`<div class="empty">${t("shots.none")}</div>`
        : html`<p class="row" role="group" aria-label=${t("shots.filter")}>
              ${this.chip("", list.items.length)}
              ${STATES.map((state) => this.chip(state, list.counts.find((one) => one.state === state)?.n ?? 0))}
            </p>
            ${this.table(rows)}`}
    </section>`;
  }

  private chip(state: ShotState | "", n: number): TemplateResult | typeof nothing {
    if (n === 0 && state !== "") return nothing;
    return html`<button
      type="button"
      class="chip"
      aria-pressed=${this.wanted === state ? "true" : "false"}
      @click=${() => {
        this.wanted = state;
        this.nShown = MOST_ROWS;
      }}
    >
      ${state === "" ? t("shots.state.all") : html`<b aria-hidden="true">${SIGNS[state]}</b> ${t(`shots.state.${state}`)}`}
      ${number(n)}
    </button>`;
  }

  private table(rows: readonly Shot[]): TemplateResult {
    return html`<div class="scroll" tabindex="0" role="group" aria-labelledby="list">
        <table>
          <caption class="only-read">${t("shots.list")}</caption>
          <thead>
            <tr>
              ${(["picture", "name", "state", "taken", "where", "agree", "do"] as const).map(
                (name) => html`<th scope="col">${name === "do" ? html`<span class="only-read">${t("shots.col.do")}</span>` : t(`shots.col.${name}`)}</th>`,
              )}
            </tr>
          </thead>
          <tbody>
            ${rows.slice(0, this.nShown).map((row) => this.row(row))}
          </tbody>
        </table>
      </div>
      ${rows.length > this.nShown
        ? html`<button type="button" @click=${() => (this.nShown += MOST_ROWS)}>${t("shots.more", { n: rows.length - this.nShown })}</button>`
        : nothing}`;
  }

  private row(row: Shot): TemplateResult {
    return html`<tr>
      <td><img src=${pictureOf(row.id)} alt="" loading="lazy" decoding="async" /></td>
      <th scope="row">
        <a href="#/images/shots/${row.id}">${row.name}</a>
        <div class="small quiet">${[row.frame && t("shots.frame", { frame: row.frame }), row.credit].filter(Boolean).join(" · ")}</div>
      </th>
      <td>
        <span class="state ${row.state}"><b aria-hidden="true">${SIGNS[row.state]}</b> ${t(`shots.state.${row.state}`)}</span>
        ${row.method === "" ? nothing : html`<div class="small quiet">${t(`shots.method.${row.method}`)}</div>`}
        ${row.looking_only === "" && row.why_not === "" ? nothing : html`<div class="small why">${row.looking_only || row.why_not}</div>`}
      </td>
      <td>
        ${row.taken === null ? html`<span class="bad-text">${t("shots.no_date")}</span>` : when(row.taken[0], row.taken[1])}
        ${row.taken_from === "" ? nothing : html`<div class="small quiet">${fromWords(row.taken_from)}</div>`}
      </td>
      <td class="nowrap">${row.at_m === null ? "–" : km(row.at_m)}</td>
      <td class="nowrap">
        ${row.rmse_m === null ? "–" : lengthWords(row.rmse_m)}
        ${row.tilt_deg === null ? nothing : html`<div class="small quiet">${t("shots.tilt", { deg: number(row.tilt_deg, 1) })}</div>`}
      </td>
      <td>
        <a class="button" href="#/images/shots/${row.id}" aria-label="${this.verb(row)}: ${row.name}">${this.verb(row)}</a>
      </td>
    </tr>`;
  }

  private verb(row: Shot): string {
    if (!this.mayPlace) return t("shots.look");
    return t(row.state === "waiting" || row.state === "skipped" ? "shots.place" : row.taken === null ? "shots.date" : "shots.look");
  }

  // -- making them ------------------------------------------------------------------------------

  private making(): TemplateResult {
    return html`<section aria-labelledby="plan">
        <h2 id="plan">${t("plan.title")}</h2>
        <div class="stack">
          <ol class="how">
            ${[1, 2, 3, 4].map((n) => html`<li>${t(`plan.how.${String(n)}`)}</li>`)}
          </ol>
          <p class="note">${t("plan.licence")}</p>
          ${this.isKeeper ? this.planForm() : this.onlyKeeper()}
          <vallum-job-last .what=${["capture-plan"]} .last=${this.last}></vallum-job-last>
          ${madeFiles("capture-plan", this.files)}
        </div>
      </section>
      ${this.isKeeper ? this.taking() : nothing}`;
  }

  private planForm(): TemplateResult {
    const isWrong = parseStretch(this.plan.km) === null;
    const size = (name: "width_m" | "height_m" | "overlap", least: number, most: number, step: number): TemplateResult =>
      html`<div class="field">
        <label for=${name}>${t(`plan.${name}`)}</label>
        <input id=${name} type="number" min=${least} max=${most} step=${step} .value=${String(this.plan[name])} aria-describedby="${name}-hint"
          @input=${(event: Event) => (this.plan = { ...this.plan, [name]: Number((event.target as HTMLInputElement).value) })} />
        <span class="hint" id="${name}-hint">${t(`plan.${name}_hint`)}</span>
      </div>`;
    const [from, to] = this.state?.project?.extent ?? [0, 0];
    return html`<form
      class="card stack"
      @submit=${(event: Event) => {
        event.preventDefault();
        void this.startJob("plan", () => found.plan(this.plan));
      }}
    >
      <div class="fields">
        <div class="field">
          <label for="plan-km">${t("plan.km")}</label>
          <input id="plan-km" autocomplete="off" placeholder="1004..1019" aria-invalid=${isWrong ? "true" : "false"} aria-describedby="plan-km-hint"
            .value=${this.plan.km} @input=${(event: Event) => (this.plan = { ...this.plan, km: (event.target as HTMLInputElement).value })} />
          <span class="hint ${isWrong ? "bad" : ""}" id="plan-km-hint">
            ${isWrong ? t("plan.km_bad") : t("plan.km_hint", { from: number(from / 1000, 1), to: number(to / 1000, 1) })}
          </span>
        </div>
        ${size("width_m", 50, 20_000, 50)} ${size("height_m", 50, 20_000, 50)} ${size("overlap", 0, 0.8, 0.05)}
      </div>
      <div class="row">
        <button class="primary" ?disabled=${isWrong || this.isWorking || this.busy !== ""}>${t("plan.make")}</button>
        ${this.isWorking ? html`<span class="quiet">${t("pages.busy_job")}</span>` : nothing}
        <vallum-command .command=${verb("capture-plan", this.root, ["--km", this.plan.km || quote("KM..KM")])}></vallum-command>
      </div>
      ${this.troubleBeside("plan")}
    </form>`;
  }

  private taking(): TemplateResult {
    return html`<section aria-labelledby="take">
      <h2 id="take">${t("shots.take")}</h2>
      <div
        class="drop row ${this.isOver ? "over" : ""}"
        @dragover=${(event: DragEvent) => {
          event.preventDefault();
          this.isOver = true;
        }}
        @dragleave=${() => (this.isOver = false)}
        @drop=${this.onDrop}
      >
        <span>${t("shots.drop")}</span>
        <button type="button" ?disabled=${this.isWorking || this.busy === "take"} @click=${() => this.renderRoot.querySelector<HTMLInputElement>("#files")?.click()}>
          ${t("images.choose_files")}
        </button>
        <input id="files" type="file" multiple tabindex="-1" accept="image/jpeg,image/png,image/webp,image/tiff" aria-label=${t("images.choose_files")} @change=${this.onChosen} />
        ${this.busy === "take" ? html`<progress aria-label=${t("images.sending_label")} max="1" value=${this.sent}></progress>` : nothing}
        <vallum-command .command=${verb("add", this.root, ["FOLDER"])}></vallum-command>
      </div>
      ${this.troubleBeside("take")}
      <vallum-file-results .root=${this.root}></vallum-file-results>
    </section>`;
  }

  private readonly onDrop = async (event: DragEvent): Promise<void> => {
    event.preventDefault();
    this.isOver = false;
    if (event.dataTransfer !== null) await this.send(await fromDrop(event.dataTransfer));
  };

  private readonly onChosen = async (event: Event): Promise<void> => {
    const input = event.target as HTMLInputElement;
    const files = fromInput(input.files ?? []);
    input.value = "";
    await this.send(files);
  };

  private async send(files: readonly Dropped[]): Promise<void> {
    if (files.length === 0) return;
    await this.attempt("take", async () => {
      const form = uploadForm(files, { taken: "", licence: "", credit: "", may_publish: false });
      const show = (done: number, total: number): void => {
        this.sent = total > 0 ? done / total : 0;
      };
      jobs.take(await sendFiles(form, show, new AbortController().signal));
    });
  }
}

customElements.define("vallum-shots-page", ShotsPage);
