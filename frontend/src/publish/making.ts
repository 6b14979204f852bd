/** `<vallum-report-making>`: settle, measure, what holds it back, and publish a draft. */

import { css, html, type TemplateResult } from "lit";

import { api } from "../api.ts";
import { verb } from "../pages/commands.ts";
import "../pages/copy.ts";
import { t } from "../words.ts";
import { press, type Level, type PublishBody, type Publishing } from "./api.ts";
import { publishCommand } from "./commands.ts";
import "./gates.ts";
import { languageBoxes } from "./languages.ts";
import { Part } from "./part.ts";
import { publook } from "./publook.ts";
import { worked } from "./worked.ts";

const BEFORE = ["settle", "measure"] as const;
const STEPS = [...BEFORE, "publish"];

export class ReportMaking extends Part {
  static override properties = { ...Part.properties, all: { state: true }, body: { state: true } };

  static override styles = [
    ...publook,
    css`
      .steps {
        display: grid;
        grid-template-columns: repeat(auto-fit, minmax(min(100%, 280px), 1fr));
        gap: 12px;
        margin: 0;
        padding: 0;
        list-style: none;
      }
      .steps + p {
        margin-top: 8px;
      }
      .steps li {
        display: flex;
        flex-direction: column;
        gap: 8px;
      }
      .steps p {
        color: var(--text-2);
        flex: 1;
      }
      .steps button,
      form .primary {
        min-height: 36px;
      }
      form .primary {
        justify-self: start;
        padding-inline: 24px;
      }
    `,
  ];

  private all: Publishing | null = null;
  private body: PublishBody = { level: "public", languages: [], parquet: false, overlays: false };

  protected override async load(): Promise<void> {
    if (!this.state?.project) return;
    await this.attempt("load", async () => {
      this.all = await press.all();
      if (this.body.languages.length === 0) this.body = { ...this.body, languages: this.all.languages };
    });
  }

  protected override render(): TemplateResult {
    return html`${this.troubleBeside("load")}
      <section aria-labelledby="make">
        <h2 id="make">${t("report.make")}</h2>
        <ol class="steps">
          ${BEFORE.map((step, at) => this.step(step, at + 1))}
        </ol>
        <p class="quiet">${t("report.sample")} <a href="#/sample">${t("page.sample")}</a></p>
      </section>
      ${this.isKeeper
        ? html`<vallum-gates .state=${this.state} .level=${this.body.level}></vallum-gates> ${this.form()}`
        : ""}
      ${worked(this.job, STEPS)}`;
  }

  private step(step: (typeof BEFORE)[number], at: number): TemplateResult {
    return html`<li class="card">
      <h3>${at}. ${t(`job.what.${step}`)}</h3>
      <p>${t(`report.does.${step}`)}</p>
      <button
        type="button"
        data-step=${step}
        ?disabled=${!this.isKeeper || this.isWorking || this.busy === step}
        @click=${() => this.startJob(step, () => api.step(step))}
      >
        ${t(`report.do.${step}`)}
      </button>
      <vallum-command .command=${verb(step, this.root)}></vallum-command>
      ${this.troubleBeside(step)}
    </li>`;
  }

  private form(): TemplateResult {
    const { body } = this;
    const isReady = !this.isWorking && this.busy === "" && body.languages.length > 0;
    return html`<section aria-labelledby="publish">
      <h2 id="publish">3. ${t("job.what.publish")}</h2>
      <form
        class="card stack"
        @submit=${(event: Event) => {
          event.preventDefault();
          if (isReady) void this.startJob("publish", () => press.publish(body));
        }}
      >
        <p>${t("report.does.publish")}</p>
        <div class="fields">
          ${this.levels()}
          ${languageBoxes(this.all?.known_languages ?? [], body.languages, (languages) => this.change({ languages }))}
          <fieldset>
            <legend>${t("publish.more")}</legend>
            ${this.box("parquet", this.all?.has_parquet === false)} ${this.box("overlays", false)}
          </fieldset>
        </div>
        <button class="primary" data-step="publish" ?disabled=${!isReady}>${t("report.do.publish")}</button>
        <vallum-command .command=${publishCommand(body, this.root)}></vallum-command>
        ${this.troubleBeside("publish")}
      </form>
    </section>`;
  }

  private levels(): TemplateResult {
    return html`<fieldset>
      <legend>${t("publish.level")}</legend>
      ${(["public", "desk"] as const).map(
        (level: Level) => html`<label class="check"
          ><input
            type="radio"
            name="level"
            value=${level}
            .checked=${this.body.level === level}
            @change=${() => this.change({ level })}
          /><span>${t(`publish.level.${level}`)}<br /><span class="hint">${t(`publish.level.${level}_hint`)}</span></span></label
        >`,
      )}
    </fieldset>`;
  }

  private box(name: "parquet" | "overlays", isMissing: boolean): TemplateResult {
    return html`<label class="check"
      ><input
        type="checkbox"
        name=${name}
        ?disabled=${isMissing}
        .checked=${this.body[name]}
        @change=${(event: Event) => this.change({ [name]: (event.target as HTMLInputElement).checked })}
      /><span
        >${t(`publish.${name}`)}<br /><span class="hint"
          >${t(isMissing ? `publish.${name}_missing` : `publish.${name}_hint`)}</span
        ></span
      ></label
    >`;
  }

  private change(some: Partial<PublishBody>): void {
    this.body = { ...this.body, ...some };
  }
}

customElements.define("vallum-report-making", ReportMaking);
