/** The desk without its hands and its looks: the sitting, what is on screen, what just happened. */

import type { PropertyValues } from "lit";

import { say } from "./announce.ts";
import { api } from "./api.ts";
import { Judge, type Done } from "./judge.ts";
import { cap, type Action, type Keys } from "./keys.ts";
import type { Sides } from "./maps/across.ts";
import type { Entry, Outbox } from "./outbox.ts";
import { draftOf, keyOf, recall, type Draft } from "./shelf.ts";
import { Sitting } from "./sitting.ts";
import type { ItemFull, Mode, State, Strip, VerdictResult, View } from "./types.ts";
import { km, t, Worded } from "./words.ts";

const UNDO_MS = 3000;
const NOTE_MS = 6000;
const PRESENCE_MS = 30_000;
export const RIBBON_M = 4000;
const SHEET = 24;

/** What the top bar says of a sitting. */
export interface Where {
  at_m: number | null;
  section: number | null;
  names: string[];
  n_done: number;
  n_total: number;
  left_s: number | null;
}

/** Properties: `state`, `mode`, `outbox`, `keys`. Events: `where` (Where), `dialog` {what}. */
export abstract class Desk extends Worded {
  static override properties = {
    state: { attribute: false },
    mode: { type: String },
    outbox: { attribute: false },
    keys: { attribute: false },
    view: { state: true },
    isAuto: { state: true },
    showShape: { state: true },
    isRoomy: { state: true },
    strip: { state: true },
    left: { state: true },
    right: { state: true },
    note: { state: true },
    bar: { state: true },
    who: { state: true },
    sheet: { state: true },
    flagging: { state: true },
    draft: { state: true },
    sides: { state: true },
    isFinding: { state: true },
  };

  state: State | null = null;
  mode: Mode = "triage";
  outbox: Outbox | null = null;
  keys: Keys | null = null;
  protected view: View = (recall("vallum.view") as View | null) ?? "blink";
  protected isAuto = false;
  protected showShape = true;
  protected isRoomy = recall("vallum.roomy") === "1";
  protected strip: Strip | null = null;
  protected left = "";
  protected right = "";
  protected note: { text: string; asks: boolean } | null = null;
  protected bar: Done | null = null;
  protected who: string[] = [];
  protected sheet: ItemFull[] = [];
  protected flagging = false;
  protected draft: Draft | null = null;

  /** The search for a place is open. */
  protected isFinding = false;
  /** How far to each side of the line the maps reach now. */
  protected sides: Sides | null = null;

  protected sitting: Sitting | null = null;
  protected judge: Judge | null = null;
  private met = "";
  protected metAt = 0;
  /** Pictures of this very item have been on screen. */
  protected hasSeen = false;
  protected sheetBegan = 0;
  protected readonly putOff = new Set<string>();
  protected ribbonStart = 0;
  protected section: number | null = null;
  private hiddenSince = 0;
  private timers: ReturnType<typeof setTimeout>[] = [];
  private noteTimer: ReturnType<typeof setTimeout> | undefined;
  private barTimer: ReturnType<typeof setTimeout> | undefined;
  protected life = new AbortController();
  private sitter = "";
  private stripAsked: Sitting | null = null;

  // -- life -----------------------------------------------------------------------------------

  override connectedCallback(): void {
    super.connectedCallback();
    this.life = new AbortController();
    const { signal } = this.life;
    document.addEventListener("visibilitychange", this.onHidden, { signal });
    this.outbox?.addEventListener("sent", this.onSent, { signal });
    this.keys?.addEventListener("change", () => this.requestUpdate(), { signal });
    this.timers.push(setInterval(() => void this.tellPresence(), PRESENCE_MS));
  }

  override disconnectedCallback(): void {
    this.life.abort();
    for (const timer of this.timers.splice(0)) clearInterval(timer);
    clearTimeout(this.noteTimer);
    clearTimeout(this.barTimer);
    super.disconnectedCallback();
  }

  protected override willUpdate(changed: PropertyValues): void {
    const me = this.state?.me;
    const who = me && !me.needs_name ? me.name : "";
    // Tickets are a person's own: nothing is asked before we know who sits here.
    if (who !== "" && (changed.has("mode") || this.sitting === null || who !== this.sitter)) {
      this.sitter = who;
      this.sit();
    }
    const item = this.sitting?.current ?? null;
    if (item !== null && item.ticket !== this.met) this.meet(item);
  }

  /** Begin a mode. */
  private sit(): void {
    if (this.outbox === null || !this.state?.project) return;
    const sitting = new Sitting(this.mode);
    const judge = new Judge({ sitting, outbox: this.outbox, project: keyOf(this.state.project), kinds: this.state.kinds });
    this.sitting = sitting;
    this.judge = judge;
    this.met = "";
    this.sheet = [];
    this.bar = null;
    this.note = null;
    this.putOff.clear();
    this.ribbonStart = this.inside(this.ribbonStart);
    const isNow = (): boolean => this.sitting === sitting;
    sitting.addEventListener("change", () => isNow() && this.onSitting());
    judge.addEventListener("change", () => isNow() && this.requestUpdate());
    judge.addEventListener("decided", (e) => isNow() && this.onDecided((e as CustomEvent<Done>).detail));
    judge.addEventListener("drawn", (e) => isNow() && this.onDrew((e as CustomEvent<Done>).detail));
    judge.addEventListener("need", (e) => isNow() && this.onNeed((e as CustomEvent<string>).detail));
    judge.addEventListener("undone", (e) => isNow() && this.onUndone((e as CustomEvent<Done>).detail));
    const kept = draftOf(keyOf(this.state.project));
    this.draft = kept;
    void this.start(sitting);
  }

  private async start(sitting: Sitting): Promise<void> {
    await sitting.load();
    if (this.sitting === sitting) this.askStrip(sitting);
    if (this.sitting === sitting && this.mode === "sheet") await this.nextSheet();
  }

  private meet(item: ItemFull): void {
    this.met = item.ticket;
    this.metAt = performance.now();
    this.hasSeen = false;
    this.sides = null;
    this.judge?.meet(item);
    this.left = item.before;
    this.right = (this.mode === "dating" && item.ask?.scene) || item.after;
    this.flagging = false;
    const from = item.at_m - this.ribbonStart;
    if (from < RIBBON_M * 0.15 || from > RIBBON_M * 0.85) {
      this.ribbonStart = this.inside(Math.round((item.at_m - RIBBON_M / 2) / 500) * 500);
    }
    const section = this.state?.project?.sections.find((s) => s.start_m <= item.at_m && item.at_m < s.end_m);
    if ((section?.number ?? null) !== this.section) {
      this.section = section?.number ?? null;
      void this.tellPresence();
    }
    say(t("review.now", { km: km(item.at_m, 2), what: item.category ? t(`kind.${item.category}`) : t(`decide.head.${item.kind}`) }));
  }

  /** Keep the ribbons on the border. */
  private inside(start_m: number): number {
    const [first, last] = this.state?.project?.extent ?? [0, Infinity];
    return Math.max(first, Math.min(start_m, last - RIBBON_M));
  }

  /** Whether it is known where the ribbons stand: nowhere, before there is a name and a queue. */
  protected get isPlaced(): boolean {
    const { sitting } = this;
    return sitting !== null && sitting.queue !== null && (sitting.item === null || this.met !== "");
  }

  /** Metres of border that the ribbons show: all of a short one. */
  protected get ribbonLength(): number {
    const [first, last] = this.state?.project?.extent ?? [0, Infinity];
    return Math.min(RIBBON_M, last - first);
  }

  /** Go to the thing nearest to a place; where there is none, the ribbons go there. */
  protected goTo(at_m: number): void {
    if (this.sitting !== null && this.sitting.items.length > 0) {
      void this.sitting.goTo(at_m);
      return;
    }
    this.ribbonStart = this.inside(Math.round(at_m - RIBBON_M / 2));
    this.requestUpdate();
  }

  private onSitting(): void {
    this.requestUpdate();
    const { sitting } = this;
    if (sitting?.queue) this.askStrip(sitting);
    const item = sitting?.item ?? null;
    const names = sitting?.current ? Object.values(sitting.current.place.names) : [];
    const where: Where = {
      at_m: item?.at_m ?? null,
      section: this.section,
      names: [...new Set([sitting?.current?.place.name ?? "", ...names].filter(Boolean))].slice(0, 3),
      n_done: sitting?.queue?.n_done ?? 0,
      n_total: sitting?.queue?.n_total ?? 0,
      left_s: sitting?.queue?.left_s ?? null,
    };
    this.tell("where", where);
  }

  /** Ask for the strip, once in each mode: as soon as the queue says how much may be shown. */
  private askStrip(sitting: Sitting): void {
    if (this.stripAsked === sitting) return;
    this.stripAsked = sitting;
    // After the thing itself, which is asked for in the same breath.
    queueMicrotask(() => void this.loadStrip());
  }

  private async loadStrip(): Promise<void> {
    const { mode, sitting } = this;
    const isBlind = mode === "sample" || (sitting?.queue?.is_blind ?? false);
    const strip = await api.strip(isBlind).catch(() => this.strip);
    if (this.sitting === sitting) this.strip = strip;
  }

  private async tellPresence(): Promise<void> {
    if (document.hidden || this.sitter === "") return;
    const { others } = await api.presence(this.section).catch(() => ({ others: [] }));
    this.who = others.filter((one) => one.section === this.section).map((one) => one.name);
  }

  // -- what happened --------------------------------------------------------------------------

  private onDecided(done: Done): void {
    this.showBar(done);
    if (done.what === "flag" || done.what === "dating" || done.what === "sheet") return;
    this.note = null;
    void this.sitting?.gap();
  }

  private onDrew(done: Done): void {
    this.draft = null;
    this.showBar(done);
    if (this.sitting?.current?.kind === "frame") this.tellNote(t("review.drawn_more", { key: this.capOf("new") }));
  }

  private onNeed(what: string): void {
    if (what !== "drawing") return say(t(`decide.wanted.${what}`));
    this.tellNote(t("review.draw_first", { line: this.capOf("line"), post: this.capOf("post") }), true);
  }

  private onUndone(done: Done): void {
    this.bar = null;
    say(t("review.undone"));
    this.tellNote(t("review.undone"));
    if (this.sitting === null || done.what === "draw") return;
    if (done.what === "sheet") {
      void this.nextSheet();
      return;
    }
    this.met = "";
    void this.sitting.go(this.sitting.find(done.ticket)).then(() => this.requestUpdate());
  }

  private readonly onSent = (event: Event): void => {
    const { entry, answer } = (event as CustomEvent<{ entry: Entry; answer: unknown }>).detail;
    const { sitting } = this;
    if (sitting === null) return;
    if (entry.kind === "verdict") {
      sitting.forget(entry.body.ticket);
      const result = answer as VerdictResult;
      if (result.status === "stale") this.tellNote(`${result.message ?? t("review.stale")} ${result.next ?? ""}`);
    }
    if (entry.kind === "undo") sitting.forget(entry.body.ticket);
    if (entry.kind === "undo" && sitting.item?.ticket === entry.body.ticket) void sitting.again();
    if (entry.kind === "dating") this.onDated(answer as ItemFull);
  };

  private onDated(item: ItemFull): void {
    const { sitting } = this;
    if (sitting === null || !item?.ticket) return;
    sitting.take(item);
    if (sitting.item?.ticket !== item.ticket) return;
    if (item.ask?.scene) this.right = item.ask.scene;
    else {
      this.tellNote(t("review.dated"));
      sitting.mark(item.ticket, item.answer ?? "yes");
      void sitting.gap();
    }
  }

  private showBar(done: Done): void {
    this.bar = done;
    say(this.barWords(done));
    clearTimeout(this.barTimer);
    this.barTimer = setTimeout(() => (this.bar = null), UNDO_MS);
  }

  protected tellNote(text: string, asks = false): void {
    this.note = { text, asks };
    say(text);
    clearTimeout(this.noteTimer);
    if (!asks) this.noteTimer = setTimeout(() => (this.note = null), NOTE_MS);
  }

  private readonly onHidden = (): void => {
    if (document.hidden) this.hiddenSince = performance.now();
    else if (this.hiddenSince > 0) this.judge?.wasHidden(performance.now() - this.hiddenSince);
  };

  protected async nextSheet(): Promise<void> {
    this.sheet = (await this.sitting?.page(SHEET, this.putOff).catch(() => [])) ?? [];
    this.sheetBegan = performance.now();
  }

  /** What was done, in words. */
  protected barWords(done: Done): string {
    if (done.what === "sheet") return t("review.did.sheet", { n: done.parts.length });
    if (done.what !== "verdict" || done.choice === null) return t(`review.did.${done.what}`);
    const words = [t(`answer.short.${done.choice}`)];
    if (done.said?.category && done.said.answer === "yes") words.push(t(`kind.${done.said.category}`));
    if (done.said?.reason && done.choice === "nothing") words.push(t(`reason.${done.said.reason}`));
    return `${km(done.at_m, 2)}: ${words.join(" · ")}`;
  }

  protected capOf(action: Action): string {
    return cap(this.keys?.of(action) ?? "");
  }

  protected tell(name: string, detail: unknown): void {
    this.dispatchEvent(new CustomEvent(name, { detail, bubbles: true, composed: true }));
  }
}
