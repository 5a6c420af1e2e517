import { eventTable, type EventRow, type EventRule } from "./event-table.ts";

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

/** What to call a type in logs and metrics: the type is the sender's text, and only those that we know are no secrets. */
export function labelEventType(eventType: string | null): HandledEventType | "other" {
  return handledEventTypes.find((handled) => handled === eventType) ?? "other";
}

const rows: ReadonlyMap<string, EventRow> = new Map(eventTable.map((row) => [row.eventType, row]));

/** The rule of an event type, or undefined for one that the service does not handle. */
export function findEventRule(eventType: string): EventRule | undefined {
  return rows.get(eventType)?.rule;
}

/** What a timeline says of an event of this type. */
export function nameEvent(eventType: string | undefined): string {
  return rows.get(eventType ?? "")?.timelineName ?? "A message of another kind";
}
