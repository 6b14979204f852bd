/** One sitting at the desk: the queue of a mode, where one is in it, and what comes next. */

import { api, ApiError } from "./api.ts";
import type { Answer, Item, ItemFull, Mode, Queue, QueueOptions } from "./types.ts";

const AHEAD = 11;
const KEPT = 40;

/** What a sitting asks of the server. */
export interface Source {
  queue(mode: Mode, options: QueueOptions): Promise<Queue>;
  item(ticket: string, mode: Mode): Promise<ItemFull>;
}

/** Fires `change`. Nothing in it draws. */
export class Sitting extends EventTarget {
  readonly mode: Mode;
  options: QueueOptions = {};
  queue: Queue | null = null;
  index = -1;
  current: ItemFull | null = null;
  problem: ApiError | null = null;
  isLoading = false;
  private readonly source: Source;
  private readonly full = new Map<string, Promise<ItemFull>>();
  private readonly ready = new Map<string, ItemFull>();
  private n_asked = 0;

  constructor(mode: Mode, source: Source = api) {
    super();
    this.mode = mode;
    this.source = source;
  }

  get items(): readonly Item[] {
    return this.queue?.items ?? [];
  }

  get item(): Item | null {
    return this.items[this.index] ?? null;
  }

  get isDone(): boolean {
    return this.queue !== null && this.items.every((item) => item.answer !== null);
  }

  /** Ask for the queue, and stand at `at` or at the first thing without an answer. */
  async load(options: QueueOptions = this.options, at: string | null = null): Promise<void> {
    this.options = options;
    const asked = ++this.n_asked;
    this.isLoading = true;
    this.tell();
    try {
      const queue = await this.source.queue(this.mode, options);
      if (asked !== this.n_asked) return;
      this.queue = queue;
      this.problem = null;
      const wanted = at === null ? -1 : queue.items.findIndex((item) => item.ticket === at);
      const open = queue.items.findIndex((item) => item.answer === null);
      this.index = -1;
      this.current = null;
      this.isLoading = false;
      await this.go(wanted >= 0 ? wanted : open);
    } catch (problem) {
      if (!(problem instanceof ApiError)) throw problem;
      if (asked !== this.n_asked) return;
      this.problem = problem;
    } finally {
      if (asked === this.n_asked) this.isLoading = false;
      this.tell();
    }
  }

  /** Stand at an item; what is prefetched is shown at once. */
  async go(index: number): Promise<void> {
    const item = this.items[index];
    if (item === undefined) {
      this.index = -1;
      this.current = null;
      this.tell();
      return;
    }
    this.index = index;
    this.current = this.ready.get(item.ticket) ?? null;
    this.tell();
    if (this.current === null) await this.fetchCurrent(item.ticket);
    if (this.item?.ticket === item.ticket) this.prefetch();
  }

  /** Ask again for what is on screen. */
  async again(): Promise<void> {
    const ticket = this.item?.ticket;
    if (ticket === undefined) return;
    this.forget(ticket);
    await this.fetchCurrent(ticket);
  }

  next(): Promise<void> {
    return this.go(Math.min(this.index + 1, this.items.length - 1));
  }

  back(): Promise<void> {
    return this.go(Math.max(this.index - 1, 0));
  }

  /** Go to the next thing without an answer, round the end; nowhere when all have one. */
  gap(): Promise<void> {
    const n = this.items.length;
    for (let step = 1; step <= n; step++) {
      const index = (this.index + step + n) % n;
      if (this.items[index]?.answer === null) return this.go(index);
    }
    return this.go(-1);
  }

  /** Go to the thing nearest to a place along the line; those without an answer first. */
  goTo(at_m: number): Promise<void> {
    const far = (index: number): number => Math.abs((this.items[index]?.at_m ?? Infinity) - at_m);
    const all = this.items.map((_, index) => index);
    const open = all.filter((index) => this.items[index]?.answer === null);
    const from = open.length > 0 ? open : all;
    const best = from.reduce((a, b) => (far(b) < far(a) ? b : a), from[0] ?? -1);
    return this.go(best);
  }

  find(ticket: string): number {
    return this.items.findIndex((item) => item.ticket === ticket);
  }

  /** Note an answer of mine, given or taken back, before the server has it. */
  mark(ticket: string, answer: Answer | null): void {
    const index = this.find(ticket);
    const item = this.items[index];
    if (this.queue === null || item === undefined) return;
    const n_done = this.queue.n_done + (answer !== null ? 1 : 0) - (item.answer !== null ? 1 : 0);
    const items = this.queue.items.slice();
    items[index] = { ...item, answer };
    this.queue = { ...this.queue, items, n_done: Math.max(0, n_done) };
    this.tell();
  }

  /** Take a fresher version of an item, such as the answer of a dating mark. */
  take(item: ItemFull): void {
    this.ready.set(item.ticket, item);
    this.full.set(item.ticket, Promise.resolve(item));
    if (this.item?.ticket === item.ticket) this.current = item;
    this.tell();
  }

  /** Whatever is kept of an item is asked for anew when it is next needed. */
  forget(ticket: string): void {
    this.ready.delete(ticket);
    this.full.delete(ticket);
  }

  /** Return the first `n` things without an answer, whole; those that cannot be had are left out. */
  async page(n: number, without: ReadonlySet<string>): Promise<ItemFull[]> {
    const wanted = this.items.filter((item) => item.answer === null && !without.has(item.ticket)).slice(0, n);
    const found = await Promise.allSettled(wanted.map((item) => this.fetch(item.ticket)));
    const lost = found.find((one) => one.status === "rejected");
    if (lost !== undefined && found.every((one) => one.status === "rejected")) throw lost.reason;
    return found.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
  }

  /** An item that is here already, or nothing. */
  held(ticket: string): ItemFull | undefined {
    return this.ready.get(ticket);
  }

  /** The next items that are here already, for their pictures to be fetched. */
  upcoming(): ItemFull[] {
    return this.ahead().flatMap((item) => this.ready.get(item.ticket) ?? []);
  }

  private ahead(): Item[] {
    return this.items
      .slice(this.index + 1)
      .filter((item) => item.answer === null)
      .slice(0, AHEAD);
  }

  private async fetchCurrent(ticket: string): Promise<void> {
    try {
      const item = await this.fetch(ticket);
      if (this.item?.ticket !== ticket) return;
      this.current = item;
      this.problem = null;
    } catch (problem) {
      if (!(problem instanceof ApiError)) throw problem;
      if (this.item?.ticket === ticket) this.problem = problem;
    }
    this.tell();
  }

  private prefetch(): void {
    for (const item of this.ahead()) {
      if (this.full.has(item.ticket)) continue;
      this.fetch(item.ticket).then(
        () => this.tell(),
        () => this.full.delete(item.ticket), // asked again when it is its turn
      );
    }
  }

  private fetch(ticket: string): Promise<ItemFull> {
    const held = this.full.get(ticket);
    if (held !== undefined) return held;
    const asked = this.source.item(ticket, this.mode).then((item) => {
      this.ready.set(ticket, item);
      this.trim();
      return item;
    });
    this.full.set(ticket, asked);
    asked.catch(() => this.forget(ticket));
    return asked;
  }

  private trim(): void {
    for (const ticket of this.ready.keys()) {
      if (this.ready.size <= KEPT) return;
      if (ticket !== this.item?.ticket) this.forget(ticket);
    }
  }

  private tell(): void {
    this.dispatchEvent(new Event("change"));
  }
}
