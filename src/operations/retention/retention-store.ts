import { z } from "zod";
import type { Statement, Transaction } from "../../platform/database/database.ts";
import type { Instant } from "../../platform/time/london-time.ts";

/** What goes: at most so many rows that are older than this moment. */
export interface Sweep {
  readonly before: Instant;
  readonly most: number;
}

const lock: Statement<{ readonly isFree: boolean }> = {
  name: "lock-retention",
  text: `select pg_try_advisory_xact_lock(hashtextextended('mpc_delius retention', 0)) as "isFree"`,
  row: z.object({ isFree: z.boolean() }),
};

/** Whether this transaction is the only one that removes expired rows: one replica at a time is enough. */
export async function lockRetention(tx: Transaction): Promise<boolean> {
  const [row] = await tx.list(lock, []);
  return row?.isFree === true;
}

/** Removes `$2` rows at most: those of a table, from the oldest of what `expired` says of them, `$1` being the moment. */
function removal(name: string, expired: { readonly table: string; readonly key: string; readonly old: string }) {
  const { table, key, old } = expired;
  return {
    name: `remove-old-${name}`,
    text: `
    with gone as (
      delete from mpc_delius.${table} where ${key} = any(array(
        select ${key} from mpc_delius.${table} ${old}
      )) returning 1
    )
    select count(*)::integer as removed from gone`,
    row: z.object({ removed: z.int() }),
  };
}

const before = "to_timestamp($1 / 1000.0)";
const isOld = (column: string, where = "true") =>
  `where ${where} and ${column} < ${before} order by ${column} fetch first $2 rows only`;
const ofOldRuns = `join mpc_delius.reconciliation_run run using (reconciliation_run_id) ${isOld("run.started_at")}`;

const removals = {
  inbox: removal("inbox", { table: "inbox", key: "inbox_key", old: isOld("settled_at") }),
  attempts: removal("attempts", { table: "attempt", key: "attempt_id", old: isOld("failed_at") }),
  unwritten: removal("unwritten", {
    table: "journal",
    key: "journal_id",
    old: isOld("decided_at", "(outcome_class <> 'written' or dry_run)"),
  }),
  // What is held stays, and what is being restored.
  quarantine: removal("quarantine", {
    table: "quarantine",
    key: "quarantine_id",
    old: `${isOld("changed_at", "state in ('settled', 'discarded')")} for update skip locked`,
  }),
  forms: removal("forms", { table: "console_form", key: "form_id", old: isOld("taken_at") }),
  sessions: removal("sessions", { table: "ended_session", key: "session_id", old: isOld("expires_at") }),
  differences: removal("differences", { table: "difference", key: "difference_id", old: ofOldRuns }),
  reconciledOfficers: removal("reconciled-officers", {
    table: "reconciled_officer",
    key: "reconciled_officer.ctid",
    old: ofOldRuns,
  }),
  // Only once nothing refers to them.
  reconciliations: removal("reconciliations", {
    table: "reconciliation_run",
    key: "reconciliation_run_id",
    old: `run ${isOld(
      "started_at",
      `not exists (select 1 from mpc_delius.difference where reconciliation_run_id = run.reconciliation_run_id)
        and not exists (
          select 1 from mpc_delius.reconciled_officer where reconciliation_run_id = run.reconciliation_run_id)`,
    )}`,
  }),
  refreshes: removal("refreshes", { table: "refresh_run", key: "refresh_run_id", old: isOld("started_at") }),
  groupReplays: removal("group-replays", {
    table: "group_replay",
    key: "group_replay_id",
    old: isOld("started_at", "(finished_at is not null or cancelled_at is not null)"),
  }),
  written: removal("written", { table: "journal", key: "journal_id", old: isOld("decided_at") }),
  actions: removal("actions", { table: "operator_action", key: "operator_action_id", old: isOld("taken_at") }),
} satisfies Record<string, Statement<{ readonly removed: number }, [before: Instant, most: number]>>;

/** The kinds of rows that expire. */
export type ExpiringRows = keyof typeof removals;

/** Removes at most so many rows of a kind and answers how many it removed. */
export async function removeExpired(tx: Transaction, kind: ExpiringRows, { before: moment, most }: Sweep) {
  const [row] = await tx.list(removals[kind], [moment, most]);
  return row?.removed ?? 0;
}
