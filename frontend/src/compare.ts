/** `<vallum-compare>`: the same place on two dates, on each other, to be compared and drawn on. */

import type { Geometry, Position } from "geojson";
import type { PropertyValues, TemplateResult } from "lit";

import { Blinker, DEFAULT_SWAPS } from "./maps/blinker.ts";
import { metresPerPixel, type Camera, type Pixel } from "./maps/camera.ts";
import { compareLook } from "./maps/compare-look.ts";
import { Eye } from "./maps/eye.ts";
import { arrowStep, listen, steer, type Arrow } from "./maps/gestures.ts";
import { early } from "./maps/early.ts";
import { openPictures } from "./maps/open.ts";
import { Pencil, type Drawing } from "./maps/pencil.ts";
import type { Pictures } from "./maps/pictures.ts";
import { Prefetcher } from "./maps/prefetch.ts";
import { onScreen, SeenClock } from "./maps/seen.ts";
import { fit, stage, type Shown, type StageModel } from "./maps/stage.ts";
import { sameTiles } from "./maps/tiles.ts";
import { Stopwatch, type Timings } from "./maps/timings.ts";
import { watch } from "./maps/watch.ts";
import type { Image, ItemFull, Project, View } from "./types.ts";
import { Worded } from "./words.ts";

const SWIPE_STEP = 4; // per cent
const DATA = { attribute: false };
const FLAG = { type: Boolean };

export class VallumCompare extends Worded {
  static override styles = compareLook;
  static override properties = {
    ...{ item: DATA, next: DATA, left: DATA, right: DATA, frontier: DATA, draft: DATA, corridor: DATA },
    view: { type: String, reflect: true },
    drawing: { type: String },
    ...{ blind: FLAG, simulated: FLAG, still: FLAG },
    showShape: { type: Boolean, attribute: "show-shape" },
    swaps: { type: Number },
  };

  item: ItemFull | null = null;
  /** Items to fetch early, the next one first. */
  next: ItemFull[] = [];
  view: View = "blink";
  left: Image | null = null;
  right: Image | null = null;
  /** The frontier around here, longitude and latitude; drawn as a dotted line. */
  frontier: Position[] = [];
  corridor: Project["corridor"] | null = null; // how far to each side a stretch is searched
  /** `edit` changes `draft`, or else my own shape, or else the candidate's. */
  drawing: Drawing = null;
  /** A drawing that was kept, to go on with. */
  draft: Geometry | null = null;
  blind = false;
  showShape = true;
  simulated = false;
  /** Show still pictures even if maps can be drawn; `?still=1` does the same. */
  still = new URLSearchParams(location.search).get("still") === "1";
  /** Automatic swaps per second, at most 3. */
  swaps = DEFAULT_SWAPS;

  private readonly eye = new Eye((camera) => this.moved(camera));
  private readonly blinker = new Blinker(() => this.isIdle && this.toggle());
  private shown: "before" | "after" = "after";
  private swipe = 50;
  private pictures: Pictures | null = null;
  private readonly pencil = new Pencil(this.eye, {
    changed: () => this.requestUpdate(),
    draft: (shape) => this.tell("draft", { shape }),
    drawn: (shape) => this.tell("drawn", { shape }),
    edited: (shape, done) => this.tell("edited", { shape, done }),
  });
  private isWaiting = false; // a new pair is on its way
  private isBroken = false;
  private isLoading = false;
  private notice = "";
  private wantsToggle = false;
  private stops: (() => void)[] = [];
  private readonly stopwatch = new Stopwatch();
  private readonly prefetcher = new Prefetcher();
  private readonly clock = new SeenClock((scene, seconds) =>
    this.tell("seen", { scene, seconds, ticket: this.ticket }),
  );
  private ticket = ""; // whose pictures are on screen

  // -- what the app calls ---------------------------------------------------------------------

  /** Both pictures are whole and belong to the item: an answer may be taken. */
  get isIdle(): boolean {
    return this.pictures !== null && this.pictures.isIdle && !this.isWaiting;
  }

  get timings(): Timings {
    return this.stopwatch.timings;
  }

  /** Show the other picture; while one is loading, as soon as it is whole. */
  toggle(): void {
    if (this.view !== "blink") {
      this.view = "blink";
      this.tell("view", { view: "blink" });
    }
    if (!this.isIdle) {
      this.wantsToggle = true;
      return;
    }
    this.stopwatch.toggled();
    this.shown = this.shown === "after" ? "before" : "after";
    this.arrange();
    this.requestUpdate();
  }

  /** Swap by itself, or stop; without an argument, the other of both. Returns whether it swaps now. */
  blink(on = !this.blinker.isOn): boolean {
    this.blinker.stop();
    if (on && !this.blinker.start(this.swaps)) this.say("map.no_blink");
    return this.blinker.isOn;
  }

  /** End the drawing, or accept the changes. */
  finish(): boolean {
    const isDone = this.pencil.finish();
    if (this.pencil.isOn && this.drawing === "line") this.say(isDone ? "" : "map.too_short");
    return isDone;
  }

  /** Throw the drawing away; a shape that was there before stays as it was. */
  cancel(): void {
    this.pencil.drop();
    this.drawing = null;
    this.draft = null;
    this.tell("draft", { shape: null });
  }

  /** Put a point of the drawing in the middle of the view; says whether there is a drawing. */
  putPoint(): boolean {
    const { width, height } = this.eye.size;
    this.pencil.put([this.view === "side" ? width * 0.75 : width / 2, height / 2]);
    return this.pencil.isOn;
  }

  /** Move the view by pixels. */
  panBy(dx: number, dy: number): void {
    this.eye.panBy(dx, dy);
  }

  /** Zoom by levels around a pixel of the element, or around its middle. */
  zoomBy(steps: number, at?: Pixel): void {
    this.eye.zoomBy(steps, at);
  }

  /** Go back to the item as it was first shown. */
  home(): void {
    if (this.item) this.eye.home(this.item);
  }

  /** An arrow key: moves the border of a swipe, else the view. */
  arrow(key: Arrow, maySwipe = true): void {
    const [dx, dy] = arrowStep(key);
    if (maySwipe && this.view === "swipe" && dx !== 0) {
      this.setSwipe(this.swipe + Math.sign(dx) * SWIPE_STEP);
    } else this.panBy(dx, dy);
  }

  /** Report what is on screen now (before an answer is sent) and go on counting. */
  flushSeen(): void {
    this.clock.flush(performance.now());
  }

  /** Ask again for what did not come. */
  retry(): void {
    this.isBroken = false;
    this.isLoading = true;
    this.pictures?.retry();
    this.requestUpdate();
  }

  // -- life -----------------------------------------------------------------------------------

  override connectedCallback(): void {
    super.connectedCallback();
    void this.updateComplete.then(() => this.isConnected && this.open());
  }

  override disconnectedCallback(): void {
    this.clock.show([], performance.now());
    this.blink(false);
    this.pencil.drop();
    this.prefetcher.pause();
    for (const stop of this.stops.splice(0)) stop();
    this.pictures?.dispose();
    this.pictures = null;
    super.disconnectedCallback();
  }

  private open(): void {
    if (this.stops.length > 0) return;
    this.stops.push(
      watch(this, {
        resized: () => this.measure(),
        hidden: () => this.note(),
        online: () => (this.isBroken ? this.retry() : undefined),
      }),
      listen(this.part_("glass"), {
        panBy: (dx, dy) => this.panBy(dx, dy),
        zoomBy: (steps, at) => this.zoomBy(steps, at),
        mayPan: () => this.pencil.mayPan,
      }),
    );
    this.measure();
  }

  private measure(): void {
    const { eye, item, pictures } = this;
    if (this.clientWidth === 0 || this.clientHeight === 0) return; // hidden: as it was
    if (!eye.fits(this.clientWidth, this.clientHeight) || !pictures) {
      if (item && !eye.hasMoved) eye.aim(item);
      if (pictures && eye.camera) pictures.move(eye.camera, eye.size);
      else this.present();
      this.requestUpdate();
    }
  }

  protected override updated(changed: PropertyValues<this>): void {
    const isNew = changed.has("item") && changed.get("item")?.ticket !== this.item?.ticket;
    this.eye.corridor = this.corridor;
    if (isNew) this.begin();
    const swapped = (side: "left" | "right"): boolean =>
      changed.has(side) && !sameTiles(changed.get(side) ?? null, this[side]);
    if (isNew || swapped("left") || swapped("right") || changed.has("still")) this.present();
    if (changed.has("drawing") || (isNew && this.pencil.isOn)) this.draw();
    if (changed.has("next") || isNew) this.prefetch();
    this.eye.isSplit = this.view === "side";
    this.arrange();
  }

  /** Take up another item. */
  private begin(): void {
    this.clock.show([], performance.now());
    this.prefetcher.pause();
    this.wantsToggle = false;
    this.shown = "after";
    this.notice = "";
    this.ticket = this.item?.ticket ?? "";
    if (!this.item) return;
    this.stopwatch.begin();
    if (this.eye.hasSize) this.eye.aim(this.item);
  }

  /** Bring the pair on screen. */
  private present(): void {
    const { item, eye } = this;
    if (!item || !eye.hasSize || !this.isConnected) return;
    const camera = eye.camera ?? eye.aim(item);
    if (this.still && this.pictures && !this.pictures.isStill) {
      this.pictures.dispose();
      this.pictures = null;
      this.cancel();
    }
    if (!this.pictures) this.openPictures(camera);
    this.isWaiting = true;
    this.isLoading = true;
    this.isBroken = false;
    this.clock.show([], performance.now());
    this.pictures?.show(this.left, this.right, camera, eye.size);
    this.requestUpdate();
  }

  private openPictures(camera: Camera): void {
    this.pictures = openPictures([this.part_("lower"), this.part_("upper")], camera, this.still, {
      idle: () => this.settled(),
      broken: () => {
        this.isBroken = true;
        this.requestUpdate();
      },
      // The maps are taken down outside of their own event.
      lost: () => setTimeout(() => (this.still = true)),
    });
    this.still = this.pictures.isStill;
    if (!this.still) return;
    this.notice = "map.still";
    this.tell("still", { on: true });
  }

  /** Both pictures are whole. */
  private settled(): void {
    this.isWaiting = false;
    this.isLoading = false;
    this.stopwatch.end();
    if (this.wantsToggle) {
      this.wantsToggle = false;
      this.toggle();
    }
    this.note();
    this.prefetcher.resume();
    this.tell("idle", { timings: this.timings, sides: this.eye.sides(this.item) });
    this.requestUpdate();
  }

  private moved(camera: Camera): void {
    this.isLoading = true;
    this.pictures?.move(camera, this.eye.size);
    const across_m = metresPerPixel(camera) * this.eye.size.width;
    this.tell("moved", { centre: [camera.lon, camera.lat], zoom: camera.zoom, across_m });
    this.requestUpdate();
  }

  private prefetch(): void {
    const { eye, next, still } = this;
    if (!eye.hasSize) return;
    this.prefetcher.plan(early(next, (item) => eye.at(item), eye.size, still, location.origin));
  }

  private draw(): void {
    if (this.notice !== "map.still") this.notice = "";
    const canDraw = this.pictures !== null && !this.pictures.isStill;
    if (this.drawing && !canDraw) {
      this.pencil.drop();
      this.say("map.still_draw");
    } else if (!this.pencil.take(this.part_("glass"), this.drawing, this.draft, this.item)) {
      this.pencil.drop();
      this.say("map.cannot_change");
    }
  }

  // -- what is on screen ----------------------------------------------------------------------

  /** Show the map or maps of this view: by visibility and clip path alone. */
  private arrange(): void {
    fit(this.renderRoot, this.model());
    this.note();
  }

  /** Start and stop the clocks of the images that are on screen. */
  private note(): void {
    const isOff = this.isWaiting || document.hidden || !this.item;
    const [left, right] = [this.left?.scene ?? "", this.right?.scene ?? ""];
    const swipe = this.view === "swipe" ? this.swipe : null;
    this.clock.show(isOff ? [] : onScreen(this.side(), left, right, swipe), performance.now());
  }

  /** Which picture is on screen alone; both when swiped or side by side. */
  private side(): Shown {
    if (this.view === "blink") return this.shown;
    return this.view === "swipe" || this.view === "side" ? "both" : this.view;
  }

  private setSwipe(percent: number): void {
    this.swipe = Math.min(Math.max(percent, 0), 100);
    this.requestUpdate();
  }

  private say(key: string): void {
    this.notice = key;
    this.requestUpdate();
  }

  private tell(name: string, detail: unknown): void {
    this.dispatchEvent(new CustomEvent(name, { detail, bubbles: true, composed: true }));
  }

  private part_(name: string): HTMLElement {
    return this.renderRoot.querySelector(`.${name}`) as HTMLElement;
  }

  private model(): StageModel {
    const { item, left, right, view, swipe, isWaiting, isLoading, isBroken, notice } = this;
    return {
      ...{ item, left, right, view, swipe, isWaiting, isLoading, isBroken, notice },
      shown: this.side(),
      camera: this.eye.camera,
      size: this.eye.size,
      isSimulated: this.simulated,
      isElsewhere: this.stopwatch.isRunning,
      hasPictures: this.pictures !== null,
      ink: {
        showShape: this.showShape,
        blind: this.blind,
        frontier: this.frontier,
        strokes: this.pencil.strokes,
        isDrawing: this.pencil.isOn,
      },
    };
  }

  protected override render(): TemplateResult {
    return stage(this.model(), {
      press: (event) => steer(event, this),
      swipe: (percent) => this.setSwipe(percent),
      retry: () => this.retry(),
    });
  }
}

customElements.define("vallum-compare", VallumCompare);

declare global {
  interface HTMLElementTagNameMap {
    "vallum-compare": VallumCompare;
  }
}
