import assert from "node:assert/strict";
import { nomsNumberSchema } from "../../src/delius/person/person.ts";
import type { KeyDateType } from "../../src/sync/fact/delius-codes.ts";
import type { HandoverAnswer } from "../../src/sync/handover/handover-answer.ts";
import {
  custodyIdSchema,
  keyDateIdSchema,
  type Custody,
  decideHandover,
  type HandoverQuestion,
  type KeyDate,
  type KeyDateChange,
} from "../../src/sync/handover/handover.ts";

const nomsNumber = nomsNumberSchema.parse("A1002AA");

/** An answer of Manage POM Cases; undefined leaves a date out. */
export function datesAnswer(handoverDate: string | null | undefined, handoverStartDate: string | null | undefined) {
  return { kind: "dates", nomsNumber, handoverDate, handoverStartDate } as const satisfies HandoverAnswer;
}

/** A row of one type and date. */
export function keyDateOf(type: KeyDateType, date: string, id = type === "POM1" ? 1 : 2): KeyDate {
  return { keyDateId: keyDateIdSchema.parse(id), rowVersion: 0, type, date };
}

/** A custody with these live rows. */
export function custodyOf(...keyDates: readonly KeyDate[]): Custody {
  return { custodyId: custodyIdSchema.parse(10), keyDates, deletedKeyDates: [] };
}

/** What the service decides of an answer. */
export function decideDates(
  answer: HandoverAnswer,
  custodies: readonly Custody[],
  rest: Partial<HandoverQuestion> = {},
) {
  return decideHandover({ nomsNumber, answer, custodies, nullDates: "delete", removeStale: false, ...rest });
}

/** The custody as Delius holds it afterwards. Raises what Delius would: no two rows have one type and date. */
export function applyKeyDates(
  { custodyId, keyDates, deletedKeyDates }: Custody,
  changes: readonly KeyDateChange[] | null,
): Custody {
  const all = changes ?? [];
  const removed = all.flatMap((change) => (change.kind === "remove" || change.kind === "replace" ? change.before : []));
  const revived = all.flatMap((change) =>
    change.kind === "revive" || change.kind === "replace" ? change.deleted : [],
  );
  const added = all.flatMap((change, index) =>
    change.kind === "insert" ? keyDateOf(change.type, change.date, 1000 + index) : [],
  );
  const live = keyDates.filter((row) => !removed.includes(row)).map((row) => ({ ...row, date: newDateOf(row, all) }));
  const after = {
    custodyId,
    keyDates: [...live, ...revived, ...added],
    deletedKeyDates: [...deletedKeyDates.filter((row) => !revived.includes(row)), ...removed],
  };
  const names = [...after.keyDates, ...after.deletedKeyDates].map(({ type, date }) => `${type} ${date}`);
  assert.equal(new Set(names).size, names.length, "Delius refuses a second row of a custody, type and date");
  return after;
}

function newDateOf(row: KeyDate, changes: readonly KeyDateChange[]): string {
  return (
    changes.flatMap((change) => (change.kind === "update" && change.before === row ? change.date : []))[0] ?? row.date
  );
}
