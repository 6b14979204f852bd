/** `<vallum-placing-page>`: lay a screenshot on the ground by pairs of places, and see how they agree. */

import { html, nothing, type TemplateResult } from "lit";

import { fromMercator, mercator, type LonLat, type Pixel } from "../maps/camera.ts";
import { Page } from "../pages/page.ts";
import { pageLook } from "../pages/pagelook.ts";
import { hold } from "../said/unsaved.ts";
import { t } from "../words.ts";
import { found, pictureOf } from "./api.ts";
import { lengthWords } from "./lengths.ts";
import type { MapPane } from "./mappane.ts";
import "./mappane.ts";
import {
  awaited, bodies, cornersOf, flatOf, fromPoints, isWhole, moved, pixelOf, placeOf, pressed, turnOf, without,
  type Half, type Pair,
} from "./pairs.ts"; // prettier-ignore
import "./pairtable.ts";
import { placingHead } from "./placinghead.ts";
import { placingLook } from "./placinglook.ts";
import type { Mark } from "./plane.ts";
import "./shotdate.ts";
import type { ShotDate } from "./shotdate.ts";
import type { ShotPane } from "./shotpane.ts";
import "./shotpane.ts";
import type { Ground, Residuals, ShotFull } from "./types.ts";
import { verdict } from "./verdict.ts";

const ASK_MS = 120;
const PLACING = new Set(["analyst", "adjudicator", "keeper"]);
const LEAST_PAIRS = 2;
const ACROSS_M = 3000;
const ROOM = 1.8;

type Put = CustomEvent<{ at: Pixel }>;
type Shift = CustomEvent<{ n: number; at: Pixel; isLast: boolean }>;

export class PlacingPage extends Page {
  static override properties = {
    ...Page.properties,
    shot: { attribute: false },
    full: { state: true },
    ground: { state: true },
    pairs: { state: true },
    current: { state: true },
    residuals: { state: true },
    numbers: { state: true },
    image: { state: true },
    isAsking: { state: true },
    kept: { state: true },
    goTo: { state: true },
    hasDate: { state: true },
    isDateNew: { state: true },
  };

  static override styles = [pageLook, placingLook];

  /** Id of the screenshot. */
  shot = "";
  private full: ShotFull | null = null;
  private ground: Ground | null = null;
  private pairs: Pair[] = [];
  private past: Pair[][] = [];
  private current = -1;
  private residuals: Residuals | null = null;
  /** Number of the pair that each residual belongs to. */
  private numbers: number[] = [];
  private image = "";
  private isAsking = false;
  /** Said once the place is kept. */
  private kept = "";
  private goTo = "";
  private hasDate = true;
  /** Another date than what is kept was typed. */
  private isDateNew = false;
  private asked = 0;
  private later: ReturnType<typeof setTimeout> | undefined;
  private shown = "";

  override connectedCallback(): void {
    super.connectedCallback();
    this.addEventListener("keydown", this.onKey);
  }

  override disconnectedCallback(): void {
    clearTimeout(this.later);
    hold(this, false);
    super.disconnectedCallback();
  }

  protected override updated(changed: Map<string, unknown>): void {
    super.updated(changed);
    if (changed.has("shot") && this.shown !== "" && this.shot !== this.shown) void this.load();
  }

  protected override async load(): Promise<void> {
    if (!this.state?.project || this.shot === "") return;
    if (this.full !== null && this.shown === this.shot && this.past.length > 0) return; // somebody is at work
    await this.attempt("load", async () => {
      const wanted = this.shot;
      const [full, ground] = await Promise.all([found.shot(wanted), this.ground ?? found.ground()]);
      this.shown = wanted;
      this.full = full;
      this.ground = ground;
      this.pairs = fromPoints(full.points);
      this.past = [];
      this.current = -1;
      this.residuals = null;
      this.kept = "";
      this.image = this.image || (ground.images[0]?.scene ?? "");
      hold(this, false);
      if (this.pairs.length > 0) this.ask();
      this.hasDate = full.shot.taken !== null;
      this.isDateNew = false;
    });
  }

  private get mayPlace(): boolean {
    return PLACING.has(this.state?.me?.role ?? "");
  }

  // -- what is shown --------------------------------------------------------------------------

  protected override render(): TemplateResult {
    const { full } = this;
    return html`${placingHead(full, this.kept)} ${this.troubleBeside("page")} ${this.troubleBeside("load")}
      ${!this.state?.project
        ? this.noProject()
        : full === null
          ? html`<p class="quiet">${this.trouble === null ? t("pages.loading") : nothing}</p>`
          : html`${this.panes(full)} ${this.below(full)}`}`;
  }

  private panes(full: ShotFull): TemplateResult {
    const flat = flatOf(this.pairs);
    const wants = awaited(this.pairs);
    const open = this.pairs.find((pair) => !isWhole(pair));
    const hintPlace = flat !== null && open?.pixel && open.place === null ? mercator(placeOf(flat, open.pixel)) : null;
    const hintPixel = flat !== null && open?.place && open.pixel === null ? pixelOf(flat, open.place) : null;
    const outline: readonly LonLat[] = this.residuals?.outline.length
      ? this.residuals.outline
      : flat === null ? [] : cornersOf(flat, full.shot.width_px, full.shot.height_px); // prettier-ignore
    return html`<div class="row spread lead">
        <p class="step" role="status">
          ${this.mayPlace ? t(`placing.step.${wants}`, { n: String(this.stepNumber()) }) : t("pages.only_look")}
        </p>
        ${this.mayPlace ? this.buttons(full, bodies(this.pairs).points.length) : nothing}
      </div>
      ${this.troubleBeside("keep")}
      <div class="panes">
        <vallum-shot-pane
          .src=${pictureOf(full.shot.id)}
          .wide=${full.shot.width_px}
          .high=${full.shot.height_px}
          .name=${full.shot.name}
          .marks=${this.marks("picture")}
          .isAwaited=${this.mayPlace && wants === "picture"}
          .isLocked=${!this.mayPlace}
          .hint=${hintPixel}
          @put=${(event: Put) => this.put("picture", event.detail.at)}
          @shift=${(event: Shift) => this.shift("picture", event.detail)}
          @pick=${(event: CustomEvent<{ n: number }>) => this.pick(event.detail.n)}
        ></vallum-shot-pane>
        <vallum-map-pane
          .ground_=${this.ground}
          .image=${this.ground?.images.find(({ scene }) => scene === this.image) ?? null}
          .start=${full.near}
          .across_m=${acrossOf(full)}
          .outline=${outline}
          .marks=${this.marks("ground")}
          .isAwaited=${this.mayPlace && wants === "ground"}
          .isLocked=${!this.mayPlace}
          .hint=${hintPlace}
          @put=${(event: Put) => this.put("ground", fromMercator(event.detail.at))}
          @shift=${(event: Shift) => this.shift("ground", { ...event.detail, at: fromMercator(event.detail.at) })}
          @pick=${(event: CustomEvent<{ n: number }>) => this.pick(event.detail.n)}
        ></vallum-map-pane>
      </div>
      ${this.bar(flat !== null)}`;
  }

  private stepNumber(): number {
    const open = this.pairs.findIndex((pair) => !isWhole(pair));
    return (open >= 0 ? open : this.pairs.length) + 1;
  }

  private bar(canTurn: boolean): TemplateResult {
    return html`<div class="row bar">
      <button type="button" ?disabled=${this.past.length === 0} @click=${() => this.undo()}>
        ${t("placing.undo")} <kbd>Z</kbd>
      </button>
      <button type="button" ?disabled=${this.pairs.length === 0 || !this.mayPlace} @click=${() => this.change([])}>
        ${t("placing.clear")}
      </button>
      <button type="button" ?disabled=${!canTurn} @click=${() => this.turnAlike()}>${t("placing.turn_alike")}</button>
      <span class="gap"></span>
      <label class="inline" for="image">${t("placing.image")}</label>
      <select id="image" @change=${(event: Event) => (this.image = (event.target as HTMLSelectElement).value)}>
        <option value="" ?selected=${this.image === ""}>${t("placing.only_border")}</option>
        ${(this.ground?.images ?? []).map(
          ({ scene, name, gsd_m }) =>
            html`<option value=${scene} ?selected=${scene === this.image}>
              ${name}${gsd_m === null ? "" : ` · ${t("unit.m", { m: gsd_m })}`}
            </option>`,
        )}
      </select>
      <form class="inline row" @submit=${this.go}>
        <label for="km">${t("placing.go")}</label>
        <input id="km" inputmode="decimal" autocomplete="off" size="7" placeholder="1004.2" .value=${this.goTo}
          @input=${(event: Event) => (this.goTo = (event.target as HTMLInputElement).value)} />
        <button>${t("placing.go_button")}</button>
      </form>
    </div>`;
  }

  private below(full: ShotFull): TemplateResult {
    const { points } = bodies(this.pairs);
    return html`<div class="below">
      <section aria-labelledby="pairs">
        <h2 id="pairs">${t("placing.pairs")}</h2>
        <vallum-pair-table
          .pairs=${this.pairs}
          .notes=${this.notes()}
          .worst=${this.worst}
          .current=${this.current}
          .isLocked=${!this.mayPlace}
          @pick=${(event: CustomEvent<{ n: number }>) => this.pick(event.detail.n)}
          @drop=${(event: CustomEvent<{ n: number }>) => this.drop(event.detail.n)}
          @more=${() => this.change([...this.pairs, { pixel: null, place: null }])}
          @typed=${(event: CustomEvent<{ n: number; half: Half; at: Pixel }>) => this.typed(event.detail)}
        ></vallum-pair-table>
      </section>
      <section aria-labelledby="agree">
        <h2 id="agree">${t("placing.agree")}</h2>
        ${verdict({
          residuals: this.residuals,
          n: points.length,
          isAsking: this.isAsking,
          numbers: this.numbers,
          worst: this.worst,
          trouble: this.troubleBeside("residuals"),
          pick: (n) => this.pick(n),
          drop: (n) => this.drop(n),
        })}
      </section>
      <section>
        <vallum-shot-date
          .taken=${full.shot.taken}
          .from=${full.shot.taken_from}
          .isLocked=${!this.mayPlace}
          @dated=${(event: CustomEvent<{ taken: string | null }>) => {
            this.hasDate = event.detail.taken !== null;
            this.isDateNew = event.detail.taken !== "" && this.hasDate;
          }}
        ></vallum-shot-date>
        ${this.mayPlace ? this.dateButton() : nothing}
      </section>
    </div>`;
  }

  private buttons(full: ShotFull, n: number): TemplateResult {
    const isAgreed = n >= LEAST_PAIRS && this.residuals !== null && this.residuals.why_not === "" && !this.isAsking;
    const isBusy = this.busy === "keep";
    return html`<div class="row">
      ${isBusy ? html`<span class="quiet small" role="status">${t("placing.keeping")}</span>` : nothing}
      <button class="primary" type="button" ?disabled=${!isAgreed || !this.hasDate || isBusy} @click=${() => void this.keep()}>
        ${t("placing.keep")}
      </button>
      <button type="button" ?disabled=${isBusy || full.shot.state !== "waiting"} @click=${() => void this.skip()}>
        ${t("placing.skip")}
      </button>
    </div>`;
  }

  /** A date can be known before the place is, or be mended later. */
  private dateButton(): TemplateResult {
    return html`${this.hasDate ? nothing : html`<p class="small quiet">${t("placing.needs_date")}</p>`}
    <div class="row save">
      <button type="button" ?disabled=${!this.hasDate || !this.isDateNew || this.busy === "keep"} @click=${() => void this.keepDate()}>
        ${t("placing.keep_date")}
      </button>
    </div>`;
  }

  // -- marks ----------------------------------------------------------------------------------

  private get worst(): number {
    const worst = this.residuals?.worst ?? null;
    return worst === null ? -1 : (this.numbers[worst] ?? -1);
  }

  /** What is said of each pair, by its number. */
  private notes(): string[] {
    const notes = this.pairs.map(() => "");
    this.numbers.forEach((n, i) => {
      const residual = this.residuals?.residual_m[i];
      if (residual !== null && residual !== undefined && n < notes.length) notes[n] = lengthWords(residual);
    });
    return notes;
  }

  private marks(half: Half): Mark[] {
    const notes = this.notes();
    const { worst } = this;
    return this.pairs.flatMap((pair, n) => {
      const at = half === "picture" ? pair.pixel : pair.place && mercator(pair.place);
      if (!at) return [];
      const isCurrent = n === this.current;
      return [{ n, at, isWhole: isWhole(pair), isWorst: n === worst, isCurrent, note: notes[n] ?? "" }];
    });
  }

  // -- what a person does -----------------------------------------------------------------------

  private put(half: Half, at: Pixel | LonLat): void {
    const { pairs, n } = pressed(this.pairs, half, at);
    this.current = n;
    this.change(pairs);
    this.lead();
  }

  /** Bring the other picture to where the partner of a half pair is likely to be. */
  private lead(): void {
    const flat = flatOf(this.pairs);
    const open = this.pairs.find((pair) => !isWhole(pair));
    if (flat === null || !open) return;
    if (open.pixel !== null) this.map?.show(mercator(placeOf(flat, open.pixel)));
    else if (open.place !== null) {
      const pixel = pixelOf(flat, open.place);
      if (pixel !== null) this.picture?.show(pixel);
    }
  }

  private shift(half: Half, { n, at, isLast }: { n: number; at: Pixel | LonLat; isLast: boolean }): void {
    this.current = n;
    this.change(moved(this.pairs, n, half, at), !isLast);
  }

  private typed({ n, half, at }: { n: number; half: Half; at: Pixel }): void {
    this.change(moved(this.pairs, n, half, at));
    this.pick(n);
  }

  private pick(n: number): void {
    this.current = n;
    const pair = this.pairs[n];
    if (pair?.pixel) this.picture?.show(pair.pixel);
    if (pair?.place) this.map?.show(mercator(pair.place));
  }

  private drop(n: number): void {
    this.current = -1;
    this.change(without(this.pairs, n));
  }

  private heldBefore: Pair[] | null = null;

  private change(pairs: Pair[], isDragging = false): void {
    if (!this.mayPlace) return;
    // A drag is one step back, however many places it went over.
    this.heldBefore ??= this.pairs;
    if (!isDragging) {
      this.past = [...this.past, this.heldBefore];
      this.heldBefore = null;
    }
    this.pairs = pairs;
    this.kept = "";
    hold(this, true);
    this.ask();
  }

  private undo(): void {
    const last = this.past.at(-1);
    if (last === undefined) return;
    this.past = this.past.slice(0, -1);
    this.pairs = last;
    this.current = -1;
    hold(this, this.past.length > 0);
    this.ask();
  }

  private turnAlike(): void {
    const flat = flatOf(this.pairs);
    if (flat !== null) this.picture?.turnTo(turnOf(flat));
  }

  private readonly go = (event: Event): void => {
    event.preventDefault();
    const at_m = Number(this.goTo.replace(",", ".").replace(/[^\d.]/g, "")) * 1000;
    const line = this.ground?.line ?? [];
    if (!Number.isFinite(at_m) || line.length === 0) return;
    const nearest = line.reduce((best, one) => (Math.abs(one[2] - at_m) < Math.abs(best[2] - at_m) ? one : best));
    this.map?.go([nearest[0], nearest[1]]);
    this.map?.focusStage();
  };

  /** Letters act where nobody types. */
  private readonly onKey = (event: KeyboardEvent): void => {
    const target = event.composedPath()[0];
    if (target instanceof HTMLElement && target.matches("input, textarea, select")) return;
    const isUndo = event.key.toLowerCase() === "z" && !event.altKey && !event.shiftKey;
    if (isUndo) this.undo();
    else if (event.key === "Delete" && this.current >= 0 && this.mayPlace) this.drop(this.current);
    else return;
    event.preventDefault();
  };

  private get picture(): ShotPane | null {
    return this.renderRoot.querySelector<ShotPane>("vallum-shot-pane");
  }

  private get map(): MapPane | null {
    return this.renderRoot.querySelector<MapPane>("vallum-map-pane");
  }

  // -- the server -------------------------------------------------------------------------------

  /** Ask how the pairs agree, a moment after the last change. */
  private ask(): void {
    clearTimeout(this.later);
    const { points, numbers } = bodies(this.pairs);
    const asked = ++this.asked;
    if (points.length < LEAST_PAIRS || !this.mayPlace) {
      this.residuals = null;
      this.numbers = [];
      this.isAsking = false;
      return;
    }
    this.isAsking = true;
    this.later = setTimeout(() => {
      void this.attempt("residuals", async () => {
        const got = await found.residuals(this.shot, points);
        if (asked !== this.asked) return;
        this.residuals = got;
        this.numbers = numbers;
      }).finally(() => {
        if (asked === this.asked) this.isAsking = false;
      });
    }, ASK_MS);
  }

  private get date(): string | null {
    return this.renderRoot.querySelector<ShotDate>("vallum-shot-date")?.value ?? null;
  }

  private async keep(): Promise<void> {
    const { date } = this;
    if (date === null) return;
    await this.attempt("keep", async () => {
      const shot = await found.place(this.shot, bodies(this.pairs).points, date);
      const key = shot.scene === "" ? "kept_undated" : shot.looking_only === "" ? "kept" : "kept_looking";
      await this.afresh(t(`placing.${key}`, { why: shot.looking_only }));
    });
  }

  private async keepDate(): Promise<void> {
    const { date } = this;
    if (date === null || date === "") return;
    await this.attempt("keep", async () => {
      await found.date(this.shot, date);
      const { pairs, past } = this;
      await this.afresh(t("placing.kept_date"));
      if (past.length > 0) {
        this.pairs = pairs;
        this.past = past;
        hold(this, true);
        this.ask();
      }
    });
  }

  private async skip(): Promise<void> {
    await this.attempt("keep", async () => {
      await found.skip(this.shot);
      await this.afresh(t("placing.skipped"));
    });
  }

  private async afresh(said: string): Promise<void> {
    this.past = [];
    this.ground = null;
    await this.load();
    this.kept = said;
  }
}

/** Return how wide to look first: the whole picture where its size is known, else a few kilometres. */
function acrossOf({ shot }: ShotFull): number {
  return shot.gsd_m === null ? ACROSS_M : shot.gsd_m * shot.width_px * ROOM;
}

customElements.define("vallum-placing-page", PlacingPage);
