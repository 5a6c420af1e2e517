import type { ColumnLengths } from "./column-lengths.ts";
import type { Executor } from "../../platform/database/database.ts";
import {
  describeLackingColumns,
  describeLackingRelations,
  describeNarrowColumns,
  describeUnfilledColumns,
  describeUnfitColumns,
  findUnfitColumns,
  tablesWithWidths,
} from "./delius-faults.ts";
import {
  listServiceUsers,
  hasDeliusSchema,
  listLackingColumns,
  listLackingRelations,
  listColumnLengths,
  listColumnTypes,
  listRefusals,
  listHiddenTables,
  neverEmptyTables,
  type ColumnLength,
  type ColumnRight,
  type RelationRight,
} from "./inspection-store.ts";
import { deliusSequences, deliusTables, ownTables } from "./delius-tables.ts";
import { describeMissingRules, describeUnknownIndexes, findMissingRules, findUnknownIndexes } from "./row-rules.ts";
import type { Log } from "../../platform/process/log.ts";
import { UnreadableRowError } from "../../platform/database/database-failure.ts";
import { inspectMigrations } from "../../platform/database/migration.ts";
import { findSessionFaults } from "../../platform/database/session-faults.ts";

/** What the service needs to know of Delius. */
export interface Delius {
  /** Delius's key of the user that the service writes as. */
  readonly userId: number;
  readonly columnLengths: ColumnLengths;
}

/** Where to look and for whom. */
export interface InspectionSettings {
  /** The schema of Delius's tables. */
  readonly schema: string;
  /** The Delius user that every written row names. */
  readonly username: string;
  readonly log: Log;
  /** The codes that the service writes and this user does not find in Delius, each with its set. */
  readonly listMissingCodes: (executor: Executor, username: string) => Promise<readonly string[]>;
}

/** A database that the service can work on, or all that stands against it, a sentence each for an operator. */
export type Inspection = Delius | { readonly faults: readonly string[] };

/**
 * Reads what the service needs to know of Delius, or lists at once all that is wrong and can be read, each with what to do
 * about it: the server and the session, tables, columns, their types and rights, rows that are hidden, the service's user,
 * our own schema and its migrations. What it can work with is one list in the log: rules that the database does not
 * enforce, for Delius may be someone else's, what may refuse rows of ours beyond those rules, columns that are narrower than
 * published, and codes that are missing.
 */
export async function inspectDelius(executor: Executor, settings: InspectionSettings): Promise<Inspection> {
  const { schema, username, log, listMissingCodes } = settings;
  const session = await findSessionFaults(executor, schema);
  const ownFaults = await listOwnFaults(executor, log);
  if (!session.canRead) return { faults: [...session.faults, ...ownFaults] };
  if (!(await hasDeliusSchema(executor))) {
    return { faults: [...session.faults, describeMissingSchema(schema), ...ownFaults] };
  }
  const { tableFaults, findings, columnLengths, ...tables } = await inspectTables(executor);
  const { rowFaults, userId } = await inspectRows(executor, username, tables);
  const faults = [...session.faults, ...tableFaults, ...rowFaults, ...ownFaults];
  const isFit = faults.length === 0 && userId !== undefined;
  const missingCodes = isFit ? describeMissingCodes(await listMissingCodes(executor, username)) : [];
  const warnings = [...findings, ...missingCodes];
  if (warnings.length > 0) log.warn({ findings: warnings }, "Delius is not all that the service counts on");
  return isFit ? { userId, columnLengths } : { faults };
}

/** What the catalogue says of Delius's tables: what cannot be used, and what can but is not as it should be. */
async function inspectTables(executor: Executor) {
  const names = Object.keys(deliusTables);
  const [columns, sequences, types, lengths, refusals] = await Promise.all([
    listLackingColumns(executor, deliusRights),
    listLackingRelations(executor, sequenceRights),
    listColumnTypes(executor, names),
    listColumnLengths(executor, tablesWithWidths),
    listRefusals(executor, names),
  ]);
  const lacking = new Set(columns.flatMap(({ table, lacks }) => (lacks === "table" ? table : [])));
  const unfit = findUnfitColumns(types);
  const missing = findMissingRules(refusals).filter(({ table }) => !lacking.has(table));
  return {
    tableFaults: [
      ...describeLackingColumns(columns),
      ...describeLackingRelations(sequences),
      ...describeUnfitColumns(unfit),
    ],
    findings: [
      ...describeMissingRules(missing),
      ...describeUnknownIndexes(findUnknownIndexes(refusals, types)),
      ...describeUnfilledColumns(types),
      ...describeNarrowColumns(lengths, types),
    ],
    columnLengths: toColumnLengths(lengths),
    unreadable: new Set(
      columns.flatMap(({ table, privilege, lacks }) => (lacks === "right" && privilege !== "select" ? [] : table)),
    ),
    mistyped: new Set(unfit.map(({ table }) => table)),
  };
}

const unlimited = 10_000;

function toColumnLengths(lengths: readonly ColumnLength[]): ColumnLengths {
  const lengthOf = (table: string, column: string) =>
    lengths.find((one) => one.table === table && one.column === column)?.length ?? unlimited;
  return {
    forename: lengthOf("staff", "forename"),
    surname: lengthOf("staff", "surname"),
    email: lengthOf("prison_offender_manager", "email_address"),
  };
}

/** The tables of which something cannot be read, and those with a column of a type that cannot be used. */
interface FaultyTables {
  readonly unreadable: ReadonlySet<string>;
  readonly mistyped: ReadonlySet<string>;
}

/** What is wrong with rows, as far as the tables can be read that hold them; and the service's user. */
async function inspectRows(executor: Executor, username: string, { unreadable, mistyped }: FaultyTables) {
  const hidden = neverEmptyTables.some((table) => unreadable.has(table)) ? [] : await listHiddenTables(executor);
  const hiddenFaults = hidden.map(describeHidden);
  // Whether the user is there cannot be known: to set another name would be wrong advice.
  const isUnknown = unreadable.has("user_") || mistyped.has("user_") || hidden.includes("user_");
  if (isUnknown) return { rowFaults: hiddenFaults };
  const { faults, userId } = await findServiceUser(executor, username);
  return { rowFaults: [...hiddenFaults, ...faults], userId };
}

/** The service's user, or what is wrong with it. */
async function findServiceUser(executor: Executor, username: string) {
  try {
    const users = await listServiceUsers(executor, username);
    return { faults: describeUsers(username, users), userId: users[0] };
  } catch (error) {
    if (!(error instanceof UnreadableRowError)) throw error;
    return { faults: [`${error.message} Ask the Delius team to correct that row.`] };
  }
}

function describeHidden(table: string): string {
  return `The database user sees no row of ${table}: lift the policy that hides them from it, or load Delius's data.`;
}

function describeMissingCodes(codes: readonly string[]): readonly string[] {
  if (codes.length === 0) return [];
  return [
    `Delius shows no ${codes.join(", ")}: lift the policy that hides them, or ask the Delius team to add them. Until then, messages that need them are quarantined as ReferenceDataMissing.`,
  ];
}

function describeMissingSchema(schema: string): string {
  return `The database has no schema ${schema} that its user may use: set DELIUS_SCHEMA, or run deploy/grants.sql.`;
}

function describeUsers(username: string, users: readonly number[]): readonly string[] {
  if (users.length === 1) return [];
  return users.length === 0
    ? [`Delius has no user ${username}: set DELIUS_USERNAME to the service's own user.`]
    : [`Delius has ${users.length} live users ${username}: end all but the service's own.`];
}

const sequenceRights: readonly RelationRight[] = deliusSequences.map((relation) => ({
  schema: null,
  relation,
  privilege: "usage",
}));

const deliusRights: readonly ColumnRight[] = Object.entries(deliusTables).flatMap(([table, use]) =>
  Object.entries(use).flatMap(([privilege, columns]: [string, readonly string[]]) =>
    columns.map((column) => ({ table, column, privilege })),
  ),
);

async function listOwnFaults(executor: Executor, log: Log): Promise<readonly string[]> {
  const { faults, newer } = await inspectMigrations(executor);
  newer.forEach((migration) => log.warn({ migration }, "the database is newer than this version"));
  return faults.length > 0 ? faults : describeLackingRelations(await listLackingRelations(executor, ownRights));
}

const ownRights: readonly RelationRight[] = Object.entries(ownTables).flatMap(([relation, privileges]) =>
  privileges.map((privilege) => ({ schema: "mpc_delius", relation, privilege })),
);
