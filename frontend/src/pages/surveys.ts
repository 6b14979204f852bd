/** The drawings of a project: what each is, how far it is read, what it gives. */

import { css, html, nothing } from "lit";
import type { TemplateResult } from "lit";

import type { Figure, Survey } from "../types.ts";
import { has, number, t } from "../words.ts";

export const surveyLook = css`
  .survey {
    display: grid;
    gap: 8px;
    margin: 0;
  }
  .survey h2 {
    display: flex;
    flex-wrap: wrap;
    gap: 4px 10px;
    align-items: baseline;
  }
  .survey progress {
    max-width: 420px;
  }
  .survey .value {
    font-weight: 600;
    white-space: nowrap;
  }
  .again {
    display: flex;
    flex-wrap: wrap;
    gap: 6px 8px;
    align-items: center;
  }
  .again input {
    width: 80px;
    text-align: end;
  }
`;

/** What a person may do with a survey. */
export interface SurveyHands {
  mayDraw: boolean;
  /** Numbers are kept from analysts who have some of it to read. */
  isReader: boolean;
  isBusy: boolean;
  /** Read some of it a second time. */
  again: (survey: Survey, n: string) => void;
  trouble: (survey: Survey) => TemplateResult | typeof nothing;
}

/** Return one survey as a card. */
export function surveyCard(one: Survey, at: number, hands: SurveyHands, isSuperseded = false): TemplateResult {
  const isWhole = one.n_read === one.n;
  return html`<section class="card survey" aria-labelledby="survey-${at}">
    <h2 id="survey-${at}">
      ${t(`survey.title.${one.design}`, { n: one.n })}
      ${one.design === "purposive" ? html`<span class="tag">${t("survey.itself_only")}</span>` : nothing}
    </h2>
    <p class="quiet">
      ${t("survey.of", { all: one.n_units, m: one.length_m, km: number(one.population_m / 1000, 1) })}
      ${one.design === "stratified" ? t("survey.divided") : nothing}
      ${one.why === "" ? nothing : t("survey.why", { why: one.why })}
    </p>
    <div>
      <progress max=${Math.max(1, one.n)} value=${one.n_read} aria-label=${t("survey.read", { n: one.n_read, all: one.n })}></progress>
      <p role="status">
        ${t("survey.read", { n: one.n_read, all: one.n })}
        ${one.n_mine === 0 ? t("survey.not_mine") : t("survey.mine", { n: one.n_read_mine, all: one.n_mine })}
      </p>
    </div>
    ${isWhole ? numbers(one, hands.isReader, isSuperseded) : nothing}
    ${one.n_read_mine < one.n_mine
      ? html`<div class="row"><a class="button" href="#/review/sample">${t("survey.go")}</a></div>`
      : nothing}
    ${hands.mayDraw && one.of === "" && one.design !== "purposive" ? again(one, isWhole, at, hands) : nothing}
  </section>`;
}

function again(one: Survey, isWhole: boolean, at: number, hands: SurveyHands): TemplateResult {
  if (!isWhole) return html`<p class="quiet">${t("survey.again_later")}</p>`;
  const first = Math.min(one.n, Math.max(12, Math.round(one.n / 4)));
  return html`<form
      class="again"
      novalidate
      @submit=${(event: Event) => {
        event.preventDefault();
        const typed = (event.target as HTMLFormElement).querySelector("input")?.value ?? "";
        hands.again(one, typed);
      }}
    >
      <label for="again-${at}">${t("survey.again")}</label>
      <input id="again-${at}" inputmode="numeric" autocomplete="off" .value=${String(first)} />
      <button ?disabled=${hands.isBusy}>${t("sample.draw")}</button>
      <span class="quiet">${t("survey.again_text")}</span>
    </form>
    ${hands.trouble(one)}`;
}

function numbers(one: Survey, isReader: boolean, isSuperseded: boolean): TemplateResult {
  if (one.figures.length === 0) {
    const isHidden = isReader && one.n_read_mine < one.n_mine;
    const key = isHidden ? "whole_hidden" : one.of !== "" ? "whole_second" : isSuperseded ? "superseded" : "whole";
    return html`<p class="note ${key === "whole" ? "good" : ""}">
      ${t(`survey.${key}`)} ${key === "whole" ? html`<a href="#/report">${t("page.report")}</a>` : nothing}
    </p>`;
  }
  return html`<div class="scroll" tabindex="0" role="group" aria-label=${t("survey.numbers")}>
    <table>
      <caption>
        ${t("survey.numbers_text")}
      </caption>
      <thead>
        <tr>
          <th scope="col">${t("survey.col.what")}</th>
          <th scope="col" class="number">${t("survey.col.value")}</th>
          <th scope="col" class="number">${t("survey.col.interval")}</th>
          <th scope="col">${t("survey.col.words")}</th>
        </tr>
      </thead>
      <tbody>
        ${one.figures.filter(isOfSample).map(
          (figure) =>
            html`<tr>
              <th scope="row">${figureName(figure.name)}</th>
              <td class="number value">${amount(figure.value, figure.unit)}</td>
              <td class="number nowrap">${interval(figure)}</td>
              <td>${figure.reason === "" ? figure.wording : figure.reason}</td>
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}

/** Bounds add what nobody saw; they stand in the report, beside what is confirmed. */
function isOfSample({ basis }: Figure): boolean {
  return basis !== "bounds";
}

function interval({ low, high, unit }: Figure): string {
  if (low === null || high === null) return "–";
  return t("survey.interval", { low: amount(low, ""), high: amount(high, unit) });
}

function amount(value: number | null, unit: string): string {
  if (value === null) return "–";
  const digits = unit === "" || unit.includes("km") ? (Math.abs(value) < 10 ? 2 : 1) : 1;
  return `${number(Math.abs(value) >= 1000 ? Math.round(value) : Number(value.toFixed(digits)))} ${unit === "1" ? "" : unit}`.trim();
}

/** Return the name of a number in words; one that is not known here stays as it is. */
export function figureName(name: string): string {
  const [, base = name, form = ""] = /^(.+?)_(estimated|if_missing_at_random)(?:_in_.+)?$/.exec(name) ?? [];
  const what = baseName(base.replace(/_in_km_.+$/, ""));
  return form === "" || form === "estimated" ? what : t(`figure.form.${form}`, { what });
}

function baseName(base: string): string {
  if (has(`figure.${base}`)) return t(`figure.${base}`);
  const [, kind, change] = /^barrier_km_(.+)_([a-z]+)$/.exec(base) ?? [];
  if (kind !== undefined && has(`change.${change}`)) {
    const what = kind === "all" ? t("figure.all_kinds") : has(`kind.${kind}`) ? t(`kind.${kind}`) : kind;
    return t("figure.barrier", { kind: what, change: t(`change.${change}`) });
  }
  const [, posts] = /^posts_([a-z]+)$/.exec(base) ?? [];
  if (posts !== undefined && has(`change.${posts}`)) return t("figure.posts", { change: t(`change.${posts}`) });
  return base.replace(/_/g, " ");
}
