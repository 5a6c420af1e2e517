import { z } from "zod";
import { facts } from "../../sync/fact/outcome.ts";
import { reasonSchema } from "../action/action.ts";
import { instantSchema, pageAnswer, pageQuery, writeCursor } from "../../platform/web/paging.ts";
import { driftClasses } from "./drift.ts";
import { runTotalsSchema } from "./run-totals.ts";
import { runStates } from "./run-state.ts";
import { documentedSelectionSchema, orderedSelectionSchema, type Selection } from "./selection.ts";

/** A reconciliation run, as the API shows it. */
export const runSchema = z
  .object({
    id: z.int(),
    startedAt: instantSchema,
    finishedAt: instantSchema.optional().describe("Absent unless it is finished"),
    state: z
      .enum(runStates)
      .describe("`unfinished`: a command carries it out, or was broken off. `running`: the service carries it out"),
    orderedBy: z.string().optional().describe("Who ordered it of the service; absent where a command began it"),
    progress: z.number().describe("About what share of the cases has been read, from 0 to 1"),
    selection: z
      .object({
        all: z.boolean().optional().describe("True where it is all of them"),
        prison: z.string().optional(),
        sample: z.int().optional().describe("So many by chance"),
        chosen: z.int().optional().describe("So many by number"),
      })
      .describe("Which cases"),
    compared: z.int().describe("Cases read so far"),
    failed: z
      .int()
      .optional()
      .describe("Those of them that could not be compared; only while the service carries it out"),
    ...runTotalsSchema.partial().shape,
  })
  .meta({ title: "Reconciliation" });

/** What a run was about, without naming anybody. */
export function describeSelection(selection: Selection): z.infer<typeof runSchema>["selection"] {
  if ("nomsNumbers" in selection) return { chosen: selection.nomsNumbers.length };
  return "crns" in selection ? { chosen: selection.crns.length } : selection;
}

/** What asks for a run, as it is read. */
export const runRequestSchema = z.strictObject({ selection: orderedSelectionSchema, reason: reasonSchema });

/** The same, as it is documented. */
export const documentedRunRequest = runRequestSchema
  .extend({
    selection: documentedSelectionSchema.describe(
      "Which cases: all, those of a prison, so many by chance, or by number",
    ),
  })
  .meta({ title: "ReconciliationRequest" });

/** A page of runs, newest first. */
export const runPageSchema = z
  .object({ reconciliations: z.array(runSchema), ...pageAnswer })
  .meta({ title: "ReconciliationPage" });

/** A difference that a run reported. */
const reportedSchema = z
  .object({
    id: z.int(),
    nomsNumber: z.string(),
    fact: z.enum(facts).optional().describe("Absent where the case could not be compared at all"),
    class: z.enum(driftClasses),
    outcome: z.string().describe("What the pipeline would end in, or the dependency that failed"),
    inMpc: z.unknown().describe("What Manage POM Cases answered"),
    inDelius: z.unknown().describe("What Delius held"),
    deletes: z.int().describe("How many live dates a repair would delete"),
  })
  .meta({ title: "ReportedDifference" });

/** A page of differences, by case. */
export const reportedPageSchema = z
  .object({ differences: z.array(reportedSchema), ...pageAnswer })
  .meta({ title: "DifferencePage" });

/** By what the differences of a run may be looked for. */
export const reportedQuerySchema = z.strictObject({
  class: z
    .enum(driftClasses)
    .optional()
    .meta({ description: "How they differ", examples: ["date-different"] }),
  ...pageQuery,
  before: z
    .string()
    .min(1)
    .max(300)
    .optional()
    .meta({ description: "The `next` of the page before this one", examples: [writeCursor([1_004, 88])] }),
});

/** Whether a preview of a repair counts what is stale too. */
export const previewQuerySchema = z.strictObject({
  removeStale: z
    .enum(["true", "false"])
    .optional()
    .meta({
      description: "Whether to also remove data that Manage POM Cases no longer holds; false by default",
      examples: ["true"],
    }),
});

/** What a repair would do. */
export const repairPreviewSchema = z
  .object({
    cases: z.int().describe("Cases that would be refreshed"),
    deletes: z.int().describe("Live dates that would be deleted"),
    needsAllowDeletes: z.boolean().describe("Whether that is more than goes without `allowDeletes`"),
  })
  .meta({ title: "RepairPreview" });

/** What asks for a repair. */
export const repairRequestSchema = z
  .strictObject({
    dryRun: z.boolean().optional().describe("Whether nothing is to be written to Delius; true by default"),
    removeStale: z
      .boolean()
      .optional()
      .describe("Whether to also remove data that Manage POM Cases no longer holds; false by default"),
    allowDeletes: z.boolean().optional().describe("Whether more than 100 dates may be deleted; false by default"),
    reason: reasonSchema,
  })
  .meta({ title: "RepairRequest" });

/** What was ordered. */
export const repairAnswerSchema = z
  .object({
    refreshRun: z
      .string()
      .describe("The refresh run that repairs it; see `GET /operations/refresh/…` for its progress"),
    isNew: z.boolean().describe("`false`: it was under way already; this order changed nothing and is not recorded"),
    dryRun: z.boolean(),
    removeStale: z.boolean(),
    cases: z.int().describe("Cases that are refreshed"),
    deletes: z.int().describe("Live dates that this deletes, as far as the reconciliation saw"),
  })
  .meta({ title: "RepairOrder" });

const difference = {
  id: 88,
  nomsNumber: "A1002AA",
  fact: "handover" as const,
  class: "date-different" as const,
  outcome: "KeyDateUpdated",
  inMpc: { kind: "dates", handoverDate: "2026-10-01", handoverStartDate: "2026-08-03" },
  inDelius: { keyDates: [{ type: "POM1", date: "2026-08-03" }] },
  deletes: 0,
};
const run = {
  id: 12,
  startedAt: "2026-04-02T02:00:00.114+00:00",
  finishedAt: "2026-04-02T02:31:07.902+00:00",
  state: "finished" as const,
  progress: 1,
  selection: { all: true as const },
  compared: 87_214,
  differences: { "date-different": 3, "pom-missing": 1, stale: 12 },
  deletes: { extra: 0, stale: 9 },
  doubledCodes: ["N03A017"],
};
const runUnderWay = {
  id: 13,
  startedAt: "2026-04-02T09:15:20.640+00:00",
  state: "running" as const,
  orderedBy: "A_PERSON",
  progress: 0,
  selection: { prison: "LEI" },
  compared: 0,
  failed: 0,
};
const { failed: _, ...cancelledRun } = runUnderWay;
const refreshRun = "2026-04-02-3";
const refresh = {
  refreshRun,
  startedBy: "A_PERSON",
  startedAt: "2026-04-02T09:12:44.020+00:00",
  finishedAt: "2026-04-02T09:12:46.511+00:00",
  dryRun: false,
  removeStale: false,
  state: "finished" as const,
  reconciliationRun: run.id,
  cases: 4,
  sent: 4,
  settled: 4,
  outcomes: { KeyDateUpdated: 3, PomAllocated: 1 },
  progress: { ordered: 4, sent: 4, settled: 4, failed: 0, cancelled: 0 },
};

const { finishedAt: __, ...begun } = refresh;
const underWay = { ...begun, state: "rest" as const };

/** Requests and answers, for the document. */
export const runExamples = {
  run,
  runOrder: { selection: { prison: "LEI" }, reason: "The prison reported wrong dates" },
  runUnderWay,
  cancel: { reason: "It was meant for another prison" },
  cancelled: { ...cancelledRun, state: "cancelled" as const, compared: 412, progress: 0.31 },
  page: { reconciliations: [run] },
  differences: { differences: [difference] },
  preview: { cases: 4, deletes: 0, needsAllowDeletes: false },
  order: { dryRun: false, removeStale: false, reason: "The differences were looked at and are lost events" },
  ordered: { refreshRun, isNew: true, dryRun: false, removeStale: false, cases: 4, deletes: 0 },
  refresh,
  continue: { reason: "The two that failed have no officer in Delius; the others do" },
  continuedRefresh: {
    ...underWay,
    cases: 120,
    sent: 5,
    settled: 5,
    outcomes: { KeyDateUpdated: 3, UnknownTeam: 2 },
    progress: { ordered: 120, sent: 5, settled: 3, failed: 2, cancelled: 0 },
  },
  cancelledRefresh: {
    ...refresh,
    state: "cancelled" as const,
    cancelledAt: "2026-04-02T09:12:45.020+00:00",
    sent: 3,
    settled: 3,
    outcomes: { KeyDateUpdated: 3 },
    progress: { ordered: 4, sent: 3, settled: 3, failed: 0, cancelled: 1 },
  },
};
