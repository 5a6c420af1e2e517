import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { viewers } from "../../platform/access/access.ts";
import { describeError } from "../../platform/web/api-answers.ts";
import type { Executor } from "../../platform/database/database.ts";
import { parseInput, securedRoute } from "../../platform/web/secured-route.ts";
import { actionExample, actionPageSchema } from "./action.ts";
import { listActions } from "./action-store.ts";
import { cutPage, cursorOf, listTop, pageQuery, standardSize } from "../../platform/web/paging.ts";

/** What the route of operators' actions is built from. */
export interface ActionRoutesSettings {
  readonly reads: Executor;
}

const badQuery = "The query is not valid";
const documentedQuery = z.strictObject(pageQuery);
const querySchema = documentedQuery.extend({ before: cursorOf(z.int()).optional() });

/** Adds who did what, when and why. */
export function addActionRoutes(app: FastifyInstance, { reads }: ActionRoutesSettings): void {
  app.get("/operations/actions", listRoute, ({ query }) => answerPage(reads, parseInput(querySchema, query, badQuery)));
}

async function answerPage(
  reads: Executor,
  { size = standardSize, before = listTop }: z.infer<typeof querySchema>,
): Promise<z.input<typeof actionPageSchema>> {
  const { entries, next } = cutPage(await listActions(reads, before, size + 1), size, ({ id }) => id);
  return { actions: entries.map(({ action }) => action), next };
}

const listRoute = securedRoute(viewers, {
  tag: "Actions",
  operationId: "listActions",
  summary: "What operators did, newest first",
  query: documentedQuery,
  answer: { description: "A page of actions", schema: actionPageSchema, example: { actions: [actionExample] } },
  errors: { 400: describeError(400, badQuery) },
});
