/** `<vallum-dating>`: when was it built? One image at a time, halving what is open. */

import { css, html, nothing, type TemplateResult } from "lit";

import "./daterail.ts";
import { markLook, markShape } from "./line/marks.ts";
import { markOf, told, type Ask } from "./line/rail.ts";
import { look } from "./look.ts";
import type { Image, ItemFull, Seen, Side, Stage } from "./types.ts";
import { km, number, t, when, Worded } from "./words.ts";

const STATES: readonly Seen[] = ["present", "absent", "not_observable"];
/** Works alone are no barrier yet; the dates count from when some of it stands. */
const STAGES: readonly { head: "works" | "stands"; stages: readonly Stage[] }[] = [
  { head: "works", stages: ["cleared", "groundwork"] },
  { head: "stands", stages: ["partial", "complete"] },
];

/**
 * The panel of dating.
 *
 * Properties: `item` (ItemFull with `ask`), `left`, `right` (scenes on screen), `caps` (what is
 * printed on the keys of the three answers), `stageCaps` (the same of the four stages), `isBusy`.
 * Events: `dating` {ticket, scene, state, stage} and `pick` {scene, side} of the rail. Methods:
 * `answer(state, stage)` for the keys, `earlier()`, `later()`.
 */
export class VallumDating extends Worded {
  static override properties = {
    item: { attribute: false },
    left: { type: String },
    right: { type: String },
    caps: { attribute: false },
    stageCaps: { attribute: false },
    isBusy: { type: Boolean },
    picked: { state: true },
  };

  declare item: ItemFull | null;
  declare left: string;
  declare right: string;
  declare caps: Record<Seen, string>;
  declare stageCaps: Partial<Record<Stage, string>>;
  declare isBusy: boolean;
  /** An image that the analyst chose on the rail, asked before the one that halves. */
  declare picked: string;

  constructor() {
    super();
    this.item = null;
    this.left = "";
    this.right = "";
    this.caps = { present: "A", absent: "X", not_observable: "U" };
    this.stageCaps = {};
    this.isBusy = false;
    this.picked = "";
  }

  static override styles = [
    look,
    markLook,
    css`
      :host {
        display: flex;
        flex-direction: column;
        gap: 6px;
        min-width: 0;
        padding: 8px 12px;
        background: var(--panel);
        color: var(--text);
        font: var(--size) / 1.4 var(--font);
      }
      .answers {
        display: flex;
        flex-wrap: wrap;
        gap: 8px;
      }
      .answers button {
        display: flex;
        flex: 1 1 130px;
        gap: 8px;
        align-items: center;
        min-height: 38px;
        font-weight: 600;
        text-align: start;
      }
      .stages,
      .stages > div {
        display: flex;
        flex-wrap: wrap;
        gap: 6px;
        align-items: center;
      }
      .stages {
        gap: 6px 18px;
      }
      .stages button {
        padding: 1px 8px;
        font-size: 13px;
      }
      .stages [aria-pressed="true"] {
        border-color: var(--accent);
        background: var(--accent-ground);
      }
      .answers kbd {
        margin-inline-start: auto;
      }
      .answers [aria-pressed="true"] {
        border-color: #fff;
        box-shadow: inset 0 0 0 1px #fff;
      }
      .head,
      .bracket {
        display: flex;
        flex-wrap: wrap;
        gap: 2px 14px;
        align-items: baseline;
      }
      .bracket {
        padding: 4px 10px;
        border-inline-start: 3px solid var(--accent);
        background: var(--panel-2);
      }
      .warn {
        color: var(--no);
      }
      vallum-daterail {
        margin: 0 -12px -8px;
        border-top: 1px solid var(--line);
      }
    `,
  ];

  protected override willUpdate(changed: Map<PropertyKey, unknown>): void {
    if (changed.has("item")) this.picked = "";
  }

  /** Answer for the image that is asked about now. */
  answer(state: Seen, stage: Stage = ""): void {
    const scene = this.askedScene();
    if (!this.item || !scene || this.isBusy) return;
    const detail = { ticket: this.item.ticket, scene, state, stage };
    this.dispatchEvent(new CustomEvent("dating", { detail, bubbles: true, composed: true }));
  }

  /** Look at the next older image. */
  earlier(): boolean {
    return this.rail?.earlier() ?? false;
  }

  /** Look at the next newer image. */
  later(): boolean {
    return this.rail?.later() ?? false;
  }

  private get rail() {
    return this.renderRoot.querySelector("vallum-daterail");
  }

  private askedScene(): string {
    return this.picked || this.item?.ask?.scene || "";
  }

  protected override render(): TemplateResult {
    const item = this.item;
    if (!item) return html`<p>${t("dating.none")}</p>`;
    const asked = item.images.find((image) => image.scene === this.askedScene());
    const kind = item.category ? t(`kind.${item.category}`) : t("sheet.no_kind");
    return html`<div class="head">
        <h2>${t("dating.title", { kind, km: km(item.at_m) })}</h2>
        ${asked ? this.facts(asked) : nothing}
      </div>
      ${asked ? this.question(asked) : html`<p role="status">${t("dating.finished")}</p>`}
      ${this.soFar(item)}
      <vallum-daterail
        .images=${item.images}
        .left=${this.left}
        .right=${this.right}
        .asked=${asked?.scene ?? ""}
        @pick=${this.onPick}
      ></vallum-daterail>`;
  }

  private soFar(item: ItemFull): TemplateResult {
    const ask: Ask | null = item.ask;
    const removed = ask?.removed;
    const n = ask?.scene ? (ask.n_left ?? 1) : 0;
    return html`<div class="bracket" role="status">
      <p>${datesInWords(ask)}</p>
      ${removed ? html`<p>${t("dating.removed", { from: when(removed[0]), to: when(removed[1]) })}</p>` : nothing}
      ${ask?.conflicts?.length ? html`<p class="warn">${this.conflictWords(item, ask.conflicts)}</p>` : nothing}
      <p class="quiet">${n === 0 ? t("dating.no_looks") : t("dating.looks", { n })}</p>
    </div>`;
  }

  private conflictWords(item: ItemFull, scenes: readonly string[]): string {
    const days = item.images
      .filter((image) => scenes.includes(image.scene))
      .map((image) => when(image.taken[0], image.taken[1]));
    return t("dating.contradicts", { days: days.join("; ") });
  }

  private facts(asked: Image): TemplateResult {
    const facts = [
      asked.sensor,
      asked.gsd_m === null ? "" : t("unit.m", { m: asked.gsd_m }),
      asked.off_nadir_deg === null ? "" : t("dating.off_nadir", { deg: Math.round(asked.off_nadir_deg) }),
      asked.rmse_m === null ? "" : t("dating.rmse", { m: number(asked.rmse_m, 1) }),
      asked.is_aligned ? "" : t("rail.unaligned"),
      asked.why_not,
    ].filter((fact) => fact !== "");
    return html`<p class="quiet small">${facts.join(" · ")}</p>`;
  }

  private question(asked: Image): TemplateResult {
    return html`<h3 id="asked">${t("dating.question", { day: when(asked.taken[0], asked.taken[1]) })}</h3>
      <div class="answers" role="group" aria-labelledby="asked">
        ${STATES.map(
          (state) => html`<button
            type="button"
            aria-pressed=${asked.mine === state}
            ?disabled=${this.isBusy}
            @click=${() => this.answer(state)}
          >
            ${markShape(markOf({ ...asked, mine: state }))}${t(`dating.${state}`)}
            ${this.caps[state] ? html`<kbd>${this.caps[state]}</kbd>` : nothing}
          </button>`,
        )}
      </div>
      <div class="stages">
        ${STAGES.map(
          ({ head, stages }) => html`<div role="group" aria-labelledby=${head}>
            <span id=${head} class="quiet small">${t(`dating.${head}`)}</span>
            ${stages.map((stage) => this.renderStage(stage, asked))}
          </div>`,
        )}
      </div>`;
  }

  private renderStage(stage: Stage, asked: Image): TemplateResult {
    const cap = this.stageCaps[stage];
    return html`<button
      type="button"
      aria-pressed=${asked.mine === "present" && asked.stage === stage}
      title=${t(`stage.about.${stage}`)}
      ?disabled=${this.isBusy}
      @click=${() => this.answer("present", stage)}
    >
      ${t(`stage.${stage}`)} ${cap ? html`<kbd>${cap}</kbd>` : nothing}
    </button>`;
  }

  private readonly onPick = (event: CustomEvent<{ scene: string; side: Side }>): void => {
    if (event.detail.side === "right") this.picked = event.detail.scene;
  };
}

/** Say what the dates prove so far. */
export function datesInWords(ask: Ask | null): string {
  const { key, absent, present } = told(ask);
  return t(`dating.${key}`, { absent: when(absent), present: when(present) });
}

declare global {
  interface HTMLElementTagNameMap {
    "vallum-dating": VallumDating;
  }
}

customElements.define("vallum-dating", VallumDating);
