import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { inspectAfter } from "../support/inspect-after.ts";
import { createTestDatabase, type TestDatabase } from "../support/test-database.ts";

const drop = (table: string, constraint: string) => `alter table ${table} drop constraint ${constraint}`;
const published = (table: string, rule: string) =>
  `Delius does not enforce its published rule for ${table}: ${rule}. Ask the Delius team whether that is on purpose.`;
const ours = (table: string, rule: string) =>
  `The database does not enforce our rule for ${table}: ${rule}. Add its constraint of migrations/delius, or reconcile to find what other systems break.`;

const unknown = (table: string, keys: string) =>
  `${table} has a unique or exclusion index that no rule asks for, of ${keys}: what the service writes may be refused, and its message is quarantined as DeliusRefused. Ask the Delius team what the index is for.`;

const onePerDate = published("key_date", "one row per custody, type and date, deleted rows included");
const oneLiveDate = ours("key_date", "one live row per custody and type");
const isActiveWithoutEnd = published("prison_offender_manager", "a row is active exactly when it has no end");

/** What the start says when the one constraint that enforces a rule is gone. */
const warnings: readonly (readonly [statement: string, warning: string])[] = [
  ["drop index responsible_officer_single_active", published("responsible_officer", "at most one open row per person")],
  [drop("prison_offender_manager", "prison_offender_manager_active"), isActiveWithoutEnd],
  [
    drop("prison_offender_manager", "prison_offender_manager_dates"),
    published("prison_offender_manager", "no row ends before it starts"),
  ],
  [drop("key_date", "key_date_one_per_date"), onePerDate],
  [drop("contact", "contact_staff_employee"), published("contact", "the trust's employee is the officer")],
  [drop("contact", "contact_trust_provider_team"), published("contact", "the trust's team is the team")],
  [drop("staff", "staff_check"), published("staff", "no officer leaves before they start")],
  [
    drop("prison_offender_manager", "ours_pom_no_overlap"),
    ours("prison_offender_manager", "periods of one person never overlap"),
  ],
  [drop("key_date", "ours_key_date_one_live"), oneLiveDate],
  [
    drop("responsible_officer", "ours_responsible_officer_one_manager"),
    ours("responsible_officer", "a row belongs to exactly one manager"),
  ],
];

describe("the inspection of Delius at start", () => {
  let database: TestDatabase;
  before(async () => {
    database = await createTestDatabase();
  });
  after(() => database[Symbol.asyncDispose]());

  const inspect = (...statements: readonly string[]) => inspectAfter(statements, database);

  for (const [statement, warning] of warnings) {
    it(`warns and goes on after ${statement}`, async () => {
      const told = await inspect(statement);
      assert.ok("userId" in told.inspection);
      assert.deepEqual(told.warnings, [warning]);
    });
  }

  it("warns of every rule that the database does not enforce", async () => {
    const told = await inspect(...warnings.map(([statement]) => statement));
    assert.deepEqual(
      told.warnings,
      warnings.map(([, warning]) => warning),
    );
  });

  it("counts a rule as held whether it is checked at once or when the transaction ends", async () => {
    const index = `create unique index on key_date (custody_id, key_date_type_id)
      where soft_deleted = 0 and training_session_id is null`;
    assert.deepEqual((await inspect(drop("key_date", "ours_key_date_one_live"), index)).warnings, []);
  });

  it("counts a check as held that is worded otherwise or has another name", async () => {
    const other = `alter table prison_offender_manager add check ((end_date is null) = (active_flag = 1))`;
    const statements = [drop("prison_offender_manager", "prison_offender_manager_active"), other];
    assert.deepEqual((await inspect(...statements)).warnings, []);
  });

  it("counts a check as held that names more columns than the rule", async () => {
    const statements = [
      drop("contact", "contact_staff_employee"),
      drop("contact", "contact_trust_provider_team"),
      "alter table contact add check (staff_employee_id = staff_id or staff_employee_id = provider_employee_id)",
      "alter table contact add check (trust_provider_team_id = team_id or trust_provider_team_id = provider_team_id)",
    ];
    assert.deepEqual((await inspect(...statements)).warnings, []);
  });

  it("counts no check as held that is of one of its columns alone", async () => {
    const part = "alter table prison_offender_manager add check (active_flag in (0, 1))";
    const statements = [drop("prison_offender_manager", "prison_offender_manager_active"), part];
    assert.deepEqual((await inspect(...statements)).warnings, [isActiveWithoutEnd]);
  });

  it("counts no rule as held that leaves rows out", async () => {
    const narrower = `alter table key_date add exclude using gist (custody_id with =, key_date_type_id with =)
      where (soft_deleted = 0 and partition_area_id = 1) deferrable initially deferred`;
    assert.deepEqual((await inspect(drop("key_date", "ours_key_date_one_live"), narrower)).warnings, [
      oneLiveDate,
      unknown("key_date", "custody_id, key_date_type_id where ((soft_deleted = 0) AND (partition_area_id = 1))"),
    ]);
    const live = `create unique index on key_date (custody_id, key_date_type_id, key_date) where soft_deleted = 0`;
    assert.deepEqual((await inspect(drop("key_date", "key_date_one_per_date"), live)).warnings, [onePerDate]);
  });

  it("counts no rule as held by an index that could not be built", async () => {
    const isLeftBehind = "update pg_index set indisvalid = false where indexrelid = 'key_date_one_per_date'::regclass";
    assert.deepEqual((await inspect(isLeftBehind)).warnings, [onePerDate]);
  });

  it("counts a stricter rule as held, and warns of what it refuses beyond the rule", async () => {
    const statements = [
      drop("key_date", "ours_key_date_one_live"),
      drop("key_date", "key_date_one_per_date"),
      "delete from key_date",
      "alter table key_date add unique (custody_id) deferrable initially deferred",
    ];
    assert.deepEqual((await inspect(...statements)).warnings, [unknown("key_date", "custody_id")]);
  });

  it("warns of indexes that may refuse what the service writes", async () => {
    const statements = [
      "update staff set officer_code = null",
      "create unique index on staff (upper(officer_code)) where end_date is null",
      "alter table contact add exclude using gist (offender_id with =, contact_date with =)",
      "alter table contact add column told char(1) default 'N', add column heard char(1)",
      "create unique index on contact (offender_id, told)",
      "create unique index on contact (offender_id, heard)",
    ];
    assert.deepEqual((await inspect(...statements)).warnings, [
      unknown("contact", "offender_id, contact_date"),
      unknown("contact", "offender_id, told"),
      unknown("staff", "upper(officer_code::text) where (end_date IS NULL)"),
    ]);
  });

  it("warns of no index that never refuses what the service writes", async () => {
    const statements = [
      "alter table contact add nomis_case_note_id bigint unique",
      "create unique index on staff (officer_code, training_session_id, staff_id)",
      "create unique index on key_date (custody_id, key_date_type_id, key_date, soft_deleted)",
      "create unique index on offender (crn, noms_number, offender_id)",
    ];
    assert.deepEqual((await inspect(...statements)).warnings, []);
  });

  it("warns of columns without a default that the service does not fill", async () => {
    const statements = [
      "alter table contact add visor_contact char(1) not null default 'N', add partition bigint not null default 0",
      "alter table contact alter visor_contact drop default",
      "alter table team add unused bigint not null default 0",
      "alter table team alter unused drop default",
      "alter table key_date add copy bigint not null generated always as (key_date_id) stored",
    ];
    assert.deepEqual((await inspect(...statements)).warnings, [
      "contact.visor_contact may not be null, has no default, and the service does not write it: unless a trigger fills it, every new row is refused. Give it a default, or ask the Delius team.",
    ]);
  });
});
