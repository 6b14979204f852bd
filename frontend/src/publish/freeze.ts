/** `<vallum-freeze>`: what would change in the next edition, why, and freezing it. */

import { css, html, nothing, type TemplateResult } from "lit";

import "../pages/copy.ts";
import { hold } from "../said/unsaved.ts";
import { language, t } from "../words.ts";
import { press, type Change, type Difference, type EditionBody, type Publishing } from "./api.ts";
import { changesTable } from "./changes.ts";
import { parted } from "./choose.ts";
import { freezeCommand } from "./commands.ts";
import { languageBoxes } from "./languages.ts";
import { publicationName } from "./names.ts";
import { Part } from "./part.ts";
import { publook } from "./publook.ts";

/** Stands for every number for which no other reason is known. */
const EVERY = "all";
const NOTHING: EditionBody = { note: "", day: "", why: {}, correct: {}, languages: [] };

/** Property: `all`. */
export class Freeze extends Part {
  static override properties = {
    ...Part.properties,
    all: { attribute: false },
    body: { state: true },
    wrong: { state: true },
    changes: { state: true },
  };

  static override styles = [
    ...publook,
    css`
      td input:not([type="checkbox"]) {
        width: 100%;
        min-width: 220px;
      }
      td .check {
        font-size: var(--small);
      }
      form .primary {
        justify-self: start;
        min-height: 36px;
        padding-inline: 24px;
      }
    `,
  ];

  all: Publishing | null = null;
  private body: EditionBody = NOTHING;
  /** Names of the numbers that were wrong in the edition before. */
  private wrong: ReadonlySet<string> = new Set();
  private changes: Difference | null = null;
  /** The language in which they were asked for. */
  private asked = "";

  override disconnectedCallback(): void {
    hold(this, false);
    super.disconnectedCallback();
  }

  protected override async load(): Promise<void> {
    const newest = this.all?.editions[0];
    if (!this.state?.project || !this.isKeeper || newest === undefined) return;
    this.asked = language();
    await this.attempt("load", async () => {
      this.changes = await press.changes(String(newest.number));
    });
  }

  protected override onJobEnded(): void {
    if (this.job?.what !== "edition" || this.job.state !== "done") return;
    this.body = NOTHING;
    this.wrong = new Set();
    this.changes = null;
    hold(this, false);
  }

  protected override updated(changed: Map<PropertyKey, unknown>): void {
    super.updated(changed);
    const before = (changed.get("all") as Publishing | null | undefined)?.editions[0]?.number;
    const isOther = this.asked !== "" && this.asked !== language();
    if (isOther || (changed.has("all") && before !== this.all?.editions[0]?.number)) void this.load();
  }

  protected override render(): TemplateResult {
    const newest = this.all?.editions[0];
    const chosen = this.body.languages.length > 0 ? this.body.languages : (this.all?.languages ?? []);
    const isReady = !this.isWorking && this.busy === "" && this.all !== null;
    return html`<section aria-labelledby="freeze">
      <h2 id="freeze">${t("publish.freeze", { name: publicationName(String((newest?.number ?? 0) + 1)) })}</h2>
      <form
        class="card stack"
        @submit=${(event: Event) => {
          event.preventDefault();
          if (isReady) void this.startJob("freeze", () => press.freeze(this.told(chosen)));
        }}
      >
        <p>${t("publish.freeze_text")}</p>
        <div class="fields">
          <div class="field">
            <label for="note">${t("publish.note")}</label>
            <input id="note" maxlength="300" autocomplete="off" aria-describedby="note-hint" .value=${this.body.note}
              @input=${(event: Event) => this.change({ note: (event.target as HTMLInputElement).value })} />
            <span class="hint" id="note-hint">${t("publish.note_hint")}</span>
          </div>
          <div class="field">
            <label for="day">${t("publish.day")}</label>
            <input id="day" type="date" aria-describedby="day-hint" .value=${this.body.day}
              @input=${(event: Event) => this.change({ day: (event.target as HTMLInputElement).value })} />
            <span class="hint" id="day-hint">${t("publish.day_hint")}</span>
          </div>
          ${languageBoxes(this.all?.known_languages ?? [], chosen, (languages) => this.change({ languages }))}
        </div>
        ${this.reasons()} ${this.troubleBeside("load")}
        <button class="primary" ?disabled=${!isReady}>${t("publish.do_freeze")}</button>
        <vallum-command .command=${freezeCommand(this.told(this.body.languages), this.root)}></vallum-command>
        ${this.troubleBeside("freeze")}
      </form>
    </section>`;
  }

  private reasons(): TemplateResult | typeof nothing {
    const newest = this.all?.editions[0];
    if (newest === undefined) return html`<div class="note">${t("publish.first")}</div>`;
    const since = publicationName(String(newest.number));
    if (this.changes === null) {
      return this.trouble === null ? html`<p class="quiet" role="status">${t("publish.comparing")}</p>` : nothing;
    }
    const { changes } = this.changes;
    if (changes.length === 0) return html`<div class="note">${t("publish.same_since", { name: since })}</div>`;
    const isUntold = (name: string): boolean => (this.body.why[name] ?? "").trim() === "";
    const n = isUntold(EVERY) ? changes.filter((one) => !one.is_explained && isUntold(one.name)).length : 0;
    const nWrong = [...this.wrong].filter(isUntold).length;
    return html`<h3>${t("publish.since", { name: since })}</h3>
      <div class="note ${n + nWrong > 0 ? "warn" : "good"}" role="status">
        ${nWrong > 0
          ? t("publish.wrong_needs_why", { n: nWrong })
          : n > 0
            ? t("publish.reasons_missing", { n })
            : t("publish.reasons_all")}
      </div>
      ${changesTable(changes, t("publish.since_caption", { n: changes.length }), (one) => this.reason(one))}
      <div class="field">
        <label for=${EVERY}>${t("publish.why_all")}</label>
        <input id=${EVERY} maxlength="2000" autocomplete="off" .value=${this.body.why[EVERY] ?? ""}
          @input=${(event: Event) => this.change({ why: { ...this.body.why, [EVERY]: (event.target as HTMLInputElement).value } })} />
      </div>`;
  }

  private reason(one: Change): TemplateResult {
    const label = one.label || one.name;
    return html`<input
        name=${one.name}
        maxlength="2000"
        autocomplete="off"
        aria-label="${t("publish.why_of")}: ${label}"
        placeholder=${t(one.is_explained ? "publish.why_more" : "publish.why_needed")}
        .value=${this.body.why[one.name] ?? ""}
        @input=${(event: Event) => {
          const text = (event.target as HTMLInputElement).value;
          this.change({ why: { ...this.body.why, [one.name]: text } });
        }}
      /><label class="check"
        ><input
          type="checkbox"
          .checked=${this.wrong.has(one.name)}
          @change=${(event: Event) => {
            const wrong = new Set(this.wrong);
            if ((event.target as HTMLInputElement).checked) wrong.add(one.name);
            else wrong.delete(one.name);
            this.wrong = wrong;
            hold(this, true);
          }}
        />${t("publish.was_wrong")}<span class="only-read">: ${label}</span></label
      >`;
  }

  /** What is sent: a reason for a number that was wrong is a correction. */
  private told(languages: string[]): EditionBody {
    return { ...this.body, ...parted(this.body.why, this.wrong), languages };
  }

  private change(some: Partial<EditionBody>): void {
    this.body = { ...this.body, ...some };
    const isTyped = this.body.note !== "" || Object.values(this.body.why).some((text) => text.trim() !== "");
    hold(this, isTyped || this.wrong.size > 0);
  }
}

customElements.define("vallum-freeze", Freeze);
