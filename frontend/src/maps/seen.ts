/** Which image was on screen for how long. */

/**
 * A clock per image on screen. It reports an image when it leaves the screen.
 *
 * Times are seconds of `now_ms`, which the caller gives, so that it can be tested.
 */
export class SeenClock {
  private readonly since = new Map<string, number>();

  constructor(private readonly report: (scene: string, seconds: number) => void) {}

  /** Say which images are on screen from now on. */
  show(scenes: readonly string[], now_ms: number): void {
    const wanted = new Set(scenes.filter((scene) => scene !== ""));
    for (const scene of [...this.since.keys()]) {
      if (!wanted.has(scene)) this.end(scene, now_ms);
    }
    for (const scene of wanted) {
      if (!this.since.has(scene)) this.since.set(scene, now_ms);
    }
  }

  /** Report everything that is on screen and go on counting from zero. */
  flush(now_ms: number): void {
    const still = [...this.since.keys()];
    for (const scene of still) this.end(scene, now_ms);
    for (const scene of still) this.since.set(scene, now_ms);
  }

  private end(scene: string, now_ms: number): void {
    const seconds = (now_ms - (this.since.get(scene) ?? now_ms)) / 1000;
    this.since.delete(scene);
    if (seconds > 0) this.report(scene, Math.round(seconds * 1000) / 1000);
  }
}

/** Return the scenes on screen: one, or both where they share it. */
export function onScreen(
  shown: "before" | "after" | "both",
  left: string,
  right: string,
  /** Per cent of the width that shows the left one; null where nothing is swiped. */
  swipe: number | null,
): string[] {
  const isLeft = shown !== "after" && (swipe === null || swipe >= 1);
  const isRight = shown !== "before" && (swipe === null || swipe <= 99);
  return [isLeft ? left : "", isRight ? right : ""].filter((scene) => scene !== "");
}
