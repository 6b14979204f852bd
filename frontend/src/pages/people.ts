/** `<vallum-people-page>`: who is at the desk, what each may do, and who is on what. */

import { css, html, nothing } from "lit";
import type { TemplateResult } from "lit";

import { api } from "../api.ts";
import type { SealedLook, PersonRow, Progress, Role } from "../types.ts";
import { t } from "../words.ts";
import "./copy.ts";
import { Page } from "./page.ts";
import { pageLook } from "./pagelook.ts";
import { numbersText, readNumbers } from "./sectionlist.ts";
import { looksTable, seenWords, stateOf } from "./peoplelooks.ts";
import { ROLES, roles, workTable } from "./peopletables.ts";

export class PeoplePage extends Page {
  static override properties = {
    ...Page.properties,
    people: { state: true },
    looks: { state: true },
    progress: { state: true },
    newName: { state: true },
    newRole: { state: true },
    invited: { state: true },
    asking: { state: true },
    typed: { state: true },
  };

  static override styles = [
    pageLook,
    css`
      .invite {
        display: flex;
        flex-wrap: wrap;
        gap: 12px;
        align-items: end;
      }
      .invite .field {
        flex: 1 1 200px;
      }
      td form {
        display: flex;
        gap: 6px;
        flex-wrap: wrap;
      }
      td input {
        width: 130px;
      }
      .meter {
        width: 120px;
      }
      .state {
        min-width: 12ch;
      }
      .do {
        white-space: nowrap;
      }
      details.card {
        margin-bottom: 20px;
      }
      .gone th,
      .gone td {
        color: var(--text-3);
      }
      .tall {
        max-height: max(60vh, 420px);
        overflow: auto;
      }
      .now {
        color: var(--accent);
        font-weight: 600;
      }
    `,
  ];

  private people: PersonRow[] | null = null;
  private looks: SealedLook[] | null = null;
  private progress: Progress | null = null;
  private newName = "";
  private newRole: Role = "analyst";
  private invited: { name: string; link: string } | null = null;
  /** The person whose right to enter is about to be taken away. */
  private asking = "";
  private typed: Record<string, string> = {};

  protected override async load(): Promise<void> {
    if (!this.state?.project) return;
    await this.attempt("progress", async () => {
      this.progress = await api.progress();
    });
    if (!this.isKeeper) return;
    await this.attempt("people", async () => {
      this.people = await api.people();
      this.looks = await api.looks();
    });
  }

  protected override render(): TemplateResult {
    return html`<header>
        <h1>${t("people.title")}</h1>
        <p>${t("people.lead")}</p>
      </header>
      ${this.troubleBeside("page")}
      ${this.state?.project
        ? html`${this.isKeeper ? html`${this.inviting()} ${this.list()}` : nothing}
            ${this.progress === null
              ? this.troubleBeside("progress")
              : workTable(this.progress)}
            ${this.isKeeper ? looksTable(this.looks) : nothing} ${roles()}
            <p><a href="#/history">${t("run.see_history")}</a></p>`
        : this.noProject()}`;
  }

  private inviting(): TemplateResult {
    return html`<section class="card stack" aria-labelledby="invite">
      <h2 id="invite">${t("people.invite")}</h2>
      <form class="invite" @submit=${this.invite}>
        <div class="field">
          <label for="name">${t("people.name")}</label>
          <input
            id="name"
            required
            autocomplete="off"
            aria-describedby="name-hint trouble-invite"
            .value=${this.newName}
            @input=${(event: InputEvent) => {
              this.newName = (event.target as HTMLInputElement).value;
            }}
          />
        </div>
        <div class="field">
          <label for="role">${t("people.role")}</label>
          <select
            id="role"
            @change=${(event: Event) => {
              this.newRole = (event.target as HTMLSelectElement).value as Role;
            }}
          >
            ${ROLES.map(
              (role) =>
                html`<option value=${role} ?selected=${role === this.newRole}>
                  ${t(`people.role.${role}`)}
                </option>`,
            )}
          </select>
        </div>
        <button class="primary" ?disabled=${this.newName.trim() === "" || this.busy === "invite"}>
          ${t("people.make_link")}
        </button>
      </form>
      <p class="quiet small" id="name-hint">${t("people.name_hint")}</p>
      ${this.troubleBeside("invite")} ${this.link()}
    </section>`;
  }

  private link(): TemplateResult | typeof nothing {
    if (this.invited === null) return nothing;
    const { name, link } = this.invited;
    const whole = new URL(link, location.origin).href;
    const isOnlyHere = ["127.0.0.1", "localhost", "[::1]"].includes(location.hostname);
    return html`<div class="note good stack" role="status">
      <strong>${t("people.link_for", { name })}</strong>
      <vallum-command label=${t("people.copy_link")} .command=${whole}></vallum-command>
      <span>${t("people.link_once")} ${t("people.link_ends")}</span>
      ${isOnlyHere
        ? html`<span>${t("people.only_here")} <code>vallum serve --host NAME --tls-cert FILE --tls-key FILE</code></span>`
        : nothing}
      <div>
        <button
          type="button"
          @click=${() => {
            this.invited = null;
          }}
        >
          ${t("people.link_done")}
        </button>
      </div>
    </div>`;
  }

  private list(): TemplateResult {
    const people = this.people ?? [];
    return html`<section aria-labelledby="list">
      <h2 id="list">${t("people.list")}</h2>
      ${this.troubleBeside("people")}
      ${people.length === 0
        ? html`<div class="empty">${t(this.people === null ? "pages.loading" : "people.none")}</div>`
        : html`<div class="scroll" tabindex="0" role="group" aria-label=${t("people.list")}>
            <table>
              <caption class="only-read">
                ${t("people.list")}
              </caption>
              <thead>
                <tr>
                  <th scope="col">${t("people.name")}</th>
                  <th scope="col">${t("people.role")}</th>
                  <th scope="col">${t("people.col.state")}</th>
                  <th scope="col">${t("people.col.seen")}</th>
                  <th scope="col">${t("people.col.sections")}</th>
                  <th scope="col"><span class="only-read">${t("people.col.do")}</span></th>
                </tr>
              </thead>
              <tbody>
                ${people.map((person) => this.row(person))}
              </tbody>
            </table>
          </div>`}
    </section>`;
  }

  private row(person: PersonRow): TemplateResult {
    const isMe = person.name === this.state?.me?.name;
    const state = stateOf(person, isMe);
    return html`<tr class=${state}>
        <th scope="row" class="state">${person.name} ${isMe ? html`<span class="tag">${t("people.you")}</span>` : nothing}</th>
        <td>
          <select
            aria-label=${t("people.role_of", { name: person.name })}
            ?disabled=${isMe || !person.is_active}
            @change=${(event: Event) =>
              this.change(person, { role: (event.target as HTMLSelectElement).value as Role })}
          >
            ${ROLES.map(
              (role) =>
                html`<option value=${role} ?selected=${role === person.role}>
                  ${t(`people.role.${role}`)}
                </option>`,
            )}
          </select>
        </td>
        <td class="state">${t(`people.state.${state}`)}</td>
        <td>${isMe ? t("people.seen.now") : seenWords(person)}</td>
        <td>${this.sectionsForm(person)}</td>
        <td class="do">
          ${isMe
            ? nothing
            : person.is_active
              ? html`<button
                    type="button"
                    aria-label="${t("people.new_link")}: ${person.name}"
                    ?disabled=${this.busy === "invite"}
                    @click=${() => this.inviteAgain(person)}
                  >
                    ${t("people.new_link")}
                  </button>
                  ${person.is_signed_in
                    ? html`<button
                        type="button"
                        aria-label="${t("people.end")}: ${person.name}"
                        title=${t("people.end_text")}
                        @click=${() => this.end(person)}
                      >
                        ${t("people.end")}
                      </button>`
                    : nothing}
                  <button
                  type="button"
                  aria-expanded=${this.asking === person.name ? "true" : "false"}
                  aria-label="${t("people.take")}: ${person.name}"
                  @click=${() => {
                    this.asking = this.asking === person.name ? "" : person.name;
                  }}
                >
                  ${t("people.take")}
                </button>`
              : html`<button type="button" @click=${() => this.change(person, { is_active: true })}>
                  ${t("people.give")}
                </button>`}
        </td>
      </tr>
      ${this.asking === person.name
        ? html`<tr>
            <td colspan="6">
              <div class="note warn stack">
                <span>${t("people.take_ask", { name: person.name })}</span>
                <div class="row">
                  <button
                    class="primary"
                    type="button"
                    @click=${() => this.change(person, { is_active: false })}
                  >
                    ${t("people.take_yes")}
                  </button>
                  <button
                    type="button"
                    @click=${() => {
                      this.asking = "";
                    }}
                  >
                    ${t("pages.cancel")}
                  </button>
                </div>
              </div>
            </td>
          </tr>`
        : nothing}`;
  }

  private sectionsForm(person: PersonRow): TemplateResult {
    const known = numbersText(person.sections as number[]);
    const shown = this.typed[person.name] ?? known;
    const about = `sections-${person.name}`;
    return html`<form
        @submit=${(event: Event) => {
          event.preventDefault();
          void this.assign(person, shown);
        }}
      >
        <input
          aria-label=${t("people.sections_of", { name: person.name })}
          placeholder=${t("people.everywhere")}
          autocomplete="off"
          ?disabled=${!person.is_active}
          .value=${shown}
          @input=${(event: InputEvent) => {
            const text = (event.target as HTMLInputElement).value;
            this.typed = { ...this.typed, [person.name]: text };
          }}
        />
        ${shown === known
          ? nothing
          : html`<button class="primary">${t("settings.save")}</button>
              <button type="button" @click=${() => this.forget(person.name)}>
                ${t("pages.cancel")}
              </button>`}
      </form>
      ${this.troubleBeside(about)}`;
  }

  private forget(name: string): void {
    const { [name]: _, ...rest } = this.typed;
    this.typed = rest;
  }

  private readonly invite = async (event: Event): Promise<void> => {
    event.preventDefault();
    await this.attempt("invite", async () => {
      this.invited = await api.invite(this.newName.trim(), this.newRole);
      this.newName = "";
      this.people = await api.people();
    });
  };

  private async inviteAgain(person: PersonRow): Promise<void> {
    await this.attempt("invite", async () => {
      this.invited = await api.inviteAgain(person.name);
      this.people = await api.people();
    });
    await this.updateComplete;
    this.renderRoot.querySelector("#invite")?.scrollIntoView({ block: "start" });
  }

  private async end(person: PersonRow): Promise<void> {
    await this.attempt("people", async () => {
      this.people = await api.endSession(person.name);
    });
  }

  private async assign(person: PersonRow, text: string): Promise<void> {
    const about = `sections-${person.name}`;
    const sections = readNumbers(text, this.state?.project?.sections.map((one) => one.number) ?? []);
    if (typeof sections === "string") {
      this.trouble = { about, message: t("people.sections_bad", { word: sections }), next: "" };
      return;
    }
    if (await this.change(person, { sections }, about)) this.forget(person.name);
  }

  private async change(
    person: PersonRow,
    change: { role?: Role; is_active?: boolean; sections?: number[] },
    about = "people",
  ): Promise<boolean> {
    this.asking = "";
    return this.attempt(about, async () => {
      await api.person(person.name, change);
      this.people = await api.people();
    });
  }
}

customElements.define("vallum-people-page", PeoplePage);
