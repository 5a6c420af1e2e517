import type { Fact } from "../fact/outcome.ts";

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

/** Our own message that asks to compare a case again. */
export const refreshEventType = "manage-pom-cases-and-delius.internal.refresh";

/**
 * The original service's own message of a bulk update of key dates. What is left of them in the queue when this service
 * takes its place is understood.
 */
export const bulkUpdateEventType = "pom-handover-dates.internal.bulk-update";

const mpcEvent = { person: "noms", detail: "event", isAnyNotFoundNoData: false, isRefresh: false } as const;
const allocationChanged: EventRule = { ...mpcEvent, facts: ["allocation"] };
const identifierChanged: EventRule = {
  facts: ["handover", "allocation"],
  person: "optional noms",
  detail: "built",
  isAnyNotFoundNoData: false,
  isRefresh: false,
};

const sentenceChanged: EventRule = {
  facts: ["handover"],
  person: "crn",
  detail: "built",
  isAnyNotFoundNoData: true,
  isRefresh: false,
};
const refresh: EventRule = { facts: [], person: "noms", detail: "built", isAnyNotFoundNoData: false, isRefresh: true };

/** Every event type that the service handles. */
export const handledEventTypes = [
  "offender-management.handover.changed",
  "offender-management.allocation.changed",
  "offender-management.pom.allocated",
  "probation-case.prison-identifier.added",
  "probation-case.prison-identifier.updated",
  "SENTENCE_CHANGED",
  "CONVICTION_CHANGED",
  refreshEventType,
  bulkUpdateEventType,
] as const;

/** See {@link handledEventTypes}. */
export type HandledEventType = (typeof handledEventTypes)[number];

/** The event types that come from the topic: those that we handle, but for those that are sent to the queue itself. */
export const subscribedEventTypes: readonly HandledEventType[] = handledEventTypes.filter(
  (type) => type !== refreshEventType && type !== bulkUpdateEventType,
);

/** The rule of each event type. */
export const eventRules: Readonly<Record<HandledEventType, EventRule>> = {
  "offender-management.handover.changed": { ...mpcEvent, facts: ["handover"] },
  "offender-management.allocation.changed": allocationChanged,
  "offender-management.pom.allocated": allocationChanged,
  "probation-case.prison-identifier.added": identifierChanged,
  "probation-case.prison-identifier.updated": identifierChanged,
  SENTENCE_CHANGED: sentenceChanged,
  CONVICTION_CHANGED: sentenceChanged,
  [refreshEventType]: refresh,
  [bulkUpdateEventType]: { ...refresh, facts: ["handover"] },
};

/** What to call a type in logs and metrics: the type is the sender's text, and only those that we know are no secrets. */
export function labelEventType(eventType: string | null): HandledEventType | "other" {
  return handledEventTypes.find((handled) => handled === eventType) ?? "other";
}

const known: ReadonlyMap<string, EventRule> = new Map(Object.entries(eventRules));

/** The rule of an event type, or undefined for one that the service does not handle. */
export function findEventRule(eventType: string): EventRule | undefined {
  return known.get(eventType);
}
