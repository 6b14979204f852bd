/** The live charts of the report: what they unpack, filter, hatch, zoom and place. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { degrees, metresPerPixel, pixelOf, placeOf, zoomedTo, type Frame } from "../src/report/ground.ts";
import { hatched } from "../src/report/hatch.ts";
import { alongLine, EVERYTHING, holds, joined, passes, placeAt, seenAlong, thingOf, thingsAt, unpacked, yearsOf } from "../src/report/live.ts";
import { isDense, paint, pathOfBoxes, type Box, type Mark } from "../src/report/marks.ts";
import { lettersOf, paint as paintStrokes } from "../src/report/strokes.ts";
import { boxAround, dotted, sortedOf, thinned, touch, traced } from "../src/report/thin.ts";
import { around, moved, zoomed } from "../src/report/window.ts";

const FENCE = "fence new confirmed 1000 2500 2019-03-14 2022-04-09 finding-a 0 124.1,40.5;124.2,40.6|124.3,40.7;124.4,40.8";
const TOWER = "watchtower unchanged imported 9000 9001 - 2020-05-01 finding-b -1 125,41";
const ROAD = "patrol_road new indeterminate 12000 14000 - - finding-c -1 ";

test("a finding comes back from its line of words", () => {
  const one = thingOf(FENCE);
  assert.deepEqual(one.span, [1000, 2500]);
  assert.deepEqual([one.first, one.last, one.id, one.chip], ["2019-03-14", "2022-04-09", "finding-a", 0]);
  assert.deepEqual(one.parts, [[[124.1, 40.5], [124.2, 40.6]], [[124.3, 40.7], [124.4, 40.8]]]);
  assert.deepEqual([thingOf(ROAD).first, thingOf(ROAD).last, thingOf(ROAD).parts.length], ["", "", 0]);
});

test("a page without data has no live charts, and one with data keeps every part", () => {
  assert.equal(unpacked(""), null);
  assert.equal(unpacked("{}"), null);
  const live = unpacked(JSON.stringify({
    extent: [0, 20000], words: {}, places: [{ name: "Musan", other: "무산", at_m: 5 }],
    statuses: [{ key: "changed", label: "changed", spans: ["0 10", "20 30"] }], kinds: [], changes: [], helds: [],
    things: [FENCE, TOWER], open: { bin_m: 50, bins: ["3 2"] }, pairs: [], claims: [], line: ["124,40,0", "125,40,20000"],
    insets: [], disclaimer: "",
  }));
  assert.deepEqual(live?.statuses[0]?.spans, [[0, 10], [20, 30]]);
  assert.deepEqual(live?.places[0]?.names, ["무산"]);
  assert.deepEqual(live?.open.bins, [[3, 2]]);
  assert.deepEqual(live?.land, []);
});

test("a filter takes away classes, changes and what is held, and keeps what was perhaps built in a year", () => {
  const [fence, tower, road] = [FENCE, TOWER, ROAD].map(thingOf) as [ReturnType<typeof thingOf>, ReturnType<typeof thingOf>, ReturnType<typeof thingOf>];
  assert.ok([fence, tower, road].every((one) => passes(EVERYTHING, one)));
  assert.ok(!passes({ without: new Set(["kind:fence"]), year: null }, fence));
  assert.ok(!passes({ without: new Set(["held:imported"]), year: null }, tower));
  assert.ok(!passes({ without: new Set(["change:new"]), year: null }, road));
  const in2021 = { without: new Set<string>(), year: 2021 };
  assert.deepEqual([fence, tower, road].map((one) => passes(in2021, one)), [true, false, false]);
  assert.deepEqual(yearsOf([fence, tower, road]), [2019, 2020, 2021, 2022]);
});

test("a hatch stays inside its box, and neighbours continue it", () => {
  const numbers = (path: string): number[] => path.match(/-?\d+(\.\d+)?/g)?.map(Number) ?? [];
  const path = hatched(10, 5, 40, 20, 6);
  const at = numbers(path);
  for (let i = 0; i < at.length; i += 2) {
    assert.ok((at[i] ?? 0) >= 10 && (at[i] ?? 0) <= 50, path);
    assert.ok((at[i + 1] ?? 0) >= 4.9 && (at[i + 1] ?? 0) <= 25.1, path);
    assert.equal(Math.round(((at[i] ?? 0) + (at[i + 1] ?? 0)) % 6) % 6, 0);
  }
  assert.equal(hatched(0, 0, 0, 0), "");
});

test("a window zooms around a place, keeps it, and never leaves the border", () => {
  const all: [number, number] = [0, 100_000];
  assert.deepEqual(zoomed(all, all, 2, 0.25), [12_500, 62_500]);
  assert.deepEqual(zoomed([0, 1000], all, 0.5, 0), [0, 2000]);
  assert.deepEqual(zoomed(all, all, 0.1), all);
  assert.deepEqual(zoomed([0, 300], all, 100), [50, 250]);
  assert.deepEqual(moved([10_000, 20_000], all, 95_000), [90_000, 100_000]);
  assert.deepEqual(around([0, 10_000], all, 5000), [0, 10_000]);
  assert.deepEqual(around([0, 10_000], all, 50_000), [45_000, 55_000]);
});

test("stretches closer than a pixel become one stroke", () => {
  assert.deepEqual(joined([[50, 60], [0, 10], [12, 20]], 5), [[0, 20], [50, 60]]);
  assert.ok(holds([[0, 10]], 9) && !holds([[0, 10]], 10));
});

test("what is near a place comes nearest first", () => {
  const things = [FENCE, TOWER, ROAD].map(thingOf);
  assert.deepEqual(thingsAt(things, 9500, 3000).map(({ id }) => id), ["finding-b", "finding-c"]);
});

test("a chainage lies on the line between its neighbours, and a stretch has its two ends", () => {
  const line: [number, number, number][] = [[124, 40, 0], [125, 40, 1000], [125, 41, 2000]];
  assert.deepEqual(placeAt(line, 500), [124.5, 40]);
  assert.equal(placeAt(line, 2001), null);
  assert.deepEqual(alongLine(line, [500, 1500]), [[124.5, 40], [125, 40], [125, 40.5]]);
});

test("pixels and degrees are each other's way back, and a zoom keeps its pixel", () => {
  const frame: Frame = { view: { middle: [124, 40], each: 100 }, width: 400, height: 300, narrow: 0.77 };
  const [lon, lat] = placeOf(frame, ...pixelOf(frame, [124.7, 40.4]));
  assert.ok(Math.abs(lon - 124.7) < 1e-9 && Math.abs(lat - 40.4) < 1e-9);
  const view = zoomedTo(frame, 3, 50, 60, 1);
  const before = placeOf(frame, 50, 60);
  const after = placeOf({ ...frame, view }, 50, 60);
  assert.ok(Math.hypot(before[0] - after[0], before[1] - after[1]) < 1e-9);
  assert.equal(metresPerPixel({ ...frame, view }), metresPerPixel(frame) / 3);
  assert.deepEqual(degrees(124.2, 127.9, 5), [125, 126, 127]);
});

test("many boxes are painted, one by one, in the order and the colours of the drawing", () => {
  const said: string[] = [];
  const pen = {
    fillStyle: "", strokeStyle: "", lineWidth: 1,
    setLineDash: (dash: number[]) => said.push(`dash ${dash.join(" ")}`),
    fillRect: (...box: number[]) => said.push(`fill ${box.join(" ")}`),
    strokeRect: (...box: number[]) => said.push(`stroke ${box.join(" ")}`),
  };
  const boxes = Array.from({ length: 700 }, (_, i): Box => [i, 0, 1, 16]);
  const few: Mark[] = [{ look: "unsure", colour: "#123", boxes: boxes.slice(0, 2) }];
  assert.ok(!isDense(few));
  assert.ok(isDense([...few, { look: "st changed", boxes }]));
  const ink = (name: string): string => `the ${name}`;
  paint(pen as unknown as CanvasRenderingContext2D, few, ink);
  assert.deepEqual(said, ["fill 0 0 1 16", "fill 1 0 1 16", "dash 3 2", "stroke 0 0 1 16", "stroke 1 0 1 16", "dash "]);
  assert.equal(pen.strokeStyle, "#123");
  said.length = 0;
  paint(pen as unknown as CanvasRenderingContext2D, [{ look: "gone", colour: "#456", boxes }, { look: "st changed", boxes }], ink);
  assert.equal(said.filter((one) => one.startsWith("dash ") && one !== "dash ").length, 0);
  assert.equal(said.filter((one) => one.startsWith("fill")).length, 1400);
  assert.equal(pen.fillStyle, "the --changed");
});

test("boxes are a path that closes, to a tenth of a pixel", () => {
  assert.equal(pathOfBoxes([[1.04, 2, 3.06, 16], [9, 2.5, 1, 1.25]]), "M1.0 2h3.1v16h-3.1zM9.0 2.5h1.0v1.3h-1.0z");
});

test("a line becomes pixels without points that nobody sees, and keeps its ends", () => {
  const frame: Frame = { view: { middle: [10, 0], each: 100 }, width: 200, height: 100, narrow: 1 };
  assert.deepEqual(traced([[9.5, 0], [9.501, 0], [10, 0.25], [10.001, 0.251]], frame).map(Math.round), [50, 50, 100, 25, 100, 25]);
  assert.equal(lettersOf([50, 50, 100, 25]), "M50.0 50.0L100.0 25.0");
  assert.equal(lettersOf([50, 50, 100, 25], { fill: "--land" }), "M50.0 50.0L100.0 25.0z");
  assert.equal(lettersOf([50, 50, 100, 25], { stroke: "", cap: "round" }), "M50.0 50.0h0M100.0 25.0h0");
  const said: string[] = [];
  const pen = new Proxy({} as Record<string, unknown>, { get: (_, name) => (...values: unknown[]) => said.push([name, ...values].map(String).join(" ")), set: () => true });
  paintStrokes(pen as unknown as CanvasRenderingContext2D, [{ look: "line plain", lines: [[1, 2, 3, 4, 5, 6]] }], (name) => name);
  assert.deepEqual(said.slice(1), ["beginPath", "moveTo 1 2", "lineTo 3 4", "lineTo 5 6", "stroke", "setLineDash "]);
});

test("of many specks and dots on one pixel one is left, and only what touches the map is asked", () => {
  const frame: Frame = { view: { middle: [125.1, 40], each: 10 }, width: 200, height: 100, narrow: 1 };
  const speck = (id: string): string => `fence new confirmed 0 10 - - ${id} -1 125,40;125.01,40`;
  const dot = (id: string): string => `watchtower new confirmed 0 1 - - ${id} -1 125,40`;
  const sorted = sortedOf([speck("a"), speck("b"), dot("c"), dot("d")].map(thingOf));
  const specks = sorted.get("fence")?.[1] ?? [];
  assert.equal(specks.length, 2);
  assert.deepEqual(thinned(specks, frame).map((one) => one.map(Math.round)), [[99, 50, 100, 50]]);
  assert.deepEqual(dotted(sorted.get("watchtower")?.[1] ?? [], frame).map(Math.round), [99, 50]);
  const near = boxAround(frame);
  assert.ok(touch([125, 40, 125.01, 40], near) && !touch([160, 40, 161, 40], near));
});

test("only the part of the line that a map shows is walked along", () => {
  const line: [number, number, number][] = [[124, 40, 0], [125, 40, 1000], [125, 41, 2000], [126, 41, 3000]];
  assert.deepEqual(seenAlong(line, [124.5, 39, 127, 40.5]), [[0, 2000]]);
  assert.deepEqual(seenAlong(line, [130, 39, 131, 42]), []);
});

test("dots of several sorts at one place stand side by side, and those of one sort on one another", () => {
  const at = (words: string): ReturnType<typeof thingOf> => thingOf(words.replace("PLACE", "125,41"));
  const things = [
    at("watchtower new confirmed 9000 9001 - - a -1 PLACE"),
    at("watchtower new confirmed 9000 9001 - - b -1 PLACE"),
    at("guard_post new confirmed 9000 9001 - - c -1 PLACE"),
    at("guard_post removed confirmed 9000 9001 - - d -1 PLACE"),
    at("guard_post new confirmed 9000 9001 - - e -1 125.1,41"),
  ];
  const frame: Frame = { view: { middle: [125, 41], each: 1000 }, width: 400, height: 300, narrow: 1 };
  const sorted = sortedOf(things);
  const of = (kind: string, isBuilt: boolean): number[] => dotted(sorted.get(kind)?.[isBuilt ? 1 : 0] ?? [], frame, 7);
  assert.deepEqual(of("watchtower", true), [200, 150]);
  assert.deepEqual(of("guard_post", true).map(Math.round), [207, 150, 300, 150]);
  assert.deepEqual(of("guard_post", false), [214, 150]);
});
