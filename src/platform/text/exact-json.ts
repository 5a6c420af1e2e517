import { isNestedTooDeeply } from "../process/json-depth.ts";

/**
 * Reads JSON that is only to be shown. Numbers keep the digits that they were sent with, also those that JavaScript would
 * round. Undefined for a text that is no JSON, or is nested too deeply to be parsed.
 */
export function readExactJson(text: string): unknown {
  if (isNestedTooDeeply(text)) return undefined;
  try {
    return JSON.parse(text, keepNumber);
  } catch {
    return undefined;
  }
}

function keepNumber(_name: string, value: unknown, { source = "" }: { readonly source?: string }): unknown {
  return typeof value === "number" ? JSON.rawJSON(source) : value;
}
