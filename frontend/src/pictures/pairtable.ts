/** `<vallum-pair-table>`: the pairs as numbers, for the keyboard and for exact values. */

import { css, html, nothing, type TemplateResult } from "lit";

import type { Pixel } from "../maps/camera.ts";
import { partLook } from "../pages/pagelook.ts";
import { t, Worded } from "../words.ts";
import { isWhole, type Half, type Pair } from "./pairs.ts";

const PIXEL_DIGITS = 1;
const DEGREE_DIGITS = 6;

/** Fires `pick` {n}, `drop` {n}, `more` and `typed` {n, half, at}. */
export class PairTable extends Worded {
  static override properties = {
    pairs: { attribute: false },
    notes: { attribute: false },
    worst: { attribute: false },
    current: { attribute: false },
    isLocked: { attribute: false },
    wrong: { state: true },
  };

  static override styles = [
    ...partLook,
    css`
      .scroll {
        max-height: 210px;
        overflow: auto;
      }
      thead th {
        position: sticky;
        top: 0;
        z-index: 1;
        font-size: var(--small);
      }
      th,
      td {
        padding: 2px 6px;
        white-space: nowrap;
      }
      input {
        width: 104px;
        padding-inline: 5px;
        font-size: var(--small);
        font-variant-numeric: tabular-nums;
      }
      input.wide {
        width: 164px;
      }
      tr.current > * {
        background: var(--accent-ground);
      }
      td.worst {
        color: var(--no);
        font-weight: 600;
      }
      .more {
        margin-top: 6px;
      }
      .numbered {
        min-width: 28px;
        padding: 0 6px;
        font-weight: 700;
      }
    `,
  ];

  pairs: Pair[] = [];
  notes: string[] = [];
  worst = -1;
  current = -1;
  isLocked = false;
  private wrong = "";

  protected override render(): TemplateResult {
    if (this.pairs.length === 0) return html`<p class="quiet">${t("pairs.none")}</p>${this.more()}`;
    return html`<div class="scroll" tabindex="0" role="group" aria-label=${t("placing.pairs")}>
      <table>
        <thead>
          <tr>
            <th scope="col">${t("pairs.pair")}</th>
            <th scope="col" class="number">${t("pairs.off")}</th>
            <th scope="col">${t("pairs.pixel")}</th>
            <th scope="col">${t("pairs.place")}</th>
            <th scope="col"><span class="only-read">${t("pairs.do")}</span></th>
          </tr>
        </thead>
        <tbody>
          ${this.pairs.map((pair, n) => this.row(pair, n))}
        </tbody>
      </table>
    </div>
    ${this.more()}`;
  }

  /** Who has numbers types them. */
  private more(): TemplateResult | typeof nothing {
    if (this.isLocked || this.pairs.some((pair) => !isWhole(pair))) return nothing;
    return html`<button type="button" class="more" @click=${() => this.tell("more", {})}>${t("pairs.add")}</button>`;
  }

  private row(pair: Pair, n: number): TemplateResult {
    const number = String(n + 1);
    const isWorst = n === this.worst;
    return html`<tr class=${n === this.current ? "current" : ""}>
      <th scope="row">
        <button type="button" class="numbered" aria-label=${t("placing.show_pair", { pair: number })} @click=${() => this.tell("pick", { n })}>
          ${number}
        </button>
      </th>
      <td class="number ${isWorst ? "worst" : ""}">
        ${this.notes[n] || (isWhole(pair) ? "–" : t("pairs.half"))} ${isWorst ? html`<span>${t("pairs.worst")}</span>` : nothing}
      </td>
      <td>${this.field(n, "picture", pair.pixel, PIXEL_DIGITS)}</td>
      <td>${this.field(n, "ground", pair.place === null ? null : [pair.place[1], pair.place[0]], DEGREE_DIGITS)}</td>
      <td>
        <button type="button" class="plain" ?hidden=${this.isLocked} aria-label=${t("placing.drop_pair", { pair: number })} title=${t("placing.drop_pair", { pair: number })}
          @click=${() => this.tell("drop", { n })}>✕</button>
      </td>
    </tr>`;
  }

  private field(n: number, half: Half, at: readonly [number, number] | null, digits: number): TemplateResult {
    const key = `${half}-${n}`;
    return html`<input
      class=${half === "ground" ? "wide" : ""}
      autocomplete="off"
      ?disabled=${this.isLocked}
      aria-label=${t(`pairs.label.${half}`, { pair: String(n + 1) })}
      aria-invalid=${this.wrong === key ? "true" : "false"}
      placeholder=${half === "picture" ? "640, 360" : "42.012345, 129.012345"}
      .value=${at === null ? "" : at.map((value) => value.toFixed(digits)).join(", ")}
      @change=${(event: Event) => this.typed(n, half, (event.target as HTMLInputElement).value)}
    />`;
  }

  private typed(n: number, half: Half, text: string): void {
    const read = readTwo(text);
    const isWrong = read === null || (half === "ground" && (Math.abs(read[0]) > 85 || Math.abs(read[1]) > 180));
    this.wrong = isWrong ? `${half}-${n}` : "";
    if (isWrong || read === null) return;
    this.tell("typed", { n, half, at: half === "ground" ? [read[1], read[0]] : read });
  }

  private tell(name: string, detail: unknown): void {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}

/** Read two numbers, as `42.01, 129.02` or `42.01 129.02`; null if they are none. */
export function readTwo(text: string): Pixel | null {
  const parts = text.trim().split(/\s*[,;]\s*|\s+/);
  const [one = NaN, two = NaN] = parts.map((part) => (part === "" ? NaN : Number(part)));
  return parts.length === 2 && Number.isFinite(one) && Number.isFinite(two) ? [one, two] : null;
}

customElements.define("vallum-pair-table", PairTable);
