/** What is known of each metre, in order of how loudly it is said. */

export const STATUSES = [
  "changed",
  "unchanged",
  "indeterminate",
  "not_examined",
  "not_comparable",
] as const;

/** Statuses of metres that no pair of images shows, or that nobody looked at yet. */
const UNKNOWN: ReadonlySet<string> = new Set(["not_comparable", "not_examined"]);

export interface Known {
  status: string;
  label: string;
  length_m: number;
}

/** Return the lengths in our order, with the metres that could not be compared added up. */
export function summed(statuses: readonly Known[]): {
  rows: Known[];
  total_m: number;
  unknown_m: number;
  not_comparable_m: number;
} {
  const place = (status: string): number => {
    const at = (STATUSES as readonly string[]).indexOf(status);
    return at < 0 ? STATUSES.length : at;
  };
  const rows = [...statuses].sort((a, b) => place(a.status) - place(b.status));
  const sum = (some: readonly Known[]): number => some.reduce((m, one) => m + one.length_m, 0);
  return {
    rows,
    total_m: sum(rows),
    unknown_m: sum(rows.filter(({ status }) => UNKNOWN.has(status))),
    not_comparable_m: sum(rows.filter(({ status }) => status === "not_comparable")),
  };
}
