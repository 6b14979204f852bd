/** `<vallum-gates>`: what would be refused or left out of a publication made now, and the way out. */

import { css, html, nothing, type PropertyValues, type TemplateResult } from "lit";

import { language, t } from "../words.ts";
import { press, type Gate, type Gates as Told, type Level } from "./api.ts";
import { gateName, pageName, pageOf } from "./names.ts";
import { Part } from "./part.ts";
import { publook } from "./publook.ts";

const AGAIN_MS = 1000;

/** Property: `level`. */
export class Gates extends Part {
  static override properties = { ...Part.properties, level: { type: String }, told: { state: true } };

  static override styles = [
    ...publook,
    css`
      ol {
        display: grid;
        gap: 8px;
        margin: 0;
        padding: 0;
        list-style: none;
      }
      li {
        display: grid;
        gap: 2px;
        padding: 8px 12px;
        border: 1px solid var(--line-strong);
        border-inline-start: 5px solid var(--unsure);
        border-radius: var(--radius);
        background: var(--panel);
      }
      li.hard {
        border-inline-start-color: var(--no);
        background: var(--no-ground);
      }
      [role="status"]:not(:empty) {
        margin-bottom: 8px;
      }
      code {
        overflow-wrap: anywhere;
      }
      .out {
        margin-top: 4px;
      }
    `,
  ];

  level: Level = "public";
  private told: Told | null = null;
  /** Asks again while the server is still checking. */
  private again: ReturnType<typeof setTimeout> | undefined;
  /** The language in which they were asked for. */
  private asked = "";

  protected override async load(): Promise<void> {
    if (!this.state?.project || !this.isKeeper) return;
    clearTimeout(this.again);
    const level = this.level;
    this.asked = language();
    await this.attempt("load", async () => {
      const told = await press.gates(level);
      if (level !== this.level || this.asked !== language()) return;
      this.told = told;
      if (told.is_checking && this.isConnected) this.again = setTimeout(() => void this.load(), AGAIN_MS);
    });
  }

  override disconnectedCallback(): void {
    clearTimeout(this.again);
    super.disconnectedCallback();
  }

  protected override updated(changed: PropertyValues): void {
    super.updated(changed);
    const isOther = this.asked !== "" && this.asked !== language();
    if (isOther || (changed.has("level") && changed.get("level") !== undefined)) {
      this.told = null;
      void this.load();
    }
  }

  protected override render(): TemplateResult {
    const gates = this.told?.gates ?? [];
    const isBusy = this.busy === "load" || this.told?.is_checking === true;
    return html`<section aria-labelledby="gates" aria-busy=${isBusy}>
      <div class="row spread">
        <h2 id="gates">${t("publish.gates")}</h2>
        <button type="button" ?disabled=${this.busy !== "" || isBusy || this.isWorking} @click=${() => this.load()}>
          ${t("publish.check_again")}
        </button>
      </div>
      ${this.troubleBeside("load")}
      <div role="status" class="stack">${this.summary()}</div>
      ${gates.length > 0 ? html`<ol>${gates.map((one) => this.gate(one))}</ol>` : nothing}
    </section>`;
  }

  /** What the gates come to; nothing is said to be open before it is known for the newest rows. */
  private summary(): TemplateResult | typeof nothing {
    const gates = this.told?.gates ?? [];
    if (this.told === null || this.told.is_checking) {
      if (this.trouble !== null) return nothing;
      return html`<p class="quiet">${t(gates.length > 0 ? "publish.checking_older" : "publish.checking")}</p>`;
    }
    if (gates.length === 0) return html`<div class="note good">${t("publish.gates_none")}</div>`;
    const hard = gates.filter(({ is_hard }) => is_hard).length;
    return html`<p>
      ${hard > 0 ? t("publish.gates_hard", { n: hard }) : t("publish.gates_soft", { n: gates.length })}
    </p>`;
  }

  private gate(one: Gate): TemplateResult {
    const page = pageOf(one.gate);
    return html`<li class=${one.is_hard ? "hard" : ""}>
      <div>
        <span class="tag">${one.is_hard ? `✕ ${t("publish.refuses")}` : t("publish.leaves_out")}</span>
        <strong>${gateName(one.gate)}:</strong> ${one.what}
      </div>
      <div>${one.why}</div>
      <div class="out">
        <strong>${t("publish.way_out")}</strong> ${withCommands(one.way_out)}
        ${page === "" ? nothing : html`<a href="#/${page}">${t("publish.go_to", { page: pageName(page) })}</a>`}
      </div>
    </li>`;
  }
}

/** Return words in which commands stand between backticks, as text with code. */
function withCommands(text: string): (string | TemplateResult)[] {
  return text.split("`").map((one, at) => (at % 2 === 1 ? html`<code>${one}</code>` : one));
}

customElements.define("vallum-gates", Gates);
