/** The routes about publishing; one function per route, with what they send and answer. */

import { get, part, post } from "../api.ts";
import type { Job, Kind } from "../types.ts";
import { language } from "../words.ts";

export type Level = "public" | "desk";

/** A file of a publication; `sha256` is empty where no list names it. */
export interface Taken {
  name: string;
  n_bytes: number;
  sha256: string;
}

/** A publication that lies in the project's folder; `edition` 0 is a draft. */
export interface Copy {
  what: string;
  path: string;
  level: string;
  edition: number;
  made_at: string;
  languages: string[];
  files: Taken[];
  n_bytes: number;
  manifest_sha256: string;
}

export interface Edition {
  number: number;
  day: string;
  level: string;
  languages: string[];
  note: string;
  manifest_sha256: string;
  n_reasons: number;
  n_corrections: number;
  is_whole: boolean;
}

export interface Publishing {
  report: Copy | null;
  desk: Copy | null;
  editions: Edition[];
  languages: string[];
  known_languages: string[];
  has_parquet: boolean;
  citation: string;
  /** Whether the report cites other names or terms than the settings do now. */
  is_cited_otherwise: boolean;
  settings: Record<string, string>;
  n_accepts: number;
}

export interface Gate {
  gate: string;
  what: string;
  n: number;
  why: string;
  way_out: string;
  is_hard: boolean;
}

/** What holds back; `gates` are older while they are checked anew, and null before the first time. */
export interface Gates {
  gates: Gate[] | null;
  is_checking: boolean;
}

/** A printed number that differs between two publications. */
export interface Change {
  name: string;
  label: string;
  was: string;
  now: string;
  difference: string;
  why: string[];
  /** Whether the ledger's reasons are enough, so that nobody has to write one. */
  is_explained: boolean;
  is_correction: boolean;
}

export interface Difference {
  a: string;
  b: string;
  changes: Change[];
  lines: string[];
}

export interface Case {
  id: string;
  kind: Kind;
  change: string;
  start_m: number;
  end_m: number;
}

/** Sheets of one level in one language. */
export interface Pile {
  what: string;
  level: Level;
  language: string;
  files: Taken[];
}

export interface Sheets {
  cases: Case[];
  piles: Pile[];
}

export interface PublishBody {
  level: Level;
  languages: string[];
  parquet: boolean;
  overlays: boolean;
}

export interface EditionBody {
  note: string;
  day: string;
  why: Record<string, string>;
  correct: Record<string, string>;
  languages: string[];
}

export interface SheetsBody {
  findings: string[];
  every: boolean;
  kind: Kind | null;
  km: string;
  level: Level;
  language: string;
}

export const press = {
  all: () => get<Publishing>("/publishing"),
  gates: (level: Level) => get<Gates>("/publishing/gates", { level, language: language() }),
  publish: (body: PublishBody) => post<Job>("/publishing", body),
  freeze: (body: EditionBody) => post<Job>("/publishing/editions", body),
  /** Two publications; against what would be published now if the second is empty. */
  changes: (a: string, b = "") => get<Difference>("/publishing/changes", { a, b, language: language() }),
  sheets: () => get<Sheets>("/publishing/sheets"),
  makeSheets: (body: SheetsBody) => post<Job>("/publishing/sheets", body),
};

/** Return the address of a file of a publication; of its report if none is named. */
export function fileOf(what: string, name = ""): string {
  return `/api/publishing/files/${part(what)}/${name.split("/").map(part).join("/")}`;
}

export const zipOf = (what: string): string => `/api/publishing/zip/${part(what)}`;
