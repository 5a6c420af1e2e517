import { z } from "zod";
import { explainedAttemptSchema, wholeDecisionSchema } from "../messages/message-schema.ts";
import { instantSchema, pageAnswer, writeCursor } from "../../platform/web/paging.ts";
import { quarantinedSchema } from "../quarantine/quarantine-schema.ts";
import { waitingCaseSchema } from "../waiting/waiting-schema.ts";

const coded = z.object({ code: z.string(), description: z.string() }).meta({ title: "Coded" });

const officer = z
  .object({
    code: z.string().optional().describe("Absent where Delius has none"),
    forename: z.string(),
    surname: z.string(),
  })
  .meta({ title: "Officer" });

const post = { officer, team: coded, provider: coded };

const outside = "Absent where an outside employee manages the case";
const comOfficer = officer.optional().describe(outside);
const comPost = { officer: comOfficer, team: coded.optional().describe(outside), provider: coded };

const standing = z.enum(["current", "planned", "ended"]).describe("At the moment of the answer");

const period = { start: instantSchema, end: instantSchema.optional().describe("Absent while it is open") };

/** Where a message stands in the list of a case: when it was decided, and the number of its last journal row. */
export const messagePlaceSchema = z.tuple([z.int().min(0).max(8.64e15), z.int()]);

const origin = z
  .object({
    isService: z.boolean().describe("Whether this service made it so"),
    inboxKey: z.string().optional().describe("The message that made it so; absent where no such message is kept"),
    user: z.string().optional().describe("Name of the Delius user whose hand the row shows"),
    at: instantSchema.describe("When that was"),
  })
  .meta({ title: "Origin" });

/** A POM period as Delius holds it. */
export const storedPomSchema = z
  .object({ ...post, ...period, reason: coded, email: z.string().optional() })
  .meta({ title: "StoredPom" });

/** Who is or was responsible, and in which of the two offices. */
export const storedResponsibilitySchema = z.object({ office: z.enum(["POM", "COM"]), officer: comOfficer, ...period });

/** The community offender manager of a case. */
export const explainedComSchema = z.object(comPost).meta({ title: "Com" });

/** A COM period: Delius holds when it began. */
export const storedComSchema = z.object({ ...comPost, ...period });

const keyDate = z.object({
  type: z.enum(["POM1", "POM2"]).describe("POM1 is the handover start date, POM2 the handover date"),
  date: z.iso.date(),
});

/** A custody of an active custodial sentence, with its live handover dates. */
export const explainedCustodySchema = z
  .object({
    custodyId: z.int(),
    keyDates: z.array(keyDate),
  })
  .meta({ title: "Custody" });

/** What was, or would be, decided about one fact. */
export const explainedFactSchema = wholeDecisionSchema
  .pick({
    fact: true,
    outcome: true,
    outcomeClass: true,
    answer: true,
    reasons: true,
    changes: true,
  })
  .meta({ title: "DecidedFact" });

/** A failed attempt at a message. */
export const failureSchema = explainedAttemptSchema.omit({ inboxKey: true }).meta({ title: "Failure" });

/** What stands about a message itself. */
export const messageHeadSchema = z.object({
  inboxKey: z.string(),
  eventType: z.string().optional(),
  nomsNumber: z.string().optional(),
  crn: z.string().optional(),
  occurredAt: instantSchema.optional().describe("When it happened, according to the event"),
  receivedAt: instantSchema,
  decidedAt: instantSchema,
  dryRun: z.boolean(),
  deliveries: z.int().optional().describe("How often the queue delivered it; absent once that is forgotten"),
});

/** A message as a point in time. */
export const markSchema = messageHeadSchema
  .pick({ inboxKey: true, eventType: true, decidedAt: true, dryRun: true })
  .extend({
    outcomeClass: explainedFactSchema.shape.outcomeClass.describe("Of several facts, that which weighs most"),
    before: z.string().describe("The `before` of the page of messages that begins with it"),
  })
  .meta({ title: "MessageMark" });

/** A message about the case: what was answered and decided, fact by fact. */
export const explainedMessageSchema = messageHeadSchema
  .extend({
    decisions: z.array(explainedFactSchema),
    attempts: z
      .array(failureSchema)
      .describe("The newest 20 that failed before it was settled, the oldest of them first"),
  })
  .meta({ title: "ExplainedMessage" });

/** What would be decided at this moment, or why that is not known. */
export const presentSchema = z
  .object({
    result: z.enum(["decided", "not known"]),
    facts: z.array(explainedFactSchema).optional().describe("For each of the two facts; nothing was written"),
    message: z.string().optional().describe("Why it is not known"),
  })
  .meta({ title: "PresentDecision" });

/** Everything that explains a case. */
export const explanationSchema = z
  .object({
    at: instantSchema,
    inDelius: z
      .enum(["present", "deleted", "absent", "ambiguous"])
      .describe(
        "Whether Delius has one undeleted case of this number, a deleted one, none, or several; only one undeleted case has a state to show",
      ),
    crn: z.string().optional().describe("Absent where a NOMS number names no undeleted case, or several"),
    nomsNumber: z.string().optional(),
    cases: z
      .array(z.object({ crn: z.string(), isDeleted: z.boolean() }))
      .optional()
      .describe("Where it is not one undeleted case: every case that has the number"),
    poms: z
      .array(storedPomSchema.extend({ standing, origin }))
      .describe("Every period that is not deleted, newest first"),
    com: explainedComSchema.optional(),
    coms: z
      .array(storedComSchema.extend({ standing }))
      .describe("Every COM, newest first; one ends when the next begins"),
    responsibleOfficers: z.array(storedResponsibilitySchema.extend({ standing, origin })).describe("The newest first"),
    custodies: z
      .array(explainedCustodySchema.extend({ keyDates: z.array(keyDate.extend({ origin })) }))
      .describe("Of active custodial sentences"),
    waiting: z.array(waitingCaseSchema),
    quarantined: z.array(quarantinedSchema).describe("At most 100, newest first, in any state"),
    present: presentSchema,
    timeline: z
      .array(markSchema)
      .describe("Every message in short, the same on each page, newest first; at most 500 decisions back"),
    messages: z.array(explainedMessageSchema).describe("The newest first"),
    ...pageAnswer,
  })
  .meta({ title: "CaseExplanation" });

export type ExplainedFact = Readonly<z.infer<typeof explainedFactSchema>>;

export type Present = Readonly<z.infer<typeof presentSchema>>;

export type ExplainedMessage = Readonly<z.infer<typeof explainedMessageSchema>>;

export type Mark = Readonly<z.infer<typeof markSchema>>;

/** Who made a row of Delius what it is, and with which message. */
export type Origin = Readonly<z.infer<typeof origin>>;

export type Explanation = Readonly<z.infer<typeof explanationSchema>>;

/** The same without what would happen now, which only Manage POM Cases can say. */
export type KnownCase = Omit<Explanation, "present">;

const inboxKey = "2f6b0e8e-54f4-5a3a-9f0e-6f1d2a6f3a55";
const ruth = { code: "N03A001", forename: "Ruth", surname: "Adeyemi" };
const provider = { code: "N03", description: "Leeds (HMP)" };
const dana = {
  officer: { code: "N03C001", forename: "Dana", surname: "Okafor" },
  team: { code: "N03CMT", description: "Community" },
  provider,
};
const start = "2026-04-02T10:29:58+00:00";
const made = { isService: true, user: "ManagePOMCasesAndDelius", at: "2026-04-02T10:30:01.000Z", inboxKey };
const decided = {
  fact: "allocation" as const,
  outcome: "NoPomChange",
  outcomeClass: "no change" as const,
  answer: { kind: "allocated", prisonCode: "LEI", manager: { code: 485_637, forename: "Ruth", surname: "Adeyemi" } },
  reasons: ["The open POM is already this officer in this team."],
  changes: [],
};

/** An explanation, for the document. */
export const explanationExample: Explanation = {
  at: "2026-04-03T08:00:00.000Z",
  inDelius: "present",
  crn: "X100001",
  nomsNumber: "A1001AA",
  poms: [
    {
      standing: "current",
      officer: ruth,
      team: { code: "N03POM", description: "Prison offender managers" },
      provider,
      start,
      reason: { code: "AUT", description: "Automatic" },
      email: "ruth.adeyemi@example.com",
      origin: made,
    },
  ],
  com: dana,
  coms: [{ standing: "current", ...dana, start: "2025-11-03T09:00:00.000Z" }],
  responsibleOfficers: [{ standing: "current", office: "POM", officer: ruth, start, origin: made }],
  custodies: [{ custodyId: 10, keyDates: [{ type: "POM2", date: "2027-01-02", origin: made }] }],
  waiting: [],
  quarantined: [],
  present: { result: "decided", facts: [decided] },
  timeline: [
    {
      inboxKey,
      eventType: "offender-management.allocation.changed",
      decidedAt: "2026-04-02T10:30:01.203+00:00",
      dryRun: false,
      outcomeClass: "written",
      before: writeCursor([1_775_125_801_203, 4_712]),
    },
  ],
  messages: [
    {
      inboxKey,
      eventType: "offender-management.allocation.changed",
      nomsNumber: "A1001AA",
      crn: "X100001",
      occurredAt: start,
      receivedAt: "2026-04-02T10:30:01.102+00:00",
      decidedAt: "2026-04-02T10:30:01.203+00:00",
      dryRun: false,
      deliveries: 1,
      decisions: [decided],
      attempts: [],
    },
  ],
};
