/** Which field of a form the server's complaint is about. */

import type { ApiProblem } from "../types.ts";

/**
 * Return the field to show a problem beside, or "form".
 *
 * The server names the field in its message, or quotes what was typed into it; the longest quoted
 * value wins, so that `2019` inside `2019-13` does not.
 *
 * @param values what was typed, by field; fields in order of the form.
 * @param words further words by which the server speaks of a field.
 */
export function fieldOf(
  problem: Pick<ApiProblem, "error" | "message" | "next">,
  values: Readonly<Record<string, string>>,
  words: Readonly<Record<string, readonly string[]>> = {},
): string {
  const said = problem.message.toLowerCase();
  for (const field of Object.keys(values)) {
    for (const word of [field, ...(words[field] ?? [])]) {
      if (named(said, word.toLowerCase())) return field;
    }
  }
  const quoted = Object.entries(values)
    .filter(([, value]) => value.trim() !== "" && said.includes(`'${value.trim().toLowerCase()}'`))
    .sort(([, a], [, b]) => b.length - a.length);
  return quoted[0]?.[0] ?? "form";
}

/** Say whether a field is named: `before:`, "before", `before`, or --before. */
function named(said: string, word: string): boolean {
  return (
    said.startsWith(`${word}:`) ||
    ["`", '"', "'"].some((mark) => said.includes(`${mark}${word}${mark}`)) ||
    said.includes(`--${word.replace(/_/g, "-")}`) ||
    said.includes(`[${word}]`)
  );
}
