/** `<vallum-vault-page>`: the vault and its keys; for the keeper alone. */

import { css, html, nothing, type TemplateResult } from "lit";

import { say } from "../announce.ts";
import { api } from "../api.ts";
import { progressWords, shareOf } from "../pages/jobwords.ts";
import { momentWords } from "../pages/moment.ts";
import { Page } from "../pages/page.ts";
import { pageLook } from "../pages/pagelook.ts";
import type { Job } from "../types.ts";
import { duration, number, t } from "../words.ts";
import { said } from "./api.ts";
import "./keymaker.ts";
import { badgeLook } from "./saidlook.ts";
import type { VaultState } from "./types.ts";

const TICK_MS = 1000;
const LOOK_MS = 15_000;

export class VaultPage extends Page {
  static override properties = {
    ...Page.properties,
    vault: { state: true },
    keys: { state: true },
    folder: { state: true },
    typed: { state: true },
    passphrase: { state: true },
    file: { state: true },
    left_s: { state: true },
  };

  static override styles = [
    pageLook,
    badgeLook,
    css`
      .state {
        display: grid;
        grid-template-columns: repeat(auto-fit, minmax(min(100%, 200px), 1fr));
        gap: 10px;
      }
      .state .card {
        display: grid;
        align-content: start;
        gap: 2px;
      }
      details.card {
        margin-bottom: 20px;
      }
      .big {
        font-size: 18px;
        font-weight: 600;
      }
      .keys {
        display: grid;
        grid-template-columns: repeat(auto-fit, minmax(min(100%, 380px), 1fr));
        gap: 12px;
        align-items: start;
      }
      code {
        overflow-wrap: anywhere;
      }
      form {
        display: grid;
        gap: 10px;
        max-width: 720px;
      }
      ol {
        margin: 0 0 10px;
        padding-inline-start: 22px;
      }
    `,
  ];

  private vault: VaultState | null = null;
  private keys: { own: string; recovery: string } = { own: "", recovery: "" };
  private folder = "";
  private typed = "";
  private passphrase = "";
  private file: File | null = null;
  /** Seconds until the key is dropped, counted down between looks. */
  private left_s: number | null = null;
  private tick: ReturnType<typeof setInterval> | undefined;
  private looked = 0;

  override connectedCallback(): void {
    super.connectedCallback();
    this.tick = setInterval(() => this.count(), TICK_MS);
  }

  override disconnectedCallback(): void {
    clearInterval(this.tick);
    this.passphrase = "";
    this.file = null;
    super.disconnectedCallback();
  }

  protected override async load(): Promise<void> {
    if (!this.state?.project || !this.isKeeper) return;
    await this.attempt("vault", async () => this.take(await said.vault()));
  }

  protected override onJobEnded(): void {
    void this.load();
  }

  private take(vault: VaultState): void {
    this.vault = vault;
    this.left_s = vault.is_mine ? vault.locks_in_s : null;
    this.looked = Date.now();
  }

  private count(): void {
    if (this.left_s === null) return;
    this.left_s = Math.max(0, this.left_s - 1);
    if (this.left_s === 0 || Date.now() - this.looked > LOOK_MS) void this.look();
  }

  /** Looking does not put off the locking. */
  private async look(): Promise<void> {
    this.looked = Date.now();
    await this.attempt("vault", async () => this.take(await said.vault()));
  }

  protected override render(): TemplateResult {
    return html`<header>
        <h1>${t("page.vault")}</h1>
        <p>${t("vault.lead")}</p>
      </header>
      ${this.troubleBeside("page")} ${this.troubleBeside("vault")}
      ${!this.state?.project ? this.noProject() : this.isKeeper ? this.body() : html`<div class="note">${t("sources.only_keeper")}</div>`}`;
  }

  private body(): TemplateResult | typeof nothing {
    const { vault } = this;
    if (vault === null) return this.trouble === null ? html`<p class="quiet">${t("pages.loading")}</p>` : nothing;
    if (!vault.exists) return this.making();
    return html`${this.standing(vault)} ${vault.problem === "" ? nothing : html`<div class="note warn">${vault.problem}</div>`}
    ${vault.is_mine ? this.opened() : this.unlocking(vault)} ${this.drill(vault)} ${this.recipients(vault)}`;
  }

  private standing(vault: VaultState): TemplateResult {
    const isOpen = vault.is_mine;
    const fact = (label: string, value: string, more = ""): TemplateResult =>
      html`<div class="card"><span class="quiet">${label}</span><span class="big">${value}</span>${more === "" ? nothing : html`<span class="small quiet">${more}</span>`}</div>`;
    const state = isOpen ? "open" : vault.is_unlocked ? "open_other" : vault.is_connected ? "locked" : "away";
    return html`<section aria-label=${t("vault.state")}>
      <div class="state">
        ${fact(t("vault.state"), `${isOpen ? "○" : "●"} ${t(`vault.is.${state}`)}`, isOpen && this.left_s !== null ? t("vault.locks_in", { time: duration(this.left_s) }) : "")}
        ${fact(t("vault.files"), number(vault.n_files), vault.folder)} ${fact(t("vault.n_keys"), number(vault.n_recipients), t("vault.keys_text"))}
        ${vault.last_check === null
          ? fact(t("vault.last_drill"), t("vault.never"), t("vault.drill_due"))
          : fact(t("vault.last_drill"), momentWords(vault.last_check.at), [vault.last_check.by, vault.last_check.outcome].filter(Boolean).join(": "))}
      </div>
    </section>`;
  }

  private unlocking(vault: VaultState): TemplateResult {
    const isReady = this.file !== null && this.passphrase !== "" && vault.is_connected;
    return html`<section class="card" aria-labelledby="unlock">
      <h2 id="unlock">${t("vault.unlock")}</h2>
      <form @submit=${this.unlock}>
        <p class="quiet">${t("vault.unlock_text")}</p>
        <div class="field">
          <label for="file">${t("vault.file")}</label>
          <input id="file" type="file" accept=".age,.txt" @change=${(event: Event) => (this.file = (event.target as HTMLInputElement).files?.[0] ?? null)} />
        </div>
        <div class="field">
          <label for="passphrase">${t("vault.passphrase")}</label>
          <input id="passphrase" type="password" autocomplete="off" .value=${this.passphrase} @input=${(event: Event) => (this.passphrase = (event.target as HTMLInputElement).value)} />
        </div>
        ${this.troubleBeside("unlock")}
        <div class="row">
          <button class="primary" ?disabled=${!isReady || this.busy === "unlock"}>${t("vault.unlock")}</button>
          ${this.busy === "unlock" ? html`<span role="status">${t("vault.unlocking")}</span>` : nothing}
        </div>
      </form>
    </section>`;
  }

  private opened(): TemplateResult {
    return html`<section class="note good stack" aria-label=${t("vault.is.open")}>
      <strong>${t("vault.is_open_text")}</strong>
      <p role="timer" aria-live="off">${this.left_s === null ? "" : t("vault.locks_in", { time: duration(this.left_s) })}</p>
      <div class="row">
        <button type="button" class="primary" ?disabled=${this.busy === "lock"} @click=${this.lock}>${t("vault.lock")}</button>
        <a href="#/papers">${t("vault.to_papers")}</a> <a href="#/sources">${t("vault.to_sources")}</a>
      </div>
      ${this.troubleBeside("lock")}
    </section>`;
  }

  private drill(vault: VaultState): TemplateResult {
    const { job } = this;
    return html`<section class="card stack" aria-labelledby="drill">
      <h2 id="drill">${t("vault.drill")}</h2>
      <p class="quiet">${t("vault.drill_text")}</p>
      ${this.troubleBeside("drill")}
      <div class="row">
        <button type="button" ?disabled=${!vault.is_mine || this.isWorking} @click=${() => this.startJob("drill", () => said.check())}>${t("vault.drill_do")}</button>
        ${vault.is_mine ? nothing : html`<span class="quiet">${t("vault.drill_needs")}</span>`}
      </div>
      ${job?.what === "check" ? html`<div role="status">${drillResult(job)}</div>` : nothing}
    </section>`;
  }

  private recipients(vault: VaultState): TemplateResult {
    return html`<details class="card">
      <summary>${t("vault.recipients", { n: vault.n_recipients })}</summary>
      <p class="quiet">${t("vault.recipients_text")}</p>
      <ul>
        ${vault.recipients.map((one) => html`<li><code>${one}</code></li>`)}
      </ul>
    </details>`;
  }

  // -- a new vault --------------------------------------------------------------------------------

  private making(): TemplateResult {
    const { own, recovery } = this.keys;
    const more = this.typed.split(/\s+/).filter(Boolean);
    const isReady = this.folder.trim() !== "" && recipientsOf(own, recovery, more).length >= 2;
    return html`<section><div class="note">${t("vault.none")}</div></section>
      <section aria-labelledby="step-keys">
        <h2 id="step-keys">1. ${t("vault.step_keys")}</h2>
        <p class="quiet">${t("vault.step_keys_text")}</p>
        <div class="keys">
          <vallum-key-maker .what=${"own"} @made=${(event: CustomEvent<{ recipient: string }>) => (this.keys = { ...this.keys, own: event.detail.recipient })}></vallum-key-maker>
          <vallum-key-maker .what=${"recovery"} @made=${(event: CustomEvent<{ recipient: string }>) => (this.keys = { ...this.keys, recovery: event.detail.recipient })}></vallum-key-maker>
        </div>
      </section>
      <section aria-labelledby="step-folder">
        <h2 id="step-folder">2. ${t("vault.step_folder")}</h2>
        <form @submit=${this.make}>
          <div class="field">
            <label for="folder">${t("vault.folder")}</label>
            <input id="folder" autocomplete="off" spellcheck="false" aria-describedby="folder-hint" .value=${this.folder} @input=${(event: Event) => (this.folder = (event.target as HTMLInputElement).value)} />
            <span class="hint" id="folder-hint">${t("vault.folder_hint")}</span>
          </div>
          <details>
            <summary>${t("vault.more_keys")}</summary>
            <div class="field">
              <label for="more">${t("vault.more_keys_label")}</label>
              <textarea id="more" spellcheck="false" .value=${this.typed} @input=${(event: Event) => (this.typed = (event.target as HTMLTextAreaElement).value)}></textarea>
            </div>
          </details>
          ${this.troubleBeside("make")}
          <div class="row">
            <button class="primary" ?disabled=${!isReady || this.busy === "make"}>${t("vault.make")}</button>
            <span class="quiet" role="status">${t("vault.keys_ready", { n: recipientsOf(own, recovery, more).length })}</span>
          </div>
        </form>
      </section>`;
  }

  private readonly make = async (event: Event): Promise<void> => {
    event.preventDefault();
    const { own, recovery } = this.keys;
    await this.attempt("make", async () => {
      this.take(await said.makeVault(this.folder.trim(), recipientsOf(own, recovery, this.typed.split(/\s+/))));
      this.tellState(await api.state());
      say(t("vault.made"));
    });
  };

  private readonly unlock = async (event: Event): Promise<void> => {
    event.preventDefault();
    const { file } = this;
    if (file === null) return;
    await this.attempt("unlock", async () => {
      this.take(await said.unlock(await identityOf(file), this.passphrase));
      this.passphrase = "";
      this.file = null;
      say(t("vault.is_open_text"));
    });
  };

  private readonly lock = async (): Promise<void> => {
    await this.attempt("lock", async () => {
      this.take(await said.lock());
      say(t("vault.is.locked"));
    });
  };
}

/** Return the public halves of all keys, each once. */
export function recipientsOf(own: string, recovery: string, more: readonly string[]): string[] {
  return [...new Set([own, recovery, ...more].map((one) => one.trim()).filter((one) => one !== ""))];
}

/** Return a key file as the server takes it: its text, or its bytes in base64 where it is no text. */
async function identityOf(file: File): Promise<string> {
  const bytes = new Uint8Array(await file.arrayBuffer());
  const text = new TextDecoder().decode(bytes);
  if (text.trimStart().startsWith("-----BEGIN")) return text;
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
}

function drillResult(job: Job): TemplateResult {
  if (job.state === "running") {
    return html`<progress aria-label=${t("vault.drill")} max="1" value=${shareOf(job) ?? nothing}></progress>
      <p>${progressWords(job)}</p>`;
  }
  if (job.error !== null) return html`<div class="trouble"><strong>${job.error.message}</strong><span>${job.error.next}</span></div>`;
  const isWhole = job.blocked.length === 0;
  return html`<div class="note ${isWhole ? "good" : "warn"} stack">
    <strong>${isWhole ? "✓" : "✕"} ${t(isWhole ? "vault.drill_good" : "vault.drill_bad")}</strong>
    ${[...job.lines, ...job.blocked].map((line) => html`<span>${line}</span>`)}
  </div>`;
}

customElements.define("vallum-vault-page", VaultPage);
