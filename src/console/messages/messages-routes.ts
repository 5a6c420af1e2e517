import { z } from "zod";
import { getMessage, searchMessages } from "../../operations/messages/message-search.ts";
import type { Executor } from "../../platform/database/database.ts";
import type { MessagePage } from "../../operations/messages/message-schema.ts";
import { HttpError } from "../../platform/web/http-error.ts";
import type { Faults } from "../web/form-faults.ts";
import type { Pages } from "../web/page-routes.ts";
import { findFilterFaults, toSearch } from "./message-filters.ts";
import { viewMessageList, type Filters } from "./message-list-view.ts";
import { viewMessage } from "./message-details-view.ts";

/** What the pages of messages are built from. */
export interface MessagesSettings {
  readonly reads: Executor;
}

interface FoundMessages {
  readonly page: MessagePage;
  readonly faults: Faults | null;
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
    const filters = querySchema.parse(request.query);
    const { page, faults } = await findMessages(reads, filters);
    const model = { ...viewMessageList(page, filters, now), faults };
    return { template: "messages/messages.njk", title: "Messages", model, status: faults === null ? 200 : 400 };
  });
  pages.show("/console/messages/:inboxKey", async ({ request, now }) => {
    const { inboxKey } = paramsSchema.parse(request.params);
    const model = viewMessage(await getMessage(reads, inboxKey), now);
    return { template: "messages/message.njk", title: `Message ${model.inboxKey}`, model };
  });
}

/** What fits the filters; nothing, and what is wrong with which field, where they are not valid. */
async function findMessages(reads: Executor, filters: Filters): Promise<FoundMessages> {
  try {
    return { page: await searchMessages(reads, toSearch(filters)), faults: null };
  } catch (error) {
    const faults = error instanceof HttpError ? findFilterFaults(error, filters) : null;
    if (faults === null) throw error;
    return { page: { messages: [] }, faults };
  }
}
