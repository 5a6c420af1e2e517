import assert from "node:assert/strict";
import type { Database } from "../../src/platform/database/database.ts";
import { nomsNumberSchema, offenderIdSchema } from "../../src/delius/person/person.ts";
import { createAllocationHandler } from "../../src/sync/allocation/allocation-handler.ts";
import { nomsOf } from "./messages.ts";
import { neverAborted } from "./test-database.ts";

/** The key of the case of `courseCases` at a place. */
export function courseOffender(place: number): number {
  return 1000 + place;
}

/** An officer at Leeds who is allocated to the case at a place. */
export interface CourseAllocation {
  readonly place: number;
  readonly forename: string;
  readonly surname: string;
  /** The time by the database's clock. */
  readonly at: string;
}

const handler = createAllocationHandler({ username: "ManagePomCasesAndDelius", isPreview: false });
const event = { timeSource: "event", isRefresh: false, staffCode: undefined, removeStale: false } as const;

/** Decides and writes an allocation over a connection, as the pipeline does, at a time of the test's own. Answers the outcome. */
export async function allocateInCourse(connection: Database, allocation: CourseAllocation): Promise<string> {
  const { place, forename, surname, at } = allocation;
  const now = Date.parse(at);
  const manager = { code: undefined, forename, surname, email: null };
  const task = {
    ...event,
    offenderId: offenderIdSchema.parse(courseOffender(place)),
    nomsNumber: nomsNumberSchema.parse(nomsOf(place)),
    lookedUpAt: now,
    occurredAt: now,
    answer: { kind: "allocated", prisonCode: "LEI", manager } as const,
  };
  return connection.transaction(async (tx) => {
    const decided = await handler.decide(tx, [task], Promise.resolve(now));
    assert.ok(!("alone" in decided));
    const [decision] = decided.decisions;
    assert.ok(decision);
    await decided.write([0], now);
    return { commit: true, value: decision.outcome };
  }, neverAborted());
}
