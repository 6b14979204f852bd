/** What happens is also said aloud: one live region at the app reads it. */

export const voice = new EventTarget();

/** Have a sentence read by screen readers, after what is being read. */
export function say(text: string): void {
  voice.dispatchEvent(new CustomEvent("say", { detail: text }));
}
