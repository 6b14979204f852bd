/** The script of a report: everything stands there without it; it makes the charts answer. */

import messages from "vallum:messages";

import { t } from "../words.ts";
import "./compare.ts";
import { ReportFilter } from "./filter.ts";
import { EVERYTHING, passes, unpacked, type Filter, type Live } from "./live.ts";
import { LineMap } from "./linemap.ts";
import { ReportStrip } from "./strip.ts";

/** Give every word by its key; the page was written in one language, whatever the browser's is. */
function speak(words: Record<string, string>): void {
  Object.assign(messages.en, words);
}

/** Put a live chart where the page left room for it. */
function stand<T extends HTMLElement>(name: string, part: T): T | null {
  const slot = document.querySelector(`[data-live="${name}"]`);
  if (!slot) return null;
  slot.append(part);
  return part;
}

interface Parts {
  strip: ReportStrip | null;
  map: LineMap | null;
  filter: ReportFilter | null;
}

/** Show only those pictured places that pass, and say how many are left. */
function filterCases(filter: Filter): void {
  const cases = [...document.querySelectorAll<HTMLElement>("[data-case]")];
  let n = 0;
  for (const one of cases) {
    const { kind = "", change = "", held = "", first = "", last = "" } = one.dataset;
    one.hidden = !passes(filter, { kind, change, held, first, last });
    if (!one.hidden) n += 1;
  }
  const told = document.querySelector("[data-cases]");
  if (!told) return;
  told.textContent = n === 0 ? t("filter.none") : n === cases.length ? "" : t("filter.cases", { n, all: cases.length });
}

function wire(live: Live, { strip, map, filter }: Parts): void {
  document.addEventListener("choose", (event) => {
    const { at_m } = (event as CustomEvent<{ at_m: number }>).detail;
    for (const part of [strip, map]) if (part) part.at_m = at_m;
  });
  document.addEventListener("case", (event) => {
    const { chip } = (event as CustomEvent<{ chip: number }>).detail;
    const place = document.querySelector<HTMLElement>(`[data-case="${chip}"]`);
    unfold(place);
    place?.scrollIntoView({ block: "start" });
    place?.focus({ preventScroll: true });
  });
  document.addEventListener("filter", (event) => {
    const chosen = (event as CustomEvent<{ filter: Filter }>).detail.filter;
    for (const part of [strip, map, filter]) if (part) part.filter = chosen;
    filterCases(chosen);
  });
  for (const button of document.querySelectorAll<HTMLElement>("[data-go]")) {
    button.hidden = false;
    button.addEventListener("click", () => {
      const at_m = Number(button.dataset["go"]);
      for (const part of [strip, map]) if (part) part.at_m = at_m;
      document.querySelector("#chart")?.scrollIntoView({ block: "start" });
    });
  }
  for (const part of [strip, map, filter]) if (part) part.live = live;
  for (const part of [strip, map, filter]) if (part) part.filter = EVERYTHING;
}

/** Open whatever a place is folded away in. */
function unfold(place: Element | null): void {
  for (let one = place?.closest("details"); one; one = one.parentElement?.closest("details")) one.open = true;
}

/** Return the place a link of this page leads to. */
function placeOf(hash: string): HTMLElement | null {
  return hash.length > 1 ? document.getElementById(decodeURIComponent(hash.slice(1))) : null;
}

/** A link into something folded away opens it, also one from elsewhere that brought the reader here. */
function follow(): void {
  document.addEventListener("click", (event) => {
    const link = event.composedPath().find((one): one is HTMLAnchorElement => one instanceof HTMLAnchorElement);
    const hash = link?.getAttribute("href") ?? "";
    if (hash.startsWith("#")) unfold(placeOf(hash));
  });
  const arrive = (): void => {
    const place = placeOf(location.hash);
    unfold(place);
    place?.scrollIntoView({ block: "start" });
  };
  addEventListener("hashchange", arrive);
  arrive();
}

/** On paper nothing is folded away. */
function fold(): void {
  let folded: HTMLDetailsElement[] = [];
  addEventListener("beforeprint", () => {
    folded = [...document.querySelectorAll<HTMLDetailsElement>("details:not([open])")];
    for (const one of folded) one.open = true;
  });
  addEventListener("afterprint", () => {
    for (const one of folded) one.open = false;
  });
}

function start(): void {
  const live = unpacked(document.querySelector<HTMLTemplateElement>("#live-data")?.content.textContent ?? "");
  fold();
  if (!live) return follow();
  speak(live.words);
  wire(live, {
    filter: stand("filter", new ReportFilter()),
    strip: stand("strip", new ReportStrip()),
    map: stand("map", new LineMap()),
  });
  for (const one of document.querySelectorAll<HTMLDetailsElement>("details.still")) one.open = false;
  document.documentElement.classList.add("is-live");
  follow();
}

start();
