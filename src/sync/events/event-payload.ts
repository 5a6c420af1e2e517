import { eventFields, type PayloadSchema } from "./event-field.ts";
import { eventTable, type EventRow, type EventRule, type HandledEventType } from "./event-table.ts";

/** What the document of the events says of one event type. */
export interface EventPayload extends Pick<EventRow, "title" | "sender" | "effect"> {
  readonly eventType: HandledEventType;
  readonly rule: EventRule;
  /** What must be there to be understood; any other field is accepted and ignored (rule E1). */
  readonly schema: PayloadSchema;
  readonly examples: readonly { readonly name: string; readonly payload: Readonly<Record<string, unknown>> }[];
}

/** What the document says of every event type that the service handles. */
export function listEventPayloads(): readonly EventPayload[] {
  return eventTable.map(({ eventType, rule, title, sender, effect, properties, required, examples }) => ({
    eventType,
    rule,
    title,
    sender,
    effect,
    schema: {
      type: "object",
      required: ["eventType", ...required],
      properties: { eventType: { const: eventType }, occurredAt: eventFields.occurredAt, ...properties },
    },
    examples: listExamples(eventType, examples),
  }));
}

function listExamples(eventType: HandledEventType, examples: EventRow["examples"]): EventPayload["examples"] {
  return Object.entries(examples).map(([name, payload]) => ({ name, payload: { eventType, ...payload } }));
}
