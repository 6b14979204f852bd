/** What the server sends and takes; one interface per shape of the API. */

import type { Geometry } from "geojson";

export type * from "./sampletypes.ts";

export type Answer = "yes" | "no" | "cannot_tell";
export type Change = "new" | "extended" | "upgraded" | "replaced" | "removed" | "unchanged";
export type Kind =
  | "guard_post"
  | "watchtower"
  | "fence"
  | "double_fence"
  | "wall"
  | "patrol_road"
  | "cleared_strip"
  | "building";
export type Reason =
  | ""
  | "shadow"
  | "season"
  | "crop"
  | "misaligned"
  | "cloud"
  | "vehicle"
  | "existed_before"
  | "too_coarse"
  | "other";
export type Seen = "absent" | "present" | "not_observable";
/** How far something is built, as a person says it; "removed" follows from the dates. */
export type Stage = "" | "cleared" | "groundwork" | "partial" | "complete";
export type Mode = "triage" | "sheet" | "sweep" | "sample" | "disagreements" | "dating";
export type Role = "analyst" | "adjudicator" | "editor" | "keeper";
export type Side = "left" | "right";
export type View = "blink" | "swipe" | "side" | "before" | "after";
/** Metres along the border: from, to. */
export type Stretch = [number, number];

export interface ApiProblem {
  error: string;
  message: string;
  next: string;
}

// -- home -------------------------------------------------------------------------------------

export interface Me {
  name: string;
  role: Role;
  needs_name: boolean;
}

export interface KindInfo {
  key: string;
  kind: Kind;
  label: string;
  is_line: boolean;
  colour: string;
}

export interface ReasonInfo {
  /** "1".."6" with Shift; empty for those that only the mouse reaches. */
  key: string;
  reason: Reason;
}

export interface Section {
  number: number;
  start_m: number;
  end_m: number;
}

export interface Project {
  name: string;
  root: string;
  is_simulated: boolean;
  frontier: {
    name: string;
    length_m: number;
    left: string;
    right: string;
    start: string;
    end: string;
    source: string;
    credit: string;
    tolerance_m: number | null;
  };
  extent: Stretch;
  corridor: { left_m: number; right_m: number };
  sections: Section[];
  dates: { before: string; after: string };
  n_agree: number;
  counts: { scenes: number; candidates: number; verdicts: number; findings: number };
  next: string;
}

export interface Job {
  id: string;
  what: string;
  command: string;
  state: "running" | "done" | "failed" | "stopped";
  step: string;
  done: number;
  total: number;
  unit: string;
  started: string;
  seconds: number;
  lines: string[];
  blocked: string[];
  files: { name: string; ok: boolean; note: string }[];
  error: ApiProblem | null;
}

export interface State {
  version: string;
  python: string;
  project: Project | null;
  me: Me | null;
  kinds: KindInfo[];
  reasons: ReasonInfo[];
  job: Job | null;
  is_local: boolean;
}

export interface HomeList {
  cwd: string;
  projects: { root: string; name: string; is_simulated: boolean }[];
  frontiers: { name: string; title: string; length_m: number }[];
  /** Which walls around foreign files are missing on this machine; for the keeper. */
  notice: ("network" | "files" | "programs" | "limits")[];
}

export interface NewProjectBody {
  folder: string;
  name?: string;
  frontier: string;
  before: string;
  after: string;
  corridor_m: number;
  km?: string;
}

export interface ImageRow {
  id: string;
  name: string;
  taken: string | null;
  taken_from: string | null;
  sensor: string;
  gsd_m: number | null;
  off_nadir_deg: number | null;
  cloud_percent: number | null;
  licence: string;
  credit: string;
  may_publish: boolean;
  set_aside: string;
  epoch: string;
}

export interface ImageOptions {
  taken?: string;
  licence?: string;
  credit?: string;
  may_publish?: boolean;
  /** Path of a height model. */
  dem?: string;
}

export interface Setting {
  table: string;
  name: string;
  value: SettingValue;
  default: SettingValue;
  meaning: string;
  unit: string;
  type: string;
  is_frozen: boolean;
}
export type SettingValue = string | number | boolean | null | (string | number)[];

export interface SceneNote {
  scene: string;
  name: string;
  taken: string | null;
}

export interface Coverage {
  extent: Stretch;
  statuses: { status: string; label: string; length_m: number }[];
  sections: (Section & {
    before: SceneNote | null;
    after: SceneNote | null;
    seen_m: number;
    n_candidates: number;
    blocked_by: string;
  })[];
  stretches: { start_m: number; end_m: number; status: string }[];
}

export interface StripPlace {
  name: string;
  names: string[];
  at_m: number;
}

export interface Strip {
  extent: Stretch;
  bin_m: number;
  /** Share of each bin that both images show, 0..1. */
  seen: number[];
  lines: number[];
  posts: number[];
  /** Share of each bin that I have answered, 0..1. */
  answered: number[];
  places: StripPlace[];
}

export interface Place {
  name: string;
  names: Record<string, string>;
  lon: number;
  lat: number;
  at_m: number;
  off_m: number;
}

export interface ReportState {
  exists: boolean;
  path: string;
  made_at: string | null;
  is_stale: boolean;
}

// -- review -----------------------------------------------------------------------------------

export interface Item {
  ticket: string;
  kind: "candidate" | "frame" | "finding";
  span: Stretch;
  at_m: number;
  off_m: number;
  centre: [number, number];
  bearing_deg: number;
  length_m: number;
  category: Kind | null;
  change: Change | null;
  score: number | null;
  group: string;
  n_group: number;
  answer: Answer | null;
  is_flagged: boolean;
}

export interface Image {
  scene: string;
  name: string;
  role: "before" | "after" | "other";
  taken: [string | null, string | null];
  sensor: string;
  gsd_m: number | null;
  off_nadir_deg: number | null;
  sun_azimuth_deg: number | null;
  sun_elevation_deg: number | null;
  cloud_percent: number | null;
  fit: string;
  fit_v: number;
  shift_m: [number, number] | null;
  rmse_m: number | null;
  is_aligned: boolean;
  seen: Seen | null;
  mine: Seen | null;
  /** How far it is built there, as I said; empty where I did not. */
  stage: Stage;
  is_clear: boolean;
  why_not: string;
  credit: string;
}

export interface Verdict {
  ticket?: string;
  answer: Answer;
  category: Kind | null;
  change: Change | null;
  reason: Reason;
  shape: Geometry | null;
  at: string | null;
  seq?: number;
}

export interface Other {
  label: string;
  answer: Answer;
  category: Kind | null;
  change: Change | null;
  reason: Reason;
  shape: Geometry | null;
  is_contested: boolean;
}

export interface ItemFull extends Item {
  shape: Geometry | null;
  kinds: { kind: Kind; p: number }[] | null;
  flags: string[];
  evidence: number[] | null;
  /** The others of its group; in a frame, what I drew there myself. */
  group_shapes: { ticket: string; shape: Geometry; category: Kind | null }[];
  place: { name: string; names: Record<string, string>; side: string; side_name: string };
  /** Metres to show across the map. */
  zoom_m: number;
  /** The frontier around here, longitude and latitude. */
  border: [number, number][];
  images: Image[];
  before: string;
  after: string;
  based_on: number;
  mine: Verdict | null;
  others: Other[];
  ask: { scene: string; first_seen: string | null; last_absent: string | null } | null;
  remark: string;
}

export interface Queue {
  mode: Mode;
  is_blind: boolean;
  items: Item[];
  n_total: number;
  n_done: number;
  median_s: number | null;
  left_s: number | null;
  needs: string | null;
}

export interface QueueOptions {
  order?: "score" | "position";
  section?: number;
  like?: boolean;
}

/** One image that was on screen, and for how long. */
export interface Looked {
  scene: string;
  seconds: number;
}

export interface VerdictBody {
  ticket: string;
  mode: Mode;
  answer: Answer;
  category?: Kind;
  change?: Change;
  reason?: Reason;
  shape?: Geometry;
  looked: Looked[];
  seconds: number;
  at: string;
  based_on: number;
}

export interface VerdictResult {
  ticket: string;
  status: "saved" | "same" | "stale" | "refused";
  seq: number | null;
  based_on: number | null;
  message?: string | null;
  next?: string | null;
  theirs?: Verdict | null;
}

export interface DrawBody {
  shape: Geometry;
  category: Kind;
  change: Change;
  before: string;
  after: string;
  frame?: string;
  looked: Looked[];
  seconds: number;
  at: string;
  mode: Mode;
}

export interface FlagBody {
  ticket: string;
  text: string;
  is_flagged: boolean;
}

export interface DatingBody {
  ticket: string;
  scene: string;
  state: Seen;
  stage?: Stage;
  seconds: number;
  at: string;
}

export interface Progress {
  sections: (Section & { n: number; mine: number; done: boolean; who: string[] })[];
  mine: { n: number; median_s: number | null; today: number };
  all: { n: number; reviewed_once: number; settled: number };
}

export interface Presence {
  others: { name: string; section: number | null }[];
}

/** Agreement: shape decided by the server; the page prints what it finds. */
export interface AgreementHidden {
  hidden: true;
  why: string;
}
export type Agreement = AgreementHidden | ({ hidden?: false } & Record<string, unknown>);

export interface StepDone {
  lines: string[];
  blocked: string[];
  facts: Record<string, unknown>;
  next: string;
}

// -- what ran ---------------------------------------------------------------------------------

/** One execution of a step; `by` is told to the keeper only. */
export interface PastRun {
  run: string;
  step: string;
  at: string;
  by: string;
  seconds: number | null;
  n_added: number;
  kinds: Record<string, number>;
  blocked: { why: string; sections: number[]; length_m: number }[];
  how: "done" | "failed" | "stopped" | "unfinished";
  error: string;
  version: string;
}

// -- people -----------------------------------------------------------------------------------

export interface PersonRow {
  name: string;
  role: Role;
  is_active: boolean;
  has_joined: boolean;
  is_signed_in: boolean;
  last_seen: "never" | "now" | "day" | "week" | "earlier";
  link: "" | "open" | "over";
  sections: number[] | Stretch[];
}

/** Somebody looked at what is sealed. */
export interface SealedLook {
  at: string;
  by: string;
  what: "vault" | "source" | "paper" | "desk";
  code: string;
  paper: string;
  did: string;
}

// -- ribbons ----------------------------------------------------------------------------------

export interface RibbonItem {
  ticket?: string;
  at_m: number;
  off_m: number;
  category?: Kind | null;
  answer?: Answer | null;
}

export interface Ribbon {
  half_m: number;
  sigma_m: number;
  folded: Stretch[];
  items: RibbonItem[];
}
