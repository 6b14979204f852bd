/** Pointers and wheel on a chart: drag, pinch, zoom, press. The page still scrolls under one finger. */

export interface Held {
  /** Move by pixels. */
  panBy: (dx: number, dy: number) => void;
  /** Zoom by a factor around a pixel. */
  zoomBy: (factor: number, x: number, y: number) => void;
  /** A press that moved nothing. */
  press: (x: number, y: number) => void;
  /** The mouse is above a pixel, or left (null). */
  over?: (at: readonly [number, number] | null) => void;
}

const SLOP_PX = 6;
const WHEEL_PER_DOUBLE = 300;

/**
 * Listen on a chart; returns how to stop.
 *
 * The wheel zooms with Ctrl alone: without it a reader scrolls past. `touch-action: pan-y` in the
 * chart's style leaves vertical swipes to the page.
 */
export function handle(glass: HTMLElement, held: Held): () => void {
  const stop = new AbortController();
  const { signal } = stop;
  const down = new Map<number, [number, number]>();
  let isDragging = false;
  const inside = (event: PointerEvent | WheelEvent): [number, number] => {
    const box = glass.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  };
  glass.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    if (down.size === 0) isDragging = false;
    down.set(event.pointerId, inside(event));
  }, { signal });
  glass.addEventListener("pointermove", (event) => {
    const [x, y] = inside(event);
    const last = down.get(event.pointerId);
    if (!last) {
      if (event.pointerType === "mouse") held.over?.([x, y]);
      return;
    }
    const [dx, dy] = [x - last[0], y - last[1]];
    if (!isDragging && Math.hypot(dx, dy) < SLOP_PX) return;
    if (!isDragging) glass.setPointerCapture(event.pointerId);
    isDragging = true;
    const before = spread(down);
    down.set(event.pointerId, [x, y]);
    held.panBy(dx / down.size, dy / down.size);
    const after = spread(down);
    if (before !== null && after !== null && before > 0) held.zoomBy(after / before, ...middle(down));
  }, { signal });
  glass.addEventListener("pointerup", (event) => {
    const was = down.delete(event.pointerId);
    if (was && !isDragging && down.size === 0) held.press(...inside(event));
  }, { signal });
  glass.addEventListener("pointercancel", (event) => void down.delete(event.pointerId), { signal });
  glass.addEventListener("pointerleave", () => held.over?.(null), { signal });
  glass.addEventListener("wheel", (event) => {
    if (!event.ctrlKey && !event.metaKey) {
      if (Math.abs(event.deltaX) <= Math.abs(event.deltaY)) return;
      event.preventDefault();
      held.panBy(-event.deltaX, 0);
      return;
    }
    event.preventDefault();
    held.zoomBy(2 ** (-event.deltaY / WHEEL_PER_DOUBLE), ...inside(event));
  }, { signal, passive: false });
  return () => stop.abort();
}

function spread(points: Map<number, [number, number]>): number | null {
  const [a, b] = [...points.values()];
  return a && b ? Math.hypot(a[0] - b[0], a[1] - b[1]) : null;
}

function middle(points: Map<number, [number, number]>): [number, number] {
  const [a = [0, 0], b = a] = [...points.values()];
  return [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2];
}
