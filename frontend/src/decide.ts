/** `<vallum-decide>`: the question, the answers, the class, the reason. */

import { html, nothing, type TemplateResult } from "lit";

import { CHANGE_OF, CHOICES, choiceIn, MORE_CHOICES, type Choice, type Missing } from "./answers.ts";
import { decideLook } from "./decidelook.ts";
import { cap, type Action, type Keys } from "./keys.ts";
import { look } from "./look.ts";
import type { Sides } from "./maps/across.ts";
import type { Change, Item, ItemFull, Kind, KindInfo, Mode, Project, Reason, ReasonInfo } from "./types.ts";
import { has, km, metres, number, t, Worded } from "./words.ts";

/** What the panel is waiting for after an answer key. */
export type Wanted = { what: Missing; choice: Choice | null } | null;

const FRAME_CHOICES: readonly Choice[] = ["new", "nothing", "cannot_tell"];
const DRAW_CHOICES: readonly Choice[] = ["new", "upgraded", "existed", "removed"];

/**
 * The right panel.
 *
 * Events: `decide` {choice}, `reason` {reason}, `category` {kind}, `tool` {action}.
 */
export class VallumDecide extends Worded {
  static override properties = {
    item: { attribute: false },
    brief: { attribute: false },
    mode: { type: String },
    kinds: { attribute: false },
    reasons: { attribute: false },
    keys: { attribute: false },
    category: { attribute: false },
    wanted: { attribute: false },
    drawing: { attribute: false },
    drawChange: { attribute: false },
    nDrawn: { type: Number },
    isEditing: { type: Boolean },
    isEdited: { type: Boolean },
    isLocked: { type: Boolean },
    sides: { attribute: false },
    corridor: { attribute: false },
    command: { type: String },
  };

  static override styles = [look, decideLook];

  item: ItemFull | null = null;
  brief: Item | null = null;
  mode: Mode = "triage";
  kinds: KindInfo[] = [];
  reasons: ReasonInfo[] = [];
  keys: Keys | null = null;
  category: Kind | null = null;
  wanted: Wanted = null;
  drawing: "line" | "post" | null = null;
  drawChange: Change = "new";
  nDrawn = 0;
  isEditing = false;
  isEdited = false;
  /** True for people who only read. */
  isLocked = false;
  /** How far to each side of the line the maps reach now. */
  sides: Sides | null = null;
  corridor: Project["corridor"] | null = null;
  command = "";

  protected override render() {
    const item = this.item ?? this.brief;
    if (item === null) return nothing;
    return html`<div class="panel">
      ${this.renderHead(item)} ${this.isLocked ? html`<p class="note">${t("decide.locked")}</p>` : nothing}
      ${this.renderOthers()}
      ${this.mode === "dating"
        ? nothing
        : html`${this.renderAnswers(item)} ${this.renderReasons(item)} ${this.renderClasses(item)}`}
      ${this.renderTools(item)} ${this.renderHelp()}
    </div>`;
  }

  private renderHead(item: Item): TemplateResult {
    const full = this.item;
    const side = full ? full.place.side_name || t(`side.${full.place.side}`) : "";
    return html`<header>
      <h2>${t(`decide.head.${item.kind}`)}</h2>
      <p class="quiet">
        ${item.kind === "frame"
          ? t("decide.stretch", { from: km(item.span[0], 2), to: km(item.span[1], 2) })
          : km(item.at_m, 2)}
        ${side && item.kind !== "frame"
          ? html` · ${t("decide.off", { m: metres(Math.abs(item.off_m)), side })}`
          : nothing}
        ${item.length_m > 0 && item.kind !== "frame" ? html` · ${t("decide.long", { m: metres(item.length_m) })}` : nothing}
        ${item.n_group > 1 ? html`<br />${t("decide.group", { n: item.n_group - 1 })}` : nothing}
      </p>
      ${item.kind === "frame" ? this.renderSides() : nothing} ${this.renderSuggested(item)}
      ${full && full.flags.length > 0
        ? html`<ul class="flags small">
            ${full.flags.map((flag) => html`<li>${has(`flag.${flag}`) ? t(`flag.${flag}`) : flag}</li>`)}
          </ul>`
        : nothing}
    </header>`;
  }

  /** Nothing is said of land that was not on screen: how far the maps reach, and how far is to be searched. */
  private renderSides(): TemplateResult | typeof nothing {
    const { sides, corridor } = this;
    if (sides === null || corridor === null) return nothing;
    const shown = [sides.left_m, sides.right_m].map((side_m) => Math.max(0, Math.round(side_m / 5) * 5));
    const wanted = [corridor.left_m, corridor.right_m];
    const [left, right, wide_left, wide_right] = [...shown, ...wanted].map((side_m) => metres(side_m));
    if (shown.every((side_m, i) => side_m >= (wanted[i] ?? 0))) {
      return html`<p class="quiet small" role="status">${t("decide.sides_all")}</p>`;
    }
    const isEven = left === right && wide_left === wide_right;
    const values = { left: left ?? "", right: right ?? "", wide_left: wide_left ?? "", wide_right: wide_right ?? "" };
    return html`<p class="part small" role="status">${t(isEven ? "decide.sides_each" : "decide.sides_two", values)}</p>`;
  }

  private renderSuggested(item: Item): TemplateResult | typeof nothing {
    if (item.kind === "frame" || this.mode === "dating") return nothing;
    if (item.category === null || item.change === null) {
      return html`<p class="quiet small">${t("decide.hidden")}</p>`;
    }
    return html`<p class="quiet small">
      ${t("decide.suggested", { change: t(`change.${item.change}`), kind: t(`kind.${item.category}`) })}
      ${item.score === null ? nothing : html`· ${t("decide.score", { score: number(item.score, 2) })}`}
    </p>`;
  }

  private renderAnswers(item: Item): TemplateResult {
    const isDrawing = this.drawing !== null;
    const choices = isDrawing
      ? DRAW_CHOICES
      : item.kind === "frame"
        ? FRAME_CHOICES
        : CHOICES;
    const frame = isDrawing ? "draw" : item.kind;
    const chosen = isDrawing ? null : this.chosen();
    return html`<section class="card" aria-labelledby="question">
      <h3 id="question">${this.question(item, frame)}</h3>
      <div class="answers" role="group" aria-labelledby="question">
        ${choices.map((choice) => this.renderChoice(choice, frame, chosen))}
      </div>
      ${choices === FRAME_CHOICES
        ? nothing
        : html`<div class="more" role="group" aria-label=${t("decide.more_choices")}>
            <span class="quiet small">${t("decide.or")}</span>
            ${MORE_CHOICES.map((choice) => this.renderMore(choice, frame, chosen))}
          </div>`}
      ${this.mode === "sample" && choices === FRAME_CHOICES ? html`<p class="hint small">${t("decide.sample_hint")}</p>` : nothing}
      ${this.renderWanted()}
    </section>`;
  }

  private question(item: Item, frame: string): string {
    if (frame === "frame" || frame === "draw") return t(`decide.question.${frame}`);
    return t(`decide.question.${item.change ?? "blind"}`);
  }

  private isPressed(choice: Choice, frame: string, chosen: Choice | null): boolean {
    return frame === "draw" ? CHANGE_OF[choice] === this.drawChange : (this.wanted?.choice ?? chosen) === choice;
  }

  /** What happens seldom has no key and little room. */
  private renderMore(choice: Choice, frame: string, chosen: Choice | null): TemplateResult {
    return html`<button
      class="rare"
      aria-pressed=${this.isPressed(choice, frame, chosen) ? "true" : "false"}
      ?disabled=${this.isLocked}
      title=${t(`answer.about.${choice}`)}
      @mousedown=${keepFocus}
      @click=${() => this.tell("decide", { choice })}
    >
      ${t(`answer.short.${choice}`)}
    </button>`;
  }

  private renderChoice(choice: Choice, frame: string, chosen: Choice | null): TemplateResult {
    return html`<button
      class="answer ${choice}"
      aria-pressed=${this.isPressed(choice, frame, chosen) ? "true" : "false"}
      ?disabled=${this.isLocked}
      @mousedown=${keepFocus}
      @click=${() => this.tell("decide", { choice })}
    >
      <span>${t(`answer.${frame}.${choice}`)}</span> ${this.cap(choice as Action)}
    </button>`;
  }

  private renderWanted(): TemplateResult | typeof nothing {
    if (this.wanted === null) return nothing;
    return html`<p class="wanted" role="status">${t(`decide.wanted.${this.wanted.what}`)}</p>`;
  }

  private renderReasons(item: Item): TemplateResult | typeof nothing {
    if (item.kind === "frame" || this.drawing !== null) return nothing;
    const isAsked = this.wanted?.what === "reason";
    const mine = this.item?.mine ?? null;
    return html`<section class="card ${isAsked ? "asked" : ""}" aria-labelledby="why">
      <h3 id="why">${t("decide.why")}</h3>
      <div class="grid" role="group" aria-labelledby="why">
        ${this.reasons
          .filter(({ reason }) => reason !== "" && reason !== "existed_before")
          .map(({ key, reason }) => this.renderReason(key, reason, mine?.answer === "no" && mine.reason === reason))}
      </div>
    </section>`;
  }

  private renderReason(key: string, reason: Reason, isMine: boolean): TemplateResult {
    return html`<button
      class="pick"
      aria-pressed=${isMine ? "true" : "false"}
      ?disabled=${this.isLocked}
      @mousedown=${keepFocus}
      @click=${() => this.tell("reason", { reason })}
    >
      ${key === "" ? html`<kbd class="none" aria-hidden="true">·</kbd>` : this.cap(`reason_${key}` as Action)}
      <span>${t(`reason.${reason}`)}</span>
    </button>`;
  }

  private renderClasses(item: Item): TemplateResult {
    const isWhole = this.wanted?.what === "stretch";
    const isAsked = this.wanted?.what === "class" || isWhole;
    const chance = new Map((this.item?.kinds ?? []).map(({ kind, p }) => [kind, p]));
    const isDim = item.kind === "frame" && this.drawing === null && !isAsked;
    return html`<section class="card ${isAsked ? "asked" : ""} ${isDim ? "dim" : ""}" aria-labelledby="what">
      <h3 id="what">${t(this.drawing !== null ? "decide.what_drawn" : "decide.what")}</h3>
      <div class="grid" role="group" aria-labelledby="what">
        ${this.kinds.map((info) => {
          const p = chance.get(info.kind);
          const isWrongShape =
            this.drawing !== null ? info.is_line !== (this.drawing === "line") : isWhole && !info.is_line;
          return html`<button
            class="pick"
            aria-pressed=${this.category === info.kind ? "true" : "false"}
            ?disabled=${this.isLocked || isWrongShape}
            @mousedown=${keepFocus}
            @click=${() => this.tell("category", { kind: info.kind })}
          >
            ${this.cap(`class_${info.key}` as Action)}
            <span class="swatch" .style=${`background:${info.colour}`}></span>
            <span class="what">
              <span>${t(`kind.${info.kind}`)}</span>
              ${p !== undefined && p >= 0.05 ? html`<span class="p small">${number(Math.round(p * 100))} %</span>` : nothing}
            </span>
          </button>`;
        })}
      </div>
    </section>`;
  }

  /** What others said, for the adjudicator. */
  private renderOthers(): TemplateResult | typeof nothing {
    const others = this.item?.others ?? [];
    if (others.length === 0) return nothing;
    return html`<section class="card" aria-labelledby="others">
      <h3 id="others">${t("decide.others")}</h3>
      <ul class="others">
        ${others.map(
          (other) => html`<li>
            <strong>${other.label}</strong>
            <span>
              ${t(`answer.short.${choiceIn(other, this.item?.change ?? null) ?? "cannot_tell"}`)}
              ${other.category === null || other.answer !== "yes" ? nothing : html`· ${t(`kind.${other.category}`)}`}
              ${other.reason ? html`· ${t(`reason.${other.reason}`)}` : nothing}
              ${other.shape === null ? nothing : html`· ${t("decide.redrawn")}`}
              ${other.is_contested ? html`<em>${t("decide.contested")}</em>` : nothing}
            </span>
          </li>`,
        )}
      </ul>
    </section>`;
  }

  private renderTools(item: Item): TemplateResult {
    const isFlagged = this.brief?.is_flagged ?? item.is_flagged;
    return html`<section class="tools" aria-label=${t("decide.tools")}>
      ${this.mode === "dating"
        ? nothing
        : html`${this.tool("line", this.drawing === "line")} ${this.tool("post", this.drawing === "post")}
          ${item.kind === "frame" ? nothing : this.tool("edit", this.isEditing)}`}
      ${this.tool("flag", isFlagged)} ${this.tool("undo")} ${this.tool("guide")}
      ${this.nDrawn > 0 ? html`<p class="small" role="status">${t("decide.drawn", { n: this.nDrawn })}</p>` : nothing}
      ${this.isEdited ? html`<p class="small">${t("decide.edited")}</p>` : nothing}
    </section>`;
  }

  private tool(action: Action, isOn = false): TemplateResult {
    return html`<button
      class="tool"
      aria-pressed=${isOn ? "true" : "false"}
      ?disabled=${this.isLocked && action !== "guide"}
      @mousedown=${keepFocus}
      @click=${() => this.tell("tool", { action })}
    >
      ${t(`action.${action}`)} ${this.cap(action)}
    </button>`;
  }

  private renderHelp(): TemplateResult {
    const shown: Action[] = ["blink", "swipe", "side", "shape", "earlier", "later", "next", "back", "gap", "sheet", "keys"];
    return html`<details>
      <summary>${t("decide.keys")}</summary>
      <dl>
        ${shown.map((action) => html`<dt>${this.cap(action)}</dt><dd>${t(`action.${action}`)}</dd>`)}
      </dl>
      ${this.command === "" ? nothing : html`<vallum-command .command=${this.command}></vallum-command>`}
    </details>`;
  }

  private chosen(): Choice | null {
    return choiceIn(this.item?.mine ?? null, this.item?.change ?? null);
  }

  private cap(action: Action): TemplateResult | typeof nothing {
    if (this.keys === null || this.keys.isOff) return html`<kbd class="none" aria-hidden="true">·</kbd>`;
    return html`<kbd>${cap(this.keys.of(action))}</kbd>`;
  }

  private tell(name: string, detail: unknown): void {
    this.dispatchEvent(new CustomEvent(name, { detail, bubbles: true, composed: true }));
  }
}

/** A click with the mouse leaves the focus where it was, so that Space still blinks. */
function keepFocus(event: Event): void {
  event.preventDefault();
}

customElements.define("vallum-decide", VallumDecide);
