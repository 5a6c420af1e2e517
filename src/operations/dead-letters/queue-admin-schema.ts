import { z } from "zod";
import { isNestedTooDeeply } from "../../platform/process/json-depth.ts";

const maxShown = 500;

/** How many of the dead are shown where no one asks for another number. */
export const standardShown = 100;

/** How many of the dead are shown. */
export const deadMessagesQuerySchema = z.strictObject({
  maxMessages: z.coerce
    .number()
    .int()
    .min(1)
    .max(maxShown)
    .optional()
    .meta({ description: `How many to show; ${standardShown} by default`, examples: [standardShown] }),
});

/** What redrives and purges answer. */
export const foundSchema = z.object({ messagesFoundCount: z.int() }).meta({ title: "MessagesFound" });

/** What a look at the dead answers. */
export const deadMessagesSchema = foundSchema
  .extend({
    messagesReturnedCount: z.int(),
    messages: z.array(
      z.object({
        messageId: z.string(),
        body: z.unknown().describe("The body as an object where it is one, else its text"),
      }),
    ),
  })
  .meta({ title: "DeadMessages" });

/**
 * What a dead message's body shows: the object that it is where it is one, else its text. Numbers keep the digits that they
 * were sent with, also those that JavaScript would round.
 */
export function showBody(body: string): unknown {
  if (isNestedTooDeeply(body)) return body;
  try {
    const parsed: unknown = JSON.parse(body, keepNumber);
    return typeof parsed === "object" && parsed !== null && !JSON.isRawJSON(parsed) ? parsed : body;
  } catch {
    return body;
  }
}

function keepNumber(_name: string, value: unknown, { source = "" }: { readonly source?: string }): unknown {
  return typeof value === "number" ? JSON.rawJSON(source) : value;
}
