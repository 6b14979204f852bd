/** A job in words. */

import type { Job } from "../types.ts";
import { duration, has, language, number, t } from "../words.ts";
import { percent, secondsLeft } from "./spell.ts";

/** The unit of steps that tell a share of 1. */
const SHARE = "of it";

/** Return what a job is called: `Align`, `Run everything`; the server's own word if unknown. */
export function jobName(job: Job): string {
  const key = `job.what.${job.what}`;
  return has(key) ? t(key) : job.what;
}

/** Return how much of the present step is done, 0..1; null while it cannot be told. */
export function shareOf(job: Job): number | null {
  return job.total > 0 ? Math.min(1, job.done / job.total) : null;
}

/** Return `12 of 53 sections, 40 s so far, about 2 min left`. */
export function progressWords(job: Job): string {
  const parts: string[] = [];
  if (job.unit === SHARE) parts.push(percent(job.done, job.total, language()));
  else if (job.total > 0) {
    const whole = (value: number): string => number(Math.round(value * 10) / 10);
    parts.push(
      t("job.done_of", { done: whole(job.done), total: whole(job.total), unit: unitWord(job.unit) }),
    );
  }
  parts.push(t("job.so_far", { time: duration(job.seconds) }));
  return parts.join(" · ");
}

/** Return about how long the present step still takes, from its own pace; "" if unknown. */
export function leftWords(job: Job, step_seconds: number): string {
  const left = secondsLeft(job.done, job.total, step_seconds);
  return left === null ? "" : t("job.left", { time: duration(left) });
}

function unitWord(unit: string): string {
  const key = `job.unit.${unit}`;
  return has(key) ? t(key) : unit;
}
