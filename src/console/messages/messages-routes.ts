import { z } from "zod";
import { getMessage, searchMessages } from "../../operations/messages/message-search.ts";
import type { Executor } from "../../platform/database/database.ts";
import type { Pages } from "../web/page-routes.ts";
import { viewMessageList } from "./message-list-view.ts";
import { viewMessage } from "./message-details-view.ts";

/** What the pages of messages are built from. */
export interface MessagesSettings {
  readonly reads: Executor;
}

// A form sends the fields that are left empty, too.
const querySchema = z
  .record(z.string(), z.unknown())
  .transform((query) =>
    Object.fromEntries(
      Object.entries(query).flatMap(([name, value]) =>
        typeof value === "string" && value.trim() !== "" ? [[name, value.trim()] as const] : [],
      ),
    ),
  );
const paramsSchema = z.object({ inboxKey: z.string() });

/** Adds the list of messages and the page of one. */
export function addMessagesPages(pages: Pages, { reads }: MessagesSettings): void {
  pages.show("/console/messages", async ({ request, now }) => {
    const query = querySchema.parse(request.query);
    const model = viewMessageList(await searchMessages(reads, query), query, now);
    return { template: "messages/messages.njk", title: "Messages", model };
  });
  pages.show("/console/messages/:inboxKey", async ({ request, now }) => {
    const { inboxKey } = paramsSchema.parse(request.params);
    const model = viewMessage(await getMessage(reads, inboxKey), now);
    return { template: "messages/message.njk", title: `Message ${model.inboxKey}`, model };
  });
}
