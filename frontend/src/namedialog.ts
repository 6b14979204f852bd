/** `<vallum-name-dialog>`: asks once what to call a person; a code name will do. */

import { css, html, nothing } from "lit";

import "./dialog.ts";
import { look } from "./look.ts";
import { t, Worded } from "./words.ts";

/** Properties: `open`, `name`, `trouble`. Event: `named` (the name). */
export class VallumNameDialog extends Worded {
  static override properties = {
    open: { type: Boolean },
    name: { type: String },
    trouble: { type: String },
  };

  static override styles = [
    look,
    css`
      form {
        display: grid;
        gap: 10px;
      }
      .trouble {
        color: var(--no);
      }
    `,
  ];

  open = false;
  name = "";
  trouble = "";

  protected override render() {
    return html`<vallum-dialog .open=${this.open} fixed heading=${t("name.head")}>
      <form @submit=${this.onSubmit}>
        <p>${t("name.why")}</p>
        <label for="name">${t("name.label")}</label>
        <input id="name" required maxlength="60" autocomplete="off" .value=${this.name} />
        ${this.trouble ? html`<p class="trouble" role="alert">${this.trouble}</p>` : nothing}
        <button class="primary">${t("name.do")}</button>
      </form>
    </vallum-dialog>`;
  }

  private readonly onSubmit = (event: Event): void => {
    event.preventDefault();
    const name = this.renderRoot.querySelector("input")?.value.trim() ?? "";
    if (name === "") return;
    this.dispatchEvent(new CustomEvent("named", { detail: name, bubbles: true, composed: true }));
  };
}

customElements.define("vallum-name-dialog", VallumNameDialog);
