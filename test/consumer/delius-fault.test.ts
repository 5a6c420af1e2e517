import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { Action } from "../../sandbox/mpc/prisoner.ts";
import { untilSomebodyWaits } from "../support/blocked-session.ts";
import { dropOurRules } from "../../sandbox/seed/our-rules.ts";
import { postAsOperator, preview } from "../support/operator-request.ts";
import { startService, type TestService } from "../support/service.ts";
import { listAttempts, listKeyDates, listPoms } from "../support/written-rows.ts";

const refused = { code: 700_001, forename: "Nia", surname: "Newman", email: "nia.newman@example.com" };
const welcome = { code: 700_002, forename: "Ola", surname: "Oakes", email: "ola.oakes@example.com" };

/** A rule of Delius that no one published: rows of one officer are refused, in whatever class the test has set. */
const unknownRule = `
  create table unpublished_rule (state text);
  insert into unpublished_rule values ('23514');
  create function refuse_officer() returns trigger language plpgsql as $$
  begin
    if exists (select from staff where staff_id = new.allocation_staff_id and surname = 'Newman') then
      raise exception 'not this one' using errcode = (select state from unpublished_rule),
        table = 'prison_offender_manager', constraint = 'nobody_told_us';
    end if;
    return new;
  end $$;
  create trigger refuse_officer before insert on prison_offender_manager for each row execute function refuse_officer()`;

/** Every class of SQL state that is a refusal of the row itself (rule D8). */
const refusalClasses = [
  { state: "23502", means: "a value that is missing" },
  { state: "23503", means: "a key that points at nothing" },
  { state: "23505", means: "a key that is taken, and stays so" },
  { state: "23P01", means: "a period that overlaps, and goes on to" },
  { state: "23514", means: "a check" },
  { state: "22001", means: "a text that is too long" },
  { state: "P0001", means: "a trigger in words of its own" },
];

async function act(service: TestService, noms: string, action: Action): Promise<string> {
  const [event] = await service.mpc.act(noms, action);
  return event?.messageId ?? assert.fail("nothing was published");
}

describe("a rule of Delius that no one told us of", () => {
  let service: TestService;
  before(async () => {
    // Chance makes the wait between two looks for replays longer; here it is as short as it can be.
    service = await startService({ prepare: (database) => database.query(unknownRule), random: () => 0 });
  });
  after(() => service[Symbol.asyncDispose]());

  it("sets the message that it refuses aside on the first receive, with its name, while others go on", async () => {
    const one = await act(service, "A1001AA", { kind: "allocate", manager: refused, prison: "LEI" });
    const other = await act(service, "A1004AA", { kind: "allocate", manager: welcome, prison: "LEI" });
    assert.deepEqual(await service.settled(one), ["DeliusRefused"]);
    assert.deepEqual(await service.settled(other), ["PomAllocated"]);
    const [held] = await service.database.query(
      "select reason, error, state from mpc_delius.quarantine where inbox_key = $1",
      [one],
    );
    assert.deepEqual(held, {
      reason: "DeliusRefused",
      error: "Delius refuses the row of prison_offender_manager: constraint nobody_told_us, SQL state 23514.",
      state: "held",
    });
    assert.deepEqual(await listAttempts(service.database, one), []);
    assert.deepEqual(await listPoms(service.database, "A1001AA"), []);
    const staff = await service.database.query("select from staff where surname = 'Newman'");
    assert.equal(staff.length, 0, "an officer is left behind");
  });

  for (const { state, means } of refusalClasses) {
    it(`sets a message aside on the first receive for ${means}, SQL state ${state}`, async () => {
      await service.database.query("update unpublished_rule set state = $1", [state]);
      const key = await act(service, "A1001AA", { kind: "allocate", manager: refused, prison: "LEI" });
      assert.deepEqual(await service.settled(key), ["DeliusRefused"]);
      const [held] = await service.database.query("select error from mpc_delius.quarantine where inbox_key = $1", [
        key,
      ]);
      const error = `Delius refuses the row of prison_offender_manager: constraint nobody_told_us, SQL state ${state}.`;
      assert.deepEqual(held, { error });
      assert.deepEqual(await listAttempts(service.database, key), []);
    });
  }

  it("keeps what Manage POM Cases answered", async () => {
    const [row] = await service.database.query(
      "select answer -> 'manager' ->> 'surname' as surname from mpc_delius.journal where outcome = 'DeliusRefused' limit 1",
    );
    assert.deepEqual(row, { surname: "Newman" });
  });

  it("does not keep the other fact of a message from being written", async () => {
    const dates = { kind: "setHandover", handoverDate: "2031-07-01", handoverStartDate: null } as const;
    await service.settled(await act(service, "A1004AA", dates));
    await service.database.query("delete from key_date where custody_id = 40");
    await service.settled(await act(service, "A1004AA", { kind: "allocate", manager: refused, prison: "LEI" }));
    const body = {
      eventType: "probation-case.prison-identifier.added",
      personReference: { identifiers: [{ type: "NOMS", value: "A1004AA" }] },
    };
    const message = await service.queue.publish({ eventType: body.eventType, body: JSON.stringify(body) });
    assert.deepEqual((await service.settled(message)).toSorted(), ["DeliusRefused", "KeyDateCreated"]);
    assert.deepEqual(await listKeyDates(service.database, "A1004AA"), ["POM2 2031-07-01 0"]);
  });

  it("refuses a replay while it stands, and lets one pass once it is lifted", async () => {
    const key = await act(service, "A1001AA", { kind: "allocate", manager: refused, prison: "LEI" });
    assert.deepEqual(await service.settled(key), ["DeliusRefused"]);
    const order = { inboxKeys: [key], reason: "Delius has lifted the rule" };
    await postAsOperator(service, "/operations/quarantine/replay", order);
    assert.deepEqual(await service.settled(`${key}#1`), ["DeliusRefused"]);
    await service.database.query("drop trigger refuse_officer on prison_offender_manager");
    assert.deepEqual(await preview(service, [key]), [["PomAllocated"]]);
    await postAsOperator(service, "/operations/quarantine/replay", order);
    assert.deepEqual(await service.settled(`${key}#2`), ["PomAllocated"]);
    const states = "select state, replays from mpc_delius.quarantine where inbox_key = $1";
    assert.deepEqual(await service.database.query(states, [key]), [{ state: "settled", replays: 2 }]);
  });
});

/** Our own rules hold in a database that we created; in any other the same is to happen without them. */
const databases = [
  { where: "in a database of ours", lift: async () => undefined },
  { where: "without the rules that are ours alone", lift: dropOurRules },
];

for (const { where, lift } of databases) {
  describe(`rows as the published definitions allow them, ${where},`, () => {
    let service: TestService;
    before(async () => {
      service = await startService({
        prepare: async (database) => {
          await database.query(`
            insert into staff (staff_id, row_version, officer_code, forename, surname, probation_area_id, start_date, private,
              created_datetime, created_by_user_id, last_updated_datetime, last_updated_user_id)
            select 99999, 0, null, 'Long', 'Gone', probation_area_id, '2020-01-06', 0, now(), 1, now(), 1
            from probation_area where code = 'N03'`);
          await database.query(`
            insert into prison_offender_manager (prison_offender_manager_id, row_version, offender_id, allocation_date,
              allocation_reason_id, allocation_staff_id, allocation_team_id, probation_area_id, end_date, active_flag,
              soft_deleted, created_datetime, created_by_user_id, last_updated_datetime, last_updated_user_id)
            select 99999, 0, 2, '2021-06-01', allocation_reason_id, 99999, allocation_team_id, probation_area_id,
              '2022-06-01', 0, 0, now(), 1, now(), 1
            from prison_offender_manager where offender_id = 2`);
          await database.query("update offender set noms_number = 'a1004aa', crn = '?' where crn = 'X100004'");
          await lift(database);
          // A copying service turns every date of Oracle into a time.
          await database.query(`
            alter table key_date drop constraint if exists ours_key_date_one_live;
            alter table key_date alter column key_date type timestamp(0);
            alter table registration alter column registration_date type timestamp(0);
            alter table registration alter column next_review_date type timestamp(0)`);
        },
      });
    });
    after(() => service[Symbol.asyncDispose]());

    it("take an officer without a code, who was the POM once", async () => {
      const message = await act(service, "A1002AA", { kind: "allocate", manager: welcome, prison: "LEI" });
      assert.deepEqual(await service.settled(message), ["PomAllocated"]);
    });

    it("take a prison number in small letters beside a case number of another shape, and days that have a time", async () => {
      const dates = { kind: "setHandover", handoverDate: "2031-07-01", handoverStartDate: "2031-06-01" } as const;
      assert.deepEqual(await service.settled(await act(service, "A1004AA", dates)), ["KeyDateCreated"]);
      assert.deepEqual(await service.settled(await act(service, "A1004AA", dates)), ["NoKeyDateChange"]);
    });
  });

  describe(`the dates of a case that others change too, ${where},`, () => {
    let service: TestService;
    before(async () => {
      service = await startService({ prepare: lift });
    });
    after(() => service[Symbol.asyncDispose]());

    it("are settled each time that they come and go", async () => {
      const set = async (handoverDate: string | null) => {
        const action = { kind: "setHandover", handoverDate, handoverStartDate: null } as const;
        return (await service.settled(await act(service, "A1004AA", action)))[0];
      };
      assert.equal(await set("2031-07-01"), "KeyDateCreated");
      assert.equal(await set(null), "KeyDateDeleted");
      assert.equal(await set("2031-07-01"), "KeyDateCreated");
      assert.equal(await set("2031-07-02"), "KeyDateUpdated");
      assert.equal(await set("2031-07-01"), "KeyDateUpdated");
      assert.equal(await set("2031-07-02"), "KeyDateUpdated");
      await service.database.query(`
        insert into key_date (key_date_id, row_version, custody_id, key_date_type_id, key_date, soft_deleted, partition_area_id,
          created_datetime, created_by_user_id, last_updated_datetime, last_updated_user_id)
        select 9001, 0, custody_id, key_date_type_id, '2031-07-03', 1, 0, now(), 1, now(), 1
        from key_date where custody_id = 40 limit 1`);
      assert.equal(await set("2031-07-03"), "KeyDateUpdated");
      const rows = ["POM2 2031-07-02 6 deleted", "POM2 2031-07-03 1"];
      assert.deepEqual((await listKeyDates(service.database, "A1004AA")).toSorted(), rows);
    });

    /** What a message ends as whose write waits for another hand, which then has its way. */
    const settleAgainst = async (hand: string, date: string) => {
      await using other = await service.database.hold(hand);
      const action = { kind: "setHandover", handoverDate: date, handoverStartDate: null } as const;
      const key = await act(service, "A1001AA", action);
      await untilSomebodyWaits(service.database);
      await other.commit();
      return await service.settled(key);
    };

    it("need no change where another hand inserts the same date between our read and our write", async () => {
      const hand = `
        insert into key_date (key_date_id, row_version, custody_id, key_date_type_id, key_date, soft_deleted,
          partition_area_id, created_datetime, created_by_user_id, last_updated_datetime, last_updated_user_id)
        select 9101, 0, 10, key_date_type_id, '2031-07-01', 0, 0, now(), 2, now(), 2
        from key_date where key_date_id = 21`;
      assert.deepEqual(await settleAgainst(hand, "2031-07-01"), ["NoKeyDateChange"]);
      assert.deepEqual(await listKeyDates(service.database, "A1001AA"), ["POM2 2031-07-01 0"]);
    });

    it("are decided anew where another hand deletes the row itself between our read and our write", async () => {
      const hand = "delete from key_date where custody_id = 10";
      assert.deepEqual(await settleAgainst(hand, "2031-07-02"), ["KeyDateCreated"]);
      assert.deepEqual(await listKeyDates(service.database, "A1001AA"), ["POM2 2031-07-02 0"]);
    });
  });
}
