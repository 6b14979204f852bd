/**
 * Decisions go here first, then to the server; nothing is lost in between.
 *
 * Each decision is one entry of its own in localStorage, so two windows never overwrite each other.
 * One window sends at a time, in the order of the decisions. An entry leaves when the server has
 * said saved, same or stale. Without a network, or while the project is locked, it stays and is
 * sent again; the server saves the same thing once. What the server refuses is kept apart and shown.
 */

import { ApiError } from "./api.ts";
import type { Turn } from "./turns.ts";
import type { DatingBody, DrawBody, FlagBody, VerdictBody, VerdictResult } from "./types.ts";

export type Parcel =
  | { kind: "verdict"; body: VerdictBody }
  | { kind: "draw"; body: DrawBody }
  | { kind: "flag"; body: FlagBody }
  | { kind: "dating"; body: DatingBody }
  /** With `drawn` it takes back what that entry drew, whose ticket only the server knew. */
  | { kind: "undo"; body: { ticket: string; drawn?: string } };

export type Entry = Parcel & { id: string; who: string; project: string };

export interface Refused {
  entry: Entry;
  message: string;
  next: string;
}

/** How a parcel reaches the server; `answer` is what the server said of it. */
export interface Carrier {
  verdicts(items: VerdictBody[]): Promise<VerdictResult[]>;
  draw(body: DrawBody): Promise<{ ticket: string; about: string }>;
  flag(body: FlagBody): Promise<unknown>;
  date(body: DatingBody): Promise<unknown>;
  undo(ticket: string): Promise<unknown>;
}

export interface Shelf {
  readonly length: number;
  key(index: number): string | null;
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
}

export interface OutboxOptions {
  shelf: Shelf;
  carrier: Carrier;
  turn: Turn;
  now?: () => number;
  wait?: (work: () => void, ms: number) => unknown;
}

export type Weather = "fair" | "gone" | "busy" | "ended" | "full";

const PREFIX = "vallum.outbox.";
const REFUSED = "vallum.refused.";
/** What some window is sending right now. */
const FLIGHT = "vallum.flight";
/** Tickets of what was drawn, by entry. */
const DRAWN = "vallum.drawn.";
const KEPT_TICKETS = 200;
const BATCH = 50;
const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 20_000;
const TRIES_OF_TROUBLE = 3;

export class Outbox extends EventTarget {
  /** Who and where; entries of other people or projects stay until these are back. */
  who = "";
  project = "";
  /** What stands between the entries and the server. */
  weather: Weather = "fair";
  /** When the server last took something, ms since 1970; 0 for never. */
  savedAt = 0;
  /** False when this browser does not let the page keep anything. */
  isKept = true;

  private readonly shelf: Shelf;
  private readonly carrier: Carrier;
  private readonly turn: Turn;
  private readonly now: () => number;
  private readonly wait: (work: () => void, ms: number) => unknown;
  private readonly memory = new Map<string, string>();
  private readonly inFlight = new Set<string>();
  private readonly troubles = new Map<string, number>();
  private counter = 0;
  private waitMs = FIRST_WAIT_MS;
  private isWaiting = false;
  private isSending = false;
  private wantsMore = false;

  constructor(options: OutboxOptions) {
    super();
    this.shelf = options.shelf;
    this.carrier = options.carrier;
    this.turn = options.turn;
    this.now = options.now ?? Date.now;
    this.wait = options.wait ?? ((work, ms) => setTimeout(work, ms));
  }

  /** Keep a parcel and start sending; returns the id of its entry. */
  put(parcel: Parcel): string {
    const order = String(this.now()).padStart(14, "0") + String(this.counter++).padStart(6, "0");
    const id = `${order}-${Math.random().toString(36).slice(2, 8)}`;
    const entry: Entry = { ...parcel, id, who: this.who, project: this.project };
    this.write(PREFIX + id, JSON.stringify(entry));
    this.tell();
    void this.flush();
    return id;
  }

  /** Take an entry back before it is sent; false when it is gone or on its way. */
  take(id: string): boolean {
    const isOnItsWay = this.inFlight.has(id) || (this.read(FLIGHT) ?? "").includes(id);
    if (isOnItsWay || this.read(PREFIX + id) === null) return false;
    this.remove(PREFIX + id);
    this.tell();
    return true;
  }

  /** Entries of this person and project, oldest first. */
  mine(): Entry[] {
    return this.entries().filter((e) => e.who === this.who && e.project === this.project);
  }

  /** How many entries wait under other names or for other projects. */
  get nOthers(): number {
    return this.entries().length - this.mine().length;
  }

  /** What the server would not take. */
  refused(): Refused[] {
    return this.all<Refused>(REFUSED).filter((r) => r.entry.project === this.project);
  }

  /** Forget what was refused, once it was read. */
  clearRefused(): void {
    for (const { entry } of this.refused()) this.remove(REFUSED + entry.id);
    this.tell();
  }

  /** Send what waits; returns when nothing more can be sent now. */
  async flush(): Promise<void> {
    if (this.isSending) {
      this.wantsMore = true;
      return;
    }
    this.isSending = true;
    try {
      do {
        this.wantsMore = false;
        if (this.mine().length === 0) break;
        const hadTurn = await this.turn(() => this.sendAll());
        if (!hadTurn) {
          this.later();
          break;
        }
      } while (this.wantsMore);
    } finally {
      this.isSending = false;
    }
  }

  private async sendAll(): Promise<void> {
    let batch = this.next(BATCH);
    while (batch.length > 0) {
      for (const entry of batch) this.inFlight.add(entry.id);
      this.write(FLIGHT, [...this.inFlight].join(" "));
      let goesOn = false;
      try {
        goesOn = await this.sendBatch(batch);
      } finally {
        for (const entry of batch) this.inFlight.delete(entry.id);
        this.remove(FLIGHT);
      }
      this.tell();
      if (!goesOn) return;
      batch = this.next(BATCH);
    }
  }

  /** The oldest entries that go in one request: verdicts together, everything else alone. */
  private next(most: number): Entry[] {
    const waiting = this.mine();
    const first = waiting[0];
    if (first === undefined || first.kind !== "verdict" || this.troubles.has(first.id)) {
      return waiting.slice(0, 1);
    }
    const batch: Entry[] = [];
    const tickets = new Set<string>();
    for (const entry of waiting) {
      // Two answers about one thing go one after the other: the second stands on the first.
      if (entry.kind !== "verdict" || tickets.has(entry.body.ticket)) break;
      tickets.add(entry.body.ticket);
      batch.push(entry);
      if (batch.length === most) break;
    }
    return batch;
  }

  /** Send some entries; true if the next ones may follow. */
  private async sendBatch(batch: Entry[]): Promise<boolean> {
    try {
      await this.carry(batch);
    } catch (problem) {
      if (!(problem instanceof ApiError)) throw problem;
      return this.cope(batch, problem);
    }
    this.weather = "fair";
    this.waitMs = FIRST_WAIT_MS;
    this.savedAt = this.now();
    return true;
  }

  private async carry(batch: Entry[]): Promise<void> {
    const entry = batch[0];
    if (entry === undefined) return;
    if (entry.kind === "verdict") {
      const bodies = batch.flatMap((e) => (e.kind === "verdict" ? [e.body] : []));
      this.settle(batch, await this.carrier.verdicts(bodies));
      return;
    }
    let answer: unknown;
    if (entry.kind === "draw") {
      const drawn = await this.carrier.draw(entry.body);
      this.write(DRAWN + entry.id, JSON.stringify(drawn.ticket));
      this.prune();
      answer = drawn;
    }
    if (entry.kind === "flag") answer = await this.carrier.flag(entry.body);
    else if (entry.kind === "dating") answer = await this.carrier.date(entry.body);
    else if (entry.kind === "undo") answer = await this.takeBack(entry.body);
    this.remove(PREFIX + entry.id);
    this.emit("sent", { entry, answer });
  }

  /** Ask the server to take something back; what was never drawn needs no asking. */
  private takeBack(body: { ticket: string; drawn?: string }): Promise<unknown> {
    if (body.drawn === undefined) return this.carrier.undo(body.ticket);
    const ticket = parsed<string>(this.read(DRAWN + body.drawn));
    return ticket === null ? Promise.resolve(null) : this.carrier.undo(ticket);
  }

  /** Old tickets of drawn things are forgotten. */
  private prune(): void {
    const keys = this.keysOf(DRAWN);
    for (const key of keys.slice(0, Math.max(0, keys.length - KEPT_TICKETS))) this.remove(key);
  }

  private settle(batch: Entry[], results: VerdictResult[]): void {
    const byTicket = new Map(results.map((result) => [result.ticket, result]));
    for (const entry of batch) {
      if (entry.kind !== "verdict") continue;
      const result = byTicket.get(entry.body.ticket);
      if (result === undefined) {
        this.again(entry);
        continue;
      }
      if (result.status === "refused") {
        this.refuse(entry, result.message ?? "", result.next ?? "");
        continue;
      }
      this.remove(PREFIX + entry.id);
      if (result.based_on !== null) this.rebase(entry.body.ticket, result.based_on);
      this.emit("sent", { entry, answer: result });
    }
  }

  /** The server did not speak of it: it stays and goes again, alone, a few times. */
  private again(entry: Entry): void {
    const tries = (this.troubles.get(entry.id) ?? 0) + 1;
    this.troubles.set(entry.id, tries);
    if (tries >= TRIES_OF_TROUBLE) this.refuse(entry, "", "");
  }

  /** A later answer of mine about the same thing stands on the one just saved. */
  private rebase(ticket: string, based_on: number): void {
    for (const entry of this.mine()) {
      if (entry.kind !== "verdict" || entry.body.ticket !== ticket) continue;
      const body = { ...entry.body, based_on: Math.max(entry.body.based_on, based_on) };
      this.write(PREFIX + entry.id, JSON.stringify({ ...entry, body }));
    }
  }

  /** Decide what a failed request means; true if the next entries may go on. */
  private cope(batch: Entry[], problem: ApiError): boolean {
    if (problem.status === 401) {
      this.weather = "ended";
      return false;
    }
    if (problem.isPassing) {
      this.weather = problem.status === 0 ? "gone" : problem.status === 507 ? "full" : "busy";
      this.later();
      return false;
    }
    const first = batch[0];
    if (batch.length > 1) {
      // One of them is at fault; from here on they go one by one.
      for (const entry of batch) this.troubles.set(entry.id, 0);
      return true;
    }
    if (first === undefined) return false;
    const tries = (this.troubles.get(first.id) ?? 0) + 1;
    this.troubles.set(first.id, tries);
    if (problem.status >= 500 && tries < TRIES_OF_TROUBLE) {
      this.weather = "busy";
      this.later();
      return false;
    }
    this.refuse(first, problem.message, problem.next);
    return true;
  }

  private refuse(entry: Entry, message: string, next: string): void {
    const note: Refused = { entry, message, next };
    this.write(REFUSED + entry.id, JSON.stringify(note));
    this.remove(PREFIX + entry.id);
    this.emit("refused", note);
  }

  private later(): void {
    if (this.isWaiting) return;
    this.isWaiting = true;
    this.wait(() => {
      this.isWaiting = false;
      void this.flush();
    }, this.waitMs);
    this.waitMs = Math.min(this.waitMs * 2, LONGEST_WAIT_MS);
  }

  private entries(): Entry[] {
    return this.all<Entry>(PREFIX);
  }

  private all<T>(prefix: string): T[] {
    return this.keysOf(prefix).flatMap((key) => parsed<T>(this.read(key)) ?? []);
  }

  private keysOf(prefix: string): string[] {
    const keys = new Set(this.memory.keys());
    try {
      for (let i = 0; i < this.shelf.length; i++) keys.add(this.shelf.key(i) ?? "");
    } catch {
      this.isKept = false;
    }
    return [...keys].filter((key) => key.startsWith(prefix)).sort();
  }

  private read(key: string): string | null {
    const held = this.memory.get(key);
    if (held !== undefined) return held;
    try {
      return this.shelf.getItem(key);
    } catch {
      return null;
    }
  }

  private write(key: string, value: string): void {
    try {
      this.shelf.setItem(key, value);
      this.memory.delete(key);
    } catch {
      // Storage is full or forbidden: hold it in this window, and say so.
      this.isKept = false;
      this.memory.set(key, value);
    }
  }

  private remove(key: string): void {
    this.memory.delete(key);
    try {
      this.shelf.removeItem(key);
    } catch {
      this.isKept = false;
    }
  }

  private tell(): void {
    this.emit("change", null);
  }

  private emit(name: string, detail: unknown): void {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}

function parsed<T>(text: string | null): T | null {
  if (text === null) return null;
  try {
    return JSON.parse(text) as T;
  } catch {
    return null;
  }
}
