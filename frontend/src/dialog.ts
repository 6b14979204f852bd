/** `<vallum-dialog>`: a window above the page; the browser keeps the focus in it, Esc closes it. */

import { css, html, type PropertyValues } from "lit";

import { look } from "./look.ts";
import { t, Worded } from "./words.ts";

let nOpen = 0;

/** Say whether any dialog is open, so that keys do not act behind it. */
export function isDialogOpen(): boolean {
  return nOpen > 0;
}

/** Properties: `open`, `heading`, `fixed` (cannot be closed by hand). Event: `closed`. */
export class VallumDialog extends Worded {
  static override properties = {
    open: { type: Boolean },
    heading: { type: String },
    fixed: { type: Boolean },
  };

  static override styles = [
    look,
    css`
      dialog {
        width: min(720px, calc(100vw - 24px));
        max-height: calc(100dvh - 24px);
        padding: 0;
        border: 1px solid var(--line-strong);
        border-radius: 10px;
        background: var(--panel);
        color: var(--text);
      }
      dialog::backdrop {
        background: rgb(0 0 0 / 0.6);
      }
      .head {
        position: sticky;
        top: 0;
        display: flex;
        justify-content: space-between;
        gap: 12px;
        align-items: center;
        padding: 12px 16px;
        border-bottom: 1px solid var(--line);
        background: var(--panel);
      }
      .body {
        padding: 16px;
        white-space: normal; /* also where it is opened from one line of the frame */
      }
    `,
  ];

  open = false;
  heading = "";
  fixed = false;
  private isShown = false;
  /** The page closed it: the browser says so a moment later, perhaps after it is open again. */
  private isToldToClose = false;

  override disconnectedCallback(): void {
    this.count(false);
    super.disconnectedCallback();
  }

  protected override updated(changed: PropertyValues): void {
    if (!changed.has("open")) return;
    const dialog = this.renderRoot.querySelector("dialog");
    if (dialog === null) return;
    if (this.open && !dialog.open) dialog.showModal();
    if (!this.open && dialog.open) {
      this.isToldToClose = true;
      dialog.close();
    }
    this.count(this.open);
  }

  private count(isShown: boolean): void {
    if (isShown !== this.isShown) nOpen += isShown ? 1 : -1;
    this.isShown = isShown;
  }

  protected override render() {
    return html`<dialog
      aria-labelledby="heading"
      @cancel=${(event: Event) => {
        if (this.fixed) event.preventDefault();
      }}
      @close=${this.onClose}
    >
      <div class="head">
        <h2 id="heading">${this.heading}</h2>
        ${this.fixed
          ? ""
          : html`<button class="plain" aria-label=${t("dialog.close")} @click=${this.close}>✕</button>`}
      </div>
      <div class="body"><slot></slot></div>
    </dialog>`;
  }

  private readonly close = (): void => {
    this.renderRoot.querySelector("dialog")?.close();
  };

  private readonly onClose = (): void => {
    if (this.isToldToClose) {
      this.isToldToClose = false;
      return;
    }
    if (this.fixed && this.open) {
      this.renderRoot.querySelector("dialog")?.showModal();
      return;
    }
    this.open = false;
    this.count(false);
    this.dispatchEvent(new CustomEvent("closed", { bubbles: true, composed: true }));
  };
}

customElements.define("vallum-dialog", VallumDialog);
