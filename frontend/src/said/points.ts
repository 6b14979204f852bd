/** Characters as the server counts them (code points), and a text cut where claims begin and end. */

/** A text that can be cut by code points; a browser counts UTF-16 units instead. */
export class Points {
  private readonly signs: string[];

  constructor(text: string) {
    this.signs = Array.from(text);
  }

  get length(): number {
    return this.signs.length;
  }

  slice(start: number, end: number): string {
    return this.signs.slice(start, end).join("");
  }
}

/** Return how many code points stand before a place that is counted in UTF-16 units. */
export function pointsBefore(text: string, units: number): number {
  return Array.from(text.slice(0, units)).length;
}

export interface Marked {
  ticket: string;
  start: number;
  end: number;
}

/** A run of text in which the same claims speak. */
export interface Piece {
  start: number;
  end: number;
  tickets: string[];
  /** In the sentence that is looked at. */
  isLit: boolean;
}

/** Cut a paragraph where claims and the lit sentence begin and end; every character is in one piece. */
export function pieces(
  paragraph: readonly [number, number],
  claims: readonly Marked[],
  lit: readonly [number, number] | null = null,
): Piece[] {
  const [from, to] = paragraph;
  const inside = claims.filter(({ start, end }) => start >= 0 && start < to && end > from);
  const cuts = new Set([from, to]);
  const litInside = lit !== null && lit[0] < to && lit[1] > from ? [{ start: lit[0], end: lit[1] }] : [];
  for (const { start, end } of [...inside, ...litInside]) {
    cuts.add(Math.max(from, start));
    cuts.add(Math.min(to, end));
  }
  const sorted = [...cuts].sort((a, b) => a - b);
  return sorted.slice(0, -1).map((start, i) => {
    const end = sorted[i + 1] ?? to;
    const here = inside.filter((one) => one.start <= start && one.end >= end);
    const isLit = litInside.some((one) => one.start <= start && one.end >= end);
    return { start, end, tickets: here.map(({ ticket }) => ticket), isLit };
  });
}

/** Return the sentence of a paragraph that holds a character, without the white space after it. */
export function sentenceAt(text: Points, paragraph: readonly [number, number], at: number): [number, number] {
  const [from, to] = paragraph;
  const words = text.slice(from, to);
  for (const { segment, index } of new Intl.Segmenter(undefined, { granularity: "sentence" }).segment(words)) {
    const start = from + pointsBefore(words, index);
    const end = start + Array.from(segment).length;
    if (at >= start && at < end) return trimmed(text, start, end) ?? [start, end];
  }
  return [from, to];
}

/** Return which paragraph a claim stands under: the last one that it begins in or before; else -1. */
export function paragraphOf(paragraphs: readonly (readonly [number, number])[], start: number): number {
  if (start < 0) return -1;
  let found = -1;
  paragraphs.forEach(([from], i) => {
    if (from <= start) found = i;
  });
  return found;
}

/** Return a range without the white space at its ends; null where nothing else is in it. */
export function trimmed(text: Points, start: number, end: number): [number, number] | null {
  const words = text.slice(start, end);
  if (words.trim() === "") return null;
  const before = Array.from(words).length - Array.from(words.trimStart()).length;
  const after = Array.from(words).length - Array.from(words.trimEnd()).length;
  return [start + before, end - after];
}
