import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { DependencyError } from "../../src/platform/process/dependency-error.ts";
import type { Database } from "../../src/platform/database/database.ts";
import { classifyFailure, isPassing } from "../../src/platform/process/retry-transient.ts";
import type { AllocationWrite, NewOfficer, NewPom } from "../../src/sync/allocation/allocation-changes.ts";
import { listAllocationRecords } from "../../src/sync/allocation/allocation-store.ts";
import { writeAllocations } from "../../src/sync/allocation/allocation-write-store.ts";
import { responsibleOfficerIdSchema, pomIdSchema, type Pom } from "../../src/sync/allocation/plan.ts";
import { offenderIdSchema } from "../../src/delius/person/person.ts";
import { providerIdSchema, staffIdSchema, teamIdSchema, type Officer } from "../../src/delius/staff/officer.ts";
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

const january = Date.parse("2026-01-08T09:30:00Z");
// PostgreSQL would round these up, into the future: whole seconds have to come from the code.
const moment = Date.parse("2026-07-01T23:30:00.600Z");
const author = { now: Date.parse("2026-07-02T08:00:00.600Z"), userId: 1 };
// London wall time, rounded down.
const at = "2026-07-02T00:30:00";
const written = "2026-07-02T09:00:00";

const leeds = { providerId: providerIdSchema.parse(1), code: "N03", description: "Leeds Prison" };
const leedsPoms = { teamId: teamIdSchema.parse(1), code: "N03POM", description: "Leeds Prison Offender Managers" };
const ruth: Officer = { staffId: staffIdSchema.parse(7), code: "N03A001", forename: "Ruth", surname: "Adeyemi" };
const namesake: Officer = { ...ruth, staffId: staffIdSchema.parse(8), code: "N03A007" };
const newcomer: NewOfficer = {
  code: "N03B001",
  forename: "Nia",
  surname: 'O\'Newman \\ "N"',
  providerId: leeds.providerId,
  start: moment,
};
const newPom: NewPom = {
  officer: ruth,
  team: leedsPoms,
  provider: leeds,
  start: moment,
  email: null,
  reason: { code: "INA", description: "Internal Transfer" },
  joinsTeam: null,
};
const standing: Pom = {
  pomId: pomIdSchema.parse(20),
  rowVersion: 0,
  start: january,
  end: null,
  createdAt: Date.parse("2026-01-05T09:00:00Z"),
  email: "ruth.adeyemi@example.com",
  reason: { code: "AUT", description: "Automatic" },
  officer: ruth,
  team: leedsPoms,
  provider: leeds,
};
const led = {
  responsibleOfficerId: responsibleOfficerIdSchema.parse(20),
  rowVersion: 0,
  pomId: standing.pomId,
  start: january,
  end: null,
};
const ended = { before: standing, after: { ...standing, end: moment, removed: false } };
const endedLead = { before: led, after: { ...led, end: moment } };

function write(offenderId: number, changes: Partial<AllocationWrite["changes"]>): AllocationWrite {
  const none = { poms: [], responsibleOfficers: [], newPom: null, newResponsibleOfficer: null, contacts: [] };
  return { offenderId: offenderIdSchema.parse(offenderId), changes: { ...none, ...changes } };
}

const reallocation = write(2, {
  poms: [ended],
  responsibleOfficers: [endedLead],
  newPom: { ...newPom, officer: newcomer, email: "nia@example.com", joinsTeam: leedsPoms.teamId },
  newResponsibleOfficer: { start: moment, end: null },
  contacts: [
    { type: "EPOMIN", at: moment, notes: "First line\nSecond 'line'" },
    { type: "ROC", at: moment, notes: "Another" },
  ],
});

type TableRows = Readonly<Record<string, readonly Readonly<Record<string, unknown>>[]>>;

const keys = {
  staff: "staff_id",
  staff_team: "staff_id, team_id",
  prison_offender_manager: "prison_offender_manager_id",
  responsible_officer: "responsible_officer_id",
  contact: "contact_id",
};

async function readAll(from: Pick<TestDatabase, "query">): Promise<TableRows> {
  const entries: (readonly [string, TableRows[string]])[] = [];
  for (const [table, key] of Object.entries(keys)) entries.push([table, await readTable(from, table, key)]);
  return Object.fromEntries(entries);
}

/** The rows that are new or have changed, by table. */
function findNew(earlier: TableRows, later: TableRows): TableRows {
  return Object.fromEntries(
    Object.entries(later).flatMap(([table, rows]) => {
      const known = new Set((earlier[table] ?? []).map((row) => JSON.stringify(row)));
      const found = rows.filter((row) => !known.has(JSON.stringify(row)));
      return found.length === 0 ? [] : [[table, found]];
    }),
  );
}

describe("a write of allocations", () => {
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

  const commit = (...writes: readonly AllocationWrite[]) =>
    store.transaction(
      (tx) => Promise.resolve({ commit: true, value: null, writes: [writeAllocations(tx, writes, author)] }),
      neverAborted(),
    );
  /** What a write makes of the database; it is taken back. */
  const observe = (writes: readonly AllocationWrite[], prepare = "") =>
    rehearse(store, async (tx) => {
      if (prepare !== "") await tx.script(prepare);
      const standingRows = await readAll(queryIn(tx));
      await writeAllocations(tx, writes, author);
      return findNew(standingRows, await readAll(queryIn(tx)));
    });

  it("writes an allocation whole: officer, team, POMs, responsible officers and diary", async () => {
    const found = await observe([reallocation]);
    const staffId = found["staff"]?.[0]?.["staff_id"];
    const pomId = found["prison_offender_manager"]?.[1]?.["prison_offender_manager_id"];
    const audit = {
      created_datetime: written,
      created_by_user_id: 1,
      last_updated_datetime: written,
      last_updated_user_id: 1,
    };
    const seeded = { created_datetime: "2026-01-05T09:00:00", created_by_user_id: 1 };
    const changed = { row_version: 1, ...seeded, last_updated_datetime: written, last_updated_user_id: 1 };
    const added = { row_version: 0, ...audit };
    const real = { training_session_id: null };
    const place = { offender_id: 2, probation_area_id: 1 };
    const pom = { ...place, allocation_team_id: 1, soft_deleted: 0 };
    const responsible = { offender_id: 2, offender_manager_id: null };
    const trust = { trust_provider_flag: 0, trust_provider_team_id: 1, staff_employee_id: staffId };
    const post = { team_id: 1, staff_id: staffId, provider_team_id: null, provider_employee_id: null, ...trust };
    const contact = { ...added, ...place, ...post, ...real, soft_deleted: 0, partition_area_id: 0 };
    // In London it is the next day by then.
    const diary = { ...contact, contact_date: "2026-07-02", contact_start_time: at };
    assert.deepEqual(withoutKeys(found), {
      staff: [
        {
          ...added,
          officer_code: "N03B001",
          forename: "Nia",
          forename2: null,
          surname: newcomer.surname,
          probation_area_id: 1,
          start_date: at,
          end_date: null,
          private: 0,
          ...real,
        },
      ],
      staff_team: [{ ...added, ...real, staff_id: staffId, team_id: 1 }],
      prison_offender_manager: [
        {
          ...changed,
          ...pom,
          allocation_date: "2026-01-08T09:30:00",
          allocation_reason_id: 1,
          allocation_staff_id: 7,
          end_date: at,
          active_flag: 0,
          email_address: "ruth.adeyemi@example.com",
        },
        {
          ...added,
          ...pom,
          allocation_date: at,
          allocation_reason_id: 2,
          allocation_staff_id: staffId,
          end_date: null,
          active_flag: 1,
          email_address: "nia@example.com",
        },
      ],
      responsible_officer: [
        {
          ...changed,
          ...responsible,
          prison_offender_manager_id: 20,
          start_date: "2026-01-08T09:30:00",
          end_date: at,
        },
        { ...added, ...responsible, prison_offender_manager_id: pomId, start_date: at, end_date: null },
      ],
      contact: [
        { ...diary, contact_type_id: 2, notes: "First line\nSecond 'line'" },
        { ...diary, contact_type_id: 4, notes: "Another" },
      ],
    });
  });

  it("writes nothing for nothing", async () => {
    assert.deepEqual(await observe([]), {});
    assert.deepEqual(await observe([write(2, {}), write(4, {})]), {});
  });

  it("writes many persons in one statement, each their own", async () => {
    const contacts = [{ type: "EPOMAT", at: moment, notes: "Moved" }] as const;
    const joining = { ...newPom, officer: namesake, joinsTeam: leedsPoms.teamId };
    const found = await observe([
      write(4, { newPom: joining, contacts }),
      reallocation,
      write(6, { newPom: joining, contacts }),
    ]);
    const owners = (table: string) => found[table]?.map((row) => row["offender_id"]).toSorted();
    assert.deepEqual(owners("prison_offender_manager"), [2, 2, 4, 6]);
    assert.deepEqual(owners("responsible_officer"), [2, 2]);
    assert.deepEqual(owners("contact"), [2, 2, 4, 6]);
    const joined = found["staff_team"]?.filter((row) => row["staff_id"] === 8);
    assert.equal(joined?.length, 1, "an officer joins a team once");
  });

  it("bears an officer whom another hand has counted into the team meanwhile", async () => {
    const insert = "insert into staff_team values (8, 1, 3, now(), 1, now(), 1)";
    const found = await observe(
      [write(4, { newPom: { ...newPom, officer: namesake, joinsTeam: leedsPoms.teamId } })],
      insert,
    );
    assert.deepEqual(Object.keys(found), ["prison_offender_manager"]);
  });

  it("removes a POM row, and moves its responsible officer row as it is", async () => {
    const removed = { before: standing, after: { ...standing, end: standing.start, removed: true } };
    const moved = { before: led, after: { ...led, pomId: "new" as const } };
    const found = await observe([write(2, { poms: [removed], responsibleOfficers: [moved], newPom })]);
    const [gone, added] = found["prison_offender_manager"] ?? [];
    const [responsible] = found["responsible_officer"] ?? [];
    assert.deepEqual(
      [gone?.["soft_deleted"], gone?.["active_flag"], gone?.["end_date"]],
      [1, 0, "2026-01-08T09:30:00"],
    );
    assert.equal(responsible?.["prison_offender_manager_id"], added?.["prison_offender_manager_id"]);
    assert.equal(responsible?.["end_date"], null);
  });

  it("changes an e-mail and nothing else", async () => {
    const email = { before: standing, after: { ...standing, email: "new@example.com", removed: false } };
    const found = await observe([write(2, { poms: [email] })]);
    assert.deepEqual(Object.keys(found), ["prison_offender_manager"]);
    const [row] = found["prison_offender_manager"] ?? [];
    assert.deepEqual([row?.["email_address"], row?.["active_flag"], row?.["row_version"]], ["new@example.com", 1, 1]);
  });

  it("moves a COM's row in time without making it a POM's", async () => {
    const byCom = { ...led, responsibleOfficerId: responsibleOfficerIdSchema.parse(15), pomId: null };
    const found = await observe([
      write(1, { responsibleOfficers: [{ before: byCom, after: { ...byCom, end: moment } }] }),
    ]);
    const [row] = found["responsible_officer"] ?? [];
    assert.deepEqual(
      [row?.["offender_manager_id"], row?.["prison_offender_manager_id"], row?.["end_date"]],
      [10, null, at],
    );
  });

  it("keeps the diary in the order of the contacts", async () => {
    const contacts = Array.from({ length: 30 }, (_, index) => ({
      type: "ROC" as const,
      at: moment,
      notes: String(index),
    }));
    const found = await observe([write(4, { newPom, contacts })]);
    assert.deepEqual(
      found["contact"]?.map(({ notes }) => notes),
      contacts.map(({ notes }) => notes),
    );
  });

  const stale = { ...ended, after: { ...ended.after, rowVersion: 7 } };
  const staleLead = { ...endedLead, after: { ...endedLead.after, rowVersion: 7 } };
  const failures: readonly (readonly [what: string, writes: readonly AllocationWrite[], prepare?: string])[] = [
    ["a POM row has changed since it was read", [reallocation, write(4, { poms: [stale] })]],
    [
      "a responsible officer row has changed since it was read",
      [reallocation, write(4, { responsibleOfficers: [staleLead] })],
    ],
    [
      "a POM row is gone",
      [reallocation],
      "delete from responsible_officer where prison_offender_manager_id = 20; delete from prison_offender_manager where prison_offender_manager_id = 20",
    ],
    [
      "a reason is gone",
      [reallocation],
      "update r_standard_reference_list set code_value = 'X' where code_value = 'INA'",
    ],
    ["a contact type is gone", [reallocation], "delete from r_contact_type where code = 'ROC'"],
  ];
  for (const [what, writes, prepare] of failures) {
    it(`fails itself, as something that passes, when ${what}`, async () => {
      await assert.rejects(
        observe(writes, prepare),
        /(?:reason|contact type) is gone$/.test(what) ? isMissingCode : isStale,
      );
    });
  }

  it("writes nothing at all when one of its rows is stale", async () => {
    const untouched = await readAll(database);
    await assert.rejects(commit(reallocation, write(4, { poms: [stale] })), isStale);
    assert.deepEqual(await readAll(database), untouched);
  });

  it("fails itself when another hand changes a row between its read and its write", async () => {
    await using other = await database.hold("update prison_offender_manager set row_version = 1 where offender_id = 2");
    const session = Promise.withResolvers<number>();
    const work = store.transaction(async (tx) => {
      session.resolve(await sessionOf(tx));
      const asked = {
        offenderId: offenderIdSchema.parse(2),
        answer: { kind: "deallocated" as const },
        lookedUpAt: author.now,
      };
      const [record] = await listAllocationRecords(tx, [asked]);
      assert.deepEqual(record?.poms, [standing]);
      return { commit: true, value: null, writes: [writeAllocations(tx, [reallocation], author)] };
    }, neverAborted());
    const failed = assert.rejects(work, isStale);
    await untilBlocked(database, await session.promise);
    await other.commit();
    await failed;
    assert.deepEqual(await database.query("select from contact"), []);
    await database.query("update prison_offender_manager set row_version = 0 where offender_id = 2");
  });

  it("passes for another attempt when another hand has opened a POM meanwhile", async () => {
    await assert.rejects(commit(write(2, { newPom })), (error) => isPassing(error) && errorClassOf(error) === "23P01");
  });

  it("passes for another attempt when another hand has named a responsible officer meanwhile", async () => {
    const second = write(1, { newPom, newResponsibleOfficer: { start: moment, end: null } });
    await assert.rejects(commit(second), (error) => isPassing(error) && errorClassOf(error) === "23505");
  });

  it("takes the reason and the contact type that may still be chosen, of several with one code", async () => {
    const twins = `
      insert into r_standard_reference_list (standard_reference_list_id, code_value, code_description,
        reference_data_master_id, selectable)
      select -1, 'INA', 'Former', reference_data_master_id, 'N' from r_reference_data_master
      where code_set_name = 'POM ALLOCATION REASON';
      insert into r_contact_type (contact_type_id, code, selectable) values (-1, 'EPOMIN', 'N')`;
    const contacts = [{ type: "EPOMIN", at: moment, notes: "Moved" }] as const;
    const found = await observe([write(4, { newPom, contacts })], twins);
    assert.equal(found["prison_offender_manager"]?.[0]?.["allocation_reason_id"], 2);
    assert.equal(found["contact"]?.[0]?.["contact_type_id"], 2);
  });
});

function errorClassOf(error: unknown): string {
  return error instanceof DependencyError ? error.errorClass : String(error);
}

function isMissingCode(error: unknown): boolean {
  return classifyFailure(error) === "contested" && errorClassOf(error) === "MPC01";
}

function isStale(error: unknown): boolean {
  return isPassing(error) && errorClassOf(error) === "40001";
}

/** Rows without the keys that a sequence gave them. */
function withoutKeys(rows: TableRows): TableRows {
  const isShown = (table: string, column: string) => table === "staff_team" || column !== `${table}_id`;
  return Object.fromEntries(
    Object.entries(rows).map(([table, found]) => [
      table,
      found.map((row) => Object.fromEntries(Object.entries(row).filter(([column]) => isShown(table, column)))),
    ]),
  );
}
