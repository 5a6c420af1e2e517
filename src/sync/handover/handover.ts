import type { KeyDateType } from "../fact/delius-codes.ts";
import type { Decision, Outcome } from "../fact/outcome.ts";
import type { NomsNumber } from "../../delius/person/person.ts";
import type { IsoDate } from "../../platform/time/london-time.ts";
import type { HandoverAnswer } from "./handover-answer.ts";
import { z } from "zod";

/** One change to the handover key dates of a custody. */
export type KeyDateChange =
  | { readonly kind: "insert"; readonly custodyId: CustodyId; readonly type: KeyDateType; readonly date: IsoDate }
  | { readonly kind: "revive"; readonly deleted: KeyDate }
  | { readonly kind: "update"; readonly before: KeyDate; readonly date: IsoDate }
  /** The live row is deleted, and one that was deleted and holds the date comes back. */
  | { readonly kind: "replace"; readonly before: KeyDate; readonly deleted: KeyDate }
  | { readonly kind: "remove"; readonly before: KeyDate };

/** Everything a decision about handover dates rests on. */
export interface HandoverQuestion {
  readonly nomsNumber: NomsNumber;
  /** The custodies of all active custodial sentences of the person. */
  readonly custodies: readonly Custody[];
  readonly answer: HandoverAnswer;
  /** What a null date does: `delete` removes the key date, `keep` leaves it (HANDOVER_NULL_DATES). */
  readonly nullDates: "delete" | "keep";
  /** Treat "no handover data" as both dates null (rule H6). */
  readonly removeStale: boolean;
}

type DateOutcome = "KeyDateCreated" | "KeyDateUpdated" | "KeyDateDeleted" | "NoKeyDateChange";

interface DateDecision {
  readonly outcome: DateOutcome;
  readonly reason: string;
  readonly changes: readonly KeyDateChange[];
}

const titles: Readonly<Record<KeyDateType, string>> = {
  POM1: "handover start date (POM1)",
  POM2: "handover date (POM2)",
};

// What a message counts as that does more than one of these.
const strengths = ["KeyDateCreated", "KeyDateUpdated", "KeyDateDeleted"] as const;

const bothNull = { kind: "dates", nomsNumber: undefined, handoverDate: null, handoverStartDate: null } as const;

/** Decides what Delius's two handover key dates become (rules H1 to H6). Pure; never fails. */
export function decideHandover(question: HandoverQuestion): Decision<readonly KeyDateChange[]> {
  const { nomsNumber, removeStale } = question;
  const answer = question.answer.kind === "noData" && removeStale ? bothNull : question.answer;
  if (answer.kind === "noData") {
    const reason =
      "Manage POM Cases holds no handover calculation for this case, so its key dates are left as they are.";
    return unchanged("NoHandoverData", { nomsId: nomsNumber }, reason);
  }
  if (answer.nomsNumber !== undefined && answer.nomsNumber !== nomsNumber) {
    const reason = "The answer of Manage POM Cases names another NOMS number than the event.";
    return unchanged("MismatchedAnswer", { nomsId: nomsNumber }, reason);
  }
  return decideDates(question, answer);
}

function decideDates(
  { nomsNumber, custodies, nullDates }: HandoverQuestion,
  { handoverDate, handoverStartDate }: Extract<HandoverAnswer, { kind: "dates" }>,
): Decision<readonly KeyDateChange[]> {
  const properties = {
    nomsId: nomsNumber,
    ...(typeof handoverDate === "string" ? { handoverDate } : {}),
    ...(typeof handoverStartDate === "string" ? { handoverStartDate } : {}),
  };
  const [custody, ...others] = custodies;
  if (custody === undefined) {
    return unchanged("NoActiveCustodialSentence", properties, "The case has no active custodial sentence in Delius.");
  }
  if (others.length > 0) {
    const reason = `The case has ${custodies.length} active custodial sentences in Delius, so it is not clear which the dates belong to.`;
    return unchanged("MultipleActiveCustodialSentences", properties, reason);
  }
  const decisions = [
    decideDate({ custody, type: "POM2", date: handoverDate, nullDates }),
    decideDate({ custody, type: "POM1", date: handoverStartDate, nullDates }),
  ];
  const changes = decisions.flatMap((decision) => decision.changes);
  return {
    outcome: strengths.find((outcome) => decisions.some((one) => one.outcome === outcome)) ?? "NoKeyDateChange",
    properties,
    reasons: decisions.map((decision) => decision.reason),
    changes: changes.length > 0 ? changes : null,
  };
}

interface DateQuestion {
  readonly custody: Custody;
  readonly type: KeyDateType;
  readonly date: IsoDate | null | undefined;
  readonly nullDates: "delete" | "keep";
}

function decideDate(question: DateQuestion): DateDecision {
  const { custody, type, date, nullDates } = question;
  const title = titles[type];
  const live = custody.keyDates.filter((keyDate) => keyDate.type === type);
  if (typeof date === "string") return setDate({ ...question, date }, live);
  const left = { outcome: "NoKeyDateChange", changes: [] } as const;
  if (date === undefined) {
    return { ...left, reason: `Manage POM Cases' answer does not hold the ${title}, so it is left as it is.` };
  }
  const [oldest] = live;
  if (oldest === undefined) {
    return { ...left, reason: `The ${title} no longer applies, and Delius holds none.` };
  }
  if (nullDates === "keep") {
    const kept = `this service is set to keep the ${oldest.date} in Delius`;
    return { ...left, reason: `Manage POM Cases has cleared the ${title}; ${kept}.` };
  }
  const reason = `The ${title} ${oldest.date} no longer applies and is removed.`;
  return { outcome: "KeyDateDeleted", reason, changes: live.map((before) => ({ kind: "remove", before })) };
}

function setDate(
  { custody, type, date }: DateQuestion & { readonly date: IsoDate },
  live: readonly KeyDate[],
): DateDecision {
  const title = titles[type];
  // Of several live rows of one type, the one with the date stays, else the oldest; the rest go (rule H4).
  const kept = live.find((keyDate) => keyDate.date === date) ?? live[0];
  const deleted = custody.deletedKeyDates.find((keyDate) => keyDate.type === type && keyDate.date === date);
  if (kept === undefined) {
    const insert = { kind: "insert", custodyId: custody.custodyId, type, date } as const;
    const change = deleted === undefined ? insert : ({ kind: "revive", deleted } as const);
    return { outcome: "KeyDateCreated", reason: `The ${title} is created as ${date}.`, changes: [change] };
  }
  const extra = live.filter((keyDate) => keyDate !== kept);
  const removals = extra.map((before) => ({ kind: "remove", before }) as const);
  const rows = `${extra.length} more live row${extra.length === 1 ? " of it is" : "s of it are"} removed.`;
  const alsoRemoved = extra.length === 0 ? "" : ` ${rows}`;
  if (kept.date === date) {
    const outcome = extra.length > 0 ? "KeyDateDeleted" : "NoKeyDateChange";
    return { outcome, reason: `The ${title} already is ${date}.${alsoRemoved}`, changes: removals };
  }
  const update = { kind: "update", before: kept, date } as const;
  const change = deleted === undefined ? update : ({ kind: "replace", before: kept, deleted } as const);
  const reason = `The ${title} changes from ${kept.date} to ${date}.${alsoRemoved}`;
  return { outcome: "KeyDateUpdated", reason, changes: [change, ...removals] };
}

function unchanged(
  outcome: Outcome,
  properties: Readonly<Record<string, string>>,
  reason: string,
): Decision<readonly KeyDateChange[]> {
  return { outcome, properties, reasons: [reason], changes: null };
}

/** Delius's key of a custody: the custodial part of one sentence. */
export const custodyIdSchema = z.int().brand<"CustodyId">();

/** Delius's key of a key date. */
export const keyDateIdSchema = z.int().brand<"KeyDateId">();

export type CustodyId = z.infer<typeof custodyIdSchema>;

/** A handover key date in Delius, live or deleted. */
export interface KeyDate {
  readonly keyDateId: z.infer<typeof keyDateIdSchema>;
  readonly rowVersion: number;
  readonly type: KeyDateType;
  readonly date: IsoDate;
}

/** The custody of an active custodial sentence. */
export interface Custody {
  readonly custodyId: CustodyId;
  /** The live handover dates, the oldest first. */
  readonly keyDates: readonly KeyDate[];
  /** Those that are deleted: Delius takes no second row of the same custody, type and date, so they come back. */
  readonly deletedKeyDates: readonly KeyDate[];
}
