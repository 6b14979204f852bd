/** `<vallum-keys-dialog>`: all keys at a glance, and how to change or switch them off. */

import { css, html, nothing, type TemplateResult } from "lit";

import "./dialog.ts";
import { cap, GROUPS, written, type Action, type Keys } from "./keys.ts";
import { look } from "./look.ts";
import type { KindInfo, ReasonInfo } from "./types.ts";
import { t, Worded } from "./words.ts";

/** Properties: `open`, `keys`, `kinds`, `reasons`. */
export class VallumKeysDialog extends Worded {
  static override properties = {
    open: { type: Boolean },
    keys: { attribute: false },
    kinds: { attribute: false },
    reasons: { attribute: false },
    asked: { state: true },
    said: { state: true },
  };

  static override styles = [
    look,
    css`
      .groups {
        columns: 2 280px;
        column-gap: 24px;
      }
      section {
        break-inside: avoid;
        margin-bottom: 12px;
      }
      li {
        display: flex;
        gap: 8px;
        align-items: center;
        justify-content: space-between;
        min-height: var(--target);
        border-bottom: 1px solid var(--line);
      }
      ul {
        margin: 4px 0 0;
        padding: 0;
        list-style: none;
      }
      li button {
        min-width: 56px;
        padding: 2px 6px;
      }
      li button[aria-pressed="true"] {
        border-color: var(--accent);
        background: var(--accent-ground);
      }
      .foot {
        margin-top: 8px;
      }
      .said {
        min-height: 22px;
        color: var(--accent);
      }
    `,
  ];

  open = false;
  keys: Keys | null = null;
  kinds: KindInfo[] = [];
  reasons: ReasonInfo[] = [];
  private asked: Action | null = null;
  private said = "";

  protected override render() {
    const { keys } = this;
    return html`<vallum-dialog .open=${this.open} heading=${t("keys.head")} @closed=${() => (this.asked = null)}>
      ${keys === null || !this.open
        ? nothing
        : html`<p class="quiet">${t("keys.how")}</p>
            <p class="said" role="status">${this.said}</p>
            <div class="groups" @keydown=${this.onKey}>${GROUPS.map((group) => this.renderGroup(group.name, group.actions))}</div>
            <div class="row spread foot">
              <label class="row"
                ><input
                  type="checkbox"
                  .checked=${!keys.isOff}
                  @change=${(e: Event) => {
                    keys.setOff(!(e.target as HTMLInputElement).checked);
                    this.requestUpdate();
                  }}
                />${t("keys.on")}</label
              >
              <button
                @click=${() => {
                  keys.reset();
                  this.said = t("keys.was_reset");
                }}
              >
                ${t("keys.reset")}
              </button>
            </div>`}
    </vallum-dialog>`;
  }

  private renderGroup(name: string, actions: readonly Action[]): TemplateResult {
    return html`<section aria-labelledby="group-${name}">
      <h3 id="group-${name}">${t(`keys.group.${name}`)}</h3>
      <ul>
        ${actions.map((action) => {
          const isAsked = this.asked === action;
          const shown = cap(this.keys?.of(action) ?? "");
          return html`<li>
            <span>${this.nameOf(action)}</span>
            <button
              aria-pressed=${isAsked ? "true" : "false"}
              aria-label=${t("keys.change", { what: this.nameOf(action), key: shown })}
              @click=${() => this.ask(action)}
            >
              ${isAsked ? t("keys.press") : html`<kbd>${shown}</kbd>`}
            </button>
          </li>`;
        })}
      </ul>
    </section>`;
  }

  private nameOf(action: Action): string {
    const digit = action.slice(-1);
    if (action.startsWith("class_")) {
      const kind = this.kinds.find((info) => info.key === digit)?.kind;
      return kind ? t(`kind.${kind}`) : t("keys.class", { number: digit });
    }
    if (action.startsWith("reason_")) {
      const reason = this.reasons.find((info) => info.key === digit)?.reason;
      return reason ? t(`reason.${reason}`) : t("keys.reason", { number: digit });
    }
    return t(`action.${action}`);
  }

  private ask(action: Action): void {
    this.asked = this.asked === action ? null : action;
    this.said = this.asked === null ? "" : t("keys.ask", { what: this.nameOf(action) });
  }

  private readonly onKey = (event: KeyboardEvent): void => {
    if (this.asked === null || this.keys === null || event.key === "Tab") return;
    if (event.key === "Shift") return;
    event.preventDefault();
    event.stopPropagation();
    if (event.key === "Escape") {
      this.asked = null;
      this.said = "";
      return;
    }
    const key = written(event);
    const refused = this.keys.change(this.asked, key);
    if (refused === null) {
      this.said = t("keys.changed", { what: this.nameOf(this.asked), key: cap(key) });
      this.asked = null;
    } else if (refused.why === "taken" && refused.by) {
      this.said = t("keys.taken", { key: cap(key), what: this.nameOf(refused.by) });
    } else this.said = t("keys.unusable");
  };
}

customElements.define("vallum-keys-dialog", VallumKeysDialog);
