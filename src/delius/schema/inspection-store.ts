import { z } from "zod";
import type { TableRefusal } from "./row-rules.ts";
import { deliusTimeSchema, toDeliusTime, type Instant } from "../../platform/time/london-time.ts";
import type { Executor, Statement } from "../../platform/database/database.ts";

const serviceUsers: Statement<
  { readonly userId: number; readonly end: Instant | null; readonly now: Instant },
  [username: string]
> = {
  name: "list-service-users",
  text: `
    select user_id as "userId", end_date as end, (extract(epoch from clock_timestamp()) * 1000)::bigint as now
    from user_
    where upper(distinguished_name) = upper($1) and training_session_id is null
    order by user_id`,
  row: z.object({ userId: z.int(), end: deliusTimeSchema.nullable(), now: z.int() }),
};

/** Delius's keys of the live users of a name, in any letter case: one, if all is as it should be (rule D5). */
export async function listServiceUsers(executor: Executor, username: string): Promise<readonly number[]> {
  const rows = await executor.list(serviceUsers, [username]);
  return rows.filter(({ end, now }) => end === null || end > toDeliusTime(now)).map(({ userId }) => userId);
}

const columnLengthRow = z.object({ table: z.string(), column: z.string(), length: z.int() });

/** A text column of Delius with the longest text that it takes, in characters. */
export type ColumnLength = Readonly<z.infer<typeof columnLengthRow>>;

const columnLength: Statement<ColumnLength, [tables: readonly string[]]> = {
  name: "list-column-lengths",
  text: `
    select table_name as "table", column_name as column, character_maximum_length as length
    from information_schema.columns
    where table_schema = current_schema() and character_maximum_length is not null and table_name = any($1::text[])
    order by table_name, ordinal_position`,
  row: columnLengthRow,
};

/** The text columns of these tables that have a limit, from the database's catalogue. */
export function listColumnLengths(executor: Executor, tables: readonly string[]): Promise<readonly ColumnLength[]> {
  return executor.list(columnLength, [tables]);
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

const lackingColumnRow = z.object({
  table: z.string(),
  column: z.string(),
  privilege: z.string(),
  lacks: z.enum(["table", "column", "right"]),
});

/** A right that the database user has not: because of the table, the column, or the right itself. */
export type LackingColumn = Readonly<z.infer<typeof lackingColumnRow>>;

/** A right that the service needs on a column of Delius. */
export type ColumnRight = Omit<LackingColumn, "lacks">;

const lackingColumns: Statement<
  LackingColumn,
  [tables: readonly string[], columns: readonly string[], privileges: readonly string[]]
> = {
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
  row: lackingColumnRow,
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

const lackingRelationRow = z.object({
  schema: z.string().nullable(),
  relation: z.string(),
  privilege: z.string(),
  isMissing: z.boolean(),
});

/** A right that the database user has not: because of the relation, or the right itself. */
export type LackingRelation = Readonly<z.infer<typeof lackingRelationRow>>;

/** A right that the service needs on a whole table or sequence; without a schema it is one of Delius's. */
export type RelationRight = Omit<LackingRelation, "isMissing">;

const lackingRelations: Statement<
  LackingRelation,
  [schemas: readonly (string | null)[], relations: readonly string[], privileges: readonly string[]]
> = {
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
  row: lackingRelationRow,
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

const refusals: Statement<TableRefusal, [tables: readonly string[]]> = {
  name: "list-refusals",
  text: `
    select relation.relname as "table", 'index' as kind, refusing.indisprimary as "isPrimary",
      pg_get_expr(refusing.indpred, refusing.indrelid) as condition,
      array(select pg_get_indexdef(refusing.indexrelid, place, true) from generate_series(1, refusing.indnkeyatts) as place
        order by place) as keys
    from pg_index refusing
    join pg_class relation on relation.oid = refusing.indrelid
      and relation.relnamespace = (select oid from pg_namespace where nspname = current_schema())
    where (refusing.indisunique or refusing.indisexclusion) and refusing.indisvalid and relation.relname = any($1::text[])
    union all
    select relation.relname, 'check', false, null,
      array(select attribute.attname::text from pg_attribute attribute
        where attribute.attrelid = refusing.conrelid and attribute.attnum = any(refusing.conkey))
    from pg_constraint refusing
    join pg_class relation on relation.oid = refusing.conrelid
      and relation.relnamespace = (select oid from pg_namespace where nspname = current_schema())
    where refusing.contype = 'c' and relation.relname = any($1::text[])
      and pg_get_constraintdef(refusing.oid) not like '%NOT ENFORCED'
    order by "table", keys, condition`,
  row: z.object({
    table: z.string(),
    kind: z.enum(["index", "check"]),
    isPrimary: z.boolean(),
    keys: z.array(z.string()),
    condition: z.string().nullable(),
  }),
};

/** How the database refuses rows of these Delius tables: by unique and excluding indexes, and by checks. */
export function listRefusals(executor: Executor, tables: readonly string[]): Promise<readonly TableRefusal[]> {
  return executor.list(refusals, [tables]);
}

const columnTypeRow = z.object({
  table: z.string(),
  column: z.string(),
  type: z.string(),
  isNotNull: z.boolean(),
  /** Whether the database fills it in a row that leaves it out. */
  isFilled: z.boolean(),
});

/** A column of Delius and its type. */
export type ColumnType = Readonly<z.infer<typeof columnTypeRow>>;

const columnTypes: Statement<ColumnType, [tables: readonly string[]]> = {
  name: "list-column-types",
  text: `
    select relation.relname as "table", attribute.attname as column, format_type(attribute.atttypid, null) as type,
      attribute.attnotnull as "isNotNull", attribute.atthasdef or attribute.attidentity <> '' as "isFilled"
    from pg_class relation
    join pg_attribute attribute on attribute.attrelid = relation.oid and attribute.attnum > 0 and not attribute.attisdropped
    where relation.relnamespace = (select oid from pg_namespace where nspname = current_schema())
      and relation.relname = any($1::text[])
    order by relation.relname, attribute.attnum`,
  row: columnTypeRow,
};

/** The columns of these Delius tables with their types, without lengths. */
export function listColumnTypes(executor: Executor, tables: readonly string[]): Promise<readonly ColumnType[]> {
  return executor.list(columnTypes, [tables]);
}

/** The tables that {@link listHiddenTables} looks at: without a row of each, the service can do nothing. */
export const neverEmptyTables = [
  "probation_area",
  "r_institution",
  "team",
  "staff",
  "offender",
  "r_reference_data_master",
  "r_standard_reference_list",
  "r_contact_type",
  "user_",
] as const;

const looks = neverEmptyTables.map(
  (table, place) => `select ${place} as place, '${table}' as name, exists (select 1 from ${table}) as is_seen`,
);

const hiddenTables: Statement<{ readonly table: (typeof neverEmptyTables)[number] }> = {
  name: "list-hidden-tables",
  text: `
    select name as "table"
    from (
      ${looks.join("\n      union all\n      ")}
    ) asked
    where not is_seen
    order by place`,
  row: z.object({ table: z.enum(neverEmptyTables) }),
};

/** Of those tables the ones in which the database user sees no row at all: a policy may hide rows without a word. */
export async function listHiddenTables(executor: Executor): Promise<readonly string[]> {
  return (await executor.list(hiddenTables, [])).map(({ table }) => table);
}
