/** What the server sends and takes of samples; part of `types.ts`. */

export type SampleDesign = "stratified" | "systematic" | "simple" | "second" | "purposive";

/** What to plan: a number of stretches, or how narrow the answer shall be. */
export interface PlanQuery {
  n?: number | undefined;
  within_km?: number | undefined;
  length_m: number;
  design: SampleDesign;
  n_readers?: number;
}

export interface SampleBody {
  n?: number;
  within_km?: number;
  length_m?: number;
  design: SampleDesign;
  seed: number;
  /** Survey of which some is read a second time. */
  of?: string;
  /** A chosen area, and why it was chosen. */
  from_m?: number;
  to_m?: number;
  why?: string;
}

export interface PlanOption {
  n: number;
  /** Null where so few say nothing. */
  half_width_km: number | null;
  n_positive: number;
  hours: number;
}

export interface SamplePlan {
  design: SampleDesign;
  length_m: number;
  n_units: number;
  population_m: number;
  chosen: PlanOption;
  options: PlanOption[];
  parts: { name: string; n_units: number; size_m: number; n: number }[];
  seconds_each: number;
  n_readers: number;
  /** False where the share of stretches with something in them is not known. */
  is_known: boolean;
  assumed: string[];
  warnings: string[];
}

/** One number that a survey gives. */
export interface Figure {
  name: string;
  value: number | null;
  low: number | null;
  high: number | null;
  unit: string;
  basis: string;
  n: number;
  n_positive: number;
  wording: string;
  reason: string;
}

/** One drawing, and how far its reading is. */
export interface Survey {
  survey: string;
  design: SampleDesign;
  rule: string;
  length_m: number;
  population_m: number;
  n_units: number;
  n: number;
  n_read: number;
  /** Of those I am asked: how many there are, and how many I have read. */
  n_mine: number;
  n_read_mine: number;
  seed: number;
  of: string;
  why: string;
  /** Numbers; empty until every stretch is read, and while I have some of it to read. */
  figures: Figure[];
}
