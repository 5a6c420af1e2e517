import { z } from "zod";
import { caseRecordSchema } from "./case-record.ts";

/** What a batch answers (rule C7). */
export const batchSchema = z
  .object({
    records: z.array(caseRecordSchema).describe("Each case once, in the order asked"),
    notFound: z.array(z.string()).describe("No case, or more than one, has this number"),
    invalid: z.array(z.string()).describe("Neither a CRN nor a NOMS number"),
    unavailable: z
      .array(z.string())
      .describe(
        "The manager's e-mail address is not known now, or Delius's data for the case cannot be read: ask again",
      ),
  })
  .meta({ title: "CaseRecords" });

export type BatchAnswer = Readonly<z.infer<typeof batchSchema>>;

/** Identifiers in one batch at most. */
export const maxInBatch = 500;

/** What a batch asks for. */
export const batchRequestSchema = z
  .strictObject(
    {
      identifiers: z
        .array(z.string("must be text"), "must be a list")
        .min(1, "must name at least one")
        .max(maxInBatch, `must name at most ${maxInBatch}`),
    },
    "must be an object with identifiers and nothing else",
  )
  .meta({ title: "CaseRecordsRequest" });

const caseExample = {
  crn: "X100001",
  nomsId: "A1001AA",
  currentTier: "B2",
  resourcing: "NORMAL",
  manager: {
    team: {
      code: "N03CMT",
      description: "Leeds Community Team",
      localDeliveryUnit: { code: "N03LDU1", description: "Leeds North" },
    },
    code: "N03C001",
    name: { forename: "Dana", surname: "Okafor" },
    email: "dana.okafor@example.com",
  },
  mappaLevel: 2,
  vloAssigned: false,
  rosh: { level: "HIGH", startDate: "2026-01-09" },
};

/** Examples of the sandbox's people, for the document. */
export const examples = {
  case: caseExample,
  batchRequest: { identifiers: ["X100001", "A9999ZZ", "nobody"] },
  batch: { records: [caseExample], notFound: ["A9999ZZ"], invalid: ["nobody"], unavailable: [] },
};
