import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { viewers } from "../../platform/access/access.ts";
import { describeError } from "../../platform/web/api-answers.ts";
import type { Executor } from "../../platform/database/database.ts";
import { securedRoute } from "../../platform/web/secured-route.ts";
import { actionExample, actionPageSchema } from "./action.ts";
import { actionQuerySchema, badQuery, getAction, searchActions } from "./action-handler.ts";
import { actionDetailsSchema } from "./action-result.ts";

/** What the route of operators' actions is built from. */
export interface ActionRoutesSettings {
  readonly reads: Executor;
}

interface One {
  readonly Params: { readonly id: string };
}

const tag = "Actions";

/** Adds who did what, when and why. */
export function addActionRoutes(app: FastifyInstance, { reads }: ActionRoutesSettings): void {
  app.get("/operations/actions", listRoute, ({ query }) => searchActions(reads, query));
  app.get<One>("/operations/actions/:id", findRoute, ({ params }) => getAction(reads, params.id));
}

const example = { ...actionExample, id: 1, result: "1 settled" };

const listRoute = securedRoute(viewers, {
  tag,
  operationId: "listActions",
  summary: "What operators did, newest first",
  query: actionQuerySchema,
  answer: { description: "A page of actions", schema: actionPageSchema, example: { actions: [example] } },
  errors: { 400: describeError(400, badQuery) },
});

const findRoute = securedRoute(viewers, {
  tag,
  operationId: "getAction",
  summary: "What an operator did, and what became of each message that it was about",
  params: z.object({ id: z.string().meta({ description: "Number of the action", examples: ["1"] }) }),
  answer: {
    description: "The action, its messages and its progress",
    schema: actionDetailsSchema,
    example: {
      ...example,
      items: example.subject.inboxKeys.map((inboxKey) => ({ inboxKey, state: "settled", outcomes: ["PomAllocated"] })),
      progress: { ordered: 1, sent: 1, settled: 1, failed: 0, cancelled: 0 },
    },
  },
  errors: { 404: describeError(404, "Action 1 not found") },
});
