/** `<vallum-find>`: a place by its name, in any script and with or without its marks. */

import { css, html, nothing, type PropertyValues, type TemplateResult } from "lit";

import { api, ApiError } from "./api.ts";
import type { VallumDialog } from "./dialog.ts";
import "./dialog.ts";
import { look } from "./look.ts";
import type { Place } from "./types.ts";
import { km, t, Worded } from "./words.ts";

const PATIENCE_MS = 150;
const MOST = 50;

/** Properties: `open`. Events: `found` {at_m}, `closed`. */
export class VallumFind extends Worded {
  static override properties = {
    open: { type: Boolean },
    query: { state: true },
    places: { state: true },
    trouble: { state: true },
  };

  static override styles = [
    look,
    css`
      .field {
        display: grid;
        gap: 4px;
      }
      input {
        width: 100%;
      }
      ul {
        display: grid;
        gap: 4px;
        max-height: min(50vh, 380px);
        margin: 12px 0 0;
        padding: 0;
        overflow: auto;
        list-style: none;
      }
      li button {
        display: flex;
        flex-wrap: wrap;
        gap: 2px 12px;
        justify-content: space-between;
        width: 100%;
        text-align: start;
      }
      p {
        margin-top: 12px;
      }
    `,
  ];

  open = false;
  private query = "";
  private places: Place[] | null = null;
  private trouble = "";
  private soon: ReturnType<typeof setTimeout> | undefined;
  private nAsked = 0;

  override disconnectedCallback(): void {
    clearTimeout(this.soon);
    super.disconnectedCallback();
  }

  protected override updated(changed: PropertyValues<this>): void {
    if (!changed.has("open") || !this.open) return;
    this.query = "";
    void this.ask();
    void this.focusField();
  }

  /** The dialog is shown in an update of its own, and takes the focus then. */
  private async focusField(): Promise<void> {
    await this.renderRoot.querySelector<VallumDialog>("vallum-dialog")?.updateComplete;
    this.renderRoot.querySelector("input")?.focus();
  }

  protected override render() {
    return html`<vallum-dialog .open=${this.open} heading=${t("find.head")}>
      <form class="field" @submit=${this.first}>
        <label for="place">${t("find.label")}</label>
        <input
          id="place"
          type="search"
          maxlength="100"
          autocomplete="off"
          spellcheck="false"
          .value=${this.query}
          @input=${(event: InputEvent) => {
            this.query = (event.target as HTMLInputElement).value;
            clearTimeout(this.soon);
            this.soon = setTimeout(() => void this.ask(), PATIENCE_MS);
          }}
        />
      </form>
      <div role="status">${this.renderSaid()}</div>
      <ul aria-label=${t("find.found")}>
        ${(this.places ?? []).slice(0, MOST).map((place) => this.renderPlace(place))}
      </ul>
    </vallum-dialog>`;
  }

  private renderSaid(): TemplateResult | typeof nothing {
    if (this.trouble !== "") return html`<p>${this.trouble}</p>`;
    if (this.places === null || this.places.length > 0) return nothing;
    return html`<p class="quiet">${t(this.query.trim() === "" ? "find.none_here" : "find.none")}</p>`;
  }

  private renderPlace(place: Place): TemplateResult {
    const names = [...new Set([place.name, ...Object.values(place.names)])].filter(Boolean);
    return html`<li>
      <button type="button" @click=${() => this.go(place)}>
        <span>${names.slice(0, 4).join(" · ")}</span> <span class="quiet">${km(place.at_m)}</span>
      </button>
    </li>`;
  }

  private async ask(): Promise<void> {
    const asked = ++this.nAsked;
    try {
      const places = await api.places(this.query.trim());
      if (asked !== this.nAsked) return;
      this.places = places;
      this.trouble = "";
    } catch (problem) {
      if (!(problem instanceof ApiError)) throw problem;
      if (asked === this.nAsked) this.trouble = problem.message || t("weather.gone");
    }
  }

  /** Enter takes the best one. */
  private readonly first = async (event: Event): Promise<void> => {
    event.preventDefault();
    clearTimeout(this.soon);
    await this.ask();
    const [place] = this.places ?? [];
    if (this.open && place && this.query.trim() !== "") this.go(place);
  };

  private go(place: Place): void {
    this.open = false;
    const { at_m } = place;
    this.dispatchEvent(new CustomEvent("found", { detail: { at_m }, bubbles: true, composed: true }));
  }
}

customElements.define("vallum-find", VallumFind);
