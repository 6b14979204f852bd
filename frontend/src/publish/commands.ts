/** The command lines of the buttons about publishing. */

import { verb } from "../pages/commands.ts";
import type { EditionBody, PublishBody, SheetsBody } from "./api.ts";

/** Return `vallum publish ...`. */
export function publishCommand(body: PublishBody, root = ""): string {
  const words = body.languages.flatMap((code) => ["--language", code]);
  if (body.level === "desk") words.push("--level", "desk", "--to", `${root === "" ? "." : root}/out/report-desk`);
  if (body.parquet) words.push("--parquet");
  if (body.overlays) words.push("--overlays");
  return verb("publish", root, words);
}

/** Return `vallum publish --edition ...`. */
export function freezeCommand(body: EditionBody, root = ""): string {
  const words = ["--edition", ...body.languages.flatMap((code) => ["--language", code])];
  if (body.note.trim() !== "") words.push("--note", body.note.trim());
  if (body.day !== "") words.push("--day", body.day);
  for (const [name, text] of Object.entries(body.why)) words.push("--why", `${name}=${text}`);
  for (const [name, text] of Object.entries(body.correct)) words.push("--correct", `${name}=${text}`);
  return verb("publish", root, words);
}

/** Return `vallum diff ...`; a folder stands for the report that lies there. */
export function diffCommand(a: string, b: string, root = ""): string {
  const word = (what: string): string => (what === "report" ? "out/report" : what);
  return verb("diff", root, [word(a), ...(b === "" ? [] : [word(b)])]);
}

/** Return `vallum sheet ...`. */
export function sheetCommand(body: SheetsBody, root = ""): string {
  const words = body.every ? ["--all"] : [...body.findings];
  if (body.level !== "public") words.push("--level", body.level);
  if (body.language !== "") words.push("--language", body.language);
  return verb("sheet", root, words);
}
