/** Pointer, wheel and arrow keys on the glass that lies above both maps. */

export interface GestureTarget {
  /** Move the view by pixels. */
  panBy: (dx: number, dy: number) => void;
  /** Zoom by levels around a pixel of the glass; without one, around the middle. */
  zoomBy: (steps: number, at?: readonly [number, number]) => void;
  /** Say whether a drag moves the view now (not while a drawn point is being dragged). */
  mayPan: () => boolean;
}

const STEP_PX = 80;
const SLOP_PX = 9; // just above terra-draw's own 8, so that dragging a point wins
const WHEEL_PER_LEVEL = 400;

/** Listen on the glass; returns how to stop. */
export function listen(glass: HTMLElement, target: GestureTarget): () => void {
  const stop = new AbortController();
  const { signal } = stop;
  const down = new Map<number, [number, number]>();
  let isDragging = false;

  glass.addEventListener(
    "pointerdown",
    (event) => {
      down.set(event.pointerId, [event.clientX, event.clientY]);
      isDragging = false;
    },
    { signal },
  );
  glass.addEventListener(
    "pointermove",
    (event) => {
      const last = down.get(event.pointerId);
      if (!last) return;
      const [dx, dy] = [event.clientX - last[0], event.clientY - last[1]];
      if (!isDragging && Math.hypot(dx, dy) < SLOP_PX) return;
      if (!isDragging) glass.setPointerCapture(event.pointerId);
      isDragging = true;
      const before = spread(down);
      down.set(event.pointerId, [event.clientX, event.clientY]);
      if (!target.mayPan()) return;
      target.panBy(-dx / down.size, -dy / down.size);
      const after = spread(down);
      if (before && after) target.zoomBy(Math.log2(after / before));
    },
    { signal },
  );
  const up = (event: PointerEvent): void => {
    down.delete(event.pointerId);
  };
  glass.addEventListener("pointerup", up, { signal });
  glass.addEventListener("pointercancel", up, { signal });
  glass.addEventListener(
    "wheel",
    (event) => {
      event.preventDefault();
      const box = glass.getBoundingClientRect();
      const delta = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? event.deltaY * 40 : event.deltaY;
      const steps = Math.max(-1, Math.min(1, -delta / WHEEL_PER_LEVEL));
      target.zoomBy(steps, [event.clientX - box.left, event.clientY - box.top]);
    },
    { signal, passive: false },
  );
  return () => stop.abort();
}

export interface Steered {
  arrow: (key: Arrow, maySwipe: boolean) => void;
  zoomBy: (steps: number) => void;
  home: () => void;
  /** Put a point of a drawing in the middle; says whether there is a drawing. */
  putPoint: () => boolean;
}

export type Arrow = "left" | "right" | "up" | "down";

/** Do what a key on the glass asks for. Every key that means nothing here is left to the app. */
export function steer(event: KeyboardEvent, by: Steered): void {
  if (event.ctrlKey || event.altKey || event.metaKey) return;
  const arrow = /^Arrow(Left|Right|Up|Down)$/.exec(event.key)?.[1]?.toLowerCase();
  if (arrow) by.arrow(arrow as Arrow, !event.shiftKey);
  else if (event.key === "+" || event.key === "=") by.zoomBy(0.5);
  else if (event.key === "-") by.zoomBy(-0.5);
  else if (event.key === "0") by.home();
  else if (event.key !== "." || !by.putPoint()) return;
  event.preventDefault();
  event.stopPropagation();
}

/** Return how far an arrow key moves the view, in pixels to the right and down. */
export function arrowStep(arrow: Arrow): readonly [number, number] {
  return STEPS[arrow];
}

const STEPS: Record<Arrow, readonly [number, number]> = {
  left: [-STEP_PX, 0],
  right: [STEP_PX, 0],
  up: [0, -STEP_PX],
  down: [0, STEP_PX],
};

function spread(points: Map<number, [number, number]>): number | null {
  const [a, b] = [...points.values()];
  return a && b ? Math.hypot(a[0] - b[0], a[1] - b[1]) : null;
}
