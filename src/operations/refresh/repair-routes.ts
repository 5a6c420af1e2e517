import type { FastifyInstance, FastifyRequest } from "fastify";
import type { z } from "zod";
import { operators, viewers } from "../../platform/access/access.ts";
import { describeError } from "../../platform/web/api-answers.ts";
import type { Database, Executor, Transaction } from "../../platform/database/database.ts";
import { HttpError, unavailable } from "../../platform/web/http-error.ts";
import { parseInput, requireCaller, securedRoute, workWithin } from "../../platform/web/secured-route.ts";
import type { OperatorAction } from "../action/action.ts";
import { fewFirst } from "../action/few-first.ts";
import { insertRefreshRun } from "./refresh-store.ts";
import { countRepairs, findOpenRepair, lockRepairs, makeRefreshDue } from "./repair-store.ts";
import { requireRun, runNotFound, runParameters } from "../reconciliation/reconciliation-routes.ts";
import {
  previewQuerySchema,
  repairAnswerSchema,
  repairPreviewSchema,
  repairRequestSchema,
  runExamples,
} from "../reconciliation/run-schema.ts";
import { countDeletes, maxDeletes } from "../reconciliation/run-totals.ts";

/** What the routes of repairs are built from. */
export interface RepairRoutesSettings {
  readonly reads: Executor;
  readonly database: Database;
  /** Whether the intake runs. */
  readonly isRunning: () => Promise<boolean>;
  /** Records what an operator does, in the transaction that does it. */
  readonly recordAction: (tx: Transaction, action: OperatorAction) => Promise<unknown>;
  /** Aborts when the service stops: what is under way is then broken off. */
  readonly stopping: AbortSignal;
}

type Parameters = z.infer<typeof runParameters>;
type Asked = z.infer<typeof repairRequestSchema>;

/** Who wants which run's differences repaired, and how. */
export interface RepairRequest {
  readonly id: string;
  readonly actor: string;
  readonly asked: Asked;
}

const tag = "Reconciliation";
const orderMs = 8_000;
const badOrder = 'Send {"dryRun", "removeStale", "allowDeletes", "reason"}, the reason with 1 to 500 characters';
const badQuery = "This repair cannot be looked at";
const paused = "The intake is paused: resume it first";
const unfinished = "The reconciliation run is not finished";

/** Adds how what a reconciliation found is repaired through the queue, with a preview. */
export function addRepairRoutes(app: FastifyInstance, settings: RepairRoutesSettings): void {
  const { reads, stopping } = settings;
  app.get<{ Params: Parameters }>("/operations/reconciliations/:id/repair", previewRoute, ({ params, query }) => {
    const { removeStale } = parseInput(previewQuerySchema, query, badQuery);
    return previewRepair(reads, params.id, removeStale === "true");
  });
  app.post<{ Params: Parameters }>("/operations/reconciliations/:id/repair", orderRoute, (request) =>
    workWithin({ milliseconds: orderMs, stopping }, (signal) => orderRepair(settings, readOrder(request), signal)),
  );
}

function readOrder(request: FastifyRequest<{ Params: Parameters }>): RepairRequest {
  const asked = parseInput(repairRequestSchema, request.body, badOrder);
  return { id: request.params.id, actor: requireCaller(request).actor, asked };
}

/** What a repair of a run would do. Raises a 400 where the run is not finished. */
export async function previewRepair(
  executor: Executor,
  id: string,
  removeStale: boolean,
): Promise<z.infer<typeof repairPreviewSchema>> {
  const { id: reconciliationRun, totals } = await requireRun(executor, id);
  if (totals === null) throw new HttpError({ status: 400, message: unfinished });
  const cases = await countRepairs(executor, { reconciliationRun, removeStale });
  const deletes = countDeletes(totals, removeStale);
  return { cases, deletes, needsAllowDeletes: deletes > maxDeletes };
}

/** Orders a repair. Raises a 400 where too many dates would be deleted, and a 503 while the intake is paused. */
export async function orderRepair(
  settings: Pick<RepairRoutesSettings, "database" | "isRunning" | "recordAction">,
  { id, actor, asked }: RepairRequest,
  signal: AbortSignal,
): Promise<z.infer<typeof repairAnswerSchema>> {
  const { dryRun = true, removeStale = false, allowDeletes = false } = asked;
  const { database, isRunning } = settings;
  const { needsAllowDeletes, ...counts } = await previewRepair(database, id, removeStale);
  if (needsAllowDeletes && !allowDeletes && !dryRun) throw refuseDeletes(counts.deletes);
  if (!(await isRunning())) throw unavailable(paused, 60);
  const order = { reconciliationRun: Number(id), actor, asked };
  const stored = await database.transaction((tx) => storeOrder(tx, settings, { ...order, counts }), signal);
  return { ...stored, dryRun, removeStale, ...counts };
}

function refuseDeletes(deletes: number): HttpError {
  const message = `The repair would delete ${deletes} dates: set allowDeletes if that is meant`;
  return new HttpError({ status: 400, message, fields: [{ field: "allowDeletes", message }] });
}

interface Order {
  readonly reconciliationRun: number;
  readonly actor: string;
  readonly asked: Asked;
  readonly counts: { readonly cases: number; readonly deletes: number };
}

/** Who asks twice for what is not done yet asks once. */
async function storeOrder(tx: Transaction, { recordAction }: Pick<RepairRoutesSettings, "recordAction">, order: Order) {
  const { reconciliationRun, actor, asked, counts } = order;
  const { dryRun = true, removeStale = false, allowDeletes = false, reason } = asked;
  await lockRepairs(tx, reconciliationRun);
  const open = await findOpenRepair(tx, { reconciliationRun, dryRun, removeStale });
  if (open !== null) return { commit: false, value: { refreshRun: open.refreshRun, isNew: false } };
  const selection = { reconciliationRun, cases: counts.cases };
  // A dry run writes nothing to Delius, so it has nothing to be careful with.
  const startsWithFew = !dryRun && counts.cases > fewFirst;
  const { refreshRun } = await insertRefreshRun(tx, {
    startedBy: actor,
    dryRun,
    removeStale,
    selection,
    startsWithFew,
  });
  await makeRefreshDue(tx, refreshRun, 0);
  const subject = { reconciliationRun, refreshRun, dryRun, removeStale, allowDeletes, ...counts };
  await recordAction(tx, { actor, action: "repair", reason, subject });
  return { commit: true, value: { refreshRun, isNew: true } };
}

const previewRoute = securedRoute(viewers, {
  tag,
  operationId: "previewRepair",
  summary: "What a repair of a reconciliation run's differences would do; changes nothing",
  params: runParameters,
  query: previewQuerySchema,
  answer: { description: "How many cases and dates", schema: repairPreviewSchema, example: runExamples.preview },
  errors: { 400: describeError(400, unfinished), 404: runNotFound },
});

const orderRoute = securedRoute(operators, {
  tag,
  operationId: "repairDifferences",
  summary: `Repairs what a reconciliation run found, through the queue: the first ${fewFirst} cases and, when all of these went well, the rest; a dry run unless it says otherwise`,
  params: runParameters,
  body: { schema: repairRequestSchema, example: runExamples.order },
  answer: { description: "What was ordered", schema: repairAnswerSchema, example: runExamples.ordered },
  errors: { 400: describeError(400, badOrder), 404: runNotFound },
});
