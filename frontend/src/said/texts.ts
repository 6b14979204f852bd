/** `<vallum-marked-text>`: a text in paragraphs with its claims marked in place, and a card beside. */

import { css, html, nothing, type PropertyValues, type TemplateResult } from "lit";

import { look } from "../look.ts";
import { t, Worded } from "../words.ts";
import { paragraphOf, pieces, Points, pointsBefore, sentenceAt, trimmed, type Piece } from "./points.ts";
import { toldOf, toldWords } from "./terms.ts";
import type { ClaimCard } from "./types.ts";

const WIDE = "(min-width: 1001px)";

/**
 * The slot `card` stands beside the sentence of the current claim, on narrow screens below its
 * paragraph.
 *
 * Properties: `text`, `paragraphs`, `claims`, `current` (ticket), `lang`. Events: `choose` {ticket},
 * `words` {start, end} or null when a person selects.
 */
export class MarkedText extends Worded {
  static override properties = {
    text: { attribute: false },
    paragraphs: { attribute: false },
    claims: { attribute: false },
    current: { attribute: false },
    anchor: { attribute: false },
    language: { attribute: false },
  };

  static override styles = [
    look,
    css`
      :host {
        display: block;
      }
      .sheet {
        position: relative;
      }
      .para {
        max-width: 68ch;
        margin: 0 0 14px;
        font-size: 16px;
        line-height: 1.65;
        overflow-wrap: anywhere;
        white-space: pre-wrap;
      }
      .lit {
        background: var(--panel-3);
      }
      .mark {
        border-bottom: 2px dashed var(--text-2);
        background: var(--unsure-ground);
        color: var(--text);
        cursor: pointer;
      }
      .mark.approved {
        border-bottom: 2px solid var(--yes);
        background: var(--yes-ground);
      }
      .mark.rejected {
        border-bottom: 2px dotted var(--text-3);
        background: none;
        color: var(--text-2);
      }
      .mark.current {
        border-bottom: 3px solid var(--accent);
        background: var(--accent-ground);
      }
      .many::after {
        content: attr(data-n);
        padding: 0 3px;
        color: var(--text-2);
        font-size: 11px;
        vertical-align: super;
      }
      @media (min-width: 1001px) {
        .sheet {
          padding-inline-end: 464px;
        }
        .beside {
          position: absolute;
          inset-inline-end: 0;
          width: 440px;
        }
      }
      @media (max-width: 1000px) {
        .beside {
          margin: 0 0 18px;
        }
      }
    `,
  ];

  text = "";
  paragraphs: [number, number][] = [];
  claims: ClaimCard[] = [];
  current = "";
  /** Where the card stands when no claim is current: an offset, or -1. */
  anchor = -1;
  language = "";
  private points = new Points("");
  private readonly sizes = new ResizeObserver(() => this.place());

  override connectedCallback(): void {
    super.connectedCallback();
    this.sizes.observe(this);
    document.addEventListener("selectionchange", this.onSelect);
  }

  override disconnectedCallback(): void {
    this.sizes.disconnect();
    document.removeEventListener("selectionchange", this.onSelect);
    super.disconnectedCallback();
  }

  /** Bring the marked words into view and give them the focus. */
  async reveal(withFocus: boolean): Promise<void> {
    await this.updateComplete;
    const mark = this.renderRoot.querySelector<HTMLElement>(".mark.current");
    if (withFocus) mark?.focus({ preventScroll: true });
    mark?.scrollIntoView({ block: "center" });
  }

  /** Return the words of a range. */
  words(start: number, end: number): string {
    return this.points.slice(start, end);
  }

  /** Return the paragraph in which the card stands, as text, with where it begins. */
  here(): { start: number; text: string } {
    const at = Math.max(0, paragraphOf(this.paragraphs, this.at()));
    const [start, end] = this.paragraphs[at] ?? [0, 0];
    return { start, text: this.points.slice(start, end) };
  }

  /** Return the sentence in which the current claim stands; empty where there is none. */
  sentence(): string {
    const at = this.at();
    const paragraph = this.paragraphs[paragraphOf(this.paragraphs, at)];
    return paragraph === undefined || at < 0 ? "" : this.points.slice(...sentenceAt(this.points, paragraph, at));
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has("text")) this.points = new Points(this.text);
  }

  protected override updated(): void {
    const beside = this.renderRoot.querySelector(".beside");
    if (beside !== null) this.sizes.observe(beside);
    this.place();
  }

  private at(): number {
    return this.anchor >= 0 ? this.anchor : (this.claims.find(({ ticket }) => ticket === this.current)?.start ?? -1);
  }

  protected override render(): TemplateResult {
    const at = this.at();
    const here = paragraphOf(this.paragraphs, at);
    const paragraph = this.paragraphs[here];
    const lit = paragraph === undefined || at < 0 ? null : sentenceAt(this.points, paragraph, at);
    const beside = html`<div class="beside"><slot name="card"></slot></div>`;
    return html`<div class="sheet">
      ${here < 0 ? beside : nothing}
      ${this.paragraphs.map(
        (span, i) =>
          html`<p class="para" lang=${this.language || nothing}>${pieces(span, this.claims, lit).map((piece) => this.piece(piece))}</p>
            ${i === here ? beside : nothing}`,
      )}
    </div>`;
  }

  private piece(piece: Piece): TemplateResult {
    const words = this.points.slice(piece.start, piece.end);
    const lit = piece.isLit ? "lit" : "";
    if (piece.tickets.length === 0) return html`<span class=${lit} data-at=${piece.start}>${words}</span>`;
    const isCurrent = piece.tickets.includes(this.current);
    const inside = piece.tickets.map((ticket) => this.claims.findIndex((one) => one.ticket === ticket));
    const shown = this.claims[inside.find((k) => this.claims[k]?.ticket === this.current) ?? inside[0] ?? 0];
    if (shown === undefined) return html`${words}`;
    const begins = inside.some((k) => this.claims[k]?.start === piece.start);
    const many = piece.tickets.length > 1;
    return html`<span
      class="mark ${shown.standing} ${isCurrent ? "current" : ""} ${many ? "many" : ""}"
      role="button"
      tabindex=${begins ? "0" : "-1"}
      data-at=${piece.start}
      data-n=${piece.tickets.length}
      aria-pressed=${isCurrent ? "true" : "false"}
      aria-label="${words}. ${t("said.mark", { k: (inside[0] ?? 0) + 1, all: this.claims.length, told: toldWords(toldOf(shown)) })}"
      @click=${() => this.choose(piece)}
      @keydown=${(event: KeyboardEvent) => {
        if (event.key !== "Enter" && event.key !== " ") return;
        event.preventDefault();
        this.choose(piece);
      }}
      >${words}</span
    >`;
  }

  /** Where several claims rest on the same words, each press goes to the next of them. */
  private choose({ tickets }: Piece): void {
    if (getSelection()?.type === "Range" && this.selected() !== null) return;
    const at = tickets.indexOf(this.current);
    const ticket = tickets[(at + 1) % tickets.length] ?? "";
    this.dispatchEvent(new CustomEvent("choose", { detail: { ticket }, bubbles: true, composed: true }));
  }

  private readonly onSelect = (): void => {
    const detail = this.selected();
    this.dispatchEvent(new CustomEvent("words", { detail, bubbles: true, composed: true }));
  };

  /** Return which characters a person has selected; null where none of this text are. */
  private selected(): { start: number; end: number } | null {
    const range = rangeIn(this.renderRoot as ShadowRoot);
    if (range === null || range.collapsed) return null;
    const a = this.offset(range.startContainer, range.startOffset);
    const b = this.offset(range.endContainer, range.endOffset);
    if (a === null || b === null) return null;
    const found = trimmed(this.points, Math.min(a, b), Math.max(a, b));
    return found === null ? null : { start: found[0], end: found[1] };
  }

  private offset(node: Node, units: number): number | null {
    if (!this.renderRoot.contains(node)) return null;
    const holder = (node instanceof Element ? node : node.parentElement)?.closest<HTMLElement>("[data-at]");
    if (holder) return Number(holder.dataset["at"]) + (node instanceof Text ? pointsBefore(node.data, units) : 0);
    const next = node instanceof Element ? node.querySelectorAll<HTMLElement>("[data-at]") : [];
    const first = next[0];
    return first ? Number(first.dataset["at"]) : null;
  }

  /** Put the card at the height of its sentence; style sheets do the rest. */
  private place(): void {
    const sheet = this.renderRoot.querySelector<HTMLElement>(".sheet");
    const beside = this.renderRoot.querySelector<HTMLElement>(".beside");
    if (sheet === null || beside === null) return;
    if (!matchMedia(WIDE).matches) {
      sheet.style.minHeight = "";
      return;
    }
    const mark = this.renderRoot.querySelector(".mark.current") ?? this.renderRoot.querySelector(".lit");
    const top = mark ? Math.max(0, mark.getBoundingClientRect().top - sheet.getBoundingClientRect().top - 8) : 0;
    beside.style.top = `${Math.round(top)}px`;
    sheet.style.minHeight = `${Math.ceil(top + beside.offsetHeight)}px`;
  }
}

/** Return the selected range, which browsers hide in different ways behind a shadow root. */
function rangeIn(root: ShadowRoot): StaticRange | Range | null {
  const selection = getSelection();
  if (selection === null) return null;
  const composed = selection as Selection & {
    getComposedRanges?: (options: { shadowRoots: ShadowRoot[] }) => StaticRange[];
  };
  if (composed.getComposedRanges) return composed.getComposedRanges({ shadowRoots: [root] })[0] ?? null;
  const own = (root as ShadowRoot & { getSelection?: () => Selection | null }).getSelection?.() ?? selection;
  return own.rangeCount > 0 ? own.getRangeAt(0) : null;
}

customElements.define("vallum-marked-text", MarkedText);
