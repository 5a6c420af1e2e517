import type { FastifyInstance, FastifyRequest } from "fastify";
import type { z } from "zod";
import { operators, viewers } from "../../platform/access/access.ts";
import { describeError } from "../../platform/web/api-answers.ts";
import type { Database, Executor } from "../../platform/database/database.ts";
import { parseInput, requireCaller, securedRoute, workWithin } from "../../platform/web/secured-route.ts";
import {
  badQuery,
  carryOutOrder,
  previewMessages,
  searchQuarantined,
  type Order,
  type Preview,
} from "./quarantine-handler.ts";
import {
  documentedRequests,
  orderAnswerSchema,
  orderNames,
  orderRequestSchema,
  previewAnswerSchema,
  previewRequestSchema,
  quarantineExample,
  quarantineGroupsSchema,
  quarantinePageSchema,
  quarantineQuerySchema,
  readChosen,
  type OrderAnswer,
  type OrderName,
} from "./quarantine-schema.ts";
import { listQuarantineGroups } from "./quarantine-store.ts";

/** What the routes of the quarantine are built from. */
export interface QuarantineRoutesSettings {
  readonly reads: Executor;
  readonly database: Database;
  readonly preview: Preview;
  /** Aborts when the service stops: what is under way is then broken off. */
  readonly stopping: AbortSignal;
}

const tag = "Quarantine";
const badRequest = 'Send {"inboxKeys": [...]} with 1 to 100 keys, or {"group": "..."} with a reason of quarantine';
const badOrder = `${badRequest}, and a "reason" of 1 to 500 characters`;
// Within the time after which a connection counts as stalled.
const previewMs = 25_000;
const orderMs = 8_000;

/** Adds what is quarantined, and everything that an operator may do with it (rule O3). */
export function addQuarantineRoutes(app: FastifyInstance, settings: QuarantineRoutesSettings): void {
  const { reads, database, stopping } = settings;
  const limit = { milliseconds: orderMs, stopping };
  app.get("/operations/quarantine", groupsRoute, async (): Promise<z.infer<typeof quarantineGroupsSchema>> => ({
    groups: [...(await listQuarantineGroups(reads))],
  }));
  app.get("/operations/quarantine/messages", listRoute, ({ query }) => searchQuarantined(reads, query));
  app.post("/operations/quarantine/preview", { ...previewRoute, handlerTimeout: previewMs }, ({ body }) => {
    const chosen = readChosen(parseInput(previewRequestSchema, body, badRequest));
    return workWithin({ milliseconds: previewMs, stopping }, (signal) => previewMessages(settings, chosen, signal));
  });
  for (const name of orderNames) {
    app.post(`/operations/quarantine/${name}`, orderRoute(name), (request) =>
      workWithin(limit, (signal) => carryOutOrder(database, readOrder(name, request), signal)),
    );
  }
}

function readOrder(name: OrderName, request: FastifyRequest): Order {
  const { reason, ...chosen } = parseInput(orderRequestSchema, request.body, badOrder);
  return { name, chosen: readChosen(chosen), reason, actor: requireCaller(request).actor };
}

const { inboxKey, reason, state, firstSeen, lastSeen, fact } = quarantineExample;
const group = { reason, state, messages: 1, oldest: firstSeen, newest: lastSeen };

const groupsRoute = securedRoute(viewers, {
  tag,
  operationId: "listQuarantineGroups",
  summary: "Why messages are quarantined, and how many",
  answer: { description: "Every reason and state", schema: quarantineGroupsSchema, example: { groups: [group] } },
});

const listRoute = securedRoute(viewers, {
  tag,
  operationId: "listQuarantinedMessages",
  summary: "Quarantined messages, newest first",
  query: quarantineQuerySchema,
  answer: { description: "A page", schema: quarantinePageSchema, example: { messages: [quarantineExample] } },
  errors: { 400: describeError(400, badQuery) },
});

const facts = [{ fact, outcome: "PomAllocated", reasons: ["No POM was open, so this is the first one."], changes: [] }];

const previewRoute = securedRoute(viewers, {
  tag,
  operationId: "previewReplay",
  summary: "What a replay would come to now; changes nothing",
  body: { schema: documentedRequests.preview, example: { inboxKeys: [inboxKey] } },
  answer: {
    description: "What would be decided for each message",
    schema: previewAnswerSchema,
    example: { results: [{ inboxKey, result: "previewed", facts }], left: 0 },
  },
  errors: { 400: describeError(400, badRequest) },
});

const orderTexts: Readonly<Record<OrderName, { operationId: string; summary: string; example: OrderAnswer }>> = {
  replay: {
    operationId: "replayMessages",
    summary: "Sends messages that are held through the pipeline again; at most 5 times each",
    example: { results: [{ inboxKey, result: "replaying", replay: 1 }], left: 0, action: 1 },
  },
  discard: {
    operationId: "discardMessages",
    summary: "Discards messages that are held; they can be restored",
    example: { results: [{ inboxKey, result: "discarded" }], left: 0, action: 2 },
  },
  restore: {
    operationId: "restoreMessages",
    summary: "Holds messages again that were discarded",
    example: { results: [{ inboxKey, result: "restored" }], left: 0, action: 3 },
  },
  cancel: {
    operationId: "cancelReplays",
    summary: "Cancels replays that are not sent yet, so that their messages are held again",
    example: { results: [{ inboxKey, result: "cancelled" }], left: 0, action: 4 },
  },
};

function orderRoute(name: OrderName) {
  const { operationId, summary, example } = orderTexts[name];
  return securedRoute(operators, {
    tag,
    operationId,
    summary,
    body: { schema: documentedRequests.order, example: { group: reason, reason: "The prison was added" } },
    answer: { description: "What became of each message", schema: orderAnswerSchema, example },
    errors: { 400: describeError(400, badOrder) },
  });
}
