/** `<vallum-picture-tabs>`: the pages about images, from taking them in to what to buy next. */

import { css, html, nothing, type TemplateResult } from "lit";

import { look } from "../look.ts";
import { t, Worded } from "../words.ts";

export const PICTURE_PAGES = ["", "catalogue", "shots", "dates", "cues", "land"] as const;
export type PicturePage = (typeof PICTURE_PAGES)[number];

/** Property: `now`. */
export class PictureTabs extends Worded {
  static override properties = { now: { type: String } };

  static override styles = [
    look,
    css`
      nav {
        display: flex;
        flex-wrap: wrap;
        gap: 0 4px;
        padding: 4px clamp(10px, 2.5vw, 32px) 0;
        border-bottom: 1px solid var(--line);
      }
      a {
        display: inline-flex;
        align-items: center;
        min-height: 30px;
        padding: 2px 12px;
        border: 1px solid transparent;
        border-bottom: 0;
        border-radius: var(--radius) var(--radius) 0 0;
        color: var(--text-2);
        text-decoration: none;
      }
      a:hover {
        background: var(--panel-2);
        color: var(--text);
      }
      a[aria-current] {
        border-color: var(--line-strong);
        background: var(--panel);
        box-shadow: inset 0 2px 0 var(--accent);
        color: var(--text);
        font-weight: 600;
      }
    `,
  ];

  now: PicturePage = "";

  protected override render(): TemplateResult {
    return html`<nav aria-label=${t("tabs.label")}>
      ${PICTURE_PAGES.map(
        (page) =>
          html`<a href="#/images${page === "" ? "" : `/${page}`}" aria-current=${page === this.now ? "page" : nothing}>${t(`tabs.${page || "files"}`)}</a>`,
      )}
    </nav>`;
  }
}

customElements.define("vallum-picture-tabs", PictureTabs);
