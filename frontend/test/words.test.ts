import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

import messages from "vallum:messages";

import { choose, has, number, setLanguage, t, when } from "../src/words.ts";

const ROOT = process.env["VALLUM_FRONTEND"] ?? ".";

function sources(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? sources(path) : path.endsWith(".ts") ? [path] : [];
  });
}

test("every message has words in every language, with the same values", () => {
  const slots = (text: string): string => [...text.matchAll(/\{(\w+)\}/g)].map((m) => m[1]).sort().join();
  for (const [key, english] of Object.entries(messages.en)) {
    if (key.endsWith("#one")) continue;
    for (const code of ["ko", "zh-Hans"] as const) {
      const text = messages[code][key];
      assert.ok(text, `${key} in ${code}`);
      assert.equal(slots(text), slots(english), `${key} in ${code}`);
    }
  }
});

test("every key that the page asks for by name exists", () => {
  const missing: string[] = [];
  for (const path of sources(join(ROOT, "src"))) {
    if (path.includes("/src/report/")) continue; // its words come with the report: tests/test_live.py
    for (const match of readFileSync(path, "utf8").matchAll(/\bt\(\s*"([^"]+)"/g)) {
      const key = match[1] ?? "";
      if (!has(key) && key !== "key") missing.push(`${key} in ${path.slice(ROOT.length)}`);
    }
  }
  assert.deepEqual(missing, []);
});

test("Korean and Chinese are not left in English", () => {
  const same = Object.keys(messages.en).filter((key) => {
    const english = messages.en[key] ?? "";
    const isWordy = /[a-z]{4,}/.test(english.replace(/\{\w+\}/g, "")) && english.includes(" ");
    return isWordy && (messages.ko[key] === english || messages["zh-Hans"][key] === english);
  });
  assert.deepEqual(same, []);
});

test("a browser gets the best of our languages", () => {
  assert.equal(choose(["ko-KR", "en"]), "ko");
  assert.equal(choose(["zh-TW", "en"]), "zh-Hans");
  assert.equal(choose(["fr", "de"]), "en");
});

test("values are filled in, one is one, and numbers are written the local way", () => {
  setLanguage("en");
  assert.equal(t("saved.kept", { n: 14 }), "14 decisions kept in this browser");
  assert.equal(t("saved.kept", { n: 1 }), "1 decision kept in this browser");
  assert.equal(number(12345.6, 1), "12,345.6");
  assert.equal(t("no.such.key"), "no.such.key");
});

test("dates are intervals and say what is not known", () => {
  setLanguage("en");
  assert.equal(when("2019-05-02", "2019-05-02"), "2 May 2019");
  assert.equal(when("2019-05-02", "2019-09-30"), "2 May to 30 Sep 2019");
  assert.equal(when(null, null), "date unknown");
  assert.equal(when(null, "2019-09-30"), "until 30 Sep 2019");
});
