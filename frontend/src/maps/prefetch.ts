/** Fetch what the next views need into the browser's cache, while nothing else is to be done. */

const PARALLEL = 3; // of the six connections a browser opens to one host
const REMEMBERED = 6000;

export type Fetcher = (url: string) => Promise<{ ok: boolean; isKept: boolean }>;

/**
 * A queue of addresses. New plans replace old ones; what has begun is finished, never broken off,
 * since the map may be waiting for the very same tile.
 */
export class Prefetcher {
  private queue: string[] = [];
  private running = 0;
  private isPaused = true;
  private isOff = false;
  private readonly done = new Set<string>();

  constructor(private readonly get: Fetcher = fetchQuietly) {}

  /** How many addresses still wait or are on their way. */
  get left(): number {
    return this.queue.length + this.running;
  }

  /** Replace what is to be fetched, most wanted first. */
  plan(urls: readonly string[]): void {
    this.queue = [...new Set(urls)].filter((url) => !this.done.has(url));
    this.go();
  }

  /** Start nothing new: the view itself is loading. */
  pause(): void {
    this.isPaused = true;
  }

  /** Go on. */
  resume(): void {
    this.isPaused = false;
    this.go();
  }

  private go(): void {
    while (!this.isPaused && !this.isOff && this.running < PARALLEL) {
      const url = this.queue.shift();
      if (url === undefined) return;
      this.running += 1;
      void this.one(url);
    }
  }

  private async one(url: string): Promise<void> {
    try {
      const { ok, isKept } = await this.get(url);
      if (ok) this.remember(url);
      this.isOff ||= ok && !isKept; // the server forbids keeping: fetching early would be twice the work
    } catch {
      this.queue = []; // the server is away; the next plan tries again
    }
    this.running -= 1;
    this.go();
  }

  private remember(url: string): void {
    this.done.add(url);
    if (this.done.size <= REMEMBERED) return;
    const [oldest] = this.done;
    if (oldest !== undefined) this.done.delete(oldest);
  }
}

/** Fetch like MapLibre does (same `accept`), at low priority, and read to the end so that it is kept. */
async function fetchQuietly(url: string): Promise<{ ok: boolean; isKept: boolean }> {
  const init: RequestInit & { priority?: "low" } = {
    priority: "low",
    headers: { accept: "image/webp,*/*" },
  };
  const response = await fetch(url, init);
  await response.arrayBuffer();
  const isKept = !(response.headers.get("cache-control") ?? "").includes("no-store");
  return { ok: response.ok, isKept };
}
