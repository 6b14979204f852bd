/** `<vallum-guide>`: what each class looks like from above, and what is easily taken for it. */

import { css, html, nothing, type TemplateResult } from "lit";

import "./dialog.ts";
import { look } from "./look.ts";
import { sketch } from "./sketches.ts";
import type { KindInfo } from "./types.ts";
import { t, Worded } from "./words.ts";

/** Properties: `open`, `kinds`. */
export class VallumGuide extends Worded {
  static override properties = {
    open: { type: Boolean },
    kinds: { attribute: false },
  };

  static override styles = [
    look,
    css`
      ul {
        display: grid;
        grid-template-columns: repeat(auto-fill, minmax(min(100%, 310px), 1fr));
        gap: 12px;
        margin: 12px 0;
        padding: 0;
        list-style: none;
      }
      li {
        display: grid;
        grid-template-columns: 160px 1fr;
        gap: 10px;
        font-size: 13px;
      }
      svg {
        border: 1px solid var(--line);
        border-radius: 4px;
      }
      .not {
        color: var(--existed);
      }
      h3 {
        display: flex;
        gap: 6px;
        align-items: center;
      }
      @media (max-width: 480px) {
        li {
          grid-template-columns: 1fr;
        }
      }
    `,
  ];

  open = false;
  kinds: KindInfo[] = [];

  protected override render() {
    return html`<vallum-dialog .open=${this.open} heading=${t("guide.head")}>
      ${this.open
        ? html`<p class="quiet">${t("guide.how")}</p>
            <ul>
              ${this.kinds.map((info) => this.renderKind(info))}
            </ul>
            <p class="quiet">${t("guide.people")}</p>`
        : nothing}
    </vallum-dialog>`;
  }

  private renderKind({ kind, key, colour }: KindInfo): TemplateResult {
    return html`<li>
      ${sketch(kind)}
      <div>
        <h3><kbd>${key}</kbd><span class="swatch" .style=${`background:${colour}`}></span>${t(`kind.${kind}`)}</h3>
        <p>${t(`guide.${kind}`)}</p>
        <p class="not">${t("guide.not")} ${t(`guide.${kind}.not`)}</p>
      </div>
    </li>`;
  }
}

customElements.define("vallum-guide", VallumGuide);
