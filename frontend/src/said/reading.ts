/** `<vallum-reading>`: a paper with its claims in place; a person approves, changes or rejects each. */

import { html, nothing, type PropertyValues, type TemplateResult } from "lit";

import { say } from "../announce.ts";
import { isDialogOpen } from "../dialog.ts";
import { belongsToField, cap, type Keys } from "../keys.ts";
import { Page } from "../pages/page.ts";
import { pageLook } from "../pages/pagelook.ts";
import { jobs } from "../pages/watch.ts";
import { t } from "../words.ts";
import { said } from "./api.ts";
import { claimCard } from "./cards.ts";
import "./claimform.ts";
import { conflictView, theirsIn, type Conflict } from "./conflict.ts";
import { allOf, changesOf, draftOf, emptyDraft, isChanged, type Draft } from "./draft.ts";
import { noText, paperHead, pictureIn } from "./paperhead.ts";
import { beside, nextProposed, READ_KEYS, readAction, type ReadAction } from "./readkeys.ts";
import { readingLook } from "./readinglook.ts";
import "./rejectform.ts";
import { badgeLook, cardLook } from "./saidlook.ts";
import { claimWords, toldOf, toldWords } from "./terms.ts";
import type { MarkedText } from "./texts.ts";
import "./texts.ts";
import type { ClaimCard, ExhibitFull, Standing, Words } from "./types.ts";
import { hold } from "./unsaved.ts";
import "./wordpick.ts";

const ANSWERING = new Set(["analyst", "adjudicator", "keeper"]);

/** What was typed, and the claim as it stood when the typing began. */
interface Typed {
  draft: Draft;
  base: ClaimCard;
}

/** What a decision asks for. */
interface Wish {
  standing: Standing | null;
  draft: Draft | null;
  note: string;
}

export class Reading extends Page {
  static override properties = {
    ...Page.properties,
    ticket: { attribute: false },
    keys: { attribute: false },
    full: { state: true },
    words: { state: true },
    current: { state: true },
    doing: { state: true },
    drafts: { state: true },
    conflict: { state: true },
    chosen: { state: true },
    mine: { state: true },
    isPicking: { state: true },
  };

  static override styles = [pageLook, badgeLook, cardLook, readingLook];

  ticket = "";
  keys: Keys | null = null;
  private full: ExhibitFull | null = null;
  private words: Words | null = null;
  private current = "";
  private doing: "" | "edit" | "reject" = "";
  /** What was typed, by claim; in memory alone, since it may say what must not lie in a browser. */
  private drafts = new Map<string, Typed>();
  private conflict: Conflict | null = null;
  private chosen: { start: number; end: number } | null = null;
  /** A claim that is being typed: the characters that it rests on, and what it says. */
  private mine: { start: number; end: number; draft: Draft } | null = null;
  private isPicking = false;
  private last = "";

  override connectedCallback(): void {
    super.connectedCallback();
    addEventListener("keydown", this.onKey);
  }

  override disconnectedCallback(): void {
    removeEventListener("keydown", this.onKey);
    hold(this, false);
    super.disconnectedCallback();
  }

  protected override updated(changed: PropertyValues): void {
    super.updated(changed);
    hold(this, this.isUnsaved);
    if (changed.has("ticket") && changed.get("ticket") !== undefined) {
      this.full = null;
      void this.load();
    }
  }

  private get isUnsaved(): boolean {
    if (this.mine !== null && (this.mine.draft.statement !== "" || this.mine.draft.subject !== "")) return true;
    return [...this.drafts.values()].some(({ draft, base }) => isChanged(base, draft));
  }

  private get claims(): ClaimCard[] {
    return this.full?.claims ?? [];
  }

  private get card(): ClaimCard | undefined {
    return this.claims.find(({ ticket }) => ticket === this.current);
  }

  /** Whether a decision is on its way; what is loaded in the background blocks no key. */
  private get isDeciding(): boolean {
    return this.busy === "decide" || this.busy === "propose";
  }

  private get mayAnswer(): boolean {
    return ANSWERING.has(this.state?.me?.role ?? "");
  }

  protected override async load(): Promise<void> {
    if (!this.state?.project || this.ticket === "") return;
    await this.attempt("paper", async () => {
      this.words ??= await said.words();
      this.full = await said.exhibit(this.ticket);
      if (this.card === undefined) {
        const first = this.claims.find(({ standing }) => standing === "proposed") ?? this.claims[0];
        this.current = first?.ticket ?? "";
      }
    });
  }

  protected override onJobEnded(): void {
    void this.load();
  }

  // -- what is shown ----------------------------------------------------------------------------

  protected override render(): TemplateResult {
    const { full } = this;
    return html`<p><a href="#/papers">← ${t("papers.back")}</a></p>
      ${this.troubleBeside("page")} ${this.troubleBeside("paper")}
      ${full === null
        ? html`<header><h1>${t("page.papers")}</h1></header>
            ${this.trouble === null ? html`<p class="quiet" role="status">${t("pages.loading")}</p>` : nothing}`
        : html`${this.head(full)} ${this.body(full)}`}`;
  }

  private head(full: ExhibitFull): TemplateResult {
    return html`<header class="paper">
      ${paperHead(full)}
      <div class="row">
        ${this.mayAnswer && full.has_text
          ? html`<button type="button" ?disabled=${this.isWorking} @click=${this.readAgain}>${t("papers.read_one")}</button>`
          : nothing}
        ${this.mayAnswer && full.text !== null
          ? html`<button type="button" @click=${() => (this.isPicking = true)}>${t("papers.by_hand")}</button>`
          : nothing}
      </div>
      ${this.troubleBeside("read")}
    </header>`;
  }

  private body(full: ExhibitFull): TemplateResult {
    if (full.text === null) {
      return html`${noText(full, this.isKeeper)} ${this.mayAnswer ? pictureIn(full, this.state) : nothing}
        <div class="others">${this.claims.map((card) => this.slotOf(card))}</div>`;
    }
    const { mine, card } = this;
    const loose = this.claims.filter(({ start }) => start < 0);
    const isLoose = mine === null && card !== undefined && card.start < 0;
    return html`${this.mayAnswer ? pictureIn(full, this.state) : nothing}
      ${this.claims.length === 0 ? html`<div class="note">${t("papers.no_claims")}</div>` : nothing}
      <vallum-marked-text
        .text=${full.text}
        .paragraphs=${full.paragraphs}
        .claims=${this.claims.filter(({ start }) => start >= 0)}
        .current=${mine === null ? this.current : ""}
        .anchor=${mine === null ? -1 : mine.start}
        .language=${full.language}
        @choose=${(event: CustomEvent<{ ticket: string }>) => this.choose(event.detail.ticket, true)}
        @words=${(event: CustomEvent<{ start: number; end: number } | null>) => (this.chosen = event.detail)}
      >
        <div slot="card" class="slot">
          ${mine === null ? (card === undefined || isLoose ? nothing : this.slotOf(card)) : this.proposing(full)}
        </div>
      </vallum-marked-text>
      ${this.bar()}
      ${loose.length === 0
        ? nothing
        : html`<section aria-labelledby="loose">
            <h2 id="loose">${t("papers.loose")}</h2>
            <div class="others">${loose.map((one) => this.slotOf(one))}</div>
          </section>`}
      <vallum-word-pick
        .open=${this.isPicking}
        .marked=${this.marked}
        @closed=${() => (this.isPicking = false)}
        @picked=${(event: CustomEvent<{ start: number; end: number }>) => this.propose(event.detail)}
      ></vallum-word-pick>`;
  }

  /** A claim with what can be done about it. */
  private slotOf(card: ClaimCard): TemplateResult {
    const isCurrent = card.ticket === this.current;
    const k = this.claims.indexOf(card) + 1;
    const place = html`<p class="small quiet">${t("said.k_of", { k, all: this.claims.length })}</p>`;
    return html`<div class="slot">
      ${claimCard(card, {
        isCurrent,
        level: 2,
        heading: html`<a href="#/claims/${card.ticket}">${claimWords(card)}</a>`,
        more: html`${card.note === "" ? nothing : html`<p class="small quiet">${t("said.note_of", { note: card.note })}</p>`}
        ${isCurrent ? this.doings(card) : html`<div><button type="button" @click=${() => this.choose(card.ticket, false)}>${t("said.look")}</button></div>`}
        ${place}`,
      })}
    </div>`;
  }

  private doings(card: ClaimCard): TemplateResult | typeof nothing {
    if (!this.mayAnswer) return nothing;
    const conflict = this.conflict?.theirs.ticket === card.ticket ? this.conflict : null;
    return html`${this.troubleBeside("decide")}
      ${conflict === null
        ? nothing
        : conflictView(conflict, this.isDeciding, this.sendMine, this.keepTheirs)}
      ${this.doing === "edit" ? this.editing(card) : this.doing === "reject" ? this.rejecting() : this.buttons(card)}`;
  }

  private buttons(card: ClaimCard): TemplateResult {
    const isBusy = this.isDeciding;
    const button = (action: ReadAction, isMain = false, isHidden = false): TemplateResult | typeof nothing =>
      isHidden
        ? nothing
        : html`<button type="button" class=${isMain ? "primary" : ""} ?disabled=${isBusy} data-do=${action} @click=${() => this.act(action)}>
            ${t(`said.do.${action}`)}${this.keys?.isOff ? nothing : html`<kbd aria-hidden="true">${cap(READ_KEYS[action])}</kbd>`}
          </button>`;
    return html`${this.unsavedNote(card)}
      <div class="actions" role="group" aria-label=${t("said.do.group")}>
      ${button("approve", true, card.standing === "approved")} ${button("reject", false, card.standing === "rejected")}
      ${button("edit")} ${button("undo", false, card.standing === "proposed" && this.last === "")}
      ${button("previous", false, this.claims.length < 2)} ${button("next", false, this.claims.length < 2)}
    </div>`;
  }

  /** What was typed and left: it is still there, and goes with an approval. */
  private unsavedNote(card: ClaimCard): TemplateResult | typeof nothing {
    const typed = this.drafts.get(card.ticket);
    if (typed === undefined || !isChanged(typed.base, typed.draft)) return nothing;
    return html`<div class="note warn row">
      <span>${t("said.unsaved")}</span>
      <button type="button" @click=${() => this.open("edit")}>${t("said.go_on")}</button>
      <button type="button" @click=${() => this.drop(card.ticket)}>${t("said.throw_away")}</button>
    </div>`;
  }

  private editing(card: ClaimCard): TemplateResult {
    const sentence = this.marked?.sentence() ?? "";
    return html`${sentence === "" ? nothing : html`<p class="said"><q>${sentence}</q></p>`}<vallum-claim-form
      .draft=${this.drafts.get(card.ticket)?.draft ?? draftOf(card)}
      .words=${this.words}
      .published=${card.published}
      .needsNote=${card.standing !== "proposed"}
      .isBusy=${this.isDeciding}
      .mayRed=${this.isKeeper}
      @draft=${(event: CustomEvent<Draft>) => this.keep(card.ticket, event.detail)}
      @save=${(event: CustomEvent<{ isApproved: boolean }>) => void this.saveDraft(card, event.detail.isApproved)}
      @leave=${() => this.leaveForm()}
    ></vallum-claim-form>`;
  }

  private rejecting(): TemplateResult {
    return html`<vallum-reject-form
      .isBusy=${this.isDeciding}
      @reject=${(event: CustomEvent<string>) => void this.decide({ standing: "rejected", draft: null, note: event.detail })}
      @leave=${() => this.leaveForm()}
    ></vallum-reject-form>`;
  }

  private proposing(full: ExhibitFull): TemplateResult {
    const mine = this.mine;
    if (mine === null) return html``;
    return html`<div class="card stack">
      <h2>${t("papers.propose")}</h2>
      <p><q>${this.marked?.words(mine.start, mine.end) ?? ""}</q></p>
      ${this.troubleBeside("propose")}
      <vallum-claim-form
        .draft=${mine.draft}
        .words=${this.words}
        .published=${full.published}
        .isNew=${true}
        .isBusy=${this.isDeciding}
        .mayRed=${this.isKeeper}
        @draft=${(event: CustomEvent<Draft>) => (this.mine = { ...mine, draft: event.detail })}
        @save=${() => void this.sendProposal()}
        @leave=${() => (this.mine = null)}
      ></vallum-claim-form>
    </div>`;
  }

  private bar(): TemplateResult | typeof nothing {
    const { chosen } = this;
    if (chosen === null || this.mine !== null || !this.mayAnswer) return nothing;
    return html`<div class="bar" role="status">
      <q>${this.marked?.words(chosen.start, chosen.end) ?? ""}</q>
      <button type="button" class="primary" @mousedown=${(event: Event) => event.preventDefault()} @click=${() => this.propose(chosen)}>
        ${t("papers.propose_these")}${this.keys?.isOff ? nothing : html` <kbd aria-hidden="true">${cap(READ_KEYS.propose)}</kbd>`}
      </button>
    </div>`;
  }

  private get marked(): MarkedText | null {
    return this.renderRoot.querySelector("vallum-marked-text") as MarkedText | null;
  }

  // -- what a person does -----------------------------------------------------------------------

  private readonly onKey = (event: KeyboardEvent): void => {
    if (event.defaultPrevented || isDialogOpen() || belongsToField(event) || !this.mayAnswer) return;
    if (event.key === "Escape" && this.doing === "reject") return this.leaveForm();
    const action = readAction(event, this.keys?.isOff ?? false);
    if (action === null || this.isDeciding || this.full === null) return;
    event.preventDefault();
    this.act(action);
  };

  private act(action: ReadAction): void {
    const { card } = this;
    if (action === "propose") {
      if (this.chosen !== null) this.propose(this.chosen);
      else if (this.full?.text !== null) this.isPicking = true;
    } else if (action === "next" || action === "previous") {
      this.choose(beside(this.claims, this.current, action === "next" ? 1 : -1), true);
    } else if (card === undefined || this.mine !== null) return;
    else if (action === "undo") void this.undo();
    else if (action === "approve" && card.standing === "proposed") {
      const draft = this.drafts.get(card.ticket)?.draft ?? null;
      void this.decide({ standing: "approved", draft, note: draft?.note ?? "" });
    } else if (action === "reject") this.open("reject");
    // Approving what was rejected needs a reason, and the form asks for it.
    else if (action === "edit" || card.standing === "rejected") this.open("edit");
  }

  private open(doing: "edit" | "reject"): void {
    this.doing = doing;
    const name = doing === "edit" ? "vallum-claim-form" : "vallum-reject-form";
    void this.updateComplete.then(() => this.renderRoot.querySelector<HTMLElement>(name)?.focus());
  }

  private leaveForm(): void {
    this.doing = "";
    void this.updateComplete.then(() => this.renderRoot.querySelector<HTMLElement>("[data-do='edit']")?.focus());
  }

  private keep(ticket: string, draft: Draft): void {
    const base = this.drafts.get(ticket)?.base ?? this.claims.find((one) => one.ticket === ticket);
    if (base !== undefined) this.drafts = new Map(this.drafts).set(ticket, { draft, base });
  }

  private drop(ticket: string): void {
    const drafts = new Map(this.drafts);
    drafts.delete(ticket);
    this.drafts = drafts;
  }

  private choose(ticket: string, withFocus: boolean): void {
    if (ticket === "") return;
    if (ticket !== this.current) this.doing = "";
    this.mine = this.mine !== null && this.mine.draft.statement === "" && this.mine.draft.subject === "" ? null : this.mine;
    this.current = ticket;
    const { card } = this;
    if (card === undefined) return;
    const k = this.claims.indexOf(card) + 1;
    say(`${t("said.k_of", { k, all: this.claims.length })}: ${claimWords(card)}, ${toldWords(toldOf(card))}`);
    void this.updateComplete.then(() => this.marked?.reveal(withFocus));
  }

  private async undo(): Promise<void> {
    const ticket = this.card?.standing === "proposed" || this.last !== "" ? this.last : this.current;
    const card = this.claims.find((one) => one.ticket === ticket);
    if (card === undefined || card.standing === "proposed") return;
    this.current = ticket;
    this.last = "";
    await this.decide({ standing: "proposed", draft: null, note: t("said.undo_note") });
  }

  private async saveDraft(card: ClaimCard, isApproved: boolean): Promise<void> {
    const draft = this.drafts.get(card.ticket)?.draft ?? draftOf(card);
    await this.decide({ standing: isApproved ? "approved" : null, draft, note: draft.note });
  }

  /** Send a decision about the current claim; where somebody was faster, show both. */
  private async decide({ standing, draft, note }: Wish): Promise<void> {
    const { card } = this;
    if (card === undefined) return;
    // What was typed rests on the claim as it stood then, even where the list is newer by now.
    const base = draft === null ? card : (this.drafts.get(card.ticket)?.base ?? card);
    const changes = draft === null ? {} : changesOf(base, draft);
    if (standing === null && Object.keys(changes).length === 0) return this.leaveForm();
    const body = {
      ...(standing === null || standing === card.standing ? {} : { standing }),
      ...(Object.keys(changes).length === 0 ? {} : { changes }),
      note: note.trim(),
      based_on: base.based_on,
    };
    await this.attempt("decide", async () => {
      try {
        const got = await said.decide(card.ticket, body);
        this.conflict = null;
        this.settle(card, got, standing);
      } catch (problem) {
        const theirs = theirsIn(problem);
        if (theirs === null) throw problem;
        this.conflict = { theirs, standing, mine: draft };
        this.put(card.ticket, theirs);
        say(t("said.conflict.head", { name: theirs.decided_by || t("said.conflict.somebody") }));
      }
    });
  }

  private settle(before: ClaimCard, got: ClaimCard, standing: Standing | null): void {
    this.drop(before.ticket);
    this.doing = "";
    this.put(before.ticket, got);
    this.current = got.ticket;
    // What a claim speaks of is part of its name: the old one stays behind, rejected.
    if (got.ticket !== before.ticket) void this.load();
    say(`${toldWords(toldOf(got))}: ${claimWords(got)}`);
    if (standing === "approved" || standing === "rejected") {
      this.last = got.ticket;
      this.choose(nextProposed(this.claims, got.ticket), true);
    } else void this.updateComplete.then(() => this.marked?.reveal(true));
  }

  private put(ticket: string, card: ClaimCard): void {
    if (this.full === null) return;
    const { start, end } = this.claims.find((one) => one.ticket === ticket) ?? card;
    const claims = this.claims.map((one) => (one.ticket === ticket ? { ...card, start, end } : one));
    const n_claims = { proposed: 0, approved: 0, rejected: 0 };
    for (const one of claims) n_claims[one.standing] += 1;
    this.full = { ...this.full, claims, n_claims };
  }

  private readonly keepTheirs = (): void => {
    if (this.conflict === null) return;
    this.drop(this.conflict.theirs.ticket);
    this.conflict = null;
    this.doing = "";
  };

  /** Mine again, on top of what stands now; a claim that was decided asks for a reason. */
  private readonly sendMine = (): void => {
    const { conflict, card } = this;
    if (conflict === null || card === undefined) return;
    const draft = conflict.mine ?? draftOf(card);
    this.drafts = new Map(this.drafts).set(card.ticket, { draft, base: conflict.theirs });
    if (card.standing === "proposed") {
      void this.decide({ standing: conflict.standing, draft: conflict.mine, note: draft.note });
      return;
    }
    if (conflict.standing === "rejected") {
      this.conflict = null;
      this.open("reject");
      return;
    }
    this.open("edit");
  };

  private propose(range: { start: number; end: number }): void {
    this.isPicking = false;
    if (this.full === null) return;
    this.mine = { ...range, draft: emptyDraft(this.full.handling) };
    this.doing = "";
    getSelection()?.removeAllRanges();
    this.chosen = null;
    void this.updateComplete.then(() => this.renderRoot.querySelector<HTMLElement>("vallum-claim-form")?.focus());
  }

  private async sendProposal(): Promise<void> {
    const { mine, full } = this;
    if (mine === null || full === null) return;
    await this.attempt("propose", async () => {
      const { start, end, draft } = mine;
      const body = { exhibit: full.ticket, start, end, ...allOf(draft), note: draft.note.trim() };
      const made = await said.propose(body);
      this.mine = null;
      this.current = made.ticket;
      this.full = await said.exhibit(full.ticket);
      this.choose(made.ticket, true);
    });
  }

  private readonly readAgain = async (): Promise<void> => {
    await this.attempt("read", async () => {
      jobs.take(await said.read([this.ticket]));
    });
  };
}

customElements.define("vallum-reading", Reading);
