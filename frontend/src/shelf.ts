/** Small things that this browser keeps: a half-drawn line, the view, what was folded away. */

import type { Geometry } from "geojson";

import type { Kind, Project } from "./types.ts";

/** A line or post that was begun and not yet decided. */
export interface Draft {
  project: string;
  ticket: string;
  at_m: number;
  what: "line" | "post";
  shape: Geometry;
  category: Kind | null;
}

const DRAFT = "vallum.draft";

/** Return by what this browser knows a project; its folder is told to the keeper alone. */
export function keyOf(project: Project | null | undefined): string {
  return project ? project.root || project.name : "";
}

/** Return the browser's storage, or null where the page may not keep anything. */
export function storage(): Storage | null {
  try {
    return globalThis.localStorage;
  } catch {
    return null;
  }
}

export function remember(key: string, value: string | null): void {
  try {
    if (value === null) storage()?.removeItem(key);
    else storage()?.setItem(key, value);
  } catch {
    // Full: the page works without it.
  }
}

export function recall(key: string): string | null {
  try {
    return storage()?.getItem(key) ?? null;
  } catch {
    return null;
  }
}

export function keepDraft(draft: Draft | null): void {
  remember(DRAFT, draft === null ? null : JSON.stringify(draft));
}

/** Return what was being drawn in this project when the window closed. */
export function draftOf(project: string): Draft | null {
  try {
    const draft = JSON.parse(recall(DRAFT) ?? "null") as Draft | null;
    return draft !== null && draft.project === project && draft.shape ? draft : null;
  } catch {
    return null;
  }
}
