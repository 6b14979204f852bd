/** How many windows of this browser show the same project. */

const NAME = "vallum.windows";
const BEAT_MS = 5000;

/** Fires `change`. Windows greet each other; one that is silent for three beats has gone. */
export class Windows extends EventTarget {
  private readonly me = Math.random().toString(36).slice(2);
  private readonly heard = new Map<string, number>();
  private readonly channel = typeof BroadcastChannel === "undefined" ? null : new BroadcastChannel(NAME);
  private project = "";
  private was = 1;

  constructor() {
    super();
    if (this.channel === null) return;
    this.channel.onmessage = (event: MessageEvent<unknown>) => this.hear(event.data);
    setInterval(() => this.greet("here"), BEAT_MS);
    addEventListener("pagehide", () => this.greet("bye"));
  }

  /** Windows on this project, this one included. */
  get n(): number {
    return this.heard.size + 1;
  }

  join(project: string): void {
    if (project !== this.project) this.heard.clear();
    this.project = project;
    this.greet("hello");
  }

  private greet(what: "hello" | "here" | "bye"): void {
    if (this.project === "") return;
    this.channel?.postMessage({ who: this.me, project: this.project, what });
    const old = Date.now() - 3 * BEAT_MS;
    for (const [who, at] of this.heard) if (at < old) this.heard.delete(who);
    this.tell();
  }

  private hear(data: unknown): void {
    const { who, project, what } = (data ?? {}) as { who?: string; project?: string; what?: string };
    if (who === undefined || who === this.me || project !== this.project) return;
    if (what === "bye") this.heard.delete(who);
    else this.heard.set(who, Date.now());
    if (what === "hello") this.greet("here");
    this.tell();
  }

  private tell(): void {
    if (this.n === this.was) return;
    this.was = this.n;
    this.dispatchEvent(new Event("change"));
  }
}
