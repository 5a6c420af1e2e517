import { facts } from "../fact/outcome.ts";
import { eventExamples } from "./event-example.ts";
import { bulkUpdateEventType, handledEventTypes, refreshEventType, type HandledEventType } from "./event-type.ts";

/** A JSON schema in the document of the events. */
export type PayloadSchema = Readonly<Record<string, unknown>>;

/** What the document tells of one event type beside its rule (rule E2). */
export interface EventPayload {
  readonly eventType: HandledEventType;
  readonly title: string;
  readonly sender: string;
  /** What the service does when it comes. */
  readonly effect: string;
  /** What must be there to be understood; everything else is borne (rule E1). */
  readonly schema: PayloadSchema;
  readonly examples: readonly { readonly name: string; readonly payload: Readonly<Record<string, unknown>> }[];
}

const occurredAt = {
  type: "string",
  format: "date-time",
  description: "When it happened; SNS's time where it is missing, London time where it names no zone",
};
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
const anybody = { type: "object", properties: { identifiers } };
const isNoms = { type: "object", required: ["type"], properties: { type: { const: "NOMS" } } };
const prisoner = {
  type: "object",
  required: ["identifiers"],
  properties: { identifiers: { ...identifiers, contains: isNoms } },
};
const detailUrl = {
  type: "string",
  format: "uri",
  description: "The address of the present state in Manage POM Cases; built from the NOMS number if missing",
};
const allocationInformation = {
  type: "object",
  properties: {
    staffCode: { type: ["integer", "string", "null"], description: "NOMIS staff code of the POM; null: deallocated" },
    prisonId: { type: "string", description: "NOMIS code of the prison; on a deallocation the old one" },
    eventTrigger: { type: "string" },
  },
};

const dryRun = { type: "boolean", default: false, description: "Tell what would be written, and write nothing" };

const mpc = "Manage POM Cases";
const delius = "Delius";
const allocated = {
  sender: mpc,
  effect:
    "Makes the case's POM in Delius the one that Manage POM Cases names now, and the responsible officer with it.",
  properties: { personReference: prisoner, detailUrl, additionalInformation: allocationInformation },
  required: ["personReference"],
};
const linked = {
  sender: delius,
  effect: "Compares the POM and the handover dates of the case that is linked to a prisoner now.",
  properties: { personReference: anybody },
  required: [],
};

const sentenced = {
  sender: delius,
  effect: "Compares the handover dates of a case that has exactly one custodial sentence now.",
  properties: { crn: { type: "string", description: "Case number in Delius: one letter, six digits" } },
  required: ["crn"],
};

interface Description extends Pick<EventPayload, "title" | "sender" | "effect"> {
  readonly properties: PayloadSchema;
  readonly required: readonly string[];
}

const descriptions: Readonly<Record<HandledEventType, Description>> = {
  "offender-management.handover.changed": {
    title: "Handover dates changed",
    sender: mpc,
    effect: "Makes the handover dates in Delius (key dates POM1 and POM2) those that Manage POM Cases has now.",
    properties: { personReference: prisoner, detailUrl },
    required: ["personReference"],
  },
  "offender-management.allocation.changed": { title: "POM allocation changed", ...allocated },
  "offender-management.pom.allocated": { title: "POM allocation changed, by its documented name", ...allocated },
  "probation-case.prison-identifier.added": { title: "Prison number added to a case", ...linked },
  "probation-case.prison-identifier.updated": { title: "Prison number of a case changed", ...linked },
  SENTENCE_CHANGED: { title: "Sentence changed", ...sentenced },
  CONVICTION_CHANGED: { title: "Delius event of a case changed, such as a sentence that was ended", ...sentenced },
  [refreshEventType]: {
    title: "Compare a case again",
    sender: "this service",
    effect: "Compares the named facts of a case with Manage POM Cases: bulk updates and repairs go this way.",
    properties: {
      personReference: prisoner,
      additionalInformation: {
        type: "object",
        required: ["facts"],
        properties: {
          facts: { type: "array", minItems: 1, items: { enum: facts }, description: "What to compare" },
          dryRun,
          removeStale: { type: "boolean", default: false, description: "Remove what Manage POM Cases knows no more" },
          refreshRun: { type: "string", description: "The run that it belongs to" },
        },
      },
    },
    required: ["personReference", "additionalInformation"],
  },
  [bulkUpdateEventType]: {
    title: "Compare the handover dates of a case again, as the predecessor asked",
    sender: "the service's predecessor",
    effect: "Is a refresh of the handover dates. What is left of them in the queue at a change-over is understood.",
    properties: { personReference: prisoner, additionalInformation: { type: "object", properties: { dryRun } } },
    required: ["personReference"],
  },
};

/** What the document tells of every event type that the service handles. */
export function listEventPayloads(): readonly EventPayload[] {
  return handledEventTypes.map((eventType) => {
    const { properties, required, ...description } = descriptions[eventType];
    const schema = {
      type: "object",
      required: ["eventType", ...required],
      properties: { eventType: { const: eventType }, occurredAt, ...properties },
    };
    const named = Object.entries(eventExamples[eventType]).map(([name, payload]) => ({ name, payload }));
    return { eventType, ...description, schema, examples: named };
  });
}
