/** Every word that a person sees: `t("key", {n: 3})`, in English, Korean or Simplified Chinese. */

import { LitElement } from "lit";

import messages from "vallum:messages";

import { dateWords } from "./days.ts";

export type Language = "en" | "ko" | "zh-Hans";
export type Values = Record<string, string | number>;

export const LANGUAGES: readonly { code: Language; name: string }[] = [
  { code: "en", name: "English" },
  { code: "ko", name: "한국어" },
  { code: "zh-Hans", name: "简体中文" },
];

const STORE = "vallum.language";
const listeners = new Set<() => void>();
let current: Language = "en";

/** Return the best of our languages for what the browser asks for. */
export function choose(wanted: readonly string[]): Language {
  for (const tag of wanted) {
    const low = tag.toLowerCase();
    if (low.startsWith("ko")) return "ko";
    if (low.startsWith("zh")) return "zh-Hans";
    if (low.startsWith("en")) return "en";
  }
  return "en";
}

/** Return the language in use. */
export function language(): Language {
  return current;
}

/** Use a language from now on, and remember it in this browser. */
export function setLanguage(code: Language): void {
  current = code;
  try {
    localStorage.setItem(STORE, code);
  } catch {
    // A browser that keeps nothing still shows the page.
  }
  if (typeof document !== "undefined") document.documentElement.lang = code;
  for (const listener of listeners) listener();
}

/** Take the remembered language, or the browser's. */
export function startLanguage(): void {
  let kept: string | null = null;
  try {
    kept = localStorage.getItem(STORE);
  } catch {
    kept = null;
  }
  current = choose([...(kept ? [kept] : []), ...navigator.languages]);
  document.documentElement.lang = current;
}

/** Call back whenever the language changes; returns how to stop. */
export function onLanguage(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Say whether there are words for a key. */
export function has(key: string): boolean {
  return messages.en[key] !== undefined;
}

/**
 * Return the words for a key; `{name}` is replaced, numbers are written the local way.
 *
 * With `n` equal to 1 the key `key#one` is taken where the language has one. An unknown key comes back as
 * it is, so that it is seen and mended.
 */
export function t(key: string, values: Values = {}): string {
  const table = messages[current];
  const one = values["n"] === 1 ? table[`${key}#one`] : undefined;
  const text = one ?? table[key] ?? messages.en[key] ?? key;
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => {
    const value = values[name];
    if (value === undefined) return whole;
    return typeof value === "number" ? number(value) : value;
  });
}

/** One for each language and number of digits: to make one takes longer than to draw what it says. */
const formats = new Map<string, Intl.NumberFormat>();

/** Return a number the local way. */
export function number(value: number, digits?: number): string {
  const key = `${current} ${digits}`;
  let format = formats.get(key);
  if (!format) {
    format = new Intl.NumberFormat(current, { minimumFractionDigits: digits ?? 0, maximumFractionDigits: digits ?? 3 });
    formats.set(key, format);
  }
  return format.format(value);
}

/** Return chainage in km, as `km 1,012.6`. */
export function km(at_m: number, digits = 1): string {
  return t("unit.km_at", { km: number(at_m / 1000, digits) });
}

/** Return a length: metres below 1 km, else km. */
export function metres(length_m: number): string {
  return Math.abs(length_m) < 1000
    ? t("unit.m", { m: number(Math.round(length_m)) })
    : t("unit.km", { km: number(length_m / 1000, 1) });
}

/** Return a day or an interval of days the local way; ISO in, words out. */
export function when(from: string | null, to: string | null = from): string {
  return dateWords([from, to], current) || t("when.unknown");
}

/** Return a duration in words, as `24 min`. */
export function duration(seconds: number): string {
  if (seconds < 90) return t("unit.s", { s: Math.max(0, Math.round(seconds)) });
  if (seconds < 90 * 60) return t("unit.min", { min: Math.round(seconds / 60) });
  return t("unit.h", { h: Math.round(seconds / 360) / 10 });
}

/** A component that draws itself again when the language changes. */
export class Worded extends LitElement {
  private stopWords: (() => void) | undefined;

  override connectedCallback(): void {
    super.connectedCallback();
    this.stopWords = onLanguage(() => this.requestUpdate());
  }

  override disconnectedCallback(): void {
    this.stopWords?.();
    super.disconnectedCallback();
  }
}
