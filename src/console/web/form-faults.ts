import { z } from "zod";
import { HttpError } from "../../platform/web/http-error.ts";

/** A field that does not fit: `href` leads to it from the summary at the top of the page. */
export interface Fault {
  readonly field: string;
  readonly text: string;
  readonly href: string;
}

/** What is wrong with a form, and what it held, so that nothing has to be typed again. */
export interface Faults {
  readonly list: readonly Fault[];
  /** The text of the fault of each field. */
  readonly byField: Readonly<Record<string, string>>;
  readonly values: Readonly<Record<string, unknown>>;
}

/** What check boxes of one name hold, each value once. One alone comes as text and not as a list. */
export function checked(values: z.ZodType<string[]>) {
  return z
    .preprocess((given) => (typeof given === "string" ? [given] : given), values)
    .transform((given) => [...new Set(given)]);
}

const valuesSchema = z.record(z.string(), z.unknown()).catch({});

/** What a page shows of faults: one of each field, in the order of the form. The id of a field is its name. */
export function viewFaults(error: z.ZodError, body: unknown): Faults {
  const byField = new Map<string, string>();
  for (const { path, message } of error.issues) {
    const field = String(path[0] ?? "form");
    if (!byField.has(field)) byField.set(field, message);
  }
  const list = [...byField].map(([field, text]) => ({ field, text, href: `#${field}` }));
  return { list, byField: Object.fromEntries(byField), values: valuesSchema.parse(body) };
}

/** What a form came to that was refused, which its sender is told where it stood; raises what is no refusal. */
export function describeRefusal(error: unknown, location: string) {
  if (!(error instanceof HttpError)) throw error;
  const { message, fields = [] } = error.answer;
  const text = `${fields[0]?.message ?? message}.`;
  return { location, notice: { kind: "information", title: "Nothing was done", text } } as const;
}
