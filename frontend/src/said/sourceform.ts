/** `<vallum-source-form>`: a new source, or what is to change of one, and why. */

import { css, html, nothing, type TemplateResult } from "lit";

import { partLook } from "../pages/pagelook.ts";
import { t, Worded } from "../words.ts";
import { LEAST_REASON } from "./gradeform.ts";
import { choices, word } from "./terms.ts";
import type { Handling, SourceBody, SourceRow, Words } from "./types.ts";

const NAMED = new Set(["publisher", "organisation"]);

interface Typed {
  voice: string;
  name: string;
  described_as: string;
  attribution: string;
  risk: string;
  handling: string;
  origin: string;
  consent: string[];
  consent_given: string;
  consent_method: string;
  consent_expires: string;
  identity: string;
  reason: string;
}

const BLANK: Typed = {
  voice: "publisher", name: "", described_as: "", attribution: "", risk: "", handling: "", origin: "",
  consent: [], consent_given: "", consent_method: "", consent_expires: "", identity: "", reason: "",
}; // prettier-ignore

/** Return a source's terms as they stand, to be changed. */
export function typedOf(row: SourceRow | null): Typed {
  if (row === null) return BLANK;
  const { voice, name, described_as, attribution, risk, handling, origin, consent, consent_method } = row;
  return {
    voice, name, described_as, attribution, risk, handling, origin, consent, consent_method,
    consent_given: row.consent_given ?? "", consent_expires: row.consent_expires ?? "",
    identity: "", reason: "",
  }; // prettier-ignore
}

/** Return what is to be sent: of a new source what was filled in, of a known one what differs. */
export function bodyOf(typed: Typed, row: SourceRow | null): SourceBody {
  const days = { consent_given: typed.consent_given || null, consent_expires: typed.consent_expires || null };
  const { voice, described_as, attribution, risk, origin, consent, consent_method, identity } = typed;
  const whole = {
    voice, name: NAMED.has(voice) ? typed.name.trim() : "", described_as: described_as.trim(), attribution, risk,
    handling: typed.handling as Handling, origin, consent, consent_method: consent_method.trim(), ...days, identity,
  }; // prettier-ignore
  const before: Record<string, unknown> = row === null ? {} : bodyOf(typedOf(row), null) as unknown as Record<string, unknown>;
  const kept = Object.entries(whole).filter(([name, value]) => {
    if (row === null) return name === "voice" || (value !== "" && value !== null && !(Array.isArray(value) && value.length === 0));
    if (name === "voice") return false;
    const was = before[name] ?? (Array.isArray(value) ? [] : name.startsWith("consent_") && name !== "consent_method" ? null : "");
    return JSON.stringify(value) !== JSON.stringify(was);
  });
  return Object.fromEntries(kept) as unknown as SourceBody;
}

/** Properties: `row` (null: a new one), `sources`, `words`, `hasVault`, `isBusy`. Events: `save` {body, reason}, `leave`, `typing`. */
export class SourceForm extends Worded {
  static override properties = {
    row: { attribute: false },
    sources: { attribute: false },
    words: { attribute: false },
    hasVault: { type: Boolean },
    isBusy: { type: Boolean },
    typed: { state: true },
  };

  static override styles = [
    ...partLook,
    css`
      form {
        display: grid;
        gap: 14px;
      }
      textarea {
        width: 100%;
        min-height: 70px;
      }
      .ticks {
        display: grid;
        grid-template-columns: repeat(auto-fit, minmax(min(100%, 250px), 1fr));
      }
    `,
  ];

  row: SourceRow | null = null;
  sources: SourceRow[] = [];
  words: Words | null = null;
  hasVault = false;
  isBusy = false;
  private typed: Typed = BLANK;

  override connectedCallback(): void {
    super.connectedCallback();
    this.typed = typedOf(this.row);
  }

  override disconnectedCallback(): void {
    // Who somebody is must not outlive the form.
    this.typed = BLANK;
    super.disconnectedCallback();
  }

  private get isReady(): boolean {
    const { typed, row } = this;
    if (row === null) return !NAMED.has(typed.voice) || typed.name.trim() !== "";
    return typed.reason.trim().length >= LEAST_REASON && Object.keys(bodyOf(typed, row)).length > 0;
  }

  protected override render(): TemplateResult {
    const { typed, row, words } = this;
    const strictest = t("sources.strictest");
    return html`<form @submit=${this.submit}>
      <div class="fields">
        ${row === null ? this.select("voice", choices("voice", words?.voices)) : nothing}
        ${NAMED.has(typed.voice) ? this.input("name", row === null) : nothing} ${this.input("described_as")}
        ${this.select("attribution", choices("attribution", words?.attributions), strictest)}
        ${this.select("risk", choices("risk", words?.risks), strictest)}
        ${this.select("handling", choices("handling", words?.handlings), strictest)}
        ${this.select("origin", this.sources.filter((one) => one.code !== row?.code).map((one) => ({ value: one.code, label: one.name || one.code })), t("sources.own_origin"))}
      </div>
      <fieldset>
        <legend>${t("sources.consent")}</legend>
        <div class="ticks">${(words?.scopes ?? []).map(({ value }) => this.tick(value))}</div>
        <div class="fields">${this.input("consent_method")} ${this.input("consent_given", false, "date")} ${this.input("consent_expires", false, "date")}</div>
      </fieldset>
      ${this.identityField()} ${row === null ? nothing : this.input("reason", true)}
      <div class="row">
        <button class="primary" ?disabled=${!this.isReady || this.isBusy}>${t(row === null ? "sources.add" : "sources.save")}</button>
        <button type="button" @click=${this.leave}>${t("pages.cancel")}</button>
      </div>
    </form>`;
  }

  private identityField(): TemplateResult {
    if (!this.hasVault) return html`<div class="note">${t("sources.no_vault")} <a href="#/vault">${t("papers.to_vault")}</a></div>`;
    return html`<div class="field">
      <label for="identity">${t("sources.field.identity")}</label>
      <textarea id="identity" autocomplete="off" spellcheck="false" aria-describedby="identity-hint" .value=${this.typed.identity} @input=${this.take("identity")}></textarea>
      <span class="hint" id="identity-hint">${t("sources.identity_hint")}</span>
    </div>`;
  }

  private tick(scope: string): TemplateResult {
    return html`<label class="check"
      ><input
        type="checkbox"
        .checked=${this.typed.consent.includes(scope)}
        @change=${(event: Event) => {
          const isOn = (event.target as HTMLInputElement).checked;
          const rest = this.typed.consent.filter((one) => one !== scope);
          const all = (this.words?.scopes ?? []).map(({ value }) => value);
          const chosen = isOn ? [...rest, scope] : rest;
          this.change({ consent: all.filter((one) => chosen.includes(one)) });
        }}
      />${word("scope", scope)}</label
    >`;
  }

  private select(name: "voice" | "attribution" | "risk" | "handling" | "origin", list: { value: string; label: string }[], none = ""): TemplateResult {
    const value = this.typed[name];
    const hasNone = none !== "" && (this.row === null || name === "origin");
    return html`<div class="field">
      <label for=${name}>${t(`sources.field.${name}`)}</label>
      <select id=${name} @change=${this.take(name)}>
        ${hasNone ? html`<option value="" ?selected=${value === ""}>${none}</option>` : nothing}
        ${list.map((one) => html`<option value=${one.value} ?selected=${one.value === value}>${one.label}</option>`)}
      </select>
      ${name === "voice" || name === "origin" ? html`<span class="hint">${t(`sources.${name}_hint`)}</span>` : nothing}
    </div>`;
  }

  private input(name: "name" | "described_as" | "consent_method" | "consent_given" | "consent_expires" | "reason", isNeeded = false, type = "text"): TemplateResult {
    const hasHint = ["name", "described_as", "reason"].includes(name);
    return html`<div class="field">
      <label for=${name}>${t(`sources.field.${name}`)}</label>
      <input id=${name} type=${type} autocomplete="off" ?required=${isNeeded} aria-describedby=${hasHint ? `${name}-hint` : nothing} .value=${this.typed[name]} @input=${this.take(name)} />
      ${hasHint ? html`<span class="hint" id="${name}-hint">${t(`sources.${name}_hint`)}</span>` : nothing}
    </div>`;
  }

  private take(name: keyof Typed) {
    return (event: Event): void => this.change({ [name]: (event.target as HTMLInputElement).value });
  }

  private change(change: Partial<Typed>): void {
    this.typed = { ...this.typed, ...change };
    this.tell(JSON.stringify(this.typed) !== JSON.stringify(typedOf(this.row)));
  }

  private tell(isTyped: boolean): void {
    this.dispatchEvent(new CustomEvent("typing", { detail: isTyped, bubbles: true, composed: true }));
  }

  private readonly submit = (event: Event): void => {
    event.preventDefault();
    if (!this.isReady) return;
    const detail = { body: bodyOf(this.typed, this.row), reason: this.typed.reason.trim() };
    this.dispatchEvent(new CustomEvent("save", { detail, bubbles: true, composed: true }));
  };

  private readonly leave = (): void => {
    this.tell(false);
    this.dispatchEvent(new CustomEvent("leave", { bubbles: true, composed: true }));
  };
}

customElements.define("vallum-source-form", SourceForm);
