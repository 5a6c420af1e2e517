/** A JSON schema in the document of the events. */
export type PayloadSchema = Readonly<Record<string, unknown>>;

const identifiers = {
  type: "array",
  items: {
    type: "object",
    required: ["type", "value"],
    properties: {
      type: { type: "string", description: "NOMS for the prison number; others are not looked at" },
      value: { type: "string", description: "For NOMS: letter, four digits, two letters" },
    },
  },
};
const isNoms = { type: "object", required: ["type"], properties: { type: { const: "NOMS" } } };

/** The fields that events share, as their schemas show them. */
export const eventFields = {
  occurredAt: {
    type: "string",
    format: "date-time",
    description: "When it happened; SNS's time where it is missing, London time where it names no zone",
  },
  anyone: { type: "object", properties: { identifiers } },
  prisoner: {
    type: "object",
    required: ["identifiers"],
    properties: { identifiers: { ...identifiers, contains: isNoms } },
  },
  crn: { type: "string", description: "Case number in Delius: one letter, six digits" },
  detailUrl: {
    type: "string",
    format: "uri",
    description: "The address of the present state in Manage POM Cases; built from the NOMS number if missing",
  },
  allocation: {
    type: "object",
    properties: {
      staffCode: { type: ["integer", "string", "null"], description: "NOMIS staff code of the POM; null: deallocated" },
      prisonId: { type: "string", description: "NOMIS code of the prison; on a deallocation the old one" },
      eventTrigger: { type: "string" },
    },
  },
  dryRun: { type: "boolean", default: false, description: "Report what would be written, and write nothing" },
  removeStale: { type: "boolean", default: false, description: "Remove data that Manage POM Cases no longer holds" },
} as const satisfies Readonly<Record<string, PayloadSchema>>;

const moic = "https://manage-pom-cases.example.com/api";

/** The reference to a prisoner in an example. */
export function exampleNoms(value: string) {
  return { identifiers: [{ type: "NOMS", value }] };
}

/** The address of a prisoner's handover dates in an example. */
export function exampleHandoverUrl(noms: string): string {
  return `${moic}/handovers/${noms}`;
}

/** An allocation, or its end, as Manage POM Cases announces it. */
export function exampleAllocation(staffCode: number | null, eventTrigger: string) {
  return {
    version: 1,
    description: "A POM allocation has changed",
    detailUrl: `${moic}/allocation/A1001AA/primary_pom`,
    additionalInformation: { staffCode, prisonId: "LEI", eventTrigger },
    personReference: exampleNoms("A1001AA"),
    occurredAt: "2026-04-02T10:30:00Z",
  };
}

/** A new prison number, as Delius's events announce it. */
export function exampleIdentifier(description: string) {
  const time = "2026-07-24T10:00:00+01:00";
  return { version: 1, occurredAt: time, publishedAt: time, description, personReference: exampleNoms("A1003AA") };
}

/** A sentence that changed, as Delius's events announce it. */
export function exampleSentence(crn: string) {
  return { eventDatetime: "2026-02-25T11:24:32.935401", offenderId: 1, crn, sourceId: "2500974056" };
}
