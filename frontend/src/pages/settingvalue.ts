/** A setting's value as text, and text as a value; the server has the last word. */

import type { Setting, SettingValue } from "../types.ts";

/** Return a value as it is shown in its field. */
export function showValue(value: SettingValue): string {
  if (value === null) return "";
  return Array.isArray(value) ? value.join(", ") : String(value);
}

/** Return what was typed, as the kind of value that the setting holds; text where it is none. */
export function readValue(text: string, like: Pick<Setting, "value" | "default">): SettingValue {
  const model = like.value ?? like.default;
  const one = (word: string, isNumber: boolean): string | number => {
    const found = Number(word.trim().replace(",", "."));
    return isNumber && word.trim() !== "" && Number.isFinite(found) ? found : word.trim();
  };
  if (Array.isArray(model)) {
    if (text.trim() === "") return [];
    return text.split(",").map((word) => one(word, typeof model[0] === "number"));
  }
  if (typeof model === "boolean") return text === "true";
  return one(text, typeof model === "number");
}

/** Return the line of vallum.toml that says the same, with its table. */
export function tomlLine(setting: Pick<Setting, "table" | "name">, value: SettingValue): string {
  const head = setting.table === "" ? "" : `[${setting.table}] `;
  return `${head}${setting.name} = ${JSON.stringify(value)}`;
}
