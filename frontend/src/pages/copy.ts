/** `<vallum-command>`: the command line that does the same as the button beside it. */

import { css, html, nothing } from "lit";

import { look } from "../look.ts";
import { t, Worded } from "../words.ts";

const SHOWN_MS = 4000;

export class CommandChip extends Worded {
  static override properties = {
    command: { type: String },
    label: { type: String },
    said: { state: true },
  };

  static override styles = [
    look,
    css`
      :host {
        display: inline-flex;
        max-width: 100%;
        min-width: 0;
        vertical-align: middle;
      }
      .chip {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 2px 8px;
        min-width: 0;
      }
      code {
        min-width: 0;
        color: var(--text-2);
        font-size: var(--small);
        overflow-wrap: anywhere;
        user-select: all;
      }
      code::before {
        content: "$ ";
        color: var(--text-3);
        user-select: none;
      }
      code.line::before {
        content: "";
      }
      button {
        padding: 2px 8px;
        border-color: var(--line);
        background: none;
        color: var(--text-2);
        font-size: var(--small);
        white-space: nowrap;
      }
      [role="status"] {
        color: var(--yes);
        font-size: var(--small);
      }
    `,
  ];

  command = "";
  /** Words on the button where it is no command that is copied. */
  label = "";
  private said = "";
  private timer: ReturnType<typeof setTimeout> | undefined;

  override disconnectedCallback(): void {
    clearTimeout(this.timer);
    super.disconnectedCallback();
  }

  protected override render() {
    if (this.command === "") return nothing;
    const label = this.label || t("copy.command");
    return html`<span class="chip" part="chip">
      <code class=${this.label === "" ? "" : "line"}>${this.command}</code>
      <button type="button" aria-label="${label}: ${this.command}" @click=${this.copy}>
        ${label}
      </button>
      <span role="status" aria-live="polite">${this.said}</span>
    </span>`;
  }

  private readonly copy = async (): Promise<void> => {
    const isCopied = await this.toClipboard();
    this.said = t(isCopied ? "copy.done" : "copy.by_hand");
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.said = "";
    }, SHOWN_MS);
  };

  /** Copy; over plain HTTP in a local network there is no clipboard, so the line is marked then. */
  private async toClipboard(): Promise<boolean> {
    const clipboard = navigator.clipboard as Clipboard | undefined;
    if (clipboard !== undefined) {
      try {
        await clipboard.writeText(this.command);
        return true;
      } catch (problem) {
        if (!(problem instanceof DOMException)) throw problem;
      }
    }
    const code = this.renderRoot.querySelector("code");
    if (code !== null) getSelection()?.selectAllChildren(code);
    return document.execCommand("copy");
  }
}

customElements.define("vallum-command", CommandChip);
