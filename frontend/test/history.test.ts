import assert from "node:assert/strict";
import { test } from "node:test";

import { addedWords, sectionsWords, tookWords } from "../src/pages/pastwords.ts";

test("numbers of sections that follow each other are joined", () => {
  assert.equal(sectionsWords([3, 1, 2, 7]), "1-3, 7");
  assert.equal(sectionsWords([]), "");
  assert.equal(sectionsWords([5]), "5");
  assert.equal(sectionsWords([1, 3, 5, 7, 9, 11, 13, 15]), "1, 3, 5, 7, 9, 11, …");
});

test("what a run added is told by kind, else as a number, else as nothing", () => {
  const rows = (n: number): string => `${n} rows`;
  assert.equal(addedWords({ kinds: { Look: 4, Scene: 2 }, n_added: 6 }, "none", rows), "4 Look, 2 Scene");
  assert.equal(addedWords({ kinds: {}, n_added: 6 }, "none", rows), "6 rows");
  assert.equal(addedWords({ kinds: {}, n_added: 0 }, "none", rows), "none");
});

test("a time that nobody knows is left out", () => {
  assert.equal(tookWords(null, String), "");
  assert.equal(tookWords(0, (s) => `${s} s`), "0 s");
});
