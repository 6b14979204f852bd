/** The parts of the page about the report, by their address. */

export const TABS = ["make", "read", "editions", "sheets", "cite"] as const;
export type Tab = (typeof TABS)[number];

/** Return which part of the page an address such as `#/report/editions` means. */
export function tabOf(hash: string): Tab {
  const [, part] = hash.replace(/^#\//, "").split("/");
  return TABS.find((tab) => tab === part) ?? "make";
}
