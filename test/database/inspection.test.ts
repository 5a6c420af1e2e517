import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { ConfigError } from "../../src/app/config.ts";
import { inspectAfter, serviceUser, type Circumstances } from "../support/inspect-after.ts";
import { createTestDatabase, type TestDatabase } from "../support/test-database.ts";
import { startService } from "../support/service.ts";
import { createServiceRole } from "../support/service-role.ts";

let database: TestDatabase;
before(async () => {
  database = await createTestDatabase();
});
after(() => database[Symbol.asyncDispose]());

const inspect = (statements: readonly string[], circumstances: Partial<Circumstances> = {}) =>
  inspectAfter(statements, { url: database.url, ...circumstances });

const describeType = (column: string, type: string, usable: string) =>
  `Delius's column ${column} is ${type}: make it ${usable}.`;
const describeHidden = (table: string) =>
  `The database user sees no row of ${table}: lift the policy that hides them from it, or load Delius's data.`;
const describeNarrow = (column: string) =>
  `${column} is integer, and Delius's own keys grow beyond that: make it bigint.`;

describe("the inspection of Delius at start", () => {
  it("finds a database fit, and reads the service's user and the lengths of columns", async () => {
    assert.deepEqual(await inspect([]), {
      inspection: { userId: 1, columnLengths: { forename: 35, surname: 35, email: 255 } },
      warnings: [],
    });
  });

  it("reads the lengths of someone else's columns, where they have one", async () => {
    const { inspection, warnings } = await inspect([
      "alter table staff alter surname type text",
      "alter table staff alter forename type varchar(20)",
    ]);
    assert.deepEqual("columnLengths" in inspection && inspection.columnLengths, {
      forename: 20,
      surname: 10_000,
      email: 255,
    });
    assert.deepEqual(warnings, [
      "staff.forename takes 20 characters, and Delius's own takes 35: longer text is refused. Widen it.",
    ]);
  });

  it("warns of every column that is written and narrower than it was published, and goes on", async () => {
    const { inspection, warnings } = await inspect([
      "alter table contact alter notes type varchar(4000)",
      "alter table contact alter contact_id type integer, alter staff_employee_id type integer",
      "alter table staff_team alter staff_id type integer",
      "alter table offender_manager alter allocation_staff_id type integer",
      "alter table prison_offender_manager alter email_address type varchar(254)",
    ]);
    assert.ok("userId" in inspection);
    assert.deepEqual(warnings, [
      "contact.notes takes 4000 characters, and Delius's own has no limit: longer text is refused. Widen it.",
      "prison_offender_manager.email_address takes 254 characters, and Delius's own takes 255: longer text is refused. Widen it.",
      ...["contact.contact_id", "contact.staff_employee_id", "offender_manager.allocation_staff_id"].map(
        describeNarrow,
      ),
      describeNarrow("staff_team.staff_id"),
    ]);
  });

  it("says all at once which tables, columns, sequences and users are missing", async () => {
    const { inspection } = await inspect([
      "drop table district cascade",
      "drop table registration",
      "alter table offender drop column current_tier",
      "alter table prison_offender_manager drop column email_address",
      "drop sequence contact_id_seq",
      "alter table staff drop constraint staff_check, alter start_date type timestamptz",
      "alter table staff alter forename type varchar(20)",
      "delete from user_ where user_id = 1",
      "delete from mpc_delius.migration where name = 'mpc_delius/0001-own-tables.sql'",
    ]);
    assert.deepEqual(inspection, {
      faults: [
        "Delius lacks the column prison_offender_manager.email_address: add it, or ask the Delius team what took its place.",
        "Delius lacks the column offender.current_tier: add it, or ask the Delius team what took its place.",
        "Delius lacks the table district: add it, or set DELIUS_SCHEMA to the schema that has it.",
        "Delius lacks the table registration: add it, or set DELIUS_SCHEMA to the schema that has it.",
        "Delius lacks contact_id_seq: add it, or set DELIUS_SCHEMA to the schema that has it.",
        describeType("staff.start_date", "timestamp with time zone", "timestamp without time zone"),
        `Delius has no user ${serviceUser}: set DELIUS_USERNAME to the service's own user.`,
        "The database lacks the migration mpc_delius/0001-own-tables.sql: run `npm run migrate`.",
      ],
    });
  });

  it("names the schema that is missing", async () => {
    const { inspection } = await inspect([], { schema: "elsewhere" });
    assert.deepEqual(inspection, {
      faults: [
        "The database has no schema elsewhere that its user may use: set DELIUS_SCHEMA, or run deploy/grants.sql.",
      ],
    });
  });

  it("names the user whom Delius does not know", async () => {
    const { inspection } = await inspect([], { user: "Nobody" });
    assert.deepEqual(inspection, {
      faults: ["Delius has no user Nobody: set DELIUS_USERNAME to the service's own user."],
    });
  });

  it("knows the user in any letter case, and refuses several live ones", async () => {
    const twin = (end: string, training: string) =>
      `insert into user_ (user_id, distinguished_name, end_date, training_session_id)
       values (nextval('key_date_id_seq') + 9000, upper('${serviceUser}'), ${end}, ${training})`;
    assert.ok("userId" in (await inspect([twin("'2020-01-01'", "null"), twin("null", "1")])).inspection);
    assert.ok("userId" in (await inspect([], { user: serviceUser.toUpperCase() })).inspection);
    assert.deepEqual((await inspect([twin("'2099-01-01'", "null")])).inspection, {
      faults: [`Delius has 2 live users ${serviceUser}: end all but the service's own.`],
    });
  });

  it("refuses a database without our own schema, with a migration that is changed, and with one of a newer version", async () => {
    const faultsAfter = async (statement: string) => (await inspect([statement])).inspection;
    assert.deepEqual(await faultsAfter("drop schema mpc_delius cascade"), {
      faults: ["The database lacks the schema mpc_delius: run `npm run migrate`."],
    });
    assert.deepEqual(
      await faultsAfter("update mpc_delius.migration set checksum = 'x' where name = 'delius/0001-tables.sql'"),
      {
        faults: ["delius/0001-tables.sql was changed after it was applied: add a new migration instead."],
      },
    );
    assert.deepEqual(await faultsAfter("insert into mpc_delius.migration values ('mpc_delius/9999-later.sql', 'x')"), {
      faults: ["The database has the migration mpc_delius/9999-later.sql, which only a newer version knows: run that."],
    });
    assert.deepEqual(await faultsAfter("drop table mpc_delius.quarantine"), {
      faults: ["The database lacks mpc_delius.quarantine, which a migration made: restore it."],
    });
  });

  it("names columns of a type that it cannot use, and takes those of a copy of Oracle", async () => {
    const { inspection } = await inspect([
      "alter table staff alter start_date type timestamptz",
      "alter table probation_area alter row_version drop default, alter row_version type text",
      "alter table offender alter row_version type numeric",
      "alter table registration alter registration_date type timestamp",
      "alter table offender alter noms_number type varchar(7)",
    ]);
    assert.deepEqual(inspection, {
      faults: [
        describeType("probation_area.row_version", "text", "bigint, integer, smallint or numeric"),
        describeType("staff.start_date", "timestamp with time zone", "timestamp without time zone"),
      ],
    });
  });

  it("says that rows are hidden where it sees none of a table that is never empty", async () => {
    await using role = await createServiceRole(database);
    const people = ["offender", "staff", "user_"];
    const places = ["probation_area", "r_institution", "team"];
    for (const table of [
      ...people,
      ...places,
      "r_contact_type",
      "r_reference_data_master",
      "r_standard_reference_list",
    ]) {
      await database.query(`alter table ${table} enable row level security`);
      const { inspection } = await inspect([], role);
      await database.query(`alter table ${table} disable row level security`);
      assert.deepEqual(inspection, { faults: [describeHidden(table)] });
    }
  });

  it("keeps what else is wrong where the end of its user cannot be read", async () => {
    const type = describeType("staff.forename2", "integer", "character varying, character or text");
    const faultsAfter = async (...statements: readonly string[]) =>
      (await inspect(["alter table staff alter forename2 type integer using null", ...statements])).inspection;
    assert.deepEqual(
      await faultsAfter(
        "alter table user_ alter end_date type timestamptz",
        "update user_ set end_date = '2099-01-01' where user_id = 1",
      ),
      { faults: [type, describeType("user_.end_date", "timestamp with time zone", "timestamp without time zone")] },
    );
    assert.deepEqual(await faultsAfter("update user_ set end_date = 'infinity' where user_id = 1"), {
      faults: [
        type,
        "What list-service-users reads does not fit: user_ 1, end_date: is not a time. Ask the Delius team to correct that row.",
      ],
    });
  });

  it("says at once what is wrong with types, rows, users, rights and our own schema", async () => {
    await using role = await createServiceRole(database);
    await database.query("alter table probation_area enable row level security");
    await database.query("alter table staff alter forename2 type integer using null");
    await database.query(`revoke usage on sequence key_date_id_seq from ${role.name}`);
    await database.query(`revoke insert on mpc_delius.journal from ${role.name}`);
    const { inspection } = await inspect([], { url: role.url, user: "Nobody" });
    await database.query("alter table probation_area disable row level security");
    await database.query("alter table staff alter forename2 type varchar(35)");
    assert.deepEqual(inspection, {
      faults: [
        "The database user may not use key_date_id_seq: run deploy/grants.sql.",
        describeType("staff.forename2", "integer", "character varying, character or text"),
        describeHidden("probation_area"),
        "Delius has no user Nobody: set DELIUS_USERNAME to the service's own user.",
        "The database user may not insert mpc_delius.journal: run deploy/grants.sql.",
      ],
    });
  });

  it("warns of all that it can work with in one list", async () => {
    const { inspection, warnings } = await inspect([
      "alter table prison_offender_manager drop constraint ours_pom_no_overlap",
      "alter table staff alter forename type varchar(20)",
    ]);
    assert.ok("userId" in inspection);
    assert.deepEqual(warnings, [
      "The database does not enforce our rule for prison_offender_manager: periods of one person never overlap. Add its constraint of migrations/delius, or reconcile to find what other systems break.",
      "staff.forename takes 20 characters, and Delius's own takes 35: longer text is refused. Widen it.",
    ]);
  });

  it("warns of the codes that it writes and Delius lacks or hides, and goes on", async () => {
    const { inspection, warnings } = await inspect([
      "update r_contact_type set code = 'GONE' where code = 'ROC'",
      "update r_standard_reference_list set training_session_id = 1 where code_value = 'POM1'",
    ]);
    assert.ok("userId" in inspection);
    assert.deepEqual(warnings, [
      "Delius shows no THROUGHCARE DATE TYPE POM1, contact type ROC: lift the policy that hides them, or ask the Delius team to add them. Until then, messages that need them are quarantined as ReferenceDataMissing.",
    ]);
  });

  const lost: Readonly<Record<string, string>> = {
    "set local lock_timeout = 0": "lock_timeout (0 in place of 5000)",
    "set local statement_timeout = '1min'": "statement_timeout (60000 in place of 10000)",
    "set local idle_in_transaction_session_timeout = 0": "idle_in_transaction_session_timeout (0 in place of 10000)",
    "set local plan_cache_mode = auto": "plan_cache_mode (auto in place of force_generic_plan)",
    "set local enable_seqscan = on": "enable_seqscan (on in place of off)",
    'set local search_path = "$user", public': 'search_path ("$user", public in place of public)',
  };
  for (const [statement, setting] of Object.entries(lost)) {
    it(`refuses a session that lost a setting: ${setting}`, async () => {
      const { inspection } = await inspect([statement]);
      assert.deepEqual(inspection, {
        faults: [
          `DATABASE_URL: the session is not set as it must be: ${setting}. A connection pooler drops startup parameters, or the address has options of its own: let the service's through.`,
        ],
      });
    });
  }

  it("lists a lost limit among all else, and asks nothing of tables where the schema is lost", async () => {
    const described = async (...statements: readonly string[]) => {
      const { inspection } = await inspect(statements);
      assert.ok("faults" in inspection);
      return inspection.faults.map((fault) => fault.split(":")[0]);
    };
    const drop = "drop table district cascade";
    assert.deepEqual(await described(drop, "set local lock_timeout = 0"), [
      "DATABASE_URL",
      "Delius lacks the table district",
    ]);
    assert.deepEqual(await described(drop, "set local search_path = elsewhere"), ["DATABASE_URL"]);
  });

  describe("as a database user with too few rights", () => {
    it("says which are missing", async () => {
      await using role = await createServiceRole(database);
      await database.query(`revoke update (row_version) on offender from ${role.name}`);
      await database.query(`revoke select (crn), select (noms_number) on offender from ${role.name}`);
      await database.query(`revoke insert on mpc_delius.journal from ${role.name}`);
      await database.query(`revoke usage on sequence key_date_id_seq from ${role.name}`);
      const { inspection } = await inspect([], role);
      assert.deepEqual(inspection, {
        faults: [
          "The database user may not select offender (crn, noms_number): run deploy/grants.sql.",
          "The database user may not update offender (row_version): run deploy/grants.sql.",
          "The database user may not use key_date_id_seq: run deploy/grants.sql.",
          "The database user may not insert mpc_delius.journal: run deploy/grants.sql.",
        ],
      });
    });

    it("says so where nothing was ever granted", async () => {
      await using role = await createServiceRole(database);
      await database.query(`drop owned by ${role.name}`);
      const { inspection } = await inspect([], role);
      assert.ok("faults" in inspection);
      const tables = inspection.faults.filter((fault) => fault.startsWith("The database user may not"));
      assert.ok(tables.length > 20, inspection.faults.join("\n"));
      assert.ok(
        inspection.faults.includes("The database user may not read mpc_delius.migration: run deploy/grants.sql."),
      );
    });
  });
});

describe("the service, on a database that is not fit", () => {
  it("refuses to start, with one line for each fault", async () => {
    const prepare = async (unfit: TestDatabase) => {
      await unfit.query("drop table case_allocation");
      await unfit.query("delete from user_ where user_id = 1");
    };
    await assert.rejects(startService({ prepare }), (error) => {
      assert.ok(error instanceof ConfigError);
      assert.deepEqual(error.faults, [
        "Delius lacks the table case_allocation: add it, or set DELIUS_SCHEMA to the schema that has it.",
        `Delius has no user ${serviceUser}: set DELIUS_USERNAME to the service's own user.`,
      ]);
      return true;
    });
  });
});

describe("a database that answers and will not have us", () => {
  const elsewhere = (change: (url: URL) => void) => {
    const url = new URL(database.url);
    change(url);
    return url.href;
  };

  it("refuses the start when it does not exist, instead of waiting for it", async () => {
    const missing = elsewhere((url) => {
      url.pathname = "/nowhere";
    });
    const start = startService({ environment: { DATABASE_URL: missing } });
    await assert.rejects(start, (error) => {
      assert.ok(error instanceof ConfigError);
      assert.deepEqual(error.faults, [
        'DATABASE_URL: the server has no such database (database "nowhere" does not exist).',
      ]);
      return true;
    });
  });
});
