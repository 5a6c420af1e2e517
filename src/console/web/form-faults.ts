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

/** What check boxes of one name hold: from 1 to so many values, each once. One alone comes as text and not as a list. */
export function checked(value: z.ZodType<string, string>, most: number) {
  return z
    .union([z.array(z.string()), z.string().transform((one) => [one])])
    .pipe(z.array(value).min(1).max(most))
    .transform((given) => [...new Set(given)]);
}

const standardTexts: Readonly<Record<string, string>> = {
  reason: "Enter a reason, in 1 to 500 characters",
};

const valuesSchema = z.record(z.string(), z.unknown()).catch({});

/** What a page shows of faults: one of each field, in the order of the form. The id of a field is its name. */
export function viewFaults(error: z.ZodError, body: unknown, texts: Readonly<Record<string, string>> = {}): Faults {
  const byField = new Map<string, string>();
  for (const { path, message } of error.issues) {
    const field = String(path[0] ?? "form");
    if (!byField.has(field)) byField.set(field, texts[field] ?? standardTexts[field] ?? message);
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
