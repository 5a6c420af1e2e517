import { z } from "zod";
import { openDatabase, type Database } from "./adapters/database.ts";
import { inspectDelius } from "./adapters/delius.ts";
import { createLog } from "./adapters/log.ts";
import { openQueueAdmin, type QueueAdmin } from "./adapters/queue-admin.ts";
import { ConfigError, type ComparisonConfig } from "./config.ts";
import { createAskPresent } from "./consumer.ts";
import { getIntakeState } from "./operations/intake-state-store.ts";
import type { Compare } from "./reconciliation/comparison-handler.ts";
import { comparedFactSchema } from "./reconciliation/drift.ts";

/** What commands compare and refresh cases with. */
export interface Comparison extends AsyncDisposable {
  readonly database: Database;
  readonly queue: QueueAdmin;
  readonly compare: Compare;
  /** Whether the intake runs. */
  readonly isRunning: () => Promise<boolean>;
  /** How often Manage POM Cases was asked so far. */
  readonly calls: () => number;
}

/** Opens what a comparison needs; dispose closes it. Raises `ConfigError` when the database is not fit. */
export async function openComparison(config: ComparisonConfig): Promise<Comparison> {
  await using opening = new AsyncDisposableStack();
  const database = opening.use(openDatabase(config.database));
  const delius = await inspectDelius(database, { ...config.database, log: createLog("silent") });
  if ("faults" in delius) throw new ConfigError(delius.faults);
  const queue = opening.use(openQueueAdmin(config.queue));
  let calls = 0;
  const onCall = () => {
    calls += 1;
  };
  const parts = { config, database, clock: Date.now, random: Math.random, resources: opening, onCall };
  const askPresent = createAskPresent(parts, delius);
  const compare: Compare = async (nomsNumber, signal) =>
    z.array(comparedFactSchema).parse(await askPresent(nomsNumber, signal));
  const resources = opening.move();
  return {
    database,
    queue,
    compare,
    isRunning: async () => (await getIntakeState(database)).running,
    calls: () => calls,
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}
