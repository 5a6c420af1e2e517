import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import pg from "pg";
import { z } from "zod";
import { deliusSequences, deliusTables, ownTables } from "../../src/delius/schema/delius-tables.ts";
import { createTestDatabase, type TestDatabase } from "../support/test-database.ts";
import { createServiceRole, runGrants, type ServiceRole } from "../support/service-role.ts";
import { collectStatements } from "../support/statements.ts";

describe("the grant script", () => {
  let database: TestDatabase;
  let role: ServiceRole;
  let client: pg.Client;
  before(async () => {
    database = await createTestDatabase();
    role = await createServiceRole(database);
    client = new pg.Client({ connectionString: role.url });
    await client.connect();
  });
  after(async () => {
    await client.end();
    await role[Symbol.asyncDispose]();
    await database[Symbol.asyncDispose]();
  });

  it("gives exactly what the service says that it uses", async () => {
    assert.deepEqual(await listRights(database, role.name), expectedRights());
  });

  it("takes back what was given beyond that", async () => {
    await database.query(`grant all on offender, mpc_delius.journal, contact_id_seq to ${role.name}`);
    await database.query(`grant create on schema public, mpc_delius to ${role.name}`);
    await database.query(`grant update (notes) on contact to ${role.name}`);
    await runGrants(database, role.name, "public");
    assert.deepEqual(await listRights(database, role.name), expectedRights());
  });

  it("lets the service run every statement of its stores", async () => {
    const statements = await collectStatements();
    const run = statements.filter(({ file }) => !file.endsWith("migration-store.ts"));
    assert.ok(run.length > 20);
    for (const { name, text } of run) {
      await assert.doesNotReject(
        client.query(`explain (generic_plan) ${text}`),
        `${name} is refused: is each column that it uses in delius-tables.ts?`,
      );
    }
  });

  it("lets the service lock a person and a provider", async () => {
    await client.query("begin");
    await client.query("select offender_id from offender where offender_id = 1 for no key update");
    await client.query("select probation_area_id from probation_area where probation_area_id = 1 for no key update");
    await client.query("rollback");
  });

  const deliusDeletes = Object.keys(deliusTables).map((table) => `delete from ${table}`);
  const refused = [
    ...deliusDeletes,
    "select notes from contact",
    "update contact set notes = ''",
    "update contact set soft_deleted = 1",
    "update staff set surname = 'Other'",
    "update staff_team set row_version = 1",
    "update offender set crn = 'X999999'",
    "update probation_area set description = ''",
    "update prison_offender_manager set created_datetime = now()",
    "update prison_offender_manager set allocation_date = now()",
    "update responsible_officer set offender_id = 1",
    "update key_date set custody_id = 1",
    "insert into offender (offender_id, crn, soft_deleted) values (99, 'X999999', 0)",
    "insert into user_ (user_id, distinguished_name) values (99, 'Somebody')",
    "insert into r_contact_type (contact_type_id, code) values (99, 'NEW')",
    "select setval('contact_id_seq', 1)",
    "update mpc_delius.journal set outcome = 'NoPomChange'",
    "update mpc_delius.operator_action set actor = 'nobody'",
    "insert into mpc_delius.migration (name, checksum) values ('x', 'y')",
    "truncate mpc_delius.inbox",
    "create table public.made (id bigint)",
    "create table mpc_delius.made (id bigint)",
    "create schema made",
    "alter table contact add column made bigint",
    "alter table mpc_delius.journal add column made bigint",
    "drop table contact",
    "drop table mpc_delius.journal",
    "create index made on offender (soft_deleted)",
    "copy offender to program 'cat'",
  ];
  for (const statement of refused) {
    it(`refuses: ${statement}`, async () => {
      await assert.rejects(client.query(statement), { code: "42501" });
    });
  }
});

type Right = `${string}: ${string}`;

function expectedRights(): readonly Right[] {
  const columns = Object.entries(deliusTables).flatMap(([table, use]) =>
    Object.entries(use).flatMap(([privilege, names]: [string, readonly string[]]) =>
      names.map((name): Right => `public.${table}.${name}: ${privilege}`),
    ),
  );
  const own = Object.entries(ownTables).flatMap(([table, privileges]) =>
    privileges.map((privilege): Right => `mpc_delius.${table}: ${privilege}`),
  );
  const sequences = deliusSequences.map((sequence): Right => `public.${sequence}: usage`);
  const schemas: readonly Right[] = ["schema public: usage", "schema mpc_delius: usage"];
  const functions = ["function require_codes: execute", "function require_rows: execute"] as const;
  return [...columns, ...own, ...sequences, ...schemas, ...functions].toSorted();
}

/** What was granted to a user by name, in every schema. */
async function listRights(database: TestDatabase, role: string): Promise<readonly Right[]> {
  const rows = await database.query(
    `select home.nspname || '.' || relation.relname as thing, acl.privilege_type as privilege, acl.grantee
      from pg_class relation join pg_namespace home on home.oid = relation.relnamespace, aclexplode(relation.relacl) acl
    union all
    select home.nspname || '.' || relation.relname || '.' || attribute.attname, acl.privilege_type, acl.grantee
      from pg_attribute attribute join pg_class relation on relation.oid = attribute.attrelid
      join pg_namespace home on home.oid = relation.relnamespace, aclexplode(attribute.attacl) acl
    union all
    select 'schema ' || nspname, acl.privilege_type, acl.grantee from pg_namespace, aclexplode(nspacl) acl
    union all
    select 'function ' || proname, acl.privilege_type, acl.grantee from pg_proc, aclexplode(proacl) acl`,
  );
  const grantee = (await database.query("select oid from pg_roles where rolname = $1", [role]))[0]?.["oid"];
  const rightSchema = z.object({ thing: z.string(), privilege: z.string() });
  return rows
    .filter((row) => row["grantee"] === grantee)
    .map((row) => rightSchema.parse(row))
    .map(({ thing, privilege }): Right => `${thing}: ${privilege.toLowerCase()}`)
    .toSorted();
}
