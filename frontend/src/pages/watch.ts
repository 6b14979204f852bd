/** The one running job, looked at every second while it runs; pages and the top bar listen. */

import { api, ApiError } from "../api.ts";
import type { Job } from "../types.ts";

const RUNNING_MS = 1000;
const IDLE_MS = 15_000;

/** Holds what the server last said of its job. Fires `change`, and `ended` when a job ends. */
export class JobWatch extends EventTarget {
  job: Job | null = null;
  /** True when the last look did not reach the server; what is shown may be old. */
  isLost = false;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private n_listeners = 0;
  /** Counts what was heard, so that a late answer cannot overwrite a newer one. */
  private n_heard = 0;

  /** Call back at every change, from now on; returns how to stop. */
  follow(onChange: () => void): () => void {
    this.addEventListener("change", onChange);
    this.n_listeners += 1;
    if (this.n_listeners === 1) void this.look();
    return () => {
      this.removeEventListener("change", onChange);
      this.n_listeners -= 1;
      if (this.n_listeners === 0) clearTimeout(this.timer);
    };
  }

  /** Take a job that a button just started. */
  take(job: Job): void {
    this.set(job, false);
  }

  /** Ask the server now, and again later. */
  async look(): Promise<void> {
    const asked = this.n_heard;
    try {
      const job = await api.job();
      if (asked === this.n_heard) this.set(job, false);
    } catch (problem) {
      if (!(problem instanceof ApiError)) throw problem;
      if (asked !== this.n_heard) return;
      this.set(problem.status === 0 ? this.job : null, problem.status === 0);
    }
  }

  private set(job: Job | null, isLost: boolean): void {
    const before = this.job;
    this.n_heard += 1;
    this.job = job;
    this.isLost = isLost;
    clearTimeout(this.timer);
    if (this.n_listeners > 0) {
      const wait = isLost || job?.state === "running" ? RUNNING_MS : IDLE_MS;
      this.timer = setTimeout(() => void this.look(), wait);
    }
    this.dispatchEvent(new Event("change"));
    const wasRunning = before !== null && before.state === "running";
    if (job !== null && job.state !== "running" && wasRunning) {
      this.dispatchEvent(new CustomEvent("ended", { detail: job }));
    }
  }
}

export const jobs = new JobWatch();
