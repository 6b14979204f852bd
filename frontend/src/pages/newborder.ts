/** `<vallum-new-border>`: the form for a project of one's own, explained while it is filled in. */

import { css, html, nothing } from "lit";
import type { PropertyValues, TemplateResult } from "lit";

import { api, ApiError } from "../api.ts";
import type { HomeList, NewProjectBody } from "../types.ts";
import { number, t, when, Worded } from "../words.ts";
import { fieldOf } from "./beside.ts";
import { newCommand } from "./commands.ts";
import "./copy.ts";
import { troubleOf } from "./page.ts";
import type { Trouble } from "./page.ts";
import { pageLook } from "./pagelook.ts";
import { parseStretch } from "./spell.ts";
import { daysOf, overlap, parseWhen } from "./when.ts";

const OWN_FILE = "";
const KEPT = "vallum.new-border";
const EMPTY = {
  folder: "",
  frontier: "prk-north",
  file: "",
  before: "",
  after: "",
  corridor_m: "1000",
  km: "",
};
type Fields = typeof EMPTY;
type Name = keyof Fields;

/** Fires `made` with the new state. What was typed survives a reload. */
export class NewBorder extends Worded {
  static override properties = {
    frontiers: { attribute: false },
    cwd: { type: String },
    fields: { state: true },
    trouble: { state: true },
    isBusy: { state: true },
  };

  static override styles = [
    pageLook,
    css`
      :host {
        display: block;
        padding: 0;
      }
      form {
        display: grid;
        gap: 16px;
      }
    `,
  ];

  frontiers: HomeList["frontiers"] = [];
  cwd = "";
  private fields: Fields = { ...EMPTY, ...kept() };
  private trouble: Trouble | null = null;
  private isBusy = false;

  protected override updated(changed: PropertyValues): void {
    super.updated(changed);
    if (changed.has("trouble") && this.trouble !== null) {
      this.renderRoot.querySelector<HTMLElement>("[aria-invalid='true']")?.focus();
    }
  }

  protected override render(): TemplateResult {
    return html`<form novalidate @submit=${this.submit}>
      <div class="fields">
        ${this.field("folder", t("new.folder"), this.folderHint())} ${this.line()}
        ${this.fields.frontier === OWN_FILE
          ? this.field("file", t("new.file"), html`<span class="hint">${t("new.file_hint")}</span>`)
          : nothing}
        ${this.field("before", t("new.before"), this.dateHint("before"))}
        ${this.field("after", t("new.after"), this.dateHint("after"))}
        ${this.field("corridor_m", t("new.corridor"), this.corridorHint(), "numeric")}
        ${this.field("km", t("new.km"), this.stretchHint())}
      </div>
      <p class="quiet">${t("new.next")}</p>
      ${this.trouble?.about === "form" ? this.troubleBox() : nothing}
      <div class="row">
        <button class="primary" type="submit" ?disabled=${this.isBusy}>
          ${t(this.isBusy ? "new.making" : "new.make")}
        </button>
        <vallum-command
          .command=${newCommand({ ...this.fields, ...this.body() })}
        ></vallum-command>
      </div>
    </form>`;
  }

  private field(
    name: Name,
    label: string,
    hint: TemplateResult,
    mode: "text" | "numeric" = "text",
  ): TemplateResult {
    const isWrong = this.trouble?.about === name;
    return html`<div class="field">
      <label for=${name}>${label}</label>
      <input
        id=${name}
        name=${name}
        autocomplete="off"
        spellcheck="false"
        inputmode=${mode}
        .value=${this.fields[name]}
        aria-invalid=${isWrong ? "true" : "false"}
        aria-describedby="${name}-hint trouble-${name}"
        @input=${(event: InputEvent) => {
          this.change(name, (event.target as HTMLInputElement).value);
        }}
      />
      <div id="${name}-hint">${hint}</div>
      ${isWrong ? this.troubleBox() : nothing}
    </div>`;
  }

  private line(): TemplateResult {
    const chosen = this.frontiers.find(({ name }) => name === this.fields.frontier);
    return html`<div class="field">
      <label for="frontier">${t("new.line")}</label>
      <select
        id="frontier"
        aria-invalid=${this.trouble?.about === "frontier" ? "true" : "false"}
        aria-describedby="frontier-hint trouble-frontier"
        @change=${(event: Event) => {
          this.change("frontier", (event.target as HTMLSelectElement).value);
        }}
      >
        ${this.frontiers.map(
          ({ name, title, length_m }) =>
            html`<option value=${name} ?selected=${name === this.fields.frontier}>
              ${title} (${t("unit.km", { km: number(length_m / 1000, 0) })})
            </option>`,
        )}
        <option value=${OWN_FILE} ?selected=${this.fields.frontier === OWN_FILE}>
          ${t("new.own_file")}
        </option>
      </select>
      <span class="hint" id="frontier-hint"
        >${chosen ? t("new.line_hint", { name: chosen.name }) : t("new.own_file_hint")}</span
      >
      ${this.trouble?.about === "frontier" ? this.troubleBox() : nothing}
    </div>`;
  }

  private folderHint(): TemplateResult {
    const folder = this.fields.folder.trim();
    const isWhole = /^([/~\\]|[A-Za-z]:)/.test(folder);
    const where = folder === "" || isWhole ? folder : `${this.cwd}/${folder}`;
    return html`<span class="hint"
      >${where === "" ? t("new.folder_hint") : t("new.folder_at", { folder: where })}</span
    >`;
  }

  private dateHint(name: "before" | "after"): TemplateResult {
    const read = parseWhen(this.fields[name]);
    if (read === "empty") return html`<span class="hint">${t(`new.${name}_hint`)}</span>`;
    if (typeof read === "string") {
      return html`<span class="hint bad">${t(`new.date.${read}`)}</span>`;
    }
    const days = t("new.date_days", { n: daysOf(read) });
    const other = parseWhen(this.fields[name === "before" ? "after" : "before"]);
    const clash =
      typeof other === "string"
        ? ""
        : overlap(read, other)
          ? t("new.date_overlap")
          : (name === "before") === read.from > other.from
            ? t("new.date_order")
            : "";
    return html`<span class="hint good">${when(read.from, read.to)} (${days})</span> ${clash === ""
        ? nothing
        : html`<span class="hint bad">${clash}</span>`}`;
  }

  private corridorHint(): TemplateResult {
    const width = Number(this.fields.corridor_m);
    return Number.isInteger(width) && width > 0
      ? html`<span class="hint">${t("new.corridor_hint", { m: width, both: 2 * width })}</span>`
      : html`<span class="hint bad">${t("new.corridor_bad")}</span>`;
  }

  private stretchHint(): TemplateResult {
    const read = parseStretch(this.fields.km);
    if (read === null) return html`<span class="hint bad">${t("new.km_bad")}</span>`;
    const line = this.frontiers.find(({ name }) => name === this.fields.frontier);
    const most = line === undefined ? Infinity : line.length_m / 1000;
    if (read === "") {
      return html`<span class="hint"
        >${line === undefined ? t("new.km_all") : t("new.km_all_of", { km: Math.round(most) })}</span
      >`;
    }
    if (read.from_km >= most) {
      return html`<span class="hint bad">${t("new.km_beyond", { km: Math.round(most) })}</span>`;
    }
    const to_km = Math.min(read.to_km, most);
    return html`<span class="hint good"
      >${t("new.km_some", { km: Math.round((to_km - read.from_km) * 1000) / 1000 })}</span
    >`;
  }

  private troubleBox(): TemplateResult {
    const trouble = this.trouble;
    return html`<div class="trouble" role="alert" id="trouble-${trouble?.about ?? ""}">
      <strong>${trouble?.message}</strong><span>${trouble?.next}</span>
    </div>`;
  }

  private change(name: Name, value: string): void {
    this.fields = { ...this.fields, [name]: value };
    if (this.trouble?.about === name) this.trouble = null;
    sessionStorage.setItem(KEPT, JSON.stringify(this.fields));
  }

  private body(): NewProjectBody & { km: string } {
    const { folder, frontier, file, before, after, corridor_m, km } = this.fields;
    const read = parseStretch(km);
    return {
      folder: folder.trim(),
      frontier: frontier === OWN_FILE ? file.trim() : frontier,
      before: before.trim(),
      after: after.trim(),
      corridor_m: Number(corridor_m),
      km: read ? `${String(read.from_km)}..${String(read.to_km)}` : km.trim(),
    };
  }

  /** The first field that surely cannot be sent, with the reason. */
  private missing(): Trouble | null {
    const next = t("new.fill_in");
    for (const name of ["folder", "before", "after"] as const) {
      if (this.fields[name].trim() === "") return { about: name, message: t("new.empty"), next };
    }
    if (this.fields.frontier === OWN_FILE && this.fields.file.trim() === "") {
      return { about: "file", message: t("new.empty"), next };
    }
    const width = Number(this.fields.corridor_m);
    if (!Number.isInteger(width) || width < 1) {
      return { about: "corridor_m", message: t("new.corridor_bad"), next: "" };
    }
    return null;
  }

  private readonly submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    this.trouble = this.missing();
    if (this.trouble !== null) return;
    this.isBusy = true;
    try {
      const state = await api.newProject(this.body());
      sessionStorage.removeItem(KEPT);
      this.dispatchEvent(
        new CustomEvent("made", { detail: state, bubbles: true, composed: true }),
      );
    } catch (problem) {
      if (!(problem instanceof ApiError)) throw problem;
      this.trouble = troubleOf(problem, this.aboutOf(problem));
    } finally {
      this.isBusy = false;
    }
  };

  private aboutOf(problem: ApiError): string {
    const said = { error: problem.code, message: problem.message, next: problem.next };
    const about = fieldOf(said, this.fields, {
      corridor_m: ["corridor-m", "left_m", "right_m"],
      km: ["stretch_km", "stretch"],
      file: ["line"],
    });
    const isFile = this.fields.frontier === OWN_FILE;
    if (about === "file" || about === "frontier" || problem.code === "BadLine") {
      return isFile ? "file" : "frontier";
    }
    return about;
  }
}

function kept(): Partial<Fields> {
  try {
    return JSON.parse(sessionStorage.getItem(KEPT) ?? "{}") as Partial<Fields>;
  } catch {
    return {};
  }
}

customElements.define("vallum-new-border", NewBorder);
