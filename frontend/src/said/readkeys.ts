/** The keys of the reading page: one key per decision, none of them where somebody types. */

import { written, type Press } from "../keys.ts";
import type { ClaimCard } from "./types.ts";

export const READ_KEYS = {
  approve: "a", reject: "r", edit: "e", next: "n", previous: "p", undo: "u", propose: "h",
} as const; // prettier-ignore
export type ReadAction = keyof typeof READ_KEYS;

/** Return what a press asks for, or null; held-down keys decide nothing. */
export function readAction(press: Press, isOff: boolean): ReadAction | null {
  if (isOff) return null;
  const key = written(press);
  const found = Object.entries(READ_KEYS).find(([, held]) => held === key);
  if (found === undefined) return null;
  const action = found[0] as ReadAction;
  return press.repeat && action !== "next" && action !== "previous" ? null : action;
}

/** Return the claim after one that was decided: the next proposed one, round the end; else itself. */
export function nextProposed(claims: readonly ClaimCard[], ticket: string): string {
  const at = claims.findIndex((one) => one.ticket === ticket);
  const round = [...claims.slice(at + 1), ...claims.slice(0, Math.max(0, at))];
  return round.find(({ standing }) => standing === "proposed")?.ticket ?? ticket;
}

/** Return the claim `by` steps away in the order of the text, without going round. */
export function beside(claims: readonly ClaimCard[], ticket: string, by: number): string {
  const at = claims.findIndex((one) => one.ticket === ticket);
  if (at < 0) return claims[0]?.ticket ?? "";
  return claims[Math.min(claims.length - 1, Math.max(0, at + by))]?.ticket ?? ticket;
}
