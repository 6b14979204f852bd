/** What is typed and not yet saved: pages hold it, the frame asks before it is lost. */

const holders = new Set<object>();

addEventListenerOnce();

/** Say that something would be lost, or no longer. */
export function hold(owner: object, isHeld: boolean): void {
  if (isHeld) holders.add(owner);
  else holders.delete(owner);
}

export function isUnsaved(): boolean {
  return holders.size > 0;
}

/** Let go of everything: the person said so. */
export function letGo(): void {
  holders.clear();
}

/** The browser's own question, when a window is closed or loaded anew. */
function addEventListenerOnce(): void {
  if (typeof window === "undefined") return;
  window.addEventListener("beforeunload", (event) => {
    if (isUnsaved()) event.preventDefault();
  });
}
