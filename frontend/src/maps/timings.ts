/** How long a person waits, measured where it happens. */

/** Milliseconds; NaN until measured. */
export interface Timings {
  /** From setting an item to both pictures whole. */
  next_ms: number;
  /** From asking for the other picture to its frame on screen. */
  toggle_ms: number;
}

const NEXT = "vallum-next";
const START = "vallum-next-start";

/** A stopwatch; `vallum-next` is also a measure of the browser's own performance timeline. */
export class Stopwatch {
  readonly timings: Timings = { next_ms: Number.NaN, toggle_ms: Number.NaN };
  /** An item is set and not yet whole on screen. */
  isRunning = false;

  /** An item was set. */
  begin(): void {
    performance.clearMarks(START);
    performance.mark(START);
    this.isRunning = true;
  }

  /** Both pictures are whole. */
  end(): void {
    if (!this.isRunning) return;
    this.isRunning = false;
    this.timings.next_ms = performance.measure(NEXT, START).duration;
  }

  /** The other picture was asked for: count until the frame that shows it is done. */
  toggled(): void {
    const start = performance.now();
    requestAnimationFrame(() =>
      setTimeout(() => {
        this.timings.toggle_ms = performance.now() - start;
      }),
    );
  }
}
