import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { offenderIdSchema, type OffenderId } from "../../delius/person/person.ts";
import { viewers } from "../../platform/access/access.ts";
import type { Executor } from "../../platform/database/database.ts";
import { describeError } from "../../platform/web/api-answers.ts";
import { HttpError } from "../../platform/web/http-error.ts";
import { cursorOf, cutPage, pageQuery, standardSize } from "../../platform/web/paging.ts";
import { parseInput, securedRoute } from "../../platform/web/secured-route.ts";
import { describeTrace, type ActionItem, type Trace } from "../action/action-result.ts";
import { listTraces } from "../action/action-result-store.ts";
import { runExamples } from "../reconciliation/run-schema.ts";
import type { SelectedCase } from "../reconciliation/selection.ts";
import { listCases } from "../reconciliation/selection-store.ts";
import { refreshKey } from "./refresh-message.ts";
import { refreshedPageSchema, type RefreshedPage } from "./refresh-schema.ts";
import { listRepairs } from "./refresh-store.ts";
import { findOrderedCases, type OrderedCases } from "./refreshed-cases-store.ts";

const querySchema = z.strictObject({ ...pageQuery, before: cursorOf(z.int()).optional() });
const badQuery = "The query is not valid";
const parameters = z.object({
  refreshRun: z.string().meta({ description: "The run of refreshes", examples: [runExamples.refresh.refreshRun] }),
});

/** Adds what became of each case of a refresh or repair. */
export function addRefreshedCasesRoute(app: FastifyInstance, reads: Executor): void {
  app.get<{ Params: z.infer<typeof parameters> }>("/operations/refresh/:refreshRun/cases", route, ({ params, query }) =>
    listRefreshedCases(reads, params.refreshRun, query),
  );
}

/** The cases of a run by key, with what became of each; none where a command chose them. Raises a 404 for no run. */
export async function listRefreshedCases(reads: Executor, refreshRun: string, query: unknown): Promise<RefreshedPage> {
  const { size = standardSize, before = 0 } = parseInput(querySchema, query, badQuery);
  const ordered = await findOrderedCases(reads, refreshRun);
  if (ordered === null) throw new HttpError({ status: 404, message: `Refresh run ${refreshRun} not found` });
  const found = await listOrdered(reads, ordered, { after: offenderIdSchema.parse(before), most: size + 1 });
  const { entries, next } = cutPage(found, size, ({ offenderId }) => offenderId);
  const keys = entries.map((one) => refreshKey(refreshRun, one));
  const traces = await listTraces(
    reads,
    keys.map((inboxKey) => ({ inboxKey, since: ordered.startedAt, isReplay: false })),
  );
  return {
    cases: entries.flatMap((one, index) => {
      const trace = traces[index];
      return trace === undefined ? [] : describeRefreshed(one, trace, ordered);
    }),
    next,
  };
}

function listOrdered(
  reads: Executor,
  { selection, removeStale }: OrderedCases,
  page: { readonly after: OffenderId | null; readonly most: number },
): Promise<readonly SelectedCase[]> {
  if ("nomsNumbers" in selection) return listCases(reads, { ...page, chosen: selection, prison: null });
  return listRepairs(reads, { runId: selection.reconciliationRun, removeStale }, page);
}

/** A run goes from case to case by key: one behind the last has not been sent. */
function describeRefreshed({ offenderId, nomsNumber }: SelectedCase, trace: Trace, ordered: OrderedCases) {
  const { lastOffender: last, isCancelled } = ordered;
  const item = describeTrace(trace);
  const isOrdered = item.state === "sent" && trace.failure === null && (last === null || offenderId > last);
  const unsent: ActionItem["state"] = isCancelled ? "cancelled" : "ordered";
  return { ...item, nomsNumber, ...(isOrdered ? { state: unsent } : {}) };
}

const example = {
  inboxKey: `refresh-${runExamples.refresh.refreshRun}-2`,
  nomsNumber: "A1002AA",
  state: "settled",
  outcomes: ["KeyDateUpdated"],
};

const route = securedRoute(viewers, {
  tag: "Reconciliation",
  operationId: "listRefreshedCases",
  summary: "The cases of a repair, or of a refresh by number, with what became of each",
  params: parameters,
  query: z.strictObject(pageQuery),
  answer: { description: "A page of cases, by case", schema: refreshedPageSchema, example: { cases: [example] } },
  errors: {
    400: describeError(400, badQuery),
    404: describeError(404, `Refresh run ${runExamples.refresh.refreshRun} not found`),
  },
});
