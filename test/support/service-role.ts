import { randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import type { TestDatabase } from "./test-database.ts";

/** A database user with exactly the rights of the grant script. Dispose removes it. */
export interface ServiceRole extends AsyncDisposable {
  readonly name: string;
  /** The address of the database for this user. */
  readonly url: string;
}

const script = new URL("../../deploy/grants.sql", import.meta.url);

/** Makes a database user and runs the grant script for it, as an owner of Delius would. */
export async function createServiceRole(database: TestDatabase, schema = "public"): Promise<ServiceRole> {
  const name = `service_${randomUUID().replaceAll("-", "")}`;
  await database.query(`create role ${name} login`);
  await runGrants(database, name, schema);
  const url = new URL(database.url);
  url.username = name;
  return {
    name,
    url: url.href,
    [Symbol.asyncDispose]: async () => {
      await database.query(`drop owned by ${name}`);
      await database.query(`drop role ${name}`);
    },
  };
}

/** Runs the grant script, with its variables set as psql would set them. */
export async function runGrants(database: TestDatabase, role: string, schema: string): Promise<void> {
  const text = await readFile(script, "utf8");
  await database.query(text.replaceAll(':"role"', `"${role}"`).replaceAll(':"schema"', `"${schema}"`));
}
