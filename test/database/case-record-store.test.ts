import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { Database, Executor } from "../../src/platform/database/database.ts";
import { listStoredCases } from "../../src/api/case-record/case-record-store.ts";
import { crnSchema, nomsNumberSchema, type Identifier } from "../../src/delius/person/person.ts";
import { listRegistrations } from "../../src/delius/person/registration-store.ts";
import { saveStaffEmails } from "../../src/delius/staff/staff-email-store.ts";
import { createTestDatabase, openStore, rehearse, type TestDatabase } from "../support/test-database.ts";

const byCrn = (crn: string): Identifier => ({ crn: crnSchema.parse(crn) });
const byNoms = (noms: string): Identifier => ({ nomsNumber: nomsNumberSchema.parse(noms) });

const now = Date.parse("2026-07-01T12:00:00Z");

let database: TestDatabase;
let store: Database;
before(async () => {
  database = await createTestDatabase();
  store = openStore(database);
});
after(async () => {
  await store[Symbol.asyncDispose]();
  await database[Symbol.asyncDispose]();
});

describe("the stored cases", () => {
  const crnsOf = async (executor: Executor, ...identifiers: readonly Identifier[]) => {
    const found = await listStoredCases(executor, identifiers, now);
    return found.map((cases) => cases.map(({ crn }) => crn).toSorted());
  };

  it("are none of no one", async () => {
    assert.deepEqual(await listStoredCases(store, [], now), []);
  });

  it("come in the order asked, by either identifier, as often as asked", async () => {
    const asked = [byCrn("X100004"), byNoms("A1001AA"), byCrn("X999999"), byNoms("A1004AA"), byCrn("X100004")];
    assert.deepEqual(await crnsOf(store, ...asked), [["X100004"], ["X100001"], [], ["X100004"], ["X100004"]]);
  });

  it("do not hold deleted cases, and hold all that share a prison number", async () => {
    await rehearse(store, async (tx) => {
      await tx.script("update offender set noms_number = 'A1002AA' where offender_id in (4, 12)");
      const asked = [byNoms("A1002AA"), byCrn("X100002"), byCrn("X100012")];
      assert.deepEqual(await crnsOf(tx, ...asked), [["X100002", "X100004"], ["X100002"], []]);
    });
  });

  it("name the active undeleted COM who was allocated last", async () => {
    const managerOf = async (executor: Executor) =>
      (await listStoredCases(executor, [byCrn("X100001")], now))[0]?.[0]?.manager;
    const insert = (id: number, staff: number, [isActive, isDeleted]: readonly [number, number]) =>
      `insert into offender_manager (offender_manager_id, offender_id, team_id, allocation_staff_id, probation_area_id,
         active_flag, soft_deleted, partition_area_id, allocation_date)
       values (${id}, 1, 3, ${staff}, 1, ${isActive}, ${isDeleted}, 0, '2026-01-1${id - 9000}')`;
    await rehearse(store, async (tx) => {
      await tx.script([insert(9001, 7, [1, 0]), insert(9002, 8, [0, 0]), insert(9003, 8, [1, 1])].join(";"));
      assert.equal((await managerOf(tx))?.officer?.code, "N03A001");
      await tx.script("update offender_manager set allocation_date = '2026-02-01' where offender_manager_id = 10");
      assert.equal((await managerOf(tx))?.officer?.code, "N03C001");
      await tx.script("update offender_manager set active_flag = 0 where offender_id = 1");
      assert.equal(await managerOf(tx), null);
    });
  });
});

describe("the registrations", () => {
  it("are none of no one", async () => {
    assert.deepEqual(await listRegistrations(store, []), []);
  });

  it("come in the order asked; null is a case that no one knows, or a deleted one", async () => {
    const asked = ["X100010", "X999999", "X100004", "X100012", "X100001"].map((crn) => crnSchema.parse(crn));
    const found = await listRegistrations(store, asked);
    assert.deepEqual(
      found.map((registrations) => registrations?.map(({ type }) => type) ?? null),
      [["RMRH", "MAPP"], null, [], null, ["RHRH", "MAPP"]],
    );
  });

  it("stand with the latest first: by date, then by creation, then by key", async () => {
    await rehearse(store, async (tx) => {
      const insert = (id: number, date: string, created: string) =>
        `insert into registration (registration_id, offender_id, register_type_id, registration_date, deregistered,
           soft_deleted, created_datetime, next_review_date, partition_area_id)
         select ${id}, 4, register_type_id, '${date}', 0, 0, '${created}', '2030-01-0${id - 9000}', 0
         from r_register_type where code = 'MAPP'`;
      await tx.script(insert(9001, "2026-01-02", "2026-01-01"));
      await tx.script(insert(9004, "2026-01-01", "2026-05-01"));
      await tx.script(insert(9003, "2026-01-02", "2026-01-02"));
      await tx.script(insert(9002, "2026-01-02", "2026-01-02"));
      const [found] = await listRegistrations(tx, [crnSchema.parse("X100004")]);
      assert.deepEqual(
        found?.map(({ reviewDate }) => reviewDate?.slice(-1)),
        ["3", "2", "1", "4"],
      );
    });
  });
});

describe("the last known addresses", () => {
  const listAll = () =>
    database.query(
      "select username, email_address, (extract(epoch from read_at) * 1000)::integer as read from mpc_delius.staff_email order by 1",
    );

  it("are kept, none, one or many; of two the one that was read last", async () => {
    await saveStaffEmails(store, []);
    await saveStaffEmails(store, [{ username: "A", address: "a@example.com", readAt: 2_000 }]);
    await saveStaffEmails(store, [
      { username: "A", address: "older@example.com", readAt: 1_000 },
      { username: "B", address: null, readAt: 1_000 },
      { username: "C", address: "c@example.com", readAt: 3_000 },
      { username: "C", address: "earlier@example.com", readAt: 2_000 },
    ]);
    await saveStaffEmails(store, [{ username: "B", address: "b@example.com", readAt: 4_000 }]);
    assert.deepEqual(await listAll(), [
      { username: "A", email_address: "a@example.com", read: 2_000 },
      { username: "B", email_address: "b@example.com", read: 4_000 },
      { username: "C", email_address: "c@example.com", read: 3_000 },
    ]);
  });
});
