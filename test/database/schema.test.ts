import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { deliusTables, ownTables } from "../../src/adapters/delius-tables.ts";
import { createTestDatabase, type TestDatabase } from "../support/test-database.ts";

const audit = `created_datetime instant, created_by_user_id number, last_updated_datetime instant,
  last_updated_user_id number`;

/** Chapter 2.1 and 2.2: key first, then every column with what it holds; `null` where it may be empty. */
const tables: Readonly<Record<string, string>> = {
  prison_offender_manager: `prison_offender_manager_id number, row_version number, offender_id number,
    allocation_date instant, allocation_reason_id number, allocation_staff_id number, allocation_team_id number,
    probation_area_id number, end_date instant null, active_flag flag, email_address text null, soft_deleted flag, ${audit}`,
  responsible_officer: `responsible_officer_id number, row_version number, offender_id number,
    prison_offender_manager_id number null, offender_manager_id number null, start_date instant, end_date instant null,
    ${audit}`,
  contact: `contact_id number, row_version number, offender_id number, contact_type_id number, contact_date date,
    contact_start_time instant, notes text null, probation_area_id number, team_id number, staff_id number,
    soft_deleted flag, partition_area_id number, ${audit}`,
  key_date: `key_date_id number, row_version number, custody_id number, key_date_type_id number, key_date date,
    soft_deleted flag, partition_area_id number, ${audit}`,
  staff: `staff_id number, row_version number, officer_code char(7), forename text, forename2 text null, surname text,
    probation_area_id number, start_date instant, end_date instant null, private flag, ${audit}`,
  staff_team: `staff_id number, team_id number, row_version number, ${audit}`,
  offender: `offender_id number, row_version number, crn char(7), noms_number char(7) null, current_tier number null,
    soft_deleted flag`,
  offender_manager: `offender_manager_id number, offender_id number, team_id number, allocation_staff_id number,
    probation_area_id number, active_flag flag, soft_deleted flag`,
  user_: "user_id number, distinguished_name text, staff_id number null",
  team: `team_id number, code char(6), description text, district_id number null, probation_area_id number`,
  district: "district_id number, code text, description text",
  probation_area: `probation_area_id number, row_version number, code char(3), description text,
    institution_id number null`,
  r_institution: "institution_id number, nomis_cde_code text null",
  event: "event_id number, offender_id number, active_flag flag, soft_deleted flag",
  disposal: "disposal_id number, event_id number, active_flag flag, soft_deleted flag",
  custody: `custody_id number, disposal_id number, prisoner_number text null, custodial_status_id number,
    soft_deleted flag`,
  case_allocation: `case_allocation_id number, offender_id number, event_id number, allocation_decision_id number null,
    allocation_decision_date instant null`,
  registration: `registration_id number, offender_id number, register_type_id number, register_level_id number null,
    register_category_id number null, registration_date date, next_review_date date null, deregistered flag,
    soft_deleted flag, created_datetime instant`,
  r_register_type: "register_type_id number, code text, register_type_flag_id number null",
  r_contact_type: "contact_type_id number, code text",
  r_standard_reference_list: `standard_reference_list_id number, code_value text, code_description text,
    reference_data_master_id number`,
  r_reference_data_master: "reference_data_master_id number, code_set_name text",
};

/** Where each reference of chapter 2 points, by table and column. */
const references: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  prison_offender_manager: {
    offender_id: "offender",
    allocation_reason_id: "r_standard_reference_list",
    allocation_staff_id: "staff",
    allocation_team_id: "team",
    probation_area_id: "probation_area",
  },
  responsible_officer: {
    offender_id: "offender",
    prison_offender_manager_id: "prison_offender_manager",
    offender_manager_id: "offender_manager",
  },
  contact: {
    offender_id: "offender",
    contact_type_id: "r_contact_type",
    probation_area_id: "probation_area",
    team_id: "team",
    staff_id: "staff",
  },
  key_date: { custody_id: "custody", key_date_type_id: "r_standard_reference_list" },
  staff: { probation_area_id: "probation_area" },
  staff_team: { staff_id: "staff", team_id: "team" },
  offender: { current_tier: "r_standard_reference_list" },
  offender_manager: {
    offender_id: "offender",
    team_id: "team",
    allocation_staff_id: "staff",
    probation_area_id: "probation_area",
  },
  user_: { staff_id: "staff" },
  team: { district_id: "district", probation_area_id: "probation_area" },
  probation_area: { institution_id: "r_institution" },
  event: { offender_id: "offender" },
  disposal: { event_id: "event" },
  custody: { disposal_id: "disposal", custodial_status_id: "r_standard_reference_list" },
  case_allocation: {
    offender_id: "offender",
    event_id: "event",
    allocation_decision_id: "r_standard_reference_list",
  },
  registration: {
    offender_id: "offender",
    register_type_id: "r_register_type",
    register_level_id: "r_standard_reference_list",
    register_category_id: "r_standard_reference_list",
  },
  r_register_type: { register_type_flag_id: "r_standard_reference_list" },
  r_standard_reference_list: { reference_data_master_id: "r_reference_data_master" },
};

/** What is unique beside the keys (2.1, 2.2, 2.4). */
const unique: Readonly<Record<string, string>> = {
  offender: "crn",
  probation_area: "code",
  r_contact_type: "code",
  r_institution: "nomis_cde_code",
  r_reference_data_master: "code_set_name",
  r_register_type: "code",
  r_standard_reference_list: "reference_data_master_id, code_value",
  staff: "officer_code",
  team: "code",
  user_: "distinguished_name",
};

const kinds: Readonly<Record<string, string>> = {
  bigint: "number",
  smallint: "flag",
  date: "date",
  "timestamp(3) with time zone": "instant",
  "character(3)": "char(3)",
  "character(6)": "char(6)",
  "character(7)": "char(7)",
};

describe("the Delius tables of an empty database", () => {
  let database: TestDatabase;
  before(async () => {
    database = await createTestDatabase();
  });
  after(() => database[Symbol.asyncDispose]());

  const listConstraints = async (type: string) => {
    const rows = await database.query(
      `select conrelid::regclass || ': ' || pg_get_constraintdef(oid) as told from pg_constraint
       where contype = $1 and connamespace = 'public'::regnamespace order by conrelid::regclass::text, told`,
      [type],
    );
    return rows.map(({ told }) => String(told));
  };

  it("have exactly the columns of chapter 2, empty where they may be", async () => {
    const rows = await database.query(
      `select relation.relname as name, attribute.attname || ' ' || format_type(attribute.atttypid, attribute.atttypmod) as column,
         not attribute.attnotnull as nullable
       from pg_class relation join pg_attribute attribute on attribute.attrelid = relation.oid and attribute.attnum > 0
       where relation.relnamespace = 'public'::regnamespace and relation.relkind = 'r' order by attribute.attnum`,
    );
    const found = Object.groupBy(rows, ({ name }) => String(name));
    const told = Object.entries(found).map(([name, columns]) => [name, (columns ?? []).map(tellColumn).toSorted()]);
    const expected = Object.entries(tables).map(([name, columns]) => [name, splitColumns(columns).toSorted()]);
    assert.deepEqual(Object.fromEntries(told), Object.fromEntries(expected));
  });

  it("are those that the service says that it uses", () => {
    const named = Object.entries(deliusTables).map(([name, use]) => {
      const columns = new Set([...use.select, ...use.insert, ...use.update]);
      return [name, [...columns].toSorted()];
    });
    const expected = Object.entries(tables).map(([name, columns]) => {
      return [name, splitColumns(columns).map(nameOf).toSorted()];
    });
    assert.deepEqual(Object.fromEntries(named), Object.fromEntries(expected));
  });

  it("have their first column for a key", async () => {
    const expected = Object.entries(tables).map(([name, columns]) => {
      const key = name === "staff_team" ? "staff_id, team_id" : splitColumns(columns)[0]?.split(" ")[0];
      return `${name}: PRIMARY KEY (${key})`;
    });
    assert.deepEqual(await listConstraints("p"), expected.toSorted());
  });

  it("refer to each other", async () => {
    const expected = Object.entries(references).flatMap(([name, columns]) =>
      Object.entries(columns).map(([column, target]) => {
        const key = splitColumns(tables[target] ?? "")[0]?.split(" ")[0];
        return `${name}: FOREIGN KEY (${column}) REFERENCES ${target}(${key})`;
      }),
    );
    assert.deepEqual(await listConstraints("f"), expected.toSorted());
  });

  it("have unique codes", async () => {
    const expected = Object.entries(unique).map(([name, columns]) => `${name}: UNIQUE (${columns})`);
    assert.deepEqual(await listConstraints("u"), expected);
  });

  it("exclude, when the transaction ends, what must not stand side by side", async () => {
    assert.deepEqual(await listConstraints("x"), [
      "key_date: EXCLUDE USING gist (custody_id WITH =, key_date_type_id WITH =) WHERE ((soft_deleted = 0)) DEFERRABLE INITIALLY DEFERRED",
      "prison_offender_manager: EXCLUDE USING gist (offender_id WITH =, tstzrange(allocation_date, end_date) WITH &&) WHERE ((soft_deleted = 0)) DEFERRABLE INITIALLY DEFERRED",
      "responsible_officer: EXCLUDE USING gist (offender_id WITH =) WHERE ((end_date IS NULL)) DEFERRABLE INITIALLY DEFERRED",
    ]);
  });

  it("check every flag, and the rules within a row", async () => {
    const flags = Object.entries(tables).flatMap(([name, columns]) =>
      splitColumns(columns)
        .filter((column) => column.endsWith(" flag"))
        .map((column) => `${name}: CHECK ((${column.split(" ")[0]} = ANY (ARRAY[0, 1])))`),
    );
    const within = [
      "prison_offender_manager: CHECK (((active_flag = 1) = ((end_date IS NULL) AND (soft_deleted = 0))))",
      "responsible_officer: CHECK (((prison_offender_manager_id IS NULL) <> (offender_manager_id IS NULL)))",
    ];
    assert.deepEqual((await listConstraints("c")).toSorted(), [...flags, ...within].toSorted());
  });

  it("take their keys from sequences that give each number out at once", async () => {
    const rows = await database.query(
      "select sequencename as name, cache_size::integer as cached, increment_by::integer as step from pg_sequences where schemaname = 'public' order by 1",
    );
    const names = ["contact", "key_date", "prison_offender_manager", "responsible_officer", "staff"];
    assert.deepEqual(
      rows,
      names.map((name) => ({ name: `${name}_id_seq`, cached: 1, step: 1 })),
    );
  });
});

describe("our own schema", () => {
  it("has exactly the tables that the service says that it uses", async () => {
    await using database = await createTestDatabase();
    const rows = await database.query(
      "select tablename as name from pg_tables where schemaname = 'mpc_delius' order by 1",
    );
    assert.deepEqual(
      rows.map(({ name }) => name),
      Object.keys(ownTables).toSorted(),
    );
  });

  it("begins with intake running", async () => {
    await using database = await createTestDatabase();
    const rows = await database.query("select running, changed_by, reason from mpc_delius.intake_state");
    assert.deepEqual(rows, [{ running: true, changed_by: null, reason: null }]);
  });
});

function splitColumns(columns: string): readonly string[] {
  return columns.split(",").map((column) => column.trim().replace(/\s+/g, " "));
}

function nameOf(column: string): string {
  return column.split(" ")[0] ?? "";
}

function tellColumn({ column, nullable }: Readonly<Record<string, unknown>>): string {
  const [name = "", ...type] = String(column).split(" ");
  const kind = kinds[type.join(" ")] ?? (/^(text|character varying)/.test(type.join(" ")) ? "text" : type.join(" "));
  return `${name} ${kind}${nullable === true ? " null" : ""}`;
}
