import { randomUUID } from "node:crypto";
import { hostname } from "node:os";
import { createBacklogJob } from "../operations/backlog/backlog-job.ts";
import { createReplicaJob } from "../operations/intake-control/replica-job.ts";
import { createGroupReplayJob } from "../operations/quarantine/group-replay-job.ts";
import { createReplayJob } from "../operations/quarantine/replay-job.ts";
import { compareBy } from "../operations/reconciliation/comparison-handler.ts";
import { createOrderedRunJob } from "../operations/reconciliation/ordered-run-job.ts";
import { createRepairJob } from "../operations/refresh/repair-job.ts";
import { createRetentionJob } from "../operations/retention/retention-job.ts";
import type { Database } from "../platform/database/database.ts";
import { openDatabase } from "../platform/database/pool.ts";
import { withRetries } from "../platform/database/retrying-database.ts";
import { getIntakeState } from "../sync/intake/intake-state-store.ts";
import { describeIntake } from "./checks.ts";
import type { Parts, Previews } from "./parts.ts";

/** The most connections to the database that jobs open beside the pipeline's. */
export const jobConnections = 2;

/** Starts what every instance does, whether it receives messages or not. */
export function startJobs(parts: Parts, { askPresent }: Pick<Previews, "askPresent">): void {
  const {
    config,
    retrying: database,
    queue,
    queueAdmin,
    log,
    clock,
    uptime,
    random,
    resources,
    state,
    metrics,
    tracing,
  } = parts;
  resources.use(createReplayJob({ database, queue: queueAdmin, log, random })).start();
  resources.use(createGroupReplayJob({ database, log, random })).start();
  startReplicaJob(parts);
  const isRunning = async () => (await getIntakeState(database)).running;
  resources.use(createRepairJob({ database, queue: queueAdmin, isRunning, log, clock, uptime, random })).start();
  const reads = openReads(parts);
  const compare = compareBy(askPresent);
  resources.use(createOrderedRunJob({ database, reads, compare, log, tracing, uptime, random })).start();
  const firstAfterMs = parts.firstRetentionMs;
  resources.use(createRetentionJob({ database, rules: config.retention, firstAfterMs, log, clock, random })).start();
  const held = () => ({
    inHand: state.consumer?.intake.inHand() ?? 0,
    oldestInHand: state.consumer?.intake.oldestInHand() ?? null,
  });
  const backlog = resources.use(createBacklogJob({ reads: database, queue, metrics, log, clock, random, held }));
  state.oldestMessageAge = () => backlog.oldestAge();
  backlog.start();
}

function startReplicaJob(parts: Parts): void {
  const { database, log, random, resources, state } = parts;
  const identity = { id: randomUUID(), name: hostname() };
  const describe = () => describeIntake(parts);
  const job = resources.use(createReplicaJob({ database, identity, describe, log, random }));
  state.reportIntake = () => job.look();
  job.start();
}

/** A reconciliation reads much: on connections that no event and no caller waits for, opened when the first one begins. */
function openReads({ config, resources, stopping: signal, random, watchPool }: Parts): Database {
  const pool = resources.use(openDatabase({ ...config.database, poolSize: jobConnections, isReadOnly: true }));
  watchPool("reconciliations", pool);
  return withRetries(pool, { signal, random });
}
