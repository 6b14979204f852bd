import assert from "node:assert/strict";
import { test } from "node:test";

import type { Case, EditionBody } from "../src/publish/api.ts";
import { parted, within } from "../src/publish/choose.ts";
import { diffCommand, freezeCommand, publishCommand, sheetCommand } from "../src/publish/commands.ts";
import { gateName, languageName, pageOf, publicationName, reportFile } from "../src/publish/names.ts";
import { tabOf } from "../src/publish/tabs.ts";

const GATES = ["numbers", "accepts", "sample", "wording", "claims", "licence", "picture", "photo", "embargo", "level"];

const copy = {
  what: "report", path: "", level: "public", edition: 0, made_at: "", languages: ["ko", "en"],
  files: [], n_bytes: 0, manifest_sha256: "",
}; // prettier-ignore

const empty: EditionBody = { note: "", day: "", why: {}, correct: {}, languages: [] };

function finding(id: string, kind: Case["kind"], start_m: number, end_m: number): Case {
  return { id, kind, change: "new", start_m, end_m };
}

test("a reason for a number that was wrong is a correction, and empty ones are not sent", () => {
  const typed = { fence_km: " counted twice ", posts: "", wall_km: "new images" };
  assert.deepEqual(parted(typed, new Set(["fence_km", "posts"])), {
    why: { wall_km: "new images" },
    correct: { fence_km: "counted twice" },
  });
});

test("findings are chosen by class and by kilometre, and all where nothing is asked", () => {
  const cases = [finding("a", "fence", 0, 900), finding("b", "wall", 1000, 2500), finding("c", "fence", 5000, 5001)];
  const ids = (kind: string, km: string): string => within(cases, kind, km).map(({ id }) => id).join("");
  assert.equal(ids("", ""), "abc");
  assert.equal(ids("fence", ""), "ac");
  assert.equal(ids("", "1..2"), "b");
  assert.equal(ids("", "0.5 - 1"), "ab");
  assert.equal(ids("fence", "4..6"), "c");
  assert.equal(ids("", "no stretch"), "abc");
});

test("every button has a command that a shell takes", () => {
  const body = { level: "public", languages: ["en", "ko"], parquet: true, overlays: false } as const;
  assert.equal(
    publishCommand({ ...body, languages: [...body.languages] }, "/p"),
    "vallum publish --language en --language ko --parquet --project /p",
  );
  assert.match(publishCommand({ level: "desk", languages: [], parquet: false, overlays: true }), /--level desk --to \S+ --overlays/);
  assert.equal(
    freezeCommand({ ...empty, note: "May's images", day: "2026-05-01", why: { fence_km: "two more" } }),
    "vallum publish --edition --note 'May'\\''s images' --day 2026-05-01 --why 'fence_km=two more'",
  );
  assert.equal(diffCommand("1", "", "/p"), "vallum diff 1 --project /p");
  assert.equal(diffCommand("1", "report"), "vallum diff 1 out/report");
  const wish = { findings: ["finding-a"], every: false, kind: null, km: "", level: "desk", language: "ko" } as const;
  assert.equal(sheetCommand({ ...wish, findings: [...wish.findings] }), "vallum sheet finding-a --level desk --language ko");
  assert.equal(sheetCommand({ ...wish, findings: [], every: true, level: "public", language: "" }), "vallum sheet --all");
});

test("every gate has a name in words; unknown ones keep the server's", () => {
  for (const gate of GATES) assert.notEqual(gateName(gate), gate, gate);
  assert.equal(gateName("something new"), "something new");
  assert.equal(pageOf("accepts"), "review");
  assert.equal(pageOf("numbers"), "");
});

test("publications, languages and parts of the page are found by name", () => {
  assert.equal(publicationName("3"), "Edition 3");
  assert.equal(publicationName(""), "what would be published now");
  assert.equal(languageName("ko"), "한국어");
  assert.equal(reportFile(copy, "ko"), "report.html");
  assert.equal(reportFile(copy, "en"), "en/report.html");
  assert.equal(tabOf("#/report"), "make");
  assert.equal(tabOf("#/report/editions"), "editions");
  assert.equal(tabOf("#/report/nothing"), "make");
});
