/** `<vallum-review>`: the desk as it is seen. */

import type { Geometry } from "geojson";
import { html, nothing, type TemplateResult } from "lit";

import { Hands, STAGE_OF, type Compare } from "./hands.ts";
import { look } from "./look.ts";
import { reviewLook } from "./reviewlook.ts";
import type { Sides } from "./maps/across.ts";
import { keepDraft, remember } from "./shelf.ts";
import type { Image, Item, Kind, QueueOptions, Reason, Seen, Side, Stage, View } from "./types.ts";
import { has, km, t, when } from "./words.ts";
import type { Choice } from "./answers.ts";
import type { Action } from "./keys.ts";

const AHEAD = 5;

export class VallumReview extends Hands {
  static override styles = [look, reviewLook];

  protected override render() {
    if (this.state?.project == null) return nothing;
    const { sitting } = this;
    const isSheet = this.mode === "sheet";
    // Where there is nothing to judge there is no panel and no film; the ribbons stay.
    const isEmpty = !isSheet && sitting !== null && !sitting.isLoading && this.renderCalm() !== null;
    return html`<div class="desk ${isSheet || isEmpty ? "wide" : ""}">
      ${this.renderModes()}
      <vallum-strip
        .strip=${this.strip}
        .cursor_m=${sitting?.item?.at_m ?? null}
        .window=${this.isPlaced ? [this.ribbonStart, this.ribbonStart + this.ribbonLength] : null}
        @go=${(e: CustomEvent<{ at_m: number }>) => this.goTo(e.detail.at_m)}
      ></vallum-strip>
      ${isSheet || this.isRoomy ? nothing : this.renderRibbon()}
      <section class="centre" aria-label=${t(`mode.${this.mode}.title`)}>
        <div class="stage">${isSheet ? this.renderSheet() : this.renderCompare()} ${this.renderNotes()}</div>
        ${isSheet ? nothing : this.renderUnder()}
      </section>
      ${isSheet || isEmpty ? nothing : this.renderSide()}
      ${isSheet || isEmpty || this.isRoomy || this.mode === "dating" ? nothing : this.renderFilm()}
      <vallum-find
        .open=${this.isFinding}
        @closed=${() => (this.isFinding = false)}
        @found=${(e: CustomEvent<{ at_m: number }>) => {
          this.isFinding = false;
          this.goTo(e.detail.at_m);
        }}
      ></vallum-find>
    </div>`;
  }

  private renderModes(): TemplateResult {
    return html`<vallum-modebar
      .mode=${this.mode}
      .myRole=${this.state?.me?.role ?? "analyst"}
      .queue=${this.sitting?.queue ?? null}
      .options=${this.sitting?.options ?? {}}
      .sections=${this.state?.project?.sections ?? []}
      .view=${this.view}
      .isAuto=${this.isAuto}
      .isRoomy=${this.isRoomy}
      .keys=${this.keys}
      .who=${this.who}
      @options=${(e: CustomEvent<QueueOptions>) => void this.sitting?.load(e.detail)}
      @view=${(e: CustomEvent<{ view: View }>) => this.show(e.detail.view)}
      @roomy=${() => {
        this.isRoomy = !this.isRoomy;
        remember("vallum.roomy", this.isRoomy ? "1" : null);
      }}
      @find=${() => this.act("find")}
      @auto=${() => (this.isAuto = this.part_<Compare>("vallum-compare")?.blink() ?? false)}
    ></vallum-modebar>`;
  }

  private renderRibbon(): TemplateResult {
    const item = this.sitting?.current;
    const dated = (side: "before" | "after"): string => {
      const image = item?.images.find((one) => one.scene === item[side]);
      return image ? when(...image.taken) : "";
    };
    const items = this.sitting?.items.filter(
      (one) => one.at_m >= this.ribbonStart && one.at_m <= this.ribbonStart + this.ribbonLength,
    );
    return html`<vallum-ribbon
      .start_m=${this.ribbonStart}
      .length_m=${this.isPlaced ? this.ribbonLength : 0}
      .items=${items ?? []}
      .current=${this.sitting?.item?.ticket ?? ""}
      .dates=${{ before: dated("before"), after: dated("after") }}
      @go=${this.onGo}
    ></vallum-ribbon>`;
  }

  private readonly onGo = (event: CustomEvent<{ at_m: number; ticket?: string }>): void => {
    const { at_m, ticket } = event.detail;
    const index = ticket === undefined ? -1 : (this.sitting?.find(ticket) ?? -1);
    if (index >= 0) void this.sitting?.go(index);
    else this.goTo(at_m);
  };

  private renderCompare(): TemplateResult {
    const calm = this.renderCalm();
    const item = this.sitting?.current ?? null;
    const judge = this.judge;
    return html`${calm ?? nothing}
      <vallum-compare
        ?hidden=${calm !== null}
        .item=${item}
        .next=${this.sitting?.upcoming().slice(0, AHEAD) ?? []}
        .view=${this.view}
        .left=${this.image(this.left)}
        .right=${this.image(this.right)}
        .extent=${this.state?.project?.extent ?? null}
        .drawing=${judge?.drawing ?? (judge?.isEditing ? "edit" : null)}
        .frontier=${item?.border ?? []}
        .corridor=${this.state?.project?.corridor ?? null}
        .draft=${judge?.waiting ?? this.openDraft()}
        .blind=${this.sitting?.queue?.is_blind ?? false}
        .showShape=${this.showShape}
        .simulated=${this.state?.project?.is_simulated ?? false}
        @seen=${this.onSeen}
        @idle=${this.onIdle}
        @view=${(e: CustomEvent<{ view: View }>) => this.show(e.detail.view)}
        @draft=${(e: CustomEvent<{ shape: Geometry | null }>) => this.judge?.keep(e.detail.shape)}
        @drawn=${(e: CustomEvent<{ shape: Geometry }>) => {
          this.part_<Compare>("vallum-compare")?.flushSeen();
          this.judge?.drawn(e.detail.shape);
        }}
        @edited=${(e: CustomEvent<{ shape: Geometry; done: boolean }>) =>
          this.judge?.reshape(e.detail.shape, e.detail.done)}
      ></vallum-compare>`;
  }

  private renderUnder(): TemplateResult | typeof nothing {
    const { current } = this.sitting ?? {};
    if (!current || this.renderCalm() !== null) return nothing;
    if (this.mode === "dating") return html`<div class="under">${this.renderDating()}</div>`;
    return html`<div class="under">
      <vallum-daterail
        .images=${current.images}
        .left=${this.left}
        .right=${this.right}
        @pick=${this.onPick}
      ></vallum-daterail>
    </div>`;
  }

  private renderDating(): TemplateResult {
    return html`<vallum-dating
      .item=${this.sitting?.current ?? null}
      .left=${this.left}
      .right=${this.right}
      .caps=${{ present: this.capOf("new"), absent: this.capOf("nothing"), not_observable: this.capOf("cannot_tell") }}
      .stageCaps=${Object.fromEntries(Object.entries(STAGE_OF).map(([action, stage]) => [stage, this.capOf(action as Action)]))}
      @pick=${this.onPick}
      @dating=${(e: CustomEvent<{ scene: string; state: Seen; stage: Stage }>) =>
        this.judge?.date(e.detail.scene, e.detail.state, e.detail.stage)}
    ></vallum-dating>`;
  }

  private readonly onPick = (event: CustomEvent<{ scene: string; side: Side }>): void => {
    if (event.detail.side === "left") this.left = event.detail.scene;
    else this.right = event.detail.scene;
  };

  private readonly onIdle = (event: CustomEvent<{ sides: Sides | null }>): void => {
    this.sides = event.detail.sides;
    if (!this.hasSeen) this.judge?.begin();
    this.hasSeen = true;
  };

  /** What stays on screen for a moment after the next item came is not counted to that one. */
  private readonly onSeen = (event: CustomEvent<{ scene: string; seconds: number }>): void => {
    if (this.hasSeen) this.judge?.saw(event.detail.scene, event.detail.seconds);
  };

  private renderSheet(): TemplateResult {
    const calm = this.renderCalm();
    if (calm !== null) return calm;
    return html`<vallum-sheet
      .items=${this.sheet}
      @accept=${this.onAccept}
      @unaccept=${this.onUnaccept}
    ></vallum-sheet>`;
  }

  /** What is said where there is nothing to look at: still loading, trouble, nothing due, all done. */
  private renderCalm(): TemplateResult | null {
    const { sitting } = this;
    if (sitting === null || (sitting.isLoading && sitting.queue === null)) return calm(t("review.loading"));
    if (sitting.problem !== null && sitting.current === null) {
      const { message, next, status } = sitting.problem;
      return calm(
        status === 0 ? t("weather.gone") : message || t("review.trouble"),
        next,
        html`<button @click=${() => void sitting.load()}>${t("review.retry")}</button>`,
      );
    }
    const needs = sitting.queue?.needs;
    if (needs) return calm(t(has(`review.needs.${needs}`) ? `review.needs.${needs}` : "review.needs.other"), "", this.wayOut(needs));
    if (sitting.queue && sitting.items.length === 0) return calm(t(`review.empty.${this.mode}`));
    if (sitting.isDone && (sitting.index < 0 || this.mode === "sheet")) {
      return calm(
        t("review.all_done", { n: sitting.queue?.n_done ?? 0 }),
        t("review.all_done_next"),
        html`<div class="row">
          <button @click=${() => void sitting.go(0)} ?hidden=${this.mode === "sheet"}>${t("review.look_again")}</button>
          <button @click=${() => void sitting.load()}>${t("review.more")}</button>
          <a class="button" href="#/sample">${t("page.sample")}</a>
          <a class="button" href="#/agreement">${t("page.agreement")}</a>
        </div>`,
      );
    }
    return null;
  }

  private wayOut(needs: string): TemplateResult {
    if (needs === "triage") return html`<a class="button" href="#/review/triage">${t("mode.triage")}</a>`;
    const to = needs === "sample" ? "sample" : "run";
    return html`<a class="button" href="#/${to}">${t(`page.${to}`)}</a>`;
  }

  private renderSide(): TemplateResult {
    const { judge } = this;
    return html`<aside aria-label=${t("review.panel")}>
      <vallum-decide
        .item=${this.sitting?.current ?? null}
        .brief=${this.sitting?.item ?? null}
        .mode=${this.mode}
        .kinds=${this.state?.kinds ?? []}
        .reasons=${this.state?.reasons ?? []}
        .keys=${this.keys}
        .category=${judge?.category ?? null}
        .wanted=${judge?.wanted ?? null}
        .drawing=${judge?.drawing ?? null}
        .drawChange=${judge?.drawChange ?? "new"}
        .nDrawn=${judge?.nDrawn ?? 0}
        .isEditing=${judge?.isEditing ?? false}
        .isEdited=${judge?.edited != null}
        .isLocked=${this.isReader}
        .sides=${this.sides}
        .corridor=${this.state?.project?.corridor ?? null}
        .command=${this.mode === "triage" ? "vallum review --export answers.csv" : ""}
        @decide=${(e: CustomEvent<{ choice: Choice }>) => this.choose(e.detail.choice)}
        @reason=${(e: CustomEvent<{ reason: Reason }>) => this.because(e.detail.reason)}
        @category=${(e: CustomEvent<{ kind: Kind }>) => this.classify(e.detail.kind)}
        @tool=${(e: CustomEvent<{ action: Action }>) => this.act(e.detail.action)}
      ></vallum-decide>
    </aside>`;
  }

  private renderFilm(): TemplateResult {
    const { sitting } = this;
    const back = (sitting?.items ?? []).slice(Math.max(0, (sitting?.index ?? 0) - 1), sitting?.index ?? 0);
    const now: Item[] = sitting?.current ? [sitting.current] : sitting?.item ? [sitting.item] : [];
    const before = back.flatMap((item) => sitting?.held(item.ticket) ?? []);
    return html`<vallum-filmstrip
      .items=${[...before, ...now, ...(sitting?.upcoming() ?? [])]}
      .current=${sitting?.item?.ticket ?? ""}
      @pick=${(e: CustomEvent<{ ticket: string }>) => void sitting?.go(sitting.find(e.detail.ticket))}
    ></vallum-filmstrip>`;
  }

  private renderNotes(): TemplateResult {
    return html`<div class="notes">
      ${this.draft && this.judge?.drawing == null ? this.renderDraft(this.draft.at_m) : nothing}
      ${this.flagging ? this.renderFlag() : nothing}
      ${this.note ? html`<div class="note ${this.note.asks ? "asks" : ""}">${this.note.text}</div>` : nothing}
      ${this.bar
        ? html`<div class="note">
            <span>${this.barWords(this.bar)}</span>
            <button @click=${() => this.undo()}>${t("action.undo")} <kbd>${this.capOf("undo")}</kbd></button>
          </div>`
        : nothing}
    </div>`;
  }

  private renderDraft(at_m: number): TemplateResult {
    return html`<div class="note asks">
      <span>${t("review.draft", { km: km(at_m, 2) })}</span>
      <button @click=${() => void this.resume()}>${t("review.draft.go_on")}</button>
      <button
        @click=${() => {
          keepDraft(null);
          this.draft = null;
        }}
      >
        ${t("review.draft.drop")}
      </button>
    </div>`;
  }

  /** Go on with what was being drawn when the window closed. */
  private async resume(): Promise<void> {
    const { draft, sitting, judge } = this;
    if (draft === null || sitting === null || judge === null) return;
    const index = sitting.find(draft.ticket);
    await (index >= 0 ? sitting.go(index) : sitting.goTo(draft.at_m));
    await this.updateComplete;
    if (judge.item === null) return;
    judge.draw(draft.what);
    if (draft.category !== null) judge.classify(draft.category);
    if (judge.item.ticket !== draft.ticket) this.draft = { ...draft, ticket: judge.item.ticket };
    this.requestUpdate();
  }

  private openDraft(): Geometry | null {
    const { draft, judge } = this;
    if (draft === null || judge === null || judge.drawing !== draft.what) return null;
    return draft.ticket === judge.item?.ticket ? draft.shape : null;
  }

  private renderFlag(): TemplateResult {
    return html`<form
      class="note"
      @submit=${(event: SubmitEvent) => {
        event.preventDefault();
        const text = this.part_<HTMLInputElement>("#why")?.value ?? "";
        this.flagging = false;
        this.judge?.flag(text.trim(), true);
      }}
      @keydown=${(event: KeyboardEvent) => {
        if (event.key === "Escape") this.flagging = false;
      }}
    >
      <label for="why">${t("review.flag.why")}</label>
      <input id="why" maxlength="500" autocomplete="off" />
      <button class="primary">${t("review.flag.do")}</button>
      <button type="button" @click=${() => (this.flagging = false)}>${t("review.flag.not")}</button>
    </form>`;
  }

  protected override updated(): void {
    if (this.flagging && this.renderRoot.querySelector(":focus") === null) {
      this.part_<HTMLInputElement>("#why")?.focus();
    }
  }

  private image(scene: string): Image | null {
    return this.sitting?.current?.images.find((image) => image.scene === scene) ?? null;
  }
}

function calm(text: string, next = "", way: TemplateResult | typeof nothing = nothing): TemplateResult {
  return html`<div class="calm" role="status">
    <p>${text}</p>
    ${next ? html`<p class="quiet">${next}</p>` : nothing} ${way}
  </div>`;
}

customElements.define("vallum-review", VallumReview);
