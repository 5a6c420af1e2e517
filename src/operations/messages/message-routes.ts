import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { viewers } from "../../platform/access/access.ts";
import { describeError } from "../../platform/web/api-answers.ts";
import type { Executor } from "../../platform/database/database.ts";
import { securedRoute } from "../../platform/web/secured-route.ts";
import { messageExamples, messagePageSchema, messageQuerySchema, wholeMessageSchema } from "./message-schema.ts";
import { badQuery, getMessage, searchMessages } from "./message-search.ts";

/** What the routes of messages are built from. */
export interface MessageRoutesSettings {
  readonly reads: Executor;
}

const parameters = z.object({
  inboxKey: z
    .string()
    .meta({ description: "Key of the message, or of one of its replays", examples: [messageExamples.whole.inboxKey] }),
});

/** Adds the list of messages and everything that is known of one. */
export function addMessageRoutes(app: FastifyInstance, { reads }: MessageRoutesSettings): void {
  app.get("/operations/messages", listRoute, ({ query }) => searchMessages(reads, query));
  app.get<{ Params: z.infer<typeof parameters> }>("/operations/messages/:inboxKey", oneRoute, ({ params }) =>
    getMessage(reads, params.inboxKey),
  );
}

const listRoute = securedRoute(viewers, {
  tag: "Messages",
  operationId: "listMessages",
  summary: "Messages that were settled, newest first",
  query: messageQuerySchema,
  answer: { description: "A page of messages", schema: messagePageSchema, example: messageExamples.page },
  errors: { 400: describeError(400, badQuery) },
});

const oneRoute = securedRoute(viewers, {
  tag: "Messages",
  operationId: "getMessage",
  summary: "Everything that is known of a message and of its replays",
  params: parameters,
  answer: { description: "The message", schema: wholeMessageSchema, example: messageExamples.whole },
  errors: { 404: describeError(404, `Message ${messageExamples.whole.inboxKey} not found`) },
});
