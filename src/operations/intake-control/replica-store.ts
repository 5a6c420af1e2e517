import { z } from "zod";
import type { Database, Executor, Statement, Transaction } from "../../platform/database/database.ts";
import { replicaSchema, type Replica, type ReplicaReport } from "./replica-report.ts";

/** Which replica it is. */
export interface ReplicaIdentity {
  readonly id: string;
  readonly name: string;
}

const save: Statement<
  unknown,
  [
    id: string,
    name: string,
    state: ReplicaReport["state"],
    waitsFor: ReplicaReport["waitsFor"],
    inWork: number,
    held: number,
  ]
> = {
  name: "save-replica",
  text: `
    insert into mpc_delius.replica (replica_id, name, state, waits_for, in_work, held) values ($1, $2, $3, $4, $5, $6)
    on conflict (replica_id) do update set state = excluded.state, waits_for = excluded.waits_for,
      in_work = excluded.in_work, held = excluded.held, seen_at = excluded.seen_at`,
  row: z.unknown(),
};

const removeLost: Statement<unknown> = {
  name: "remove-lost-replicas",
  text: `
    delete from mpc_delius.replica where replica_id = any(array(
      select replica_id from mpc_delius.replica where seen_at < clock_timestamp() - interval '10 minutes'
      for update skip locked))`,
  row: z.unknown(),
};

const limitWaits: Statement<unknown, [lockWaitMs: string]> = {
  name: "limit-replica-waits",
  text: `select set_config('lock_timeout', $1::text, true)`,
  row: z.unknown(),
};

// A lock on the table must not keep a connection of the pipeline's for longer.
const lockWaitMs = 250;

/** Writes how a replica stands, and removes those that have not been seen for ten minutes. Raises where it would have to wait. */
export async function saveReplica(
  database: Database,
  { id, name }: ReplicaIdentity,
  { state, waitsFor, inWork, held }: ReplicaReport,
): Promise<void> {
  const write = (tx: Transaction) => {
    const limit = tx.list(limitWaits, [String(lockWaitMs)]);
    const writes = [limit, tx.list(save, [id, name, state, waitsFor, inWork, held]), tx.list(removeLost, [])];
    return Promise.resolve({ commit: true, value: null, writes });
  };
  await database.transaction(write, new AbortController().signal);
}

const remove: Statement<unknown, [id: string]> = {
  name: "remove-replica",
  text: `delete from mpc_delius.replica where replica_id = $1`,
  row: z.unknown(),
};

/** Removes a replica that stops. */
export async function removeReplica(executor: Executor, { id }: ReplicaIdentity): Promise<void> {
  await executor.list(remove, [id]);
}

const list: Statement<{ readonly replica: Replica }> = {
  name: "list-replicas",
  text: `
    select json_strip_nulls(json_build_object('name', name, 'state', state, 'waitsFor', waits_for, 'inWork', in_work,
      'held', held, 'seenAt', seen_at)) as replica
    from mpc_delius.replica where seen_at >= clock_timestamp() - interval '20 seconds'
    order by name, replica_id`,
  row: z.object({ replica: replicaSchema }),
};

/** The replicas that have been seen lately, by name. */
export async function listReplicas(executor: Executor): Promise<readonly Replica[]> {
  return (await executor.list(list, [])).map(({ replica }) => replica);
}
