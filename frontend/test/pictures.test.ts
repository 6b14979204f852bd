import assert from "node:assert/strict";
import { test } from "node:test";

import { fromMercator, mercator, type LonLat, type Pixel } from "../src/maps/camera.ts";
import { bodyOf, stacCommand } from "../src/pictures/catalogue.ts";
import { along } from "../src/pictures/dates.ts";
import {
  awaited, bodies, cornersOf, flatOf, fromPoints, isWhole, moved, pixelOf, placeOf, pressed, turnOf, without,
  type Pair,
} from "../src/pictures/pairs.ts"; // prettier-ignore
import { readTwo } from "../src/pictures/pairtable.ts";
import { bracket } from "../src/pictures/shotdate.ts";
import { fitting, pushed, toScreen, toWorld, zoomed } from "../src/pictures/view.ts";
import { beyond, edges } from "../src/said/lanes.ts";

const HERE: LonLat = [129.5, 42.2];
const PER_PIXEL = 2e-8; // of the Mercator square: about 0.6 m

/** A picture turned clockwise by so many degrees on the ground. */
function lies(degrees: number): (pixel: Pixel) => LonLat {
  const [x, y] = mercator(HERE);
  const [cos, sin] = [Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180)];
  return ([c, r]) => fromMercator([x + PER_PIXEL * (cos * c - sin * r), y + PER_PIXEL * (sin * c + cos * r)]);
}

function near(a: readonly number[], b: readonly number[], off = 1e-7): void {
  a.forEach((value, i) => assert.ok(Math.abs(value - (b[i] ?? NaN)) < off, `${a.join()} is not ${b.join()}`));
}

test("presses alternate: the second half goes to the pair that lacks it, a second thought moves the first", () => {
  let pairs: Pair[] = [];
  assert.equal(awaited(pairs), "picture");
  ({ pairs } = pressed(pairs, "picture", [10, 20]));
  assert.equal(awaited(pairs), "ground");
  ({ pairs } = pressed(pairs, "picture", [12, 22]));
  assert.equal(pairs.length, 1, "the half pair is moved, not begun anew");
  ({ pairs } = pressed(pairs, "ground", HERE));
  assert.deepEqual(pairs, [{ pixel: [12, 22], place: HERE }]);
  const second = pressed(pairs, "ground", [129.6, 42.3]);
  assert.equal(second.n, 1, "one may also begin on the map");
  assert.equal(awaited(second.pairs), "picture");
  assert.deepEqual(pressed(second.pairs, "picture", [5, 6]).pairs[1], { pixel: [5, 6], place: [129.6, 42.3] });
  assert.equal(without(second.pairs, 0).length, 1);
  assert.deepEqual(moved(pairs, 0, "ground", [1, 2])[0], { pixel: [12, 22], place: [1, 2] });
});

test("only whole pairs are sent, from the middle of the first pixel, and they keep their numbers", () => {
  const pairs: Pair[] = [{ pixel: [1, 2], place: null }, { pixel: [3, 4], place: HERE }];
  assert.deepEqual(bodies(pairs), { points: [{ column: 2.5, row: 3.5, lon: HERE[0], lat: HERE[1] }], numbers: [1] });
  const back = fromPoints([[2.5, 3.5, ...HERE]]);
  assert.ok(isWhole(back[0] as Pair));
  assert.deepEqual(back[0]?.pixel, [3, 4]);
});

test("two pairs turn and scale the picture, three also show where its corners lie", () => {
  const where = lies(30);
  const pair = (pixel: Pixel): Pair => ({ pixel, place: where(pixel) });
  assert.equal(flatOf([pair([0, 0])]), null);
  for (const pixels of [[[10, 20], [600, 300]], [[10, 20], [600, 300], [40, 310]]] as Pixel[][]) {
    const flat = flatOf(pixels.map(pair));
    assert.ok(flat !== null);
    near(placeOf(flat, [320, 180]), where([320, 180]), 1e-9);
    near(pixelOf(flat, where([77, 88])) ?? [], [77, 88], 1e-3);
    assert.ok(Math.abs(turnOf(flat) - 30) < 1e-6);
    near(cornersOf(flat, 640, 360)[2] ?? [], where([640, 360]), 1e-9);
  }
});

test("pairs in one line or at one place do not make up a direction that they do not show", () => {
  const where = lies(0);
  const line: Pair[] = [[0, 0], [100, 0], [200, 0]].map(([c = 0, r = 0]) => ({ pixel: [c, r], place: where([c, r]) }));
  const flat = flatOf(line);
  assert.ok(flat !== null);
  near(placeOf(flat, [0, 100]), where([0, 100]), 1e-9);
  assert.equal(flatOf([{ pixel: [5, 5], place: HERE }, { pixel: [5, 5], place: HERE }]), null);
});

test("a view holds what is under the pointer while it zooms, also when it is turned", () => {
  const size = { width: 600, height: 400 };
  const view = { x: 100, y: 50, k: 2, turn: 40 };
  const at: Pixel = [123, 321];
  const before = toWorld(view, size, at);
  near(toWorld(zoomed(view, size, at, 3, 0.1, 100), size, at), before, 1e-6);
  near(toScreen(view, size, before), at, 1e-9);
  near(toScreen(pushed(view, 30, -20), size, before), [153, 301], 1e-9);
  assert.equal(zoomed(view, size, at, 1e9, 0.1, 100).k, 100);
  const whole = fitting([0, 0, 640, 360], size, 90, 1);
  assert.ok(Math.abs(whole.k - Math.min(600 / 360, 400 / 640)) < 1e-9, "a turned picture fits too");
});

test("a date is one bracket of two days, and says in words why it is none", () => {
  assert.deepEqual(bracket("2022-04-11", "2022-09-30"), { from: "2022-04-11", to: "2022-09-30" });
  assert.deepEqual(bracket("2022", ""), { from: "2022-01-01", to: "2022-12-31" });
  assert.equal(bracket(" ", ""), "empty");
  assert.equal(bracket("2022-09-30", "2022-04-11"), "backwards");
  assert.equal(bracket("soon", "2022"), "no_date");
  assert.equal(bracket("2022-02-30", "2022-03"), "no_day");
});

test("two numbers are read however they are parted", () => {
  assert.deepEqual(readTwo("42.01, 129.02"), [42.01, 129.02]);
  assert.deepEqual(readTwo(" 640 ; 360 "), [640, 360]);
  assert.deepEqual(readTwo("1 2"), [1, 2]);
  assert.equal(readTwo("42.01,"), null);
  assert.equal(readTwo("1 2 3"), null);
});

test("what is asked of a catalogue is the same on the page and on the command line", () => {
  const form = {
    url: " https://a.example/v1 ", collections: "sentinel-2-l2a, landsat-c2-l2", when: "2019 2022-04..2022-09",
    max_cloud: "", max_items: "50", whole: true, licence: "", credit: "", may_publish: false,
  }; // prettier-ignore
  const body = bodyOf(form, true);
  assert.deepEqual(body.collections, ["sentinel-2-l2a", "landsat-c2-l2"]);
  assert.deepEqual(body.when, ["2019", "2022-04..2022-09"]);
  assert.equal(body.max_cloud, null);
  const line = stacCommand(form, true, "p");
  assert.equal(
    line,
    "vallum add --stac https://a.example/v1 --collections sentinel-2-l2a,landsat-c2-l2 --when 2019 " +
      "--when 2022-04..2022-09 --max-items 50 --whole --list --project p",
  );
});

test("a day lies on the time line in proportion, and never outside it", () => {
  assert.equal(along("2020-01-01", ["2020-01-01", "2020-12-31"]), 0);
  assert.ok(Math.abs(along("2020-07-01", ["2020-01-01", "2020-12-31"]) - 0.4986) < 1e-3);
  assert.equal(along("2031-01-01", ["2020-01-01", "2020-12-31"]), 1);
});

test("a claim far outside stands at the edge of the map with its distance, the rest keeps its size", () => {
  const far = { spans: [[60_000, 61_000]] } as unknown as Parameters<typeof beyond>[0];
  assert.equal(beyond(far, [0, 12_000]), 48_000);
  assert.equal(beyond({ spans: [[0, 100], [5_000, 6_000]] } as never, [4_000, 12_000]), 0);
  const [inside, right, also] = edges([[50, 50], [900, 60], [950, 60]], 300, 100);
  assert.equal(inside, null);
  assert.equal(right?.x, 288);
  assert.ok(Math.abs(right?.turn ?? 99) < 5, "it points to where the place is");
  assert.notEqual(right?.y, also?.y, "two of one side do not lie on each other");
});
