/** Numbers of sections as people write them: `1-5, 9`. */

/** Return numbers as ranges, sorted: [1, 2, 3, 9] is `1-3, 9`. */
export function numbersText(numbers: readonly number[]): string {
  const sorted = [...new Set(numbers)].sort((a, b) => a - b);
  const parts: [number, number][] = [];
  for (const n of sorted) {
    const last = parts[parts.length - 1];
    if (last !== undefined && last[1] === n - 1) last[1] = n;
    else parts.push([n, n]);
  }
  return parts.map(([a, b]) => (a === b ? String(a) : `${String(a)}-${String(b)}`)).join(", ");
}

/** Return the numbers that a text means, or the first word of it that names no section. */
export function readNumbers(text: string, known: readonly number[]): number[] | string {
  const found = new Set<number>();
  for (const word of text.split(/[,;\s]+/).filter((one) => one !== "")) {
    const range = /^(\d+)(?:[-–](\d+))?$/.exec(word);
    if (range === null) return word;
    const first = Number(range[1]);
    const last = Number(range[2] ?? range[1]);
    if (!known.includes(first) || !known.includes(last) || last < first) return word;
    for (const n of known) if (n >= first && n <= last) found.add(n);
  }
  return [...found].sort((a, b) => a - b);
}
