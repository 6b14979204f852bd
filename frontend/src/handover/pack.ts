/**
 * What the form saves: one age file, locked to the vault, with a ZIP inside.
 *
 * The format is told in docs/how-to/take-in-reports-and-photos.md; nothing here touches the network
 * or the disk, and the files go in as they are.
 */

import { Encrypter } from "age-encryption";
import { zipSync, type Zippable } from "fflate";

export const MOST_FILES = 199;
export const MOST_BYTES = 500 * 1024 * 1024;
/** The earliest time a ZIP can hold, for all: when it was packed is nobody's business. */
const NO_TIME = new Date(1980, 0, 1);
const LETTERS = "abcdefghijklmnopqrstuvwxyz234567";

export const TOLD = ["what", "where", "when", "how_known", "describe_as", "dangers", "contact", "other"] as const;
export type Told = Partial<Record<(typeof TOLD)[number], string>>;
export const SCOPES = ["retain", "analyse", "share_partners", "publish_text", "publish_media", "legal"] as const;
export type Scope = (typeof SCOPES)[number];

export interface Answers {
  language: string;
  told: Told;
  consent: readonly Scope[];
  attribution: string;
  embargoUntil: string;
  consentExpires: string;
}

/** A picked file; `ending` is its lower-case ending with the dot, or empty. */
export interface Picked {
  ending: string;
  bytes: Uint8Array;
}

/** Return the ending of a name, if it is one that says what the file is and nothing else. */
export function endingOf(name: string): string {
  const found = /\.([a-z0-9]{1,8})$/.exec(name.toLowerCase());
  return found ? `.${found[1]}` : "";
}

/** Return a name for the saved file: random, with no date, no place and no name in it. */
export function newName(): string {
  const letters = crypto.getRandomValues(new Uint8Array(8));
  return `handover-${Array.from(letters, (n) => LETTERS[n % 32]).join("")}.age`;
}

async function sha256(bytes: Uint8Array): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes as BufferSource));
  return Array.from(digest, (n) => n.toString(16).padStart(2, "0")).join("");
}

/** Return the ZIP that lies inside. */
export async function packed(answers: Answers, files: readonly Picked[]): Promise<Uint8Array> {
  const members: Zippable = {};
  const listed = [];
  for (const [index, file] of files.entries()) {
    const name = `${index + 1}${file.ending}`;
    listed.push({ name, sha256: await sha256(file.bytes) });
    members[name] = file.bytes;
  }
  const told = Object.fromEntries(TOLD.map((key) => [key, (answers.told[key] ?? "").trim()]));
  const form = {
    form_version: "1",
    language: answers.language,
    told,
    consent: [...answers.consent],
    attribution: answers.attribution,
    embargo_until: answers.embargoUntil,
    consent_expires: answers.consentExpires,
    files: listed,
  };
  const words = new TextEncoder().encode(JSON.stringify(form));
  return zipSync({ "handover.json": words, ...members }, { level: 0, mtime: NO_TIME });
}

/** Return the file to hand over: only the owners of the recipients' keys can open it. */
export async function locked(zip: Uint8Array, recipients: readonly string[]): Promise<Uint8Array> {
  if (recipients.length < 2) throw new Error("fewer than two recipients");
  const lock = new Encrypter();
  for (const recipient of recipients) lock.addRecipient(recipient);
  return lock.encrypt(zip);
}
