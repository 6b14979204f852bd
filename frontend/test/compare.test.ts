import assert from "node:assert/strict";
import { test } from "node:test";

import { safeSwaps } from "../src/maps/blinker.ts";
import {
  fromMercator,
  mercator,
  metresPerPixel,
  panned,
  project,
  unproject,
  zoomedAt,
  zoomFor,
  type Camera,
} from "../src/maps/camera.ts";
import { dateWords } from "../src/days.ts";
import { early } from "../src/maps/early.ts";
import { Prefetcher } from "../src/maps/prefetch.ts";
import { scaleBar } from "../src/maps/scale.ts";
import { onScreen, SeenClock } from "../src/maps/seen.ts";
import { chipUrl, sameTiles, tilesIn, tileTemplate, tileUrl, tileUrls } from "../src/maps/tiles.ts";
import type { ItemFull } from "../src/types.ts";

const SIZE = { width: 1070, height: 480 };
const CAMERA: Camera = { lon: 129.6925067, lat: 42.3964257, zoom: 17.975, bearing: -30 };
const IMAGE = { scene: "scene a", fit: "f/1", fit_v: 3 };

function near(a: number, b: number, by: number): void {
  assert.ok(Math.abs(a - b) <= by, `${a} is not within ${by} of ${b}`);
}

test("a place goes to a pixel and back to the same place", () => {
  const place = unproject(CAMERA, SIZE, [12, 470]);
  const [x, y] = project(CAMERA, SIZE, place);
  near(x, 12, 1e-4);
  near(y, 470, 1e-4);
  const [lon, lat] = fromMercator(mercator([129.7, 42.4]));
  near(lon, 129.7, 1e-9);
  near(lat, 42.4, 1e-9);
});

test("the bearing points up and the border goes from left to right", () => {
  const north = project({ ...CAMERA, bearing: 0 }, SIZE, [CAMERA.lon, CAMERA.lat + 1e-4]);
  assert.ok(north[1] < SIZE.height / 2);
  near(north[0], SIZE.width / 2, 1e-4);
  // Border azimuth 90 - 30 = 60 degrees: a step along it moves to the right and not up or down.
  const step = 1e-5;
  const along = project(CAMERA, SIZE, [
    CAMERA.lon + (step * Math.sin(Math.PI / 3)) / Math.cos((CAMERA.lat * Math.PI) / 180),
    CAMERA.lat + step * Math.cos(Math.PI / 3),
  ]);
  assert.ok(along[0] > SIZE.width / 2 + 1);
  near(along[1], SIZE.height / 2, 0.01);
});

test("the zoom shows the wanted metres across", () => {
  const zoom = zoomFor(240, SIZE.width, 42.4);
  near(metresPerPixel({ ...CAMERA, lat: 42.4, zoom }) * SIZE.width, 240, 1e-6);
});

test("panning moves by pixels and zooming holds the place under the pointer", () => {
  const moved = panned(CAMERA, 100, -20);
  const [x, y] = project(moved, SIZE, [CAMERA.lon, CAMERA.lat]);
  near(x, SIZE.width / 2 - 100, 1e-3);
  near(y, SIZE.height / 2 + 20, 1e-3);
  const held = unproject(CAMERA, SIZE, [200, 100]);
  const closer = zoomedAt(CAMERA, SIZE, [200, 100], 1);
  const [hx, hy] = project(closer, SIZE, held);
  near(hx, 200, 1e-3);
  near(hy, 100, 1e-3);
  assert.equal(closer.zoom, CAMERA.zoom + 1);
});

test("the tiles of a turned view are those that MapLibre asks for", () => {
  // As `map.coveringTiles({tileSize: 256, maxzoom: 22, roundZoom: true})` of MapLibre 6.17 lists them.
  const listed = [
    "451019/193845", "451019/193846", "451020/193845", "451020/193846", "451020/193847",
    "451021/193844", "451021/193845", "451021/193846", "451021/193847", "451022/193843",
    "451022/193844", "451022/193845", "451022/193846", "451023/193843", "451023/193844",
    "451023/193845", "451023/193846", "451024/193844", "451024/193845",
  ]; // prettier-ignore
  const camera = { ...CAMERA, lon: LISTED[0], lat: LISTED[1], zoom: zoomFor(240, 1070, LISTED[1]) };
  const tiles = tilesIn(camera, SIZE);
  assert.ok(tiles.every((tile) => tile.z === 19));
  assert.deepEqual(tiles.map((tile) => `${tile.x}/${tile.y}`).sort(), listed.sort());
});

/** The centre of the item that the list was taken from: 750 m along azimuth 240 of (129.7, 42.4), 36 m off. */
const LISTED = ((): [number, number] => {
  const azimuth = Math.PI / 3;
  const [east, north] = [
    -750 * Math.sin(azimuth) + 36 * Math.cos(azimuth),
    -750 * Math.cos(azimuth) - 36 * Math.sin(azimuth),
  ];
  return [129.7 + east / (111_320 * Math.cos((42.4 * Math.PI) / 180)), 42.4 + north / 111_132];
})();

test("every corner of the view lies in one of its tiles, whatever the turn", () => {
  for (let bearing = -180; bearing < 180; bearing += 17) {
    const camera = { ...CAMERA, bearing };
    const tiles = new Set(tilesIn(camera, SIZE).map(({ x, y }) => `${x}/${y}`));
    for (const corner of [[1, 1], [1069, 1], [1, 479], [1069, 479], [535, 240]] as const) {
      const [x, y] = mercator(unproject(camera, SIZE, corner));
      assert.ok(tiles.has(`${Math.floor(x * 2 ** 19)}/${Math.floor(y * 2 ** 19)}`), `${bearing}`);
    }
  }
});

test("no tile is asked for beyond the deepest level", () => {
  assert.ok(tilesIn({ ...CAMERA, zoom: 22.9 }, SIZE).every((tile) => tile.z === 22));
});

test("the tile that is fetched early has the very address that the map asks for", () => {
  const template = tileTemplate(IMAGE, "http://127.0.0.1:7420");
  assert.equal(template, "http://127.0.0.1:7420/api/tiles/scene%20a/{z}/{x}/{y}?fit=f%2F1&v=3");
  const asked = template.replace("{z}", "19").replace("{x}", "5").replace("{y}", "6");
  assert.equal(tileUrl(IMAGE, { z: 19, x: 5, y: 6 }, "http://127.0.0.1:7420"), asked);
});

test("both images are fetched, from the middle outwards", () => {
  const other = { ...IMAGE, scene: "b" };
  const urls = tileUrls([IMAGE, other], CAMERA, SIZE);
  const [first] = tilesIn(CAMERA, SIZE);
  assert.ok(first);
  assert.equal(urls.length, 2 * tilesIn(CAMERA, SIZE).length);
  assert.equal(urls[0], tileUrl(IMAGE, first));
  assert.equal(urls[1], tileUrl(other, first));
});

test("another fit of the same scene is another picture", () => {
  assert.ok(sameTiles(IMAGE, { ...IMAGE }));
  assert.ok(!sameTiles(IMAGE, { ...IMAGE, fit_v: 4 }));
  assert.ok(!sameTiles(IMAGE, null));
  assert.ok(sameTiles(null, null));
});

test("a chip shows as many metres as the map", () => {
  const url = new URL(chipUrl(IMAGE, CAMERA, SIZE, "http://127.0.0.1"));
  assert.equal(url.pathname, "/api/chip/scene%20a");
  near(Number(url.searchParams.get("across_m")), metresPerPixel(CAMERA) * SIZE.width, 0.01);
  assert.equal(url.searchParams.get("bearing"), "-30.000");
  assert.equal(url.searchParams.get("width"), "1070");
});

test("what comes next is fetched in the order of the items, with the pair they begin with", () => {
  const images = [{ ...IMAGE, scene: "b" }, { ...IMAGE, scene: "a" }, { ...IMAGE, scene: "c" }];
  const items = ["first", "second"].map((ticket, i) => ({
    ...{ ticket, images, before: "a", after: "b" },
    centre: [129.7 + i / 100, 42.4],
  })) as unknown as ItemFull[];
  const at = (item: ItemFull): Camera => ({ ...CAMERA, lon: item.centre[0], lat: item.centre[1] });
  const urls = early(items, at, SIZE, false, "");
  const first = tileUrls([images[1]!, images[0]!], at(items[0]!), SIZE);
  assert.deepEqual(urls.slice(0, first.length), first);
  assert.ok(!urls.some((url) => url.startsWith("/api/tiles/c/")));
  assert.equal(early(items, at, SIZE, true, "").length, 4);
});

test("a prefetch fetches each address once and pauses when told", async () => {
  const asked: string[] = [];
  const fetcher = new Prefetcher((url) => {
    asked.push(url);
    return Promise.resolve({ ok: true, isKept: true });
  });
  fetcher.plan(["a", "b", "a", "c", "d"]);
  assert.deepEqual(asked, []);
  fetcher.resume();
  await settled(fetcher);
  fetcher.plan(["d", "e"]);
  await settled(fetcher);
  assert.deepEqual(asked, ["a", "b", "c", "d", "e"]);
});

test("nothing is fetched early where the server forbids keeping", async () => {
  const asked: string[] = [];
  const fetcher = new Prefetcher((url) => {
    asked.push(url);
    return Promise.resolve({ ok: true, isKept: false });
  });
  fetcher.resume();
  fetcher.plan(["a", "b", "c", "d", "e", "f", "g", "h"]);
  await new Promise((resolve) => setTimeout(resolve, 5));
  assert.ok(asked.length <= 3);
});

test("a server that is away ends this plan and not the next one", async () => {
  let isAway = true;
  const fetcher = new Prefetcher(() =>
    isAway ? Promise.reject(new TypeError("away")) : Promise.resolve({ ok: true, isKept: true }),
  );
  fetcher.resume();
  fetcher.plan(["a", "b", "c", "d", "e"]);
  await settled(fetcher);
  isAway = false;
  fetcher.plan(["a"]);
  await settled(fetcher);
  assert.equal(fetcher.left, 0);
});

async function settled(fetcher: Prefetcher): Promise<void> {
  for (let i = 0; i < 100 && fetcher.left > 0; i += 1) {
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  assert.equal(fetcher.left, 0);
}

test("the scale bar is the longest round length that fits", () => {
  assert.deepEqual(scaleBar(0.5), { length_m: 50, width_px: 100 });
  assert.equal(scaleBar(0.224).length_m, 20);
  assert.equal(scaleBar(1).length_m, 100);
  assert.equal(scaleBar(2).length_m, 200);
  assert.equal(scaleBar(20).length_m, 2000);
  for (let m = 0.01; m < 50; m *= 1.3) {
    const { width_px } = scaleBar(m);
    assert.ok(width_px <= 120 && width_px >= 48, `${m}: ${width_px}`);
  }
});

test("days and intervals are said in few words", () => {
  const interval = ["2019-05-02", "2019-09-30"] as const;
  assert.equal(dateWords(interval, "en"), "2 May to 30 Sep 2019");
  assert.equal(dateWords(["2019-12-30", "2020-01-04"], "en"), "30 Dec 2019 to 4 Jan 2020");
  assert.equal(dateWords(["2023-03-14T02:11:00Z", "2023-03-14"], "en"), "14 Mar 2023");
  assert.equal(dateWords([null, "2020-01-03"], "en"), "until 3 Jan 2020");
  assert.equal(dateWords(["2020-01-03", null], "en"), "since 3 Jan 2020");
  assert.equal(dateWords([null, null], "en"), "");
  assert.equal(dateWords(interval, "ko"), "2019년 5월 2일~9월 30일");
  assert.equal(dateWords(interval, "zh-Hans"), "2019年5月2日至9月30日");
});

test("an image is reported when it leaves the screen, with its seconds", () => {
  const told: [string, number][] = [];
  const clock = new SeenClock((scene, seconds) => told.push([scene, seconds]));
  clock.show(["a"], 1000);
  clock.show(["b"], 2500);
  clock.show(["a", "b"], 3000);
  assert.deepEqual(told, [["a", 1.5]]);
  clock.flush(4000);
  assert.deepEqual(told.slice(1), [["b", 1.5], ["a", 1]]);
  clock.show([], 4500);
  assert.deepEqual(told.slice(3), [["b", 0.5], ["a", 0.5]]);
});

test("a swipe shows both images until its border reaches an edge", () => {
  assert.deepEqual(onScreen("both", "a", "b", 50), ["a", "b"]);
  assert.deepEqual(onScreen("both", "a", "b", 0), ["b"]);
  assert.deepEqual(onScreen("both", "a", "b", 100), ["a"]);
  assert.deepEqual(onScreen("before", "a", "b", null), ["a"]);
  assert.deepEqual(onScreen("after", "a", "", null), []);
});

test("swapping by itself is never faster than three times a second", () => {
  assert.equal(safeSwaps(1.5), 1.5);
  assert.equal(safeSwaps(10), 3);
  assert.equal(safeSwaps(0), 0.2);
  assert.equal(safeSwaps(Number.NaN), 1.5);
});
