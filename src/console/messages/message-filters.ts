import type { HttpError } from "../../platform/web/http-error.ts";
import type { Faults } from "../web/form-faults.ts";
import type { Filters } from "./message-list-view.ts";
import { readTypedTime, type Edge } from "./typed-time.ts";

const time = "a date, or a date and a time, like 28/11/2026 14:30";

/** What to say of a field that does not fit, by field, in the order of the form. */
const texts: Readonly<Record<string, string>> = {
  identifier: "Enter a CRN or a NOMS number, like X123456 or A1234BC",
  eventType: "Enter an event type of up to 100 characters without spaces",
  outcome: "Choose an outcome from the list",
  from: `From must be ${time}`,
  to: `To must be ${time}`,
};

/** The filters as the search takes them: what was typed as a time becomes an instant, where it is one. */
export function toSearch(filters: Filters): Filters {
  return Object.fromEntries(
    Object.entries(filters).map(([name, value]) => [name, isEdge(name) ? toInstantText(value, name) : value]),
  );
}

function isEdge(name: string): name is Edge {
  return name === "from" || name === "to";
}

function toInstantText(text: string, edge: Edge): string {
  const instant = readTypedTime(text, edge);
  return instant === null ? text : new Date(instant).toISOString();
}

/** What the search refused, beside the fields of the form; null where the fault lies elsewhere in the address. */
export function findFilterFaults({ answer }: HttpError, filters: Filters): Faults | null {
  const wrong = new Set(answer.fields?.map(({ field }) => field));
  const list = Object.entries(texts).flatMap(([field, text]) =>
    wrong.delete(field) ? { field, text, href: `#${field}` } : [],
  );
  if (list.length === 0 || wrong.size > 0) return null;
  return { list, byField: Object.fromEntries(list.map(({ field, text }) => [field, text])), values: filters };
}
