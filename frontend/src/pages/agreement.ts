/** `<vallum-agreement-page>`: how far analysts agree, with each other and with themselves. */

import { css, html, nothing } from "lit";
import type { TemplateResult } from "lit";

import { api } from "../api.ts";
import type { Agreement } from "../types.ts";
import { has, language, number, t } from "../words.ts";
import { FEW, kappaRange, told } from "./accord.ts";
import type { AlphaRow, PairRow, Told } from "./accord.ts";
import { Page } from "./page.ts";
import { pageLook } from "./pagelook.ts";
import { coefficient, percent } from "./spell.ts";

export class AgreementPage extends Page {
  static override properties = {
    ...Page.properties,
    agreement: { state: true },
  };

  static override styles = [
    pageLook,
    css`
      .loud {
        display: grid;
        grid-template-columns: repeat(auto-fit, minmax(min(100%, 230px), 1fr));
        gap: 12px;
      }
      .loud b {
        display: block;
        font-size: 28px;
        line-height: 1.2;
        font-variant-numeric: tabular-nums;
      }
      .empty {
        margin-bottom: 16px;
      }
      .read p {
        max-width: 80ch;
      }
      .two {
        display: grid;
        grid-template-columns: repeat(auto-fit, minmax(min(100%, 460px), 1fr));
        gap: 16px;
        align-items: start;
      }
    `,
  ];

  private agreement: Agreement | null = null;

  protected override async load(): Promise<void> {
    if (!this.state?.project) return;
    await this.attempt("load", async () => {
      this.agreement = await api.agreement();
    });
  }

  protected override render(): TemplateResult {
    return html`<header>
        <h1>${t("agreement.title")}</h1>
        <p>${t("agreement.lead")}</p>
      </header>
      ${this.troubleBeside("page")} ${this.troubleBeside("load")}
      ${this.state?.project
        ? html`${this.body()}
            <p class="quiet">${t("agreement.sample")} <a href="#/sample">${t("page.sample")}</a></p>`
        : this.noProject()}`;
  }

  private body(): TemplateResult {
    const found = this.agreement;
    if (found === null) {
      return this.trouble === null ? html`<p class="quiet">${t("pages.loading")}</p>` : html``;
    }
    if (found.hidden === true) {
      return html`<div class="note">
        <strong>${t("agreement.hidden")}</strong>
        <p>${t("agreement.hidden_text")}</p>
        ${found.why === "" ? nothing : html`<p class="quiet">${found.why}</p>`}
      </div>`;
    }
    const accord = told(found);
    if (accord === null || (accord.overall.n === 0 && accord.self.length === 0)) {
      return html`<div class="empty">${t("agreement.none")}</div>
        ${howToRead()}`;
    }
    return html`${numbers(accord)} ${howToRead()}
      <div class="two">
        ${alphaTable(
          "agreement.by_class",
          "agreement.col.class",
          accord.by_class.map((row) => [kindWords(row.name), row]),
        )}
        ${alphaTable(
          "agreement.by_section",
          "agreement.col.section",
          accord.by_section.map((row) => [row.name, row]),
        )}
      </div>
      <div class="two">
        ${pairTable("agreement.pairs", accord.pairs, true)}
        ${pairTable("agreement.self", accord.self, false)}
      </div>
      <div class="two">${lineTable(accord)} ${confusionTable(accord)}</div>`;
  }
}

function numbers({ overall, classes, pairs }: Told): TemplateResult {
  const range = kappaRange(pairs);
  const kappa =
    range === null
      ? "–"
      : [...new Set(range.map((one) => coefficient(one, language())))].join(" – ");
  return html`<section class="loud" aria-label=${t("agreement.title")}>
    <div class="card">
      ${t("agreement.equal")}<b>${share(overall.share_equal)}</b>
      ${t("agreement.equal_text", { n: overall.n_answers, candidates: overall.n })}
    </div>
    <div class="card">
      ${t("agreement.kappa")}<b>${kappa}</b> ${t("agreement.kappa_text", { n: pairs.length })}
    </div>
    <div class="card">
      ${t("agreement.alpha")}<b>${coefficient(overall.value, language())}</b>
      ${interval(overall)} · ${t("agreement.n", { n: overall.n })}
    </div>
    ${classes.n === 0
      ? nothing
      : html`<div class="card">
          ${t("agreement.classes")}<b>${coefficient(classes.value, language())}</b>
          ${interval(classes)} · ${t("agreement.n", { n: classes.n })}
        </div>`}
  </section>`;
}

function howToRead(): TemplateResult {
  return html`<section class="card read" aria-labelledby="read">
    <h2 id="read">${t("agreement.read")}</h2>
    <p>${t("agreement.read_text")}</p>
  </section>`;
}

function alphaTable(
  title: string,
  head: string,
  rows: [string, AlphaRow][],
): TemplateResult | typeof nothing {
  if (rows.length === 0) return nothing;
  return section(
    title,
    html`<thead>
        <tr>
          <th scope="col">${t(head)}</th>
          <th scope="col" class="number">${t("agreement.col.alpha")}</th>
          <th scope="col" class="number">${t("agreement.col.interval")}</th>
          <th scope="col" class="number">${t("agreement.col.equal")}</th>
          <th scope="col" class="number">${t("agreement.col.n")}</th>
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          ([name, alpha]) =>
            html`<tr>
              <th scope="row">${name}</th>
              <td class="number">${coefficient(alpha.value, language())}</td>
              <td class="number nowrap">${interval(alpha)}</td>
              <td class="number">${share(alpha.share_equal)}</td>
              <td class="number">${countOf(alpha.n)}</td>
            </tr>`,
        )}
      </tbody>`,
  );
}

function pairTable(
  title: string,
  pairs: readonly PairRow[],
  isOfTwo: boolean,
): TemplateResult | typeof nothing {
  if (pairs.length === 0) {
    return isOfTwo ? nothing : html`<section><h2>${t(title)}</h2><p class="quiet">${t("agreement.no_repeats")}</p></section>`;
  }
  return section(
    title,
    html`<thead>
        <tr>
          <th scope="col">${t(isOfTwo ? "agreement.col.pair" : "agreement.col.analyst")}</th>
          <th scope="col" class="number">${t("agreement.col.equal")}</th>
          <th scope="col" class="number">${t("agreement.col.kappa")}</th>
          <th scope="col" class="number">${t("agreement.col.pabak")}</th>
          <th scope="col" class="number">${t("agreement.col.n")}</th>
        </tr>
      </thead>
      <tbody>
        ${pairs.map(
          (pair) =>
            html`<tr>
              <th scope="row">${isOfTwo ? `${pair.first} · ${pair.second}` : pair.first}</th>
              <td class="number">${share(pair.share_equal)}</td>
              <td class="number">${coefficient(pair.kappa, language())}</td>
              <td class="number">${coefficient(pair.pabak, language())}</td>
              <td class="number">${countOf(pair.n)}</td>
            </tr>`,
        )}
      </tbody>`,
  );
}

function lineTable({ lines }: Told): TemplateResult | typeof nothing {
  if (lines.length === 0) return nothing;
  return section(
    "agreement.lines",
    html`<thead>
        <tr>
          <th scope="col">${t("agreement.col.pair")}</th>
          <th scope="col" class="number">${t("agreement.col.drawn")}</th>
          <th scope="col" class="number">${t("agreement.col.within")}</th>
        </tr>
      </thead>
      <tbody>
        ${lines.map(
          (line) =>
            html`<tr>
              <th scope="row">${line.first} · ${line.second}</th>
              <td class="number">
                ${number(Math.round(line.first_m))} m · ${number(Math.round(line.second_m))} m
              </td>
              <td class="number">${share(line.first_share)} · ${share(line.second_share)}</td>
            </tr>`,
        )}
      </tbody>`,
    t("agreement.lines_text", { m: lines[0]?.buffer_m ?? 0 }),
  );
}

function confusionTable({ confusion }: Told): TemplateResult | typeof nothing {
  const rows = confusion.filter(({ one, other }) => one !== other);
  if (rows.length === 0) return nothing;
  return section(
    "agreement.confusion",
    html`<thead>
        <tr>
          <th scope="col">${t("agreement.col.one")}</th>
          <th scope="col">${t("agreement.col.other")}</th>
          <th scope="col" class="number">${t("agreement.col.times")}</th>
        </tr>
      </thead>
      <tbody>
        ${[...rows]
          .sort((a, b) => b.n - a.n)
          .map(
            ({ one, other, n }) =>
              html`<tr>
                <th scope="row">${kindWords(one)}</th>
                <td>${kindWords(other)}</td>
                <td class="number">${number(n)}</td>
              </tr>`,
          )}
      </tbody>`,
    t("agreement.confusion_text"),
  );
}

function section(title: string, table: TemplateResult, text = ""): TemplateResult {
  return html`<section>
    <h2>${t(title)}</h2>
    <div class="scroll" tabindex="0" role="group" aria-label=${t(title)}>
      <table>
        <caption class=${text === "" ? "only-read" : ""}>
          ${text === "" ? t(title) : text}
        </caption>
        ${table}
      </table>
    </div>
  </section>`;
}

function interval({ low, high }: AlphaRow): string {
  if (low === null || high === null) return t("agreement.no_interval");
  return t("agreement.interval", {
    low: coefficient(low, language()),
    high: coefficient(high, language()),
  });
}

function share(value: number | null): string {
  return value === null ? "–" : percent(value, 1, language());
}

function countOf(n: number): TemplateResult {
  return n < FEW
    ? html`${number(n)} <span class="tag" title=${t("agreement.few_text", { n: FEW })}
          >${t("agreement.few")}</span
        >`
    : html`${number(n)}`;
}

function kindWords(kind: string): string {
  const key = `kind.${kind}`;
  return has(key) ? t(key) : kind.replace(/_/g, " ");
}

customElements.define("vallum-agreement-page", AgreementPage);
