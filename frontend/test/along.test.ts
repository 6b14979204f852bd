/** What is shared by everything drawn along the border. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { fitted, moveOf, pathOf, stepped } from "../src/line/along.ts";

const key = (name: string, more: Partial<KeyboardEvent> = {}): KeyboardEvent =>
  ({ key: name, ctrlKey: false, metaKey: false, altKey: false, ...more }) as KeyboardEvent;

test("arrow keys step, Enter and the space bar choose, and keys of the browser are left alone", () => {
  assert.equal(moveOf(key("ArrowRight")), 1);
  assert.equal(moveOf(key("ArrowUp")), -1);
  assert.equal(moveOf(key("Enter")), "choose");
  assert.equal(moveOf(key(" ")), "choose");
  assert.equal(moveOf(key("Enter", { ctrlKey: true })), null);
  assert.equal(moveOf(key("x")), null);
});

test("a step stays among the things, and Home and End go to the ends", () => {
  assert.equal(stepped(3, 1, 4), 3);
  assert.equal(stepped(0, -1, 4), 0);
  assert.equal(stepped(2, moveOf(key("Home")) as number, 4), 0);
  assert.equal(stepped(1, moveOf(key("End")) as number, 4), 3);
});

test("a small map keeps all its points inside, north up", () => {
  const points = [[124, 40], [130, 43], [127, 41]];
  const fit = fitted(points, 300, 200, 20);
  assert.ok(fit);
  for (const [x, y] of points.map(fit)) assert.ok(x >= 13.9 && x <= 286.1 && y >= 19.9 && y <= 186.1, `${x} ${y}`);
  assert.ok(fit([124, 43])[1] < fit([124, 40])[1]);
  assert.equal(fitted([], 300, 200), null);
  assert.match(pathOf(points, fit), /^M[\d.]+ [\d.]+L[\d.]+ [\d.]+L[\d.]+ [\d.]+$/);
});
