import { z } from "zod";
import type { ColumnLengths } from "../allocation/allocation-answer.ts";
import type { Executor, Statement } from "./database.ts";

const serviceUser: Statement<{ readonly userId: number }> = {
  name: "find-service-user",
  text: `select user_id as "userId" from user_ where distinguished_name = $1`,
  row: z.object({ userId: z.int() }),
};

/** Delius's key of the user that the service writes as; undefined when Delius does not know the name (spec 2, AUD). */
export async function findServiceUser(executor: Executor, username: string): Promise<number | undefined> {
  const [row] = await executor.list(serviceUser, [username]);
  return row?.userId;
}

const columnLength: Statement<{ readonly column: string; readonly length: number }> = {
  name: "list-column-lengths",
  text: `
    select column_name as column, character_maximum_length as length
    from information_schema.columns
    where table_schema = current_schema() and character_maximum_length is not null
      and (table_name, column_name) in
        (('staff', 'forename'), ('staff', 'surname'), ('prison_offender_manager', 'email_address'))`,
  row: z.object({ column: z.string(), length: z.int() }),
};

const unlimited = 10_000;

/** The lengths of the columns that names and addresses are written to, from the database's catalogue (spec 3.3). */
export async function getColumnLengths(executor: Executor): Promise<ColumnLengths> {
  const rows = await executor.list(columnLength, []);
  const lengthOf = (column: string) => rows.find((row) => row.column === column)?.length ?? unlimited;
  return { forename: lengthOf("forename"), surname: lengthOf("surname"), email: lengthOf("email_address") };
}

const ownTables: Statement<{ readonly isThere: boolean }> = {
  name: "find-own-tables",
  text: `select to_regclass('mpc_delius.journal') is not null as "isThere"`,
  row: z.object({ isThere: z.boolean() }),
};

/** Whether our own tables stand in the database. */
export async function hasOwnTables(executor: Executor): Promise<boolean> {
  const [row] = await executor.list(ownTables, []);
  return row?.isThere ?? false;
}
