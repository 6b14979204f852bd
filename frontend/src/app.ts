/** `<vallum-app>`: the frame of the page: who, where, what is saved, and which page is shown. */

import { html, nothing, type TemplateResult } from "lit";

import { voice } from "./announce.ts";
import { api, ApiError, weather } from "./api.ts";
import { appLook } from "./applook.ts";
import type { Where } from "./desk.ts";
import { Keys } from "./keys.ts";
import { look } from "./look.ts";
import { Outbox, type Refused } from "./outbox.ts";
import { PICTURE_PAGES, type PicturePage } from "./pictures/tabs.ts";
import { isUnsaved, letGo } from "./said/unsaved.ts";
import { keyOf, storage } from "./shelf.ts";
import { turns } from "./turns.ts";
import type { Me, Mode, State } from "./types.ts";
import { Windows } from "./windows.ts";
import { duration, km, language, LANGUAGES, setLanguage, t, Worded, type Language } from "./words.ts";

const PAGES = [
  "start", "images", "run", "coverage", "settings", "report", "people", "sample", "agreement",
  "papers", "claims", "timeline", "sources", "vault", "history",
] as const; // prettier-ignore
type Page = (typeof PAGES)[number] | "review";
/** What images show and what people said: two groups, so that the bar holds either. */
const GROUPS = {
  seen: ["review", "images", "run", "coverage", "sample", "agreement"],
  said: ["papers", "claims", "timeline"],
} as const satisfies Record<string, readonly Page[]>;
type Group = keyof typeof GROUPS;
/** For the keeper alone. */
const KEEPING: readonly Page[] = ["sources", "vault"];
const BOTH: readonly Page[] = ["report", "settings"];
const ALWAYS: readonly Page[] = ["start"];
const MODES = new Set<string>(["triage", "sheet", "sweep", "sample", "disagreements", "dating"]);
const TICK_MS = 1000;
const RETRY_MS = 3000;

export class VallumApp extends Worded {
  static override properties = {
    state: { state: true },
    page: { state: true },
    mode: { state: true },
    where: { state: true },
    trouble: { state: true },
    isGone: { state: true },
    isEnded: { state: true },
    dialog: { state: true },
    spoken: { state: true },
    nWindows: { state: true },
    now: { state: true },
    nameTrouble: { state: true },
    isJoining: { state: true },
    group: { state: true },
    ticket: { state: true },
    shot: { state: true },
    leaving: { state: true },
  };

  static override styles = [look, appLook];

  private state: State | null = null;
  private page: Page = "start";
  private mode: Mode = "triage";
  private group: Group = "seen";
  /** Which paper or claim is open. */
  private ticket = "";
  /** Which screenshot is open. */
  private shot = "";
  /** Where somebody wants to go who has typed something that is not saved. */
  private leaving = "";
  private where: Where | null = null;
  private trouble: ApiError | null = null;
  private isGone = false;
  private isEnded = false;
  private dialog: "" | "keys" | "guide" | "refused" = "";
  private spoken = "";
  private nWindows = 1;
  private now = Date.now();
  private nameTrouble = "";
  /** Behind an invitation link. */
  private isJoining = false;
  private life = new AbortController();
  private tick: ReturnType<typeof setInterval> | undefined;
  private retry: ReturnType<typeof setTimeout> | undefined;
  private readonly windows = new Windows();
  private readonly keyMap = new Keys(storage());
  private readonly outbox = new Outbox({
    shelf: storage() ?? new Nowhere(),
    carrier: api,
    turn: turns(storage() ?? new Nowhere(), navigator.locks),
  });

  // -- life -----------------------------------------------------------------------------------

  override connectedCallback(): void {
    super.connectedCallback();
    this.life = new AbortController();
    const { signal } = this.life;
    addEventListener("hashchange", this.onHash, { signal });
    addEventListener("online", () => void this.outbox.flush(), { signal });
    weather.addEventListener("answer", this.onAnswer, { signal });
    voice.addEventListener("say", (e) => (this.spoken = (e as CustomEvent<string>).detail), { signal });
    this.outbox.addEventListener("change", () => this.requestUpdate(), { signal });
    this.outbox.addEventListener("refused", () => this.requestUpdate(), { signal });
    this.keyMap.addEventListener("change", () => this.requestUpdate(), { signal });
    this.windows.addEventListener("change", () => (this.nWindows = this.windows.n), { signal });
    addEventListener("storage", (e) => e.key?.startsWith("vallum.") && this.requestUpdate(), { signal });
    addEventListener("keydown", this.onKey, { signal });
    this.tick = setInterval(() => (this.now = Date.now()), TICK_MS);
    void this.enter();
  }

  override disconnectedCallback(): void {
    this.life.abort();
    clearInterval(this.tick);
    clearTimeout(this.retry);
    super.disconnectedCallback();
  }

  /** Come in: by an invitation, or with the session that the browser holds. */
  private async enter(): Promise<void> {
    if (new URLSearchParams(location.search).has("token")) history.replaceState(null, "", `/${location.hash}`);
    if (location.pathname === "/join") {
      this.isJoining = true;
      return;
    }
    await this.load();
    if (this.state === null) this.route();
  }

  private async load(): Promise<void> {
    try {
      this.take(await api.state());
    } catch (problem) {
      if (!(problem instanceof ApiError)) throw problem;
      if (problem.status === 401) this.isEnded = true;
      else this.trouble = problem;
      if (problem.isPassing) this.retryLater();
    }
  }

  private take(state: State): void {
    const isFirst = this.state === null;
    this.state = state;
    // Before anything is drawn: the page that somebody only passes would ask for all it shows.
    if (isFirst) this.route();
    this.trouble = null;
    this.isEnded = state.me === null;
    this.outbox.who = state.me?.name ?? "";
    this.outbox.project = keyOf(state.project);
    this.windows.join(keyOf(state.project));
    void this.outbox.flush();
  }

  private retryLater(): void {
    clearTimeout(this.retry);
    this.retry = setTimeout(() => void this.load(), RETRY_MS);
  }

  private readonly onAnswer = (event: Event): void => {
    const { status } = (event as CustomEvent<{ status: number }>).detail;
    const wasGone = this.isGone;
    this.isGone = status === 0;
    if (status === 401) this.isEnded = true;
    if (this.isGone) this.retryLater();
    else if (wasGone) void this.outbox.flush();
  };

  private readonly onKey = (event: KeyboardEvent): void => {
    // The review page knows all keys; elsewhere only the list of keys has one.
    if (this.page === "review" || event.defaultPrevented || this.dialog !== "") return;
    const target = event.composedPath()[0];
    if (target instanceof HTMLElement && target.matches("input, textarea, select")) return;
    if (this.keyMap.meant(event) === "keys") this.dialog = "keys";
  };

  /** Nobody leaves by accident what is typed and not saved. */
  private readonly onHash = (event: HashChangeEvent): void => {
    if (!isUnsaved()) {
      this.route();
      return;
    }
    const wanted = location.hash;
    history.replaceState(null, "", new URL(event.oldURL).hash || "#/");
    this.leaving = wanted;
  };

  private leave(): void {
    const wanted = this.leaving;
    this.leaving = "";
    letGo();
    location.hash = wanted;
  }

  private route(): void {
    const [page, mode, thing] = location.hash.replace(/^#\//, "").split("/");
    const wanted = ([...PAGES, "review"] as string[]).includes(page ?? "") ? (page as Page) : this.home();
    const isClosed = this.state !== null && this.state.project === null && !ALWAYS.includes(wanted);
    this.page = isClosed ? "start" : wanted;
    this.mode = mode !== undefined && MODES.has(mode) ? (mode as Mode) : "triage";
    this.ticket = mode ?? "";
    this.shot = thing ?? "";
    if ((GROUPS.seen as readonly Page[]).includes(this.page)) this.group = "seen";
    if ([...GROUPS.said, ...KEEPING].includes(this.page)) this.group = "said";
    if (this.page !== "review") this.where = null;
    const name = this.page === "images" && this.picturePage !== "" ? `tabs.${this.picturePage}` : `page.${this.page}`;
    document.title = `${t(name)} · vallum`;
    this.dialog = "";
  }

  /** Where one lands without asking for a page. */
  private home(): Page {
    const counts = this.state?.project?.counts;
    if (counts === undefined) return "start";
    if (counts.candidates > 0) return "review";
    return counts.scenes > 0 ? "run" : "images";
  }

  // -- what is shown --------------------------------------------------------------------------

  protected override render() {
    if (this.isJoining) return html`<vallum-join-page></vallum-join-page>`;
    return html`${this.renderTop()} ${this.renderBanner()}
      <main id="main" tabindex="-1" class=${this.page === "review" ? "desk" : ""}>${this.renderMain()}</main>
      <div class="only-read" role="status" aria-live="polite">${this.spoken}</div>
      ${this.renderDialogs()}`;
  }

  private renderTop(): TemplateResult {
    const project = this.state?.project ?? null;
    return html`<header>
      <button class="skip" @click=${this.skip}>${t("app.skip")}</button>
      <a class="brand" href="#/start">vallum</a>
      ${this.page === "review" ? html`<h1 class="only-read">${t("page.review")}</h1>` : nothing}
      ${project?.is_simulated ? html`<strong class="simulated">${t("app.simulated")}</strong>` : nothing}
      ${project === null || this.isEnded ? nothing : this.renderNav()} ${this.renderWhere()}
      <div class="end">
        <vallum-job @job-ended=${() => void this.load()}></vallum-job>
        ${this.renderProgress()} ${this.renderSaved()} ${this.renderMe()}
        <label class="language"
          ><span class="only-read">${t("app.language")}</span>
          <select @change=${(e: Event) => setLanguage((e.target as HTMLSelectElement).value as Language)}>
            ${LANGUAGES.map(
              ({ code, name }) =>
                html`<option value=${code} lang=${code} ?selected=${language() === code}>${name}</option>`,
            )}
          </select>
        </label>
        <button class="keys" aria-label=${t("action.keys")} title=${t("action.keys")} @click=${() => (this.dialog = "keys")}>
          <kbd>?</kbd>
        </button>
      </div>
    </header>`;
  }

  private renderNav(): TemplateResult {
    const isKeeper = this.state?.me?.role === "keeper";
    const own: readonly Page[] = [...GROUPS[this.group], ...(isKeeper && this.group === "said" ? KEEPING : [])];
    const pages: readonly Page[] = [...own, ...BOTH, ...(isKeeper ? (["people"] as const) : [])];
    const other = this.group === "seen" ? "said" : "seen";
    return html`<nav aria-label=${t("app.pages")}>
      <span class="groups">
        ${(["seen", "said"] as const).map((group) =>
          group === other
            ? html`<a href="#/${GROUPS[group][0]}" title=${t(`app.group.${group}_text`)}>${t(`app.group.${group}`)}</a>`
            : html`<strong>${t(`app.group.${group}`)}</strong>`,
        )}
      </span>
      ${pages.map(
        (page) => html`<a href="#/${page}" aria-current=${page === this.page ? "page" : page === "run" && this.page === "history" ? "true" : nothing}>${t(`page.${page}`)}</a>`,
      )}
    </nav>`;
  }

  private renderWhere(): TemplateResult | typeof nothing {
    const { where } = this;
    if (where === null || where.at_m === null) return nothing;
    const parts = [
      where.section === null ? "" : t("app.section", { number: String(where.section) }),
      km(where.at_m),
      where.names.join(" "),
    ].filter(Boolean);
    return html`<p class="where" title=${parts.join(" · ")}>${parts.join(" · ")}</p>`;
  }

  private renderProgress(): TemplateResult | typeof nothing {
    const { where } = this;
    if (where === null || where.n_total === 0) return nothing;
    return html`<span class="progress" title=${this.left(where)}
      >${t("app.progress", { done: where.n_done, total: where.n_total })}<span class="left">${this.left(where)}</span></span
    >`;
  }

  private left(where: Where): string {
    return where.left_s === null || where.left_s <= 0 ? "" : ` · ${t("app.left", { time: duration(where.left_s) })}`;
  }

  private renderSaved(): TemplateResult | typeof nothing {
    const n = this.outbox.mine().length;
    if (n > 0) {
      const isSlow = this.outbox.weather !== "fair";
      return html`<span class="saved ${isSlow ? "kept" : ""}">${t(isSlow ? "saved.kept" : "saved.sending", { n })}</span>`;
    }
    if (this.outbox.nOthers > 0) {
      return html`<span class="saved kept">${t("saved.others", { n: this.outbox.nOthers })}</span>`;
    }
    if (this.outbox.savedAt === 0) return nothing;
    const seconds = Math.max(0, Math.round((this.now - this.outbox.savedAt) / 1000));
    return html`<span class="saved">${seconds < 60 ? t("saved.ago", { time: duration(seconds) }) : t("saved.all")}</span>`;
  }

  private renderMe(): TemplateResult | typeof nothing {
    const me = this.state?.me;
    if (!me || this.isEnded) return nothing;
    return html`<vallum-leave class="me" .me=${me} .unsent=${this.outbox.mine().length}></vallum-leave>`;
  }

  /** What everybody should know, calmly: one line above the page. */
  private renderBanner(): TemplateResult | typeof nothing {
    const lines: TemplateResult[] = [];
    const n = this.outbox.mine().length;
    if (this.isGone) lines.push(html`<p>${t("weather.gone")} ${n > 0 ? t("weather.kept", { n }) : nothing}</p>`);
    else if (this.outbox.weather === "busy" && n > 0) lines.push(html`<p>${t("weather.busy")} ${t("weather.kept", { n })}</p>`);
    else if (this.outbox.weather === "full" && n > 0) lines.push(html`<p>${t("weather.full")} ${t("weather.kept", { n })}</p>`);
    if (!this.outbox.isKept) lines.push(html`<p>${t("weather.no_shelf")}</p>`);
    const refused = this.outbox.refused().length;
    if (refused > 0) {
      lines.push(html`<p>
        ${t("weather.refused", { n: refused })}
        <button @click=${() => (this.dialog = "refused")}>${t("weather.show")}</button>
      </p>`);
    }
    if (this.nWindows > 1 && this.page === "review") lines.push(html`<p class="quiet">${t("weather.windows")}</p>`);
    return lines.length === 0 ? nothing : html`<div class="banner" role="status">${lines}</div>`;
  }

  private renderMain(): TemplateResult | typeof nothing {
    if (this.isEnded) return calm(t("ended.head"), t("ended.what"), t("ended.next"));
    if (this.state === null) {
      if (this.trouble === null) return html`<p class="calm" role="status">${t("app.loading")}</p>`;
      const { message, next, status } = this.trouble;
      return calm(t(status === 0 ? "weather.gone_head" : "app.trouble"), status === 0 ? t("weather.gone") : message, next);
    }
    return html`<div
      class="page"
      @state-changed=${this.onStateChanged}
      @where=${(e: CustomEvent<Where>) => (this.where = e.detail)}
      @dialog=${(e: CustomEvent<{ what: "keys" | "guide" }>) => (this.dialog = e.detail.what)}
    >
      ${this.renderPage()}
    </div>`;
  }

  private renderPage(): TemplateResult {
    const { state } = this;
    switch (this.page) {
      case "start": return html`<vallum-start-page .state=${state}></vallum-start-page>`;
      case "images": return html`<vallum-picture-tabs .now=${this.picturePage}></vallum-picture-tabs>${this.renderPictures()}`;
      case "run": return html`<vallum-run-page .state=${state}></vallum-run-page>`;
      case "coverage": return html`<vallum-coverage-page .state=${state}></vallum-coverage-page>`;
      case "settings": return html`<vallum-settings-page .state=${state}></vallum-settings-page>`;
      case "report": return html`<vallum-report-page .state=${state}></vallum-report-page>`;
      case "people": return html`<vallum-people-page .state=${state}></vallum-people-page>`;
      case "sample": return html`<vallum-sample-page .state=${state}></vallum-sample-page>`;
      case "agreement": return html`<vallum-agreement-page .state=${state}></vallum-agreement-page>`;
      case "papers": return html`<vallum-papers-page .state=${state} .ticket=${this.ticket} .keys=${this.keyMap}></vallum-papers-page>`;
      case "claims": return html`<vallum-claims-page .state=${state} .ticket=${this.ticket}></vallum-claims-page>`;
      case "timeline": return html`<vallum-timeline-page .state=${state}></vallum-timeline-page>`;
      case "sources": return html`<vallum-sources-page .state=${state}></vallum-sources-page>`;
      case "history": return html`<vallum-history-page .state=${state}></vallum-history-page>`;
      case "vault": return html`<vallum-vault-page .state=${state}></vallum-vault-page>`;
      case "review": return html`<vallum-review
        .state=${state} .mode=${this.mode} .outbox=${this.outbox} .keys=${this.keyMap}></vallum-review>`;
    } // prettier-ignore
  }

  /** Which of the pages about images is open. */
  private get picturePage(): PicturePage {
    return PICTURE_PAGES.find((one) => one === this.ticket) ?? "";
  }

  private renderPictures(): TemplateResult {
    const { state } = this;
    switch (this.picturePage) {
      case "catalogue": return html`<vallum-catalogue-page .state=${state}></vallum-catalogue-page>`;
      case "shots": return this.shot === ""
        ? html`<vallum-shots-page .state=${state}></vallum-shots-page>`
        : html`<vallum-placing-page .state=${state} .shot=${this.shot}></vallum-placing-page>`;
      case "dates": return html`<vallum-dates-page .state=${state}></vallum-dates-page>`;
      case "cues": return html`<vallum-cues-page .state=${state}></vallum-cues-page>`;
      case "land": return html`<vallum-land-page .state=${state}></vallum-land-page>`;
      case "": return html`<vallum-images-page .state=${state}></vallum-images-page>`;
    } // prettier-ignore
  }

  private readonly onStateChanged = (event: CustomEvent<State | null>): void => {
    const before = keyOf(this.state?.project);
    if (event.detail === null) void this.load();
    else this.take(event.detail);
    const project = event.detail?.project;
    if (event.detail !== null && project === null && this.page !== "start") location.hash = "#/start";
    else if (project && before !== "" && before !== keyOf(project)) this.route();
  };

  private renderDialogs(): TemplateResult {
    const close = (): void => {
      this.dialog = "";
    };
    return html`<vallum-keys-dialog
        .open=${this.dialog === "keys"}
        .keys=${this.keyMap}
        .kinds=${this.state?.kinds ?? []}
        .reasons=${this.state?.reasons ?? []}
        @closed=${close}
      ></vallum-keys-dialog>
      <vallum-guide .open=${this.dialog === "guide"} .kinds=${this.state?.kinds ?? []} @closed=${close}></vallum-guide>
      <vallum-name-dialog
        .open=${this.page !== "start" && (this.state?.me?.needs_name ?? false) && !this.isEnded}
        .name=${this.state?.me?.name ?? ""}
        .trouble=${this.nameTrouble}
        @named=${(e: CustomEvent<string>) => void this.setName(e.detail)}
      ></vallum-name-dialog>
      <vallum-dialog .open=${this.dialog === "refused"} heading=${t("refused.head")} @closed=${close}>
        ${this.dialog === "refused" ? this.renderRefused(this.outbox.refused()) : nothing}
      </vallum-dialog>
      <vallum-dialog .open=${this.leaving !== ""} heading=${t("leave.head")} @closed=${() => (this.leaving = "")}>
        <p>${t("leave.text")}</p>
        <p class="choose">
          <button class="primary" autofocus @click=${() => (this.leaving = "")}>${t("leave.stay")}</button>
          <button @click=${() => this.leave()}>${t("leave.go")}</button>
        </p>
      </vallum-dialog>`;
  }

  private renderRefused(refused: Refused[]): TemplateResult {
    return html`<ul>
        ${refused.map(({ entry, message, next }) => html`<li>${t(`review.did.${entry.kind}`)}: ${message} ${next}</li>`)}
      </ul>
      <p>
        <button
          @click=${() => {
            this.outbox.clearRefused();
            this.dialog = "";
          }}
        >
          ${t("refused.forget")}
        </button>
      </p>`;
  }

  private async setName(name: string): Promise<void> {
    try {
      const me: Me = await api.me(name);
      this.nameTrouble = "";
      if (this.state !== null) this.take({ ...this.state, me });
    } catch (problem) {
      if (!(problem instanceof ApiError)) throw problem;
      this.nameTrouble = `${problem.message} ${problem.next}`.trim() || t("weather.gone");
    }
  }

  private readonly skip = (): void => {
    this.renderRoot.querySelector<HTMLElement>("#main")?.focus();
  };
}

/** Where nothing can be kept, the outbox holds what it has in memory. */
class Nowhere {
  readonly length = 0;
  key(): string | null {
    return null;
  }
  getItem(): string | null {
    return null;
  }
  setItem(): void {
    throw new DOMException("no storage", "QuotaExceededError");
  }
  removeItem(): void {}
}

function calm(head: string, what: string, next: string): TemplateResult {
  return html`<div class="calm" role="status">
    <h1>${head}</h1>
    <p>${what}</p>
    ${next ? html`<p class="quiet">${next}</p>` : nothing}
  </div>`;
}

customElements.define("vallum-app", VallumApp);
