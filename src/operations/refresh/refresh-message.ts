import { refreshEventType } from "../../sync/events/event-table.ts";
import { facts as allFacts, type Fact } from "../../sync/fact/outcome.ts";
import type { NomsNumber, OffenderId } from "../../delius/person/person.ts";
import type { DriftClass } from "../reconciliation/drift.ts";

/** A case that is to be refreshed, and which of its facts. */
export interface RefreshCase {
  readonly offenderId: OffenderId;
  readonly nomsNumber: NomsNumber;
  readonly facts: readonly Fact[];
}

/** What holds for all messages of a run. */
export interface RefreshTask {
  readonly refreshRun: string;
  readonly dryRun: boolean;
  readonly removeStale: boolean;
}

/** The classes that a refresh repairs; `stale` only where it is asked to. The others need a person. */
export function listRepairable(removeStale: boolean): readonly DriftClass[] {
  const repaired: readonly DriftClass[] = [
    "pom-missing",
    "pom-different",
    "pom-extra",
    "date-missing",
    "date-different",
    "date-extra",
  ];
  return removeStale ? [...repaired, "stale"] : repaired;
}

/** Milliseconds in which a message is settled, or is in trouble of its own and waited for no more. */
export const refreshPatienceMs = 30 * 60_000;

/** The beginning of the keys of a run's messages. */
export function keyStart(refreshRun: string): string {
  return `refresh-${refreshRun}-`;
}

/** The key of a case's message: one that is sent twice is settled once. It stands in the log, so it names no one. */
export function refreshKey(refreshRun: string, { offenderId }: Pick<RefreshCase, "offenderId">): string {
  return `${keyStart(refreshRun)}${offenderId}`;
}

/** Our own message that asks the pipeline to compare a case again, ready to be sent (rule E7). */
export function writeRefresh(one: RefreshCase, task: RefreshTask, at: Date) {
  const { nomsNumber, facts } = one;
  const body = {
    eventType: refreshEventType,
    version: 1,
    occurredAt: at.toISOString().replace(/\.\d+Z$/, "Z"),
    personReference: { identifiers: [{ type: "NOMS", value: nomsNumber }] },
    additionalInformation: { facts: allFacts.filter((fact) => facts.includes(fact)), ...task },
  };
  const attributes = { eventType: refreshEventType, inboxKey: refreshKey(task.refreshRun, one) };
  return { body: JSON.stringify(body), attributes };
}
