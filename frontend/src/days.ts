/** Days and intervals of days in words, one way everywhere, short enough to lie on top of an image. */

const MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");

interface Day {
  year: number;
  month: number;
  day: number;
}

/**
 * Return `2 May to 30 Sep 2019`, `14 Mar 2023`, `until 3 Jan 2020`, or `""` if nothing is known.
 *
 * An image whose day is not known was taken some day from the first to the last; both are said.
 */
export function dateWords(taken: readonly [string | null, string | null], language: string): string {
  const from = read(taken[0]);
  const to = read(taken[1]);
  const words = WORDS[language] ?? ENGLISH;
  if (!from && !to) return "";
  if (!from) return words.until(words.day(to as Day, true));
  if (!to) return words.since(words.day(from, true));
  if (same(from, to)) return words.day(from, true);
  return words.between(from, to);
}

interface Words {
  day: (day: Day, withYear: boolean) => string;
  between: (from: Day, to: Day) => string;
  until: (day: string) => string;
  since: (day: string) => string;
}

const ENGLISH: Words = {
  day: (d, withYear) => `${d.day} ${MONTHS[d.month - 1] ?? ""}${withYear ? ` ${d.year}` : ""}`,
  between: (from, to) =>
    `${ENGLISH.day(from, from.year !== to.year)} to ${ENGLISH.day(to, true)}`,
  until: (day) => `until ${day}`,
  since: (day) => `since ${day}`,
};

const KOREAN: Words = {
  day: (d, withYear) => `${withYear ? `${d.year}년 ` : ""}${d.month}월 ${d.day}일`,
  between: (from, to) =>
    `${KOREAN.day(from, true)}~${KOREAN.day(to, from.year !== to.year)}`,
  until: (day) => `${day}까지`,
  since: (day) => `${day}부터`,
};

const CHINESE: Words = {
  day: (d, withYear) => `${withYear ? `${d.year}年` : ""}${d.month}月${d.day}日`,
  between: (from, to) =>
    `${CHINESE.day(from, true)}至${CHINESE.day(to, from.year !== to.year)}`,
  until: (day) => `${day}之前`,
  since: (day) => `${day}之后`,
};

const WORDS: Record<string, Words> = { en: ENGLISH, ko: KOREAN, "zh-Hans": CHINESE };

/** Read the day of `2019-05-02` or `2019-05-02T10:20:00Z`. */
function read(iso: string | null): Day | null {
  const found = /^(\d{4})-(\d{2})-(\d{2})/.exec(iso ?? "");
  if (!found) return null;
  return { year: Number(found[1]), month: Number(found[2]), day: Number(found[3]) };
}

function same(a: Day, b: Day): boolean {
  return a.year === b.year && a.month === b.month && a.day === b.day;
}
