/** `<vallum-join-page>`: the page behind an invitation link, /join#TOKEN. */

import { css, html, nothing } from "lit";
import type { TemplateResult } from "lit";

import { api, ApiError } from "../api.ts";
import { t, Worded } from "../words.ts";
import { troubleOf } from "./page.ts";
import type { Trouble } from "./page.ts";
import { pageLook } from "./pagelook.ts";

/** Fires `joined` {me}; goes to the review desk by itself unless that event is cancelled. */
export class JoinPage extends Worded {
  static override properties = {
    token: { type: String },
    isBusy: { state: true },
    isRefused: { state: true },
    trouble: { state: true },
  };

  static override styles = [
    pageLook,
    css`
      :host {
        max-width: 560px;
        padding-top: 12vh;
      }
      .card {
        display: grid;
        gap: 14px;
        padding: 24px;
      }
      button {
        min-height: 44px;
        font-size: 16px;
      }
    `,
  ];

  /** The secret part of the link; taken from the address if not given. */
  token = location.hash.replace(/^#/, "");
  private isBusy = false;
  /** The link itself is no good, so that pressing again is of no use. */
  private isRefused = false;
  private trouble: Trouble | null = null;

  protected override render(): TemplateResult {
    return html`<main class="card">
      <h1>${t("join.title")}</h1>
      ${this.token === ""
        ? html`<p>${t("join.no_token")}</p>`
        : html`<p>${t("join.text")}</p>
            <ul class="quiet">
              <li>${t("join.once")}</li>
              <li>${t("join.recorded")}</li>
            </ul>
            <button class="primary" type="button" ?disabled=${this.isBusy} @click=${this.enter}>
              ${t(this.isBusy ? "join.entering" : "join.enter")}
            </button>`}
      ${this.trouble === null
        ? nothing
        : html`<div class="trouble" role="alert">
            <strong>${this.isRefused ? t("join.refused") : this.trouble.message}</strong>
            <span>${this.isRefused ? t("join.ask_again") : this.trouble.next || t("join.ask_again")}</span>
          </div>`}
    </main>`;
  }

  private readonly enter = async (): Promise<void> => {
    this.isBusy = true;
    this.trouble = null;
    this.isRefused = false;
    try {
      const me = await api.join(this.token);
      const isFree = this.dispatchEvent(
        new CustomEvent("joined", { detail: { me }, bubbles: true, composed: true, cancelable: true }),
      );
      if (isFree) location.replace("/#/review/triage");
    } catch (problem) {
      this.trouble = troubleOf(problem, "join");
      this.isRefused = problem instanceof ApiError && problem.code === "NotAllowed";
    } finally {
      this.isBusy = false;
    }
  };
}

customElements.define("vallum-join-page", JoinPage);
