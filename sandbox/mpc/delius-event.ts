/** An event for the topic. */
interface DeliusEvent {
  readonly eventType: string;
  readonly body: string;
}

/** What Delius announces when a sentence of a case is added, changed or removed. Its times name no zone. */
export function sentenceChanged(change: {
  readonly crn: string;
  readonly offenderId: number;
  readonly at: Date;
}): DeliusEvent {
  const { crn, offenderId, at } = change;
  const eventType = "SENTENCE_CHANGED";
  const eventDatetime = at.toISOString().slice(0, -1);
  return { eventType, body: JSON.stringify({ eventType, eventDatetime, offenderId, crn, sourceId: "1" }) };
}

/** What Delius announces when a case is given a prison number. */
export function identifierAdded({ noms, at }: { readonly noms: string; readonly at: Date }): DeliusEvent {
  const eventType = "probation-case.prison-identifier.added";
  const body = {
    eventType,
    version: 1,
    occurredAt: at.toISOString(),
    publishedAt: at.toISOString(),
    description: "A prisoner identifier has been added",
    personReference: { identifiers: [{ type: "NOMS", value: noms }] },
  };
  return { eventType, body: JSON.stringify(body) };
}
