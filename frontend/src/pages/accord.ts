/** What GET /agreement tells, beyond "hidden"; mirrors `Told` of the server. */

import type { Agreement } from "../types.ts";

export interface AlphaRow {
  name: string;
  value: number | null;
  low: number | null;
  high: number | null;
  n: number;
  n_answers: number;
  share_equal: number | null;
}

export interface PairRow {
  first: string;
  second: string;
  n: number;
  share_equal: number | null;
  kappa: number | null;
  pabak: number | null;
}

export interface LineRow {
  first: string;
  second: string;
  first_m: number;
  second_m: number;
  first_share: number | null;
  second_share: number | null;
  buffer_m: number;
}

export interface Told {
  sections: number[];
  overall: AlphaRow;
  classes: AlphaRow;
  pairs: PairRow[];
  self: PairRow[];
  by_class: AlphaRow[];
  by_section: AlphaRow[];
  confusion: { one: string; other: string; n: number }[];
  lines: LineRow[];
}

/** Below this many things an interval says little; said beside the number. */
export const FEW = 10;

/** Return what is told; null where it is hidden from this person. */
export function told(agreement: Agreement): Told | null {
  return agreement.hidden === true ? null : (agreement as unknown as Told);
}

/** Return the least and the greatest kappa of the pairs that have one; null if none has. */
export function kappaRange(pairs: readonly Pick<PairRow, "kappa">[]): [number, number] | null {
  const known = pairs.map(({ kappa }) => kappa).filter((one): one is number => one !== null);
  return known.length === 0 ? null : [Math.min(...known), Math.max(...known)];
}
