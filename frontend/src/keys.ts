/**
 * One key, one action: the map of keys, how a person changes it, and what a key press means.
 *
 * A key is written as `a`, `shift+1`, `space`, `left`, `enter`, `esc`, `[`. Two actions never share
 * a key. All single-key shortcuts can be switched off (WCAG 2.1.4).
 */

export type Action =
  | "new" | "upgraded" | "existed" | "removed" | "nothing" | "cannot_tell"
  | "class_1" | "class_2" | "class_3" | "class_4" | "class_5" | "class_6" | "class_7" | "class_8"
  | "reason_1" | "reason_2" | "reason_3" | "reason_4" | "reason_5" | "reason_6"
  | "blink" | "swipe" | "side" | "left" | "right" | "up" | "down" | "shape"
  | "earlier" | "later" | "left_earlier" | "left_later"
  | "line" | "post" | "edit" | "finish" | "cancel"
  | "next" | "back" | "gap" | "undo" | "flag" | "guide" | "sheet" | "find" | "keys"; // prettier-ignore

export interface Group {
  name: "answer" | "class" | "reason" | "look" | "draw" | "move";
  actions: readonly Action[];
}

export const GROUPS: readonly Group[] = [
  { name: "answer", actions: ["new", "upgraded", "existed", "removed", "nothing", "cannot_tell", "undo", "flag"] },
  { name: "class", actions: ["class_1", "class_2", "class_3", "class_4", "class_5", "class_6", "class_7", "class_8"] },
  { name: "reason", actions: ["reason_1", "reason_2", "reason_3", "reason_4", "reason_5", "reason_6"] },
  {
    name: "look",
    actions: ["blink", "swipe", "side", "shape", "left", "right", "up", "down", "earlier", "later", "left_earlier", "left_later"],
  },
  { name: "draw", actions: ["line", "post", "edit", "finish", "cancel"] },
  { name: "move", actions: ["next", "back", "gap", "find", "sheet", "guide", "keys"] },
];

export const DEFAULTS: Readonly<Record<Action, string>> = {
  new: "a", upgraded: "w", existed: "e", removed: "r", nothing: "x", cannot_tell: "u",
  class_1: "1", class_2: "2", class_3: "3", class_4: "4", class_5: "5", class_6: "6",
  class_7: "7", class_8: "8",
  reason_1: "shift+1", reason_2: "shift+2", reason_3: "shift+3", reason_4: "shift+4",
  reason_5: "shift+5", reason_6: "shift+6",
  blink: "space", swipe: "s", side: "v", left: "left", right: "right", up: "up", down: "down",
  shape: "h", earlier: "[", later: "]", left_earlier: "{", left_later: "}",
  line: "l", post: "p", edit: "d", finish: "enter", cancel: "esc",
  next: "j", back: "k", gap: "n", undo: "z", flag: "f", guide: "g", sheet: "c", find: "/", keys: "?",
}; // prettier-ignore

/** Keys that are no letters work even when single-key shortcuts are off. */
const ALWAYS = new Set(["left", "right", "up", "down", "enter", "esc"]);
/** Keys that are never given to another action: a browser or a dialog needs them. */
const RESERVED = new Set(["tab", "esc", "enter"]);
const REPEATS = new Set<Action>(["left", "right", "up", "down", "next", "back"]);
const STORE = "vallum.keys";
const STORE_OFF = "vallum.keys.off";
const NAMED: Record<string, string> = {
  " ": "space", Spacebar: "space", ArrowLeft: "left", ArrowRight: "right", ArrowUp: "up",
  ArrowDown: "down", Enter: "enter", Escape: "esc", Tab: "tab", Home: "home", End: "end",
  PageUp: "pageup", PageDown: "pagedown", Backspace: "backspace", Delete: "delete",
}; // prettier-ignore

export interface Press {
  key: string;
  code: string;
  shiftKey: boolean;
  ctrlKey: boolean;
  altKey: boolean;
  metaKey: boolean;
  isComposing?: boolean;
  repeat?: boolean;
}

/**
 * Return the written key of a press; "" for chords and for keys without a name.
 *
 * Letters go by what they write; under a Hangul or pinyin input, where they write none, by their
 * place on the keyboard. Digits always go by their place, since Shift writes other signs there.
 */
export function written(press: Press): string {
  if (press.ctrlKey || press.altKey || press.metaKey || press.isComposing) return "";
  const digit = /^(?:Digit|Numpad)(\d)$/.exec(press.code);
  if (digit) return press.shiftKey ? `shift+${digit[1]}` : (digit[1] ?? "");
  const named = NAMED[press.key];
  if (named) return press.shiftKey ? `shift+${named}` : named;
  if (/^[A-Za-z]$/.test(press.key)) return letter(press.key, press.shiftKey);
  if (/^[!-~]$/.test(press.key)) return press.key;
  const place = /^Key([A-Z])$/.exec(press.code);
  if (place) return letter(place[1] ?? "", press.shiftKey);
  return "";
}

function letter(sign: string, isShifted: boolean): string {
  return isShifted ? `shift+${sign.toLowerCase()}` : sign.toLowerCase();
}

export interface KeyShelf {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
}

/** The map in force. Emits `change`. */
export class Keys extends EventTarget {
  private readonly shelf: KeyShelf | null;
  private map: Record<Action, string>;
  private off: boolean;

  constructor(shelf: KeyShelf | null) {
    super();
    this.shelf = shelf;
    this.map = { ...DEFAULTS };
    this.off = this.read(STORE_OFF) === "1";
    this.load();
  }

  get isOff(): boolean {
    return this.off;
  }

  setOff(off: boolean): void {
    this.off = off;
    this.write(STORE_OFF, off ? "1" : null);
    this.dispatchEvent(new Event("change"));
  }

  of(action: Action): string {
    return this.map[action];
  }

  /** Return the action of a key, or null. */
  actionOf(key: string): Action | null {
    for (const [action, held] of Object.entries(this.map)) if (held === key) return action as Action;
    return null;
  }

  /** Return what a press asks for; null while switched off, for chords and for held-down keys. */
  meant(press: Press): Action | null {
    const key = written(press);
    if (key === "" || (this.off && !ALWAYS.has(key))) return null;
    const action = this.actionOf(key);
    if (action !== null && press.repeat && !REPEATS.has(action)) return null;
    return action;
  }

  /** Give an action another key; returns why not, or null when it was done. */
  change(action: Action, key: string): { why: "taken" | "reserved" | "empty"; by?: Action } | null {
    if (key === "") return { why: "empty" };
    if (this.map[action] === key) return null;
    if (RESERVED.has(key)) return { why: "reserved" };
    const by = this.actionOf(key);
    if (by !== null) return { why: "taken", by };
    this.map = { ...this.map, [action]: key };
    this.save();
    return null;
  }

  /** Go back to the keys that vallum comes with. */
  reset(): void {
    this.map = { ...DEFAULTS };
    this.save();
  }

  private save(): void {
    const changed = Object.entries(this.map).filter(([action, key]) => DEFAULTS[action as Action] !== key);
    this.write(STORE, changed.length > 0 ? JSON.stringify(Object.fromEntries(changed)) : null);
    this.dispatchEvent(new Event("change"));
  }

  private load(): void {
    let kept: unknown;
    try {
      kept = JSON.parse(this.read(STORE) ?? "{}");
    } catch {
      return;
    }
    if (typeof kept !== "object" || kept === null) return;
    const map = { ...DEFAULTS };
    for (const [action, key] of Object.entries(kept)) {
      if (action in DEFAULTS && typeof key === "string" && key !== "") map[action as Action] = key;
    }
    // A kept map in which two actions share a key (an older vallum had fewer) is not used.
    if (new Set(Object.values(map)).size === Object.keys(map).length) this.map = map;
  }

  private read(key: string): string | null {
    try {
      return this.shelf?.getItem(key) ?? null;
    } catch {
      return null;
    }
  }

  private write(key: string, value: string | null): void {
    try {
      if (value === null) this.shelf?.removeItem(key);
      else this.shelf?.setItem(key, value);
    } catch {
      // A browser that keeps nothing: the map holds until the window closes.
    }
  }
}

const SHOWN: Record<string, string> = {
  space: "␣", left: "←", right: "→", up: "↑", down: "↓", enter: "⏎", esc: "Esc",
}; // prettier-ignore

/** Return a key as it is printed on a keycap. */
export function cap(key: string): string {
  if (key.startsWith("shift+")) return `⇧${cap(key.slice(6))}`;
  return SHOWN[key] ?? (key.length === 1 ? key.toUpperCase() : key);
}

const TYPED_IN = new Set(["text", "search", "email", "url", "number", "password", "tel", "date", "month", "time", ""]);

/** Say whether a press belongs to the thing that has the focus: a field, a list, a pressed button. */
export function belongsToField(event: KeyboardEvent): boolean {
  const target = event.composedPath()[0];
  if (!(target instanceof Element)) return false;
  if (target.closest("textarea, select, [contenteditable=''], [contenteditable='true']")) return true;
  const key = written(event);
  if (target instanceof HTMLInputElement) {
    if (TYPED_IN.has(target.type)) return true;
    if (target.type === "range") return /left|right|up|down|home|end|page/.test(key);
    return key === "space" || /left|right|up|down/.test(key);
  }
  const isPressable = target.closest("button, a[href], summary, [role='button'], [role='option'], [role='tab']");
  return isPressable !== null && (key === "space" || key === "enter");
}
