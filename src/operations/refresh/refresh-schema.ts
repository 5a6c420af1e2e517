import { z } from "zod";
import { facts } from "../../sync/fact/outcome.ts";
import { instantSchema, pageAnswer } from "../../platform/web/paging.ts";
import { reasonSchema } from "../action/action.ts";
import { actionItemSchema, progressSchema } from "../action/action-result.ts";
import { fewFirst } from "../action/few-first.ts";
import { nomsNumberSchema } from "../../delius/person/person.ts";
import { driftClasses } from "../reconciliation/drift.ts";
import { refreshStates } from "./refresh-step.ts";

const maxCases = 50;

/** What asks for cases to be refreshed. */
export const refreshRequestSchema = z
  .strictObject({
    nomsNumbers: z.array(nomsNumberSchema).min(1).max(maxCases).describe("The cases"),
    dryRun: z.boolean().optional().describe("Whether nothing is to be written to Delius; true by default"),
    removeStale: z
      .boolean()
      .optional()
      .describe("Whether to also remove data that Manage POM Cases no longer holds; false by default"),
    reason: reasonSchema,
  })
  .meta({ title: "RefreshRequest" });

/** What was sent. */
export const refreshAnswerSchema = z
  .object({
    refreshRun: z.string().describe("Stands in every message of the run"),
    inboxKeys: z.array(z.string()).describe("The keys of the messages, one for each case that Delius knows"),
    cases: z
      .array(
        z.object({
          nomsNumber: nomsNumberSchema,
          inboxKeys: z.array(z.string()).describe("The keys of its messages; empty where it is not refreshed"),
          reason: z.string().optional().describe("Why it is not refreshed"),
        }),
      )
      .describe("What becomes of each number that was named"),
  })
  .meta({ title: "RefreshOrder" });

/** A run of refreshes, as the API shows it. */
export const refreshRunSchema = z
  .object({
    refreshRun: z.string(),
    startedBy: z.string(),
    startedAt: instantSchema,
    finishedAt: instantSchema.optional().describe("Absent until every message is sent"),
    cancelledAt: instantSchema.optional().describe("When an operator cancelled it; what was sent by then is settled"),
    state: z
      .enum(refreshStates)
      .describe(
        `\`first\`: a repair of more than ${fewFirst} cases sends the first ${fewFirst}; \`held\`: not all of these went well, so the others wait until someone lets them continue, or cancels; \`rest\`: the others follow, or all are sent at once`,
      ),
    dryRun: z.boolean(),
    removeStale: z.boolean(),
    reconciliationRun: z.int().optional().describe("The reconciliation whose differences it repairs; absent otherwise"),
    cases: z.int().describe("Cases that were ordered and found in Delius; of a command those sent so far"),
    sent: z.int().describe("Messages sent so far, one a case"),
    settled: z.int().describe("Messages settled so far"),
    outcomes: z.record(z.string(), z.int()).describe("How many facts ended in each outcome so far"),
    progress: progressSchema,
  })
  .meta({ title: "RefreshRun" });

/** What became of each case of a refresh run. */
export const refreshedPageSchema = z
  .object({
    cases: z.array(actionItemSchema.extend({ nomsNumber: z.string() }).meta({ title: "RefreshedCase" })),
    ...pageAnswer,
  })
  .meta({ title: "RefreshedCasePage" });

/** See {@link refreshedPageSchema}. */
export type RefreshedPage = Readonly<z.infer<typeof refreshedPageSchema>>;

/** How one case differs. */
export const driftAnswerSchema = z
  .object({
    nomsNumber: nomsNumberSchema,
    differences: z.array(
      z.object({
        fact: z.enum(facts).optional(),
        class: z.enum(driftClasses),
        outcome: z.string().describe("What the pipeline would end in, or the dependency that failed"),
        inMpc: z.unknown().describe("What Manage POM Cases answered"),
        inDelius: z.unknown().describe("What Delius holds"),
      }),
    ),
  })
  .meta({ title: "CaseDifferences" });

/** A request and answers, for the document. */
export const reconciliationExamples = {
  refresh: { nomsNumbers: ["A1002AA", "A9999AA"], dryRun: true, reason: "The handover date was reported to be wrong" },
  sent: {
    refreshRun: "2026-04-02-1",
    inboxKeys: ["refresh-2026-04-02-1-2"],
    cases: [
      { nomsNumber: "A1002AA", inboxKeys: ["refresh-2026-04-02-1-2"] },
      { nomsNumber: "A9999AA", inboxKeys: [], reason: "not found: no case in Delius has this NOMS number" },
    ],
  },
  drift: {
    nomsNumber: "A1002AA",
    differences: [
      {
        fact: "handover" as const,
        class: "date-different" as const,
        outcome: "KeyDateUpdated",
        inMpc: { kind: "dates", handoverDate: "2026-10-01", handoverStartDate: "2026-08-03" },
        inDelius: { keyDates: [{ type: "POM1", date: "2026-08-03" }] },
      },
    ],
  },
};
