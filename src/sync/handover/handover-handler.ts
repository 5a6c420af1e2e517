import type { Transaction } from "../../platform/database/database.ts";
import type { FactCase, FactDecisions, FactHandler } from "../fact/fact-handler.ts";
import { refuseWithout, requireUser, readReferences } from "../fact/reference-store.ts";
import type { RecordChange } from "../fact/outcome.ts";
import type { Instant } from "../../platform/time/london-time.ts";
import { type KeyDate, decideHandover, type KeyDateChange } from "./handover.ts";
import type { HandoverAnswer } from "./handover-answer.ts";
import { listCustodies, writeKeyDates } from "./handover-store.ts";

/** What the rules of the service say about handover dates. */
export interface HandoverRules {
  readonly nullDates: "delete" | "keep";
  /** The Delius user that every written row names. */
  readonly username: string;
}

/** Decides and writes the handover dates of sets of cases. */
export function createHandoverHandler({ nullDates, username }: HandoverRules): FactHandler<HandoverAnswer> {
  const decide = async (tx: Transaction, cases: readonly FactCase<HandoverAnswer>[]): Promise<FactDecisions> => {
    const persons = cases.map(({ offenderId }) => offenderId);
    const [custodies, reference] = await Promise.all([listCustodies(tx, persons), readReferences(tx, username, cases)]);
    const decisions = cases.map(
      ({ nomsNumber, answer, removeStale }, index) =>
        refuseWithout(reference.missing.handover, nomsNumber) ??
        decideHandover({ nomsNumber, answer, removeStale, nullDates, custodies: custodies[index] ?? [] }),
    );
    return {
      decisions: decisions.map((decision) => ({ ...decision, changes: decision.changes?.map(describe) ?? null })),
      write: async (selected, now: Instant) => {
        const changes = selected.flatMap((index) => decisions[index]?.changes ?? []);
        if (changes.length > 0) await writeKeyDates(tx, changes, { userId: requireUser(reference), now });
      },
    };
  };
  return { decide };
}

function describe(change: KeyDateChange): RecordChange {
  const record = "key date";
  switch (change.kind) {
    case "insert":
      return { record, before: null, after: { type: change.type, date: change.date } };
    case "revive":
      return { record, before: null, after: show(change.deleted) };
    case "update":
      return { record, before: show(change.before), after: { ...show(change.before), date: change.date } };
    case "replace":
      return { record, before: show(change.before), after: show(change.deleted) };
    case "remove":
      return { record, before: show(change.before), after: null };
  }
}

function show({ keyDateId, type, date }: KeyDate) {
  return { keyDateId, type, date };
}
