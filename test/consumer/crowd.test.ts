import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { Manager } from "../../sandbox/mpc/prisoner.ts";
import { seedCases } from "../../sandbox/seed/seed.ts";
import { custodyOf, nomsOf, plainCases } from "../support/messages.ts";
import { startService, type TestService } from "../support/service.ts";
import { countRows, listAttempts, listKeyDates, listPoms } from "../support/written-rows.ts";

/** A service that does not receive until it is told to, so that its messages are ready at the same moment. */
const asleep = { environment: { CONSUMER_ENABLED: "false" } };
const awake = { CONSUMER_ENABLED: "true" };

const numbers = (count: number) => Array.from({ length: count }, (_, index) => index);
const dateOf = (index: number) => `2031-07-${String((index % 28) + 1).padStart(2, "0")}`;
const officer = (number: number): Manager => {
  const surname = `Newcomer${String.fromCodePoint(65 + number)}`;
  return { code: 900_000 + number, forename: "Nia", surname, email: null };
};

async function allocate({ mpc }: TestService, index: number, manager: Manager): Promise<string> {
  const [event] = await mpc.act(nomsOf(index), { kind: "allocate", manager, prison: "LEI" });
  assert.ok(event);
  return event.messageId;
}

async function setDate({ mpc }: TestService, index: number): Promise<string> {
  const action = { kind: "setHandover", handoverDate: dateOf(index), handoverStartDate: null } as const;
  const [event] = await mpc.act(nomsOf(index), action);
  assert.ok(event);
  return event.messageId;
}

describe("messages of many persons at once", () => {
  let service: TestService;
  before(async () => {
    service = await startService({ ...asleep, prepare: ({ url }) => seedCases(url, plainCases(100)) });
  });
  after(() => service[Symbol.asyncDispose]());

  it("settle each as if it stood alone, in fewer transactions than there are messages", async () => {
    const keys = await Promise.all(numbers(50).map((index) => setDate(service, index)));
    await service.startAnother(awake);
    const outcomes = await Promise.all(keys.map((key) => service.settled(key)));
    assert.deepEqual(new Set(outcomes.flat()), new Set(["KeyDateCreated"]));
    for (const index of numbers(50)) {
      assert.deepEqual(await listKeyDates(service.database, nomsOf(index)), [`POM2 ${dateOf(index)} 0`]);
    }
    // Rows that were written together carry the transaction that wrote them.
    const [row] = await service.database.query(
      "select count(distinct xmin::text)::integer as sets from key_date where custody_id >= 10000",
    );
    assert.ok(Number(row?.["sets"]) < 50, `${String(row?.["sets"])} transactions`);
    assert.equal(await countRows(service.database, "mpc_delius.attempt"), 0);
  });

  it("of both facts settle beside each other", async () => {
    const keys = await Promise.all(
      numbers(20).flatMap((index) => [
        setDate(service, 50 + index),
        allocate(service, 50 + index, { code: 485_638, forename: "Ruth", surname: "Adeyemi", email: null }),
      ]),
    );
    await Promise.all(keys.map((key) => service.settled(key)));
    for (const index of numbers(20)) {
      assert.deepEqual(await listKeyDates(service.database, nomsOf(50 + index)), [`POM2 ${dateOf(50 + index)} 0`]);
      assert.deepEqual(await listPoms(service.database, nomsOf(50 + index)), ["N03A001 open"]);
    }
  });
});

describe("one case that the database refuses", () => {
  it("spoils no other of its set, and goes to the dead-letter queue by itself", async () => {
    await using service = await startService({
      ...asleep,
      maxReceiveCount: 2,
      prepare: async (database) => {
        await seedCases(database.url, plainCases(20));
        await database.query(`
          create function refuse() returns trigger language plpgsql as $$ begin
            raise 'not this one' using errcode = 'internal_error';
          end $$`);
        await database.query(`
          create trigger refuse before insert on key_date for each row
          when (new.custody_id = ${custodyOf(7)}) execute function refuse()`);
      },
    });
    const keys = await Promise.all(numbers(20).map((index) => setDate(service, index)));
    await service.startAnother(awake);
    const others = keys.filter((_, index) => index !== 7);
    const outcomes = await Promise.all(others.map((key) => service.settled(key)));
    assert.deepEqual(new Set(outcomes.flat()), new Set(["KeyDateCreated"]));
    const bad = keys[7] ?? "";
    await service.line("attempt failed", bad, 2);
    await service.stop();
    assert.deepEqual(await listAttempts(service.database, bad), ["database: XX000", "database: XX000"]);
    assert.equal(await countRows(service.database, "mpc_delius.attempt"), 2);
    assert.deepEqual(await listKeyDates(service.database, nomsOf(7)), []);
    assert.equal(await countRows(service.database, "mpc_delius.inbox"), 19);
  });
});

describe("a new officer", () => {
  it("whom many cases need at once is created once, with two instances of the service at work", async () => {
    await using service = await startService({ ...asleep, prepare: ({ url }) => seedCases(url, plainCases(24)) });
    const keys = await Promise.all(numbers(24).map((index) => allocate(service, index, officer(index % 3))));
    await Promise.all([service.startAnother(awake), service.startAnother(awake)]);
    const outcomes = await Promise.all(keys.map((key) => service.settled(key)));
    assert.deepEqual(new Set(outcomes.flat()), new Set(["PomAllocated"]));
    const created = await service.database.query(
      `select rtrim(officer_code) as code, surname,
         (select count(*)::integer from prison_offender_manager where allocation_staff_id = staff_id) as cases,
         (select count(*)::integer from staff_team where staff_team.staff_id = staff.staff_id) as teams
       from staff where forename = 'Nia' order by surname`,
    );
    assert.deepEqual(
      created.map(({ surname, cases, teams }) => ({ surname, cases, teams })),
      numbers(3).map((number) => ({ surname: officer(number).surname, cases: 8, teams: 1 })),
    );
    assert.deepEqual(new Set(created.map(({ code }) => code)), new Set(["N03B001", "N03B002", "N03B003"]));
    assert.equal(await countRows(service.database, "mpc_delius.attempt"), 0);
    await service.stop();
    assert.deepEqual(await service.queue.count(), { visible: 0, inFlight: 0, dead: 0 });
  });
});
