import { facts, type Fact } from "../fact/outcome.ts";
import {
  eventFields as fields,
  exampleAllocation,
  exampleHandoverUrl,
  exampleIdentifier,
  exampleNoms,
  exampleSentence,
  type PayloadSchema,
} from "./event-field.ts";

/** How an event of one type is read (rule E2). */
export interface EventRule {
  /** The facts to compare; empty where a refresh names them itself. */
  readonly facts: readonly Fact[];
  /** By what the event names its person. `optional`: an event without a NOMS number is no fault. */
  readonly person: "noms" | "optional noms" | "crn";
  /** Whether the detail URL comes with the event or is built from the NOMS number. */
  readonly detail: "event" | "built";
  /** Any JSON 404 means that there is no data: the event is not about Manage POM Cases' own records. */
  readonly isAnyNotFoundNoData: boolean;
  readonly isRefresh: boolean;
}

/** An event type: how it is read, and how documents, pages and timelines describe it. */
export interface EventRow {
  readonly eventType: string;
  /** Comes from the topic, so the subscription's filter lets it through; else it is sent to the queue itself. */
  readonly isSubscribed: boolean;
  readonly rule: EventRule;
  readonly title: string;
  readonly sender: string;
  /** What the service does when it comes. */
  readonly effect: string;
  /** What a timeline says happened. */
  readonly timelineName: string;
  /** The fields that are used, beside the type and the time. */
  readonly properties: PayloadSchema;
  readonly required: readonly string[];
  /** Events as they are sent, about the sandbox's people, without their type. */
  readonly examples: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

const mpcRule = { person: "noms", detail: "event", isAnyNotFoundNoData: false, isRefresh: false } as const;
const builtRule = { ...mpcRule, detail: "built" } as const;

const allocated = {
  isSubscribed: true,
  rule: { ...mpcRule, facts: ["allocation"] },
  sender: "Manage POM Cases",
  effect:
    "Makes the case's POM the one that Manage POM Cases names now, else the unallocated officer; moves the responsible officer, writes diary entries, adds an officer whom Delius does not know.",
  properties: {
    personReference: fields.prisoner,
    detailUrl: fields.detailUrl,
    additionalInformation: fields.allocation,
  },
  required: ["personReference"],
} as const;

const linked = {
  isSubscribed: true,
  rule: { ...builtRule, facts, person: "optional noms" },
  sender: "Delius",
  effect: "Compares the POM and the handover dates of the case that is linked to a prisoner now.",
  properties: { personReference: fields.anyone },
  required: [],
} as const;

const sentenced = {
  isSubscribed: true,
  rule: { ...builtRule, facts: ["handover"], person: "crn", isAnyNotFoundNoData: true },
  sender: "Delius",
  effect: "Compares the handover dates of a case that now has exactly one custodial sentence, or waits for one.",
  properties: { crn: fields.crn },
  required: ["crn"],
} as const;

/** Every event type that the service handles: a new one is a row here. */
export const eventTable = [
  {
    eventType: "offender-management.handover.changed",
    isSubscribed: true,
    rule: { ...mpcRule, facts: ["handover"] },
    title: "Handover dates changed",
    sender: "Manage POM Cases",
    effect: "Makes the key dates POM1 (handover start) and POM2 (handover) those that Manage POM Cases has now.",
    timelineName: "The handover changed in Manage POM Cases",
    properties: { personReference: fields.prisoner, detailUrl: fields.detailUrl },
    required: ["personReference"],
    examples: {
      changed: {
        version: 1,
        description: "Handover date and/or responsibility was updated",
        detailUrl: exampleHandoverUrl("A1002AA"),
        personReference: exampleNoms("A1002AA"),
        occurredAt: "2026-04-02T03:05:00Z",
      },
    },
  },
  {
    eventType: "offender-management.allocation.changed",
    ...allocated,
    title: "POM allocation changed",
    timelineName: "The POM changed in Manage POM Cases",
    examples: {
      allocated: exampleAllocation(485_637, "user"),
      deallocated: exampleAllocation(null, "offender_transferred"),
    },
  },
  {
    eventType: "offender-management.pom.allocated",
    ...allocated,
    title: "POM allocation changed, by its documented name",
    timelineName: "A POM was allocated in Manage POM Cases",
    examples: { allocated: exampleAllocation(485_637, "user") },
  },
  {
    eventType: "probation-case.prison-identifier.added",
    ...linked,
    title: "Prison number added to a case",
    timelineName: "The case was given a NOMS number",
    examples: { added: exampleIdentifier("A prisoner identifier has been added") },
  },
  {
    eventType: "probation-case.prison-identifier.updated",
    ...linked,
    title: "Prison number of a case changed",
    timelineName: "The case was given another NOMS number",
    examples: { updated: exampleIdentifier("A prisoner identifier has been updated") },
  },
  {
    eventType: "SENTENCE_CHANGED",
    ...sentenced,
    title: "Sentence changed",
    timelineName: "The sentence changed in Delius",
    examples: { changed: exampleSentence("X100004") },
  },
  {
    eventType: "CONVICTION_CHANGED",
    ...sentenced,
    title: "Delius event of a case changed, such as a sentence that was ended",
    timelineName: "The case's conviction changed in Delius",
    examples: { changed: exampleSentence("X100005") },
  },
  {
    eventType: "manage-pom-cases-and-delius.internal.refresh",
    isSubscribed: false,
    rule: { ...builtRule, facts: [], isRefresh: true },
    title: "Compare a case again",
    sender: "this service",
    effect: "Compares the facts that the message names. Bulk updates and repairs are sent as these messages.",
    timelineName: "A refresh compared the case with Manage POM Cases",
    properties: {
      personReference: fields.prisoner,
      additionalInformation: {
        type: "object",
        required: ["facts"],
        properties: {
          facts: { type: "array", minItems: 1, items: { enum: facts }, description: "What to compare" },
          dryRun: fields.dryRun,
          removeStale: fields.removeStale,
          refreshRun: { type: "string", description: "The run that it belongs to" },
        },
      },
    },
    required: ["personReference", "additionalInformation"],
    examples: {
      "dry run": {
        version: 1,
        occurredAt: "2026-04-02T10:30:00Z",
        personReference: exampleNoms("A1004AA"),
        additionalInformation: { facts, dryRun: true, removeStale: false, refreshRun: "2026-04-02-1" },
      },
    },
  },
  {
    // The original service's own message. What is left of them in the queue at a change-over is understood.
    eventType: "pom-handover-dates.internal.bulk-update",
    isSubscribed: false,
    rule: { ...builtRule, facts: ["handover"], isRefresh: true },
    title: "Compare the handover dates of a case again, as the predecessor asked",
    sender: "the service's predecessor",
    effect: "Compares the handover dates: a message that the predecessor left in the queue.",
    timelineName: "A bulk update compared the case with Manage POM Cases",
    properties: {
      personReference: fields.prisoner,
      additionalInformation: { type: "object", properties: { dryRun: fields.dryRun } },
    },
    required: ["personReference"],
    examples: {
      "dry run": {
        version: 1,
        detailUrl: exampleHandoverUrl("A1002AA"),
        additionalInformation: { dryRun: true },
        personReference: exampleNoms("A1002AA"),
      },
    },
  },
] as const satisfies readonly EventRow[];

/** An event type that the service handles. */
export type HandledEventType = (typeof eventTable)[number]["eventType"];

/** Our own message that asks to compare a case again. */
export const refreshEventType = "manage-pom-cases-and-delius.internal.refresh" satisfies HandledEventType;

/** The original service's own message: what is left of them in the queue at a change-over is understood. */
export const bulkUpdateEventType = "pom-handover-dates.internal.bulk-update" satisfies HandledEventType;

/** Every event type that the service handles. */
export const handledEventTypes: readonly HandledEventType[] = eventTable.map(({ eventType }) => eventType);

/** The event types that come from the topic. */
export const subscribedEventTypes: readonly HandledEventType[] = eventTable
  .filter(({ isSubscribed }) => isSubscribed)
  .map(({ eventType }) => eventType);

/** The rows by their type. */
export const eventRows: ReadonlyMap<string, EventRow> = new Map(eventTable.map((row) => [row.eventType, row]));

/** What a timeline says of an event of this type. */
export function nameEvent(eventType: string | undefined): string {
  return eventRows.get(eventType ?? "")?.timelineName ?? "A message of another kind";
}
