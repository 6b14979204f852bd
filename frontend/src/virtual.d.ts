/** Modules that the build makes. */

declare module "vallum:messages" {
  const messages: Record<"en" | "ko" | "zh-Hans", Record<string, string>>;
  export default messages;
}

/** In the bundle a style sheet is its text, to be put into a shadow root. */
declare module "*.css" {
  const text: string;
  export default text;
}
