import { z } from "zod";
import { facts } from "../../sync/fact/outcome.ts";
import { nomsNumberSchema } from "../../delius/person/person.ts";
import { reasonSchema } from "../action/action.ts";
import { instantSchema, pageAnswer, pageQuery, writeCursor } from "../../platform/web/paging.ts";

/** After so many days a case has waited too long: the WaitingTooLong alert and the console say so alike. */
export const waitingTooLongDays = 30;

const waitsFor = z.enum(["prison identifier", "sentence change"]);

/** Cases that wait for one thing, for one reason. */
export const waitingGroupSchema = z
  .object({
    waitsFor,
    outcome: z.string(),
    cases: z.int(),
    oldest: instantSchema,
    newest: instantSchema,
  })
  .meta({ title: "WaitingGroup" });

/** All groups. */
export const waitingGroupsSchema = z.object({ groups: z.array(waitingGroupSchema) }).meta({ title: "WaitingGroups" });

/** By what waiting cases may be looked for. */
export const waitingQuerySchema = z.strictObject({
  waitsFor: waitsFor.optional().meta({ description: "What they wait for", examples: ["sentence change"] }),
  ...pageQuery,
  before: z
    .string()
    .max(300)
    .optional()
    .meta({
      description: "The `next` of the page before this one",
      examples: [writeCursor([1_775_125_801_203, "A1005AA", "handover"])],
    }),
});

/** One fact of a case that waits. */
export const waitingCaseSchema = z
  .object({
    nomsNumber: z.string(),
    fact: z.enum(facts),
    outcome: z.string(),
    waitsFor,
    inboxKey: z.string().describe("The newest message that could not be written"),
    since: instantSchema,
    isNumberInDelius: z
      .boolean()
      .describe("Whether a case in Delius has this NOMS number now. Without one, no sentence change can end the wait"),
  })
  .meta({ title: "WaitingCase" });

/** A page of them, newest first. */
export const waitingPageSchema = z
  .object({ cases: z.array(waitingCaseSchema), ...pageAnswer })
  .meta({ title: "WaitingPage" });

/** Which case is not to wait any more, and why. */
export const dismissRequestSchema = z
  .strictObject({
    nomsNumber: nomsNumberSchema,
    fact: z.enum(facts, `Choose a fact: ${facts.join(" or ")}`),
    reason: reasonSchema,
  })
  .meta({ title: "DismissRequest" });

/** What a dismissed case waited for. */
export const dismissedSchema = waitingCaseSchema
  .pick({ nomsNumber: true, fact: true, outcome: true, waitsFor: true })
  .meta({ title: "DismissedCase" });

const caseExample = {
  nomsNumber: "A1005AA",
  fact: "handover",
  outcome: "MultipleActiveCustodialSentences",
  waitsFor: "sentence change",
  inboxKey: "2f6b0e8e-54f4-5a3a-9f0e-6f1d2a6f3a55",
  since: "2026-04-02T10:30:01.203+00:00",
  isNumberInDelius: true,
};

/** Examples, for the document. */
export const waitingExamples = {
  case: caseExample,
  groups: {
    groups: [
      {
        waitsFor: caseExample.waitsFor,
        outcome: caseExample.outcome,
        cases: 1,
        oldest: caseExample.since,
        newest: caseExample.since,
      },
    ],
  },
  page: { cases: [caseExample] },
  dismissal: { nomsNumber: "A1005AA", fact: "handover", reason: "The case is closed" },
};
