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

const schema: Statement<{ readonly schema: string | null }> = {
  name: "find-delius-schema",
  text: `select current_schema()::text as schema`,
  row: z.object({ schema: z.string().nullable() }),
};

/** Whether the schema of Delius's tables is there and open to the database user. */
export async function hasDeliusSchema(executor: Executor): Promise<boolean> {
  const [row] = await executor.list(schema, []);
  return row?.schema != null;
}

/** A right that the service needs on a column of Delius. */
export interface ColumnRight {
  readonly table: string;
  readonly column: string;
  readonly privilege: string;
}

/** A right that the database user has not: because of the table, the column, or the right itself. */
export interface LackingColumn extends ColumnRight {
  readonly lacks: "table" | "column" | "right";
}

const lackingColumns: Statement<LackingColumn> = {
  name: "list-lacking-columns",
  text: `
    select asked.table_name as "table", asked.column_name as "column", asked.privilege,
      case when relation.oid is null then 'table' when attribute.attnum is null then 'column' else 'right' end as lacks
    from unnest($1::text[], $2::text[], $3::text[]) with ordinality as asked (table_name, column_name, privilege, place)
    left join pg_class relation on relation.relname = asked.table_name and relation.relkind in ('r', 'p', 'v', 'm', 'f')
      and relation.relnamespace = (select oid from pg_namespace where nspname = current_schema())
    left join pg_attribute attribute on attribute.attrelid = relation.oid and attribute.attname = asked.column_name
      and attribute.attnum > 0 and not attribute.attisdropped
    where attribute.attnum is null or not has_column_privilege(relation.oid, attribute.attnum, asked.privilege)
    order by asked.place`,
  row: z.object({
    table: z.string(),
    column: z.string(),
    privilege: z.string(),
    lacks: z.enum(["table", "column", "right"]),
  }),
};

/** Of the rights that are asked for, those that the database user has not, in the order asked. */
export function listLackingColumns(
  executor: Executor,
  asked: readonly ColumnRight[],
): Promise<readonly LackingColumn[]> {
  return executor.list(lackingColumns, [
    asked.map(({ table }) => table),
    asked.map(({ column }) => column),
    asked.map(({ privilege }) => privilege),
  ]);
}

/** A right that the service needs on a whole table or sequence; without a schema it is one of Delius's. */
export interface RelationRight {
  readonly schema: string | null;
  readonly relation: string;
  readonly privilege: string;
}

/** A right that the database user has not: because of the relation, or the right itself. */
export interface LackingRelation extends RelationRight {
  readonly isMissing: boolean;
}

const lackingRelations: Statement<LackingRelation> = {
  name: "list-lacking-relations",
  text: `
    select asked.schema_name as schema, asked.relation_name as relation, asked.privilege,
      relation.oid is null as "isMissing"
    from unnest($1::text[], $2::text[], $3::text[]) with ordinality
      as asked (schema_name, relation_name, privilege, place)
    left join pg_namespace home on home.nspname = coalesce(asked.schema_name, current_schema())
    left join pg_class relation on relation.relnamespace = home.oid and relation.relname = asked.relation_name
    where relation.oid is null or not has_schema_privilege(home.oid, 'usage')
      or not case relation.relkind
        when 'S' then has_sequence_privilege(relation.oid, asked.privilege)
        else has_table_privilege(relation.oid, asked.privilege)
      end
    order by asked.place`,
  row: z.object({
    schema: z.string().nullable(),
    relation: z.string(),
    privilege: z.string(),
    isMissing: z.boolean(),
  }),
};

/** Of the rights that are asked for, those that the database user has not, in the order asked. */
export function listLackingRelations(
  executor: Executor,
  asked: readonly RelationRight[],
): Promise<readonly LackingRelation[]> {
  return executor.list(lackingRelations, [
    asked.map((right) => right.schema),
    asked.map(({ relation }) => relation),
    asked.map(({ privilege }) => privilege),
  ]);
}

/** An index by which the database refuses rows, at the end of the transaction. */
export interface RefusingIndex {
  readonly table: string;
  readonly keys: readonly string[];
  readonly condition: string | null;
}

const refusingIndexes: Statement<RefusingIndex> = {
  name: "list-refusing-indexes",
  text: `
    select relation.relname as "table", pg_get_expr(refusing.indpred, refusing.indrelid) as condition,
      array(select pg_get_indexdef(refusing.indexrelid, place, true) from generate_series(1, refusing.indnkeyatts) as place
        order by place) as keys
    from pg_index refusing
    join pg_class relation on relation.oid = refusing.indrelid
      and relation.relnamespace = (select oid from pg_namespace where nspname = current_schema())
    where (refusing.indisunique or refusing.indisexclusion) and not refusing.indimmediate
      and relation.relname = any($1::text[])`,
  row: z.object({ table: z.string(), keys: z.array(z.string()), condition: z.string().nullable() }),
};

/** The indexes of these Delius tables that refuse rows when the transaction ends, so that rows may be written in any order. */
export function listRefusingIndexes(executor: Executor, tables: readonly string[]): Promise<readonly RefusingIndex[]> {
  return executor.list(refusingIndexes, [tables]);
}
