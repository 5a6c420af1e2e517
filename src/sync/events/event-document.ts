import type { PayloadSchema } from "./event-field.ts";
import { listEventPayloads, type EventPayload } from "./event-payload.ts";
import { eventTable, refreshEventType } from "./event-table.ts";

/** What the document and its page are called. */
export const eventsTitle = "Events that Manage POM Cases and Delius receives";

const description = [
  "What this service receives. An event is a hint that something changed: the service asks Manage POM Cases for the present state and makes Delius equal to it. Late, repeated and reordered events are no harm.",
  "Events come from the topic through a queue of the service's own; the subscription filters by the attribute eventType. Other fields are accepted and ignored. An event that cannot be used is quarantined at once, with the reason.",
];

const attributes = {
  type: "object",
  required: ["eventType"],
  properties: {
    eventType: { type: "string", description: "The subscription's filter goes by it; wins over the one in the body" },
    traceparent: { type: "string", description: "W3C trace context of the sender" },
    tracestate: { type: "string" },
  },
};

const notification = {
  type: "object",
  description: "What SNS puts around an event. With raw delivery the event comes without it.",
  required: ["Message"],
  properties: {
    Type: { const: "Notification" },
    MessageId: { type: "string", description: "An event is settled once under this key" },
    TopicArn: { type: "string" },
    Message: { type: "string", contentMediaType: "application/json", description: "The event, as JSON text" },
    Timestamp: { type: "string", format: "date-time" },
    MessageAttributes: {
      type: "object",
      additionalProperties: {
        type: "object",
        required: ["Type", "Value"],
        properties: { Type: { type: "string" }, Value: { type: "string" } },
      },
    },
  },
};

/** An AsyncAPI 3.0 document of the events that the service handles, built from the list of them. */
export function writeEventDocument(): PayloadSchema {
  const payloads = listEventPayloads();
  return {
    asyncapi: "3.0.0",
    info: { title: eventsTitle, version: "1.0", description: description.join("\n\n"), license: { name: "MIT" } },
    defaultContentType: "application/json",
    channels: writeChannels(payloads.map(({ eventType }) => eventType)),
    operations: {
      ...Object.fromEntries(payloads.map((payload) => [`receive-${payload.eventType}`, writeOperation(payload)])),
      "send-refresh": {
        action: "send",
        summary: "Asks itself to compare a case again",
        channel: { $ref: "#/channels/queue" },
        messages: [{ $ref: `#/channels/queue/messages/${refreshEventType}` }],
      },
    },
    components: {
      messages: {
        ...Object.fromEntries(payloads.map((payload) => [payload.eventType, writeMessage(payload)])),
        notification: writeNotification(),
      },
      schemas: {
        ...Object.fromEntries(payloads.map(({ eventType, schema }) => [eventType, schema])),
        attributes,
        notification,
      },
    },
  };
}

function isPublished(eventType: string): boolean {
  return eventType !== refreshEventType;
}

function writeChannels(types: readonly string[]): PayloadSchema {
  return {
    domainEvents: {
      address: "hmpps-domain-events",
      title: "The topic that events are published to",
      messages: refer("#/components/messages", types.filter(isPublished)),
    },
    queue: {
      address: "manage-pom-cases-and-delius",
      title: "The service's own queue, subscribed to the topic",
      messages: refer("#/components/messages", ["notification", refreshEventType]),
    },
  };
}

function refer(place: string, names: readonly string[]): PayloadSchema {
  return Object.fromEntries(names.map((name) => [name, { $ref: `${place}/${name}` }]));
}

function writeOperation({ eventType, effect }: EventPayload): PayloadSchema {
  const channel = isPublished(eventType) ? "domainEvents" : "queue";
  return {
    action: "receive",
    summary: effect,
    channel: { $ref: `#/channels/${channel}` },
    messages: [{ $ref: `#/channels/${channel}/messages/${eventType}` }],
  };
}

function writeMessage({ eventType, title: name, sender, examples }: EventPayload): PayloadSchema {
  return {
    name: eventType,
    title: name,
    summary: `Sent by ${sender}`,
    headers: { $ref: "#/components/schemas/attributes" },
    payload: { $ref: `#/components/schemas/${eventType}` },
    examples: examples.map((example) => ({ ...example, headers: { eventType } })),
  };
}

function writeNotification(): PayloadSchema {
  return {
    name: "notification",
    title: "An event as it lies in the queue",
    payload: { $ref: "#/components/schemas/notification" },
    examples: [{ name: "handover", payload: describeEnvelope().example }],
  };
}

/** What stands around every event, in words, as a schema and by example. */
export function describeEnvelope() {
  const [{ eventType, examples }] = eventTable;
  const example = {
    Type: "Notification",
    MessageId: "c1f3a9f4-9a4e-4b57-8f5c-77f5f8b3c0aa",
    TopicArn: "arn:aws:sns:eu-west-2:000000000000:hmpps-domain-events",
    Message: JSON.stringify({ eventType, ...examples.changed }),
    Timestamp: "2026-04-02T03:05:01.377Z",
    MessageAttributes: { eventType: { Type: "String", Value: eventType } },
  };
  return { description, schema: notification, example };
}
