/** The hands of the desk: what keys and buttons do. */

import { choiceOf, kindOf, reasonOf, type Choice, type Said } from "./answers.ts";
import { Desk } from "./desk.ts";
import { isDialogOpen } from "./dialog.ts";
import { belongsToField, type Action } from "./keys.ts";
import { remember } from "./shelf.ts";
import type { Kind, Reason, Seen, Side, Stage, View } from "./types.ts";
import { t } from "./words.ts";

const PATIENCE_MS = 4000; // after this an answer is taken although the pictures are not whole
const SEEN_OF: Partial<Record<Choice, Seen>> = {
  new: "present",
  nothing: "absent",
  cannot_tell: "not_observable",
};

/** In dating a class is known, so its keys say how far it is built. */
export const STAGE_OF: Partial<Record<Action, Stage>> = {
  class_1: "cleared",
  class_2: "groundwork",
  class_3: "partial",
  class_4: "complete",
};

export interface Compare extends HTMLElement {
  isIdle: boolean;
  timings: { next_ms: number };
  toggle(): void;
  blink(on?: boolean): boolean;
  finish(): boolean;
  cancel(): void;
  arrow(key: "left" | "right" | "up" | "down"): void;
  flushSeen(): void;
}

interface Sheet extends HTMLElement {
  accept(): void;
  undo(): void;
}

interface Dating extends HTMLElement {
  answer(state: Seen, stage?: Stage): void;
}

interface Rail extends HTMLElement {
  side: Side;
  earlier(): void;
  later(): void;
}

export abstract class Hands extends Desk {
  override connectedCallback(): void {
    super.connectedCallback();
    addEventListener("keydown", this.onKey, { signal: this.life.signal });
  }

  private readonly onKey = (event: KeyboardEvent): void => {
    if (event.defaultPrevented || isDialogOpen() || belongsToField(event)) return;
    const action = this.keys?.meant(event) ?? null;
    if (action === null || !this.act(action)) return;
    event.preventDefault();
  };

  /** Do what an action says; false where it means nothing now. */
  protected act(action: Action): boolean {
    if (this.actAnywhere(action)) return true;
    if (this.sitting === null || this.judge === null) return false;
    if (this.mode === "sheet") return this.actInSheet(action);
    const choice = choiceOf(action);
    if (choice !== null) return this.choose(choice);
    if (this.mode === "dating" && action in STAGE_OF) return this.build(STAGE_OF[action] ?? "");
    const kind = kindOf(action, this.state?.kinds ?? []);
    if (kind !== null) return this.classify(kind);
    const reason = reasonOf(action, this.state?.reasons ?? []);
    if (reason !== "") return this.because(reason);
    return this.actOnItem(action);
  }

  private actAnywhere(action: Action): boolean {
    if (action === "guide" || action === "keys") this.tell("dialog", { what: action });
    else if (action === "sheet") location.hash = this.mode === "sheet" ? "#/review/triage" : "#/review/sheet";
    else if (action === "undo") this.undo();
    else if (action === "find" && this.mode !== "sheet") this.isFinding = true;
    else return false;
    return true;
  }

  private actInSheet(action: Action): boolean {
    if (action !== "finish") return false;
    this.part_<Sheet>("vallum-sheet")?.accept();
    return true;
  }

  private actOnItem(action: Action): boolean {
    const { sitting, judge } = this;
    const compare = this.part_<Compare>("vallum-compare");
    const rail = this.part_<Rail>("vallum-daterail, vallum-dating");
    switch (action) {
      case "blink": compare?.toggle(); break;
      case "swipe": case "side": this.show(this.view === action ? "blink" : action); break;
      case "left": case "right": case "up": case "down": compare?.arrow(action); break;
      case "shape": this.showShape = !this.showShape; break;
      case "earlier": rail?.earlier(); break;
      case "later": rail?.later(); break;
      case "left_earlier": this.otherSide(rail, "earlier"); break;
      case "left_later": this.otherSide(rail, "later"); break;
      case "line": case "post": if (!this.isReader) judge?.draw(action); break;
      case "edit": if (!this.isReader) judge?.editing(); break;
      case "finish": return compare?.finish() ?? false;
      case "cancel": return this.cancel();
      case "next": void sitting?.next(); break;
      case "back": void sitting?.back(); break;
      case "gap": void sitting?.gap(); break;
      case "flag": this.flag(); break;
      default: return false;
    } // prettier-ignore
    return true;
  }

  protected otherSide(rail: Rail | null, way: "earlier" | "later"): void {
    if (rail === null) return;
    const { side } = rail;
    rail.side = "left";
    rail[way]();
    rail.side = side;
  }

  protected get isReader(): boolean {
    return this.state?.me?.role === "editor";
  }

  /** An answer is about pictures that were on screen; before that it is not taken. */
  private get maySay(): boolean {
    if (this.isReader) return false;
    const compare = this.part_<Compare>("vallum-compare");
    compare?.flushSeen?.();
    if (this.hasSeen || compare === null || performance.now() - this.metAt > PATIENCE_MS) return true;
    this.tellNote(t("review.wait"));
    return false;
  }

  protected choose(choice: Choice): boolean {
    if (this.mode === "dating") {
      const seen = SEEN_OF[choice];
      if (seen !== undefined && this.maySay) this.part_<Dating>("vallum-dating")?.answer(seen);
      return seen !== undefined;
    }
    if (this.maySay) this.judge?.choose(choice);
    return true;
  }

  /** It stands there, and this far it is built. */
  protected build(stage: Stage): boolean {
    if (this.maySay) this.part_<Dating>("vallum-dating")?.answer("present", stage);
    return true;
  }

  protected classify(kind: Kind): boolean {
    if (!this.isReader) this.judge?.classify(kind);
    return true;
  }

  protected because(reason: Reason): boolean {
    if (this.maySay) this.judge?.because(reason);
    return true;
  }

  protected show(view: View): void {
    this.view = view;
    if (view !== "blink" && this.isAuto) this.isAuto = this.part_<Compare>("vallum-compare")?.blink(false) ?? false;
    remember("vallum.view", view);
  }

  protected undo(): void {
    if (this.mode === "sheet" && this.bar?.what === "sheet") {
      this.part_<Sheet>("vallum-sheet")?.undo();
      return;
    }
    if (this.judge?.undo() == null) this.tellNote(t("review.nothing_to_undo"));
  }

  protected cancel(): boolean {
    this.part_<Compare>("vallum-compare")?.cancel();
    this.flagging = false;
    this.draft = null;
    this.note = null;
    return this.judge?.cancel() ?? false;
  }

  protected flag(): void {
    const item = this.sitting?.current;
    if (!item || this.isReader) return;
    if (item.is_flagged) this.judge?.flag("", false);
    else this.flagging = true;
  }

  protected readonly onAccept = (event: CustomEvent<{ yes: string[]; no: { ticket: string; reason: Reason }[] }>): void => {
    const answers = new Map<string, Said>(event.detail.yes.map((ticket) => [ticket, { answer: "yes" }]));
    let nLeft = 0;
    for (const { ticket, reason } of event.detail.no) {
      if (reason) answers.set(ticket, { answer: "no", reason });
      else {
        this.putOff.add(ticket);
        nLeft += 1;
      }
    }
    this.judge?.accept(this.sheet, answers, (performance.now() - this.sheetBegan) / 1000);
    if (nLeft > 0) this.tellNote(t("review.put_off", { n: nLeft }));
    void this.nextSheet();
  };

  protected readonly onUnaccept = (event: CustomEvent<{ no: { ticket: string }[] }>): void => {
    for (const { ticket } of event.detail.no) this.putOff.delete(ticket);
    this.judge?.undo();
  };

  protected part_<T extends HTMLElement>(selector: string): T | null {
    return this.renderRoot?.querySelector<T>(selector) ?? null;
  }
}
