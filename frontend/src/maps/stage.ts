/** What `<vallum-compare>` puts on the page: two maps, the ink above them, the glass, the words. */

import { html, nothing, type TemplateResult } from "lit";

import type { Image, ItemFull, View } from "../types.ts";
import { metres, t } from "../words.ts";
import { metresPerPixel, type Camera, type Size } from "./camera.ts";
import { ink, ring, type InkOptions } from "./ink.ts";
import { credits, north, plate, takenWords } from "./labels.ts";
import { scaleBar, type ScaleBar } from "./scale.ts";
import { split } from "./split.ts";

export type Shown = "before" | "after" | "both";

export interface StageModel {
  item: ItemFull | null;
  left: Image | null;
  right: Image | null;
  view: View;
  /** Which picture is on screen. */
  shown: Shown;
  /** Per cent of the width that shows the picture before. */
  swipe: number;
  camera: Camera | null;
  size: Size;
  ink: InkOptions;
  isSimulated: boolean;
  hasPictures: boolean;
  /** Another pair is on its way; the last one is held. */
  isWaiting: boolean;
  /** What is held is of another place: nothing may be drawn over it. */
  isElsewhere: boolean;
  isLoading: boolean;
  isBroken: boolean;
  /** Key of a sentence to say, or "". */
  notice: string;
}

export interface StageEvents {
  press: (event: KeyboardEvent) => void;
  swipe: (percent: number) => void;
  retry: () => void;
}

/** Return the stage. Lengths that follow the view are set by `fit`, since no style may stand in the page. */
export function stage(model: StageModel, on: StageEvents): TemplateResult {
  const { left, right, shown, view } = model;
  const isEmpty = !model.item || !model.hasPictures;
  const states = { empty: isEmpty, waiting: model.isWaiting, elsewhere: model.isElsewhere };
  const classes = ["stage", ...Object.entries(states).flatMap(([name, is]) => (is ? [name] : []))];
  return html`<div class=${classes.join(" ")} data-view=${view} data-shown=${shown}>
    <div class="map lower" aria-hidden="true"></div>
    <div class="map upper" aria-hidden="true"></div>
    ${drawn(model)}
    <div
      class="glass"
      role="application"
      tabindex="0"
      aria-label=${describe(model)}
      aria-describedby="help"
      @keydown=${on.press}
    ></div>
    ${left && shown !== "after" ? plate(left, "before") : nothing}
    ${right && shown !== "before" ? plate(right, "after") : nothing}
    ${corners(model)} ${status(model, on.retry)} ${swiper(model, on.swipe)}
    <p id="help" class="unseen">${t("map.help")}</p>
  </div>`;
}

/** Set what follows the view by the style object, which the content security policy allows. */
export function fit(root: ParentNode, model: StageModel): void {
  const style = (name: string): CSSStyleDeclaration | undefined =>
    root.querySelector<HTMLElement>(`.${name}`)?.style;
  const [lower, upper, bar, handle] = [style("lower"), style("upper"), style("bar"), style("handle")];
  if (lower) lower.visibility = model.shown === "after" ? "hidden" : "";
  if (upper) {
    upper.visibility = model.shown === "before" ? "hidden" : "";
    upper.clipPath = model.view === "swipe" ? `inset(0 0 0 ${model.swipe}%)` : "";
  }
  if (bar) bar.width = `${barOf(model.camera).width_px}px`;
  if (handle) handle.left = `${model.swipe}%`;
}

function drawn(model: StageModel): unknown {
  const { camera, size, item, view } = model;
  if (!camera || !item) return nothing;
  const seen = { camera, size };
  const pane = (name: string): TemplateResult =>
    html`<svg class="ink ${name}" aria-hidden="true">${ink(seen, item, model.ink)}</svg>`;
  const line = split(view, model.swipe, size, ring(seen, item));
  return html`${pane("first")} ${view === "side" ? pane("second") : nothing} ${line}`;
}

function corners({ camera, left, right, isSimulated }: StageModel): TemplateResult {
  const { length_m } = barOf(camera);
  const length = length_m < 1 ? t("unit.m", { m: length_m }) : metres(length_m);
  const line = credits([left, right]);
  return html`${isSimulated ? html`<div class="over simulated">${t("map.simulated")}</div>` : nothing}
    ${line ? html`<div class="over credit">${line}</div>` : nothing}
    ${camera ? north(camera.bearing) : nothing}
    <div class="over scale" ?hidden=${!camera} role="img" aria-label=${t("map.scale", { length })}>
      ${length}
      <div class="bar"></div>
    </div>`;
}

function status(model: StageModel, retry: () => void): TemplateResult {
  const isLoading = model.isLoading && model.item !== null;
  const again = html`<button @click=${retry}>${t("map.retry")}</button>`;
  const loading = html`<span class="dot"></span>${t("map.loading")}`;
  return html`<div class=${model.isBroken || isLoading ? "over status" : "unseen"} role="status">
      ${model.isBroken ? html`${t("map.broken")} ${again}` : isLoading ? loading : nothing}
    </div>
    <div class=${model.notice ? "over notice" : "unseen"} role="status">
      ${model.notice ? t(model.notice) : nothing}
    </div>`;
}

function swiper(model: StageModel, swipe: (percent: number) => void): TemplateResult {
  const isHidden = model.view !== "swipe";
  const percent = Math.round(model.swipe);
  const drag = (event: PointerEvent): void => {
    const handle = event.currentTarget as HTMLElement;
    if (event.type === "pointerdown") handle.setPointerCapture(event.pointerId);
    const box = handle.closest(".stage")?.getBoundingClientRect();
    if (!box || !handle.hasPointerCapture(event.pointerId)) return;
    swipe(((event.clientX - box.left) / box.width) * 100);
  };
  return html`<div
      class="handle"
      ?hidden=${isHidden}
      aria-hidden="true"
      @pointerdown=${drag}
      @pointermove=${drag}
    ></div>
    <label class="over range" ?hidden=${isHidden}>
      ${t("map.swipe")}
      <input
        type="range"
        min="0"
        max="100"
        step="1"
        aria-label=${t("map.swipe_label")}
        aria-valuetext=${t("map.swipe_value", { percent })}
        .value=${String(percent)}
        @input=${(e: Event) => swipe(Number((e.target as HTMLInputElement).value))}
        @keydown=${keepArrows}
      />
    </label>`;
}

/** The arrows of the range input are its own; every other key is the app's. */
function keepArrows(event: KeyboardEvent): void {
  if (event.key.startsWith("Arrow") || event.key === "Home" || event.key === "End") {
    event.stopPropagation();
  }
}

function barOf(camera: Camera | null): ScaleBar {
  return camera ? scaleBar(metresPerPixel(camera)) : { length_m: 0, width_px: 0 };
}

function describe({ left, right, shown }: StageModel): string {
  if (!left && !right) return t("map.label_none");
  const words = (image: Image | null): string => (image ? takenWords(image) : t("map.date_unknown"));
  return t("map.label", {
    before: words(left),
    after: words(right),
    shown: t(`map.shown_${shown}`),
  });
}
