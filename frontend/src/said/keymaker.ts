/** `<vallum-key-maker>`: a new key under a passphrase, downloaded at once and kept nowhere here. */

import { css, html, nothing, type TemplateResult } from "lit";

import { ApiError } from "../api.ts";
import { troubleOf, type Trouble } from "../pages/page.ts";
import "../pages/copy.ts";
import { partLook } from "../pages/pagelook.ts";
import { t, Worded } from "../words.ts";
import { said } from "./api.ts";

export const LEAST_PASSPHRASE = 12;

/** Property: `what` ("own" or "recovery"). Event: `made` {recipient}. */
export class KeyMaker extends Worded {
  static override properties = {
    what: { type: String },
    passphrase: { state: true },
    again: { state: true },
    isBusy: { state: true },
    made: { state: true },
    trouble: { state: true },
  };

  static override styles = [
    ...partLook,
    css`
      form {
        display: grid;
        gap: 10px;
      }
    `,
  ];

  what: "own" | "recovery" = "own";
  private passphrase = "";
  private again = "";
  private isBusy = false;
  private made: { recipient: string; file: string } | null = null;
  private trouble: Trouble | null = null;

  override disconnectedCallback(): void {
    this.passphrase = "";
    this.again = "";
    super.disconnectedCallback();
  }

  protected override render(): TemplateResult {
    const { made } = this;
    if (made !== null) {
      return html`<div class="note good stack" role="status">
        <strong>✓ ${t(`vault.key.${this.what}_made`, { file: made.file })}</strong>
        <span>${t(`vault.key.${this.what}_next`)}</span>
        <vallum-command label=${t("vault.key.copy")} .command=${made.recipient}></vallum-command>
      </div>`;
    }
    const isShort = this.passphrase !== "" && this.passphrase.length < LEAST_PASSPHRASE;
    const isOther = this.again !== "" && this.again !== this.passphrase;
    const isReady = this.passphrase.length >= LEAST_PASSPHRASE && this.again === this.passphrase;
    return html`<form class="card" @submit=${this.make}>
      <h3>${t(`vault.key.${this.what}`)}</h3>
      <p class="quiet">${t(`vault.key.${this.what}_text`)}</p>
      <div class="fields">
        ${this.field("passphrase", isShort ? "vault.short" : "vault.passphrase_hint", isShort)}
        ${this.field("again", isOther ? "vault.other" : "vault.again_hint", isOther)}
      </div>
      ${this.trouble === null ? nothing : html`<div class="trouble" role="alert"><strong>${this.trouble.message}</strong><span>${this.trouble.next}</span></div>`}
      <div><button class="primary" ?disabled=${!isReady || this.isBusy}>${t("vault.key.make")}</button></div>
    </form>`;
  }

  private field(name: "passphrase" | "again", hint: string, isWrong: boolean): TemplateResult {
    return html`<div class="field">
      <label for=${name}>${t(`vault.${name}`)}</label>
      <input id=${name} type="password" autocomplete="new-password" aria-invalid=${isWrong ? "true" : "false"} aria-describedby="${name}-hint" .value=${this[name]}
        @input=${(event: Event) => {
          this[name] = (event.target as HTMLInputElement).value;
        }} />
      <span class="hint ${isWrong ? "bad" : ""}" id="${name}-hint">${t(hint, { n: LEAST_PASSPHRASE })}</span>
    </div>`;
  }

  private readonly make = async (event: Event): Promise<void> => {
    event.preventDefault();
    this.isBusy = true;
    this.trouble = null;
    try {
      const key = await said.newKey(this.passphrase);
      download(key.identity, key.file_name);
      this.passphrase = "";
      this.again = "";
      this.made = { recipient: key.recipient, file: key.file_name };
      this.dispatchEvent(new CustomEvent("made", { detail: { recipient: key.recipient }, bubbles: true, composed: true }));
    } catch (problem) {
      if (!(problem instanceof ApiError)) throw problem;
      this.trouble = troubleOf(problem, "key");
    } finally {
      this.isBusy = false;
    }
  };
}

/** Hand a text to the browser as a file; nothing of it stays in the page. */
function download(text: string, name: string): void {
  const address = URL.createObjectURL(new Blob([text], { type: "application/octet-stream" }));
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}

customElements.define("vallum-key-maker", KeyMaker);
