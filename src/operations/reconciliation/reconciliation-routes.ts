import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { viewers } from "../../platform/access/access.ts";
import { describeError } from "../../platform/web/api-answers.ts";
import type { Executor } from "../../platform/database/database.ts";
import { HttpError } from "../../platform/web/http-error.ts";
import { parseInput, securedRoute } from "../../platform/web/secured-route.ts";
import { cutPage, cursorOf, listTop, pageQuery, standardSize } from "../../platform/web/paging.ts";
import { driftClasses, type KeptDifference } from "./drift.ts";
import {
  reportedPageSchema,
  reportedQuerySchema,
  runExamples,
  runPageSchema,
  runSchema,
  describeSelection,
} from "./run-schema.ts";
import { differencePositionSchema, findRun, listReported, listRuns, type KeptRun } from "./run-store.ts";
import { selectionSchema } from "./selection.ts";

/** What the routes of reconciliation runs are built from. */
export interface RunRoutesSettings {
  readonly reads: Executor;
}

const tag = "Reconciliation";
const badQuery = "The query is not valid";
const badReportedQuery = "The query is not valid";
const documentedQuery = z.strictObject(pageQuery);
const querySchema = documentedQuery.extend({ before: cursorOf(z.int()).optional() });
const reportedSchema = reportedQuerySchema.extend({ before: cursorOf(differencePositionSchema).optional() });

/** The part of an address that names a run. */
export const runParameters = z.object({
  id: z.string().meta({ description: "Number of the reconciliation run", examples: [String(runExamples.run.id)] }),
});

type Parameters = z.infer<typeof runParameters>;

/** Adds the reconciliation runs that are kept, and what each found. */
export function addRunRoutes(app: FastifyInstance, { reads }: RunRoutesSettings): void {
  app.get("/operations/reconciliations", listRoute, ({ query }) =>
    answerPage(reads, parseInput(querySchema, query, badQuery)),
  );
  app.get<{ Params: Parameters }>("/operations/reconciliations/:id", oneRoute, async ({ params }) =>
    describeRun(await requireRun(reads, params.id)),
  );
  app.get<{ Params: Parameters }>("/operations/reconciliations/:id/differences", reportedRoute, ({ params, query }) =>
    answerReported(reads, params.id, parseInput(reportedSchema, query, badReportedQuery)),
  );
}

/** The run that an address names; raises a 404 where there is none. */
export async function requireRun(executor: Executor, id: string): Promise<KeptRun> {
  const number = /^[1-9]\d{0,14}$/.test(id) ? Number(id) : null;
  const run = number === null ? null : await findRun(executor, number);
  if (run === null) throw new HttpError({ status: 404, message: `Reconciliation run ${id} not found` });
  return run;
}

async function answerPage(
  reads: Executor,
  { size = standardSize, before = listTop }: z.infer<typeof querySchema>,
): Promise<z.input<typeof runPageSchema>> {
  const { entries, next } = cutPage(await listRuns(reads, before, size + 1), size, ({ id }) => id);
  return { reconciliations: entries.map(describeRun), next };
}

/** A run as the API describes it. */
export function describeRun(kept: KeptRun): z.input<typeof runSchema> {
  const { finishedAt, orderedBy, selection, totals, failed, ...run } = kept;
  return {
    ...run,
    ...(orderedBy === null ? {} : { orderedBy }),
    ...(failed === null ? {} : { failed }),
    ...(finishedAt === null ? {} : { finishedAt }),
    selection: describeSelection(selectionSchema.parse(selection)),
    ...totals,
  };
}

async function answerReported(
  reads: Executor,
  id: string,
  asked: z.infer<typeof reportedSchema>,
): Promise<z.input<typeof reportedPageSchema>> {
  const { class: wanted, size = standardSize, before = null } = asked;
  const { id: run } = await requireRun(reads, id);
  const classes = wanted === undefined ? driftClasses : [wanted];
  const found = await listReported(reads, { run, classes, before, most: size + 1 });
  const { entries, next } = cutPage(found, size, (one) => [one.offenderId, one.id]);
  return { differences: entries.map(describeDifference), next };
}

function describeDifference({
  fact,
  ...rest
}: KeptDifference): z.input<typeof reportedPageSchema>["differences"][number] {
  const { id, nomsNumber, class: driftClass, outcome, inMpc, inDelius, deletes } = rest;
  const shown = { id, nomsNumber, class: driftClass, outcome, inMpc, inDelius, deletes };
  return fact === null ? shown : { ...shown, fact };
}

/** The answer where a run is named that there is not. */
export const runNotFound = describeError(404, `Reconciliation run ${runExamples.run.id} not found`);

const listRoute = securedRoute(viewers, {
  tag,
  operationId: "listReconciliations",
  summary: "Reconciliation runs, newest first, and how many differences each found",
  query: documentedQuery,
  answer: { description: "A page of runs", schema: runPageSchema, example: runExamples.page },
  errors: { 400: describeError(400, badQuery) },
});

const oneRoute = securedRoute(viewers, {
  tag,
  operationId: "getReconciliation",
  summary: "The result of a reconciliation run",
  params: runParameters,
  answer: { description: "The run", schema: runSchema, example: runExamples.run },
  errors: { 404: runNotFound },
});

const reportedRoute = securedRoute(viewers, {
  tag,
  operationId: "listDifferences",
  summary: "The differences that a reconciliation run found, case by case",
  params: runParameters,
  query: reportedQuerySchema,
  answer: { description: "A page of differences", schema: reportedPageSchema, example: runExamples.differences },
  errors: { 400: describeError(400, badReportedQuery), 404: runNotFound },
});
