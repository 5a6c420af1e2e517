import { readExactJson } from "../../platform/text/exact-json.ts";
import { changeVerbs, describeReason, type Reality } from "../../operations/explanation/change-text.ts";
import type { WholeMessage } from "../../operations/messages/message-schema.ts";
import { parseInstant, type Instant } from "../../platform/time/london-time.ts";
import { displayCount, displayDate, displayMoment, displayTime, pageTimes, type Moment } from "../web/display.ts";
import { casePath } from "./message-list-view.ts";

/** A name and what stands under it. */
export interface Field {
  readonly name: string;
  readonly value: string;
}

/** One record of Delius before and after, field by field. */
export interface ChangeView {
  readonly record: string;
  /** What was done to it, or would have been. */
  readonly kind: string;
  readonly fields: readonly {
    readonly name: string;
    readonly before: string;
    readonly after: string;
    readonly isChanged: boolean;
  }[];
}

/** What the page of a message shows: what came, what was answered, what was decided and why, what was written. */
export function viewMessage(message: WholeMessage, now: Instant) {
  const { inboxKey, settlements, journal, attempts, quarantine, actions } = message;
  const traceIds = [...new Set(journal.flatMap(({ traceId }) => traceId ?? []))];
  return {
    inboxKey,
    ...viewOrigin(message, now),
    state: describeState(message),
    deliveries: displayCount(
      settlements.reduce((sum, { deliveries }) => sum + deliveries, 0),
      "delivery",
      "deliveries",
    ),
    traceIds,
    decisions: journal.map((one) => viewDecision(one, inboxKey, now)),
    attempts: attempts.map(({ failedAt, dependency, errorClass, receives }) => ({
      failed: displayMoment(failedAt, now),
      text: `${nameDependency(dependency)} failed: ${errorClass} (delivery ${receives})`,
    })),
    quarantine: quarantine.map(({ reason, state, error, body, attributes, since }) => ({
      reason,
      state,
      error,
      since: displayMoment(since, now),
      body: decodeBody(body),
      attributes: listFields(attributes),
    })),
    actions: actions.map(({ takenAt, actor, action, reason }) => ({
      taken: displayMoment(takenAt, now),
      text: `${actor}: ${action}`,
      reason: reason ?? null,
    })),
  };
}

/** What came, about whom and when, as far as that is known. */
function viewOrigin({ settlements: [first], journal, quarantine: [held] }: WholeMessage, now: Instant) {
  const { eventType, nomsNumber, crn } = { ...held, ...first };
  const identifier = nomsNumber ?? crn;
  const occurredAt = journal[0]?.occurredAt;
  return {
    eventType: eventType ?? "A message without an event type",
    person: identifier ?? null,
    personHref: casePath(identifier),
    occurred: occurredAt === undefined ? null : displayMoment(occurredAt, now),
    received: first === undefined ? null : displayMoment(first.receivedAt, now),
  };
}

const dependencyNames: Readonly<Record<string, string>> = {
  mpc: "Manage POM Cases",
  database: "The Delius database",
  auth: "HMPPS Auth",
  queue: "The queue",
  ldap: "The staff directory",
};

function nameDependency(name: string): string {
  return dependencyNames[name] ?? name;
}

function describeState({ settlements, quarantine, attempts, journal }: WholeMessage): string {
  if (quarantine.some(({ state }) => state === "held"))
    return "Quarantined: it waits for someone to replay or discard it.";
  const isDryRun = journal.length > 0 && journal.every(({ dryRun }) => dryRun);
  if (settlements.length > 0) return isDryRun ? "Settled as a dry run: nothing was written to Delius." : "Settled.";
  return attempts.length > 0 ? "It failed and will be tried again." : "Not settled yet.";
}

type Decision = WholeMessage["journal"][number];

function viewDecision(decision: Decision, original: string, now: Instant) {
  const { fact, outcome, outcomeClass, dryRun, decidedAt, reasons, answer, changes, inboxKey } = decision;
  const decided: Moment = displayMoment(decidedAt, now);
  return {
    title: fact === undefined ? "The message" : (factNames[fact] ?? fact),
    outcome,
    outcomeClass,
    isDryRun: dryRun,
    isReplay: inboxKey !== original,
    decided,
    reasons: reasons.map((reason) => describeReason(reason, pageTimes)),
    answer: answer === null || answer === undefined ? [] : listFields(answer),
    changes: changes.map((change) => viewChange(change, dryRun ? "rehearsed" : "made")),
  };
}

const factNames: Readonly<Record<string, string>> = { handover: "Handover dates", allocation: "POM allocation" };
const recordNames: Readonly<Record<string, string>> = { contact: "diary entry", "key date": "handover date" };

/** A change as the journal keeps it; what has another shape is shown as it is. */
export function viewChange(change: unknown, reality: Reality): ChangeView {
  const { added, removed, changed } = changeVerbs[reality];
  const [record, before, after] = ["record", "before", "after"].map((name) => readKey(change, name));
  const [old, fresh] = [toEntries(before), toEntries(after)];
  const isWhole = typeof record === "string" && (old !== null || fresh !== null);
  if (!isWhole) {
    const value = { name: "value", before: "", after: JSON.stringify(change), isChanged: true };
    return { record: "record", kind: changed, fields: [value] };
  }
  const names = [...new Set([...(old ?? new Map()).keys(), ...(fresh ?? new Map()).keys()])].map(String);
  const fields = names.map((name) => {
    const [was, is] = [displayValue(old?.get(name)), displayValue(fresh?.get(name))];
    return { name: displayName(name), before: was, after: is, isChanged: was !== is };
  });
  const half = old === null ? added : removed;
  return {
    record: recordNames[record] ?? record,
    kind: old !== null && fresh !== null ? changed : half,
    fields,
  };
}

function readKey(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null
    ? Object.entries(value).find(([key]) => key === name)?.[1]
    : undefined;
}

function toEntries(value: unknown): ReadonlyMap<string, unknown> | null {
  return typeof value === "object" && value !== null ? new Map(Object.entries(value)) : null;
}

/** `handoverStartDate` as `handover start date`. */
function displayName(name: string): string {
  return name.replaceAll(/([a-z])([A-Z])/g, "$1 $2").toLowerCase();
}

function displayValue(value: unknown): string {
  if (value === undefined || value === null) return "none";
  if (typeof value !== "string") return JSON.stringify(value);
  const instant = parseInstant(value);
  if (instant !== null) return displayTime(instant);
  return /^\d{4}-\d\d-\d\d$/.test(value) ? displayDate(value) : value;
}

/** All that an object holds, parts of parts by their path: `manager surname`. */
function listFields(value: unknown, prefix = ""): readonly Field[] {
  const entries = toEntries(value);
  if (entries === null) return [{ name: prefix === "" ? "value" : prefix, value: displayValue(value) }];
  return [...entries].flatMap(([name, part]) => listFields(part, `${prefix} ${displayName(name)}`.trim()));
}

/** A body as it is meant: an envelope of SNS opened, JSON laid out; what is no JSON, or nests too deeply, stays as it is. */
export function decodeBody(body: string): string {
  const parsed = readExactJson(body);
  if (parsed === undefined) return body;
  const inner = readKey(parsed, "Message");
  const opened = typeof inner === "string" ? readExactJson(inner) : undefined;
  return JSON.stringify(opened ?? parsed, null, 2);
}
