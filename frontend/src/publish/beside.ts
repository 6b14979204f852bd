/** `<vallum-publications-beside>`: two publications compared, number by number. */

import { html, nothing, type TemplateResult } from "lit";

import "../pages/copy.ts";
import { language, t } from "../words.ts";
import { press, type Difference, type Publishing } from "./api.ts";
import { changesTable } from "./changes.ts";
import { diffCommand } from "./commands.ts";
import { publicationName } from "./names.ts";
import { Part } from "./part.ts";
import { publook } from "./publook.ts";

/** Property: `all`. */
export class PublicationsBeside extends Part {
  static override properties = {
    ...Part.properties,
    all: { attribute: false },
    a: { state: true },
    b: { state: true },
    found: { state: true },
  };

  static override styles = publook;

  all: Publishing | null = null;
  private a = "";
  private b = "";
  private found: Difference | null = null;
  /** The language in which it was asked for. */
  private asked = "";

  protected override willUpdate(): void {
    if (this.asked !== language()) this.found = null;
  }

  /** What can be compared, the oldest first; what would be published now comes last. */
  private get choices(): string[] {
    const editions = (this.all?.editions ?? []).map(({ number }) => String(number)).reverse();
    return [...editions, ...(this.all?.report ? ["report"] : []), ...(this.isKeeper ? [""] : [])];
  }

  protected override render(): TemplateResult {
    const { choices } = this;
    if (choices.length < 2) return html``;
    const a = choices.includes(this.a) && this.a !== "" ? this.a : (choices.at(-3) ?? choices[0] ?? "");
    const b = this.b === "" && !this.isKeeper ? (choices.at(-1) ?? "") : this.b;
    return html`<section aria-labelledby="beside">
      <h2 id="beside">${t("publish.compare")}</h2>
      <form
        class="card stack"
        @submit=${(event: Event) => {
          event.preventDefault();
          void this.attempt("compare", async () => {
            this.found = null;
            this.asked = language();
            this.found = await press.changes(a, b);
          });
        }}
      >
        <div class="row">
          ${this.choice("a", a, choices.filter((one) => one !== ""))} ${this.choice("b", b, choices)}
          <button class="primary" ?disabled=${this.busy !== "" || a === b}>${t("publish.do_compare")}</button>
        </div>
        <vallum-command .command=${diffCommand(a, b, this.root)}></vallum-command>
        ${this.troubleBeside("compare")}
        <div role="status">${this.busy === "compare" ? t("publish.comparing") : nothing}</div>
        ${this.found === null ? nothing : this.table(this.found)}
      </form>
    </section>`;
  }

  private choice(name: "a" | "b", chosen: string, choices: readonly string[]): TemplateResult {
    return html`<label
      >${t(`publish.compare_${name}`)}
      <select
        name=${name}
        @change=${(event: Event) => {
          this[name] = (event.target as HTMLSelectElement).value;
          this.found = null;
        }}
      >
        ${choices.map((one) => html`<option value=${one} ?selected=${one === chosen}>${publicationName(one)}</option>`)}
      </select>
    </label>`;
  }

  private table({ a, b, changes }: Difference): TemplateResult {
    const names = { a: publicationName(a), b: publicationName(b) };
    if (changes.length === 0) return html`<div class="note good" role="status">${t("publish.same", names)}</div>`;
    return changesTable(changes, t("publish.compare_caption", { n: changes.length, ...names }));
  }
}

customElements.define("vallum-publications-beside", PublicationsBeside);
