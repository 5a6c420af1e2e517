import { randomUUID } from "node:crypto";
import type { SeedCase } from "../../sandbox/seed/case.ts";
import type { Publication } from "../../sandbox/queue-server.ts";

/** The types of Manage POM Cases' events. */
export const eventTypes = {
  allocation: "offender-management.allocation.changed",
  handover: "offender-management.handover.changed",
} as const;

/** Where Manage POM Cases' API tells of each fact. */
export const paths = {
  allocation: (noms: string) => `/api/allocation/${noms}/primary_pom`,
  handover: (noms: string) => `/api/handovers/${noms}`,
};

/** A moment after everything that the seed holds. */
const occurredAt = "2026-04-02T10:30:00Z";

type EventBody = Readonly<Record<string, unknown>>;

/** A handover event as Manage POM Cases publishes it; `rest` takes the place of what it names. */
export function handoverEvent(origin: string, noms: string, rest: EventBody = {}): EventBody {
  return {
    eventType: eventTypes.handover,
    version: 1,
    description: "Handover date and/or responsibility was updated",
    detailUrl: origin + paths.handover(noms),
    personReference: { identifiers: [{ type: "NOMS", value: noms }] },
    occurredAt,
    ...rest,
  };
}

/** An event as a message for the topic. */
export function toPublication(event: EventBody): Publication {
  return { body: JSON.stringify(event), eventType: String(event["eventType"]) };
}

/** An event in the notification that SNS puts around it, as the queue holds it. */
export function toNotification(event: EventBody, messageId: string = randomUUID()): string {
  return wrapInNotification(toPublication(event), messageId);
}

/** A message of the topic in the notification that SNS puts around it. */
export function wrapInNotification({ body, eventType }: Publication, messageId: string): string {
  return JSON.stringify({
    Type: "Notification",
    MessageId: messageId,
    TopicArn: "arn:aws:sns:eu-west-2:000000000000:hmpps-domain-events",
    Message: body,
    Timestamp: "2026-04-02T10:30:01.102Z",
    MessageAttributes: { eventType: { Type: "String", Value: eventType } },
  });
}

/** An answer about handover dates. */
export function handoverAnswer(handoverDate: string | null, handoverStartDate: string | null = null) {
  return { status: 200, body: JSON.stringify({ handoverDate, handoverStartDate, responsibility: "POM" }) };
}

/** Cases of one custodial sentence each, beside those of the seed. */
export function plainCases(count: number): readonly SeedCase[] {
  return Array.from({ length: count }, (_, index) => ({
    id: 1000 + index,
    crn: crnOf(index),
    noms: nomsOf(index),
    com: { officer: "N07C001", team: "N07CMT" },
    sentences: [{}],
  }));
}

/** The case number of a plain case. */
export function crnOf(index: number): string {
  return `X2${String(index).padStart(5, "0")}`;
}

/** The prison number of a plain case. */
export function nomsOf(index: number): string {
  return `B${String(index).padStart(4, "0")}BB`;
}

/** The custody of a plain case. */
export function custodyOf(index: number): number {
  return (1000 + index) * 10;
}
