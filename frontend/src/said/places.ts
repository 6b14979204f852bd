/** `<vallum-places-field>`: where a claim says that something is, found in any script. */

import { css, html, nothing, type TemplateResult } from "lit";

import { ApiError } from "../api.ts";
import { partLook } from "../pages/pagelook.ts";
import { t, Worded } from "../words.ts";
import { said } from "./api.ts";
import { unplaced } from "./draft.ts";
import { choices, metres, placeWords, word } from "./terms.ts";
import type { PlaceFound, Placed, Words } from "./types.ts";

const WAIT_MS = 250;

/** Properties: `places`, `words`. Event: `places` with the new list. */
export class PlacesField extends Worded {
  static override properties = {
    places: { attribute: false },
    words: { attribute: false },
    typed: { state: true },
    precision: { state: true },
    found: { state: true },
    problem: { state: true },
    isAsking: { state: true },
  };

  static override styles = [
    ...partLook,
    css`
      ul {
        display: grid;
        gap: 6px;
        margin: 0;
        padding: 0;
        list-style: none;
      }
      li {
        display: grid;
        gap: 4px;
        padding: 8px;
        border: 1px solid var(--line);
        border-radius: var(--radius);
        background: var(--panel-2);
      }
      .found button {
        display: grid;
        width: 100%;
        text-align: start;
      }
      .two {
        display: flex;
        flex-wrap: wrap;
        gap: 8px;
      }
      .two .field {
        flex: 1 1 140px;
      }
      legend {
        margin-bottom: 4px;
        font-weight: 600;
      }
    `,
  ];

  places: Placed[] = [];
  words: Words | null = null;
  private typed = "";
  private precision = "";
  private found: PlaceFound[] | null = null;
  private problem = "";
  private isAsking = false;
  private soon: ReturnType<typeof setTimeout> | undefined;
  private nAsked = 0;

  override disconnectedCallback(): void {
    clearTimeout(this.soon);
    super.disconnectedCallback();
  }

  protected override render(): TemplateResult {
    return html`<fieldset class="stack">
      <legend>${t("said.fact.where")}</legend>
      ${this.places.length === 0
        ? html`<p class="quiet small">${t("said.no_place")}</p>`
        : html`<ul>
            ${this.places.map((place, i) => this.one(place, i))}
          </ul>`}
      <div class="two">
        <div class="field">
          <label for="q">${t("said.place.search")}</label>
          <input
            id="q"
            type="search"
            autocomplete="off"
            aria-describedby="q-hint"
            .value=${this.typed}
            @input=${this.onType}
            @keydown=${this.onEnter}
          />
        </div>
        <div class="field">
          <label for="precision">${t("said.place.precision")}</label>
          <select
            id="precision"
            @change=${(event: Event) => {
              this.precision = (event.target as HTMLSelectElement).value;
              void this.ask();
            }}
          >
            <option value="">${t("said.place.by_name")}</option>
            ${choices("precision", this.words?.precisions).map(
              ({ value, label }) => html`<option value=${value} ?selected=${value === this.precision}>${label}</option>`,
            )}
          </select>
        </div>
      </div>
      <p class="hint small quiet" id="q-hint">${t("said.place.hint")}</p>
      <div role="status" aria-live="polite">${this.status()}</div>
      ${this.results()}
      <div class="row">
        <button type="button" ?disabled=${this.typed.trim() === ""} @click=${this.addUnplaced}>
          ${t("said.place.cannot")}
        </button>
      </div>
    </fieldset>`;
  }

  private one(place: Placed, i: number): TemplateResult {
    return html`<li>
      <div class="row spread">
        <strong>${placeWords(place)}</strong>
        <button type="button" class="small" aria-label="${t("said.take_out")}: ${place.name}" @click=${() => this.send(this.places.filter((_, k) => k !== i))}>
          ${t("said.take_out")}
        </button>
      </div>
      ${place.rivals.length > 0
        ? html`<span class="small bad-text">${t("said.place.rivals", { names: place.rivals.join(", ") })}</span>`
        : nothing}
      <label class="check small">
        <input
          type="checkbox"
          .checked=${place.is_near}
          @change=${(event: Event) => {
            const is_near = (event.target as HTMLInputElement).checked;
            this.send(this.places.map((one, k) => (k === i ? { ...one, is_near } : one)));
          }}
        />${t("said.place.is_near")}
      </label>
    </li>`;
  }

  private status(): string {
    if (this.problem !== "") return this.problem;
    if (this.isAsking) return t("pages.loading");
    if (this.found === null) return "";
    return t("said.place.n_found", { n: this.found.length });
  }

  private results(): TemplateResult | typeof nothing {
    if (this.found === null || this.found.length === 0) return nothing;
    return html`<ul class="found" aria-label=${t("said.place.results")}>
      ${this.found.map(
        (one) =>
          html`<li>
            <button type="button" @click=${() => this.add(one.placed)}>
              <strong>${placeWords(one.placed)}</strong>
              ${otherNames(one) === "" ? nothing : html`<span>${otherNames(one)}</span>`}
              <span class="small quiet">${aboutPlace(one)}</span>
            </button>
            ${one.placed.rivals.length > 0
              ? html`<span class="small bad-text">${t("said.place.rivals", { names: one.placed.rivals.join(", ") })}</span>`
              : nothing}
          </li>`,
      )}
    </ul>`;
  }

  private readonly onType = (event: Event): void => {
    this.typed = (event.target as HTMLInputElement).value;
    clearTimeout(this.soon);
    this.soon = setTimeout(() => void this.ask(), WAIT_MS);
  };

  /** Enter takes the best place; it does not send the form around it. */
  private readonly onEnter = (event: KeyboardEvent): void => {
    if (event.key !== "Enter" || event.isComposing) return;
    event.preventDefault();
    const best = this.found?.[0];
    if (best !== undefined && !this.isAsking) this.add(best.placed);
  };

  private async ask(): Promise<void> {
    const asked = ++this.nAsked;
    const q = this.typed.trim();
    this.problem = "";
    if (q === "") {
      this.found = null;
      return;
    }
    this.isAsking = true;
    try {
      const found = await said.places(q, this.precision);
      if (asked === this.nAsked) this.found = found;
    } catch (problem) {
      if (!(problem instanceof ApiError)) throw problem;
      if (asked === this.nAsked) this.problem = problem.message || t("pages.error.gone");
    } finally {
      if (asked === this.nAsked) this.isAsking = false;
    }
  }

  private add(place: Placed): void {
    const as_stated = this.places.length === 1 && this.places[0]?.span === null ? this.places[0].as_stated : place.as_stated;
    // A place that could not be found before is answered by the one that was found now.
    const kept = this.places.filter(({ span }) => span !== null);
    this.send([...kept, { ...place, as_stated }]);
    this.clear();
  }

  private readonly addUnplaced = (): void => {
    this.send([...this.places, unplaced(this.typed.trim())]);
    this.clear();
  };

  private clear(): void {
    this.typed = "";
    this.found = null;
    this.nAsked += 1;
    this.renderRoot.querySelector<HTMLInputElement>("#q")?.focus();
  }

  private send(places: Placed[]): void {
    this.places = places;
    this.dispatchEvent(new CustomEvent("places", { detail: places, bubbles: true, composed: true }));
  }
}

function otherNames(one: PlaceFound): string {
  const others = Object.values(one.names).filter((name) => name !== "" && name !== one.placed.name);
  return [...new Set(others)].join(" · ");
}

function aboutPlace(one: PlaceFound): string {
  const off = one.off_m === null ? "" : t("said.place.off", { far: metres(Math.abs(one.off_m)) });
  const way = one.placed.basis === "gazetteer" || one.lon !== null ? one.kind : word("basis", "typed");
  const far = one.placed.span === null ? t("said.place.too_far") : "";
  return [way, one.placed.country, off, far].filter(Boolean).join(" · ");
}

customElements.define("vallum-places-field", PlacesField);
