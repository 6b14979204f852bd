/** `<vallum-shot-date>`: when a screenshot was taken, as the oldest and the newest day it can be. */

import { css, html, nothing, type TemplateResult } from "lit";

import { partLook } from "../pages/pagelook.ts";
import { daysOf, parseWhen, type When } from "../pages/when.ts";
import { number, t, when, Worded } from "../words.ts";
import { fromWords } from "./lengths.ts";
import type { Days } from "./types.ts";

export type DateChoice = "kept" | "typed" | "unknown";

/** Return what is typed as one bracket; null while it is none, a word where it is wrong. */
export function bracket(oldest: string, newest: string): When | "empty" | "no_date" | "no_day" | "backwards" {
  const ends = [oldest.trim(), newest.trim()];
  if (ends.every((end) => end === "")) return "empty";
  const read = parseWhen(ends.every((end) => end !== "") ? `${ends[0]}..${ends[1]}` : ends.join(""));
  if (read === "too_many") return "no_date";
  return read;
}

/** Properties: `taken` (what is kept), `from`. Fires `dated` {taken}: `FROM..TO`, `unknown`, "" or null. */
export class ShotDate extends Worded {
  static override properties = {
    taken: { attribute: false },
    from: { attribute: false },
    isLocked: { attribute: false },
    choice: { state: true },
    oldest: { state: true },
    newest: { state: true },
  };

  static override styles = [
    ...partLook,
    css`
      fieldset {
        display: grid;
        gap: 6px;
      }
      .two {
        display: grid;
        grid-template-columns: 1fr 1fr;
        gap: 8px;
      }
      details p {
        margin-bottom: 6px;
      }
      summary {
        font-weight: 400;
        color: var(--unsure);
      }
      input[type="radio"] {
        flex: none;
      }
    `,
  ];

  taken: Days | null = null;
  /** Where what is kept was read. */
  from = "";
  isLocked = false;
  private choice: DateChoice = "typed";
  private oldest = "";
  private newest = "";

  protected override willUpdate(changed: Map<string, unknown>): void {
    if (changed.has("taken")) this.choice = this.taken === null ? "typed" : "kept";
  }

  /** What the server takes: a bracket, `unknown`, "" to leave it, or null while it cannot be sent. */
  get value(): string | null {
    if (this.choice === "kept") return "";
    if (this.choice === "unknown") return "unknown";
    const read = bracket(this.oldest, this.newest);
    return typeof read === "string" ? null : `${read.from}..${read.to}`;
  }

  protected override render(): TemplateResult {
    const read = bracket(this.oldest, this.newest);
    return html`<fieldset ?disabled=${this.isLocked}>
      <legend>${t("shotdate.legend")}</legend>
      ${this.taken === null
        ? nothing
        : this.radio("kept", html`${t("shotdate.kept", { days: when(this.taken[0], this.taken[1]) })}
            <span class="quiet small">${this.from === "" ? nothing : fromWords(this.from)}</span>`)}
      ${this.radio("typed", html`${t(this.taken === null ? "shotdate.typed" : "shotdate.typed_other")}`)}
      ${this.choice === "typed" ? this.fields(read) : nothing}
      ${this.radio("unknown", html`${t("shotdate.unknown")}`)}
      ${this.choice === "unknown" ? html`<p class="note small">${t("shotdate.unknown_text")}</p>` : nothing}
      <details>
        <summary>${t("shotdate.why")}</summary>
        <p class="small">${t("shotdate.why_bar")}</p>
        <p class="small">${t("shotdate.why_tick")}</p>
        <p class="small">${t("shotdate.why_use")}</p>
      </details>
    </fieldset>`;
  }

  private radio(choice: DateChoice, words: TemplateResult): TemplateResult {
    return html`<label class="check"
      ><input
        type="radio"
        name="choice"
        value=${choice}
        .checked=${this.choice === choice}
        @change=${() => {
          this.choice = choice;
          this.tell();
        }}
      /><span>${words}</span></label
    >`;
  }

  private fields(read: ReturnType<typeof bracket>): TemplateResult {
    const field = (name: "oldest" | "newest"): TemplateResult => html`<div class="field">
      <label for=${name}>${t(`shotdate.${name}`)}</label>
      <input
        id=${name}
        autocomplete="off"
        placeholder="2022-04-11"
        aria-describedby="${name}-hint read"
        aria-invalid=${typeof read === "string" && read !== "empty" ? "true" : "false"}
        .value=${this[name]}
        @input=${(event: Event) => {
          this[name] = (event.target as HTMLInputElement).value;
          void this.updateComplete.then(() => this.tell());
        }}
      />
      <span class="hint" id="${name}-hint">${t(`shotdate.${name}_hint`)}</span>
    </div>`;
    return html`<div class="two">${field("oldest")} ${field("newest")}</div>
      <p id="read" class="small ${typeof read === "string" ? (read === "empty" ? "quiet" : "bad-text") : "good-text"}" role="status">
        ${typeof read === "string"
          ? t(`shotdate.read.${read}`)
          : t("shotdate.read.is", { days: when(read.from, read.to), n: daysOf(read), count: number(daysOf(read)) })}
      </p>
      ${typeof read === "string"
        ? nothing
        : html`<p class="small">${t("shotdate.means", { there: when(read.to), missing: when(read.from) })}</p>`}`;
  }

  private tell(): void {
    this.dispatchEvent(new CustomEvent("dated", { detail: { taken: this.value } }));
  }
}

customElements.define("vallum-shot-date", ShotDate);
