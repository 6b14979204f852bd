/** What the server sends and takes about catalogues, screenshots, cues, shopping, land and dates. */

import type { Geometry } from "geojson";

import type { Kind, Stretch } from "../types.ts";

export type ShotState = "placed" | "looking" | "undated" | "waiting" | "skipped";
/** First and last possible day. */
export type Days = [string, string];

export interface Shot {
  id: string;
  name: string;
  state: ShotState;
  width_px: number;
  height_px: number;
  taken: Days | null;
  taken_from: string;
  credit: string;
  licence: string;
  may_publish: boolean;
  method: string;
  frame: string;
  n_points: number;
  n_agree: number;
  gsd_m: number | null;
  rotation_deg: number | null;
  tilt_deg: number | null;
  rmse_m: number | null;
  looking_only: string;
  why_not: string;
  by: string;
  scene: string;
  at_m: number | null;
}

/** Column, row, longitude, latitude. */
export type Point = [number, number, number, number];

export interface ShotFull {
  shot: Shot;
  points: Point[];
  near: [number, number] | null;
  next: string;
  before: string;
}

export interface ShotList {
  items: Shot[];
  counts: { state: ShotState; n: number }[];
}

export interface PointBody {
  column: number;
  row: number;
  lon: number;
  lat: number;
}

export interface Residuals {
  method: string;
  residual_m: (number | null)[];
  rmse_m: number | null;
  gsd_m: number | null;
  rotation_deg: number | null;
  tilt_deg: number | null;
  worst: number | null;
  outline: [number, number][];
  looking_only: string;
  why_not: string;
}

export interface Backdrop {
  scene: string;
  name: string;
  taken: string;
  gsd_m: number | null;
  credit: string;
  is_simulated: boolean;
  bounds: [number, number, number, number];
}

export interface Ground {
  /** Longitude, latitude, chainage. */
  line: [number, number, number][];
  images: Backdrop[];
}

// -- finding images ---------------------------------------------------------------------------

export interface CatalogueBody {
  url: string;
  collections: string[];
  when: string[];
  max_cloud: number | null;
  max_items: number;
  whole: boolean;
  licence: string;
  credit: string;
  may_publish: boolean;
  is_list: boolean;
}

export interface Preset {
  name: string;
  title: string;
  url: string;
  collections: string[];
  note: string;
}

/** One image that a catalogue has. */
export interface Listed {
  id: string;
  collection: string;
  taken: string;
  sensor: string;
  gsd_m: number | null;
  cloud_percent: number | null;
  bands: string[];
  licence: string;
}

export type What = "catalogue" | "fetch" | "capture-plan" | "cue" | "shop" | "terrain";

export interface LastDone {
  what: string;
  at: string;
  lines: string[];
  blocked: string[];
  facts: Record<string, unknown>;
  next: string;
}

export interface PlanBody {
  km: string;
  width_m: number;
  height_m: number;
  overlap: number;
}

export type Group = "capture-plan" | "cue" | "shopping";

export interface MadeFile {
  name: string;
  n_bytes: number;
  at: string;
}

export interface Cue {
  id: string;
  rank: number;
  start_m: number;
  end_m: number;
  score: number;
  along_m: number;
  off_m: number | null;
  since: Days | null;
  reasons: string[];
  series: string;
  n_dates: number;
  n_clear: number;
  clear_share: number;
  point: [number, number];
  shape: Geometry | null;
}

export type CellState = "found" | "nothing" | "blocked";

export interface Cell {
  start_m: number;
  end_m: number;
  state: CellState;
  score: number;
  why: string;
}

export interface CueList {
  extent: Stretch;
  line: [number, number][];
  items: Cue[];
  cells: Cell[];
  found_m: number;
  nothing_m: number;
  blocked_m: number;
  unlooked_m: number;
  series: string[];
}

export interface ShopBody {
  prices_name: string;
  prices: string;
  half_width_km: number;
  budget: number;
  kinds: Kind[];
}

export interface Shopping {
  columns: string[];
  rows: string[][];
  n_rows: number;
  made_at: string | null;
}

export interface Terrain {
  start_m: number;
  end_m: number;
  slope_deg: number | null;
  relief_m: number | null;
  river_width_m: number | null;
  obstacle: string;
  town: string;
  town_m: number | null;
  settled_share: number | null;
  land_cover: { name: string; share: number | null }[];
  stratum: string;
  sources: string[];
  blocked_by: string;
}

export interface TerrainList {
  items: Terrain[];
  strata: { stratum: string; length_m: number; n_sections: number }[];
  sources: string[];
  extent_m: number;
}

export type DayState = "used" | "looking" | "hidden" | "repeat" | "aside";

/** One image over one section. */
export interface DayShown {
  scene: string;
  name: string;
  first: string;
  last: string;
  state: DayState;
  clear_share: number | null;
  sensor: string;
  part_of: string;
  why: string;
}

export interface SectionDates {
  number: number;
  start_m: number;
  end_m: number;
  days: DayShown[];
  /** The longest time without a clear image, between the first and the last of them. */
  gap: Days | null;
  gap_days: number;
  n_repeats: number;
}

export interface Calendar {
  first: string | null;
  last: string | null;
  before: Days;
  after: Days;
  sections: SectionDates[];
  n_scenes: number;
  n_repeats: number;
  n_mosaics: number;
}
