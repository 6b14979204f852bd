/** What the server sends and takes of claims, exhibits, sources and the vault. */

import type { Geometry } from "geojson";

import type { Change, Stretch } from "../types.ts";

export type Standing = "proposed" | "approved" | "rejected";
export type Status = "unverified" | "corroborated" | "contradicted" | "not_observable";
export type Relation = "supports" | "contradicts" | "not_observable";
export type Handling = "red" | "amber_strict" | "amber" | "green" | "clear";
export type Day = string;
type Bracket = [number, number];

export interface Word {
  value: string;
  label: string;
}

/** All words for selects; `is_visible` false: no image can show it. */
export interface Words {
  subjects: (Word & { is_visible: boolean })[];
  changes: Word[];
  modalities: Word[];
  precisions: Word[];
  accesses: Word[];
  standings: Word[];
  statuses: Word[];
  relations: Word[];
  methods: Word[];
  handlings: Word[];
  risks: Word[];
  voices: Word[];
  attributions: Word[];
  scopes: Word[];
  papers: Word[];
}

export interface SourceTold {
  ticket: string;
  label: string;
  voice: string;
  grade: string;
  described_as: string;
  is_protected: boolean;
}

export interface ExhibitRow {
  ticket: string;
  paper: string;
  title: string;
  name: string;
  language: string;
  url: string;
  published: Day | null;
  received: Day | null;
  source: SourceTold | null;
  handling: Handling;
  embargo_until: Day | null;
  is_under_embargo: boolean;
  is_protected: boolean;
  derived_from: string;
  derived_how: string;
  has_text: boolean;
  has_picture: boolean;
  is_locked: boolean;
  n_claims: Record<Standing, number>;
  sensitive: string[];
  cleared_by: string;
  is_simulated: boolean;
}

/** Offsets count characters (code points) of `text`, not UTF-16 units. */
export interface ExhibitFull extends ExhibitRow {
  text: string | null;
  why_no_text: "" | "locked" | "role" | "none" | "gone";
  message: string;
  paragraphs: Bracket[];
  claims: ClaimCard[];
  n_bytes: number;
  media_type: string;
  rights: string;
  captured: string;
  c2pa: string;
  redactions: string[];
  archived_urls: string[];
}

export interface Quantity {
  min: number | null;
  max: number | null;
  unit: string;
  qualifier: string;
  as_stated: string;
}

export interface Placed {
  name: string;
  as_stated: string;
  precision: string;
  span: Stretch | null;
  radius_m: number;
  country: string;
  side: "" | "left" | "right";
  is_near: boolean;
  rivals: string[];
  basis: string;
}

export interface Dated {
  expression: string;
  edtf: string;
  first: Day | null;
  last: Day | null;
}

export interface ClaimCard {
  ticket: string;
  exhibit: string;
  start: number;
  end: number;
  statement: string;
  subject: string;
  subject_label: string;
  change: Change | null;
  also: Change | null;
  modality: string;
  quantity: Quantity;
  places: Placed[];
  dates: Dated[];
  attribution: string;
  access: string;
  credibility: number;
  credibility_basis: string;
  grade: string;
  handling: Handling;
  embargo_until: Day | null;
  is_under_embargo: boolean;
  standing: Standing;
  status: Status | null;
  source: SourceTold | null;
  published: Day | null;
  title: string;
  spans: Stretch[];
  at_m: number | null;
  n_agreeing: number;
  n_contradicting: number;
  n_findings: number;
  is_by_machine: boolean;
  decided_by: string;
  decided_at: string | null;
  note: string;
  is_simulated: boolean;
  based_on: number;
}

export interface MatchTold {
  about_kind: "claim" | "finding" | "comparison" | "nothing";
  about: string;
  label: string;
  relation: Relation;
  method: string;
  spans: Stretch[];
  rationale: string;
  by: string;
  at: string | null;
  is_by_machine: boolean;
}

export interface Weighing {
  status: Status;
  why: string;
  supports: MatchTold[];
  /** Shows a part of it only; corroborates nothing. */
  in_part: MatchTold[];
  contradicts: MatchTold[];
  not_observable: MatchTold[];
  origins: string[];
  agreeing: ClaimCard[];
  contradicting: ClaimCard[];
}

export interface ClaimFull extends ClaimCard {
  quote: { before: string; text: string; after: string } | null;
  weighing: Weighing | null;
  history: { at: string; by: string; standing: Standing; credibility: number; note: string }[];
}

/** What is left out stays as it is. */
export interface Changes {
  statement?: string;
  subject?: string;
  change?: Change | null;
  also?: Change | null;
  modality?: string;
  quantity?: Quantity;
  places?: Placed[];
  dates?: Dated[];
  attribution?: string;
  access?: string;
  handling?: Handling;
  embargo_until?: Day | null;
}

export interface ClaimQuery {
  from_m?: number;
  to_m?: number;
  standing?: Standing | "";
  status?: Status | "";
  subject?: string;
  exhibit?: string;
  unplaced?: boolean;
  limit?: number;
  offset?: number;
}

export interface ClaimList {
  items: ClaimCard[];
  n_total: number;
  standings: Record<Standing, number>;
  statuses: Record<Status, number>;
  subjects: { subject: string; label: string; n: number }[];
  n_unplaced: number;
}

export interface Along {
  ticket: string;
  statement: string;
  subject: string;
  subject_label: string;
  modality: string;
  standing: Standing;
  status: Status | null;
  spans: Stretch[];
  at_m: number | null;
  line: Geometry;
  point: [number, number];
  precision: string;
  is_under_embargo: boolean;
  is_simulated: boolean;
}

export interface ClaimsAlong {
  extent: Stretch;
  /** The whole line, where the server tells it. */
  border?: Geometry | null;
  items: Along[];
  n_unplaced: number;
}

export interface Timeline {
  first: Day | null;
  last: Day | null;
  /** Findings there are; of very many only some are sent, evenly along the border. */
  n_findings: number;
  claims: {
    ticket: string;
    statement: string;
    subject: string;
    subject_label: string;
    modality: string;
    standing: Standing;
    status: Status | null;
    first: Day | null;
    last: Day | null;
    published: Day | null;
    at_m: number | null;
  }[];
  findings: {
    ticket: string;
    category: string;
    label: string;
    change: string;
    at_m: number;
    span: Stretch;
    last_absent: Day | null;
    first_seen: Day | null;
    is_dated: boolean;
  }[];
  series: {
    name: string;
    title: string;
    unit: string;
    kind: "series" | "event";
    credit: string;
    points: { first: Day; last: Day; value: number | null; label: string }[];
  }[];
  /** What is wrong with the table of context; empty where nothing is. */
  problem?: string;
}

export interface PlaceFound {
  placed: Placed;
  lon: number | null;
  lat: number | null;
  at_m: number | null;
  off_m: number | null;
  within_m: number;
  kind: string;
  names: Record<string, string>;
}

export interface Near {
  about_kind: "finding" | "claim";
  about: string;
  label: string;
  span: Stretch | null;
  first: Day | null;
  last: Day | null;
  distance_m: number;
}

export interface WhenRead {
  text: string;
  is_understood: boolean;
  expression: string;
  edtf: string;
  first: Day | null;
  last: Day | null;
  message: string;
}

export interface MatchBody {
  about_kind: "finding" | "claim" | "nothing";
  about: string;
  relation: Relation;
  method: string;
  rationale: string;
  is_withdrawn?: boolean;
}

/** A file's terms, as they are sent with it. */
export interface ExhibitTerms {
  source: string;
  paper?: string;
  published?: string;
  title?: string;
  url?: string;
  language?: string;
  handling?: string;
  embargo_until?: string;
  rights?: string;
  derived_from?: string;
  derived_how?: string;
  how?: string;
}

export interface SourceRow {
  ticket: string;
  code: string;
  voice: string;
  name: string;
  reliability: string;
  reliability_basis: string;
  attribution: string;
  described_as: string;
  consent: string[];
  consent_given: Day | null;
  consent_method: string;
  consent_expires: Day | null;
  consent_withdrawn: Day | null;
  risk: string;
  is_protected: boolean;
  origin: string;
  handling: Handling;
  has_identity: boolean;
  n_exhibits: number;
  n_claims: number;
  is_simulated: boolean;
  based_on: number;
}

export interface SourceFull extends SourceRow {
  history: { at: string; by: string; reliability: string; reliability_basis: string; risk: string; handling: string }[];
  custody: { at: string; by: string; event: string; outcome: string }[];
}

export interface SourceBody {
  voice: string;
  name?: string;
  reliability?: string;
  reliability_basis?: string;
  attribution?: string;
  described_as?: string;
  consent?: string[];
  consent_given?: Day | null;
  consent_method?: string;
  consent_expires?: Day | null;
  risk?: string;
  origin?: string;
  handling?: string;
  identity?: string;
}

export interface VaultState {
  exists: boolean;
  is_connected: boolean;
  folder: string;
  n_recipients: number;
  recipients: string[];
  n_files: number;
  last_check: { at: string; by: string; outcome: string } | null;
  is_unlocked: boolean;
  is_mine: boolean;
  locks_in_s: number | null;
  problem: string;
}

export interface NewKey {
  recipient: string;
  identity: string;
  file_name: string;
}

// -- where photographs look -------------------------------------------------------------------

export type Way = "crossing" | "line" | "distance" | "image";

/** Where a thing stands that a picture shows; of a hidden source without a point. */
export interface ThingTold {
  number: number;
  kind: string | null;
  point: [number, number] | null;
  start_m: number | null;
  end_m: number | null;
  precision_m: number | null;
  method: string;
  by: string;
  is_coarse: boolean;
}

/** What is placed of a picture; nothing of what its views say. */
export interface Views {
  is_picture: boolean;
  is_film: boolean;
  why_not: string;
  has_vault: boolean;
  is_open: boolean;
  numbers: number[];
  things: ThingTold[];
  others: { ticket: string; title: string; number: number }[];
  lines: { ticket: string; kind: string; start_m: number; end_m: number }[];
  n_taken_back: number;
}

/** Where a camera stood; asked for by the keeper alone, held in memory while it is shown. */
export interface Camera {
  lon: number;
  lat: number;
  bearing_deg: number | null;
  fov_deg: number | null;
  distance_m: number | null;
  error_m: number | null;
  bearing_error_deg: number | null;
}

export interface CameraBody {
  number: number;
  lon: number;
  lat: number;
  bearing_deg: number;
  fov_deg: number;
  distance_m: number | null;
  error_m: number;
  bearing_error_deg: number;
}

export interface ThingBody {
  way: Way;
  number: number;
  kind: string | null;
  beside: { ticket: string; number: number }[];
  on: string;
  distance_m: number | null;
  error_m: number;
  at_share: number;
  at: [number, number] | null;
}
