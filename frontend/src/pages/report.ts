/** `<vallum-report-page>`: making, reading, freezing and handing on what is published. */

import { css, html, nothing, type TemplateResult } from "lit";

import "../publish/citing.ts";
import "../publish/editions.ts";
import "../publish/making.ts";
import "../publish/reading.ts";
import "../publish/sheets.ts";
import { tabOf, TABS, type Tab } from "../publish/tabs.ts";
import { t } from "../words.ts";
import { Page } from "./page.ts";
import { pageLook } from "./pagelook.ts";

export class ReportPage extends Page {
  static override properties = { ...Page.properties, tab: { state: true } };

  static override styles = [
    pageLook,
    css`
      :host {
        max-width: 1400px;
      }
      nav {
        display: flex;
        flex-wrap: wrap;
        gap: 0 4px;
        margin-bottom: 14px;
        border-bottom: 1px solid var(--line);
      }
      nav a {
        display: inline-flex;
        align-items: center;
        min-height: 32px;
        padding: 2px 12px;
        border: 1px solid transparent;
        border-bottom: 0;
        border-radius: var(--radius) var(--radius) 0 0;
        color: var(--text-2);
        text-decoration: none;
      }
      nav a:hover {
        background: var(--panel-2);
        color: var(--text);
      }
      nav a[aria-current] {
        border-color: var(--line-strong);
        background: var(--panel);
        box-shadow: inset 0 2px 0 var(--accent);
        color: var(--text);
        font-weight: 600;
      }
      .note {
        margin-bottom: 12px;
      }
    `,
  ];

  private tab: Tab = tabOf(location.hash);
  private readonly onHash = (): void => {
    this.tab = tabOf(location.hash);
  };

  override connectedCallback(): void {
    super.connectedCallback();
    addEventListener("hashchange", this.onHash);
    this.onHash();
  }

  override disconnectedCallback(): void {
    removeEventListener("hashchange", this.onHash);
    super.disconnectedCallback();
  }

  protected override render(): TemplateResult {
    return html`<header>
        <h1>${t("report.title")}</h1>
        <p>${t("report.lead")}</p>
      </header>
      ${this.troubleBeside("page")}
      ${this.state?.project
        ? html`<nav aria-label=${t("publish.tabs")}>
              ${TABS.map(
                (tab) =>
                  html`<a href="#/report${tab === "make" ? "" : `/${tab}`}" aria-current=${tab === this.tab ? "page" : nothing}
                    >${t(`publish.tab.${tab}`)}</a
                  >`,
              )}
            </nav>
            ${this.onlyKeeper()} ${this.shown()}`
        : this.noProject()}`;
  }

  private shown(): TemplateResult {
    const { state } = this;
    switch (this.tab) {
      case "make": return html`<vallum-report-making .state=${state}></vallum-report-making>`;
      case "read": return html`<vallum-report-reading .state=${state}></vallum-report-reading>`;
      case "editions": return html`<vallum-report-editions .state=${state}></vallum-report-editions>`;
      case "sheets": return html`<vallum-report-sheets .state=${state}></vallum-report-sheets>`;
      case "cite": return html`<vallum-report-citing .state=${state}></vallum-report-citing>`;
    } // prettier-ignore
  }
}

customElements.define("vallum-report-page", ReportPage);
