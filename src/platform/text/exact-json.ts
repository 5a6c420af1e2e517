import { parseJson } from "../process/strict-text.ts";

/**
 * Reads JSON that is only to be shown. Numbers keep the digits that they were sent with, also those that JavaScript would
 * round. Undefined for a text that is no JSON, or is nested too deeply to be parsed.
 */
export function readExactJson(text: string): unknown {
  const json = parseJson(text, (whole) => JSON.parse(whole, keepNumber));
  return typeof json === "symbol" ? undefined : json;
}

function keepNumber(_name: string, value: unknown, { source = "" }: { readonly source?: string }): unknown {
  return typeof value === "number" ? JSON.rawJSON(source) : value;
}
