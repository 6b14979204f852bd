/** `<vallum-view-panel>`: for the keeper, where a picture was taken goes into the vault, and what it shows is placed. */

import { css, html, nothing, type PropertyValues, type TemplateResult } from "lit";

import { say } from "../announce.ts";
import type { LonLat } from "../maps/camera.ts";
import { Page } from "../pages/page.ts";
import { partLook } from "../pages/pagelook.ts";
import { found } from "../pictures/api.ts";
import type { Ground } from "../pictures/types.ts";
import { has, km, metres, t } from "../words.ts";
import { said } from "./api.ts";
import { cameraBody, draftOfCamera, NO_CAMERA, NO_THING, thingBody, type CameraDraft, type ThingDraft } from "./camera.ts";
import "./camerafields.ts";
import "./thingform.ts";
import type { ThingTold, Views } from "./types.ts";
import { hold } from "./unsaved.ts";

const MOST_NUMBER = 9999;

export class ViewPanel extends Page {
  static override properties = {
    ...Page.properties,
    ticket: { attribute: false },
    views: { state: true },
    ground: { state: true },
    isOpen: { state: true },
    number: { state: true },
    camera: { state: true },
    target: { state: true },
    isShown: { state: true },
    thing: { state: true },
    removing: { state: true },
    told: { state: true },
  };

  static override styles = [
    ...partLook,
    css`
      .outcome {
        margin: 0;
        padding-inline-start: 20px;
      }
      .number input {
        width: 80px;
      }
      .inner {
        display: grid;
        gap: 16px;
        margin-top: 10px;
      }
      h3 {
        margin-bottom: 6px;
      }
    `,
  ];

  ticket = "";
  private views: Views | null = null;
  private ground: Ground | null = null;
  private isOpen = false;
  private number = 1;
  /** Where somebody stood: in memory alone, and forgotten once it is locked away. */
  private camera: CameraDraft = NO_CAMERA;
  private target: LonLat | null = null;
  /** The fields show what came out of the vault. */
  private isShown = false;
  private base: CameraDraft = NO_CAMERA;
  private thing: ThingDraft = NO_THING;
  private removing = 0;
  private told = "";

  override disconnectedCallback(): void {
    this.forget();
    this.thing = NO_THING;
    hold(this, false);
    super.disconnectedCallback();
  }

  protected override updated(changed: PropertyValues): void {
    super.updated(changed);
    hold(this, this.isTyped);
    if (changed.has("told") && this.told !== "") this.renderRoot.querySelector(".note.good")?.scrollIntoView({ block: "center" });
    if (changed.has("ticket") && changed.get("ticket") !== undefined) {
      this.forget();
      this.thing = NO_THING;
      this.views = null;
      void this.load();
    }
  }

  private get isTyped(): boolean {
    return JSON.stringify([this.camera, this.thing]) !== JSON.stringify([this.base, NO_THING]);
  }

  private forget(): void {
    this.camera = NO_CAMERA;
    this.base = NO_CAMERA;
    this.target = null;
    this.isShown = false;
    this.removing = 0;
  }

  protected override async load(): Promise<void> {
    if (!this.state?.project || this.ticket === "" || !this.isKeeper) return;
    await this.attempt("views", async () => {
      this.views = await said.views(this.ticket);
      if (this.isOpen) this.ground ??= await found.ground();
    });
  }

  // -- what is shown ------------------------------------------------------------------------------

  protected override render(): TemplateResult | typeof nothing {
    const { views } = this;
    if (views === null || !views.is_picture) return this.troubleBeside("views");
    return html`<section class="card" aria-labelledby="head">
      <div class="row spread">
        <h2 id="head">${t("view.title")}</h2>
        <button type="button" aria-expanded=${this.isOpen} @click=${this.toggle}>${t(this.isOpen ? "view.fold" : "view.unfold")}</button>
      </div>
      ${this.outcome(views)} ${this.troubleBeside("views")} ${this.isOpen ? this.inner(views) : nothing}
    </section>`;
  }

  /** Where things stand: the one thing that this panel tells unasked. */
  private outcome(views: Views): TemplateResult {
    return html`${views.things.length === 0
        ? html`<p class="quiet">${t("view.no_things")}</p>`
        : html`<ul class="outcome">
            ${views.things.map((one) => html`<li>${thingWords(one)}</li>`)}
          </ul>`}
      ${this.told === "" ? nothing : html`<div class="note good">✓ ${this.told}</div>`}`;
  }

  private inner(views: Views): TemplateResult {
    if (views.why_not !== "") return html`<div class="note warn">${t("view.not_agreed", { why: views.why_not })}</div>`;
    if (!views.has_vault) return html`<div class="note">${t("view.no_vault")} <a href="#/vault">${t("papers.to_vault")}</a></div>`;
    return html`<div class="inner">
      <p class="quiet">${t("view.lead")}</p>
      ${views.is_film || views.numbers.some((n) => n > 1) ? this.numberField() : nothing} ${this.placed(views)}
      <section aria-labelledby="camera-head">
        <h3 id="camera-head">1. ${t("view.camera")}</h3>
        ${this.troubleBeside("camera")}
        <vallum-camera-form
          .draft=${this.camera}
          .target=${this.target}
          .ground=${this.ground}
          .isBusy=${this.busy === "camera"}
          .isThere=${views.numbers.includes(this.number)}
          .isShown=${this.isShown}
          .isSame=${this.isShown && JSON.stringify(this.camera) === JSON.stringify(this.base)}
          @draft=${(event: CustomEvent<{ draft: CameraDraft; target: LonLat | null }>) => {
            this.camera = event.detail.draft;
            this.target = event.detail.target;
          }}
          @lock=${() => void this.lock()}
          @clear=${() => this.forget()}
        ></vallum-camera-form>
      </section>
      <section aria-labelledby="thing-head">
        <h3 id="thing-head">2. ${t("view.thing")}</h3>
        <p class="small quiet">${t("view.thing_lead")}</p>
        ${this.troubleBeside("thing")}
        <vallum-thing-form
          .draft=${this.thing}
          .views=${views}
          .ticket=${this.ticket}
          .number=${this.number}
          .kinds=${this.state?.kinds ?? []}
          .isBusy=${this.busy === "thing"}
          @draft=${(event: CustomEvent<ThingDraft>) => (this.thing = event.detail)}
          @place=${() => void this.place()}
        ></vallum-thing-form>
      </section>
    </div>`;
  }

  private numberField(): TemplateResult {
    return html`<div class="field number">
      <label for="number">${t("view.number")}</label>
      <input id="number" type="number" min="1" max=${MOST_NUMBER} .value=${String(this.number)}
        aria-describedby="number-hint"
        @change=${(event: Event) => {
          const typed = Math.round(Number((event.target as HTMLInputElement).value));
          this.number = Math.min(MOST_NUMBER, Math.max(1, typed || 1));
          this.removing = 0;
          if (this.isShown) this.forget();
        }} />
      <span class="hint" id="number-hint">${t("view.number_hint")}</span>
    </div>`;
  }

  /** Whether this view lies in the vault, and what the keeper may do with it. */
  private placed(views: Views): TemplateResult {
    const isThere = views.numbers.includes(this.number);
    const shut = views.is_open ? nothing : html`<span class="small quiet">${t("view.shut")} <a href="#/vault">${t("papers.to_vault")}</a></span>`;
    return html`<div class="stack">
      <div class="row">
        <span class="tag">${isThere ? "✓ " : ""}${t(isThere ? "view.is_placed" : "view.is_not_placed")}</span>
        ${isThere
          ? html`<button type="button" ?disabled=${!views.is_open || this.isShown || this.isTyped} @click=${() => void this.look()}>${t("view.look")}</button>
              <button type="button" @click=${() => (this.removing = this.removing === this.number ? 0 : this.number)}>${t("view.remove")}</button>`
          : html`<button type="button" ?disabled=${!views.is_open || this.isTyped} @click=${() => void this.stated()}>${t("view.from_file")}</button>`}
        ${shut}
      </div>
      ${this.troubleBeside("look")}
      ${this.removing !== this.number || !isThere
        ? nothing
        : html`<div class="note warn row">
            <span>${t("view.remove_text")}</span>
            <button type="button" ?disabled=${this.busy === "look"} @click=${() => void this.removeView()}>${t("view.remove_yes")}</button>
            <button type="button" @click=${() => (this.removing = 0)}>${t("pages.cancel")}</button>
          </div>`}
      ${this.isShown ? html`<div class="note warn">${t("view.is_shown")}</div>` : nothing}
    </div>`;
  }

  // -- what a person does -------------------------------------------------------------------------

  private readonly toggle = async (): Promise<void> => {
    this.isOpen = !this.isOpen;
    if (!this.isOpen) this.forget();
    else await this.load();
  };

  private async lock(): Promise<void> {
    const body = cameraBody(this.camera, this.number);
    if (body === null) return;
    await this.attempt("camera", async () => {
      this.views = await said.placeView(this.ticket, body);
      const back = this.views.n_taken_back;
      this.forget();
      this.tellDone(back > 0 ? t("view.locked_back", { n: back }) : t("view.locked"));
    });
  }

  private async look(): Promise<void> {
    await this.attempt("look", async () => {
      this.show(draftOfCamera(await said.camera(this.ticket, this.number)));
    });
  }

  private async stated(): Promise<void> {
    await this.attempt("look", async () => {
      const camera = await said.statedCamera(this.ticket);
      if (camera === null) this.tellDone(t("view.file_says_nothing"));
      else this.camera = draftOfCamera(camera);
    });
  }

  private show(draft: CameraDraft): void {
    this.camera = draft;
    this.base = draft;
    this.target = null;
    this.isShown = true;
    this.told = "";
  }

  private async removeView(): Promise<void> {
    await this.attempt("look", async () => {
      this.views = await said.removeView(this.ticket, this.number);
      const back = this.views.n_taken_back;
      this.forget();
      this.tellDone(t("view.removed", { n: back }));
    });
  }

  private async place(): Promise<void> {
    const body = thingBody(this.thing, this.number);
    if (body === null) return;
    await this.attempt("thing", async () => {
      this.views = await said.placeThing(this.ticket, body);
      this.thing = NO_THING;
      const kept = this.views.things.find((one) => one.number === this.number);
      this.tellDone(kept === undefined ? "" : t("view.kept"));
    });
  }

  private tellDone(words: string): void {
    this.told = words;
    say(words);
  }
}

/** What is kept of a thing, in a sentence without a camera. */
export function thingWords(one: ThingTold): string {
  const what = one.kind === null ? t("view.a_thing") : t(`kind.${one.kind}`);
  if (one.start_m === null || one.end_m === null) return t("view.no_place", { what });
  const where = `${km(one.start_m)} – ${km(one.end_m)}`;
  if (one.point === null) return t("view.coarse", { what, where });
  const key = `view.method.${METHODS[one.method.replace(/^\d+ /, "")] ?? ""}`;
  const method = has(key) ? t(key, { n: Number.parseInt(one.method, 10) || 0 }) : one.method;
  return t("view.stands", { what, point: `${one.point[1].toFixed(5)}, ${one.point[0].toFixed(5)}`, give: metres(one.precision_m ?? 0), where, method });
}

const METHODS: Record<string, string> = {
  "views that cross": "crossing",
  "one view and a line on the ground": "line",
  "one view and a distance": "distance",
  "found on an image by a person": "image",
};

customElements.define("vallum-view-panel", ViewPanel);
