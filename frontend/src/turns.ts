/** Whose turn it is to send, among several windows of one browser. */

import type { Shelf } from "./outbox.ts";

/** Runs the work if no other window is sending; says whether it did. */
export type Turn = (work: () => Promise<void>) => Promise<boolean>;

const LEASE = "vallum.sender";
const LEASE_MS = 15_000;

/**
 * Return turns across windows: the browser's own locks where it has them (https and this
 * computer), else a lease in localStorage that runs out when its window dies.
 */
export function turns(shelf: Shelf, locks: LockManager | undefined, now: () => number = Date.now): Turn {
  if (locks !== undefined) {
    return async (work) => {
      let hadTurn = false;
      await locks.request("vallum.outbox", { ifAvailable: true }, async (lock) => {
        if (lock === null) return;
        hadTurn = true;
        await work();
      });
      return hadTurn;
    };
  }
  const me = Math.random().toString(36).slice(2);
  return async (work) => {
    const held = lease(shelf);
    if (held !== null && held.who !== me && held.until > now()) return false;
    const renew = (): boolean => {
      try {
        shelf.setItem(LEASE, JSON.stringify({ who: me, until: now() + LEASE_MS }));
        return true;
      } catch {
        return false; // Nothing can be kept here, so nothing can be shared either: just send.
      }
    };
    if (renew() && lease(shelf)?.who !== me) return false;
    const timer = setInterval(renew, LEASE_MS / 3);
    try {
      await work();
    } finally {
      clearInterval(timer);
      try {
        shelf.removeItem(LEASE);
      } catch {
        // It runs out by itself.
      }
    }
    return true;
  };
}

function lease(shelf: Shelf): { who: string; until: number } | null {
  try {
    return JSON.parse(shelf.getItem(LEASE) ?? "null") as { who: string; until: number } | null;
  } catch {
    return null;
  }
}
