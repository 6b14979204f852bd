/** What an answer key means for the thing on screen, in the terms that the server takes. */

import type { Action } from "./keys.ts";
import type { Change, Item, Kind, KindInfo, Mode, Reason, VerdictBody } from "./types.ts";

export type Choice = "new" | "extended" | "upgraded" | "replaced" | "existed" | "removed" | "nothing" | "cannot_tell";

/** The part of a verdict that a person decides. */
export type Said = Pick<VerdictBody, "answer" | "category" | "change" | "reason">;

/** Either an answer, or what is still missing. */
export type Step =
  | { is: "said"; said: Said }
  | { is: "needs"; what: Missing };

/** What an answer still lacks; `stretch`: a drawing, or the word that it is all of the stretch. */
export type Missing = "reason" | "class" | "drawing" | "stretch";

export interface Asked {
  mode: Mode;
  choice: Choice;
  item: Pick<Item, "kind" | "category" | "change">;
  /** Class as the person sees it; null if none was chosen and none was suggested. */
  category: Kind | null;
  reason: Reason;
  /** How many things were drawn in this frame. */
  nDrawn: number;
  /** The class was picked for all of a stretch, after the panel had said that this is what it means. */
  isWhole?: boolean;
}

/** Answers that have a key. */
export const CHOICES: readonly Choice[] = ["new", "upgraded", "existed", "removed", "nothing", "cannot_tell"];
/** Rarer ones, by mouse. */
export const MORE_CHOICES: readonly Choice[] = ["extended", "replaced"];

/** What happened, by what was chosen. */
export const CHANGE_OF: Partial<Record<Choice, Change>> = {
  new: "new",
  extended: "extended",
  upgraded: "upgraded",
  replaced: "replaced",
  existed: "unchanged",
  removed: "removed",
};

/** Return the verdict of a choice, or what must be known before there is one. */
export function step(asked: Asked): Step {
  return asked.item.kind === "frame" ? aboutFrame(asked) : aboutThing(asked);
}

/** A frame has no candidate in it: something changed here, nothing did, or one cannot tell. */
function aboutFrame({ mode, choice, category, nDrawn, reason, isWhole }: Asked): Step {
  if (choice === "cannot_tell") return said({ answer: "cannot_tell", reason });
  // What stood there before did not change, which is what the frame asks.
  if (choice === "nothing" || choice === "existed") {
    return said({ answer: nDrawn > 0 ? "yes" : "no" });
  }
  if (nDrawn > 0) return said({ answer: "yes" });
  if (mode !== "sample") return { is: "needs", what: "drawing" };
  // A yes without a drawing counts every metre of the stretch, so it is never said in passing.
  return isWhole && category !== null ? said({ answer: "yes", category }) : { is: "needs", what: "stretch" };
}

function aboutThing({ choice, item, category, reason }: Asked): Step {
  if (choice === "cannot_tell") return said({ answer: "cannot_tell", reason });
  if (choice === "nothing") {
    return reason ? said({ answer: "no", reason }) : { is: "needs", what: "reason" };
  }
  if (choice === "existed" && item.change !== "unchanged") {
    return said({ answer: "no", reason: "existed_before", category: category ?? undefined });
  }
  const change = CHANGE_OF[choice];
  if (category === null) return { is: "needs", what: "class" };
  return said({ answer: "yes", category, change: change === item.change ? undefined : change });
}

function said(words: { answer: Said["answer"]; category?: Kind | undefined; change?: Change | undefined; reason?: Reason }): Step {
  const out: Said = { answer: words.answer };
  if (words.category) out.category = words.category;
  if (words.change) out.change = words.change;
  if (words.reason) out.reason = words.reason;
  return { is: "said", said: out };
}

/** Return the choice of an answer key, or null for other keys. */
export function choiceOf(action: Action): Choice | null {
  return (CHOICES as readonly string[]).includes(action) ? (action as Choice) : null;
}

/** Return the class of a key `class_1`..`class_8`, or null. */
export function kindOf(action: Action, kinds: readonly KindInfo[]): Kind | null {
  const key = /^class_(\d)$/.exec(action)?.[1];
  return kinds.find((info) => info.key === key)?.kind ?? null;
}

/** Return the reason of a key `reason_1`..`reason_6`, or "". */
export function reasonOf(action: Action, reasons: readonly { key: string; reason: Reason }[]): Reason {
  const key = /^reason_(\d)$/.exec(action)?.[1];
  return key === undefined ? "" : (reasons.find((info) => info.key === key)?.reason ?? "");
}

/** Return which choice an answer of mine was, to mark it in the panel. */
export function choiceIn(mine: { answer: string; change: Change | null; reason: Reason } | null, suggested: Change | null): Choice | null {
  if (mine === null) return null;
  if (mine.answer === "cannot_tell") return "cannot_tell";
  if (mine.answer === "no") return mine.reason === "existed_before" ? "existed" : "nothing";
  const change = mine.change ?? suggested;
  if (change === "unchanged") return "existed";
  return change ?? "new";
}

/** Say whether drawing belongs to a mode; elsewhere it adds a thing beside what is judged. */
export function isFrameMode(mode: Mode): boolean {
  return mode === "sweep" || mode === "sample";
}
