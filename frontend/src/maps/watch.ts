/** What happens around an element: its size, the tab, the network. */

export interface Happenings {
  resized: () => void;
  /** The tab went to the back or came to the front. */
  hidden: () => void;
  online: () => void;
}

/** Call back when something happens; returns how to stop. */
export function watch(element: Element, happenings: Happenings): () => void {
  const sizes = new ResizeObserver(happenings.resized);
  const stop = new AbortController();
  sizes.observe(element);
  document.addEventListener("visibilitychange", happenings.hidden, { signal: stop.signal });
  addEventListener("online", happenings.online, { signal: stop.signal });
  return () => {
    sizes.disconnect();
    stop.abort();
  };
}
