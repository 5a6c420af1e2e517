import type { Delivery } from "../../src/sync/events/case-event.ts";
import { readMessage } from "../../src/sync/pipeline/message-handler.ts";
import type { FoundPerson, LookupResult, Prepared, PreparedFact } from "../../src/sync/pipeline/prepared-message.ts";
import { crnSchema, nomsNumberSchema, offenderIdSchema } from "../../src/delius/person/person.ts";
import { summer } from "./allocation-fixture.ts";
import { handoverEvent, toNotification } from "./messages.ts";

/** Where the messages of these tests say that Manage POM Cases is. */
export const mpcOrigin = "https://mpc.example";

/** A message as the queue hands it over. */
export function deliveryOf(body: unknown, rest: Partial<Delivery> = {}): Delivery {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  return { messageId: "sqs-1", body: text, attributes: {}, receives: 1, receivedAt: summer, ...rest };
}

/** A case as a look at the database shows it. */
export function sightedPerson(offenderId: number, noms: string | null, rest: Partial<FoundPerson> = {}): FoundPerson {
  return {
    offenderId: offenderIdSchema.parse(offenderId),
    crn: crnSchema.parse(`X${String(offenderId).padStart(6, "0")}`),
    nomsNumber: noms === null ? null : nomsNumberSchema.parse(noms),
    sentences: null,
    fences: { handover: null, allocation: null },
    ...rest,
  };
}

/** What a look shows of so many cases. */
export function lookupOf(persons: readonly FoundPerson[], rest: Partial<LookupResult> = {}): LookupResult {
  return { isSettled: false, now: summer, persons, isWaiting: false, ...rest };
}

/** A handover event about one case, with an answer to be settled. */
export function preparedFor(offenderId: number, inboxKey = `key-${offenderId}`): Prepared {
  const noms = `A${String(offenderId).padStart(4, "0")}AA`;
  const message = readMessage(deliveryOf(toNotification(handoverEvent(mpcOrigin, noms), inboxKey)));
  const preparedFact: PreparedFact = { kind: "answer", fact: "handover", answer: { kind: "noData" } };
  return { message, lookup: lookupOf([sightedPerson(offenderId, noms)]), preparedFacts: [preparedFact] };
}
