import {
  describeAnswer,
  describeChange,
  describeReason,
  type ChangeView,
  type Reality,
  type TimeFormat,
} from "./change-text.ts";
import type { ExplainedMessage, Present, ExplainedFact } from "./explanation-schema.ts";
import { nameEvent } from "../../sync/events/event-table.ts";

/** What was, or would be, decided about one fact. */
export interface FactView {
  readonly fact: string;
  readonly consequence: string;
  readonly outcome: string;
  readonly outcomeClass: ExplainedFact["outcomeClass"];
  readonly answer: string;
  readonly reasons: readonly string[];
  readonly changes: readonly ChangeView[];
}

/** A message in words. */
export interface MessageView {
  readonly inboxKey: string;
  readonly name: string;
  readonly eventType: string;
  readonly isDryRun: boolean;
  readonly decidedAt: string;
  readonly times: string;
  readonly attempts: readonly string[];
  readonly facts: readonly FactView[];
}

const factNames = { allocation: "POM allocation", handover: "Handover dates" } as const;

/** What a message is about, in words. */
export function nameFact(fact: ExplainedFact["fact"]): string {
  return fact === undefined ? "The message" : factNames[fact];
}

/** What would happen now, fact by fact; or why that is not known. */
export function describePresent(
  { result, facts = [], message = "It is not known" }: Present,
  format: TimeFormat,
): readonly FactView[] | string {
  return result === "decided" ? facts.map((fact) => describeFact(fact, { tense: "expected", format })) : `${message}.`;
}

type Tense = "done" | "rehearsed" | "expected";

const consequences: Readonly<Record<Tense, Readonly<Record<ExplainedFact["outcomeClass"], string>>>> = {
  done: {
    written: "Delius was changed",
    "no change": "Delius was left as it was",
    waiting: "it had to wait",
    quarantined: "the message was quarantined",
  },
  rehearsed: {
    written: "Delius would have been changed",
    "no change": "Delius would have been left as it was",
    waiting: "it would have had to wait",
    quarantined: "the message would have been quarantined",
  },
  expected: {
    written: "Delius would be changed",
    "no change": "Delius would be left as it is",
    waiting: "it would have to wait",
    quarantined: "the message would be quarantined",
  },
};

function describeFact(
  { fact, outcome, outcomeClass, answer, reasons, changes }: ExplainedFact,
  { tense, format }: { readonly tense: Tense; readonly format: TimeFormat },
): FactView {
  const reality: Reality = tense === "done" ? "made" : "rehearsed";
  return {
    fact: nameFact(fact),
    consequence: consequences[tense][outcomeClass],
    outcome,
    outcomeClass,
    answer: describeAnswer(answer, format),
    reasons: reasons.map((reason) => describeReason(reason, format)),
    changes: changes.map((change) => describeChange(change, { reality, format })),
  };
}

/** A message with what was decided, in words. */
export function describeMessage(message: ExplainedMessage, format: TimeFormat): MessageView {
  const { inboxKey, eventType, dryRun, decisions, attempts } = message;
  return {
    inboxKey,
    name: nameEvent(eventType),
    eventType: eventType ?? "no type",
    isDryRun: dryRun,
    decidedAt: format.time(message.decidedAt),
    times: describeTimes(message, format),
    attempts: attempts.map((attempt) => describeAttempt(attempt, format)),
    facts: decisions.map((decision) => describeFact(decision, { tense: dryRun ? "rehearsed" : "done", format })),
  };
}

function describeTimes(message: ExplainedMessage, { time }: TimeFormat): string {
  const { occurredAt, receivedAt, decidedAt, deliveries = 1 } = message;
  const occurred = occurredAt === undefined ? "When it happened is not known" : `Happened ${time(occurredAt)}`;
  const often = deliveries > 1 ? `; delivered ${deliveries} times, settled once` : "";
  return `${occurred}, received ${time(receivedAt)}, decided ${time(decidedAt)}${often}`;
}

const dependencies: Readonly<Record<string, string>> = {
  mpc: "Manage POM Cases",
  auth: "HMPPS Auth",
  database: "the database",
};

function describeAttempt(
  { failedAt, dependency, errorClass }: ExplainedMessage["attempts"][number],
  { time }: TimeFormat,
): string {
  return `An attempt failed ${time(failedAt)}, because of ${dependencies[dependency] ?? dependency}: ${errorClass}`;
}
