import type { FastifyInstance } from "fastify";
import type { z } from "zod";
import { operators } from "../../platform/access/access.ts";
import { describeError } from "../../platform/web/api-answers.ts";
import type { Database, Executor, Transaction } from "../../platform/database/database.ts";
import { HttpError } from "../../platform/web/http-error.ts";
import { parseInput, requireCaller, securedRoute, workWithin } from "../../platform/web/secured-route.ts";
import { badReason, reasonRequestSchema, type OperatorAction } from "../action/action.ts";
import { explainAbsence } from "./named-case.ts";
import { isKnownPrison, listNamedCases } from "./named-case-store.ts";
import { describeRun, requireRun, runNotFound, runParameters } from "./reconciliation-routes.ts";
import { cancelRun, findRunUnderWay, insertOrderedRun } from "./run-order-store.ts";
import { describeSelection, documentedRunRequest, runExamples, runRequestSchema, runSchema } from "./run-schema.ts";
import type { Selection } from "./selection.ts";

/** What runs are ordered with. */
export interface RunOrderSettings {
  readonly database: Database;
  /** Records what an operator does, in the transaction that does it. */
  readonly recordAction: (tx: Transaction, action: OperatorAction) => Promise<unknown>;
}

/** What the routes of orders are built from. */
export interface RunOrderRoutesSettings extends RunOrderSettings {
  /** Aborts when the service stops: what is under way is then broken off. */
  readonly stopping: AbortSignal;
}

type Request = z.infer<typeof runRequestSchema>;

/** An order of an operator. */
export type Ordered<Value> = Readonly<Value> & { readonly actor: string };

const tag = "Reconciliation";
const orderMs = 8_000;
const badOrder = 'Send {"selection", "reason"}, the reason with 1 to 500 characters';
const isUnderWay = "Another reconciliation is under way: wait until it ends, or cancel it";
const isOver = "This run is not carried out by the service now, so there is nothing to cancel";

/** Adds how a reconciliation is ordered, which the service then carries out by itself, and how it is cancelled. */
export function addRunOrderRoutes(app: FastifyInstance, settings: RunOrderRoutesSettings): void {
  const limit = { milliseconds: orderMs, stopping: settings.stopping };
  app.post("/operations/reconciliations", orderRoute, (request) => {
    const { actor } = requireCaller(request);
    const order = { ...parseInput(runRequestSchema, request.body, badOrder), actor };
    return workWithin(limit, async (signal) => describeById(settings, await orderRun(settings, order, signal)));
  });
  app.post<{ Params: z.infer<typeof runParameters> }>(
    "/operations/reconciliations/:id/cancel",
    cancelRoute,
    (request) => {
      const { actor } = requireCaller(request);
      const order = { ...parseInput(reasonRequestSchema, request.body, badReason), actor, id: request.params.id };
      return workWithin(limit, async (signal) =>
        describeById(settings, await cancelOrderedRun(settings, order, signal)),
      );
    },
  );
}

async function describeById({ database }: RunOrderSettings, id: number) {
  return describeRun(await requireRun(database, String(id)));
}

/**
 * Orders a run and answers its number; the number of the one under way where that is about the same cases. Raises a 400
 * where Delius does not know the cases, and a 409 while a run of others is under way.
 */
export async function orderRun(settings: RunOrderSettings, order: Ordered<Request>, signal: AbortSignal) {
  const { database, recordAction } = settings;
  const { selection, reason, actor } = order;
  await requireKnown(database, selection);
  return database.transaction(async (tx) => {
    const runId = await insertOrderedRun(tx, { orderedBy: actor, selection });
    if (runId === null) return { commit: false, value: await requireSame(tx, selection) };
    const subject = { reconciliationRun: runId, selection: describeSelection(selection) };
    await recordAction(tx, { actor, action: "reconcile", reason, subject });
    return { commit: true, value: runId };
  }, signal);
}

async function requireSame(executor: Executor, selection: Selection): Promise<number> {
  const underWay = await findRunUnderWay(executor, selection);
  if (underWay?.isSame === true) return underWay.runId;
  throw new HttpError({ status: 409, message: isUnderWay });
}

async function requireKnown(executor: Executor, selection: Selection): Promise<void> {
  if ("prison" in selection && !(await isKnownPrison(executor, selection.prison))) {
    throw refuse("prison", `No provider in Delius stands for prison ${selection.prison}`);
  }
  const named = await listNamedCases(executor, selection);
  const live = new Set(named.flatMap((one) => (explainAbsence(one) === null ? one.name : [])));
  for (const one of named) {
    const absence = live.has(one.name) ? null : explainAbsence(one);
    if (absence !== null) throw refuse(Object.keys(selection).join(), `${one.name} is ${absence}`);
  }
}

function refuse(name: string, message: string): HttpError {
  return new HttpError({ status: 400, message, fields: [{ field: `selection.${name}`, message }] });
}

/** Cancels a run that the service carries out and answers its number; raises a 404 or 409 where there is none. */
export async function cancelOrderedRun(
  { database, recordAction }: RunOrderSettings,
  { id, reason, actor }: Ordered<{ readonly id: string; readonly reason: string }>,
  signal: AbortSignal,
): Promise<number> {
  const run = await requireRun(database, id);
  await database.transaction(async (tx) => {
    if (!(await cancelRun(tx, run.id))) throw new HttpError({ status: 409, message: isOver });
    await recordAction(tx, { actor, action: "cancel-reconciliation", reason, subject: { reconciliationRun: run.id } });
    return { commit: true, value: null };
  }, signal);
  return run.id;
}

const orderRoute = securedRoute(operators, {
  tag,
  operationId: "startReconciliation",
  summary: "Starts a reconciliation, one at a time over all replicas; it writes nothing to Delius",
  body: { schema: documentedRunRequest, example: runExamples.runOrder },
  answer: {
    description: "The run; the one under way where that is about the same cases",
    schema: runSchema,
    example: runExamples.runUnderWay,
  },
  errors: { 400: describeError(400, badOrder), 409: describeError(409, isUnderWay) },
});

const cancelRoute = securedRoute(operators, {
  tag,
  operationId: "cancelReconciliation",
  summary: "Cancels a reconciliation that the service carries out; what it has found so far is not reported",
  params: runParameters,
  body: { schema: reasonRequestSchema, example: runExamples.cancel },
  answer: { description: "The run", schema: runSchema, example: runExamples.cancelled },
  errors: { 400: describeError(400, badReason), 404: runNotFound, 409: describeError(409, isOver) },
});
