/** What a person is saying about the thing on screen, until it is a decision in the outbox. */

import type { Geometry } from "geojson";

import { CHANGE_OF, step, type Choice, type Said } from "./answers.ts";
import type { Wanted } from "./decide.ts";
import type { Outbox, Parcel } from "./outbox.ts";
import { keepDraft } from "./shelf.ts";
import type { Sitting } from "./sitting.ts";
import type { Answer, Change, ItemFull, Kind, KindInfo, Looked, Reason, Seen, Stage } from "./types.ts";

/** One thing that can be taken back. */
export interface Done {
  /** Entries of the outbox, and what each was about. */
  parts: { entry: string; ticket: string; before: Answer | null }[];
  what: "verdict" | "draw" | "flag" | "dating" | "sheet";
  said: Said | null;
  choice: Choice | null;
  ticket: string;
  at_m: number;
}

export interface JudgeOptions {
  sitting: Sitting;
  outbox: Outbox;
  project: string;
  kinds: readonly KindInfo[];
  now?: () => number;
}

const STACK = 200;

/** Fires `change`, `decided` {done}, `undone` {done}, `drawn` {done}, `need` {what}. */
export class Judge extends EventTarget {
  category: Kind | null = null;
  wanted: Wanted = null;
  drawing: "line" | "post" | null = null;
  drawChange: Change = "new";
  /** A shape that waits for its class. */
  waiting: Geometry | null = null;
  edited: Geometry | null = null;
  /** The outline of the thing itself is being changed. */
  isEditing = false;
  readonly sitting: Sitting;
  private readonly outbox: Outbox;
  private readonly project: string;
  private readonly kinds: readonly KindInfo[];
  private readonly now: () => number;
  private readonly stack: Done[] = [];
  private readonly nDrawnIn = new Map<string, number>();
  private looked: Looked[] = [];
  /** Class of the thing itself, while something beside it is drawn and classed. */
  private own: Kind | null | undefined;
  private ticket = "";
  private beganAt = 0;
  private hiddenMs = 0;

  constructor(options: JudgeOptions) {
    super();
    this.sitting = options.sitting;
    this.outbox = options.outbox;
    this.project = options.project;
    this.kinds = options.kinds;
    this.now = options.now ?? Date.now;
  }

  get item(): ItemFull | null {
    return this.sitting.current;
  }

  get nDrawn(): number {
    return this.nDrawnIn.get(this.ticket) ?? 0;
  }

  get canUndo(): boolean {
    return this.stack.length > 0 || this.standing() !== null;
  }

  /** Start afresh when another thing is on screen; the same thing, fresher, changes nothing. */
  meet(item: ItemFull | null): void {
    if (item === null || item.ticket === this.ticket) return;
    this.ticket = item.ticket;
    this.own = undefined;
    this.category = item.mine?.category ?? item.category;
    // What was drawn here in an earlier sitting comes with the frame.
    if (item.kind === "frame" && !this.nDrawnIn.has(item.ticket)) {
      this.nDrawnIn.set(item.ticket, item.group_shapes.length);
    }
    this.clear();
    this.looked = [];
    this.beganAt = this.now();
    this.hiddenMs = 0;
    this.tell();
  }

  /** Its pictures are whole now: the clock starts here, and not while they were on their way. */
  begin(): void {
    this.beganAt = this.now();
    this.hiddenMs = 0;
  }

  /** An image has been on screen for a while. */
  saw(scene: string, seconds: number): void {
    const last = this.looked[this.looked.length - 1];
    if (last?.scene === scene) last.seconds += seconds;
    else this.looked.push({ scene, seconds });
  }

  /** Time during which the window was hidden does not count. */
  wasHidden(ms: number): void {
    this.hiddenMs += ms;
  }

  /** An answer key or button. */
  choose(choice: Choice): void {
    const item = this.item;
    if (item === null) return;
    if (this.drawing !== null || this.waiting !== null) {
      this.drawChange = CHANGE_OF[choice] ?? this.drawChange;
      this.tell();
      return;
    }
    if (this.sitting.mode !== "dating") this.attempt(item, choice, "");
  }

  /** A reason says no at once. */
  because(reason: Reason): void {
    const item = this.item;
    if (item === null || reason === "" || this.sitting.mode === "dating" || this.drawing !== null) return;
    if (item.kind === "frame") return;
    const choice = this.wanted?.choice === "cannot_tell" ? "cannot_tell" : "nothing";
    this.attempt(item, choice, reason);
  }

  /** A class; it decides where an answer was waiting for it. */
  classify(kind: Kind): void {
    const item = this.item;
    if (item === null || this.sitting.mode === "dating") return;
    if (this.drawing !== null && !this.fits(kind, this.drawing)) return;
    this.category = kind;
    if (this.waiting !== null) {
      this.sendDrawn(item, this.waiting);
      return;
    }
    const { what, choice } = this.wanted ?? { what: null, choice: null };
    if (what === "stretch" && choice !== null) this.attempt(item, choice, "", this.fits(kind, "line"));
    else if (what === "class" && choice !== null) this.attempt(item, choice, "");
    else this.tell();
  }

  /** Begin to draw; the same again stops it. */
  draw(what: "line" | "post"): void {
    if (this.item === null || this.sitting.mode === "dating") return;
    const isSame = this.drawing === what;
    this.isEditing = false;
    this.stopDrawing();
    if (!isSame) {
      this.own = this.category;
      this.drawing = what;
      if (this.category !== null && !this.fits(this.category, what)) this.category = null;
    }
    this.tell();
  }

  /** Something was drawn: it is sent, or waits for its class. */
  drawn(shape: Geometry): void {
    const item = this.item;
    if (item === null) return;
    const what = shape.type === "Point" || shape.type === "MultiPoint" ? "post" : "line";
    if (this.category !== null && this.fits(this.category, what)) {
      this.sendDrawn(item, shape);
      return;
    }
    this.drawing = what;
    this.waiting = shape;
    this.category = null;
    this.wanted = { what: "class", choice: null };
    this.keep(shape);
    this.tell();
  }

  /** What is drawn so far survives a closed window. */
  keep(shape: Geometry | null): void {
    const item = this.item;
    if (item === null || shape === null || this.drawing === null) return;
    const { ticket, at_m } = item;
    keepDraft({ project: this.project, ticket, at_m, what: this.drawing, shape, category: this.category });
  }

  /** Begin or stop to change the outline of the thing itself. */
  editing(on = !this.isEditing): void {
    if (this.item === null || this.item.kind === "frame" || this.sitting.mode === "dating") return;
    this.stopDrawing();
    this.isEditing = on;
    this.tell();
  }

  /** The outline was changed; it goes along with a yes. */
  reshape(shape: Geometry, isDone = false): void {
    if (this.drawing === null) this.edited = shape;
    else {
      // What is being drawn itself: gone on with after its window was closed, or waiting for its class.
      if (this.waiting !== null) this.waiting = shape;
      this.keep(shape);
      if (isDone) this.drawn(shape);
    }
    this.tell();
  }

  /** Give up whatever is half said; true if there was something. */
  cancel(): boolean {
    const wasBusy = this.wanted !== null || this.drawing !== null || this.edited !== null || this.isEditing;
    this.clear();
    keepDraft(null);
    this.tell();
    return wasBusy;
  }

  flag(text: string, isFlagged: boolean): void {
    const item = this.item;
    if (item === null) return;
    const entry = this.outbox.put({ kind: "flag", body: { ticket: item.ticket, text, is_flagged: isFlagged } });
    this.sitting.take({ ...item, is_flagged: isFlagged, remark: isFlagged ? text : "" });
    this.push({ parts: [{ entry, ticket: item.ticket, before: item.answer }], what: "flag", said: null, choice: null, ticket: item.ticket, at_m: item.at_m });
  }

  /** Answer a sheet: yes to most, no with a reason to some; returns how many were answered. */
  accept(items: readonly ItemFull[], answers: ReadonlyMap<string, Said>, seconds: number): number {
    const each = seconds / Math.max(1, items.length);
    const taken = items.filter((item) => answers.has(item.ticket));
    const first = taken[0];
    if (first === undefined) return 0;
    const parts = taken.map((item) => {
      const said = { ...(answers.get(item.ticket) ?? { answer: "yes" as const }) };
      if (said.answer === "yes" && item.category !== null) said.category = item.category;
      const looked = [item.before, item.after].filter(Boolean).map((scene) => ({ scene, seconds: each / 2 }));
      return this.put(item, said, looked, each);
    });
    const { ticket, at_m } = first;
    this.push({ parts, what: "sheet", said: null, choice: null, ticket, at_m });
    return taken.length;
  }

  /** Take back the last thing said; returns it, or null if there was nothing. */
  undo(): Done | null {
    const done = this.stack.pop() ?? this.standing();
    if (done === null) return null;
    for (const part of done.parts) {
      const wasWaiting = part.entry !== "" && this.outbox.take(part.entry);
      const drawn = done.what === "draw" && part.entry !== "" ? { drawn: part.entry } : {};
      if (!wasWaiting) this.outbox.put({ kind: "undo", body: { ticket: part.ticket, ...drawn } });
      if (done.what === "verdict" || done.what === "sheet") this.sitting.mark(part.ticket, part.before);
      if (done.what !== "draw") this.sitting.forget(part.ticket);
    }
    if (done.what === "draw") this.undraw(done);
    this.emit("undone", done);
    this.tell();
    return done;
  }

  private attempt(item: ItemFull, choice: Choice, reason: Reason, isWhole = false): void {
    const { category, nDrawn } = this;
    const found = step({ mode: this.sitting.mode, choice, item, category, reason, nDrawn, isWhole });
    if (found.is === "needs") {
      this.wanted = { what: found.what, choice };
      this.emit("need", found.what);
      this.tell();
      return;
    }
    const part = this.put(item, found.said, this.looked, this.seconds());
    const { ticket, at_m } = item;
    this.clear();
    this.push({ parts: [part], what: "verdict", said: found.said, choice, ticket, at_m });
  }

  private put(item: ItemFull, said: Said, looked: Looked[], seconds: number): Done["parts"][number] {
    const before = this.sitting.items[this.sitting.find(item.ticket)]?.answer ?? null;
    const body = {
      ...said,
      ticket: item.ticket,
      mode: this.sitting.mode,
      looked: looked.map(({ scene, seconds: s }) => ({ scene, seconds: round(s) })),
      seconds: round(seconds),
      at: new Date(this.now()).toISOString(),
      based_on: item.based_on,
    };
    const shape = said.answer === "yes" && item.ticket === this.ticket ? this.edited : null;
    const parcel: Parcel = { kind: "verdict", body: shape === null ? body : { ...body, shape } };
    const entry = this.outbox.put(parcel);
    this.sitting.mark(item.ticket, said.answer);
    return { entry, ticket: item.ticket, before };
  }

  /** What one image says of the thing, in dating. */
  date(scene: string, state: Seen, stage: Stage = ""): void {
    const item = this.item;
    if (item === null) return;
    const { ticket, at_m } = item;
    const entry = this.outbox.put({
      kind: "dating",
      body: { ticket, scene, state, stage, seconds: round(this.seconds()), at: new Date(this.now()).toISOString() },
    });
    this.beganAt = this.now();
    this.hiddenMs = 0;
    const parts = [{ entry, ticket, before: item.answer }];
    this.push({ parts, what: "dating", said: null, choice: null, ticket, at_m });
  }

  private sendDrawn(item: ItemFull, shape: Geometry): void {
    if (this.category === null) return;
    const entry = this.outbox.put({
      kind: "draw",
      body: {
        shape,
        category: this.category,
        change: this.drawChange,
        before: item.before,
        after: item.after,
        ...(item.kind === "frame" ? { frame: item.ticket } : {}),
        looked: this.looked.map(({ scene, seconds }) => ({ scene, seconds: round(seconds) })),
        seconds: round(this.seconds()),
        at: new Date(this.now()).toISOString(),
        mode: this.sitting.mode,
      },
    });
    this.count(item.ticket, 1);
    const { ticket, at_m } = item;
    const drawn = { ticket: entry, shape, category: this.category };
    this.sitting.take({ ...item, group_shapes: [...item.group_shapes, drawn] });
    this.stopDrawing();
    keepDraft(null);
    this.push({ parts: [{ entry, ticket, before: item.answer }], what: "draw", said: null, choice: null, ticket, at_m });
  }

  /** An answer, or a drawing in a frame, of an earlier sitting can be taken back while it is on screen. */
  private standing(): Done | null {
    const item = this.item;
    if (item === null) return null;
    const { ticket, at_m } = item;
    const last = item.kind === "frame" ? item.group_shapes.at(-1) : undefined;
    if (item.mine === null && last === undefined) return null;
    const what = item.mine === null ? "draw" : "verdict";
    const part = item.mine === null && last ? last.ticket : ticket;
    return { parts: [{ entry: "", ticket: part, before: null }], what, said: null, choice: null, ticket, at_m };
  }

  private undraw(done: Done): void {
    this.count(done.ticket, -1);
    const item = this.item;
    if (item?.ticket !== done.ticket) return;
    const gone = new Set(done.parts.map((part) => part.entry || part.ticket));
    const left = item.group_shapes.filter((one) => !gone.has(one.ticket));
    this.sitting.take({ ...item, group_shapes: left });
  }

  private fits(kind: Kind, what: "line" | "post"): boolean {
    return this.kinds.some((info) => info.kind === kind && info.is_line === (what === "line"));
  }

  private push(done: Done): void {
    this.stack.push(done);
    if (this.stack.length > STACK) this.stack.shift();
    this.emit(done.what === "draw" ? "drawn" : "decided", done);
    this.tell();
  }

  private count(ticket: string, by: number): void {
    this.nDrawnIn.set(ticket, Math.max(0, (this.nDrawnIn.get(ticket) ?? 0) + by));
  }

  private clear(): void {
    this.wanted = null;
    this.edited = null;
    this.isEditing = false;
    this.stopDrawing();
  }

  private stopDrawing(): void {
    this.drawing = null;
    this.waiting = null;
    this.drawChange = "new";
    if (this.wanted?.what !== "reason") this.wanted = null;
    // In a stretch the next drawing is often of the same class; a candidate keeps its own.
    if (this.own !== undefined && this.item?.kind !== "frame") this.category = this.own;
    this.own = undefined;
    if (this.category === null) this.category = this.item?.mine?.category ?? this.item?.category ?? null;
  }

  private seconds(): number {
    return Math.max(0, this.now() - this.beganAt - this.hiddenMs) / 1000;
  }

  private emit(name: string, detail: unknown): void {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }

  private tell(): void {
    this.emit("change", null);
  }
}

function round(seconds: number): number {
  return Math.round(seconds * 1000) / 1000;
}
