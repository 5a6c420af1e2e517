import type { ColumnLength, ColumnType, LackingColumn, LackingRelation } from "./inspection-store.ts";
import { deliusTables, kindOf, type ColumnKind } from "./delius-tables.ts";

const remedy = "run deploy/grants.sql";
const elsewhere = "add it, or set DELIUS_SCHEMA to the schema that has it";

/** What is missing of Delius's tables, a sentence each for an operator. */
export function describeLackingColumns(lacking: readonly LackingColumn[]): readonly string[] {
  return [...new Set(lacking.map((one) => describeColumn(one, lacking)))];
}

function describeColumn({ table, column, privilege, lacks }: LackingColumn, all: readonly LackingColumn[]): string {
  if (lacks === "table") return `Delius lacks the table ${table}: ${elsewhere}.`;
  if (lacks === "column") {
    return `Delius lacks the column ${table}.${column}: add it, or ask the Delius team what took its place.`;
  }
  const columns = all.filter((one) => one.table === table && one.privilege === privilege && one.lacks === "right");
  const names = columns.map((one) => one.column).join(", ");
  return `The database user may not ${privilege} ${table} (${names}): ${remedy}.`;
}

/** What is missing of whole tables and of sequences, a sentence each for an operator. */
export function describeLackingRelations(lacking: readonly LackingRelation[]): readonly string[] {
  return [...new Set(lacking.map((one) => describeRelation(one, lacking)))];
}

function describeRelation({ schema, relation, isMissing }: LackingRelation, all: readonly LackingRelation[]): string {
  const name = schema === null ? relation : `${schema}.${relation}`;
  if (isMissing && schema === null) return `Delius lacks ${name}: ${elsewhere}.`;
  if (isMissing) return `The database lacks ${name}, which a migration made: restore it.`;
  const rights = all.filter((one) => one.schema === schema && one.relation === relation);
  const verbs = rights.map(({ privilege }) => (privilege === "usage" ? "use" : privilege));
  return `The database user may not ${verbs.join(", ")} ${name}: ${remedy}.`;
}

const typesOf: Readonly<Record<ColumnKind, readonly string[]>> = {
  instant: ["timestamp without time zone"],
  day: ["date", "timestamp without time zone"],
  number: ["bigint", "integer", "smallint", "numeric"],
  text: ["character varying", "character", "text"],
};

/** The columns that the service uses and whose type it cannot. */
export function findUnfitColumns(columns: readonly ColumnType[]): readonly ColumnType[] {
  return columns.filter(({ table, column, type }) => {
    const isUsed = Object.values(deliusTables[table] ?? {}).some((used: readonly string[]) => used.includes(column));
    return isUsed && !typesOf[kindOf(column)].includes(type);
  });
}

/** What has to become of such columns, a sentence each for an operator. */
export function describeUnfitColumns(unfit: readonly ColumnType[]): readonly string[] {
  return unfit.map(({ table, column, type }) => {
    const usable = typesOf[kindOf(column)].join(", ").replace(/, ([^,]*)$/, " or $1");
    return `Delius's column ${table}.${column} is ${type}: make it ${usable}.`;
  });
}

/** The columns that would refuse every new row of ours, a sentence each for an operator. */
export function describeUnfilledColumns(columns: readonly ColumnType[]): readonly string[] {
  return columns.flatMap(({ table, column, isNotNull, isFilled }) => {
    const written = deliusTables[table]?.insert ?? [];
    if (!isNotNull || isFilled || written.length === 0 || written.includes(column)) return [];
    return `${table}.${column} may not be null, has no default, and the service does not write it: unless a trigger fills it, every new row is refused. Give it a default, or ask the Delius team.`;
  });
}

/** The published widths of the text columns that are written (docs/delius.md); notes have none. */
const publishedWidths: Readonly<Record<string, number>> = {
  "staff.officer_code": 7,
  "staff.forename": 35,
  "staff.surname": 35,
  "prison_offender_manager.email_address": 255,
  "contact.notes": Infinity,
};

/** The keys that come from a sequence, those of two tables beyond what an integer holds, and where a key of staff stands. */
const keyColumns = new Set([
  "prison_offender_manager.prison_offender_manager_id",
  "responsible_officer.responsible_officer_id",
  "contact.contact_id",
  "key_date.key_date_id",
  "staff.staff_id",
  "prison_offender_manager.allocation_staff_id",
  "offender_manager.allocation_staff_id",
  "contact.staff_id",
  "contact.staff_employee_id",
  "staff_team.staff_id",
  "user_.staff_id",
]);

/** The tables that {@link describeNarrowColumns} looks at. */
export const tablesWithWidths: readonly string[] = [
  ...new Set(Object.keys(publishedWidths).map((name) => name.slice(0, name.indexOf(".")))),
];

/** What may be too long for the columns that are narrower than published, a sentence each for an operator. */
export function describeNarrowColumns(
  lengths: readonly ColumnLength[],
  types: readonly ColumnType[],
): readonly string[] {
  const texts = lengths.flatMap(({ table, column, length }) => {
    const published = publishedWidths[`${table}.${column}`];
    if (published === undefined || length >= published) return [];
    const usual = published === Infinity ? "has no limit" : `takes ${published}`;
    return `${table}.${column} takes ${length} characters, and Delius's own ${usual}: longer text is refused. Widen it.`;
  });
  const keys = types.flatMap(({ table, column, type }) => {
    if (!keyColumns.has(`${table}.${column}`) || !["integer", "smallint"].includes(type)) return [];
    return `${table}.${column} is ${type}, and Delius's own keys grow beyond that: make it bigint.`;
  });
  return [...texts, ...keys];
}
