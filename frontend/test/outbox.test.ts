import assert from "node:assert/strict";
import { test } from "node:test";

import { ApiError } from "../src/api.ts";
import { Outbox, type Carrier, type Parcel, type Shelf } from "../src/outbox.ts";
import { turns } from "../src/turns.ts";
import type { VerdictBody, VerdictResult } from "../src/types.ts";

class Memory implements Shelf {
  readonly held = new Map<string, string>();
  get length(): number {
    return this.held.size;
  }
  key(index: number): string | null {
    return [...this.held.keys()][index] ?? null;
  }
  getItem(key: string): string | null {
    return this.held.get(key) ?? null;
  }
  setItem(key: string, value: string): void {
    this.held.set(key, value);
  }
  removeItem(key: string): void {
    this.held.delete(key);
  }
}

/** A server that saves; `fails` is what it answers first. */
class Server implements Carrier {
  readonly saved: VerdictBody[] = [];
  readonly log: string[] = [];
  fails: ApiError[] = [];
  answer: (body: VerdictBody) => Partial<VerdictResult> = () => ({ status: "saved" });

  async verdicts(items: VerdictBody[]): Promise<VerdictResult[]> {
    await this.begin(`verdicts ${items.map((item) => item.ticket).join()}`);
    this.saved.push(...items);
    return items.map((item, i) => ({ ticket: item.ticket, status: "saved", seq: i, based_on: 90 + i, ...this.answer(item) }));
  }
  async draw(): Promise<{ ticket: string; about: string }> {
    await this.begin("draw");
    return { ticket: "drawn-1", about: "candidate-1" };
  }
  async flag(): Promise<void> {
    await this.begin("flag");
  }
  async date(): Promise<void> {
    await this.begin("date");
  }
  async undo(ticket: string): Promise<void> {
    await this.begin(`undo ${ticket}`);
  }
  private async begin(line: string): Promise<void> {
    await Promise.resolve();
    const failure = this.fails.shift();
    if (failure) throw failure;
    this.log.push(line);
  }
}

function verdict(ticket: string, based_on = 1): Parcel {
  const at = "2026-01-01T00:00:00Z";
  return { kind: "verdict", body: { ticket, mode: "triage", answer: "yes", looked: [], seconds: 1, at, based_on } };
}

function failure(status: number, error = "x"): ApiError {
  return new ApiError(status, { error, message: "no", next: "again" });
}

function outbox(server: Server, shelf: Shelf = new Memory()): { box: Outbox; later: (() => void)[] } {
  const later: (() => void)[] = [];
  let clock = 1000;
  const box = new Outbox({
    shelf,
    carrier: server,
    turn: async (work) => {
      await work();
      return true;
    },
    now: () => clock++,
    wait: (work) => later.push(work),
  });
  box.who = "Kim";
  box.project = "p";
  return { box, later };
}

const draw: Parcel = {
  kind: "draw",
  body: {
    shape: { type: "Point", coordinates: [1, 2] }, category: "guard_post", change: "new", before: "a", after: "b",
    looked: [], seconds: 1, at: "2026-01-01T00:00:00Z", mode: "sweep",
  },
}; // prettier-ignore

async function settled(): Promise<void> {
  for (let i = 0; i < 60; i++) await Promise.resolve();
}

test("a decision is kept first and leaves when the server has it", async () => {
  const shelf = new Memory();
  const server = new Server();
  const { box } = outbox(server, shelf);
  box.put(verdict("a"));
  assert.equal(box.mine().length, 1);
  assert.ok([...shelf.held.keys()].some((key) => key.startsWith("vallum.outbox.")));
  await settled();
  assert.equal(box.mine().length, 0);
  assert.equal(server.saved.length, 1);
  assert.ok(box.savedAt > 0);
});

test("without a network decisions stay, in order, and go later once", async () => {
  const server = new Server();
  server.fails = [failure(0)];
  const { box, later } = outbox(server);
  box.put(verdict("a"));
  await settled();
  assert.equal(box.weather, "gone");
  server.fails = [1, 2, 3].map(() => failure(423, "StoreLocked"));
  for (const parcel of [verdict("b"), draw, verdict("c")]) {
    box.put(parcel);
    await settled();
  }
  assert.equal(box.weather, "busy");
  assert.equal(box.mine().length, 4);
  for (const work of later.splice(0)) work();
  await settled();
  assert.deepEqual(server.log, ["verdicts a,b", "draw", "verdicts c"]);
  assert.equal(box.mine().length, 0);
  assert.equal(box.weather, "fair");
});

test("what a closed window left behind is sent by the next one, for the same person only", async () => {
  const shelf = new Memory();
  const gone = new Server();
  gone.fails = [failure(0)];
  const first = outbox(gone, shelf);
  first.box.put(verdict("a"));
  await settled();
  const server = new Server();
  const second = outbox(server, shelf);
  second.box.who = "Lee";
  await second.box.flush();
  assert.equal(server.saved.length, 0);
  assert.equal(second.box.nOthers, 1);
  second.box.who = "Kim";
  await second.box.flush();
  assert.equal(server.saved.length, 1);
});

test("a decision that waits can be taken back without a trace", async () => {
  const server = new Server();
  server.fails = [failure(0)];
  const { box, later } = outbox(server);
  const id = box.put(verdict("a"));
  await settled();
  assert.equal(box.take(id), true);
  assert.equal(box.take(id), false);
  for (const work of later) work();
  await settled();
  assert.deepEqual(server.log, []);
});

test("a decision that is on its way cannot be taken back silently", async () => {
  const server = new Server();
  const { box } = outbox(server);
  const id = box.put(verdict("a"));
  await Promise.resolve();
  assert.equal(box.take(id), false);
  await settled();
  assert.equal(server.saved.length, 1);
});

test("an undo of something drawn names what the server called it", async () => {
  const server = new Server();
  server.fails = [failure(0)];
  const { box, later } = outbox(server);
  const id = box.put(draw);
  await settled();
  box.put({ kind: "undo", body: { ticket: "frame", drawn: id } });
  for (const work of later) work();
  await settled();
  assert.deepEqual(server.log, ["draw", "undo drawn-1"]);
});

test("a second answer about one thing stands on the first", async () => {
  const server = new Server();
  server.fails = [failure(0)];
  const { box, later } = outbox(server);
  box.put(verdict("a", 5));
  box.put(verdict("a", 5));
  await settled();
  for (const work of later) work();
  await settled();
  assert.deepEqual(server.log, ["verdicts a", "verdicts a"]);
  assert.equal(server.saved[1]?.based_on, 90);
});

test("one bad decision is put aside and does not hold up the others", async () => {
  const server = new Server();
  server.fails = [failure(0), failure(400), failure(400)];
  const { box, later } = outbox(server);
  for (const ticket of ["a", "b", "c"]) box.put(verdict(ticket));
  await settled();
  for (const work of later) work();
  await settled();
  assert.equal(box.mine().length, 0);
  assert.equal(box.refused().length, 1);
  assert.equal(server.saved.length, 2);
  box.clearRefused();
  assert.equal(box.refused().length, 0);
});

test("stale is an answer: both are kept by the server, so the entry leaves", async () => {
  const server = new Server();
  server.answer = () => ({ status: "stale", message: "changed meanwhile" });
  const { box } = outbox(server);
  let said = "";
  box.addEventListener("sent", (event) => {
    said = (event as CustomEvent<{ answer: VerdictResult }>).detail.answer.status;
  });
  box.put(verdict("a"));
  await settled();
  assert.equal(said, "stale");
  assert.equal(box.mine().length, 0);
});

test("a session that ended keeps everything and does not knock again", async () => {
  const server = new Server();
  server.fails = [failure(401)];
  const { box, later } = outbox(server);
  box.put(verdict("a"));
  await settled();
  assert.equal(box.weather, "ended");
  assert.equal(box.mine().length, 1);
  assert.equal(later.length, 0);
});

test("a browser that keeps nothing still sends, and says so", async () => {
  const shelf = new Memory();
  shelf.setItem = () => {
    throw new DOMException("full", "QuotaExceededError");
  };
  const server = new Server();
  const { box } = outbox(server, shelf);
  box.put(verdict("a"));
  assert.equal(box.isKept, false);
  await settled();
  assert.equal(server.saved.length, 1);
});

test("only one window sends at a time, and a dead one loses its turn", async () => {
  const shelf = new Memory();
  let now = 0;
  const one = turns(shelf, undefined, () => now);
  const two = turns(shelf, undefined, () => now);
  let finish = (): void => {};
  const first = one(() => new Promise<void>((resolve) => (finish = resolve)));
  assert.equal(await two(async () => {}), false);
  finish();
  assert.equal(await first, true);
  assert.equal(await two(async () => {}), true);
  shelf.setItem("vallum.sender", JSON.stringify({ who: "dead", until: 10_000 }));
  assert.equal(await two(async () => {}), false);
  now = 20_000;
  assert.equal(await two(async () => {}), true);
});
