import assert from "node:assert/strict";
import { test } from "node:test";

import { acrossOf, chainageAt, chipOf, chipUrl, gridStep, ribbonLayout, shareOf, yOf } from "../src/line/chip.ts";
import { beside, inTime, markOf, timeBars, told, years } from "../src/line/rail.ts";
import type { Image, Item, ItemFull } from "../src/types.ts";

function image(scene: string, from: string, to = from, over: Partial<Image> = {}): Image {
  return {
    scene,
    name: scene,
    role: "other",
    taken: [from, to],
    sensor: "",
    gsd_m: null,
    off_nadir_deg: null,
    sun_azimuth_deg: null,
    sun_elevation_deg: null,
    cloud_percent: null,
    fit: "",
    fit_v: 0,
    shift_m: null,
    rmse_m: null,
    is_aligned: true,
    seen: null,
    mine: null,
    stage: "",
    is_clear: true,
    why_not: "",
    credit: "",
    ...over,
  };
}

const row = [
  image("c", "2021-06-01"),
  image("a", "2018-01-01"),
  image("d", "2022-05-04"),
  image("b", "2019-05-02", "2019-09-30"),
];

const item: Item = {
  ticket: "t",
  kind: "candidate",
  span: [10, 60],
  at_m: 35,
  off_m: -12,
  centre: [129.75, 42.44],
  bearing_deg: 12.345,
  length_m: 50,
  category: "fence",
  change: "new",
  score: 0.5,
  group: "",
  n_group: 0,
  answer: null,
  is_flagged: false,
};

test("images are in time order, by the middle of their interval", () => {
  assert.deepEqual(inTime(row).map((one) => one.scene), ["a", "b", "c", "d"]);
});

test("the image beside another is the next in time, and there is none past the ends", () => {
  assert.equal(beside(row, "b", 1)?.scene, "c");
  assert.equal(beside(row, "a", -1), null);
  assert.equal(beside(row, "d", 1), null);
});

test("my answer comes before the machine's, and cloud before not looked at", () => {
  assert.equal(markOf(image("x", "2020-01-01", "2020-01-01", { seen: "absent", mine: "present" })), "present");
  assert.equal(markOf(image("x", "2020-01-01", "2020-01-01", { is_clear: false })), "hidden");
  assert.equal(markOf(image("x", "2020-01-01", "2020-01-01", { mine: "not_observable" })), "hidden");
  assert.equal(markOf(image("x", "2020-01-01")), "unseen");
});

test("bars of forty images lie in lanes, never on each other, inside the axis", () => {
  const many = Array.from({ length: 40 }, (_, i) => {
    const from = new Date(Date.UTC(2012 + (i % 12), (i * 5) % 12, 1 + i));
    const to = new Date(from.getTime() + (i % 4) * 40 * 86_400_000);
    return image(`s${i}`, from.toISOString().slice(0, 10), to.toISOString().slice(0, 10));
  });
  const { bars, n_lanes } = timeBars(many, 900);
  assert.equal(bars.length, 40);
  for (const bar of bars) assert.ok(bar.x >= 0 && bar.x + bar.width <= 900.001 && bar.lane < n_lanes);
  for (const a of bars) {
    for (const b of bars) {
      if (a !== b && a.lane === b.lane) assert.ok(a.x + a.width <= b.x || b.x + b.width <= a.x);
    }
  }
});

test("a longer interval has a longer bar", () => {
  const { bars } = timeBars(row, 900);
  const width = (scene: string): number => bars.find((bar) => bar.scene === scene)?.width ?? 0;
  assert.ok(width("b") > 4 * width("a"));
});

test("an image without a date has no bar", () => {
  const undated = { ...image("x", "2020-01-01"), taken: [null, null] as [null, null] };
  assert.deepEqual(timeBars([undated], 900).bars, []);
});

test("years stand apart", () => {
  const found = years(Date.UTC(2000, 0, 1), Date.UTC(2024, 0, 1), 500);
  for (let i = 1; i < found.length; i++) assert.ok((found[i]?.x ?? 0) - (found[i - 1]?.x ?? 0) >= 44);
});

test("the dates are told by what is known of them", () => {
  const ask = (last_absent: string | null, first_seen: string | null) => told({ scene: "", last_absent, first_seen }).key;
  assert.equal(told(null).key, "nothing_yet");
  assert.equal(ask("2021-03-12", null), "only_absent");
  assert.equal(ask(null, "2022-05-04"), "only_present");
  assert.equal(ask("2021-03-12", "2022-05-04"), "between");
});

test("a chip is asked with its place, direction and alignment", () => {
  const url = new URL(chipUrl({ scene: "s/1", fit: "f9", fit_v: 2 }, item, { width: 120, height: 64 }), "http://x");
  assert.equal(url.pathname, "/api/chip/s%2F1");
  assert.equal(url.searchParams.get("bearing"), "12.35");
  assert.equal(url.searchParams.get("fit"), "f9");
  assert.equal(url.searchParams.get("across_m"), "80");
});

test("an item without images has no chip of its own", () => {
  assert.equal(chipOf(item, "after"), null);
  const full = { ...item, after: "d", before: "a", images: row, zoom_m: 200 } as unknown as ItemFull;
  assert.equal(chipOf(full, "after")?.scene, "d");
  assert.equal(acrossOf(full), 200);
});

test("arrows move in the grid and stop at its edge", () => {
  assert.equal(gridStep("ArrowDown", 1, 24, 6), 7);
  assert.equal(gridStep("ArrowUp", 1, 24, 6), 1);
  assert.equal(gridStep("ArrowRight", 23, 24, 6), 23);
  assert.equal(gridStep("End", 0, 24, 6), 23);
  assert.equal(gridStep("q", 0, 24, 6), null);
});

test("a metre along the ribbon is a metre across it", () => {
  for (const [width, length_m, half_m] of [[1346, 4000, 120], [1346, 4000, 300], [663, 4000, 300], [400, 4000, 300]] as const) {
    const layout = ribbonLayout(width, length_m, half_m);
    assert.ok(Math.abs(layout.full / layout.width - (2 * half_m) / length_m) < 1e-9);
    assert.ok(layout.height <= 92 && layout.height <= Math.ceil(layout.full));
  }
});

test("ribbons too high for the page go side by side", () => {
  assert.equal(ribbonLayout(1346, 4000, 120).isBeside, false);
  assert.equal(ribbonLayout(1346, 4000, 300).isBeside, true);
});

test("left of the border is up, and rings stay inside the picture", () => {
  const layout = ribbonLayout(1346, 4000, 120);
  assert.ok(yOf(shareOf(-60, 120), layout) < yOf(shareOf(60, 120), layout));
  assert.equal(yOf(shareOf(0, 120), layout), layout.height / 2);
  assert.ok(yOf(shareOf(-9000, 120), layout) >= 8);
});

test("a click on the ribbon finds the chainage along the winding border", () => {
  const line: [number, number][] = [[0, 0.5], [0.2, 0.5], [0.8, 0.5], [1, 0.5]];
  assert.equal(chainageAt(0.2, [0, 3000], line), 1000);
  assert.equal(chainageAt(0.5, [0, 3000], line), 1500);
  assert.equal(chainageAt(-1, [0, 3000], line), 0);
  assert.equal(chainageAt(2, [0, 3000], line), 3000);
  assert.equal(chainageAt(0.25, [1000, 2000], []), 1250);
});
