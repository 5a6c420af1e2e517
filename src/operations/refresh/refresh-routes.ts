import type { FastifyInstance, FastifyRequest } from "fastify";
import { z } from "zod";
import { operators, viewers } from "../../platform/access/access.ts";
import { describeError } from "../../platform/web/api-answers.ts";
import type { Database, Executor, Transaction } from "../../platform/database/database.ts";
import { DependencyError } from "../../platform/process/dependency-error.ts";
import { HttpError, unavailable } from "../../platform/web/http-error.ts";
import type { QueueAdmin } from "../../platform/queue/queue-admin.ts";
import { parseInput, requireCaller, securedRoute, workWithin } from "../../platform/web/secured-route.ts";
import { facts } from "../../sync/fact/outcome.ts";
import type { OperatorAction } from "../action/action.ts";
import { givenNomsNumberSchema, readNomsNumber, type NomsNumber } from "../../delius/person/person.ts";
import { readCase, type Compare } from "../reconciliation/comparison-handler.ts";
import { isSameDifference } from "../reconciliation/drift.ts";
import { explainAbsence, type NamedCase } from "../reconciliation/named-case.ts";
import { listNamedCases } from "../reconciliation/named-case-store.ts";
import {
  driftAnswerSchema,
  reconciliationExamples,
  refreshAnswerSchema,
  refreshRequestSchema,
} from "./refresh-schema.ts";
import { freePlaces, takePlaces } from "./place-store.ts";
import { refreshKey, refreshPatienceMs, writeRefresh, type RefreshTask } from "./refresh-message.ts";
import { makeRefreshDue } from "./repair-store.ts";
import {
  advanceRefreshRun,
  finishRefreshRun,
  getRefreshStanding,
  insertRefreshRun,
  type RefreshRun,
} from "./refresh-store.ts";
import type { SelectedCase } from "../reconciliation/selection.ts";
import { listCases } from "../reconciliation/selection-store.ts";

/** What the routes of refreshes and comparisons are built from. */
export interface ReconciliationRoutesSettings {
  readonly reads: Executor;
  readonly database: Database;
  readonly queueAdmin: Pick<QueueAdmin, "send">;
  /** Answers what the pipeline would decide about a case. */
  readonly compare: Compare;
  /** Whether the intake runs. */
  readonly isRunning: () => Promise<boolean>;
  /** Records what an operator does, in the transaction that does it. */
  readonly recordAction: (tx: Transaction, action: OperatorAction) => Promise<unknown>;
  /** Aborts when the service stops: what is under way is then broken off. */
  readonly stopping: AbortSignal;
}

const tag = "Reconciliation";
const workMs = 15_000;
const badRefresh = 'Send {"nomsNumbers", "dryRun", "removeStale", "reason"}, with 1 to 50 cases';
const badNumber = "This is not a NOMS number";
const paused = "The intake is paused: resume it first";
const parameters = z.object({ nomsNumber: givenNomsNumberSchema });

/** Adds how a case is compared, and how cases are refreshed through the queue. */
export function addReconciliationRoutes(app: FastifyInstance, settings: ReconciliationRoutesSettings): void {
  const limit = { milliseconds: workMs, stopping: settings.stopping };
  app.post("/operations/refresh", { ...refreshRoute, handlerTimeout: workMs }, (request) =>
    workWithin(limit, (signal) => answerRefresh(settings, request, signal)),
  );
  app.get<{ Params: z.infer<typeof parameters> }>(
    "/operations/drift/:nomsNumber",
    { ...driftRoute, handlerTimeout: workMs },
    ({ params }) => workWithin(limit, (signal) => answerDrift(settings, params.nomsNumber, signal)),
  );
}

async function answerRefresh(
  { database, queueAdmin, isRunning, recordAction }: ReconciliationRoutesSettings,
  request: FastifyRequest,
  signal: AbortSignal,
): Promise<z.infer<typeof refreshAnswerSchema>> {
  const { reason, ...asked } = parseInput(refreshRequestSchema, request.body, badRefresh);
  const { dryRun = true, removeStale = false } = asked;
  const nomsNumbers = [...new Set(asked.nomsNumbers)];
  const { actor } = requireCaller(request);
  if (!(await isRunning())) throw unavailable(paused, 60);
  const cases = await findCases(database, nomsNumbers);
  const named = await listNamedCases(database, { nomsNumbers });
  const { run, hasPlaces } = await database.transaction(async (tx) => {
    const order = { startedBy: actor, dryRun, removeStale, selection: { nomsNumbers, cases: cases.length } };
    const begun = await insertRefreshRun(tx, order);
    const inboxKeys = cases.map((one) => refreshKey(begun.refreshRun, one));
    const allowed = await takePlaces(tx, inboxKeys, refreshPatienceMs);
    const isAllowed = allowed.size === cases.length;
    // If this process dies before all is sent, another sends it again under the same keys; without places, one waits for them.
    await makeRefreshDue(tx, begun.refreshRun, isAllowed ? 2 * workMs : 0);
    await recordAction(tx, {
      actor,
      action: "refresh",
      reason,
      subject: { refreshRun: begun.refreshRun, inboxKeys, dryRun, removeStale },
    });
    return { commit: true, value: { run: begun, hasPlaces: isAllowed } };
  }, signal);
  const { refreshRun } = run;
  if (hasPlaces) await sendNow({ database, queueAdmin }, run, { cases, task: { refreshRun, dryRun, removeStale } });
  const sentCases = cases.map((one) => ({ ...one, inboxKey: refreshKey(refreshRun, one) }));
  return {
    refreshRun,
    inboxKeys: sentCases.map(({ inboxKey }) => inboxKey),
    cases: nomsNumbers.map((nomsNumber) => accountForNumber(nomsNumber, sentCases, named)),
  };
}

async function sendNow(
  { database, queueAdmin }: Pick<ReconciliationRoutesSettings, "database" | "queueAdmin">,
  run: RefreshRun,
  { cases, task }: { readonly cases: readonly SelectedCase[]; readonly task: RefreshTask },
): Promise<void> {
  if ((await getRefreshStanding(database, run.refreshRun)).isCancelled) {
    await freePlaces(database, run.refreshRun);
    return finishRefreshRun(database, run.refreshRun);
  }
  const at = new Date();
  const sent = await Promise.all(cases.map((one) => queueAdmin.send(writeRefresh({ ...one, facts }, task, at))));
  if (sent.includes(false)) throw new DependencyError("queue", "refused");
  const last = cases.at(-1)?.offenderId;
  if (last !== undefined) await advanceRefreshRun(database, run, { last, sent: cases.length });
  await finishRefreshRun(database, run.refreshRun);
}

interface SentCase extends SelectedCase {
  readonly inboxKey: string;
}

function accountForNumber(nomsNumber: NomsNumber, sent: readonly SentCase[], named: readonly NamedCase[]) {
  const inboxKeys = sent.filter((one) => one.nomsNumber === nomsNumber).map(({ inboxKey }) => inboxKey);
  if (inboxKeys.length > 0) return { nomsNumber, inboxKeys };
  const [reason] = named.filter(({ name }) => name === nomsNumber).flatMap((one) => explainAbsence(one) ?? []);
  return { nomsNumber, inboxKeys, ...(reason === undefined ? {} : { reason }) };
}

function findCases(executor: Executor, nomsNumbers: readonly NomsNumber[]): Promise<readonly SelectedCase[]> {
  const most = nomsNumbers.length;
  return listCases(executor, { after: null, most, chosen: { nomsNumbers }, prison: null });
}

async function answerDrift(
  { reads, compare }: ReconciliationRoutesSettings,
  text: string,
  signal: AbortSignal,
): Promise<z.infer<typeof driftAnswerSchema>> {
  const nomsNumber = readNomsNumber(text);
  if (nomsNumber === null) throw new HttpError({ status: 400, message: badNumber });
  const [selected] = await findCases(reads, [nomsNumber]);
  if (selected === undefined) {
    throw new HttpError({ status: 404, message: `Person with nomsId of ${nomsNumber} not found` });
  }
  const settings = { reads, compare, pace: () => Promise.resolve(), retryMs: [] };
  const first = await readCase(settings, selected, signal);
  const again = first.differences.length === 0 ? first : await readCase(settings, selected, signal);
  const differences = again.differences.filter((after) =>
    first.differences.some((before) => isSameDifference(before, after)),
  );
  return {
    nomsNumber,
    differences: differences.map(({ fact, class: name, outcome, inMpc, inDelius }) => ({
      ...(fact === null ? {} : { fact }),
      class: name,
      outcome,
      inMpc,
      inDelius,
    })),
  };
}

const refreshRoute = securedRoute(operators, {
  tag,
  operationId: "refreshCases",
  summary: "Sends refreshes of cases through the queue; a dry run unless it says otherwise",
  body: { schema: refreshRequestSchema, example: reconciliationExamples.refresh },
  answer: { description: "What was sent", schema: refreshAnswerSchema, example: reconciliationExamples.sent },
  errors: { 400: describeError(400, badRefresh) },
});

const driftRoute = securedRoute(viewers, {
  tag,
  operationId: "compareCase",
  summary: "How a case differs from Manage POM Cases now; changes nothing",
  params: parameters,
  answer: { description: "Its differences", schema: driftAnswerSchema, example: reconciliationExamples.drift },
  errors: {
    400: describeError(400, badNumber),
    404: describeError(404, "Person with nomsId of A9999AA not found"),
  },
});
