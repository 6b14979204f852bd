/** `<vallum-filmstrip>`: the next dozen, as small pictures. */

import { css, html, nothing, type PropertyValues, type TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";

import { chipOf, chipUrl, type ChipOf } from "./line/chip.ts";
import type { Item, ItemFull } from "./types.ts";
import { km, t, Worded } from "./words.ts";

const SIZE = { width: 120, height: 64 };
const MOST = 12;
const SIGNS = { yes: "✓", no: "✗", cannot_tell: "?" } as const;

/**
 * The next items.
 *
 * Properties: `items` (plain items need `pictureOf`), `current` (ticket), `pictureOf` (item -> which
 * image shows it, or null). Event: `pick` {ticket}.
 */
export class VallumFilmstrip extends Worded {
  static override properties = {
    items: { attribute: false },
    current: { type: String },
    pictureOf: { attribute: false },
    failed: { state: true },
    focused: { state: true },
  };

  declare items: (Item | ItemFull)[];
  declare current: string;
  declare pictureOf: (item: Item) => ChipOf | null;
  declare failed: ReadonlySet<string>;
  declare focused: string;

  constructor() {
    super();
    this.items = [];
    this.current = "";
    this.pictureOf = () => null;
    this.failed = new Set();
    this.focused = "";
  }

  static override styles = css`
    :host {
      display: block;
      min-width: 0;
      background: var(--ground);
      color: var(--text);
      font: 12px/1.3 var(--font);
    }
    .row {
      display: flex;
      gap: 6px;
      overflow-x: auto;
      padding: 5px 8px;
      scrollbar-color: var(--line-strong) transparent;
      scrollbar-width: thin;
    }
    button {
      flex: 0 0 auto;
      width: ${SIZE.width + 4}px;
      padding: 0;
      border: 2px solid var(--line);
      border-radius: 4px;
      background: var(--panel);
      color: var(--text);
      font: inherit;
      text-align: start;
      cursor: pointer;
      overflow: hidden;
    }
    button:hover {
      border-color: var(--line-strong);
    }
    button[aria-current="true"] {
      border-color: var(--accent);
    }
    button:focus-visible {
      outline: 2px solid var(--accent);
      outline-offset: 2px;
    }
    .picture {
      display: grid;
      place-items: center;
      width: ${SIZE.width}px;
      height: ${SIZE.height}px;
      background: repeating-linear-gradient(45deg, var(--panel-2) 0 5px, var(--panel-3) 5px 10px);
      color: var(--text-2);
    }
    img {
      display: block;
    }
    .says {
      display: flex;
      justify-content: space-between;
      gap: 4px;
      padding: 1px 5px 2px;
      white-space: nowrap;
    }
    .done {
      color: var(--yes);
      font-weight: 600;
    }
    @media (max-height: 850px) and (min-width: 901px) {
      .picture,
      .picture img {
        height: 42px;
        object-fit: cover;
      }
    }
  `;

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has("items")) this.failed = new Set();
    const tickets = this.items.slice(0, MOST).map((item) => item.ticket);
    if (changed.has("current") && tickets.includes(this.current)) this.focused = this.current;
    if (!tickets.includes(this.focused)) this.focused = tickets[0] ?? "";
  }

  protected override render(): TemplateResult | typeof nothing {
    if (this.items.length === 0) return nothing;
    return html`<div class="row" role="group" aria-label=${t("film.label")} @keydown=${this.onKey}>
      ${repeat(
        this.items.slice(0, MOST),
        (item) => item.ticket,
        (item) => this.chip(item),
      )}
    </div>`;
  }

  private chip(item: Item | ItemFull): TemplateResult {
    const of = chipOf(item, "after") ?? this.pictureOf(item);
    const isFailed = this.failed.has(item.ticket);
    const done = item.answer ? t(`film.${item.answer}`) : "";
    return html`<button
      type="button"
      data-ticket=${item.ticket}
      tabindex=${item.ticket === this.focused ? "0" : "-1"}
      aria-current=${item.ticket === this.current ? "true" : "false"}
      aria-label=${[km(item.at_m), done, item.is_flagged ? t("film.flagged") : ""].filter((s) => s).join(", ")}
      @click=${() => this.pick(item.ticket)}
    >
      <span class="picture">
        ${of && !isFailed
          ? html`<img
              src=${chipUrl(of, item, SIZE)}
              width=${SIZE.width}
              height=${SIZE.height}
              loading="lazy"
              decoding="async"
              alt=""
              @error=${() => (this.failed = new Set([...this.failed, item.ticket]))}
            />`
          : t(isFailed ? "film.no_picture" : "film.later")}
      </span>
      <span class="says">
        <span>${km(item.at_m)}${item.is_flagged ? " ⚑" : ""}</span>
        ${done ? html`<span class="done">${SIGNS[item.answer ?? "yes"]} ${done}</span>` : nothing}
      </span>
    </button>`;
  }

  private pick(ticket: string): void {
    this.focused = ticket;
    this.dispatchEvent(new CustomEvent("pick", { detail: { ticket }, bubbles: true, composed: true }));
  }

  private readonly onKey = (event: KeyboardEvent): void => {
    if (event.key === "Enter" || event.key === " ") event.stopPropagation();
    const by: Record<string, number> = { ArrowLeft: -1, ArrowRight: 1, Home: -MOST, End: MOST };
    const move = by[event.key];
    if (move === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    const row = this.items.slice(0, MOST);
    const at = row.findIndex((item) => item.ticket === this.focused);
    const to = row[Math.min(row.length - 1, Math.max(0, at + move))];
    if (!to) return;
    this.focused = to.ticket;
    void this.updateComplete.then(() =>
      this.renderRoot.querySelector<HTMLElement>(`[data-ticket="${CSS.escape(to.ticket)}"]`)?.focus(),
    );
  };
}

declare global {
  interface HTMLElementTagNameMap {
    "vallum-filmstrip": VallumFilmstrip;
  }
}

customElements.define("vallum-filmstrip", VallumFilmstrip);
