import type { FastifyInstance, FastifyRequest } from "fastify";
import type { z } from "zod";
import { operators, viewers } from "../../platform/access/access.ts";
import { describeError } from "../../platform/web/api-answers.ts";
import type { Database, Executor, Transaction } from "../../platform/database/database.ts";
import { HttpError } from "../../platform/web/http-error.ts";
import { parseInput, requireCaller, securedRoute, workWithin } from "../../platform/web/secured-route.ts";
import { outcomeClasses, waitsFor, type Outcome } from "../../sync/fact/outcome.ts";
import { insertAction } from "../action/action-store.ts";
import { cutPage, cursorOf, standardSize } from "../../platform/web/paging.ts";
import {
  dismissedSchema,
  dismissRequestSchema,
  waitingExamples,
  waitingGroupsSchema,
  waitingPageSchema,
  waitingQuerySchema,
} from "./waiting-schema.ts";
import {
  listWaitingCases,
  listWaitingGroups,
  lockWaiting,
  removeWaiting,
  waitingPositionSchema,
} from "./waiting-store.ts";

/** What the routes of the waiting list are built from. */
export interface WaitingRoutesSettings {
  readonly reads: Executor;
  readonly database: Database;
  /** Aborts when the service stops: what is under way is then broken off. */
  readonly stopping: AbortSignal;
}

type Dismissal = z.infer<typeof dismissRequestSchema>;

const tag = "Waiting";
const dismissalMs = 8_000;
const querySchema = waitingQuerySchema.extend({ before: cursorOf(waitingPositionSchema).optional() });
const badQuery = "The query is not valid";
const badDismissal = 'Send {"nomsNumber", "fact", "reason"}, the reason with 1 to 500 characters';

/** Adds the cases that cannot be written yet, and how one of them is dismissed (rule O2). */
export function addWaitingRoutes(app: FastifyInstance, settings: WaitingRoutesSettings): void {
  const { reads } = settings;
  app.get("/operations/waiting", groupsRoute, async (): Promise<z.infer<typeof waitingGroupsSchema>> => ({
    groups: [...(await listWaitingGroups(reads))],
  }));
  app.get("/operations/waiting/cases", listRoute, ({ query }) => searchWaiting(reads, query));
  app.post("/operations/waiting/dismiss", dismissRoute, (request) => answerDismissal(settings, request));
}

function answerDismissal(settings: WaitingRoutesSettings, request: FastifyRequest) {
  const dismissal = parseInput(dismissRequestSchema, request.body, badDismissal);
  const { actor } = requireCaller(request);
  return workWithin({ milliseconds: dismissalMs, stopping: settings.stopping }, (signal) =>
    dismissCase(settings, { ...dismissal, actor }, signal),
  );
}

/** Takes a case off the list and answers what it waited for; raises a 404 where it does not wait. */
export async function dismissCase(
  { database }: Pick<WaitingRoutesSettings, "database">,
  { actor, ...dismissal }: Dismissal & { readonly actor: string },
  signal: AbortSignal,
): Promise<z.infer<typeof dismissedSchema>> {
  const { nomsNumber, fact } = dismissal;
  const removed = await database.transaction((tx) => dismiss(tx, dismissal, actor), signal);
  if (removed !== null) return { nomsNumber, fact, ...removed };
  throw new HttpError({ status: 404, message: `Nothing waits for ${fact} of nomsId ${nomsNumber}` });
}

/** Who takes rows off the list takes the number's lock, so that no message puts one there meanwhile (rule G4). */
async function dismiss(tx: Transaction, { nomsNumber, fact, reason }: Dismissal, actor: string) {
  await lockWaiting(tx, nomsNumber);
  const removed = await removeWaiting(tx, { nomsNumber, fact });
  if (removed === null) return { commit: false, value: null };
  const subject = { nomsNumber, fact, ...removed };
  await insertAction(tx, { actor, action: "dismiss", reason, subject });
  return { commit: true, value: removed };
}

/** A page of waiting cases. Raises a 400 for a query that does not fit. */
export async function searchWaiting(reads: Executor, query: unknown): Promise<z.input<typeof waitingPageSchema>> {
  const asked = parseInput(querySchema, query, badQuery);
  const { size = standardSize, before = null } = asked;
  const outcomes = listOutcomes().filter((outcome) => (asked.waitsFor ?? waitsFor[outcome]) === waitsFor[outcome]);
  const found = await listWaitingCases(reads, { outcomes, before, most: size + 1 });
  const { entries, next } = cutPage(found, size, ({ at, case: one }) => [at, one.nomsNumber, one.fact]);
  return { cases: entries.map(({ case: one }) => one), next };
}

function listOutcomes(): readonly Outcome[] {
  const isOutcome = (name: string): name is Outcome => name in outcomeClasses;
  return Object.keys(outcomeClasses)
    .filter(isOutcome)
    .filter((outcome) => outcomeClasses[outcome] === "waiting");
}

const groupsRoute = securedRoute(viewers, {
  tag,
  operationId: "listWaitingGroups",
  summary: "What cases wait for, and how many",
  answer: { description: "Every reason", schema: waitingGroupsSchema, example: waitingExamples.groups },
});

const listRoute = securedRoute(viewers, {
  tag,
  operationId: "listWaitingCases",
  summary: "Cases that wait, newest first",
  query: waitingQuerySchema,
  answer: { description: "A page of cases", schema: waitingPageSchema, example: waitingExamples.page },
  errors: { 400: describeError(400, badQuery) },
});

const { nomsNumber, fact, outcome, waitsFor: waitedFor } = waitingExamples.case;

const dismissRoute = securedRoute(operators, {
  tag,
  operationId: "dismissWaitingCase",
  summary: "Takes a case off the list; the next message about it may put it there again",
  body: { schema: dismissRequestSchema, example: waitingExamples.dismissal },
  answer: {
    description: "What it waited for",
    schema: dismissedSchema,
    example: { nomsNumber, fact, outcome, waitsFor: waitedFor },
  },
  errors: {
    400: describeError(400, badDismissal),
    404: describeError(404, `Nothing waits for ${fact} of nomsId ${nomsNumber}`),
  },
});
