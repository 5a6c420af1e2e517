import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { once } from "node:events";
import { text as readAll } from "node:stream/consumers";
import { describe, it } from "node:test";
import { z } from "zod";
import type { Statement } from "../../src/platform/database/database.ts";
import {
  findDatabaseOrigin,
  inspectMigrations,
  migrate,
  readOldestVersion,
} from "../../src/platform/database/migration.ts";
import { prepareMigrations } from "../../src/platform/database/migration-store.ts";
import { createTestDatabase, neverAborted, openStore, type TestDatabase } from "../support/test-database.ts";

const folder = new URL("../../migrations/", import.meta.url);
const listMigrations = (name: string) =>
  readdirSync(new URL(name, folder))
    .toSorted()
    .map((file) => `${name}/${file}`);
const ours = listMigrations("mpc_delius");
const everything = [...listMigrations("delius"), ...ours];

describe("a migration", () => {
  it("brings an empty database forward, and does nothing the second time", async () => {
    await using database = await createTestDatabase("template1");
    await using store = openStore(database);
    assert.deepEqual(await migrate(store), { origin: "empty", applied: everything });
    const standing = await readCatalogue(database);
    assert.deepEqual(await migrate(store), { origin: "ours", applied: [] });
    assert.deepEqual(await readCatalogue(database), standing);
    assert.deepEqual(await inspectMigrations(store), { faults: [], newer: [] });
  });

  it("makes the schema for Delius's tables in an empty database", async () => {
    await using database = await createTestDatabase("template1");
    await using store = openStore(database, "delius");
    assert.deepEqual(await migrate(store), { origin: "empty", applied: everything });
    const [row] = await database.query("select count(*)::integer as tables from pg_tables where schemaname = 'delius'");
    assert.deepEqual(row, { tables: 22 });
    assert.equal(await findDatabaseOrigin(store), "ours");
  });

  it("gives someone else's Delius our own schema and leaves the rest alone", async () => {
    await using database = await createTestDatabase();
    await database.query("drop schema mpc_delius cascade");
    await database.query("alter table contact drop column partition_area_id");
    await using store = openStore(database);
    assert.equal(await findDatabaseOrigin(store), "foreign");
    const standing = await readCatalogue(database);
    assert.deepEqual(await migrate(store), { origin: "foreign", applied: ours });
    assert.deepEqual(await readCatalogue(database), standing);
    assert.equal(await findDatabaseOrigin(store), "foreign");
    assert.deepEqual(await migrate(store), { origin: "foreign", applied: [] });
    assert.deepEqual(await inspectMigrations(store), { faults: [], newer: [] });
  });

  it("takes a database with any table of anybody's for someone else's, even one that its user may not see into", async () => {
    await using database = await createTestDatabase("template1");
    await using store = openStore(database);
    assert.equal(await findDatabaseOrigin(store), "empty");
    await database.query("create schema elsewhere");
    await database.query("create table elsewhere.thing (id bigint)");
    await database.query("create role stranger login");
    try {
      const url = new URL(database.url);
      url.username = "stranger";
      await using stranger = openStore({ url: url.href });
      assert.equal(await findDatabaseOrigin(stranger), "foreign");
    } finally {
      await database.query("drop role stranger");
    }
  });

  it("runs as an owner of our schema who may create none", async () => {
    await using database = await createTestDatabase();
    await database.query("drop schema mpc_delius cascade");
    await database.query("create role owner_of_ours login");
    try {
      await database.query("create schema mpc_delius authorization owner_of_ours");
      const url = new URL(database.url);
      url.username = "owner_of_ours";
      await using store = openStore({ url: url.href });
      assert.deepEqual(await migrate(store), { origin: "foreign", applied: ours });
    } finally {
      await database.query("drop owned by owner_of_ours cascade");
      await database.query("drop role owner_of_ours");
    }
  });

  it("refuses a file that was changed after it was applied, and changes nothing", async () => {
    await using database = await createTestDatabase();
    await database.query("update mpc_delius.migration set checksum = 'other' where name = $1", [ours[0]]);
    await database.query("delete from mpc_delius.migration where name <> $1", [ours[0]]);
    await using store = openStore(database);
    await assert.rejects(migrate(store), /mpc_delius\/0001-own-tables\.sql was changed after it was applied/);
    assert.equal((await database.query("select from mpc_delius.migration")).length, 1);
  });

  it("leaves nothing behind when a file fails", async () => {
    await using database = await createTestDatabase("template1");
    // The last statement of the last file meets what is there already.
    await database.query("create schema mpc_delius");
    await database.query(
      "create function mpc_delius.require_rows(text, bigint, bigint) returns void language sql as ''",
    );
    await using store = openStore(database);
    await assert.rejects(migrate(store), { errorClass: "42723" });
    assert.deepEqual(
      await database.query("select tablename from pg_tables where schemaname in ('public', 'mpc_delius')"),
      [],
    );
  });

  it("lets one process at a time migrate: the others find it done", async () => {
    await using database = await createTestDatabase("template1");
    const outputs = await Promise.all([runMigrate(database.url), runMigrate(database.url), runMigrate(database.url)]);
    assert.deepEqual(outputs.toSorted(), [
      `0 Applied: ${everything.join(", ")}\n`,
      "0 Applied: nothing, all is up to date\n",
      "0 Applied: nothing, all is up to date\n",
    ]);
  });

  it("waits for another, and runs, for longer than a session that serves messages would", async () => {
    await using database = await createTestDatabase();
    await using store = openStore(database);
    const limits = await store.transaction(async (tx) => {
      await prepareMigrations(tx);
      return { commit: false, value: await tx.list(sessionLimits, []) };
    }, neverAborted());
    assert.deepEqual(limits, [{ lock: "0", statement: "0" }]);
    const [standing] = await store.list(sessionLimits, []);
    assert.deepEqual(standing, { lock: "5s", statement: "10s" });
  });
});

describe("a migration that a newer version has applied", () => {
  const later = "mpc_delius/9999-later.sql";
  const inspectWith = async (oldestVersion: string | null) => {
    await using database = await createTestDatabase();
    await database.query("insert into mpc_delius.migration (name, checksum, oldest_version) values ($1, 'x', $2)", [
      later,
      oldestVersion,
    ]);
    await using store = openStore(database);
    return await inspectMigrations(store);
  };

  it("lets this version work where it knows what it must know", async () => {
    assert.deepEqual(await inspectWith(ours.at(-1) ?? ""), { faults: [], newer: [later] });
    assert.deepEqual(await inspectWith(ours[0] ?? ""), { faults: [], newer: [later] });
  });

  it("keeps this version from working where it does not, and where nothing is said", async () => {
    const needed = "mpc_delius/9998-before.sql";
    const fault = `The database has the migration ${later}, which needs a version that knows ${needed}: run that.`;
    assert.deepEqual(await inspectWith(needed), { faults: [fault], newer: [] });
    const unsaid = `The database has the migration ${later}, which only a newer version knows: run that.`;
    assert.deepEqual(await inspectWith(null), { faults: [unsaid], newer: [] });
  });

  it("is left alone when this version migrates", async () => {
    await using database = await createTestDatabase();
    await database.query("insert into mpc_delius.migration (name, checksum) values ($1, 'x')", [later]);
    await using store = openStore(database);
    assert.deepEqual(await migrate(store), { origin: "ours", applied: [] });
    const [row] = await database.query("select checksum from mpc_delius.migration where name = $1", [later]);
    assert.deepEqual(row, { checksum: "x" });
  });
});

describe("the record of migrations", () => {
  it("that an older version made is read as it is, and completed by the next migration", async () => {
    await using database = await createTestDatabase();
    await database.query("alter table mpc_delius.migration drop column oldest_version");
    await using store = openStore(database);
    assert.deepEqual(await inspectMigrations(store), { faults: [], newer: [] });
    await migrate(store);
    const rows = await database.query("select oldest_version from mpc_delius.migration");
    assert.equal(rows.length, everything.length);
  });
});

describe("each migration", () => {
  // They were applied before a migration had to say so, and an applied file is never changed.
  const unsaid = everything.filter((name) => /^(delius\/000[1-3]|mpc_delius\/000[1-6])-/.test(name));

  it("says which version is the oldest that can run beside it, by a migration before it", () => {
    assert.equal(unsaid.length, 9);
    for (const name of everything.filter((one) => !unsaid.includes(one))) {
      const oldest = readOldestVersion(readFileSync(new URL(name, folder), "utf8"));
      const isBefore = everything.some((one) => one === oldest && (one < name || !name.startsWith("mpc_delius")));
      assert.ok(isBefore, `${name} needs a line "-- Oldest version: mpc_delius/….sql" (docs/upgrading.md)`);
    }
  });

  it("may say so on any line of its own", () => {
    const sql = "-- Adds a column.\n-- Oldest version: mpc_delius/0005-console-forms.sql\nalter table …";
    assert.equal(readOldestVersion(sql), "mpc_delius/0005-console-forms.sql");
    assert.equal(readOldestVersion("select '-- Oldest version: x.sql'"), null);
  });
});

const sessionLimits: Statement<unknown> = {
  name: "test-limits",
  text: `select current_setting('lock_timeout') as lock, current_setting('statement_timeout') as statement`,
  row: z.unknown(),
};

async function runMigrate(url: string): Promise<string> {
  const child = spawn(process.execPath, ["src/commands/cli.ts", "migrate"], {
    cwd: new URL("../../", import.meta.url),
    env: { ...process.env, DATABASE_URL: url },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [output] = await Promise.all([readAll(child.stdout), once(child, "exit")]);
  return `${child.exitCode} ${output}`;
}

/** Every column, constraint and index of everybody's tables but our own. */
async function readCatalogue(database: TestDatabase): Promise<unknown> {
  const outside = "not in ('pg_catalog', 'information_schema', 'mpc_delius', 'pg_toast')";
  return {
    columns: await database.query(
      `select table_name, column_name, data_type, is_nullable from information_schema.columns
       where table_schema ${outside} order by 1, 2`,
    ),
    constraints: await database.query(
      `select conrelid::regclass::text as name, pg_get_constraintdef(oid) as definition from pg_constraint
       where connamespace::regnamespace::text ${outside} order by 1, 2`,
    ),
    indexes: await database.query(`select indexdef from pg_indexes where schemaname ${outside} order by 1`),
  };
}
