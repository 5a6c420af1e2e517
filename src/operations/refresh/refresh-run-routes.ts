import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { operators, viewers } from "../../platform/access/access.ts";
import type { Database, Executor, Transaction } from "../../platform/database/database.ts";
import { describeError } from "../../platform/web/api-answers.ts";
import { HttpError } from "../../platform/web/http-error.ts";
import { parseInput, requireCaller, securedRoute, workWithin } from "../../platform/web/secured-route.ts";
import { badReason, reasonRequestSchema, type OperatorAction } from "../action/action.ts";
import { runExamples } from "../reconciliation/run-schema.ts";
import { addRefreshedCasesRoute } from "./refreshed-cases-routes.ts";
import { countRefreshes } from "./refresh-progress.ts";
import { refreshRunSchema } from "./refresh-schema.ts";
import { findRefreshSummary } from "./refresh-store.ts";
import { cancelRefresh, continueRefresh } from "./repair-store.ts";

/** What changes of a run under way are made with. */
export interface RefreshRunSettings {
  readonly database: Database;
  /** Records what an operator does, in the transaction that does it. */
  readonly recordAction: (tx: Transaction, action: OperatorAction) => Promise<unknown>;
}

/** What the routes of runs of refreshes are built from. */
export interface RefreshRunRoutesSettings extends RefreshRunSettings {
  readonly reads: Executor;
  /** Aborts when the service stops: what is under way is then broken off. */
  readonly stopping: AbortSignal;
}

type Run = z.infer<typeof refreshRunSchema>;

const tag = "Reconciliation";
const orderMs = 8_000;
const isOver = "The service does not send this run now, so there is nothing to cancel";
const isNotHeld = "This run is not held, so there is nothing to continue";
const parameters = z.object({
  refreshRun: z
    .string()
    .meta({ description: "The run of refreshes, as its order named it", examples: [runExamples.refresh.refreshRun] }),
});

interface One {
  readonly Params: z.infer<typeof parameters>;
}

/** Adds how a run of refreshes goes, and how it is continued and cancelled. */
export function addRefreshRunRoutes(app: FastifyInstance, settings: RefreshRunRoutesSettings): void {
  const { reads, stopping } = settings;
  app.get<One>("/operations/refresh/:refreshRun", findRoute, ({ params }) => getRefreshRun(reads, params.refreshRun));
  addRefreshedCasesRoute(app, reads);
  for (const [name, change] of [
    ["continue", continueRefreshRun],
    ["cancel", cancelRefreshRun],
  ] as const) {
    app.post<One>(`/operations/refresh/:refreshRun/${name}`, changeRoutes[name], (request) => {
      const { reason } = parseInput(reasonRequestSchema, request.body, badReason);
      const order = { reason, refreshRun: request.params.refreshRun, actor: requireCaller(request).actor };
      return workWithin({ milliseconds: orderMs, stopping }, (signal) => change(settings, order, signal));
    });
  }
}

/** How a run of refreshes goes; raises a 404 where there is none. */
export async function getRefreshRun(reads: Executor, asked: string): Promise<Run> {
  const summary = /^[\d-]{12,30}$/.test(asked) ? await findRefreshSummary(reads, asked) : null;
  if (summary === null) throw new HttpError({ status: 404, message: `Refresh run ${asked} not found` });
  const { finishedAt, cancelledAt, reconciliationRun, outcomes, ...run } = summary;
  return {
    ...run,
    ...(finishedAt === null ? {} : { finishedAt }),
    ...(cancelledAt === null ? {} : { cancelledAt }),
    ...(reconciliationRun === null ? {} : { reconciliationRun }),
    outcomes: { ...outcomes },
    progress: countRefreshes(summary),
  };
}

/** Who changes which run of refreshes, and why. */
export interface RunChange {
  readonly refreshRun: string;
  readonly actor: string;
  readonly reason: string;
}

/** Lets a run continue that is held after its first few. Raises a 404 where there is none, and a 409 where it is not held. */
export function continueRefreshRun(settings: RefreshRunSettings, order: RunChange, signal: AbortSignal): Promise<Run> {
  return changeRun(
    settings,
    { ...order, action: "continue-refresh", apply: continueRefresh, refusal: isNotHeld },
    signal,
  );
}

/**
 * Cancels a run that the service sends: what is not sent yet stays unsent. Raises a 404 where there is none, and a 409 where the
 * service does not send it now.
 */
export function cancelRefreshRun(settings: RefreshRunSettings, order: RunChange, signal: AbortSignal): Promise<Run> {
  return changeRun(settings, { ...order, action: "cancel-refresh", apply: cancelRefresh, refusal: isOver }, signal);
}

interface AppliedChange extends RunChange, Pick<OperatorAction, "action"> {
  /** Answers whether the run stood so that it could be changed. */
  readonly apply: (tx: Transaction, refreshRun: string) => Promise<boolean>;
  readonly refusal: string;
}

async function changeRun(
  { database, recordAction }: RefreshRunSettings,
  { refreshRun, actor, reason, action, apply, refusal }: AppliedChange,
  signal: AbortSignal,
): Promise<Run> {
  await getRefreshRun(database, refreshRun);
  await database.transaction(async (tx) => {
    if (!(await apply(tx, refreshRun))) throw new HttpError({ status: 409, message: refusal });
    await recordAction(tx, { actor, action, reason, subject: { refreshRun } });
    return { commit: true, value: null };
  }, signal);
  return getRefreshRun(database, refreshRun);
}

const notFound = describeError(404, `Refresh run ${runExamples.refresh.refreshRun} not found`);

const findRoute = securedRoute(viewers, {
  tag,
  operationId: "getRefresh",
  summary: "The progress and result of a refresh run",
  params: parameters,
  answer: { description: "The run", schema: refreshRunSchema, example: runExamples.refresh },
  errors: { 404: notFound },
});

const changeRoutes = {
  continue: securedRoute(operators, {
    tag,
    operationId: "continueRefresh",
    summary: "Lets a repair continue that is held because not all of its first cases went well",
    params: parameters,
    body: { schema: reasonRequestSchema, example: runExamples.continue },
    answer: { description: "The run", schema: refreshRunSchema, example: runExamples.continuedRefresh },
    errors: { 400: describeError(400, badReason), 404: notFound, 409: describeError(409, isNotHeld) },
  }),
  cancel: securedRoute(operators, {
    tag,
    operationId: "cancelRefresh",
    summary: "Cancels a refresh or repair that the service sends; what was sent already is settled as ever",
    params: parameters,
    body: { schema: reasonRequestSchema, example: runExamples.cancel },
    answer: { description: "The run", schema: refreshRunSchema, example: runExamples.cancelledRefresh },
    errors: { 400: describeError(400, badReason), 404: notFound, 409: describeError(409, isOver) },
  }),
};
