/** Swapping by itself: never more than three times a second, never where less motion is asked for. */

export const DEFAULT_SWAPS = 1.5; // per second
const LEAST_SWAPS = 0.2;
const MOST_SWAPS = 3; // WCAG 2.3.1

/** Return a rate that is safe, swaps per second. */
export function safeSwaps(swaps: number): number {
  if (!Number.isFinite(swaps)) return DEFAULT_SWAPS;
  return Math.min(Math.max(swaps, LEAST_SWAPS), MOST_SWAPS);
}

/** A clock that swaps. */
export class Blinker {
  private timer: ReturnType<typeof setInterval> | undefined;

  constructor(private readonly swap: () => void) {}

  get isOn(): boolean {
    return this.timer !== undefined;
  }

  /** Start; says whether it may. */
  start(swaps: number): boolean {
    this.stop();
    if (matchMedia("(prefers-reduced-motion: reduce)").matches) return false;
    this.timer = setInterval(this.swap, 1000 / safeSwaps(swaps));
    return true;
  }

  stop(): void {
    clearInterval(this.timer);
    this.timer = undefined;
  }
}
