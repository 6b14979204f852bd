import assert from "node:assert/strict";
import { test } from "node:test";

import { crowded, onePerPlace } from "../src/line/chip.ts";
import { Judge } from "../src/judge.ts";
import { acrossOf, sidesOf } from "../src/maps/across.ts";
import { zoomFor } from "../src/maps/camera.ts";
import type { Outbox, Parcel } from "../src/outbox.ts";
import { readKm } from "../src/pages/areaform.ts";
import { readSample } from "../src/pages/sampleform.ts";
import { keyOf } from "../src/shelf.ts";
import { Sitting } from "../src/sitting.ts";
import type { Image, ItemFull, KindInfo, Mode, Project, Queue } from "../src/types.ts";

const LINE = { type: "LineString" as const, coordinates: [[129.7, 42.4], [129.71, 42.4]] };
const KINDS = [
  { kind: "guard_post", key: "1", is_line: false },
  { kind: "fence", key: "3", is_line: true },
  { kind: "wall", key: "5", is_line: true },
] as KindInfo[];

function item(over: Partial<ItemFull>): ItemFull {
  return {
    ...{ ticket: "t", kind: "candidate", category: "guard_post", change: "new", answer: null },
    ...{ at_m: 100, mine: null, group_shapes: [], before: "a", after: "b", based_on: 7, zoom_m: 200 },
    ...{ centre: [129.7, 42.4], bearing_deg: 0, images: [] },
    ...over,
  } as ItemFull;
}

/** A person at one thing, and what they sent. */
async function at(thing: ItemFull, mode: Mode = "triage"): Promise<{ judge: Judge; sent: Parcel[] }> {
  const queue = { mode, items: [thing], n_total: 1, n_done: 0 } as unknown as Queue;
  const sitting = new Sitting(mode, { queue: async () => queue, item: async () => thing });
  await sitting.load();
  const sent: Parcel[] = [];
  const outbox = { put: (parcel: Parcel) => `e${sent.push(parcel)}`, take: () => true } as unknown as Outbox;
  const judge = new Judge({ sitting, outbox, project: "p", kinds: KINDS });
  judge.meet(sitting.current);
  return { judge, sent };
}

test("what is drawn beside a candidate leaves the class of the candidate as it was", async () => {
  const { judge, sent } = await at(item({}));
  judge.draw("line");
  assert.equal(judge.category, null);
  judge.drawn(LINE);
  judge.classify("fence");
  assert.equal(judge.category, "guard_post");
  judge.choose("new");
  assert.deepEqual(
    sent.map(({ kind, body }) => [kind, (body as { category?: string }).category]),
    [["draw", "fence"], ["verdict", "guard_post"]],
  );
});

test("a class chosen for a drawing that is given up is not kept for the candidate", async () => {
  const { judge } = await at(item({ category: "fence" }));
  judge.draw("line");
  judge.classify("wall");
  assert.equal(judge.category, "wall");
  judge.cancel();
  assert.equal(judge.category, "fence");
});

test("in a stretch the next drawing is of the same class", async () => {
  const { judge, sent } = await at(item({ kind: "frame", category: null, change: null }));
  judge.draw("line");
  judge.classify("wall");
  judge.drawn(LINE);
  judge.draw("line");
  judge.drawn(LINE);
  assert.deepEqual(sent.map(({ body }) => (body as { category?: string }).category), ["wall", "wall"]);
});

test("a stretch is shown as wide as the corridor, as long as what is looked for stays sharp", () => {
  const size = { width: 1000, height: 400 };
  const corridor = { left_m: 100, right_m: 150 };
  const images = [{ scene: "a", gsd_m: 0.5 }, { scene: "b", gsd_m: 0.7 }] as Image[];
  const frame = item({ kind: "frame", images });
  assert.equal(acrossOf(frame, size, corridor), 750);
  assert.equal(acrossOf(frame, size, { left_m: 1000, right_m: 1000 }), 1000);
  assert.equal(acrossOf(item({ kind: "frame", images, zoom_m: 1300 }), size, corridor), 1300);
  assert.equal(acrossOf(item({ images }), size, corridor), 200);
  const camera = { lon: 129.7, lat: 42.4, bearing: 0, zoom: zoomFor(750, 1000, 42.4) };
  const sides = sidesOf(camera, size, frame);
  assert.ok(Math.abs(sides.left_m - 150) < 0.5 && Math.abs(sides.right_m - 150) < 0.5);
});

test("rings that lie on each other are told from those that stand free", () => {
  assert.deepEqual(crowded([{ x: 0, y: 0 }, { x: 10, y: 0 }, { x: 40, y: 0 }], 14), [true, true, false]);
  assert.deepEqual(crowded([], 14), []);
});

test("a thing that is asked twice has one ring, like all others", () => {
  const twice = [
    { ticket: "a", at_m: 10, off_m: 2.5, answer: null },
    { ticket: "b", at_m: 10, off_m: 2.5, answer: "yes" as const },
    { ticket: "c", at_m: 11, off_m: 2.5, answer: null },
    { ticket: "d", at_m: 10, off_m: 2.5, answer: null },
  ];
  const tickets = (current: string): string[] => onePerPlace(twice, current).map((one) => one.ticket);
  assert.deepEqual(tickets(""), ["b", "c"]);
  assert.deepEqual(tickets("a"), ["a", "c"]);
  assert.deepEqual(tickets("d"), ["d", "c"]);
});

test("a sample is asked for by its goal, and what is no number is named", () => {
  const typed = { goal: "count", within_km: "", n: "30", length_m: " 200 ", design: "simple", seed: "1", n_readers: "2" } as const;
  const rest = { length_m: 200, design: "simple", seed: 1, n_readers: 2 };
  assert.deepEqual(readSample(typed), { n: 30, ...rest });
  assert.deepEqual(readSample({ ...typed, goal: "within", within_km: "2,5" }), { within_km: 2.5, ...rest });
  assert.deepEqual(readSample({ ...typed, goal: "within", within_km: "0" }), ["within_km"]);
  assert.deepEqual(readSample({ ...typed, n: "0", seed: "-1" }), ["n", "seed"]);
  assert.deepEqual(readSample({ ...typed, length_m: "2.5" }), ["length_m"]);
});

test("kilometres along the border are read to the metre", () => {
  assert.deepEqual([readKm("12.5"), readKm(" 3,25 "), readKm("0")], [12_500, 3_250, 0]);
  assert.deepEqual([readKm(""), readKm("-1"), readKm("1e3"), readKm("1.23456")], [null, null, null, null]);
});

test("a yes without a drawing is asked what runs along all of the stretch", async () => {
  const { judge, sent } = await at(item({ kind: "frame", category: null, change: null }), "sample");
  judge.choose("new");
  assert.deepEqual(judge.wanted, { what: "stretch", choice: "new" });
  judge.classify("guard_post");
  assert.equal(sent.length, 0, "a post runs along nothing");
  judge.classify("wall");
  assert.deepEqual(
    sent.map(({ kind, body }) => [kind, (body as { category?: string }).category]),
    [["verdict", "wall"]],
  );
});

test("what was drawn in an earlier sitting counts, and can be taken back", async () => {
  const drawn = [{ ticket: "d", shape: LINE, category: "fence" as const }];
  const { judge, sent } = await at(item({ kind: "frame", category: null, change: null, group_shapes: drawn }), "sample");
  assert.equal(judge.nDrawn, 1);
  assert.ok(judge.undo());
  assert.deepEqual(sent, [{ kind: "undo", body: { ticket: "d" } }]);
  assert.equal(judge.nDrawn, 0);
  assert.deepEqual(judge.item?.group_shapes, []);
});

test("this browser knows a project by its folder, or by its name where the folder is not told", () => {
  assert.equal(keyOf({ root: "/x/y", name: "y" } as Project), "/x/y");
  assert.equal(keyOf({ root: "", name: "y" } as Project), "y");
  assert.equal(keyOf(null), "");
});
