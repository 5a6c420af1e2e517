import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { seedCases } from "../../sandbox/seed/seed.ts";
import { handoverAnswer, handoverEvent, nomsOf, paths, plainCases, toPublication } from "../support/messages.ts";
import { startService, type TestService } from "../support/service.ts";
import type { TestDatabase } from "../support/test-database.ts";
import { countRows } from "../support/written-rows.ts";

const locked = [0, 1, 2, 3, 4];
const others = Array.from({ length: 15 }, (_, index) => locked.length + index);

const publish = ({ queue, mpc }: TestService, person: number) => {
  mpc.answerWith(paths.handover(nomsOf(person)), handoverAnswer("2031-07-01"));
  return queue.publish(toPublication(handoverEvent(mpc.origin, nomsOf(person))));
};

async function countWaiting(database: TestDatabase): Promise<number> {
  const rows = await database.query(
    "select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'",
  );
  return rows.length;
}

describe("cases that another session holds", () => {
  it("are tried until they are free, with no one waiting for them and no failed attempt", async () => {
    await using service = await startService({
      prepare: ({ url }) => seedCases(url, plainCases(locked.length + others.length)),
    });
    const numbers = locked.map((person) => `'${nomsOf(person)}'`).join();
    await using holder = await service.database.hold(
      `select from offender where noms_number in (${numbers}) for update`,
    );
    const held = await Promise.all(locked.map((person) => publish(service, person)));
    const waiting: number[] = [];
    for (const person of others) {
      const key = await publish(service, person);
      waiting.push(await countWaiting(service.database));
      assert.deepEqual(await service.settled(key), ["KeyDateCreated"]);
    }
    // The one writer that settles alone may wait a little; those that settle sets never do.
    assert.ok(Math.max(...waiting) <= 1, `${waiting.join()} sessions waited for a lock`);
    const done = service.lines.filter(({ message }) => message === "message settled");
    assert.deepEqual(
      done.filter(({ fields }) => held.includes(String(fields["inboxKey"]))),
      [],
    );
    await holder.rollback();
    for (const key of held) assert.deepEqual(await service.settled(key), ["KeyDateCreated"]);
    assert.equal(await countRows(service.database, "mpc_delius.attempt"), 0);
    await service.stop();
  });
});
