/** `<vallum-sample-page>`: plan and draw stretches to read, see how far they are, and what they give. */

import { css, html, nothing } from "lit";
import type { TemplateResult } from "lit";

import { api, ApiError } from "../api.ts";
import type { PlanQuery, SampleBody, SamplePlan, Survey } from "../types.ts";
import { t } from "../words.ts";
import "./areaform.ts";
import { Page } from "./page.ts";
import { pageLook } from "./pagelook.ts";
import "./sampleform.ts";
import { whole, type SampleForm } from "./sampleform.ts";
import { surveyCard, surveyLook } from "./surveys.ts";

type Drawn = Awaited<ReturnType<typeof api.sample>>;

export class SamplePage extends Page {
  static override properties = {
    ...Page.properties,
    surveys: { state: true },
    plan: { state: true },
    noPlan: { state: true },
    drawn: { state: true },
  };

  static override styles = [
    pageLook,
    surveyLook,
    css`
      .surveys {
        display: grid;
        gap: 12px;
        margin-bottom: 20px;
      }
      .empty,
      .told > p {
        margin-bottom: 20px;
      }
      details.card > summary {
        font-size: 16px;
      }
    `,
  ];

  private surveys: Survey[] | null = null;
  private plan: SamplePlan | null = null;
  /** Why there is no plan for what is typed. */
  private noPlan = "";
  private drawn: Drawn | null = null;
  private nAsked = 0;

  protected override async load(): Promise<void> {
    if (!this.state?.project) return;
    await this.attempt("load", async () => {
      this.surveys = await api.surveys();
    });
  }

  protected override onJobEnded(): void {
    void this.load();
    this.renderRoot.querySelector<SampleForm>("vallum-sample-form")?.ask();
  }

  private get mayDraw(): boolean {
    const role = this.state?.me?.role;
    return role === "adjudicator" || role === "keeper";
  }

  private readonly think = async (event: CustomEvent<PlanQuery>): Promise<void> => {
    const asked = ++this.nAsked;
    try {
      const plan = await api.samplePlan(event.detail);
      if (asked !== this.nAsked) return;
      this.plan = plan;
      this.noPlan = "";
    } catch (problem) {
      if (!(problem instanceof ApiError)) throw problem;
      if (asked !== this.nAsked) return;
      this.plan = null;
      this.noPlan = [problem.message, problem.next].filter(Boolean).join(" ") || t("pages.error.gone");
    }
  };

  private async draw(about: string, body: SampleBody): Promise<void> {
    this.drawn = null;
    await this.attempt(about, async () => {
      this.drawn = await api.sample(body);
      this.surveys = await api.surveys();
    });
    await this.updateComplete;
    this.renderRoot.querySelector("[role=status].told")?.scrollIntoView({ block: "nearest" });
  }

  protected override render(): TemplateResult {
    return html`<header>
        <h1>${t("sample.title")}</h1>
        <p>${t("sample.lead")}</p>
      </header>
      ${this.troubleBeside("page")} ${this.troubleBeside("load")}
      ${this.state?.project ? html`${this.told()} ${this.there()} ${this.forms()}` : this.noProject()}`;
  }

  private told(): TemplateResult {
    const { drawn } = this;
    return html`<div role="status" class="told">
      ${drawn === null
        ? nothing
        : html`<p class="note good">
            ${t(drawn.n_new > 0 ? "sample.drawn" : "sample.drawn_same", { n: drawn.n_drawn })}
            ${this.surveys?.some((one) => one.n_read_mine < one.n_mine)
              ? html`<a href="#/review/sample">${t("survey.go")}</a>`
              : nothing}
          </p>`}
    </div>`;
  }

  private there(): TemplateResult {
    if (this.surveys === null) {
      return this.trouble === null ? html`<p class="quiet">${t("pages.loading")}</p>` : html``;
    }
    if (this.surveys.length === 0) return html`<div class="empty">${t("survey.none")}</div>`;
    const newest = this.surveys.findLast((one) => isFirst(one) && one.n_read === one.n);
    const hands = {
      mayDraw: this.mayDraw,
      isReader: this.state?.me?.role === "analyst",
      isBusy: this.busy !== "",
      again: (one: Survey, typed: string) => void this.again(one, typed),
      trouble: (one: Survey) => this.troubleBeside(one.survey),
    };
    return html`<div class="surveys">${this.surveys.map((one, at) => surveyCard(one, at, hands, isFirst(one) && one !== newest))}</div>
      ${this.surveys.filter(isFirst).length > 1
        ? html`<p class="note">${t("survey.several")}</p>`
        : nothing}`;
  }

  private async again(one: Survey, typed: string): Promise<void> {
    const n = whole(typed, 1, one.n);
    if (n === null) {
      this.trouble = { about: one.survey, message: t("survey.again_bad", { all: one.n }), next: "" };
      return;
    }
    await this.draw(one.survey, { design: "second", of: one.survey, n, seed: one.seed });
  }

  private forms(): TemplateResult {
    if (!this.mayDraw) return html`<p class="note">${t("sample.only_some")}</p>`;
    const [from, to] = this.state?.project?.extent ?? [0, 0];
    return html`<section class="card stack" aria-labelledby="new">
        <h2 id="new">${t("sample.new")}</h2>
        <vallum-sample-form
          .isBusy=${this.busy === "sample"}
          .plan=${this.plan}
          .km=${(to - from) / 1000}
          @plan=${this.think}
          @draw=${(event: CustomEvent<SampleBody>) => void this.draw("sample", event.detail)}
        ></vallum-sample-form>
        ${this.noPlan === "" ? nothing : html`<p class="note" role="status">${this.noPlan}</p>`}
        ${this.troubleBeside("sample")}
      </section>
      <details class="card">
        <summary>${t("sample.area")}</summary>
        <vallum-area-form
          .isBusy=${this.busy === "area"}
          .extent=${this.state?.project?.extent ?? null}
          @draw=${(event: CustomEvent<SampleBody>) => void this.draw("area", event.detail)}
        ></vallum-area-form>
        ${this.troubleBeside("area")}
      </details>`;
  }
}

/** Say whether a survey was drawn by chance, and not to read another a second time. */
function isFirst(one: Survey): boolean {
  return one.of === "" && one.design !== "purposive";
}

customElements.define("vallum-sample-page", SamplePage);
