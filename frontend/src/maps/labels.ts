/** The words that lie on top of the pictures. */

import { html, nothing, svg, type TemplateResult } from "lit";

import type { Image } from "../types.ts";
import { dateWords } from "../days.ts";
import { language, number, t } from "../words.ts";

/** Return the day or the interval in which an image was taken, in words. */
export function takenWords(image: Image): string {
  return dateWords(image.taken, language()) || t("map.date_unknown");
}

/** Return the plate of one side: date, sensor, sharpness, angle, and how well it lies on the other. */
export function plate(image: Image, side: "before" | "after"): TemplateResult {
  return html`<div class="over ${side}">
    <div><strong>${t(`map.${side}`)} ${takenWords(image)}</strong></div>
    <div>${facts(image).join(" · ")}</div>
    ${image.is_aligned ? nothing : html`<div class="warn">⚠ ${t("map.not_aligned")}</div>`}
    ${image.is_clear ? nothing : html`<div class="warn">⚠ ${image.why_not || t("map.not_clear")}</div>`}
  </div>`;
}

/** Return what is known of an image, each in a few words. */
export function facts(image: Image): string[] {
  const known: string[] = [];
  if (image.sensor) known.push(image.sensor);
  if (image.gsd_m !== null) known.push(t("map.gsd", { m: short(image.gsd_m) }));
  if (image.off_nadir_deg !== null) {
    known.push(t("map.off_nadir", { deg: number(image.off_nadir_deg, 0) }));
  }
  if (image.is_aligned && image.rmse_m !== null) known.push(within(image.rmse_m, image.gsd_m));
  return known;
}

function within(rmse_m: number, gsd_m: number | null): string {
  const m = short(rmse_m);
  return gsd_m ? t("map.within_px", { m, px: number(rmse_m / gsd_m, 1) }) : t("map.within", { m });
}

/** Two digits that count: 0.31, 0.5, 2.4, 10. */
function short(metres: number): string {
  return number(metres, metres < 10 ? (Number.isInteger(metres * 10) ? 1 : metres < 1 ? 2 : 1) : 0);
}

/** Return the arrow to the north in a map whose `bearing` points up. */
export function north(bearing: number): TemplateResult {
  return html`<svg class="north" viewBox="-20 -20 40 40" role="img" aria-label=${t("map.north")}>
    ${svg`<g transform=${`rotate(${-bearing})`}>
      <path d="M0 -14L5 2L0 -1L-5 2Z" fill="#fff" />
      <text y="14" text-anchor="middle" fill="#fff" font-size="10" font-weight="700">N</text>
    </g>`}
  </svg>`;
}

/** Return the line of credits of what is on screen, each named once. */
export function credits(images: readonly (Image | null)[]): string {
  return [...new Set(images.map((image) => image?.credit ?? "").filter(Boolean))].join(" · ");
}
