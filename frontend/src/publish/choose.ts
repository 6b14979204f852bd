/** What was typed and chosen, as it is sent. */

import type { Case, EditionBody } from "./api.ts";

/** Return reasons and corrections apart, without the empty ones. */
export function parted(
  typed: Readonly<Record<string, string>>,
  wrong: ReadonlySet<string>,
): Pick<EditionBody, "why" | "correct"> {
  const why: Record<string, string> = {};
  const correct: Record<string, string> = {};
  for (const [name, text] of Object.entries(typed)) {
    if (text.trim() !== "") (wrong.has(name) ? correct : why)[name] = text.trim();
  }
  return { why, correct };
}

/** Return the findings of a kind and a stretch such as `1004..1019`; all where nothing is asked. */
export function within(cases: readonly Case[], kind: string, stretch: string): Case[] {
  const match = /^\s*([\d.]+)\s*(?:\.\.|-|–)\s*([\d.]+)\s*$/.exec(stretch);
  const from_m = match ? Number(match[1]) * 1000 : -Infinity;
  const to_m = match ? Number(match[2]) * 1000 : Infinity;
  return cases.filter(
    (one) => (kind === "" || one.kind === kind) && one.end_m >= from_m && one.start_m <= to_m,
  );
}
