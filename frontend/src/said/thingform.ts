/** `<vallum-thing-form>`: what stands in a picture, and by which one way it is placed. */

import { css, html, nothing, type TemplateResult } from "lit";

import { partLook } from "../pages/pagelook.ts";
import type { KindInfo } from "../types.ts";
import { km, t, Worded } from "../words.ts";
import { besideValue, wrongInThing, type ThingDraft } from "./camera.ts";
import type { Views, Way } from "./types.ts";

const WAYS: readonly Way[] = ["crossing", "line", "distance", "image"];

/** Properties: `draft`, `views`, `ticket`, `number`, `kinds`, `isBusy`. Events: `draft` {draft}, `place`. */
export class ThingForm extends Worded {
  static override properties = {
    draft: { attribute: false },
    views: { attribute: false },
    ticket: { attribute: false },
    number: { attribute: false },
    kinds: { attribute: false },
    isBusy: { attribute: false },
  };

  static override styles = [
    ...partLook,
    css`
      form,
      .ways {
        display: grid;
        gap: 10px;
      }
      .ways {
        grid-template-columns: repeat(auto-fit, minmax(min(100%, 260px), 1fr));
        gap: 0 16px;
      }
      .ticks {
        max-height: 180px;
        overflow: auto;
      }
    `,
  ];

  draft!: ThingDraft;
  views!: Views;
  ticket = "";
  number = 1;
  kinds: KindInfo[] = [];
  isBusy = false;

  protected override render(): TemplateResult {
    const { draft, views } = this;
    const needsView = draft.way !== "image";
    const hasView = views.numbers.includes(this.number);
    const isShut = needsView && !views.is_open;
    const isReady = wrongInThing(draft).length === 0 && !this.isBusy && (!needsView || (hasView && !isShut));
    return html`<form autocomplete="off" @submit=${this.submit}>
      <fieldset>
        <legend>${t("view.way")}</legend>
        <div class="ways">
          ${WAYS.map(
            (way) => html`<label class="check"
              ><input type="radio" name="way" .checked=${draft.way === way} @change=${() => this.change({ way })} />${t(`view.way.${way}`)}</label
            >`,
          )}
        </div>
      </fieldset>
      <div class="fields">${this.kind()} ${this.ofWay()} ${needsView ? this.input("share") : nothing}</div>
      ${needsView && !hasView ? html`<div class="note">${t("view.needs_view", { n: String(this.number) })}</div>` : nothing}
      ${isShut ? html`<div class="note">${t("view.needs_key")} <a href="#/vault">${t("papers.to_vault")}</a></div>` : nothing}
      <div class="row"><button class="primary" ?disabled=${!isReady}>${t("view.place_thing")}</button></div>
    </form>`;
  }

  private kind(): TemplateResult {
    return html`<div class="field">
      <label for="kind">${t("view.field.kind")}</label>
      <select id="kind" @change=${(event: Event) => this.change({ kind: (event.target as HTMLSelectElement).value })}>
        <option value="" ?selected=${this.draft.kind === ""}>${t("view.no_structure")}</option>
        ${this.kinds.map(({ kind }) => html`<option value=${kind} ?selected=${kind === this.draft.kind}>${t(`kind.${kind}`)}</option>`)}
      </select>
    </div>`;
  }

  private ofWay(): TemplateResult {
    const { way } = this.draft;
    if (way === "crossing") return this.beside();
    if (way === "line") return this.line();
    if (way === "distance") return html`${this.input("distance")} ${this.input("error")}`;
    return html`${this.input("at")} ${this.input("error")}`;
  }

  private beside(): TemplateResult {
    const others = this.views.others.filter((one) => one.ticket !== this.ticket || one.number !== this.number);
    return html`<fieldset class="field">
      <legend>${t("view.beside")}</legend>
      ${others.length === 0 ? html`<span class="hint">${t("view.beside_none")}</span>` : nothing}
      <div class="ticks">
        ${others.map((one) => {
          const value = besideValue(one.ticket, one.number);
          const name = one.ticket === this.ticket ? t("view.this_picture") : one.title || t("papers.protected_title");
          return html`<label class="check"
            ><input type="checkbox" .checked=${this.draft.beside.includes(value)}
              @change=${(event: Event) => {
                const rest = this.draft.beside.filter((old) => old !== value);
                this.change({ beside: (event.target as HTMLInputElement).checked ? [...rest, value] : rest });
              }}
            />${t("view.other", { title: name, n: String(one.number) })}</label
          >`;
        })}
      </div>
    </fieldset>`;
  }

  private line(): TemplateResult {
    return html`<div class="field">
      <label for="on">${t("view.field.on")}</label>
      <select id="on" @change=${(event: Event) => this.change({ on: (event.target as HTMLSelectElement).value })}>
        <option value="line" ?selected=${this.draft.on === "line"}>${t("view.the_border")}</option>
        ${this.views.lines.map(
          (one) => html`<option value=${one.ticket} ?selected=${one.ticket === this.draft.on}>
            ${t(`kind.${one.kind}`)}, ${km(one.start_m)}
          </option>`,
        )}
      </select>
    </div>`;
  }

  private input(name: "distance" | "error" | "share" | "at"): TemplateResult {
    const value = this.draft[name];
    const isWrong = value.trim() !== "" && wrongInThing(this.draft).includes(name);
    const hasHint = name !== "distance";
    return html`<div class="field">
      <label for=${name}>${t(`view.thing.${name}`)}</label>
      <input id=${name} autocomplete="off" spellcheck="false" inputmode=${name === "at" ? "text" : "decimal"}
        aria-invalid=${isWrong ? "true" : nothing} aria-describedby=${hasHint ? `${name}-hint` : nothing}
        .value=${value} @input=${(event: Event) => this.change({ [name]: (event.target as HTMLInputElement).value })} />
      ${hasHint ? html`<span class="hint" id="${name}-hint">${t(`view.thing.${name}_hint`)}</span>` : nothing}
    </div>`;
  }

  private change(change: Partial<ThingDraft>): void {
    this.dispatchEvent(new CustomEvent("draft", { detail: { ...this.draft, ...change } }));
  }

  private readonly submit = (event: Event): void => {
    event.preventDefault();
    this.dispatchEvent(new CustomEvent("place"));
  };
}

customElements.define("vallum-thing-form", ThingForm);
