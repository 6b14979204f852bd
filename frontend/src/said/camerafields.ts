/** `<vallum-camera-form>`: where a camera stood and looked, in numbers and on the map. */

import { css, html, nothing, type PropertyValues, type TemplateResult } from "lit";

import { fromMercator, mercator, type LonLat, type Pixel } from "../maps/camera.ts";
import { partLook } from "../pages/pagelook.ts";
import type { MapPane } from "../pictures/mappane.ts";
import "../pictures/mappane.ts";
import type { Mark } from "../pictures/plane.ts";
import type { Ground } from "../pictures/types.ts";
import { metres, number, t, Worded } from "../words.ts";
import { bearingTo, cameraBody, cone, metresTo, placeAt, placeIn, placeText, within, wrongInCamera, type CameraDraft } from "./camera.ts";

const REACH_M = 600;
const AHEAD_M = 300;
const BEYOND = 1.25;
const CAMERA = 0;
const TARGET = 1;

/**
 * Properties: `draft`, `target`, `ground`, `isBusy`, `isThere` (a view is placed under this number),
 * `isShown` (it came out of the vault), `isSame`. Events: `draft` {draft, target}, `lock`, `clear`.
 */
export class CameraForm extends Worded {
  static override properties = {
    draft: { attribute: false },
    target: { attribute: false },
    ground: { attribute: false },
    isBusy: { attribute: false },
    isThere: { attribute: false },
    isShown: { attribute: false },
    isSame: { attribute: false },
    image: { state: true },
    next: { state: true },
    goTo: { state: true },
  };

  static override styles = [
    ...partLook,
    css`
      .both {
        display: grid;
        grid-template-columns: minmax(0, 3fr) minmax(280px, 2fr);
        gap: 12px 16px;
        align-items: start;
      }
      vallum-map-pane {
        height: max(300px, min(52vh, 520px));
      }
      form {
        display: grid;
        gap: 10px;
      }
      .pair {
        display: grid;
        grid-template-columns: 1fr 1fr;
        gap: 10px;
        align-items: start;
      }
      .bar {
        margin: 6px 0 0;
      }
      .bar select {
        max-width: 220px;
      }
      .step {
        margin: 0 0 6px;
        font-weight: 600;
      }
      @media (max-width: 900px) {
        .both {
          grid-template-columns: minmax(0, 1fr);
        }
      }
    `,
  ];

  draft!: CameraDraft;
  /** What was pressed as the middle of the picture; null where the direction was typed. */
  target: LonLat | null = null;
  ground: Ground | null = null;
  isBusy = false;
  isThere = false;
  isShown = false;
  /** Nothing of what is shown was changed. */
  isSame = false;
  private image: string | null = null;
  /** What the next press on the map sets. */
  private next = CAMERA;
  private goTo = "";

  protected override updated(changed: PropertyValues): void {
    super.updated(changed);
    const was = changed.get("draft") as CameraDraft | undefined;
    // Where the map looks tells where somebody stood, too.
    if (was !== undefined && was.point !== "" && this.draft.point === "") this.pane?.whole();
  }

  private get pane(): MapPane | null {
    return this.renderRoot.querySelector("vallum-map-pane") as MapPane | null;
  }

  private get place(): LonLat | null {
    return placeIn(this.draft.point);
  }

  private get bearing(): number {
    return within(this.draft.bearing, 0, 360);
  }

  protected override render(): TemplateResult {
    const wrong = wrongInCamera(this.draft);
    return html`<div class="both">
      <div>
        <p class="step" role="status">${t(this.awaits === CAMERA ? "view.press_camera" : "view.press_target")}</p>
        ${this.map()}
      </div>
      <form autocomplete="off" @submit=${this.lock}>
        ${this.field("point", wrong, "view.point_hint")}
        <div class="pair">${this.field("bearing", wrong, "view.bearing_hint")} ${this.field("fov", wrong, "view.fov_hint")}</div>
        ${this.field("distance", wrong, "view.distance_hint")} ${this.measured()}
        <details>
          <summary>${t("view.errors")}</summary>
          <div class="pair">${this.field("error", wrong)} ${this.field("bearing_error", wrong)}</div>
          <p class="small quiet">${t("view.errors_hint")}</p>
        </details>
        ${this.isThere && !this.isSame ? html`<div class="note warn">${t("view.there_already")}</div>` : nothing}
        <div class="row">
          <button class="primary" ?disabled=${wrong.length > 0 || this.isBusy || this.isSame}>${t("view.lock")}</button>
          <button type="button" @click=${() => this.tell("clear")}>${t(this.isShown ? "view.hide" : "view.clear")}</button>
        </div>
        <p class="small quiet">${t("view.lock_hint")}</p>
      </form>
    </div>`;
  }

  /** The camera first, then what it looks at; afterwards either can be pressed anew. */
  private get awaits(): number {
    return this.place === null ? CAMERA : this.next;
  }

  private map(): TemplateResult {
    const images = this.ground?.images ?? [];
    const scene = this.image ?? images[0]?.scene ?? "";
    return html`<vallum-map-pane
        .ground_=${this.ground}
        .image=${images.find((one) => one.scene === scene) ?? null}
        .outline=${this.outline()}
        .marks=${this.marks()}
        .what=${t("view.map_label")}
        .isAwaited=${true}
        @put=${(event: CustomEvent<{ at: Pixel }>) => this.put(fromMercator(event.detail.at))}
        @shift=${(event: CustomEvent<{ n: number; at: Pixel }>) => this.set(event.detail.n, fromMercator(event.detail.at))}
        @pick=${(event: CustomEvent<{ n: number }>) => (this.next = event.detail.n)}
      ></vallum-map-pane>
      <div class="row bar">
        <button type="button" aria-pressed=${this.awaits === CAMERA} @click=${() => (this.next = CAMERA)}>1 ${t("view.set_camera")}</button>
        <button type="button" aria-pressed=${this.awaits === TARGET} ?disabled=${this.place === null} @click=${() => (this.next = TARGET)}>2 ${t("view.set_target")}</button>
        <label class="small" for="image">${t("placing.image")}</label>
        <select id="image" @change=${(event: Event) => (this.image = (event.target as HTMLSelectElement).value)}>
          <option value="" ?selected=${scene === ""}>${t("placing.only_border")}</option>
          ${images.map(
            (one) => html`<option value=${one.scene} ?selected=${one.scene === scene}>
              ${one.name}${one.gsd_m === null ? "" : ` · ${t("unit.m", { m: one.gsd_m })}`}
            </option>`,
          )}
        </select>
        <form class="row go" @submit=${this.go}>
          <label class="small" for="km">${t("placing.go")}</label>
          <input id="km" inputmode="decimal" autocomplete="off" size="6" .value=${this.goTo}
            @input=${(event: Event) => (this.goTo = (event.target as HTMLInputElement).value)} />
          <button>${t("placing.go_button")}</button>
        </form>
      </div>`;
  }

  private field(name: keyof CameraDraft, wrong: readonly string[], hint = ""): TemplateResult {
    const value = this.draft[name];
    const isWrong = value.trim() !== "" && wrong.includes(name);
    return html`<div class="field">
      <label for=${name}>${t(`view.field.${name}`)}</label>
      <input id=${name} autocomplete="off" spellcheck="false" inputmode=${name === "point" ? "text" : "decimal"}
        aria-invalid=${isWrong ? "true" : nothing} aria-describedby=${hint === "" ? nothing : `${name}-hint`}
        .value=${value} @input=${(event: Event) => this.typed(name, (event.target as HTMLInputElement).value)} />
      ${hint === "" ? nothing : html`<span class="hint" id="${name}-hint">${t(hint)}</span>`}
    </div>`;
  }

  /** How far the pressed place is, which may be taken as the distance. */
  private measured(): TemplateResult | typeof nothing {
    const { place, target } = this;
    if (place === null || target === null) return nothing;
    const away_m = metresTo(place, target);
    return html`<p class="small row">
      <span>${t("view.away", { length: metres(away_m) })}</span>
      <button type="button" @click=${() => this.typed("distance", String(Math.round(away_m)))}>${t("view.take_distance")}</button>
    </p>`;
  }

  // -- what is drawn ------------------------------------------------------------------------------

  private get ahead(): LonLat | null {
    const { place, bearing } = this;
    if (place === null || Number.isNaN(bearing)) return null;
    return this.target ?? placeAt(place, bearing, within(this.draft.distance, 0.1, 20_000) || AHEAD_M);
  }

  private marks(): Mark[] {
    const mark = (n: number, at: LonLat, note: string): Mark => ({
      n, at: mercator(at), isWhole: true, isWorst: false, isCurrent: this.awaits === n, note,
    }); // prettier-ignore
    const { place, ahead } = this;
    return [
      ...(place === null ? [] : [mark(CAMERA, place, t("view.mark_camera"))]),
      ...(ahead === null ? [] : [mark(TARGET, ahead, t("view.mark_target", { deg: number(this.bearing, 1) }))]),
    ];
  }

  private outline(): readonly LonLat[] {
    const { place, bearing, ahead } = this;
    const fov = within(this.draft.fov, 1, 179);
    if (place === null || ahead === null || Number.isNaN(fov)) return [];
    return cone(place, bearing, fov, Math.max(REACH_M, metresTo(place, ahead) * BEYOND));
  }

  // -- what a person does -------------------------------------------------------------------------

  private put(at: LonLat): void {
    const n = this.awaits;
    this.set(n, at);
    this.next = TARGET;
  }

  private set(n: number, at: LonLat): void {
    const place = n === CAMERA ? at : this.place;
    if (place === null) return;
    const target = n === TARGET ? at : this.target;
    const bearing = target === null ? this.draft.bearing : (Math.round(bearingTo(place, target) * 10) / 10 % 360).toString();
    this.change({ ...this.draft, point: placeText(place), bearing }, target);
  }

  private typed(name: keyof CameraDraft, value: string): void {
    const draft = { ...this.draft, [name]: value };
    // A direction that was typed goes before one that was pressed.
    const isKept = name !== "bearing" && name !== "point";
    this.change(draft, isKept ? this.target : null);
  }

  private readonly go = (event: Event): void => {
    event.preventDefault();
    const at_m = Number(this.goTo.replace(",", ".").replace(/[^\d.]/g, "")) * 1000;
    const line = this.ground?.line ?? [];
    if (!Number.isFinite(at_m) || line.length === 0) return;
    const [lon, lat] = line.reduce((best, one) => (Math.abs(one[2] - at_m) < Math.abs(best[2] - at_m) ? one : best));
    this.pane?.go([lon, lat]);
    this.pane?.focusStage();
  };

  private change(draft: CameraDraft, target: LonLat | null): void {
    this.tell("draft", { draft, target });
  }

  private readonly lock = (event: Event): void => {
    event.preventDefault();
    if (cameraBody(this.draft, 1) !== null) this.tell("lock");
  };

  private tell(name: string, detail: unknown = null): void {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}

customElements.define("vallum-camera-form", CameraForm);
