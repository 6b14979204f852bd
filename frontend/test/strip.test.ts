import assert from "node:assert/strict";
import { test } from "node:test";

import {
  atOf,
  bars,
  binAt,
  gaps,
  names,
  placeLabels,
  scriptOf,
  stepTo,
  ticks,
  totals,
  xOf,
} from "../src/line/lay.ts";
import type { Strip, StripPlace } from "../src/types.ts";

function strip(over: Partial<Strip> = {}): Strip {
  return {
    extent: [1000, 2000],
    bin_m: 100,
    seen: [1, 1, 1, 0, 0, 1, 1, 1, 1, 1],
    lines: [0, 0, 2, 0, 0, 0, 0, 0, 0, 0],
    posts: [0, 0, 1, 0, 0, 0, 5, 0, 0, 1],
    answered: [0, 0, 1, 0, 0, 0, 0.4, 0, 0, 0],
    places: [],
    ...over,
  };
}

const place = (at_m: number, name: string, ...others: string[]): StripPlace => ({ at_m, name, names: others });
const wide = (text: string): number => [...text].reduce((sum, sign) => sum + (sign > "\u1100" ? 12 : 7), 0);

test("a chainage goes to its pixel and back", () => {
  const scale = { extent: [1000, 2000] as [number, number], width: 500 };
  for (const at of [1000, 1234, 1999, 2000]) assert.ok(Math.abs(atOf(scale, xOf(scale, at)) - at) <= 1);
});

test("a pixel outside the strip means its end", () => {
  const scale = { extent: [1000, 2000] as [number, number], width: 500 };
  assert.equal(atOf(scale, -40), 1000);
  assert.equal(atOf(scale, 900), 2000);
});

test("bins that could not be compared become one hatch over their metres", () => {
  assert.deepEqual(gaps(strip(), 1000), [{ x: 300, width: 200, share: 1 }]);
});

test("a gap thinner than a pixel is still drawn", () => {
  const seen = Array.from({ length: 1000 }, (_, i) => (i === 500 ? 0 : 1));
  const [gap] = gaps(strip({ extent: [0, 1000], bin_m: 1, seen }), 100);
  assert.ok(gap && gap.width >= 2);
});

test("a gap at the very end stays inside the strip", () => {
  const seen = Array.from({ length: 1000 }, (_, i) => (i === 999 ? 0 : 1));
  const [gap] = gaps(strip({ extent: [0, 1000], bin_m: 1, seen }), 100);
  assert.ok(gap && gap.x + gap.width <= 100);
});

test("a bin that is a little unseen is not drawn as seen", () => {
  const found = gaps(strip({ seen: [0.99, 1, 1, 1, 1, 1, 1, 1, 1, 1] }), 1000);
  assert.deepEqual(found, [{ x: 0, width: 100, share: 0.125 }]);
});

test("bars never lose a candidate when bins are joined", () => {
  const n = 700;
  const posts: number[] = Array.from({ length: n }, (_, i) => i % 3);
  const lines: number[] = Array.from({ length: n }, (_, i) => (i % 50 === 0 ? 1 : 0));
  const all = (value: number): number[] => Array.from({ length: n }, () => value);
  const whole = strip({ extent: [0, n * 20], bin_m: 20, seen: all(1), posts, lines, answered: all(0) });
  for (const width of [90, 340, 663, 1346]) {
    const found = bars(whole, width);
    assert.equal(found.reduce((sum, bar) => sum + bar.posts, 0), posts.reduce((a, b) => a + b));
    assert.equal(found.reduce((sum, bar) => sum + bar.lines, 0), lines.reduce((a, b) => a + b));
    for (const bar of found) assert.ok(bar.x >= 0 && bar.x + bar.width <= width + 1e-6);
  }
});

test("the share answered is weighed by the candidates in a bar", () => {
  const found = bars(strip(), 30, 3);
  assert.equal(found.find((bar) => bar.posts === 5)?.answered, 0.4);
  const one = bars(strip(), 3, 3);
  assert.equal(one.length, 1);
  assert.ok(Math.abs((one[0]?.answered ?? 0) - (3 + 2) / 9) < 1e-9);
});

test("the total counts metres of a short last bin as they are", () => {
  const sum = totals(strip({ extent: [1000, 1950] }));
  assert.equal(sum.length_m, 950);
  assert.equal(sum.seen_m, 750);
  assert.deepEqual([sum.lines, sum.posts], [2, 7]);
});

test("a strip without candidates has no share answered", () => {
  const none = Array(10).fill(0) as number[];
  assert.equal(totals(strip({ lines: none, posts: none })).answered, null);
});

test("a bin is found by its chainage, at both ends too", () => {
  assert.equal(binAt(strip(), 1300).seen, 0);
  assert.equal(binAt(strip(), 1650).posts, 5);
  assert.equal(binAt(strip(), 2000).posts, 1);
});

test("ticks are round, inside the strip and apart", () => {
  for (const [a, b] of [[0, 18_000], [1_004_000, 1_019_000], [0, 1_418_000], [300, 900]] as const) {
    for (const width of [320, 663, 1346]) {
      const scale = { extent: [a, b] as [number, number], width };
      const found = ticks(scale);
      assert.ok(found.every((at) => at >= a && at <= b && at % 100 === 0));
      for (let i = 1; i < found.length; i++) {
        assert.ok(xOf(scale, found[i] ?? 0) - xOf(scale, found[i - 1] ?? 0) >= 83.9);
      }
    }
  }
});

test("scripts are told apart", () => {
  assert.deepEqual(["회령", "會寧", "Hoeryŏng"].map(scriptOf), ["hangul", "han", "latin"]);
});

test("each reader gets the own script first and one other", () => {
  const here = place(0, "Hoeryŏng", "회령", "會寧");
  assert.deepEqual(names(here, "en"), ["Hoeryŏng", "회령"]);
  assert.deepEqual(names(here, "ko"), ["회령", "會寧"]);
  assert.deepEqual(names(here, "zh-Hans"), ["會寧", "Hoeryŏng"]);
  assert.deepEqual(names(place(0, "Musan"), "ko"), ["Musan"]);
});

test("names of places never overlap and never leave the strip, however many there are", () => {
  let seed = 7;
  const random = (): number => (seed = (seed * 16_807) % 2_147_483_647) / 2_147_483_647;
  for (let round = 0; round < 60; round++) {
    const width = 200 + random() * 1300;
    const places = Array.from({ length: 1 + Math.floor(random() * 60) }, (_, i) =>
      place(random() * 18_000, `Place ${i}`, i % 2 ? "온성" : "회령 고을", i % 3 ? "會寧" : ""),
    );
    const labels = placeLabels(places, { extent: [0, 18_000], width }, "en", wide);
    assert.ok(labels.length > 0);
    labels.forEach((label, i) => {
      assert.ok(label.x >= 0 && label.x + label.width <= width);
      const before = labels[i - 1];
      if (before) assert.ok(before.x + before.width < label.x);
    });
  }
});

test("a second script is given where there is room, and only there", () => {
  const two = [place(4000, "Hoeryŏng", "회령"), place(4400, "Musan", "무산")];
  const scale = (width: number) => ({ extent: [0, 9000] as [number, number], width });
  assert.deepEqual(placeLabels([two[0] as StripPlace], scale(900), "en", wide).map((l) => l.text), ["Hoeryŏng 회령"]);
  assert.deepEqual(placeLabels(two, scale(1400), "en", wide).map((l) => l.text), ["Hoeryŏng", "Musan"]);
  assert.deepEqual(placeLabels(two, scale(400), "en", wide).map((l) => l.text), ["Hoeryŏng 회령"]);
  assert.deepEqual(placeLabels(two, scale(3600), "en", wide).map((l) => l.text), ["Hoeryŏng 회령", "Musan 무산"]);
});

test("places beyond the strip are left out", () => {
  assert.deepEqual(placeLabels([place(99_000, "Far")], { extent: [0, 18_000], width: 900 }, "en", wide), []);
});

test("keys move along the strip and stop at its ends", () => {
  assert.equal(stepTo("ArrowRight", 1500, [1000, 2000], 100), 1600);
  assert.equal(stepTo("PageUp", 1500, [1000, 2000], 100), 2000);
  assert.equal(stepTo("ArrowLeft", 1050, [1000, 2000], 100), 1000);
  assert.equal(stepTo("Home", 1500, [1000, 2000], 100), 1000);
  assert.equal(stepTo("a", 1500, [1000, 2000], 100), null);
});
