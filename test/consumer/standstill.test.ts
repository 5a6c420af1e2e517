import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { z } from "zod";
import { seedCases } from "../../sandbox/seed/seed.ts";
import { machineClocks } from "../../src/platform/time/clocks.ts";
import { handoverAnswer, handoverEvent, nomsOf, paths, plainCases, toPublication } from "../support/messages.ts";
import { startService, type TestService } from "../support/service.ts";
import type { TestDatabase } from "../support/test-database.ts";

const people = [0, 1, 2, 3];
const consumerSchema = z.object({ status: z.string(), details: z.looseObject({ reason: z.string().optional() }) });
const healthSchema = z.object({ components: z.object({ consumer: consumerSchema, database: z.unknown() }) });

async function readHealth({ address }: TestService) {
  const response = await fetch(`${address}/health`);
  return { code: response.status, ...healthSchema.parse(await response.json()).components };
}

/** Every table refuses anything that would change it, in the words of a server that has become a standby. */
async function stopWrites(database: TestDatabase): Promise<void> {
  await database.query(`
    create function refuse_write() returns trigger language plpgsql as $$ begin
      raise 'cannot execute % in a read-only transaction', tg_op using errcode = 'read_only_sql_transaction';
    end $$`);
  await database.query(`
    do $$ declare name text; begin
      for name in select format('%I.%I', schemaname, tablename) from pg_tables
        where schemaname in ('public', 'mpc_delius')
      loop
        execute format('create trigger refuse_write before insert or update or delete on %s
          for each statement execute function refuse_write()', name);
      end loop;
    end $$`);
}

async function allowWrites(database: TestDatabase): Promise<void> {
  await database.query("drop function refuse_write cascade");
}

describe("a consumer that can settle nothing for a minute, because the database has become read-only", () => {
  it("is down in /health with the reason while the database answers, and up again when it takes rows", async () => {
    const time = { ahead: 0 };
    await using service = await startService({
      // None of the messages is given up meanwhile, and they come back soon.
      maxReceiveCount: 1000,
      environment: { RETRY_DELAYS_S: "1" },
      clocks: { ...machineClocks, uptime: () => machineClocks.uptime() + time.ahead },
      prepare: ({ url }) => seedCases(url, plainCases(people.length)),
    });
    const { mpc, queue, database } = service;
    await stopWrites(database);
    for (const person of people) mpc.answerWith(paths.handover(nomsOf(person)), handoverAnswer("2031-07-01"));
    const keys = await Promise.all(
      people.map((person) => queue.publish(toPublication(handoverEvent(mpc.origin, nomsOf(person))))),
    );
    await Promise.all(keys.map((key) => service.line("attempt failed", key)));
    assert.equal((await readHealth(service)).consumer.status, "UP", "it has not lasted yet");

    time.ahead = 60_000;
    const down = await readHealth(service);
    assert.deepEqual([down.code, down.consumer.status], [503, "DOWN"]);
    assert.equal(down.consumer.details.reason, "database: 25006");
    assert.deepEqual(down.database, { status: "UP" }, "to ask it shows nothing");

    await allowWrites(database);
    for (const key of keys) assert.deepEqual(await service.settled(key), ["KeyDateCreated"]);
    time.ahead += 60_000;
    assert.equal((await readHealth(service)).consumer.status, "UP");
  });
});
