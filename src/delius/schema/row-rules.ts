import { deliusTables } from "./delius-tables.ts";

/** How the database refuses rows that break a rule: an index of these keys, or a check of these columns. */
export interface Refusal {
  readonly kind: "index" | "check";
  readonly keys: readonly string[];
  /** The rows that an index covers; null means all. */
  readonly condition: string | null;
}

/** A rule about rows that the service leans on, and by which the database itself should refuse those that break it. */
export interface RowRule extends Refusal {
  readonly table: string;
  /** What holds, in words. */
  readonly rule: string;
  /** Whether it is of Delius's own definitions (docs/delius.md); a database that we did not create lacks the others. */
  readonly isPublished: boolean;
}

/** Those rules. The names of constraints differ from database to database, so each is known by what it covers. */
const rowRules: readonly RowRule[] = [
  {
    ...index(["offender_id"], "(end_date IS NULL)"),
    table: "responsible_officer",
    rule: "at most one open row per person",
    isPublished: true,
  },
  {
    ...check("active_flag", "end_date"),
    table: "prison_offender_manager",
    rule: "a row is active exactly when it has no end",
    isPublished: true,
  },
  {
    ...check("allocation_date", "end_date"),
    table: "prison_offender_manager",
    rule: "no row ends before it starts",
    isPublished: true,
  },
  {
    ...index(["custody_id", "key_date_type_id", "key_date"]),
    table: "key_date",
    rule: "one row per custody, type and date, deleted rows included",
    isPublished: true,
  },
  {
    ...check("staff_employee_id", "staff_id"),
    table: "contact",
    rule: "the trust's employee is the officer",
    isPublished: true,
  },
  {
    ...check("trust_provider_team_id", "team_id"),
    table: "contact",
    rule: "the trust's team is the team",
    isPublished: true,
  },
  {
    ...check("start_date", "end_date"),
    table: "staff",
    rule: "no officer leaves before they start",
    isPublished: true,
  },
  {
    ...index(["offender_id", "tsrange(allocation_date, end_date)"], "(soft_deleted = 0)"),
    table: "prison_offender_manager",
    rule: "periods of one person never overlap",
    isPublished: false,
  },
  {
    ...index(["custody_id", "key_date_type_id"], "((soft_deleted = 0) AND (training_session_id IS NULL))"),
    table: "key_date",
    rule: "one live row per custody and type",
    isPublished: false,
  },
  {
    ...check("offender_manager_id", "prison_offender_manager_id"),
    table: "responsible_officer",
    rule: "a row belongs to exactly one manager",
    isPublished: false,
  },
];

/** A way in which the database refuses rows of a table. */
export interface TableRefusal extends Refusal {
  readonly table: string;
  readonly isPrimary: boolean;
}

/**
 * The rules that the database enforces in none of these ways. An index of fewer keys or of all rows is stricter and holds
 * a rule too; a check holds it that names its columns, alone or with others, however it is worded.
 */
export function findMissingRules(refusals: readonly TableRefusal[]): readonly RowRule[] {
  return rowRules.filter((rule) => !refusals.some((refusal) => holds(refusal, rule)));
}

function holds(refusal: TableRefusal, rule: RowRule): boolean {
  if (refusal.table !== rule.table || refusal.kind !== rule.kind) return false;
  if (rule.kind === "check") return rule.keys.every((key) => refusal.keys.includes(key));
  const isSameSet = refusal.condition === null || refusal.condition === rule.condition;
  return isSameSet && refusal.keys.every((key) => rule.keys.includes(key));
}

/** A column, and whether the database fills it in a row that leaves it out. */
interface WritableColumn {
  readonly table: string;
  readonly column: string;
  readonly isFilled: boolean;
}

/**
 * The indexes that may refuse what the service writes and a rule allows. None does that covers a primary key, for keys are
 * new, or all of a rule, or a column that stays null.
 */
export function findUnknownIndexes(
  refusals: readonly TableRefusal[],
  columns: readonly WritableColumn[],
): readonly TableRefusal[] {
  const allowed = [...rowRules, ...refusals.filter(({ isPrimary }) => isPrimary)];
  return refusals.filter((refusal) => {
    const written = deliusTables[refusal.table]?.insert ?? [];
    if (refusal.kind === "check" || written.length === 0) return false;
    const unfilled = columns.filter(({ table, isFilled }) => table === refusal.table && !isFilled);
    const isAlwaysNull = unfilled.some(({ column }) => refusal.keys.includes(column) && !written.includes(column));
    return !isAlwaysNull && !allowed.some((rule) => isWithin(refusal, rule));
  });
}

/** Whether an index refuses nothing that this rule allows. */
function isWithin(refusal: TableRefusal, rule: Refusal & { readonly table: string }): boolean {
  if (refusal.table !== rule.table || rule.kind === "check") return false;
  const isSameSet = rule.condition === null || refusal.condition === rule.condition;
  return isSameSet && rule.keys.every((key) => refusal.keys.includes(key));
}

/** What of such indexes an operator should know and do, a sentence each. */
export function describeUnknownIndexes(indexes: readonly TableRefusal[]): readonly string[] {
  return indexes.map(({ table, keys, condition }) => {
    const rows = condition === null ? "" : ` where ${condition}`;
    return `${table} has a unique or exclusion index that no rule asks for, of ${keys.join(", ")}${rows}: what the service writes may be refused, and its message is quarantined as DeliusRefused. Ask the Delius team what the index is for.`;
  });
}

/** What of these rules an operator should know and do, a sentence each. */
export function describeMissingRules(missing: readonly RowRule[]): readonly string[] {
  return missing.map(({ table, rule, isPublished }) =>
    isPublished
      ? `Delius does not enforce its published rule for ${table}: ${rule}. Ask the Delius team whether that is on purpose.`
      : `The database does not enforce our rule for ${table}: ${rule}. Add its constraint of migrations/delius, or reconcile to find what other systems break.`,
  );
}

function index(keys: readonly string[], condition: string | null = null): Refusal {
  return { kind: "index", keys, condition };
}

function check(...keys: readonly string[]): Refusal {
  return { kind: "check", keys, condition: null };
}
