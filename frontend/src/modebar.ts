/** `<vallum-modebar>`: which work, in which order, where, and how the two dates are shown. */

import { css, html, nothing, type TemplateResult } from "lit";

import { cap, type Action, type Keys } from "./keys.ts";
import { look } from "./look.ts";
import type { Mode, Queue, QueueOptions, Role, Section, View } from "./types.ts";
import { km, t, Worded } from "./words.ts";

const MODES: readonly Mode[] = ["triage", "sheet", "sweep", "sample", "dating", "disagreements"];
const VIEWS: readonly { view: View; action: Action }[] = [
  { view: "blink", action: "blink" },
  { view: "swipe", action: "swipe" },
  { view: "side", action: "side" },
];

/** Events: `options` (QueueOptions), `find`, `view` {view}, `auto` (blinks by itself), `roomy` (larger map). */
export class VallumModebar extends Worded {
  static override properties = {
    mode: { type: String },
    myRole: { type: String },
    queue: { attribute: false },
    options: { attribute: false },
    sections: { attribute: false },
    view: { type: String },
    isAuto: { type: Boolean },
    isRoomy: { type: Boolean },
    keys: { attribute: false },
    who: { attribute: false },
  };

  static override styles = [
    look,
    css`
      :host {
        display: block;
        background: var(--panel);
        border-bottom: 1px solid var(--line);
        font-size: 13px;
      }
      .bar {
        display: flex;
        flex-wrap: wrap;
        gap: 2px 8px;
        align-items: center;
        padding: 2px 10px;
      }
      nav {
        display: flex;
        flex-wrap: wrap;
        gap: 2px;
      }
      nav a {
        display: inline-flex;
        align-items: center;
        min-height: var(--target);
        padding: 1px 6px;
        border-bottom: 2px solid transparent;
        color: var(--text-2);
        text-decoration: none;
      }
      nav a:hover {
        color: var(--text);
        background: var(--panel-2);
      }
      nav a[aria-current] {
        border-color: var(--accent);
        color: var(--text);
        font-weight: 600;
      }
      label {
        display: inline-flex;
        gap: 6px;
        align-items: center;
        color: var(--text-2);
      }
      select {
        max-width: 130px;
        padding: 1px 2px;
        font-size: 13px;
      }
      .views {
        display: flex;
        flex-wrap: wrap;
        gap: 4px;
        margin-inline-start: auto;
      }
      .find,
      .views button {
        padding: 1px 6px;
        font-size: 13px;
      }
      @media (max-width: 1500px) {
        .find kbd,
        .views kbd {
          display: none;
        }
      }
      button[aria-pressed="true"] {
        border-color: var(--accent);
        background: var(--accent-ground);
      }
      .blind {
        padding: 2px 8px;
        border: 1px solid var(--unsure);
        border-radius: 999px;
        background: var(--unsure-ground);
        color: var(--unsure);
      }
    `,
  ];

  mode: Mode = "triage";
  myRole: Role = "analyst";
  queue: Queue | null = null;
  options: QueueOptions = {};
  sections: Section[] = [];
  view: View = "blink";
  isAuto = false;
  isRoomy = false;
  keys: Keys | null = null;
  /** Names of others at work in this section. */
  who: string[] = [];

  protected override render() {
    const modes = MODES.filter((mode) => mode !== "disagreements" || this.myRole === "adjudicator" || this.myRole === "keeper");
    return html`<div class="bar">
      <nav aria-label=${t("modes.label")}>
        ${modes.map(
          (mode) => html`<a
            href="#/review/${mode}"
            title=${t(`mode.${mode}.title`)}
            aria-current=${mode === this.mode ? "page" : nothing}
            >${t(`mode.${mode}`)}</a
          >`,
        )}
      </nav>
      ${this.renderChoices()}
      ${this.queue?.is_blind ? html`<span class="blind" title=${t("modes.blind.title")}
            >${t("modes.blind")}<span class="only-read">: ${t("modes.blind.title")}</span></span
          >` : nothing}
      ${this.who.length > 0 ? html`<span class="quiet">${t("modes.also_here", { names: this.who.join(", ") })}</span>` : nothing}
      ${this.mode === "sheet" ? nothing : html`${this.renderFind()} ${this.renderViews()}`}
    </div>`;
  }

  private renderChoices(): TemplateResult {
    const hasOrder = this.mode === "triage" || this.mode === "sheet";
    return html`${hasOrder
        ? html`<label
            ><span class="only-read">${t("modes.order")}</span>
            <select title=${t("modes.order")} @change=${(e: Event) => this.set({ order: valueOf(e) === "position" ? "position" : "score" })}>
              ${(["score", "position"] as const).map(
                (order) => html`<option value=${order} ?selected=${(this.options.order ?? "score") === order}>
                  ${t(`modes.order.${order}`)}
                </option>`,
              )}
            </select>
          </label>`
        : nothing}
      ${this.sections.length > 1
        ? html`<label
            ><span class="only-read">${t("modes.section")}</span>
            <select title=${t("modes.section")} @change=${(e: Event) => this.setSection(valueOf(e))}>
              <option value="" ?selected=${this.options.section === undefined}>${t("modes.section.all")}</option>
              ${this.sections.map(
                (section) => html`<option
                  value=${section.number}
                  ?selected=${this.options.section === section.number}
                >
                  ${t("modes.section.one", { number: String(section.number), from: km(section.start_m, 0) })}
                </option>`,
              )}
            </select>
          </label>`
        : nothing}
      ${this.mode === "triage"
        ? html`<label title=${t("modes.like.title")}>
            <input
              type="checkbox"
              .checked=${this.options.like ?? false}
              @change=${(e: Event) => this.set({ like: (e.target as HTMLInputElement).checked })}
            />${t("modes.like")}
          </label>`
        : nothing}`;
  }

  private renderFind(): TemplateResult {
    return html`<button class="find" title=${t("find.head")} @mousedown=${keepFocus} @click=${() => this.tell("find", {})}>
      ${t("find.button")} ${this.cap("find")}
    </button>`;
  }

  private renderViews(): TemplateResult {
    return html`<div class="views" role="group" aria-label=${t("modes.views")}>
      ${VIEWS.map(
        ({ view, action }) => html`<button
          aria-pressed=${this.view === view ? "true" : "false"}
          @mousedown=${keepFocus}
          @click=${() => this.tell("view", { view })}
        >
          ${t(`view.${view}`)} ${this.cap(action)}
        </button>`,
      )}
      <button
        aria-pressed=${this.isAuto ? "true" : "false"}
        ?disabled=${this.view !== "blink"}
        @mousedown=${keepFocus}
        @click=${() => this.tell("auto", {})}
      >
        ${t("view.auto")}
      </button>
      <button
        aria-pressed=${this.isRoomy ? "true" : "false"}
        title=${t("modes.roomy.title")}
        @mousedown=${keepFocus}
        @click=${() => this.tell("roomy", {})}
      >
        ${t("modes.roomy")}
      </button>
    </div>`;
  }

  private setSection(text: string): void {
    const options = { ...this.options };
    delete options.section;
    if (text !== "") options.section = Number(text);
    this.tell("options", options);
  }

  private set(change: QueueOptions): void {
    this.tell("options", { ...this.options, ...change });
  }

  private cap(action: Action): TemplateResult | typeof nothing {
    return this.keys === null || this.keys.isOff ? nothing : html`<kbd>${cap(this.keys.of(action))}</kbd>`;
  }

  private tell(name: string, detail: unknown): void {
    this.dispatchEvent(new CustomEvent(name, { detail, bubbles: true, composed: true }));
  }
}

function valueOf(event: Event): string {
  return (event.target as HTMLSelectElement).value;
}

function keepFocus(event: Event): void {
  event.preventDefault();
}

customElements.define("vallum-modebar", VallumModebar);
