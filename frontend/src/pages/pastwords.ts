/** What one run did, in words: its time, its rows, its sections. */

import type { PastRun } from "../types.ts";

const MOST_PARTS = 6;

/** Return how long a run took; "" where nothing tells. */
export function tookWords(seconds: number | null, words: (seconds: number) => string): string {
  return seconds === null ? "" : words(seconds);
}

/** Return what a run added: how many rows of which kind. */
export function addedWords(
  run: Pick<PastRun, "kinds" | "n_added">,
  nothing: string,
  rows: (n: number) => string,
): string {
  const kinds = Object.entries(run.kinds);
  if (kinds.length > 0) return kinds.map(([kind, n]) => `${n} ${kind}`).join(", ");
  return run.n_added > 0 ? rows(run.n_added) : nothing;
}

/** Return numbers of sections with neighbours joined: `1-3, 7`; many are cut short. */
export function sectionsWords(numbers: readonly number[]): string {
  const parts: [number, number][] = [];
  for (const n of [...numbers].sort((a, b) => a - b)) {
    const last = parts.at(-1);
    if (last !== undefined && n <= last[1] + 1) last[1] = n;
    else parts.push([n, n]);
  }
  const words = parts.slice(0, MOST_PARTS).map(([a, b]) => (a === b ? `${a}` : `${a}-${b}`));
  return [...words, ...(parts.length > MOST_PARTS ? ["…"] : [])].join(", ");
}
