import { z } from "zod";
import type { Statement, Transaction } from "../../platform/database/database.ts";
import type { Instant } from "../../platform/time/london-time.ts";

/** What goes: at most so many rows of what is older than this moment. */
export interface Sweep {
  readonly before: Instant;
  readonly most: number;
}

/** Removes at most so many rows and answers how many it removed. */
export type RemoveOld = (tx: Transaction, sweep: Sweep) => Promise<number>;

interface Removed {
  readonly removed: number;
}

const removed = z.object({ removed: z.int() });

const lock: Statement<{ readonly isFree: boolean }> = {
  name: "lock-retention",
  text: `select pg_try_advisory_xact_lock(hashtextextended('mpc_delius retention', 0)) as "isFree"`,
  row: z.object({ isFree: z.boolean() }),
};

/** Whether this transaction is the only one that removes what is old: one replica at a time is enough. */
export async function lockRetention(tx: Transaction): Promise<boolean> {
  const [row] = await tx.list(lock, []);
  return row?.isFree === true;
}

const inbox: Statement<Removed> = {
  name: "remove-old-inbox",
  text: `
    with gone as (
      delete from mpc_delius.inbox where inbox_key = any(array(
        select inbox_key from mpc_delius.inbox where settled_at < to_timestamp($1 / 1000.0) order by settled_at limit $2
      )) returning 1
    )
    select count(*)::integer as removed from gone`,
  row: removed,
};

/** Removes old inbox rows: by then the queue has long forgotten their messages. */
export const removeOldInbox: RemoveOld = (tx, sweep) => run(tx.list(inbox, valuesOf(sweep)));

const attempts: Statement<Removed> = {
  name: "remove-old-attempts",
  text: `
    with gone as (
      delete from mpc_delius.attempt where attempt_id = any(array(
        select attempt_id from mpc_delius.attempt where failed_at < to_timestamp($1 / 1000.0) order by failed_at limit $2
      )) returning 1
    )
    select count(*)::integer as removed from gone`,
  row: removed,
};

/** Removes old attempts. */
export const removeOldAttempts: RemoveOld = (tx, sweep) => run(tx.list(attempts, valuesOf(sweep)));

const unwritten: Statement<Removed> = {
  name: "remove-old-unwritten",
  text: `
    with gone as (
      delete from mpc_delius.journal where journal_id = any(array(
        select journal_id from mpc_delius.journal
        where (outcome_class <> 'written' or dry_run) and decided_at < to_timestamp($1 / 1000.0)
        order by decided_at limit $2
      )) returning 1
    )
    select count(*)::integer as removed from gone`,
  row: removed,
};

/** Removes old journal rows that stand for no change of Delius. */
export const removeOldUnwritten: RemoveOld = (tx, sweep) => run(tx.list(unwritten, valuesOf(sweep)));

const written: Statement<Removed> = {
  name: "remove-old-written",
  text: `
    with gone as (
      delete from mpc_delius.journal where journal_id = any(array(
        select journal_id from mpc_delius.journal where decided_at < to_timestamp($1 / 1000.0)
        order by decided_at, journal_id limit $2
      )) returning 1
    )
    select count(*)::integer as removed from gone`,
  row: removed,
};

/** Removes journal rows whatever they stand for: history that is over. */
export const removeOldWritten: RemoveOld = (tx, sweep) => run(tx.list(written, valuesOf(sweep)));

const closed: Statement<Removed> = {
  name: "remove-old-quarantine",
  text: `
    with gone as (
      delete from mpc_delius.quarantine where quarantine_id = any(array(
        select quarantine_id from mpc_delius.quarantine
        where state in ('settled', 'discarded') and changed_at < to_timestamp($1 / 1000.0)
        order by changed_at limit $2 for update skip locked
      )) returning 1
    )
    select count(*)::integer as removed from gone`,
  row: removed,
};

/** Removes what was set aside and is settled or discarded for long. What is held stays, and what is being restored. */
export const removeOldQuarantine: RemoveOld = (tx, sweep) => run(tx.list(closed, valuesOf(sweep)));

const actions: Statement<Removed> = {
  name: "remove-old-actions",
  text: `
    with gone as (
      delete from mpc_delius.operator_action where operator_action_id = any(array(
        select operator_action_id from mpc_delius.operator_action where taken_at < to_timestamp($1 / 1000.0)
        order by taken_at limit $2
      )) returning 1
    )
    select count(*)::integer as removed from gone`,
  row: removed,
};

/** Removes what operators did long ago. */
export const removeOldActions: RemoveOld = (tx, sweep) => run(tx.list(actions, valuesOf(sweep)));

const forms: Statement<Removed> = {
  name: "remove-old-forms",
  text: `
    with gone as (
      delete from mpc_delius.console_form where form_id = any(array(
        select form_id from mpc_delius.console_form where taken_at < to_timestamp($1 / 1000.0) order by taken_at limit $2
      )) returning 1
    )
    select count(*)::integer as removed from gone`,
  row: removed,
};

/** Removes forms of the console that were sent long ago: no session holds for so long. */
export const removeOldForms: RemoveOld = (tx, sweep) => run(tx.list(forms, valuesOf(sweep)));

const differences: Statement<Removed> = {
  name: "remove-old-differences",
  text: `
    with gone as (
      delete from mpc_delius.difference where difference_id = any(array(
        select difference_id from mpc_delius.reconciliation_run run
        join mpc_delius.difference using (reconciliation_run_id)
        where run.started_at < to_timestamp($1 / 1000.0)
        order by run.started_at limit $2
      )) returning 1
    )
    select count(*)::integer as removed from gone`,
  row: removed,
};

/** Removes the differences that old reconciliations found. */
export const removeOldDifferences: RemoveOld = (tx, sweep) => run(tx.list(differences, valuesOf(sweep)));

const officers: Statement<Removed> = {
  name: "remove-old-reconciled-officers",
  text: `
    with gone as (
      delete from mpc_delius.reconciled_officer where (reconciliation_run_id, officer_code, staff_code) in (
        select reconciliation_run_id, officer_code, staff_code from mpc_delius.reconciliation_run run
        join mpc_delius.reconciled_officer using (reconciliation_run_id)
        where run.started_at < to_timestamp($1 / 1000.0)
        order by run.started_at limit $2
      ) returning 1
    )
    select count(*)::integer as removed from gone`,
  row: removed,
};

/** Removes what old reconciliations that were broken off have noted of officers. */
export const removeOldReconciledOfficers: RemoveOld = (tx, sweep) => run(tx.list(officers, valuesOf(sweep)));

const reconciliations: Statement<Removed> = {
  name: "remove-old-reconciliations",
  text: `
    with gone as (
      delete from mpc_delius.reconciliation_run where reconciliation_run_id = any(array(
        select reconciliation_run_id from mpc_delius.reconciliation_run run
        where run.started_at < to_timestamp($1 / 1000.0)
          and not exists (select from mpc_delius.difference where reconciliation_run_id = run.reconciliation_run_id)
          and not exists (
            select from mpc_delius.reconciled_officer where reconciliation_run_id = run.reconciliation_run_id)
        order by run.started_at limit $2
      )) returning 1
    )
    select count(*)::integer as removed from gone`,
  row: removed,
};

/** Removes old reconciliations of which nothing else is left. */
export const removeOldReconciliations: RemoveOld = (tx, sweep) => run(tx.list(reconciliations, valuesOf(sweep)));

const refreshes: Statement<Removed> = {
  name: "remove-old-refreshes",
  text: `
    with gone as (
      delete from mpc_delius.refresh_run where refresh_run_id = any(array(
        select refresh_run_id from mpc_delius.refresh_run where started_at < to_timestamp($1 / 1000.0)
        order by started_at limit $2
      )) returning 1
    )
    select count(*)::integer as removed from gone`,
  row: removed,
};

/** Removes old runs of refreshes; what they did stands in the journal. */
export const removeOldRefreshes: RemoveOld = (tx, sweep) => run(tx.list(refreshes, valuesOf(sweep)));

function valuesOf({ before, most }: Sweep): readonly unknown[] {
  return [before, most];
}

async function run(rows: Promise<readonly Removed[]>): Promise<number> {
  const [row] = await rows;
  return row?.removed ?? 0;
}
