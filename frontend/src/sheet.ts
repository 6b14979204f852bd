/** `<vallum-sheet>`: two dozen at a glance; mark the wrong ones, accept the rest. */

import { html, nothing, type PropertyValues, type TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";

import { chipOf, chipUrl, gridStep, type ChipOf } from "./line/chip.ts";
import { sheetLook } from "./line/sheetlook.ts";
import { look } from "./look.ts";
import type { Change, Item, ItemFull, Kind, Reason } from "./types.ts";
import { km, t, Worded } from "./words.ts";

const SIZE = { width: 260, height: 130 }; // two to one, as the look has it
const SWAP_MS = 667; // 1.5 swaps a second; three flashes a second would be the limit
const REASONS: Reason[] = ["shadow", "season", "crop", "misaligned", "cloud", "vehicle", "too_coarse", "other"];
const LINES = new Set<Kind | null>(["fence", "double_fence", "wall", "patrol_road", "cleared_strip"]);

export interface Accepted {
  yes: string[];
  no: { ticket: string; reason: Reason }[];
}

/**
 * The contact sheet.
 *
 * Properties: `items` (those with images show themselves; others need `pictureOf`), `marked` (Set of
 * tickets held to be wrong), `pictureOf` (item, role -> which image, or null). Events: `mark` {ticket, is_marked, reason}, `accept` {yes: [ticket], no: [{ticket,
 * reason}]}, `unaccept` with what `accept` had. Methods: `accept()`, `undo()`, `showBefore(on)`.
 */
export class VallumSheet extends Worded {
  static override properties = {
    items: { attribute: false },
    marked: { attribute: false },
    pictureOf: { attribute: false },
    reasons: { state: true },
    focused: { state: true },
    hovered: { state: true },
    isStill: { state: true },
    isPhaseBefore: { state: true },
    isHeld: { state: true },
    ready: { state: true },
    last: { state: true },
  };

  declare items: (Item | ItemFull)[];
  declare marked: ReadonlySet<string>;
  declare pictureOf: (item: Item, role: "before" | "after") => ChipOf | null;
  declare reasons: ReadonlyMap<string, Reason>;
  declare focused: string;
  declare hovered: string;
  declare isStill: boolean;
  declare isPhaseBefore: boolean;
  declare isHeld: boolean;
  declare ready: ReadonlySet<string>;
  declare last: Accepted | null;

  private clock: ReturnType<typeof setInterval> | undefined;
  private hasFocus = false;
  private readonly calm = matchMedia("(prefers-reduced-motion: reduce)");

  constructor() {
    super();
    this.items = [];
    this.marked = new Set();
    this.pictureOf = () => null;
    this.reasons = new Map();
    this.focused = "";
    this.hovered = "";
    this.isStill = false;
    this.isPhaseBefore = false;
    this.isHeld = false;
    this.ready = new Set();
    this.last = null;
  }

  static override styles = [look, sheetLook];

  override disconnectedCallback(): void {
    clearInterval(this.clock);
    this.clock = undefined;
    removeEventListener("keyup", this.onKeyUp);
    removeEventListener("blur", this.onAway);
    super.disconnectedCallback();
  }

  override connectedCallback(): void {
    super.connectedCallback();
    addEventListener("keyup", this.onKeyUp);
    addEventListener("blur", this.onAway);
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has("items")) {
      if (!this.items.some((item) => item.ticket === this.focused)) this.focused = this.items[0]?.ticket ?? "";
      this.isStill = false;
    }
    const isBlinking = this.blinking() !== "" && !this.isStill && !this.calm.matches;
    if (isBlinking && this.clock === undefined) {
      this.clock = setInterval(() => (this.isPhaseBefore = !this.isPhaseBefore), SWAP_MS);
    } else if (!isBlinking && this.clock !== undefined) {
      clearInterval(this.clock);
      this.clock = undefined;
      this.isPhaseBefore = false;
    }
  }

  protected override updated(changed: PropertyValues<this>): void {
    // A new sheet: a hand on the keyboard stays in the grid, or comes to it if it is nowhere.
    const isFree = this.hasFocus || document.activeElement === document.body;
    if (changed.has("items") && this.items.length > 0 && isFree) this.focusTile(this.focused);
  }

  /** The tile that blinks: the one under the pointer, else the one with the focus. */
  private blinking(): string {
    return this.hovered || (this.hasFocus ? this.focused : "");
  }

  /** Show the older picture in all tiles, or stop doing so. */
  showBefore(on: boolean): void {
    this.isHeld = on;
  }

  /** Accept all that are not marked; tells the page by the event `accept`. */
  accept(): void {
    if (this.items.length === 0) return;
    const yes: string[] = [];
    const no: Accepted["no"] = [];
    for (const { ticket } of this.items) {
      if (this.marked.has(ticket)) no.push({ ticket, reason: this.reasons.get(ticket) ?? "" });
      else yes.push(ticket);
    }
    this.last = { yes, no };
    this.emit("accept", this.last);
  }

  /** Take the last sheet back, with its marks; tells the page by the event `unaccept`. */
  undo(): void {
    const last = this.last;
    if (!last) return;
    this.last = null;
    this.marked = new Set([...this.marked, ...last.no.map((one) => one.ticket)]);
    this.reasons = new Map([...this.reasons, ...last.no.map((one) => [one.ticket, one.reason] as const)]);
    this.emit("unaccept", last);
  }

  protected override render(): TemplateResult {
    return html`<div class="help">
        <strong>${t("sheet.title")}</strong>
        <span class="quiet"
          ><kbd>${t("sheet.key_arrows")}</kbd> ${t("sheet.help_move")} · <kbd>X</kbd> ${t("sheet.help_mark")} ·
          <kbd>${t("sheet.key_space")}</kbd> ${t("sheet.help_blink")} · <kbd>⇧1–6</kbd> ${t("sheet.help_reason")}</span
        >
        <button
          type="button"
          aria-pressed=${this.isHeld}
          title=${t("sheet.before_hint")}
          @click=${() => (this.isHeld = !this.isHeld)}
        >
          ${t(this.isHeld ? "sheet.show_after" : "sheet.show_before")} <kbd>B</kbd>
        </button>
      </div>
      <div
        class="grid"
        role="group"
        aria-label=${t("sheet.label", { n: this.items.length })}
        @keydown=${this.onKey}
        @focusin=${() => this.onFocus(true)}
        @focusout=${() => this.onFocus(false)}
      >
        ${repeat(
          this.items,
          (item) => item.ticket,
          (item, i) => this.tile(item, i),
        )}
      </div>
      <div class="foot">${this.acceptButton()}${this.lastBar()}</div>`;
  }

  private acceptButton(): TemplateResult | typeof nothing {
    const n = this.items.length;
    if (n === 0) return html`<span>${t("sheet.empty")}</span>`;
    const n_no = this.items.filter((item) => this.marked.has(item.ticket)).length;
    const words =
      n_no === n
        ? t("sheet.refuse_all", { n })
        : t(n_no === 0 ? "sheet.accept_all" : "sheet.accept_rest", { n: n - n_no, as: this.changeWords() });
    return html`<button type="button" class="primary" @click=${() => this.accept()}>
        ${words} <kbd>⇧⏎</kbd>
      </button>
      <span aria-live="polite">${n_no > 0 ? t("sheet.n_wrong", { n: n_no }) : ""}</span>`;
  }

  /** "as NEW" where all are; else "as suggested". */
  private changeWords(): string {
    const changes = new Set<Change | null>(
      this.items.filter((item) => !this.marked.has(item.ticket)).map((item) => item.change),
    );
    const [only] = changes;
    return t(changes.size === 1 && only ? `sheet.as_${only}` : "sheet.as_suggested");
  }

  private lastBar(): TemplateResult | typeof nothing {
    if (!this.last) return nothing;
    const { yes, no } = this.last;
    // Without a reason it is no answer yet: it comes again in Triage.
    const nOpen = no.filter(({ reason }) => !reason).length;
    const said = t("sheet.done", { yes: yes.length, no: no.length - nOpen });
    return html`<div class="bar" role="status">
      <span>${nOpen > 0 ? `${said}, ${t("sheet.done_open", { n: nOpen })}` : said}</span>
      <button type="button" @click=${() => this.undo()}>${t("sheet.undo")} <kbd>Z</kbd></button>
    </div>`;
  }

  private tile(item: Item | ItemFull, i: number): TemplateResult {
    const isMarked = this.marked.has(item.ticket);
    const isBefore =
      (this.isHeld || (this.isPhaseBefore && this.blinking() === item.ticket) || this.isPinned(item.ticket)) &&
      this.ready.has(item.ticket);
    const what = this.what(item);
    return html`<div
      class="tile ${isMarked ? "marked" : ""}"
      @pointerenter=${(event: PointerEvent) => this.onHover(event.pointerType === "mouse" ? item.ticket : "")}
      @pointerleave=${() => this.onHover("")}
    >
      <button
        type="button"
        class="pick"
        data-ticket=${item.ticket}
        aria-pressed=${isMarked}
        tabindex=${item.ticket === this.focused ? "0" : "-1"}
        aria-label=${t("sheet.tile", { i: i + 1, n: this.items.length, what, km: km(item.at_m) })}
        @focus=${() => this.onTile(item.ticket)}
        @click=${() => this.toggle(item.ticket)}
      >
        <span class="pictures">
          ${this.picture(item, "after", false)} ${this.picture(item, "before", !isBefore)}
          ${item.length_m > 0 ? nothing : html`<span class="target"></span>`}
          <span class="role ${isBefore ? "before" : ""}">${t(isBefore ? "sheet.before" : "sheet.after")}</span>
          ${isMarked ? html`<span class="cross">✗ ${t("sheet.wrong")}</span>` : nothing}
        </span>
        <span class="says"><span>${what}</span><span>${km(item.at_m)}</span></span>
      </button>
      ${isMarked ? this.reasonField(item.ticket) : nothing}
    </div>`;
  }

  /** Under reduced motion nothing blinks; Space holds the older picture instead. */
  private isPinned(ticket: string): boolean {
    return this.calm.matches && this.isStill && this.blinking() === ticket;
  }

  private picture(item: Item | ItemFull, role: "before" | "after", isVeiled: boolean): TemplateResult | typeof nothing {
    const of = chipOf(item, role) ?? this.pictureOf(item, role);
    if (!of) return nothing;
    const onLoad = role === "before" ? () => (this.ready = new Set([...this.ready, item.ticket])) : nothing;
    return html`<img
      class=${isVeiled ? "veiled" : ""}
      src=${chipUrl(of, item, SIZE)}
      alt=""
      loading="lazy"
      decoding="async"
      draggable="false"
      @load=${onLoad}
    />`;
  }

  private reasonField(ticket: string): TemplateResult {
    const chosen = this.reasons.get(ticket) ?? "";
    return html`<select
      aria-label=${t("sheet.reason")}
      tabindex=${ticket === this.focused ? "0" : "-1"}
      @change=${(event: Event) => this.setReason(ticket, (event.target as HTMLSelectElement).value as Reason)}
    >
      <option value="" ?selected=${chosen === ""}>${t("sheet.reason")}</option>
      ${REASONS.map(
        (reason) => html`<option value=${reason} ?selected=${chosen === reason}>${t(`reason.${reason}`)}</option>`,
      )}
    </select>`;
  }

  /** "12 posts" for a group, else the class. */
  private what(item: Item): string {
    const kind = item.category ? t(`kind.${item.category}`) : t("sheet.no_kind");
    if (item.n_group <= 1) return kind;
    return t(LINES.has(item.category) ? "sheet.n_lines" : "sheet.n_posts", { n: item.n_group, kind });
  }

  private toggle(ticket: string, reason: Reason = ""): void {
    const marked = new Set(this.marked);
    if (!marked.delete(ticket)) marked.add(ticket);
    this.marked = marked;
    this.emit("mark", { ticket, is_marked: marked.has(ticket), reason: reason || (this.reasons.get(ticket) ?? "") });
  }

  private setReason(ticket: string, reason: Reason): void {
    this.reasons = new Map([...this.reasons, [ticket, reason]]);
    if (!this.marked.has(ticket)) this.toggle(ticket, reason);
    else this.emit("mark", { ticket, is_marked: true, reason });
  }

  private onHover(ticket: string): void {
    this.hovered = ticket;
    this.isPhaseBefore = false;
    this.isStill = false;
  }

  private onTile(ticket: string): void {
    if (ticket !== this.focused) this.isStill = false;
    this.focused = ticket;
  }

  private onFocus(has: boolean): void {
    this.hasFocus = has;
    this.requestUpdate();
  }

  private readonly onAway = (): void => {
    this.isHeld = false;
  };

  private readonly onKeyUp = (event: KeyboardEvent): void => {
    if (event.code === "KeyB") this.isHeld = false;
  };

  private readonly onKey = (event: KeyboardEvent): void => {
    const path = event.composedPath();
    if (event.ctrlKey || event.metaKey || event.altKey || path[0] instanceof HTMLSelectElement) return;
    if (!this.onGridKey(event)) return;
    event.preventDefault();
    event.stopPropagation();
  };

  /** Do what a key says in the grid; false when it says nothing here. */
  private onGridKey(event: KeyboardEvent): boolean {
    const ticket = this.focused;
    const digit = /^Digit([1-6])$/.exec(event.code)?.[1];
    const at = this.items.findIndex((item) => item.ticket === ticket);
    const to = gridStep(event.key, at, this.items.length, this.columns());
    if (to !== null) this.focusTile(this.items[to]?.ticket ?? ticket);
    else if (event.shiftKey && digit) this.setReason(ticket, REASONS[Number(digit) - 1] ?? "other");
    else if (event.shiftKey && event.key === "Enter") this.accept();
    else if (event.shiftKey) return false;
    else if (event.key === "Enter" || event.code === "KeyX") {
      if (!event.repeat) this.toggle(ticket);
    } else if (event.key === " ") this.isStill = event.repeat ? this.isStill : !this.isStill;
    else if (event.code === "KeyB") this.isHeld = true;
    else return false;
    return true;
  }

  private columns(): number {
    const tiles = [...this.renderRoot.querySelectorAll<HTMLElement>(".tile")];
    const top = tiles[0]?.offsetTop ?? 0;
    const n = tiles.findIndex((tile) => tile.offsetTop > top);
    return n < 0 ? Math.max(1, tiles.length) : n;
  }

  private focusTile(ticket: string): void {
    this.focused = ticket;
    void this.updateComplete.then(() =>
      this.renderRoot.querySelector<HTMLElement>(`.pick[data-ticket="${CSS.escape(ticket)}"]`)?.focus(),
    );
  }

  private emit(name: string, detail: unknown): void {
    this.dispatchEvent(new CustomEvent(name, { detail, bubbles: true, composed: true }));
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "vallum-sheet": VallumSheet;
  }
}

customElements.define("vallum-sheet", VallumSheet);
