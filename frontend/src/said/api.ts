/** The routes about claims, exhibits, sources and the vault; one function per route. */

import { get, part, post } from "../api.ts";
import type { Job, StepDone } from "../types.ts";
import type {
  Camera,
  CameraBody,
  Changes,
  ClaimFull,
  ClaimList,
  ClaimQuery,
  ClaimsAlong,
  ExhibitFull,
  ExhibitRow,
  ExhibitTerms,
  MatchBody,
  Near,
  NewKey,
  PlaceFound,
  SourceBody,
  SourceFull,
  SourceRow,
  Standing,
  ThingBody,
  Timeline,
  VaultState,
  Views,
  WhenRead,
  Words,
} from "./types.ts";

export const said = {
  words: () => get<Words>("/claims/words"),

  // what came in
  exhibits: () => get<ExhibitRow[]>("/exhibits"),
  exhibit: (ticket: string) => get<ExhibitFull>(`/exhibits/${part(ticket)}`),
  takeIn: (files: readonly File[], terms: ExhibitTerms) => post<Job>("/exhibits", formOf(files, terms)),
  read: (exhibits: readonly string[] = []) => post<Job>("/jobs", { kind: "read", exhibits: [...exhibits] }),
  match: () => post<Job>("/jobs", { kind: "match" }),

  // claims
  claims: (query: ClaimQuery = {}) => get<ClaimList>("/claims", { ...query }),
  claim: (ticket: string) => get<ClaimFull>(`/claims/${part(ticket)}`),
  near: (ticket: string) => get<Near[]>(`/claims/${part(ticket)}/near`),
  decide: (
    ticket: string,
    body: { standing?: Standing; changes?: Changes; note?: string; based_on: number },
  ) => post<ClaimFull>(`/claims/${part(ticket)}`, body),
  propose: (body: Changes & { exhibit: string; start?: number; end?: number; note?: string }) =>
    post<ClaimFull>("/claims", body),
  gradeClaim: (ticket: string, body: { credibility: number; reason: string; based_on: number }) =>
    post<ClaimFull>(`/claims/${part(ticket)}/grade`, body),
  matchBy: (ticket: string, body: MatchBody) => post<ClaimFull>(`/claims/${part(ticket)}/match`, body),
  along: () => get<ClaimsAlong>("/claims/along"),
  timeline: (query: { from_m?: number; to_m?: number } = {}) => get<Timeline>("/claims/timeline", { ...query }),
  places: (q: string, precision = "locality") => get<PlaceFound[]>("/claims/places", { q, precision }),
  when: (text: string, published: string) => get<WhenRead>("/when", { text, published }),

  // who speaks
  sources: () => get<SourceRow[]>("/sources"),
  source: (ticket: string) => get<SourceFull>(`/sources/${part(ticket)}`),
  addSource: (body: SourceBody) => post<SourceRow>("/sources", body),
  changeSource: (ticket: string, body: Partial<SourceBody> & { reason: string; based_on: number }) =>
    post<SourceRow>(`/sources/${part(ticket)}`, body),
  gradeSource: (ticket: string, body: { reliability: string; basis: string; based_on: number }) =>
    post<SourceRow>(`/sources/${part(ticket)}/grade`, body),
  withdraw: (ticket: string, confirm: string, reason: string) =>
    post<StepDone>(`/sources/${part(ticket)}/withdraw`, { confirm, reason }),
  identity: (ticket: string) => get<{ text: string; looked_at: string }>(`/sources/${part(ticket)}/identity`),

  // where photographs look
  views: (ticket: string) => get<Views>(`/exhibits/${part(ticket)}/views`),
  placeView: (ticket: string, body: CameraBody) => post<Views>(`/exhibits/${part(ticket)}/views`, body),
  statedCamera: (ticket: string) => get<Camera | null>(`/exhibits/${part(ticket)}/views/stated`),
  camera: (ticket: string, n: number) => get<Camera>(`/exhibits/${part(ticket)}/views/${n}/camera`),
  removeView: (ticket: string, n: number) => post<Views>(`/exhibits/${part(ticket)}/views/${n}/remove`),
  placeThing: (ticket: string, body: ThingBody) => post<Views>(`/exhibits/${part(ticket)}/things`, body),

  // the vault
  vault: () => get<VaultState>("/vault"),
  newKey: (passphrase: string) => post<NewKey>("/vault/keys", { passphrase }),
  makeVault: (folder: string, recipients: readonly string[]) =>
    post<VaultState>("/vault", { folder, recipients: [...recipients] }),
  unlock: (identity: string, passphrase: string) => post<VaultState>("/vault/unlock", { identity, passphrase }),
  lock: () => post<VaultState>("/vault/lock"),
  check: () => post<Job>("/vault/check"),
};

/** Address of the re-encoded working copy of a photograph. */
export function pictureOf(ticket: string): string {
  return `/api/exhibits/${part(ticket)}/picture`;
}

function formOf(files: readonly File[], terms: ExhibitTerms): FormData {
  const form = new FormData();
  for (const [name, value] of Object.entries(terms)) if (value) form.append(name, value);
  for (const file of files) form.append("files", file, file.name);
  return form;
}
