import type { Instant } from "../../platform/time/london-time.ts";
import type { Decision, Fact } from "../fact/outcome.ts";
import type { Claim, RecordChange, Settlement } from "../fact/journal-record.ts";
import type { LookUp } from "./lookup-result.ts";
import { crnOf, nomsNumberOf, solePerson, type Ended, type Prepared, type Verdict } from "./prepared-message.ts";

/** What was decided for one fact of one message. */
export interface DecidedFact {
  readonly inboxKey: string;
  readonly fact: Fact;
  readonly decision: Decision<readonly RecordChange[]>;
}

/** What a message asks of the look-up. */
export function toLookUp({ message }: Pick<Prepared, "message">): LookUp {
  const { envelope, event } = message;
  return { inboxKey: envelope.inboxKey, person: event.kind === "event" ? event.person : null };
}

/** What a message writes into the inbox. */
export function toClaim({ message, sighting }: Prepared): Claim {
  const { envelope, delivery } = message;
  return {
    inboxKey: envelope.inboxKey,
    eventType: envelope.eventType,
    nomsNumber: nomsNumberOf(message, sighting),
    crn: crnOf(message, sighting),
    receivedAt: delivery.receivedAt,
  };
}

/** Everything that the journal keeps of a message: one settlement for each of its facts (spec 2.5). */
export function settleVerdicts(
  prepared: Prepared,
  decided: readonly DecidedFact[],
  now: Instant,
): readonly Settlement[] {
  const { message, sighting, verdicts } = prepared;
  const { envelope, event, delivery } = message;
  const shared = {
    ...toClaim(prepared),
    offenderId: solePerson(sighting)?.offenderId ?? null,
    occurredAt: event.kind === "event" ? event.occurredAt : null,
    decidedAt: now,
    dryRun: event.kind === "event" && event.dryRun,
    traceId: envelope.traceId,
    body: delivery.body,
    attributes: delivery.attributes,
  };
  return verdicts.map((verdict) => ({ ...shared, ...readVerdict(prepared, verdict, decided) }));
}

function readVerdict(
  prepared: Prepared,
  verdict: Verdict,
  decided: readonly DecidedFact[],
): Pick<Settlement, "fact" | "decision" | "answer"> {
  const { fact } = verdict;
  if (verdict.kind === "ended") {
    return { fact, decision: endedDecision(prepared, verdict), answer: verdict.answer ?? null };
  }
  const { inboxKey } = prepared.message.envelope;
  const match = decided.find((one) => one.inboxKey === inboxKey && one.fact === fact);
  if (match === undefined) throw new Error("A fact with an answer was not decided.");
  return { fact, decision: match.decision, answer: verdict.answer };
}

function endedDecision({ message, sighting }: Prepared, { outcome, reason }: Ended): Settlement["decision"] {
  const nomsNumber = nomsNumberOf(message, sighting);
  const properties = nomsNumber === null ? {} : { nomsId: nomsNumber };
  return { outcome, properties, reasons: [reason], changes: null };
}
