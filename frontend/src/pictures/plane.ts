/** What the two pictures of the placing page share: moving, zooming, marks, and a cross for the keyboard. */

import { css, html, nothing, svg, type PropertyValues, type TemplateResult } from "lit";

import type { Pixel, Size } from "../maps/camera.ts";
import { look } from "../look.ts";
import { t, Worded } from "../words.ts";
import { fitting, pushed, toScreen, toWorld, zoomed, type View } from "./view.ts";

export interface Mark {
  /** Number of the pair, from 0. */
  n: number;
  at: Pixel;
  isWhole: boolean;
  isWorst: boolean;
  isCurrent: boolean;
  /** What is said of it, such as `0.4 m`. */
  note: string;
}

const CLICK_PX = 4;
const STEP_PX = 48;
const WHEEL = 0.0016;
const CLOSER = 1.5;

/**
 * A picture or a map on which places are marked.
 *
 * Fires `put` {at}: a place was pressed; `shift` {n, at}: a mark was dragged, `isLast` when it is let go;
 * `pick` {n}: a mark was pressed. Places are in the units of the picture.
 */
export abstract class Plane extends Worded {
  static override properties = {
    marks: { attribute: false },
    isAwaited: { attribute: false },
    isLocked: { attribute: false },
    hint: { attribute: false },
    view: { state: true },
    size: { state: true },
  };

  static override styles = [
    look,
    css`
      :host {
        position: relative;
        display: block;
        min-width: 0;
        overflow: hidden;
        border: 1px solid var(--line-strong);
        border-radius: var(--radius);
        background: #0b0d0f;
      }
      :host([awaited]) {
        border-color: var(--accent);
        box-shadow: 0 0 0 1px var(--accent);
      }
      .stage {
        position: absolute;
        inset: 0;
        cursor: crosshair;
        touch-action: none;
        outline-offset: -3px;
      }
      .stage.locked {
        cursor: grab;
      }
      svg.all {
        display: block;
        width: 100%;
        height: 100%;
        user-select: none;
      }
      .mark {
        cursor: move;
      }
      .mark .halo {
        fill: none;
        stroke: #000;
        stroke-width: 5;
        opacity: 0.75;
      }
      .mark .ring {
        fill: rgb(0 0 0 / 0.01);
        stroke: var(--accent);
        stroke-width: 2;
      }
      .mark.half .ring {
        stroke-dasharray: 4 3;
      }
      .mark.worst .ring {
        stroke: var(--no);
        stroke-width: 3;
      }
      .mark .cross {
        stroke: var(--text);
        stroke-width: 1.2;
      }
      .mark .badge {
        fill: var(--accent);
        stroke: #000;
      }
      .mark.worst .badge {
        fill: var(--no);
      }
      .mark .number {
        fill: #111417;
        font-size: 12px;
        font-weight: 700;
        text-anchor: middle;
      }
      .mark .note {
        fill: var(--text);
        stroke: #000;
        stroke-width: 3px;
        paint-order: stroke;
        font-size: 12px;
      }
      .hint {
        fill: none;
        stroke: var(--unsure);
        stroke-width: 2;
        stroke-dasharray: 3 3;
      }
      .aim {
        stroke: var(--accent);
        stroke-width: 1.5;
        visibility: hidden;
        pointer-events: none;
      }
      .stage:focus-visible .aim {
        visibility: visible;
      }
      .tools {
        position: absolute;
        right: 6px;
        top: 6px;
        display: grid;
        gap: 4px;
      }
      .tools button {
        width: 30px;
        min-height: 30px;
        padding: 0;
        background: var(--shade);
      }
      .tools svg {
        display: block;
        width: 16px;
        height: 16px;
        margin: auto;
        fill: none;
        stroke: currentColor;
        stroke-width: 2;
      }
      .over {
        position: absolute;
        padding: 1px 8px;
        border-radius: 4px;
        background: var(--shade);
        font-size: var(--small);
        pointer-events: none;
      }
      .over.low {
        left: 6px;
        bottom: 6px;
        max-width: 75%;
      }
      .over.scale {
        right: 6px;
        bottom: 6px;
      }
      .over.top {
        left: 6px;
        top: 6px;
        max-width: calc(100% - 60px);
      }
    `,
  ];

  marks: Mark[] = [];
  /** The next press is expected here. */
  isAwaited = false;
  /** Look only. */
  isLocked = false;
  /** Where the other half of the pair is likely to be. */
  hint: Pixel | null = null;
  view: View | null = null;
  size: Size = { width: 0, height: 0 };
  private drag: { at: Pixel; n: number | null; isMoving: boolean; pointer: number } | null = null;
  private readonly sizes = new ResizeObserver(([entry]) => {
    if (!entry) return;
    const { width, height } = entry.contentRect;
    if (width < 20 || height < 20) return;
    const isFirst = this.size.width === 0;
    this.size = { width, height };
    if (isFirst) this.begin();
  });

  override connectedCallback(): void {
    super.connectedCallback();
    this.sizes.observe(this);
  }

  override disconnectedCallback(): void {
    this.sizes.disconnect();
    super.disconnectedCallback();
  }

  protected override updated(changed: PropertyValues): void {
    super.updated(changed);
    if (changed.has("isAwaited")) this.toggleAttribute("awaited", this.isAwaited);
  }

  /** Set the first view, once there is room. */
  protected abstract begin(): void;
  /** What lies under the marks, in pixels of the screen. */
  protected abstract ground(view: View): unknown;
  /** Said of it by a screen reader. */
  protected abstract get label(): string;
  /** Least and most pixels of the screen per unit. */
  protected abstract get reach(): readonly [number, number];
  /** Everything there is. */
  protected abstract get box(): readonly [number, number, number, number] | null;

  protected corners(): TemplateResult | typeof nothing {
    return nothing;
  }

  protected moreTools(): TemplateResult | typeof nothing {
    return nothing;
  }

  /** Show everything. */
  whole(): void {
    if (this.box !== null && this.size.width > 0) this.view = fitting(this.box, this.size, this.view?.turn ?? 0);
  }

  /** Bring a place into the middle, unless it can be seen well already. */
  show(at: Pixel, isAlways = false): void {
    if (this.view === null) return;
    const [px, py] = toScreen(this.view, this.size, at);
    const { width, height } = this.size;
    const isSeen = px > width * 0.15 && px < width * 0.85 && py > height * 0.15 && py < height * 0.85;
    if (isAlways || !isSeen) this.view = { ...this.view, x: at[0], y: at[1] };
  }

  focusStage(): void {
    this.renderRoot.querySelector<HTMLElement>(".stage")?.focus();
  }

  protected override render(): TemplateResult {
    const { view, size } = this;
    return html`<div
        class="stage ${this.isLocked ? "locked" : ""}"
        tabindex="0"
        role="application"
        aria-label=${this.label}
        aria-describedby="help"
        @keydown=${this.onKey}
        @pointerdown=${this.onDown}
        @pointermove=${this.onMove}
        @pointerup=${this.onUp}
        @pointercancel=${this.onCancel}
        @wheel=${this.onWheel}
      >
        <svg class="all" aria-hidden="true">
          ${view === null ? nothing : this.ground(view)} ${view === null ? nothing : this.drawn(view)}
          ${svg`<g class="aim" transform="translate(${size.width / 2} ${size.height / 2})">
            <path d="M-14 0H-4M4 0H14M0-14V-4M0 4V14" fill="none"></path><circle r="9" fill="none"></circle></g>`}
        </svg>
      </div>
      ${this.corners()}
      <div class="tools">
        <button type="button" aria-label=${t("plane.closer")} title=${t("plane.closer")} @click=${() => this.zoomBy(CLOSER)}>${icon("M8 3V13M3 8H13")}</button>
        <button type="button" aria-label=${t("plane.farther")} title=${t("plane.farther")} @click=${() => this.zoomBy(1 / CLOSER)}>${icon("M3 8H13")}</button>
        <button type="button" aria-label=${t("plane.whole")} title=${t("plane.whole")} @click=${() => this.whole()}>${icon("M2 6V2H6M10 2H14V6M14 10V14H10M6 14H2V10")}</button>
        ${this.moreTools()}
      </div>
      <p id="help" class="only-read">${t(this.isLocked ? "plane.help_look" : "plane.help")}</p>`;
  }

  private drawn(view: View): unknown {
    const hint = this.hint === null ? null : toScreen(view, this.size, this.hint);
    return svg`${hint === null ? nothing : svg`<g transform="translate(${hint[0]} ${hint[1]})">
        <circle class="hint" r="22"></circle><circle class="hint" r="3"></circle></g>`}
      ${this.marks.map((mark) => {
        const [x, y] = toScreen(view, this.size, mark.at);
        const names = ["mark", ...(mark.isWhole ? [] : ["half"]), ...(mark.isWorst ? ["worst"] : [])];
        const r = mark.isCurrent ? 13 : 10;
        return svg`<g class=${names.join(" ")} data-n=${mark.n} transform="translate(${x.toFixed(1)} ${y.toFixed(1)})">
          <circle class="halo" r=${r}></circle><circle class="ring" r=${r}></circle>
          <path class="cross" d="M-5 0H-1M1 0H5M0-5V-1M0 1V5"></path>
          <g transform="translate(${r + 4} ${-r - 2})"><circle class="badge" r="9"></circle>
            <text class="number" y="4">${mark.n + 1}</text>
            ${mark.note === "" ? nothing : svg`<text class="note" x="14" y="4">${mark.isWorst ? "! " : ""}${mark.note}</text>`}</g>
        </g>`;
      })}`;
  }

  private zoomBy(factor: number, at: Pixel = [this.size.width / 2, this.size.height / 2]): void {
    if (this.view === null) return;
    this.view = zoomed(this.view, this.size, at, factor, ...this.reach);
  }

  private readonly onWheel = (event: WheelEvent): void => {
    event.preventDefault();
    this.zoomBy(Math.exp(-event.deltaY * WHEEL), this.spot(event));
  };

  private spot(event: MouseEvent): Pixel {
    const box = this.getBoundingClientRect();
    return [event.clientX - box.left - this.clientLeft, event.clientY - box.top - this.clientTop];
  }

  private readonly onDown = (event: PointerEvent): void => {
    if (event.button !== 0) return;
    const mark = (event.target as Element).closest<SVGElement>(".mark");
    const n = mark?.dataset["n"] === undefined || this.isLocked ? null : Number(mark.dataset["n"]);
    this.drag = { at: this.spot(event), n, isMoving: false, pointer: event.pointerId };
    (event.currentTarget as HTMLElement).setPointerCapture(event.pointerId);
  };

  private readonly onMove = (event: PointerEvent): void => {
    const { drag } = this;
    if (drag === null || drag.pointer !== event.pointerId || this.view === null) return;
    const [x, y] = this.spot(event);
    const [dx, dy] = [x - drag.at[0], y - drag.at[1]];
    if (!drag.isMoving && Math.hypot(dx, dy) < CLICK_PX) return;
    this.drag = { ...drag, isMoving: true, at: [x, y] };
    if (drag.n === null) this.view = pushed(this.view, dx, dy);
    else this.tell("shift", { n: drag.n, at: toWorld(this.view, this.size, [x, y]), isLast: false });
  };

  private readonly onUp = (event: PointerEvent): void => {
    const { drag } = this;
    this.drag = null;
    if (drag === null || this.view === null) return;
    const at = toWorld(this.view, this.size, this.spot(event));
    if (drag.isMoving) {
      if (drag.n !== null) this.tell("shift", { n: drag.n, at, isLast: true });
    } else if (drag.n !== null) this.tell("pick", { n: drag.n });
    else this.put(at);
  };

  private readonly onCancel = (): void => {
    this.drag = null;
  };

  private put(at: Pixel): void {
    if (!this.isLocked) this.tell("put", { at });
  }

  private readonly onKey = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey || this.view === null) return;
    const step = event.shiftKey ? 1 : STEP_PX;
    const moves: Record<string, Pixel> = {
      ArrowLeft: [step, 0],
      ArrowRight: [-step, 0],
      ArrowUp: [0, step],
      ArrowDown: [0, -step],
    };
    const move = moves[event.key];
    if (move !== undefined) this.view = pushed(this.view, ...move);
    else if (event.key === "+" || event.key === "=") this.zoomBy(CLOSER);
    else if (event.key === "-") this.zoomBy(1 / CLOSER);
    else if (event.key === "0") this.whole();
    else if (event.key === "Enter") this.put([this.view.x, this.view.y]);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };

  private tell(name: string, detail: unknown): void {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}

/** A drawn sign, since not every font has one. */
export function icon(path: string): TemplateResult {
  return html`<svg viewBox="0 0 16 16" aria-hidden="true">${svg`<path d=${path}></path>`}</svg>`;
}
