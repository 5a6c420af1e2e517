import { refreshEventType } from "../../sync/events/event-table.ts";
import { facts } from "../../sync/fact/outcome.ts";
import type { NomsNumber } from "../../delius/person/person.ts";

/** A message that was never sent. */
export interface CaseQuestion {
  readonly messageId: string;
  readonly body: string;
  readonly attributes: Readonly<Record<string, string>>;
}

/** The refresh that would compare both facts of a case: what it would come to is what would happen now (rule G5). */
export function writeCaseQuestion(nomsNumber: NomsNumber): CaseQuestion {
  const event = {
    eventType: refreshEventType,
    personReference: { identifiers: [{ type: "NOMS", value: nomsNumber }] },
    additionalInformation: { facts },
  };
  return { messageId: "explanation", body: JSON.stringify(event), attributes: { eventType: refreshEventType } };
}
