import assert from "node:assert/strict";
import { test } from "node:test";

import { cap, DEFAULTS, GROUPS, Keys, written, type Press } from "../src/keys.ts";

class Memory {
  private readonly held = new Map<string, string>();
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

function press(key: string, code: string, over: Partial<Press> = {}): Press {
  return { key, code, shiftKey: false, ctrlKey: false, altKey: false, metaKey: false, ...over };
}

test("no two actions share a key and every action is listed once", () => {
  const keys = Object.values(DEFAULTS);
  assert.equal(new Set(keys).size, keys.length);
  const listed = GROUPS.flatMap((group) => group.actions);
  assert.deepEqual([...listed].sort(), Object.keys(DEFAULTS).sort());
});

test("the keys of the design mean what it says", () => {
  const keys = new Keys(null);
  assert.equal(keys.meant(press("a", "KeyA")), "new");
  assert.equal(keys.meant(press("E", "KeyE")), "existed");
  assert.equal(keys.meant(press(" ", "Space")), "blink");
  assert.equal(keys.meant(press("!", "Digit1", { shiftKey: true })), "reason_1");
  assert.equal(keys.meant(press("1", "Digit1")), "class_1");
  assert.equal(keys.meant(press("?", "Slash", { shiftKey: true })), "keys");
  assert.equal(keys.meant(press("[", "BracketLeft")), "earlier");
});

test("a Hangul or pinyin keyboard decides by the place of the key", () => {
  const keys = new Keys(null);
  assert.equal(keys.meant(press("ㅁ", "KeyA")), "new");
  assert.equal(keys.meant(press("Process", "KeyX")), "nothing");
  assert.equal(keys.meant(press("a", "KeyQ")), "new"); // French letters go by what they write
});

test("chords and unfinished input mean nothing", () => {
  assert.equal(written(press("a", "KeyA", { ctrlKey: true })), "");
  assert.equal(written(press("z", "KeyZ", { metaKey: true })), "");
  assert.equal(written(press("a", "KeyA", { isComposing: true })), "");
});

test("a key held down decides once but may pan on", () => {
  const keys = new Keys(null);
  assert.equal(keys.meant(press("a", "KeyA", { repeat: true })), null);
  assert.equal(keys.meant(press("ArrowLeft", "ArrowLeft", { repeat: true })), "left");
});

test("an action takes a free key, and refuses one that is taken or reserved", () => {
  const shelf = new Memory();
  const keys = new Keys(shelf);
  assert.equal(keys.change("new", "y"), null);
  assert.equal(keys.meant(press("y", "KeyY")), "new");
  assert.equal(keys.meant(press("a", "KeyA")), null);
  assert.deepEqual(keys.change("undo", "y"), { why: "taken", by: "new" });
  assert.deepEqual(keys.change("undo", "enter"), { why: "reserved" });
  assert.equal(new Keys(shelf).of("new"), "y"); // remembered
  keys.reset();
  assert.equal(new Keys(shelf).of("new"), "a");
});

test("a kept map with a collision is not used", () => {
  const shelf = new Memory();
  shelf.setItem("vallum.keys", JSON.stringify({ new: "x" }));
  assert.equal(new Keys(shelf).of("new"), "a");
});

test("switched off, single letters mean nothing and arrows still do", () => {
  const shelf = new Memory();
  const keys = new Keys(shelf);
  keys.setOff(true);
  assert.equal(keys.meant(press("a", "KeyA")), null);
  assert.equal(keys.meant(press("ArrowUp", "ArrowUp")), "up");
  assert.equal(new Keys(shelf).isOff, true);
});

test("keycaps show the key", () => {
  assert.equal(cap("shift+1"), "⇧1");
  assert.equal(cap("a"), "A");
  assert.equal(cap("space"), "␣");
});
