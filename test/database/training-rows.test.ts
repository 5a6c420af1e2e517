import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { listStoredCases as listCaseRecords } from "../../src/api/case-record/case-record-store.ts";
import { crnSchema, nomsNumberSchema, offenderIdSchema } from "../../src/delius/person/person.ts";
import { listRegistrations } from "../../src/delius/person/registration-store.ts";
import { listStoredCases as listExplanations } from "../../src/operations/explanation/explanation-store.ts";
import { getOtherCase } from "../../src/operations/explanation/other-case-store.ts";
import { listMessagesOfPerson } from "../../src/operations/messages/message-store.ts";
import { isKnownPrison, listNamedCases } from "../../src/operations/reconciliation/named-case-store.ts";
import { listCases, listSample } from "../../src/operations/reconciliation/selection-store.ts";
import { listWaitingCases } from "../../src/operations/waiting/waiting-store.ts";
import type { Database, Transaction } from "../../src/platform/database/database.ts";
import type { AllocationAnswer } from "../../src/sync/allocation/allocation-answer.ts";
import { listAllocationRecords } from "../../src/sync/allocation/allocation-store.ts";
import { writeAllocations } from "../../src/sync/allocation/allocation-write-store.ts";
import { readReferences } from "../../src/sync/fact/reference-store.ts";
import { custodyIdSchema } from "../../src/sync/handover/handover.ts";
import { writeKeyDates } from "../../src/sync/handover/handover-store.ts";
import { createTestDatabase, openStore, queryIn, rehearse, type TestDatabase } from "../support/test-database.ts";

// Rows of training sessions stand beside the real ones, and do not exist for the service (rule D1). Each statement that may
// meet one is tried: the row of a training session changes nothing, and the same row without a session does.

const now = Date.parse("2026-07-01T12:00:00Z");
const author = { now, userId: 1 };
const crn = crnSchema.parse("X100002");
const nomsNumber = nomsNumberSchema.parse("A1002AA");
const waitingNumber = nomsNumberSchema.parse("A9999ZZ");
const offenderId = offenderIdSchema.parse(2);
const bare = offenderIdSchema.parse(4);
const page = { before: null, most: 10 };

/** A copy of rows of a table with some columns changed, of this training session or of none. */
type Twin = (training: number | null) => string;

function twin(table: string, where: string, changes: Readonly<Record<string, unknown>>): Twin {
  return (training) => {
    const changed = JSON.stringify({ ...changes, training_session_id: training });
    return `insert into ${table}
      select (jsonb_populate_record(null::${table}, to_jsonb(original) || '${changed}')).*
      from ${table} original where ${where}`;
  };
}

interface Row {
  readonly statement: string;
  readonly what: string;
  /** What the statement makes of the database. */
  readonly read: (tx: Transaction) => Promise<unknown>;
  readonly added: Twin;
  /** What is changed in any case, before and after. */
  readonly prepare?: string;
  readonly rest?: string;
}

const person = twin("offender", "offender_id = 2", { offender_id: 9001 });
const first = twin("offender", "offender_id = 2", { offender_id: -1 });
const manager = twin("offender_manager", "offender_manager_id = 20", {
  offender_manager_id: 9001,
  allocation_staff_id: 8,
  allocation_date: "2026-02-01",
});
const institution = (nomis: string) =>
  twin("r_institution", "nomis_cde_code = 'LEI'", { institution_id: 9001, nomis_cde_code: nomis });
const movesLeicester = "update probation_area set institution_id = 9001, establishment = 'Y' where code = 'N07'";
const copyPom = (changes: string) => `
  insert into prison_offender_manager
  select (jsonb_populate_record(null::prison_offender_manager, to_jsonb(original) || jsonb_build_object(${changes}))).*
  from prison_offender_manager original where prison_offender_manager_id = 20`;

const codeSet = (name: string) =>
  twin("r_reference_data_master", `code_set_name = '${name}'`, { reference_data_master_id: -1 });
const entryOf = (code: string) => `
  insert into r_standard_reference_list (standard_reference_list_id, code_value, code_description,
    reference_data_master_id, selectable) values (-1, '${code}', 'Twin', -1, 'Y')`;
const entry = (code: string) =>
  twin("r_standard_reference_list", `code_value = '${code}'`, { standard_reference_list_id: -1 });

const explain = async (tx: Transaction) => {
  const cases = await listExplanations(tx, { crn }, page);
  return cases.map(({ com, coms, poms }) => ({ com, coms, poms }));
};
const explainOther = async (tx: Transaction) => (await getOtherCase(tx, { crn }, page)).cases;
const select = async (tx: Transaction, prison: string | null, chosen: boolean) =>
  listCases(tx, { after: null, most: 100, prison, chosen: chosen ? { nomsNumbers: [nomsNumber] } : null });
const recordsOf = async (tx: Transaction, answer: AllocationAnswer) =>
  listAllocationRecords(tx, [{ offenderId, answer, lookedUpAt: now }]);
const allocated: AllocationAnswer = {
  kind: "allocated",
  prisonCode: "LEI",
  manager: { code: 1, forename: "Ruth", surname: "Adeyemi", email: null },
};

async function allocate(tx: Transaction): Promise<unknown> {
  const [record] = await recordsOf(tx, allocated);
  const pom = record?.poms[0] ?? assert.fail("nobody is the POM");
  const newPom = { ...pom, start: now, reason: { code: "INA", description: "" }, joinsTeam: null } as const;
  const contacts = [{ type: "ROC", at: now, notes: "Moved" }] as const;
  const none = { poms: [], responsibleOfficers: [], newResponsibleOfficer: null };
  await writeAllocations(tx, [{ offenderId: bare, changes: { ...none, newPom, contacts } }], author);
  return queryIn(tx).query(`select allocation_reason_id, contact_type_id
    from prison_offender_manager join contact using (offender_id) where offender_id = ${bare}`);
}

async function dateHandover(tx: Transaction): Promise<unknown> {
  const change = { kind: "insert", custodyId: custodyIdSchema.parse(40), type: "POM2", date: "2027-01-02" } as const;
  await writeKeyDates(tx, [change], author);
  return queryIn(tx).query("select key_date_type_id from key_date where custody_id = 40");
}

const message = `insert into mpc_delius.journal (inbox_key, fact, noms_number, received_at, decided_at, outcome,
    outcome_class, dry_run, properties, reasons, changes)
  values ('k', 'handover', '${waitingNumber}', now(), now(), 'NoPomChange', 'no change', false, '{}', '[]', '[]')`;

const rows: readonly Row[] = [
  {
    statement: "list-stored-cases",
    what: "case",
    read: (tx) => listCaseRecords(tx, [{ crn }, { nomsNumber }], now),
    added: person,
  },
  {
    statement: "list-stored-cases",
    what: "COM",
    read: (tx) => listCaseRecords(tx, [{ crn }], now),
    added: manager,
  },
  {
    statement: "list-stored-cases",
    what: "user",
    read: (tx) => listCaseRecords(tx, [{ crn }], now),
    added: twin("user_", "staff_id = (select staff_id from staff where officer_code = 'N03C001')", {
      user_id: -1,
      distinguished_name: "Twin",
    }),
  },
  {
    statement: "list-registrations",
    what: "case",
    read: (tx) => listRegistrations(tx, [crnSchema.parse("X100001")]),
    added: twin("offender", "offender_id = 1", { offender_id: -1 }),
  },
  {
    statement: "list-registrations",
    what: "registration",
    read: (tx) => listRegistrations(tx, [crnSchema.parse("X100001")]),
    added: twin("registration", "offender_id = 1 and registration_date = '2026-01-09'", { registration_id: 9001 }),
  },
  {
    statement: "list-registrations",
    what: "type of registration",
    read: (tx) => listRegistrations(tx, [crnSchema.parse("X100001")]),
    added: twin("r_register_type", "code = 'MAPP'", { register_type_id: 9001 }),
    rest: `insert into registration (registration_id, offender_id, register_type_id, registration_date, deregistered,
        soft_deleted, created_datetime, partition_area_id)
      values (9001, 1, 9001, '2026-01-10', 0, 0, '2026-01-10', 0)`,
  },
  { statement: "list-stored-explanations", what: "case", read: explain, added: first },
  { statement: "list-stored-explanations", what: "COM", read: explain, added: manager },
  { statement: "explain-other-case", what: "case", read: explainOther, added: person },
  {
    statement: "list-messages-of-person",
    what: "case",
    read: async (tx) => {
      const any = { outcomes: null, eventType: null, dryRun: null, from: null, to: null };
      return (await listMessagesOfPerson(tx, { ...any, ...page }, { crn })).length;
    },
    prepare: message,
    added: twin("offender", "offender_id = 2", { offender_id: 9001, noms_number: waitingNumber }),
  },
  {
    statement: "list-waiting-cases",
    what: "case",
    read: async (tx) => {
      const found = await listWaitingCases(tx, { ...page, outcomes: ["PersonNotFound"] });
      return found.map((placed) => placed.case.isNumberInDelius);
    },
    prepare: `insert into mpc_delius.waiting
      values ('${waitingNumber}', 'handover', 'PersonNotFound', 'prison identifier', 'k', now())`,
    added: twin("offender", "offender_id = 2", { offender_id: 9001, noms_number: waitingNumber }),
  },
  {
    statement: "list-named-by-noms",
    what: "case",
    read: (tx) => listNamedCases(tx, { nomsNumbers: [nomsNumber] }),
    added: person,
  },
  { statement: "list-named-by-crn", what: "case", read: (tx) => listNamedCases(tx, { crns: [crn] }), added: first },
  {
    statement: "find-prison",
    what: "institution",
    read: (tx) => isKnownPrison(tx, "XYZ"),
    added: institution("XYZ"),
    rest: movesLeicester,
  },
  {
    statement: "list-cases-in-scope",
    what: "case",
    read: (tx) => select(tx, null, false),
    added: person,
    rest: "update event set offender_id = 9001 where event_id = 50",
  },
  { statement: "list-chosen-cases", what: "case", read: (tx) => select(tx, null, true), added: person },
  {
    statement: "list-cases-of-prison",
    what: "case",
    read: (tx) => select(tx, "LEI", false),
    added: person,
    rest: copyPom("'prison_offender_manager_id', 9001, 'offender_id', 9001"),
  },
  {
    statement: "list-cases-of-prison",
    what: "institution",
    read: (tx) => select(tx, "LEI", false),
    prepare: `${copyPom("'prison_offender_manager_id', 9001, 'offender_id', 4")};
      update prison_offender_manager set probation_area_id = provider.probation_area_id
      from probation_area provider where provider.code = 'N07' and prison_offender_manager_id = 9001`,
    added: institution("LEI"),
    rest: movesLeicester,
  },
  {
    statement: "draw-sample",
    what: "case",
    read: async (tx) => (await listSample(tx, 100)).toSorted((one, other) => one - other),
    added: person,
    rest: "update event set offender_id = 9001 where event_id = 50",
  },
  {
    statement: "list-allocation-records",
    what: "membership of a candidate in the POM team",
    read: (tx) => recordsOf(tx, allocated),
    added: twin("staff_team", "staff_id = 7 and team_id = 1", { staff_id: 8 }),
  },
  {
    statement: "list-allocation-records",
    what: "membership of the unallocated officer in the team",
    read: (tx) => recordsOf(tx, { kind: "deallocated" }),
    prepare: `${twin("staff", "officer_code = 'N03ALLU'", { staff_id: 9001 })(null)}; update staff_team set staff_id = 2
      where staff_id = (select min(staff_id) from staff where officer_code = 'N03ALLU')`,
    added: (training) =>
      `insert into staff_team (staff_id, team_id, row_version, training_session_id, created_datetime,
         created_by_user_id, last_updated_datetime, last_updated_user_id)
       select 9001, team_id, 0, ${training}, now(), 1, now(), 1 from team where code = 'N03ALL'`,
  },
  {
    statement: "list-reference-entries",
    what: "set of codes",
    read: (tx) => readReferences(tx, "ManagePomCasesAndDelius", [{ lookedUpAt: now }]),
    added: codeSet("POM ALLOCATION REASON"),
    rest: entryOf("AUT"),
  },
  {
    statement: "list-reference-entries",
    what: "type of contact",
    read: (tx) => readReferences(tx, "ManagePomCasesAndDelius", [{ lookedUpAt: now }]),
    prepare: "delete from r_contact_type where code = 'ROC'",
    added: twin("r_contact_type", "code = 'EPOMIN'", { contact_type_id: -1, code: "ROC" }),
  },
  {
    statement: "list-reference-entries",
    what: "user",
    read: (tx) => readReferences(tx, "ManagePomCasesAndDelius", [{ lookedUpAt: now }]),
    added: twin("user_", "user_id = 1", { user_id: -1 }),
  },
  {
    statement: "insert-allocations",
    what: "set of codes",
    read: allocate,
    added: codeSet("POM ALLOCATION REASON"),
    rest: entryOf("INA"),
  },
  { statement: "insert-allocations", what: "reason", read: allocate, added: entry("INA") },
  {
    statement: "insert-allocations",
    what: "type of contact",
    read: allocate,
    added: twin("r_contact_type", "code = 'ROC'", { contact_type_id: -1 }),
  },
  {
    statement: "insert-key-dates",
    what: "set of codes",
    read: dateHandover,
    added: codeSet("THROUGHCARE DATE TYPE"),
    rest: entryOf("POM2"),
  },
  { statement: "insert-key-dates", what: "type of date", read: dateHandover, added: entry("POM2") },
];

describe("rows of training sessions", () => {
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

  const readAfter = ({ read, prepare = "" }: Row, added = "") =>
    rehearse(store, async (tx) => {
      await tx.script(`${prepare}; ${added}`);
      return read(tx);
    });

  for (const row of rows) {
    it(`are not seen by ${row.statement}: ${row.what}`, async () => {
      const { added, rest = "" } = row;
      const plain = await readAfter(row);
      assert.deepEqual(await readAfter(row, `${added(1)}; ${rest}`), plain);
      assert.notDeepEqual(await readAfter(row, `${added(null)}; ${rest}`), plain, "the same row, without a session");
    });
  }

  it("are not seen by list-stored-cases: district", async () => {
    const districtOf = async (change: string) =>
      rehearse(store, async (tx) => {
        await tx.script(change);
        const [found] = await listCaseRecords(tx, [{ crn }], now);
        return found?.[0]?.manager?.district;
      });
    assert.equal((await districtOf(""))?.code, "N03LDU1");
    assert.equal(await districtOf("update district set training_session_id = 1"), null);
  });
});
