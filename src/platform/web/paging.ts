import { z } from "zod";
import { parseJson } from "../process/strict-text.ts";

/** How many a list shows at once where no one asks for another number. */
export const standardSize = 50;

/** Where a list of numbered entries begins: behind every number. */
export const listTop = Number.MAX_SAFE_INTEGER;

/** What every list may be asked for. */
export const pageQuery = {
  size: z.coerce
    .number()
    .int()
    .min(1)
    .max(200)
    .optional()
    .meta({ description: `Most to show at once; ${standardSize} by default`, examples: [standardSize] }),
  before: z
    .string()
    .min(1)
    .max(300)
    .optional()
    .meta({ description: "The `next` of the page before this one", examples: [writeCursor(listTop)] }),
};

/** What every list answers beside its entries. */
export const pageAnswer = {
  next: z.string().optional().describe("Ask again with `before` set to this for what is older; absent at the end"),
};

/** Where an entry stands in its list. */
type Place = number | readonly (number | string)[];

/** An instant as the API shows it. */
export const instantSchema = z.string().meta({ format: "date-time" });

/** The place where a page ends, as callers hand it back; what is in it is no one's business but ours. */
export function writeCursor(position: Place): string {
  return Buffer.from(JSON.stringify(position)).toString("base64url");
}

/** What `before` is read by: the place where a page of this list ended, and nothing else. */
export function cursorOf<Position>(schema: z.ZodType<Position>) {
  return z.string().transform((cursor, context) => {
    const { success, data } = schema.safeParse(parseJson(Buffer.from(cursor, "base64url").toString()));
    if (success) return data;
    context.addIssue({ code: "custom", message: "is not a `next` value from this list" });
    return z.NEVER;
  });
}

/** One page of what was found: one more than the page was asked for means that there is more. */
export function cutPage<Entry>(
  found: readonly Entry[],
  size: number,
  positionOf: (entry: Entry) => Place,
): { readonly entries: readonly Entry[]; readonly next: string | undefined } {
  const entries = found.slice(0, size);
  const last = entries.at(-1);
  return { entries, next: found.length > size && last !== undefined ? writeCursor(positionOf(last)) : undefined };
}
