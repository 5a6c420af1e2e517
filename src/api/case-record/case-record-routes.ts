import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { UnreadableRowError } from "../../platform/database/database-failure.ts";
import { type ReadAll, answerWithin } from "../../platform/process/work-limits.ts";
import {
  bodyErrors,
  describeError,
  describeRefusal,
  securedBy,
  securedErrors,
} from "../../platform/web/api-answers.ts";
import { HttpError, unavailable } from "../../platform/web/http-error.ts";
import { toJsonSchema } from "../../platform/web/json-schema.ts";
import type { FoundEmail } from "../../delius/staff/staff-directory.ts";
import type { StaffEmails } from "../../delius/staff/staff-email-cache.ts";
import { givenIdentifierSchema, readIdentifier, type Identifier } from "../../delius/person/person.ts";
import { findRosh } from "../risk/risk.ts";
import { answerBatch, readBatch, type BatchQuestion } from "./batch.ts";
import { caseRecordSchema, findEmailOwner, toCaseRecord, type CaseRecord, type StoredCase } from "./case-record.ts";
import { batchRequestSchema, batchSchema, examples, maxInBatch, type BatchAnswer } from "./case-record-schema.ts";

/** What the routes of the probation case are built from. */
export interface CaseRecordRoutesSettings {
  /** The undeleted cases that each identifier names. */
  readonly readCases: ReadAll<Identifier, readonly StoredCase[]>;
  readonly emails: Pick<StaffEmails, "find">;
  /** The authorities of which a caller needs one. */
  readonly roles: readonly string[];
  /** Called with the code of a risk registration that we do not know. */
  readonly reportUnknownRosh: (type: string) => void;
  /** Called with what is wrong with a row that cannot be read, where the other cases of a batch are answered. */
  readonly reportUnreadableCase: (reason: string) => void;
}

const tags = ["The probation case"];
const parameters = z.object({ identifier: givenIdentifierSchema });

/** Adds the probation case, one at a time and many at once (rules C1, C7). */
export function addCaseRecordRoutes(app: FastifyInstance, settings: CaseRecordRoutesSettings): void {
  const config = { access: settings.roles };
  const security = securedBy(settings.roles);
  app.get<{ Params: z.infer<typeof parameters> }>(
    "/case-records/:identifier",
    { config, schema: { ...caseSchema, security } },
    async ({ params }): Promise<CaseRecord> => {
      const identifier = readIdentifier(params.identifier);
      if (identifier === null) throw badIdentifier();
      const [cases = []] = await settings.readCases([identifier]);
      const stored = requireOne(cases, identifier);
      const [email] = await findEmails(settings, [stored]);
      if (email === undefined) throw unavailable("The manager's e-mail address is not known at the moment");
      reportUnknown(settings, stored);
      return toCaseRecord(stored, email);
    },
  );
  app.post("/case-records/batch", { config, schema: { ...batchRouteSchema, security } }, async ({ body }) =>
    answerWithin(batchMilliseconds, findRecords(settings, readBatch(parseBatch(body)))),
  );
}

// Several searches of the directory may be needed, one after another.
const batchMilliseconds = 10_000;

async function findRecords(
  settings: CaseRecordRoutesSettings,
  { asked, invalid }: BatchQuestion,
): Promise<BatchAnswer> {
  const found = await readReadable(
    settings,
    asked.map(({ identifier }) => identifier),
  );
  const emails = await findEmails(
    settings,
    found.map((cases) => cases?.[0]),
  );
  found.flatMap((cases) => cases ?? []).forEach((stored) => reportUnknown(settings, stored));
  const findings = found.map((cases, index) => ({ text: asked[index]?.text ?? "", cases, email: emails[index] }));
  return answerBatch(findings, invalid);
}

/**
 * The cases that each identifier names; null where a row of them cannot be read. One statement where all can be read, else
 * the halves of what was asked, until what cannot be read stands alone.
 */
async function readReadable(
  settings: CaseRecordRoutesSettings,
  identifiers: readonly Identifier[],
): Promise<readonly (readonly StoredCase[] | null)[]> {
  if (identifiers.length === 0) return [];
  try {
    return await settings.readCases(identifiers);
  } catch (error) {
    if (!(error instanceof UnreadableRowError)) throw error;
    if (identifiers.length === 1) {
      settings.reportUnreadableCase(error.message);
      return [null];
    }
    const middle = identifiers.length >>> 1;
    // One after the other, or they would share a statement again.
    const first = await readReadable(settings, identifiers.slice(0, middle));
    return [...first, ...(await readReadable(settings, identifiers.slice(middle)))];
  }
}

const caseSchema = {
  tags,
  operationId: "getCaseRecord",
  summary: "The probation case held in Delius",
  params: toJsonSchema(parameters),
  response: {
    200: { description: "The case", ...toJsonSchema(caseRecordSchema, { examples: [examples.case] }) },
    400: describeError(
      400,
      "This is neither a CRN nor a NOMS number",
      "A CRN looks like X123456, a NOMS number like A1234BC",
    ),
    404: describeError(404, "Person with crn of X999999 not found", "No undeleted case has this CRN"),
    ...securedErrors,
  },
};

const badBatch = `Send {"identifiers": [...]} with 1 to ${maxInBatch} CRNs or NOMS numbers`;

const batchRouteSchema = {
  tags,
  operationId: "getCaseRecords",
  summary: `Up to ${maxInBatch} probation cases at once`,
  body: toJsonSchema(batchRequestSchema, { examples: [examples.batchRequest] }),
  response: {
    200: {
      description: "Every identifier that was asked for, in one of four lists",
      ...toJsonSchema(batchSchema, { examples: [examples.batch] }),
    },
    400: describeRefusal({
      status: 400,
      message: badBatch,
      fields: [{ field: "identifiers", message: "must be a list" }],
    }),
    ...bodyErrors,
    ...securedErrors,
  },
};

function badIdentifier(): HttpError {
  return new HttpError({
    status: 400,
    message: "This is neither a CRN nor a NOMS number",
    developerMessage: "A CRN looks like X123456, a NOMS number like A1234BC",
  });
}

function requireOne([stored, ...others]: readonly StoredCase[], identifier: Identifier): StoredCase {
  if (stored !== undefined && others.length === 0) return stored;
  const name = "crn" in identifier ? `crn of ${identifier.crn}` : `nomsId of ${identifier.nomsNumber}`;
  if (stored === undefined) {
    const developerMessage = `No undeleted case has this ${"crn" in identifier ? "CRN" : "NOMS number"}`;
    throw new HttpError({ status: 404, message: `Person with ${name} not found`, developerMessage });
  }
  throw new HttpError({ status: 404, message: `More than one person with ${name}` });
}

/** The address for each case's manager; null where the record shows none, undefined where it is not known now. */
async function findEmails(
  { emails }: CaseRecordRoutesSettings,
  cases: readonly (StoredCase | undefined)[],
): Promise<readonly FoundEmail[]> {
  const owners = cases.map((stored) => (stored === undefined ? null : findEmailOwner(stored)));
  const found = await emails.find(owners.filter((owner) => owner !== null));
  let next = 0;
  return owners.map((owner) => (owner === null ? null : found[next++]));
}

function reportUnknown({ reportUnknownRosh }: CaseRecordRoutesSettings, { registrations }: StoredCase): void {
  const rosh = findRosh(registrations);
  if (rosh.kind === "unknown") reportUnknownRosh(rosh.type);
}

// A body that is wrong throughout needs no answer longer than itself.
const maxFaults = 10;

function parseBatch(body: unknown): readonly string[] {
  const parsed = batchRequestSchema.safeParse(body);
  if (parsed.success) return parsed.data.identifiers;
  const fields = parsed.error.issues.slice(0, maxFaults).map((issue) => ({
    field: issue.path.join(".") || "body",
    message: issue.message,
  }));
  throw new HttpError({ status: 400, message: badBatch, fields });
}
