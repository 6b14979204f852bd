/** `<vallum-word-pick>`: choosing words of a paragraph by keyboard, for a claim typed by hand. */

import { css, html, type TemplateResult } from "lit";

import "../dialog.ts";
import { partLook } from "../pages/pagelook.ts";
import { t, Worded } from "../words.ts";
import { Points, pointsBefore, trimmed } from "./points.ts";
import type { MarkedText } from "./texts.ts";

/** Properties: `open`, `marked` (the text). Events: `picked` {start, end}, `closed`. */
export class WordPick extends Worded {
  static override properties = {
    open: { type: Boolean },
    marked: { attribute: false },
    at: { state: true },
    chosen: { state: true },
  };

  static override styles = [
    ...partLook,
    css`
      textarea {
        width: 100%;
        min-height: 180px;
        font-size: 15px;
        line-height: 1.6;
      }
    `,
  ];

  open = false;
  marked: MarkedText | null = null;
  private at = -1;
  private chosen: [number, number] | null = null;

  protected override willUpdate(changed: Map<string, unknown>): void {
    if (!changed.has("open") || !this.open || this.marked === null) return;
    const { start } = this.marked.here();
    this.at = Math.max(0, this.marked.paragraphs.findIndex(([from]) => from === start));
    this.chosen = null;
  }

  protected override updated(changed: Map<string, unknown>): void {
    if (changed.has("open") && this.open) {
      void this.updateComplete.then(() => this.renderRoot.querySelector("textarea")?.focus());
    }
  }

  protected override render(): TemplateResult {
    const paragraphs = this.marked?.paragraphs ?? [];
    const [start, end] = paragraphs[this.at] ?? [0, 0];
    const words = this.open ? (this.marked?.words(start, end) ?? "") : "";
    return html`<vallum-dialog .open=${this.open} heading=${t("papers.by_hand")}>
      <div class="stack">
        <p id="how">${t("papers.pick_how")}</p>
        <div class="field">
          <label for="number">${t("papers.paragraph")}</label>
          <select
            id="number"
            @change=${(event: Event) => {
              this.at = Number((event.target as HTMLSelectElement).value);
              this.chosen = null;
            }}
          >
            ${paragraphs.map(([a, b], i) => {
              const first = this.open ? (this.marked?.words(a, Math.min(b, a + 50)) ?? "") : "";
              return html`<option value=${i} ?selected=${i === this.at}>${i + 1}. ${first}</option>`;
            })}
          </select>
        </div>
        <textarea
          aria-readonly="true"
          @beforeinput=${(event: Event) => event.preventDefault()}
          aria-label=${t("papers.pick_text")}
          aria-describedby="how"
          .value=${words}
          @select=${(event: Event) => this.take(event.target as HTMLTextAreaElement, start, words)}
          @keyup=${(event: Event) => this.take(event.target as HTMLTextAreaElement, start, words)}
        ></textarea>
        <p role="status" aria-live="polite">
          ${this.chosen === null ? t("papers.pick_none") : html`<q>${this.marked?.words(...this.chosen) ?? ""}</q>`}
        </p>
        <div class="row">
          <button type="button" class="primary" ?disabled=${this.chosen === null} @click=${this.pick}>
            ${t("papers.propose_these")}
          </button>
        </div>
      </div>
    </vallum-dialog>`;
  }

  private take(area: HTMLTextAreaElement, start: number, words: string): void {
    const a = pointsBefore(words, area.selectionStart);
    const b = pointsBefore(words, area.selectionEnd);
    const found = a === b ? null : trimmed(new Points(words), a, b);
    this.chosen = found === null ? null : [start + found[0], start + found[1]];
  }

  private readonly pick = (): void => {
    if (this.chosen === null) return;
    const [start, end] = this.chosen;
    this.dispatchEvent(new CustomEvent("picked", { detail: { start, end }, bubbles: true, composed: true }));
  };
}

customElements.define("vallum-word-pick", WordPick);
