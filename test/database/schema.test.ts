import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { deliusTables, ownTables } from "../../src/delius/schema/delius-tables.ts";
import {
  ourRules,
  publishedChecks,
  publishedColumns,
  publishedKeys,
  publishedSequences,
  publishedUnique,
  singleActiveOfficer,
} from "../support/published-delius.ts";
import { createTestDatabase, type TestDatabase } from "../support/test-database.ts";

/** Where each published reference points, by table and column. */
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
  team: { district_id: "district" },
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

const kinds: Readonly<Record<string, string>> = {
  bigint: "num",
  smallint: "flag",
  date: "day",
  text: "clob",
  "timestamp(0) without time zone": "instant",
};

describe("the Delius tables of an empty database", () => {
  let database: TestDatabase;
  before(async () => {
    database = await createTestDatabase();
  });
  after(() => database[Symbol.asyncDispose]());

  const listConstraints = async (types: string, isOurs = false) => {
    const rows = await database.query(
      `select conrelid::regclass || ': ' || pg_get_constraintdef(oid) as told from pg_constraint
       where contype = any($1) and connamespace = 'public'::regnamespace and (conname like 'ours\\_%') = $2
       order by conrelid::regclass::text, told`,
      [types.split(""), isOurs],
    );
    return rows.map(({ told }) => String(told));
  };

  it("have exactly the published columns, as wide, and empty where they may be; none has a default but row_version", async () => {
    const rows = await database.query(
      `select relation.relname as name, attribute.attname || ' ' || format_type(attribute.atttypid, attribute.atttypmod) as column,
         not attribute.attnotnull as nullable, attribute.atthasdef and attribute.attname <> 'row_version' as filled
       from pg_class relation join pg_attribute attribute on attribute.attrelid = relation.oid and attribute.attnum > 0
       where relation.relnamespace = 'public'::regnamespace and relation.relkind = 'r' order by attribute.attnum`,
    );
    const found = Object.groupBy(rows, ({ name }) => String(name));
    const told = Object.entries(found).map(([name, columns]) => [name, (columns ?? []).map(describeColumn).toSorted()]);
    const expected = Object.entries(publishedColumns).map(([name, columns]) => [
      name,
      splitColumns(columns).map(asTypes).toSorted(),
    ]);
    assert.deepEqual(Object.fromEntries(told), Object.fromEntries(expected));
    assert.deepEqual(
      rows.filter(({ filled }) => filled === true),
      [],
    );
  });

  it("hold all that the service says that it uses", () => {
    const unknown = Object.entries(deliusTables).flatMap(([name, use]) => {
      const known = splitColumns(publishedColumns[name] ?? "").map(nameOf);
      const used = new Set([...use.select, ...use.insert, ...use.update]);
      return [...used].filter((column) => !known.includes(column)).map((column) => `${name}.${column}`);
    });
    assert.deepEqual(unknown, []);
    assert.deepEqual(Object.keys(publishedColumns).toSorted(), Object.keys(deliusTables).toSorted());
  });

  it("are written with every column that may not be empty and has no default", () => {
    const left = Object.entries(deliusTables).flatMap(([name, { insert }]) => {
      if (insert.length === 0) return [];
      const needed = splitColumns(publishedColumns[name] ?? "").filter((column) => column.endsWith("!"));
      return needed.map(nameOf).filter((column) => !insert.includes(column));
    });
    assert.deepEqual(left, []);
  });

  it("have the published keys", async () => {
    const expected = Object.entries(publishedColumns).map(([name, columns]) => {
      const key = publishedKeys[name] ?? splitColumns(columns).map(nameOf)[0];
      return `${name}: PRIMARY KEY (${key})`;
    });
    assert.deepEqual(await listConstraints("p"), expected.toSorted());
  });

  it("refer to each other", async () => {
    const expected = Object.entries(references).flatMap(([name, columns]) =>
      Object.entries(columns).map(([column, target]) => {
        const key = splitColumns(publishedColumns[target] ?? "").map(nameOf)[0];
        return `${name}: FOREIGN KEY (${column}) REFERENCES ${target}(${key})`;
      }),
    );
    const institution =
      "probation_area: FOREIGN KEY (institution_id, establishment) REFERENCES r_institution(institution_id, establishment)";
    assert.deepEqual(await listConstraints("f"), [...expected, institution].toSorted());
  });

  it("have no unique codes", async () => {
    assert.deepEqual(await listConstraints("u"), publishedUnique);
    const indexes = await database.query(
      `select pg_get_indexdef(indexrelid) as told from pg_index
       where indisunique and not exists (select from pg_constraint where conindid = indexrelid)
         and indrelid in (select oid from pg_class where relnamespace = 'public'::regnamespace)`,
    );
    assert.deepEqual(
      indexes.map(({ told }) => told),
      [singleActiveOfficer],
    );
  });

  it("check every flag, and the published rules within a row", async () => {
    const flags = Object.entries(publishedColumns).flatMap(([name, columns]) =>
      splitColumns(columns).flatMap((column) => {
        const [first, kind] = column.split(" ");
        if (kind === "flag") return `${name}: CHECK ((${first} = ANY (ARRAY[0, 1])))`;
        return kind === "yn" ? `${name}: CHECK ((${first} = ANY (ARRAY['Y'::bpchar, 'N'::bpchar])))` : [];
      }),
    );
    assert.deepEqual((await listConstraints("cx")).toSorted(), [...flags, ...publishedChecks].toSorted());
  });

  it("have rules of ours under names of ours", async () => {
    const rows = await database.query(
      "select conname as name from pg_constraint where conname like 'ours\\_%' order by conname",
    );
    assert.deepEqual(
      rows.map(({ name }) => name),
      ourRules,
    );
  });

  it("take their keys from the published sequences, which give out numbers by the hundreds", async () => {
    const rows = await database.query(
      "select sequencename as name, start_value::bigint::float8 as start, cache_size::integer as cached from pg_sequences where schemaname = 'public' order by 1",
    );
    const expected = Object.entries(publishedSequences).map(([name, start]) => ({ name, start, cached: 500 }));
    assert.deepEqual(rows, expected);
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

  it("gives out journal keys one by one, so that a higher one was written later (rule G4)", async () => {
    await using database = await createTestDatabase();
    const rows = await database.query(`
      select start_value::integer as start, increment_by::integer as step, cache_size::integer as cached, cycle
      from pg_sequences
      where format('%I.%I', schemaname, sequencename) = pg_get_serial_sequence('mpc_delius.journal', 'journal_id')`);
    assert.deepEqual(rows, [{ start: 1, step: 1, cached: 1, cycle: false }]);
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

/** PostgreSQL has no type of its own for Y and N; what is 0 or 1 has one type, whatever makes sure of it. */
function asTypes(column: string): string {
  return column.replace(" yn", " c1").replace(" bit", " flag");
}

function describeColumn({ column, nullable }: Readonly<Record<string, unknown>>): string {
  const [name = "", ...words] = String(column).split(" ");
  const type = words.join(" ");
  const short = (kinds[type] ?? type)
    .replace(/^character varying\((\d+)\)$/, "v$1")
    .replace(/^character\((\d+)\)$/, "c$1");
  return `${name} ${short}${nullable === true ? "" : " !"}`;
}
