/** The form for people at risk: one page, no network, nothing kept but the file it saves. */

import en from "./words.en.json";
import ko from "./words.ko.json";
import zh from "./words.zh-Hans.json";

import { endingOf, locked, MOST_BYTES, MOST_FILES, newName, packed, SCOPES } from "./pack.ts";
import type { Scope, Told } from "./pack.ts";

type Word = keyof typeof en;
type Language = "en" | "ko" | "zh";
const WORDS: Record<Language, Record<Word, string>> = { en, ko, zh };
const NAMES: Record<Language, string> = { en: "English", ko: "한국어", zh: "简体中文" };
const ATTRIBUTIONS = ["off_record", "deep_background", "background"] as const;
const MEGABYTE = 1024 * 1024;

interface Desk {
  recipients: string[];
  language: string;
}

const desk: Desk = JSON.parse(document.getElementById("desk")?.textContent ?? "{}");
const main = document.querySelector("main") as HTMLElement;
let language: Language = desk.language in WORDS ? (desk.language as Language) : "en";
/** What was typed, by the name of the field; lives in this variable and nowhere else. */
let typed = new Map<string, string>();
let ticked = new Set<string>();
let files: File[] = [];

function say(word: Word, values: Record<string, string | number> = {}): string {
  return WORDS[language][word].replace(/\{(\w+)\}/g, (_, name: string) => String(values[name]));
}

function make<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Record<string, string> = {},
  ...children: (Node | string)[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

function button(words: string, kind: string, press: () => void): HTMLButtonElement {
  const made = make("button", { type: "button", class: kind }, words);
  made.addEventListener("click", press);
  return made;
}

// -- parts --------------------------------------------------------------------------------------

function written(name: string, label: Word, help: Word | null, isLong = false): Node[] {
  const hint = `${name}-help`;
  const field = isLong
    ? make("textarea", { id: name, maxlength: "20000", rows: "4" })
    : make("input", { id: name, type: "text", maxlength: "2000" });
  // Nothing of this is to be remembered or corrected by somebody's service.
  for (const [key, value] of [["autocomplete", "off"], ["spellcheck", "false"], ["autocapitalize", "off"]]) {
    field.setAttribute(key as string, value as string);
  }
  field.value = typed.get(name) ?? "";
  field.addEventListener("input", () => typed.set(name, field.value));
  const parts: Node[] = [make("label", { for: name }, say(label)), field];
  if (help) {
    field.setAttribute("aria-describedby", hint);
    parts.push(make("small", { id: hint }, say(help)));
  }
  return parts;
}

function day(name: string, label: Word): Node[] {
  const field = make("input", { id: name, type: "date", autocomplete: "off", "aria-describedby": `${name}-help` });
  field.value = typed.get(name) ?? "";
  field.addEventListener("input", () => typed.set(name, field.value));
  return [make("label", { for: name }, say(label)), field, make("small", { id: `${name}-help` }, say("dateHelp"))];
}

function tick(name: Scope): Node {
  const box = make("input", { type: "checkbox", id: name });
  box.checked = ticked.has(name);
  box.addEventListener("change", () => (box.checked ? ticked.add(name) : ticked.delete(name)));
  return make("label", { class: "tick", for: name }, box, make("span", {}, say(name)));
}

function choice(group: string, value: string, label: Word): Node {
  const dot = make("input", { type: "radio", name: group, id: `${group}-${value}`, value });
  dot.checked = typed.get(group) === value;
  dot.addEventListener("change", () => typed.set(group, value));
  return make("label", { class: "tick", for: dot.id }, dot, make("span", {}, say(label)));
}

function group(legend: Word, ...children: Node[]): HTMLFieldSetElement {
  return make("fieldset", {}, make("legend", {}, say(legend)), ...children);
}

function megabytes(n: number): string {
  return (n / MEGABYTE).toFixed(1);
}

function photos(): HTMLFieldSetElement {
  const picker = make("input", { type: "file", multiple: "", id: "files", "aria-describedby": "files-help" });
  const list = make("ul", { class: "files" });
  const show = (): void => {
    list.replaceChildren(
      ...files.map((file, index) => {
        const words = say("file", { n: index + 1, size: megabytes(file.size) });
        const out = button(say("remove"), "", () => {
          files.splice(index, 1);
          show();
          picker.focus();
        });
        out.setAttribute("aria-label", `${say("remove")}: ${words}`);
        return make("li", {}, words, out);
      }),
    );
  };
  picker.addEventListener("change", () => {
    files.push(...(picker.files ?? []));
    picker.value = "";
    show();
  });
  show();
  const pick = make("label", { class: "pick", for: "files" }, say("pick"), picker);
  return group("photos", make("p", { class: "soft", id: "files-help" }, say("photosHelp")), pick, list);
}

// -- the page -----------------------------------------------------------------------------------

function header(): HTMLElement {
  const languages = make("div", { role: "group", "aria-label": say("languages") });
  for (const code of Object.keys(WORDS) as Language[]) {
    const one = button(NAMES[code], "", () => {
      language = code;
      show();
    });
    one.lang = code === "zh" ? "zh-Hans" : code;
    one.setAttribute("aria-pressed", String(code === language));
    languages.append(one, " ");
  }
  return make("header", {}, languages, button(say("leave"), "leave", leave));
}

function before(): HTMLElement {
  const lines = (["before1", "before2", "before3", "before4"] as const).map((word) => make("li", {}, say(word)));
  return make("section", {}, make("h2", {}, say("before")), make("ul", {}, ...lines));
}

function form(): HTMLFormElement {
  const said = make("p", { class: "wrong", role: "alert" });
  const save = make("button", { class: "deed", type: "submit" }, say("save"));
  const made = make(
    "form",
    { autocomplete: "off", novalidate: "" },
    group(
      "story",
      ...written("what", "what", "whatHelp", true),
      ...written("where", "where", "whereHelp"),
      ...written("when", "when", "whenHelp"),
      make("p", {}),
      group("how", choice("how_known", "direct", "howDirect"), choice("how_known", "hearsay", "howHearsay"), choice("how_known", "unknown", "howUnknown")),
      ...written("other", "other", null, true),
    ),
    photos(),
    group("agree", make("p", { class: "soft" }, say("agreeHelp")), ...SCOPES.map(tick)),
    group("call", ...ATTRIBUTIONS.map((one) => choice("attribution", one, one)), ...written("describe_as", "describe", "describeHelp")),
    group("safety", ...written("dangers", "dangers", null, true), ...written("contact", "contact", "contactHelp"), ...day("embargo_until", "embargo"), ...day("consent_expires", "expires")),
    said,
    save,
    lockedFor(),
  );
  made.addEventListener("submit", (event) => {
    event.preventDefault();
    save.disabled = true;
    said.textContent = say("saving");
    void finish(said).finally(() => (save.disabled = false));
  });
  return made;
}

function lockedFor(): HTMLElement {
  const keys = desk.recipients.map((key) => make("code", {}, `${key.slice(0, 12)}…${key.slice(-6)}`));
  return make("p", { class: "soft" }, `${say("lock")}: `, ...keys.flatMap((key, n) => (n ? [", ", key] : [key])));
}

function show(): void {
  document.documentElement.lang = language === "zh" ? "zh-Hans" : language;
  const body = desk.recipients.length < 2 ? [make("p", { class: "wrong" }, say("noDesk"))] : [before(), form()];
  main.replaceChildren(header(), make("h1", {}, say("title")), make("p", {}, say("intro")), ...body);
}

/** Empty the page and what it holds; the tab goes to a blank page. */
function leave(): void {
  forget();
  main.replaceChildren(make("p", {}, say("gone")));
  location.replace("about:blank");
}

function forget(): void {
  typed = new Map();
  ticked = new Set();
  files = [];
}

// -- saving -------------------------------------------------------------------------------------

function problem(): string {
  if (!ticked.has("retain")) return say("needRetain");
  const hasWords = ["what", "where", "when", "other"].some((name) => (typed.get(name) ?? "").trim());
  if (!hasWords && files.length === 0) return say("needSomething");
  const size = files.reduce((sum, file) => sum + file.size, 0);
  return files.length > MOST_FILES || size > MOST_BYTES ? say("tooMuch", { n: MOST_FILES }) : "";
}

async function finish(said: HTMLElement): Promise<void> {
  const wrong = problem();
  if (wrong) {
    said.textContent = wrong;
    return;
  }
  try {
    const name = newName();
    const content = await sealed();
    const address = URL.createObjectURL(new Blob([content as BlobPart], { type: "application/octet-stream" }));
    make("a", { href: address, download: name }).click();
    setTimeout(() => URL.revokeObjectURL(address), 60_000);
    done(name);
  } catch {
    said.textContent = say("failed");
  }
}

async function sealed(): Promise<Uint8Array> {
  const picked = [];
  for (const file of files) {
    picked.push({ ending: endingOf(file.name), bytes: new Uint8Array(await file.arrayBuffer()) });
  }
  const told: Told = {};
  for (const key of ["what", "where", "when", "how_known", "describe_as", "dangers", "contact", "other"] as const) {
    told[key] = typed.get(key) ?? "";
  }
  const zip = await packed(
    {
      language,
      told,
      consent: SCOPES.filter((scope) => ticked.has(scope)),
      attribution: typed.get("attribution") ?? "off_record",
      embargoUntil: typed.get("embargo_until") ?? "",
      consentExpires: typed.get("consent_expires") ?? "",
    },
    picked,
  );
  return locked(zip, desk.recipients);
}

function done(name: string): void {
  forget();
  const heading = make("h1", { tabindex: "-1" }, say("saved"));
  const steps = (["next1", "next2", "next3"] as const).map((word) => make("li", {}, say(word)));
  main.replaceChildren(
    heading,
    make("p", {}, say("savedName", { name })),
    make("section", {}, make("ul", {}, ...steps)),
    button(say("again"), "deed", leave),
  );
  heading.focus();
}

show();
