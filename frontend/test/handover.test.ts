/** What the form for people at risk saves. */

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";

import { Decrypter, generateX25519Identity, identityToRecipient } from "age-encryption";
import { unzipSync } from "fflate";

import { endingOf, locked, newName, packed, type Answers } from "../src/handover/pack.ts";

const ANSWERS: Answers = {
  language: "ko",
  told: { what: "  새 울타리  ", where: "", how_known: "direct" },
  consent: ["retain", "analyse"],
  attribution: "off_record",
  embargoUntil: "",
  consentExpires: "2030-01-01",
};
const PHOTO = new Uint8Array([255, 216, 255, 1, 2, 3]);

test("every key of the vault opens the saved file, and another does not", async () => {
  const keys = [await generateX25519Identity(), await generateX25519Identity()];
  const zip = await packed(ANSWERS, [{ ending: ".jpg", bytes: PHOTO }]);
  const file = await locked(zip, await Promise.all(keys.map(identityToRecipient)));
  for (const key of keys) {
    const open = new Decrypter();
    open.addIdentity(key);
    assert.deepEqual(await open.decrypt(file), zip);
  }
  const stranger = new Decrypter();
  stranger.addIdentity(await generateX25519Identity());
  await assert.rejects(stranger.decrypt(file));
});

test("files go in untouched, under a number, and are named with their hash", async () => {
  const inside = unzipSync(await packed(ANSWERS, [{ ending: ".jpg", bytes: PHOTO }]));
  assert.deepEqual(Object.keys(inside).sort(), ["1.jpg", "handover.json"]);
  assert.deepEqual(inside["1.jpg"], PHOTO);
  const form = JSON.parse(new TextDecoder().decode(inside["handover.json"]));
  const sha256 = createHash("sha256").update(PHOTO).digest("hex");
  assert.deepEqual(form.files, [{ name: "1.jpg", sha256 }]);
  assert.equal(form.told.what, "새 울타리");
  assert.equal(form.told.contact, "");
  assert.deepEqual(form.consent, ["retain", "analyse"]);
});

test("the same answers give the same bytes, so no clock is in them", async () => {
  assert.deepEqual(await packed(ANSWERS, []), await packed(ANSWERS, []));
});

test("members are stored and dated 1980", async () => {
  const zip = await packed(ANSWERS, [{ ending: ".jpg", bytes: PHOTO }]);
  const view = new DataView(zip.buffer, zip.byteOffset);
  assert.equal(view.getUint16(8, true), 0, "stored");
  assert.equal(view.getUint16(12, true), 0x21, "1 January 1980");
  assert.equal(view.getUint16(10, true), 0, "midnight");
});

test("nothing is locked for one key alone", async () => {
  const key = await identityToRecipient(await generateX25519Identity());
  await assert.rejects(locked(PHOTO, [key]), /two/);
});

test("a name of a file keeps its ending only", () => {
  assert.equal(endingOf("Kim at home.JPG"), ".jpg");
  assert.equal(endingOf("no ending"), "");
  assert.equal(endingOf("odd.ending-of-something"), "");
});

test("the saved file has a random name", () => {
  const names = new Set(Array.from({ length: 50 }, newName));
  assert.equal(names.size, 50);
  for (const name of names) assert.match(name, /^handover-[a-z2-7]{8}\.age$/);
});
