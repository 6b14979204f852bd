/** Which claims a list shows; written into the address, so that a link brings it back. */

import { parseStretch } from "../pages/spell.ts";
import type { ClaimQuery, Standing, Status } from "./types.ts";

export const STANDINGS = ["proposed", "approved", "rejected"] as const;
export const STATUSES = ["corroborated", "contradicted", "not_observable", "unverified"] as const;

export interface Filter {
  standing: Standing | "";
  status: Status | "";
  subject: string;
  /** Kilometres as typed: `12..13`. */
  km: string;
}

export const NO_FILTER: Filter = { standing: "", status: "", subject: "", km: "" };

/** Return what to ask the server for; null where the kilometres cannot be read. */
export function queryOf(filter: Filter): ClaimQuery | null {
  const stretch = parseStretch(filter.km);
  if (stretch === null) return null;
  const along = stretch === "" ? {} : {
    from_m: Math.round(stretch.from_km * 1000),
    to_m: Math.round(stretch.to_km * 1000),
  }; // prettier-ignore
  return { ...along, standing: filter.standing, status: filter.status, subject: filter.subject };
}

/** Return how many filters are on. */
export function nOn(filter: Filter): number {
  return Object.values(filter).filter((value) => value.trim() !== "").length;
}

/** Return a filter in which a status that needs approval and another standing do not meet. */
export function narrowed(filter: Filter, change: Partial<Filter>): Filter {
  const next = { ...filter, ...change };
  if (change.status && next.standing !== "" && next.standing !== "approved") next.standing = "";
  if (change.standing && change.standing !== "approved") next.status = "";
  return next;
}
