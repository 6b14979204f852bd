import assert from "node:assert/strict";
import { test } from "node:test";

import { kappaRange } from "../src/pages/accord.ts";
import { fieldOf } from "../src/pages/beside.ts";
import { addCommand, asideCommand, newCommand, quote, verb } from "../src/pages/commands.ts";
import { lookWords, seenWords, stateOf } from "../src/pages/peoplelooks.ts";
import { numbersText, readNumbers } from "../src/pages/sectionlist.ts";
import { readValue, showValue, tomlLine } from "../src/pages/settingvalue.ts";
import { coefficient, fileSize, parseStretch, percent, secondsLeft } from "../src/pages/spell.ts";
import { summed } from "../src/pages/statuses.ts";
import {
  fromInput,
  inOrder,
  isHousekeeping,
  isImage,
  tidyPath,
  topFolder,
  walkEntry,
} from "../src/pages/walk.ts";
import { daysOf, overlap, parseWhen } from "../src/pages/when.ts";
import { figureName } from "../src/pages/surveys.ts";

const file = (name: string): File => new File(["x"], name);

function fileEntry(name: string): FileSystemEntry {
  const entry = {
    name,
    isFile: true,
    isDirectory: false,
    file: (done: (f: File) => void) => done(file(name)),
  };
  return entry as unknown as FileSystemEntry;
}

/** A folder that, like a browser's, hands out its entries in batches. */
function folderEntry(name: string, children: FileSystemEntry[], batch = 100): FileSystemEntry {
  const entry = {
    name,
    isFile: false,
    isDirectory: true,
    createReader: () => {
      let at = 0;
      return {
        readEntries: (done: (some: FileSystemEntry[]) => void) => {
          done(children.slice(at, at + batch));
          at += batch;
        },
      };
    },
  };
  return entry as unknown as FileSystemEntry;
}

test("a dropped folder is walked to its files, and each keeps its path", async () => {
  const folder = folderEntry("ORDER_0155", [
    fileEntry("a.tif"),
    folderEntry("GIS_FILES", [fileEntry("b.shp")]),
  ]);
  const found = await walkEntry(folder);
  assert.deepEqual(found.map(({ path }) => path), ["ORDER_0155/a.tif", "ORDER_0155/GIS_FILES/b.shp"]);
});

test("a folder of 250 files is read to the end although a browser hands out 100 at a time", async () => {
  const many = Array.from({ length: 250 }, (_, i) => fileEntry(`${String(i)}.tif`));
  assert.equal((await walkEntry(folderEntry("shots", many))).length, 250);
});

test("the computer's own files and hidden folders stay where they are", async () => {
  const folder = folderEntry("d", [
    fileEntry(".DS_Store"),
    fileEntry("Thumbs.db"),
    folderEntry("__MACOSX", [fileEntry("a.tif")]),
    fileEntry("a.tif"),
  ]);
  assert.deepEqual((await walkEntry(folder)).map(({ path }) => path), ["d/a.tif"]);
  assert.ok(isHousekeeping("d/.git/config"));
  assert.ok(!isHousekeeping("d/img.tif"));
});

test("a path that leads out of the folder is brought back into it", () => {
  assert.equal(tidyPath("../../etc/passwd"), "etc/passwd");
  assert.equal(tidyPath("\\\\share\\a\\b.tif"), "share/a/b.tif");
  assert.equal(tidyPath("/./a//b.tif"), "a/b.tif");
});

test("a name typed on a Mac is the same name as one typed elsewhere", () => {
  assert.equal(tidyPath("Hoeryo\u0306ng.tif"), "Hoery\u014fng.tif");
});

test("files of an input keep the folder that was chosen, and come in order, once", () => {
  const inside = file("a.tif");
  Object.defineProperty(inside, "webkitRelativePath", { value: "order/a.tif" });
  const got = fromInput([file("z.tif"), inside, file("z.tif")]);
  assert.deepEqual(got.map(({ path }) => path), ["order/a.tif", "z.tif"]);
});

test("the folder that everything lies in gives the drop its name", () => {
  const drop = inOrder([
    { path: "order/a.tif", file: file("a.tif") },
    { path: "order/x/b.tif", file: file("b.tif") },
  ]);
  assert.equal(topFolder(drop), "order");
  assert.equal(topFolder([...drop, { path: "c.tif" }]), "");
  assert.equal(topFolder([]), "");
});

test("images are told from their companions by the ending of the name", () => {
  assert.ok(isImage("a/B.TIF"));
  assert.ok(isImage("x.jp2"));
  assert.ok(!isImage("x.IMD"));
  assert.ok(!isImage("tif"));
  assert.ok(!isImage(".tif"));
});

test("a year, a month, a day and a range are read as the server reads them", () => {
  assert.deepEqual(parseWhen("2019"), { from: "2019-01-01", to: "2019-12-31" });
  assert.deepEqual(parseWhen(" 2020-02 "), { from: "2020-02-01", to: "2020-02-29" });
  assert.deepEqual(parseWhen("2023-03-14"), { from: "2023-03-14", to: "2023-03-14" });
  assert.deepEqual(parseWhen("2022..2023-06"), { from: "2022-01-01", to: "2023-06-30" });
  assert.deepEqual(parseWhen("2022/2023"), { from: "2022-01-01", to: "2023-12-31" });
});

test("what is no date says what is wrong with it", () => {
  assert.equal(parseWhen(""), "empty");
  assert.equal(parseWhen("spring 2019"), "no_date");
  assert.equal(parseWhen("2019-3"), "no_date");
  assert.equal(parseWhen("2019-02-30"), "no_day");
  assert.equal(parseWhen("2019-13"), "no_day");
  assert.equal(parseWhen("2019..2020..2021"), "too_many");
  assert.equal(parseWhen("2023..2019"), "backwards");
});

test("days are counted with both ends, and brackets that share a day overlap", () => {
  assert.equal(daysOf({ from: "2020-01-01", to: "2020-12-31" }), 366);
  assert.equal(daysOf({ from: "2020-01-01", to: "2020-01-01" }), 1);
  const a = { from: "2019-01-01", to: "2019-12-31" };
  assert.ok(overlap(a, { from: "2019-12-31", to: "2020-01-05" }));
  assert.ok(!overlap(a, { from: "2020-01-01", to: "2020-01-05" }));
});

test("time left is told only when the pace is known", () => {
  assert.equal(secondsLeft(10, 40, 20), 60);
  assert.equal(secondsLeft(0, 40, 20), null);
  assert.equal(secondsLeft(1, 40, 1), null);
  assert.equal(secondsLeft(5, 0, 20), null);
  assert.equal(secondsLeft(40, 40, 20), null);
});

test("a share that is not quite all is never shown as all", () => {
  assert.equal(percent(1, 1, "en"), "100%");
  assert.equal(percent(999_999, 1_000_000, "en"), "99.9%");
  assert.equal(percent(1, 1_000_000, "en"), "0.1%");
  assert.equal(percent(0, 10, "en"), "0%");
  assert.equal(percent(0, 0, "en"), "–");
});

test("a coefficient that is not known is a dash, never a zero", () => {
  assert.equal(coefficient(0.714, "en"), "0.71");
  assert.equal(coefficient(-0.05, "en"), "−0.05");
  assert.equal(coefficient(null, "en"), "–");
  assert.equal(coefficient(NaN, "en"), "–");
});

test("file sizes are told in the largest unit that fits", () => {
  assert.equal(fileSize(999, "en"), "999 byte");
  assert.equal(fileSize(1_500_000, "en"), "1.5 MB");
  assert.equal(fileSize(3_100_000_000, "en"), "3.1 GB");
});

test("a stretch is read with dots or a dash, and a backward one is refused", () => {
  assert.deepEqual(parseStretch("1004..1019"), { from_km: 1004, to_km: 1019 });
  assert.deepEqual(parseStretch("1004 - 1019.5"), { from_km: 1004, to_km: 1019.5 });
  assert.equal(parseStretch(""), "");
  assert.equal(parseStretch("20..10"), null);
  assert.equal(parseStretch("10"), null);
  assert.equal(parseStretch("a..b"), null);
});

test("a command quotes what a shell would take apart, and only that", () => {
  assert.equal(quote("a/b.tif"), "a/b.tif");
  assert.equal(quote("thin cloud"), "'thin cloud'");
  assert.equal(quote("it's"), `'it'\\''s'`);
  assert.equal(quote("$HOME;rm"), "'$HOME;rm'");
  assert.equal(quote("2022..2023"), "2022..2023");
});

test("every button's command is the one the command line knows", () => {
  assert.equal(verb("run", "/p/tumen"), "vallum run --project /p/tumen");
  assert.equal(
    newCommand({
      folder: "tumen", frontier: "prk-north", before: "2019", after: "2022..2023",
      corridor_m: 1000, km: "1004..1019",
    }),
    "vallum new tumen --frontier prk-north --before 2019 --after 2022..2023 --corridor-m 1000 " +
      "--km 1004..1019",
  );
  assert.equal(
    addCommand("ORDER 1", { taken: "", licence: "Maxar", credit: "© 2023", may_publish: true }),
    "vallum add 'ORDER 1' --licence Maxar --credit '© 2023' --may-publish",
  );
  assert.equal(
    asideCommand("a.tif", "thin cloud", false, "p"),
    "vallum set-aside a.tif --why 'thin cloud' --project p",
  );
  assert.equal(asideCommand("a.tif", "", true), "vallum set-aside a.tif --back");
});

test("the lengths of the statuses add up, and gaps stand last and are counted apart", () => {
  const found = summed([
    { status: "not_comparable", label: "", length_m: 353_000 },
    { status: "changed", label: "", length_m: 65_001 },
    { status: "not_examined", label: "", length_m: 1 },
    { status: "unchanged", label: "", length_m: 999_998 },
  ]);
  assert.equal(found.total_m, 1_418_000);
  assert.equal(found.not_comparable_m, 353_000);
  assert.equal(found.unknown_m, 353_001);
  assert.deepEqual(
    found.rows.map(({ status }) => status),
    ["changed", "unchanged", "not_examined", "not_comparable"],
  );
});

test("a complaint of the server is shown beside the field that it names or quotes", () => {
  const values = { folder: "tumen", before: "2019-13", after: "2019", corridor_m: "1000", km: "" };
  const say = (message: string): string => fieldOf({ error: "x", message, next: "" }, values);
  assert.equal(say("'2019-13': there is no such day; check month and day"), "before");
  assert.equal(say("corridor_m: must be 1 or more"), "corridor_m");
  assert.equal(say("--corridor-m 0 is too narrow"), "corridor_m");
  assert.equal(say("there is no line of that name"), "form");
  assert.equal(
    fieldOf({ error: "x", message: "`stretch_km` is no stretch", next: "" }, values, {
      km: ["stretch_km"],
    }),
    "km",
  );
});

test("sections are written as ranges and read back as the same numbers", () => {
  const known = Array.from({ length: 12 }, (_, i) => i + 1);
  assert.equal(numbersText([9, 1, 3, 2, 2]), "1-3, 9");
  assert.deepEqual(readNumbers("1-3, 9", known), [1, 2, 3, 9]);
  assert.deepEqual(readNumbers("", known), []);
  assert.equal(readNumbers("1-3, 13", known), "13");
  assert.equal(readNumbers("5-2", known), "5-2");
  assert.equal(readNumbers("all", known), "all");
});

test("what is typed into a setting becomes the kind of value it holds", () => {
  assert.equal(readValue(" 0,8 ", { value: 0.9, default: 0.9 }), 0.8);
  assert.equal(readValue("many", { value: 48, default: 48 }), "many");
  assert.equal(readValue("2019", { value: "2018", default: null }), "2019");
  assert.deepEqual(readValue("1, 2", { value: [3], default: [] }), [1, 2]);
  assert.equal(showValue([1, 2]), "1, 2");
  assert.equal(showValue(null), "");
  assert.equal(tomlLine({ table: "align", name: "search_px" }, 48), "[align] search_px = 48");
});

test("kappa of several pairs is told as its range, and pairs without one are left out", () => {
  assert.deepEqual(kappaRange([{ kappa: 0.8 }, { kappa: null }, { kappa: 0.7 }]), [0.7, 0.8]);
  assert.equal(kappaRange([{ kappa: null }]), null);
});

test("a number is named in words, with what kind of number it is", () => {
  assert.equal(figureName("border_km_changed_estimated"), "border with any change");
  assert.equal(figureName("barrier_km_double_fence_new_estimated"), "length of double fence, new");
  assert.equal(figureName("posts_extended_in_km_4_5.5"), "posts, extended");
  assert.equal(figureName("something_else"), "something else");
});

const person = {
  name: "ann",
  role: "analyst" as const,
  is_active: true,
  has_joined: true,
  is_signed_in: true,
  last_seen: "day" as const,
  link: "" as const,
  sections: [],
};

test("a person is in, signed out, invited, late or kept out, and never two of them", () => {
  assert.equal(stateOf(person, false), "in");
  assert.equal(stateOf({ ...person, is_signed_in: false }, false), "out");
  assert.equal(stateOf({ ...person, is_signed_in: false }, true), "in");
  assert.equal(stateOf({ ...person, is_signed_in: false, link: "open" }, false), "invited");
  assert.equal(stateOf({ ...person, is_signed_in: false, link: "over" }, false), "over");
  assert.equal(stateOf({ ...person, is_active: false, link: "open" }, false), "gone");
});

test("when somebody was seen is told in a few coarse words", () => {
  assert.equal(seenWords(person), "within a day");
  assert.equal(seenWords({ ...person, last_seen: "never" }), "–");
});

test("a look names who, what and when, and words that are not known stay as they are", () => {
  const look = { at: "2026-05-01T10:00:00Z", by: "ann", what: "source" as const, code: "abcd", paper: "", did: "looked at" };
  assert.equal(lookWords(look), "Looked at: source abcd");
  assert.equal(lookWords({ ...look, what: "vault", code: "", did: "key refused" }), "Could not open: the vault");
  assert.equal(lookWords({ ...look, what: "desk", code: "", did: "level partner" }), "the desk’s own fields: level partner");
});
