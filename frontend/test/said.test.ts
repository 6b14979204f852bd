import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

import messages from "vallum:messages";

import { axisOf, bracketOf, lanesOf, xOfDay, yearTicks } from "../src/said/axis.ts";
import { allOf, amount, changesOf, draftOf, emptyDraft, isChanged, unplaced, wrongIn } from "../src/said/draft.ts";
import { narrowed, nOn, NO_FILTER, queryOf } from "../src/said/filter.ts";
import { paragraphOf, pieces, Points, pointsBefore, sentenceAt, trimmed } from "../src/said/points.ts";
import { beside, nextProposed, readAction } from "../src/said/readkeys.ts";
import type { ClaimCard, Standing } from "../src/said/types.ts";

const OX = "\u{20bb7}"; // one character, two UTF-16 units

function claim(ticket: string, start: number, end: number, standing: Standing = "proposed"): ClaimCard {
  return {
    ticket, exhibit: "x", start, end, statement: "fence", subject: "fence", subject_label: "fence",
    change: "new", also: null, modality: "completed",
    quantity: { min: 2, max: 2, unit: "km", qualifier: "", as_stated: "two km" }, places: [], dates: [],
    attribution: "", access: "unknown", credibility: 6, credibility_basis: "", grade: "F6",
    handling: "green", embargo_until: null, is_under_embargo: false, standing, status: null,
    source: null, published: null, title: "", spans: [], at_m: null, n_agreeing: 0,
    n_contradicting: 0, n_findings: 0, is_by_machine: true, decided_by: "", decided_at: null,
    note: "", is_simulated: true, based_on: 7,
  }; // prettier-ignore
}

const press = (key: string, more: object = {}) => ({
  key, code: `Key${key.toUpperCase()}`, shiftKey: false, ctrlKey: false, altKey: false, metaKey: false, ...more,
}); // prettier-ignore

test("offsets count characters, not the units in which a browser stores them", () => {
  const text = new Points(`a${OX}b 철조망`);
  assert.equal(text.length, 7);
  assert.equal(text.slice(1, 3), `${OX}b`);
  assert.equal(text.slice(4, 7), "철조망");
  assert.equal(pointsBefore(`a${OX}b`, 3), 2);
});

test("a paragraph is cut where claims begin and end, and nothing of it is lost", () => {
  const cut = pieces([10, 40], [claim("a", 12, 20), claim("b", 15, 25), claim("c", 50, 60)]);
  assert.deepEqual(cut.map(({ start, end, tickets }) => [start, end, tickets.join("")]), [
    [10, 12, ""],
    [12, 15, "a"],
    [15, 20, "ab"],
    [20, 25, "b"],
    [25, 40, ""],
  ]);
});

test("a claim that runs over the end of a paragraph is marked in both", () => {
  const over = claim("a", 5, 15);
  assert.deepEqual(pieces([0, 10], [over]).at(-1), { start: 5, end: 10, tickets: ["a"], isLit: false });
  assert.deepEqual(pieces([11, 20], [over])[0], { start: 11, end: 15, tickets: ["a"], isLit: false });
});

test("the sentence around a claim is lit, and only it", () => {
  const text = new Points(`${OX} one. A fence stands. Rice.`);
  const lit = sentenceAt(text, [0, text.length], 9);
  assert.equal(text.slice(...lit), "A fence stands.");
  const cut = pieces([0, text.length], [claim("a", 9, 14)], lit);
  assert.deepEqual(cut.map(({ isLit }) => isLit), [false, true, true, true, false]);
});

test("a claim stands under the paragraph in which it begins", () => {
  const paragraphs: [number, number][] = [[0, 10], [12, 30]];
  assert.equal(paragraphOf(paragraphs, 5), 0);
  assert.equal(paragraphOf(paragraphs, 12), 1);
  assert.equal(paragraphOf(paragraphs, -1), -1);
});

test("white space at the ends of a selection is not part of a claim", () => {
  const text = new Points(`ab  ${OX} c  `);
  assert.deepEqual(trimmed(text, 2, 9), [4, 7]);
  assert.equal(trimmed(text, 2, 4), null);
});

test("only what differs is sent, so that the rest stays", () => {
  const card = claim("a", 0, 5);
  const draft = draftOf(card);
  assert.deepEqual(changesOf(card, draft), {});
  assert.equal(isChanged(card, draft), false);
  assert.deepEqual(changesOf(card, { ...draft, modality: "planned", change: "" }), { modality: "planned", change: null });
  const more = changesOf(card, { ...draft, max: "3,5" });
  assert.deepEqual(more, { quantity: { min: 2, max: 3.5, unit: "km", qualifier: "", as_stated: "two km" } });
  assert.equal(isChanged(card, { ...draft, note: "because" }), true);
});

test("numbers that cannot be meant are said, not sent", () => {
  assert.equal(amount(""), null);
  assert.equal(amount("1,5"), 1.5);
  assert.ok(Number.isNaN(amount("-1")));
  const draft = { ...draftOf(claim("a", 0, 1)), min: "4", max: "2" };
  assert.deepEqual(wrongIn(draft), ["max"]);
  assert.deepEqual(wrongIn(emptyDraft("green")), ["subject", "modality"]);
  assert.equal(allOf(emptyDraft("amber")).handling, "amber");
});

test("a place that cannot be found is a place without a stretch", () => {
  const place = unplaced("a village");
  assert.equal(place.span, null);
  assert.equal(place.precision, "unplaced");
});

test("a bracket covers its last day too, and an open end goes to the edge", () => {
  const axis = axisOf(["2019-04-01", "2020-06-01"], 100, 731);
  assert.ok(axis);
  assert.equal(xOfDay(axis, "2019-01-01"), 100);
  assert.equal(xOfDay(axis, "2020-12-31", true), 831);
  const month = bracketOf(axis, "2019-04-01", "2019-04-30");
  assert.deepEqual(month, { x: 190, width: 30, isOpenStart: false, isOpenEnd: false });
  const open = bracketOf(axis, "2020-01-01", null);
  assert.deepEqual(open, { x: 465, width: 366, isOpenStart: false, isOpenEnd: true });
  assert.equal(bracketOf(axis, null, null), null);
  assert.equal(axisOf([null], 0, 10), null);
});

test("a single day is wide enough to be seen, even at the end of the axis", () => {
  const axis = axisOf(["2000-01-01", "2020-12-31"], 0, 100);
  assert.ok(axis);
  const last = bracketOf(axis, "2020-12-31", "2020-12-31");
  assert.ok(last && last.width >= 3 && last.x + last.width <= 100.001);
});

test("years are written only where there is room", () => {
  const axis = axisOf(["2000-05-01", "2019-05-01"], 0, 200);
  assert.ok(axis);
  const found = yearTicks(axis);
  assert.equal(found[0]?.year, 2000);
  assert.ok(found.every(({ x }, i) => i === 0 || x - (found[i - 1]?.x ?? 0) >= 40));
});

test("bars that would touch lie in different lanes", () => {
  assert.deepEqual(lanesOf([[0, 10], [12, 20], [5, 15]]), [0, 0, 1]);
  assert.deepEqual(lanesOf([[0, 10], [11, 20]], 3), [0, 1]);
});

test("filters become a question to the server, and wrong kilometres become none", () => {
  assert.deepEqual(queryOf({ ...NO_FILTER, km: "1.5..3", subject: "fence" }), {
    from_m: 1500, to_m: 3000, standing: "", status: "", subject: "fence",
  }); // prettier-ignore
  assert.equal(queryOf({ ...NO_FILTER, km: "3..1" }), null);
  assert.equal(nOn({ ...NO_FILTER, km: " ", status: "unverified" }), 1);
});

test("a status that only approved claims have is not asked of others", () => {
  const proposed = narrowed(NO_FILTER, { standing: "proposed" });
  assert.equal(narrowed(proposed, { status: "corroborated" }).standing, "");
  assert.equal(narrowed({ ...NO_FILTER, status: "corroborated" }, { standing: "rejected" }).status, "");
  assert.equal(narrowed({ ...NO_FILTER, status: "corroborated" }, { standing: "approved" }).status, "corroborated");
});

test("one key is one decision, and none where keys are off or held down", () => {
  assert.equal(readAction(press("a"), false), "approve");
  assert.equal(readAction(press("ㅁ", { code: "KeyA" }), false), "approve");
  assert.equal(readAction(press("a"), true), null);
  assert.equal(readAction(press("a", { repeat: true }), false), null);
  assert.equal(readAction(press("n", { repeat: true }), false), "next");
  assert.equal(readAction(press("a", { ctrlKey: true }), false), null);
});

test("after a decision comes the next proposed claim, round the end", () => {
  const list = [claim("a", 0, 1), claim("b", 2, 3, "approved"), claim("c", 4, 5, "approved")];
  assert.equal(nextProposed(list, "c"), "a");
  assert.equal(nextProposed([claim("a", 0, 1, "approved")], "a"), "a");
  assert.equal(beside(list, "a", -1), "a");
  assert.equal(beside(list, "b", 1), "c");
});

test("what is sent as a reason is long enough in every language", () => {
  const keys = ["said.undo_note", ...["not_said", "not_here", "twice", "misread"].map((name) => `said.reject.${name}`)];
  for (const code of ["en", "ko", "zh-Hans"] as const) {
    for (const key of keys) assert.ok((messages[code][key] ?? "").length >= 10, `${key} in ${code}`);
  }
});

test("nothing about claims, papers or sources is kept in the browser", () => {
  const folder = join(process.env["VALLUM_FRONTEND"] ?? ".", "src", "said");
  for (const name of readdirSync(folder)) {
    const text = readFileSync(join(folder, name), "utf8");
    assert.doesNotMatch(text, /localStorage|sessionStorage|indexedDB|innerHTML|unsafeHTML/, name);
  }
});

test("a camera is sent only when it is whole, and of a thing only what its way needs", async () => {
  const { bearingTo, cameraBody, cone, metresTo, NO_CAMERA, NO_THING, placeAt, thingBody } = await import("../src/said/camera.ts");
  assert.equal(cameraBody(NO_CAMERA, 1), null);
  const body = cameraBody({ ...NO_CAMERA, point: "42.1, 128.4", bearing: "212,5" }, 2);
  assert.deepEqual([body?.lon, body?.lat, body?.bearing_deg, body?.number, body?.distance_m], [128.4, 42.1, 212.5, 2, null]);
  assert.equal(cameraBody({ ...NO_CAMERA, point: "142.1, 128.4", bearing: "1" }, 1), null);
  const at = thingBody({ ...NO_THING, way: "image", at: "42.1 128.4", distance: "9" }, 1);
  assert.deepEqual([at?.at, at?.distance_m, at?.on], [[128.4, 42.1], null, ""]);
  assert.equal(thingBody(NO_THING, 1), null);
  const there = placeAt([128.4, 42.1], 212.5, 400);
  assert.ok(Math.abs(metresTo([128.4, 42.1], there) - 400) < 0.01);
  assert.ok(Math.abs(bearingTo([128.4, 42.1], there) - 212.5) < 0.01);
  assert.deepEqual(cone([128.4, 42.1], 0, 60, 500)[0], [128.4, 42.1]);
});
