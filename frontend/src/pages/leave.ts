/** `<vallum-leave>`: who I am, and the way out: signing out of this browser, or of all of mine. */

import { css, html, nothing, type TemplateResult } from "lit";

import { api } from "../api.ts";
import "../dialog.ts";
import { look } from "../look.ts";
import type { Me } from "../types.ts";
import { t, Worded } from "../words.ts";
import { troubleOf } from "./page.ts";
import type { Trouble } from "./page.ts";

/** Properties: `me`, `unsent` (answers that still wait in this browser). */
export class VallumLeave extends Worded {
  static override properties = {
    me: { attribute: false },
    unsent: { type: Number },
    isOpen: { state: true },
    isBusy: { state: true },
    trouble: { state: true },
  };

  static override styles = [
    look,
    css`
      .name {
        max-width: 16ch;
        overflow: hidden;
        text-overflow: ellipsis;
        white-space: nowrap;
      }
      .stack {
        display: grid;
        gap: 12px;
      }
      .row {
        display: flex;
        flex-wrap: wrap;
        gap: 8px;
      }
      .trouble {
        color: var(--no);
      }
    `,
  ];

  me: Me | null = null;
  unsent = 0;
  private isOpen = false;
  private isBusy = false;
  private trouble: Trouble | null = null;

  protected override render(): TemplateResult | typeof nothing {
    const { me } = this;
    if (me === null) return nothing;
    return html`<button
        class="name"
        type="button"
        aria-haspopup="dialog"
        title="${t(`role.${me.role}`)}: ${t("signout.head")}"
        @click=${() => (this.isOpen = true)}
      >
        ${me.name}
      </button>
      <vallum-dialog .open=${this.isOpen} heading=${t("signout.head")} @closed=${() => (this.isOpen = false)}>
        <div class="stack">
          <p>${t("signout.text", { name: me.name, role: t(`role.${me.role}`) })}</p>
          <p>${t("signout.again")}</p>
          ${this.unsent > 0 ? html`<p>${t("signout.unsent", { n: this.unsent })}</p>` : nothing}
          ${this.trouble === null
            ? nothing
            : html`<p class="trouble" role="alert">${this.trouble.message} ${this.trouble.next}</p>`}
          <div class="row">
            <button class="primary" type="button" ?disabled=${this.isBusy} @click=${() => this.leave(false)}>
              ${t("signout.here")}
            </button>
            ${me.role === "keeper"
              ? html`<button type="button" ?disabled=${this.isBusy} @click=${() => this.leave(true)}>
                  ${t("signout.everywhere")}
                </button>`
              : nothing}
            <button type="button" @click=${() => (this.isOpen = false)}>${t("pages.cancel")}</button>
          </div>
        </div>
      </vallum-dialog>`;
  }

  private async leave(everywhere: boolean): Promise<void> {
    this.isBusy = true;
    this.trouble = null;
    try {
      await api.leave(everywhere);
      location.replace("/");
    } catch (problem) {
      this.trouble = troubleOf(problem, "leave");
    } finally {
      this.isBusy = false;
    }
  }
}

customElements.define("vallum-leave", VallumLeave);
