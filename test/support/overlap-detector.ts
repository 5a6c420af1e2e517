import type { Listener } from "./proxy.ts";
import type { TestDatabase } from "./test-database.ts";

/** Counts how often two transactions have one person in work at the same moment. */
export interface OverlapDetector {
  overlaps(): Promise<number>;
}

/**
 * Sets a detector into the database: whoever writes the journal of a person holds a mark until the transaction ends, and a
 * mark that is taken already is counted, also where the transaction is rolled back later. Not so where the other transaction
 * has ended and only its mark has not: PostgreSQL lets go of a transaction's locks one after another. Transactions of the
 * given person are drawn out, so that those that may overlap do.
 */
export async function detectOverlaps(database: TestDatabase, drawnOut: number): Promise<OverlapDetector> {
  await database.query("create sequence overlaps_seen");
  await database.query(`
    create function detect_overlap() returns trigger language plpgsql as $$ begin
      if not pg_try_advisory_xact_lock(77, new.offender_id::integer) and exists (
        select from pg_locks mark
        join pg_locks running on running.pid = mark.pid and running.locktype = 'transactionid'
          and running.mode = 'ExclusiveLock' and running.granted
        where mark.locktype = 'advisory' and mark.classid = 77 and mark.objid = new.offender_id
          and mark.pid <> pg_backend_pid()
      ) then perform nextval('overlaps_seen'); end if;
      if new.offender_id = ${drawnOut} then perform pg_sleep(0.01); end if;
      return new;
    end $$`);
  await database.query(`
    create trigger detect_overlap before insert on mpc_delius.journal
    for each row when (new.offender_id is not null) execute function detect_overlap()`);
  return {
    overlaps: async () => {
      const [row] = await database.query(
        "select case when is_called then last_value else 0 end::integer as count from overlaps_seen",
      );
      return Number(row?.["count"]);
    },
  };
}

/**
 * Counts how often one process asks the same about a person of Manage POM Cases while it waits for the answer already.
 * Events name that person by NOMS number: of one who is named by CRN, too, the process learns only later that they are the
 * same, and their row's lock keeps them apart.
 */
export function overhearQuestions(nomsNumber: string): { readonly listener: Listener; overlaps(): number } {
  const asked = new Map<object, string>();
  let overlaps = 0;
  return {
    listener: {
      fromClient: (connection, bytes) => {
        const [, path] = /^GET (\/api\/\S+)/.exec(bytes.toString("latin1")) ?? [];
        if (path?.includes(nomsNumber) !== true) return;
        if ([...asked.values()].includes(path)) overlaps += 1;
        asked.set(connection, path);
      },
      fromServer: (connection) => void asked.delete(connection),
    },
    overlaps: () => overlaps,
  };
}

/** How many deadlocks the database has resolved; those of sessions that have ended. */
export async function countDeadlocks(database: TestDatabase): Promise<number> {
  const [row] = await database.query(
    "select deadlocks::integer as count from pg_stat_database where datname = current_database()",
  );
  return Number(row?.["count"]);
}
