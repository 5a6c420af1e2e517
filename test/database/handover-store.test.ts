import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { DependencyError } from "../../src/platform/process/dependency-error.ts";
import type { Database, Transaction } from "../../src/platform/database/database.ts";
import { isPassing } from "../../src/platform/process/retry-transient.ts";
import {
  custodyIdSchema,
  keyDateIdSchema,
  type Custody,
  type KeyDateChange,
} from "../../src/sync/handover/handover.ts";
import { listCustodies, writeKeyDates } from "../../src/sync/handover/handover-store.ts";
import { offenderIdSchema } from "../../src/delius/person/person.ts";
import {
  createTestDatabase,
  neverAborted,
  openStore,
  queryIn,
  readTable,
  rehearse,
  sessionOf,
  untilBlocked,
  type TestDatabase,
} from "../support/test-database.ts";

const persons = (...ids: readonly number[]) => ids.map((id) => offenderIdSchema.parse(id));
const custodyId = (id: number) => custodyIdSchema.parse(id);
const keyDateId = (id: number) => keyDateIdSchema.parse(id);
// PostgreSQL would round this up, into the future: whole seconds have to come from the code.
const author = { now: Date.parse("2026-04-02T10:30:02.600Z"), userId: 1 };

/** The live dates of custody 20, as the seed holds them. */
const pom1 = { keyDateId: keyDateId(20), rowVersion: 0, type: "POM1", date: "2026-08-03" } as const;
const pom2 = { keyDateId: keyDateId(21), rowVersion: 0, type: "POM2", date: "2026-09-01" } as const;
const bare = (id: number): Custody => ({ custodyId: custodyId(id), keyDates: [], deletedKeyDates: [] });

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

describe("the custodies of persons", () => {
  it("are none of no one", async () => {
    assert.deepEqual(await listCustodies(store, []), []);
  });

  it("are answered in the order asked, each with its live dates", async () => {
    const found = await listCustodies(store, persons(5, 2, 6, 4, 999_999, 2));
    const dated = { custodyId: custodyId(20), keyDates: [pom1, pom2], deletedKeyDates: [] };
    assert.deepEqual(found, [[bare(50), bare(51)], [dated], [], [bare(40)], [], [dated]]);
  });

  const hidden: readonly (readonly [what: string, change: string])[] = [
    ["an inactive event", "update event set active_flag = 0 where event_id = 50"],
    ["a deleted event", "update event set soft_deleted = 1 where event_id = 50"],
    ["an inactive disposal", "update disposal set active_flag = 0 where disposal_id = 50"],
    ["a deleted disposal", "update disposal set soft_deleted = 1 where disposal_id = 50"],
    ["a deleted custody", "update custody set soft_deleted = 1 where custody_id = 50"],
    ["another person's event", "update event set offender_id = 6 where event_id = 50"],
  ];
  for (const [what, change] of hidden) {
    it(`leave out ${what}`, async () => {
      await rehearse(store, async (tx) => {
        await tx.script(change);
        assert.deepEqual(await listCustodies(tx, persons(5)), [[bare(51)]]);
      });
    });
  }

  it("tell deleted dates apart, and leave out dates of training sessions, of other types and of other code sets with the same code", async () => {
    await rehearse(store, async (tx) => {
      await tx.script("update key_date set soft_deleted = 1 where key_date_id = 20");
      await tx.script(`
        insert into r_reference_data_master values (99, 'ANOTHER SET');
        insert into r_standard_reference_list values (99, 'POM1', 'Not a date', 99, null, 'Y')`);
      await tx.script(addDate(9001, "99"));
      await tx.script(addDate(9002, typeOf("SED")));
      await tx.script(addDate(9003, typeOf("POM1"), { training: "1" }));
      const dated = { custodyId: custodyId(20), keyDates: [pom2], deletedKeyDates: [pom1] };
      assert.deepEqual(await listCustodies(tx, persons(2)), [[dated]]);
    });
  });

  it("list several live dates of one type with the oldest first", async () => {
    await rehearse(store, async (tx) => {
      await tx.script(addDate(9002, typeOf("POM1"), { date: "2031-01-01", created: "2025-01-02" }));
      await tx.script(addDate(9001, typeOf("POM1"), { date: "2031-01-02", created: "2025-01-03" }));
      await tx.script(addDate(9000, typeOf("POM1"), { date: "2031-01-03", created: "2025-01-03" }));
      const [[custody] = []] = await listCustodies(tx, persons(2));
      assert.deepEqual(
        custody?.keyDates.map((date) => date.keyDateId),
        [9002, 9000, 9001, 20, 21],
      );
    });
  });
});

const inserted = { kind: "insert", custodyId: custodyId(40), type: "POM2", date: "2027-01-02" } as const;
const updated = { kind: "update", before: pom1, date: "2027-01-03" } as const;
const removed = { kind: "remove", before: pom2 } as const;

describe("a write of key dates", () => {
  const write = (tx: Transaction, ...changes: readonly KeyDateChange[]) => writeKeyDates(tx, changes, author);
  const commit = (...changes: readonly KeyDateChange[]) =>
    store.transaction(
      (tx) => Promise.resolve({ commit: true, value: null, writes: [write(tx, ...changes)] }),
      neverAborted(),
    );
  const everyDate = () => readTable(database, "key_date");

  it("writes any number of changes in one statement, and leaves all other rows alone", async () => {
    await using own = await createTestDatabase();
    await using writer = openStore(own);
    const [first, second, ...others] = await readTable(own, "key_date");
    await writer.transaction(async (tx) => {
      await write(tx, inserted, updated, removed);
      return { commit: true, value: null };
    }, neverAborted());
    const at = "2026-04-02T11:30:02";
    const changed = { row_version: 1, last_updated_datetime: at, last_updated_user_id: 1 };
    const stored = await readTable(own, "key_date");
    const added = stored.find((row) => row["custody_id"] === 40);
    assert.deepEqual(stored, [
      { ...first, ...changed, key_date: "2027-01-03" },
      { ...second, ...changed, soft_deleted: 1 },
      {
        key_date_id: added?.["key_date_id"],
        row_version: 0,
        custody_id: 40,
        key_date_type_id: second?.["key_date_type_id"],
        key_date: "2027-01-02",
        soft_deleted: 0,
        partition_area_id: 0,
        training_session_id: null,
        created_datetime: at,
        created_by_user_id: 1,
        last_updated_datetime: at,
        last_updated_user_id: 1,
      },
      ...others,
    ]);
  });

  it("brings back the row that holds the date, after the row that lives now has gone", async () => {
    await using own = await createTestDatabase();
    await using writer = openStore(own);
    await own.query("update key_date set soft_deleted = 1 where key_date_id = 21");
    await own.query(addDate(9002, typeOf("POM2")));
    const living = { keyDateId: keyDateId(9002), rowVersion: 0, type: "POM2", date: "2030-01-01" } as const;
    await writer.transaction(async (tx) => {
      await write(tx, { kind: "replace", before: living, deleted: pom2 });
      return { commit: true, value: null };
    }, neverAborted());
    const rows = await own.query(
      "select key_date_id::integer as id, row_version::integer as version, soft_deleted, created_datetime < '2026-02-01' as old from key_date where custody_id = 20 and key_date_type_id = (select key_date_type_id from key_date where key_date_id = 21) order by 1",
    );
    assert.deepEqual(rows, [
      { id: 21, version: 1, soft_deleted: 0, old: true },
      { id: 9002, version: 1, soft_deleted: 1, old: false },
    ]);
  });

  it("is refused, as something that passes, where a training session's row holds the date", async () => {
    await using own = await createTestDatabase();
    await using writer = openStore(own);
    await own.query(addDate(9003, typeOf("POM2"), { date: "2027-01-02", training: "1" }));
    await assert.rejects(
      writer.transaction(async (tx) => {
        await write(tx, { ...inserted, custodyId: custodyId(20) });
        return { commit: true, value: null };
      }, neverAborted()),
      (error) => error instanceof DependencyError && error.errorClass === "23505",
    );
  });

  it("writes nothing for nothing", async () => {
    await rehearse(store, (tx) => write(tx));
  });

  it("fails itself, as something that passes, when a row has changed since it was read; nothing is written", async () => {
    const stale = { ...updated, before: { ...pom1, rowVersion: 7 } };
    const standing = await everyDate();
    await assert.rejects(commit(inserted, removed, stale), isStale);
    assert.deepEqual(await everyDate(), standing);
  });

  it("fails itself when another hand changes the row between its read and its write", async () => {
    await using other = await database.hold("update key_date set row_version = row_version + 1 where key_date_id = 20");
    const session = Promise.withResolvers<number>();
    const work = store.transaction(async (tx) => {
      session.resolve(await sessionOf(tx));
      const [[custody] = []] = await listCustodies(tx, persons(2));
      assert.deepEqual(custody?.keyDates, [pom1, pom2]);
      return { commit: true, value: null, writes: [write(tx, updated, inserted)] };
    }, neverAborted());
    const failed = assert.rejects(work, isStale);
    await untilBlocked(database, await session.promise);
    await other.commit();
    await failed;
    assert.deepEqual(await database.query("select from key_date where custody_id = 40"), []);
    await database.query("update key_date set row_version = 0 where key_date_id = 20");
  });

  it("fails when reference data has gone meanwhile, rather than lose a date", async () => {
    const lost = rehearse(store, async (tx) => {
      await tx.script("update r_standard_reference_list set code_value = 'GONE' where code_value = 'POM2'");
      await write(tx, inserted);
    });
    await assert.rejects(lost, { errorClass: "MPC01" });
  });

  for (const type of ["POM1", "POM2"] as const) {
    it(`takes the type ${type} that may still be chosen, of several the one with the lowest key`, async () => {
      const [standing] = await database.query(`select ${typeOf(type)}::integer as id`);
      const twin = (id: number, selectable: string) => `
        insert into r_standard_reference_list (standard_reference_list_id, code_value, code_description,
          reference_data_master_id, selectable)
        select ${id}, code_value, 'Twin', reference_data_master_id, '${selectable}'
        from r_standard_reference_list where standard_reference_list_id = ${String(standing?.["id"])}`;
      const typeAfter = async (...twins: readonly string[]) =>
        rehearse(store, async (tx) => {
          for (const one of twins) await tx.script(one);
          await write(tx, { ...inserted, type });
          const [row] = await queryIn(tx).query(
            "select key_date_type_id::integer as id from key_date where custody_id = 40",
          );
          return row?.["id"];
        });
      assert.equal(await typeAfter(twin(-3, "N"), twin(9001, "Y")), standing?.["id"]);
      assert.equal(await typeAfter(twin(-1, "Y"), twin(-2, "Y"), twin(-3, "N")), -2);
    });
  }

  it("is refused at the commit where it would leave two live dates of one type, as something that passes", async () => {
    const second = { ...inserted, custodyId: custodyId(20), type: "POM1" } as const;
    await assert.rejects(commit(second), (error) => isPassing(error));
  });
});

function isStale(error: unknown): boolean {
  return error instanceof DependencyError && error.errorClass === "40001" && isPassing(error);
}

function typeOf(code: string): string {
  return `(select standard_reference_list_id from r_standard_reference_list where code_value = '${code}' and reference_data_master_id <> 99)`;
}

function addDate(
  id: number,
  type: string,
  { date = "2030-01-01", created = "2026-02-02", training = "null" } = {},
): string {
  return `insert into key_date values (${id}, 0, 20, ${type}, '${date}', 0, 0, '${created}', 1, '${created}', 1, ${training})`;
}
