/** What a sample will cost and give, said before anybody looks. */

import { css, html, nothing } from "lit";
import type { TemplateResult } from "lit";

import type { PlanOption, SamplePlan } from "../types.ts";
import { duration, number, t } from "../words.ts";

export const planLook = css`
  .plan {
    display: grid;
    gap: 10px;
    padding: 12px;
    border: 1px solid var(--line-strong);
    border-radius: var(--radius);
    background: var(--panel-2);
  }
  .facts {
    display: grid;
    grid-template-columns: repeat(auto-fit, minmax(min(100%, 150px), 1fr));
    gap: 8px 16px;
    margin: 0;
  }
  .facts div {
    display: flex;
    flex-direction: column-reverse;
    justify-content: flex-end;
  }
  .facts dd {
    font-size: 22px;
    font-variant-numeric: tabular-nums;
    line-height: 1.25;
  }
  .facts dt {
    font-size: var(--small);
  }
  .plan ul {
    margin: 0;
    padding-inline-start: 20px;
    max-width: 85ch;
  }
`;

/** Return a plan in words and figures. */
export function planShown(plan: SamplePlan): TemplateResult {
  const { chosen } = plan;
  return html`<section class="plan" aria-labelledby="plan" aria-live="polite">
    <h3 id="plan">${t("sample.plan")}</h3>
    <dl class="facts">
      <div>
        <dt>${t("sample.plan.n", { all: plan.n_units })}</dt>
        <dd>${number(chosen.n)}</dd>
      </div>
      <div>
        <dt>${t("sample.plan.hours", { each: duration(plan.seconds_each), readers: plan.n_readers })}</dt>
        <dd>${duration(chosen.hours * 3600)}</dd>
      </div>
      <div>
        <dt>${t("sample.plan.half")}</dt>
        <dd>${halfWidth(chosen.half_width_km)}</dd>
      </div>
      <div>
        <dt>${t("sample.plan.positive")}</dt>
        <dd>${plan.is_known ? t("sample.plan.about", { n: Math.round(chosen.n_positive) }) : "?"}</dd>
      </div>
    </dl>
    ${plan.warnings.map((warning) => html`<p class="note warn">${warningWords(warning, plan)}</p>`)}
    ${plan.parts.length < 2 ? nothing : partTable(plan)}
    <details>
      <summary>${t("sample.plan.assumed")}</summary>
      <ul>
        ${plan.assumed.map((line) => html`<li>${sentence(line)}</li>`)}
      </ul>
    </details>
    ${plan.options.length === 0
      ? nothing
      : html`<details>
          <summary>${t("sample.plan.others")}</summary>
          ${optionTable(plan.options, chosen.n)}
        </details>`}
  </section>`;
}

function partTable(plan: SamplePlan): TemplateResult {
  return html`<div class="scroll" tabindex="0" role="group" aria-label=${t("sample.plan.parts")}>
    <table>
      <caption>
        ${t("sample.plan.parts")}
      </caption>
      <thead>
        <tr>
          <th scope="col">${t("sample.col.part")}</th>
          <th scope="col" class="number">${t("sample.col.km")}</th>
          <th scope="col" class="number">${t("sample.col.units")}</th>
          <th scope="col" class="number">${t("sample.col.read")}</th>
        </tr>
      </thead>
      <tbody>
        ${plan.parts.map(
          (part) =>
            html`<tr>
              <th scope="row">${partName(part.name)}</th>
              <td class="number">${number(part.size_m / 1000, 1)}</td>
              <td class="number">${number(part.n_units)}</td>
              <td class="number">${number(part.n)}</td>
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}

function optionTable(options: readonly PlanOption[], chosen: number): TemplateResult {
  return html`<div class="scroll" tabindex="0" role="group" aria-label=${t("sample.plan.others")}>
    <table>
      <caption class="only-read">
        ${t("sample.plan.others")}
      </caption>
      <thead>
        <tr>
          <th scope="col" class="number">${t("sample.stretches")}</th>
          <th scope="col" class="number">${t("sample.col.half")}</th>
          <th scope="col" class="number">${t("sample.col.hours")}</th>
        </tr>
      </thead>
      <tbody>
        ${options.map(
          (one) =>
            html`<tr aria-current=${one.n === chosen ? "true" : nothing}>
              <th scope="row" class="number">${number(one.n)}</th>
              <td class="number">${halfWidth(one.half_width_km)}</td>
              <td class="number">${duration(one.hours * 3600)}</td>
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}

/** Return the name of a part of the border in words, where there are some. */
export function partName(name: string): string {
  const [, from, to] = /^score \d+: from ([\d.]+)(?: to ([\d.]+))?$/.exec(name) ?? [];
  if (from !== undefined) {
    const low = number(Number(from), 2);
    return to === undefined ? t("sample.part.from", { from: low }) : t("sample.part.to", { from: low, to: number(Number(to), 2) });
  }
  if (name === "score 0") return t("sample.part.none");
  return name === "all" ? t("sample.part.all") : name.replace(/_/g, " ");
}

/** The server warns in English; what it warns of most is said in the language of the page. */
function warningWords(warning: string, { chosen }: SamplePlan): string {
  const least = /fewer than (\d+)/.exec(warning)?.[1];
  if (least !== undefined) return t("sample.warn.few", { n: Math.round(chosen.n_positive), least });
  if (/every stretch there is/.test(warning)) return t("sample.warn.all");
  return sentence(warning.replace(/^[A-Z]+: /, ""));
}

function halfWidth(km: number | null): string {
  return km === null ? "–" : t("sample.plan.km", { km: number(km, km < 1 ? 2 : 1) });
}

function sentence(line: string): string {
  return line.charAt(0).toUpperCase() + line.slice(1);
}
