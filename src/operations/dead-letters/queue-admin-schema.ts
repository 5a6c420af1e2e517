import { z } from "zod";
import { readExactJson } from "../../platform/text/exact-json.ts";

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

/** What a dead message's body shows: the object that it is where it is one, else its text. */
export function showBody(body: string): unknown {
  const parsed = readExactJson(body);
  return typeof parsed === "object" && parsed !== null && !JSON.isRawJSON(parsed) ? parsed : body;
}
