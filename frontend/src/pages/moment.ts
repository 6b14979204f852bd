/** Moments and days in words. */

import { language, when } from "../words.ts";
import { parseWhen } from "./when.ts";

/** Return an ISO time as day and minute in the reader's time zone; "" if there is none. */
export function momentWords(iso: string | null): string {
  if (iso === null) return "";
  const moment = new Date(iso);
  if (Number.isNaN(moment.getTime())) return iso;
  const two = (n: number): string => String(n).padStart(2, "0");
  const day = `${moment.getFullYear()}-${two(moment.getMonth() + 1)}-${two(moment.getDate())}`;
  const time = new Intl.DateTimeFormat(language(), { timeStyle: "short" }).format(moment);
  return `${when(day)}, ${time}`;
}

/** Return the server's `2019-05-02` or `2019-05-02..2019-09-30` in words. */
export function whenWords(taken: string | null): string {
  const read = parseWhen(taken ?? "");
  return typeof read === "string" ? when(null) : when(read.from, read.to);
}
