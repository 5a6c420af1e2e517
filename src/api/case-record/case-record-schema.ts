import { z } from "zod";
import { roshSchema } from "../risk/risk-schema.ts";

const codedSchema = z.object({ code: z.string(), description: z.string() });

/** The probation case, as the API answers it and its document describes it. */
export const caseRecordSchema = z
  .object({
    crn: z
      .string()
      .regex(/^[A-Z][0-9]{6}$/)
      .describe("Case number in Delius"),
    nomsId: z
      .string()
      .optional()
      .describe("NOMS number, as Delius holds it; absent where the case is not linked to a prisoner"),
    currentTier: z.string().optional().describe("Tier of the case; absent where it has none"),
    resourcing: z
      .enum(["ENHANCED", "NORMAL"])
      .optional()
      .describe("Latest decision on an active sentence; absent where there is none"),
    manager: z
      .object({
        team: codedSchema.extend({ localDeliveryUnit: codedSchema.optional() }),
        code: z
          .string()
          .optional()
          .describe("Officer code; absent, like name and email, while no one is allocated, and where Delius has none"),
        name: z
          .object({
            forename: z.string().describe("All forenames"),
            middleName: z.string().optional(),
            surname: z.string(),
          })
          .optional(),
        email: z.string().optional().describe("Absent where the directory of staff has none"),
      })
      .optional()
      .describe("The community offender manager; absent where the case has none"),
    mappaLevel: z
      .int()
      .min(0)
      .max(3)
      .optional()
      .describe("0 without a MAPPA registration; absent where the registration has no level"),
    vloAssigned: z.boolean().describe("Whether victim liaison is registered"),
    rosh: z
      .object({ level: roshSchema.shape.level, startDate: z.iso.date() })
      .optional()
      .describe("Risk of serious harm; absent where none is registered"),
  })
  .meta({ title: "CaseRecord" });

/** See {@link caseRecordSchema}. What is undefined is left out. */
export type CaseRecord = Readonly<z.infer<typeof caseRecordSchema>>;

/** What a batch answers (rule C7). */
export const batchSchema = z
  .object({
    records: z.array(caseRecordSchema).describe("Each case once, in the order asked"),
    notFound: z.array(z.string()).describe("No case, or more than one, has this number"),
    invalid: z.array(z.string()).describe("Neither a CRN nor a NOMS number"),
    unavailable: z.array(z.string()).describe("The manager's e-mail address is not known now: ask again"),
  })
  .meta({ title: "CaseRecords" });

/** See {@link batchSchema}. */
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
