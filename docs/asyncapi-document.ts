import { stringify } from "yaml";
import { writeEventDocument } from "../src/sync/events/event-document.ts";

/** The AsyncAPI document, as the service serves it. */
export function writeAsyncApiDocument(): string {
  // The older version puts quotation marks around what its readers would take for a date.
  return stringify(writeEventDocument(), { aliasDuplicateObjects: false, lineWidth: 0, version: "1.1" });
}
