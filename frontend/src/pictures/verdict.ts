/** How well the pairs agree, in words: the whole, the worst of them, tilt, and what may be done with it. */

import { html, nothing, type TemplateResult } from "lit";

import { number, t } from "../words.ts";
import { lengthWords } from "./lengths.ts";
import type { Residuals } from "./types.ts";

export interface VerdictModel {
  residuals: Residuals | null;
  /** Whole pairs. */
  n: number;
  isAsking: boolean;
  /** Number of the pair that each residual belongs to. */
  numbers: readonly number[];
  /** Number of the pair that stands out, from 0; -1 while none does. */
  worst: number;
  trouble: unknown;
  pick: (n: number) => void;
  drop: (n: number) => void;
}

const GOOD_PX = 3;

export function verdict(model: VerdictModel): TemplateResult {
  const { residuals, n } = model;
  return html`<div class="verdict" role="status" aria-live="polite" aria-busy=${model.isAsking ? "true" : "false"}>
    ${residuals === null || residuals.why_not !== ""
      ? html`<p class="quiet">${residuals?.why_not || t(n < 2 ? "placing.few" : "placing.asking")}</p>`
      : agreement(residuals, n)}
    ${residuals === null || residuals.why_not !== "" ? nothing : model.worst >= 0 ? worst(model, residuals) : largest(model, residuals)}
    ${residuals === null || residuals.why_not !== "" ? nothing : facts(residuals)} ${model.trouble}
  </div>`;
}

function agreement(residuals: Residuals, n: number): TemplateResult {
  const { rmse_m, gsd_m } = residuals;
  if (rmse_m === null) return html`<p>${t(n < 3 ? "placing.two" : "placing.exact")}</p>`;
  const inPixels = gsd_m !== null && gsd_m > 0 ? rmse_m / gsd_m : null;
  const isGood = inPixels === null ? rmse_m <= 1 : inPixels <= GOOD_PX;
  return html`<p>
      <strong class="big ${isGood ? "good-text" : "bad-text"}">${isGood ? "✓" : "!"} ${lengthWords(rmse_m)}</strong>
      ${inPixels === null ? nothing : html`<span class="quiet">${t("placing.in_pixels", { px: number(inPixels, 1) })}</span>`}
    </p>
    <p class="small quiet">${t(isGood ? "placing.is_good" : "placing.is_poor")}</p>`;
}

function worst(model: VerdictModel, residuals: Residuals): TemplateResult | typeof nothing {
  const residual = residuals.worst === null ? null : residuals.residual_m[residuals.worst];
  if (residual === null || residual === undefined) return nothing;
  const n = String(model.worst + 1);
  return html`<p>${t("placing.worst", { pair: n, length: lengthWords(residual) })}</p>
    <p class="row">
      <button type="button" @click=${() => model.pick(model.worst)}>${t("placing.show_pair", { pair: n })}</button>
      <button type="button" @click=${() => model.drop(model.worst)}>${t("placing.drop_pair", { pair: n })}</button>
    </p>`;
}

/** No pair stands out, and still one of them is the first to look at. */
function largest(model: VerdictModel, residuals: Residuals): TemplateResult | typeof nothing {
  const known = residuals.residual_m.map((one) => one ?? -1);
  const most = Math.max(-1, ...known);
  const n = model.numbers[known.indexOf(most)];
  if (most <= 0 || n === undefined) return nothing;
  return html`<p class="small">${t("placing.largest", { pair: String(n + 1), length: lengthWords(most) })}</p>`;
}

function facts(residuals: Residuals): TemplateResult {
  const { gsd_m, rotation_deg, tilt_deg, looking_only, method } = residuals;
  return html`${looking_only === "" ? nothing : html`<p class="note warn">⚠ ${t("placing.looking", { why: looking_only })}</p>`}
    <dl class="small">
      ${method === "" ? nothing : html`<dt>${t("placing.method")}</dt><dd>${t(`placing.method.${method}`)}</dd>`}
      ${gsd_m === null ? nothing : html`<dt>${t("placing.gsd")}</dt><dd>${t("unit.m", { m: number(gsd_m, 2) })}</dd>`}
      ${rotation_deg === null ? nothing : html`<dt>${t("placing.rotation")}</dt><dd>${number(rotation_deg, 1)}°</dd>`}
      ${tilt_deg === null ? nothing : html`<dt>${t("placing.tilt")}</dt><dd>${number(tilt_deg, 1)}°</dd>`}
    </dl>`;
}
