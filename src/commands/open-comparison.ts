import type { Database, Executor } from "../platform/database/database.ts";
import { openQueueAdmin, type QueueAdmin } from "../platform/queue/queue-admin.ts";
import { openCommandParts } from "../app/command-parts.ts";
import type { ComparisonConfig } from "../app/config.ts";
import { getIntakeState } from "../sync/intake/intake-state-store.ts";
import { compareBy, type Compare } from "../operations/reconciliation/comparison-handler.ts";

/** What commands compare and refresh cases with. */
export interface Comparison extends AsyncDisposable {
  /** For the record of a run; what fails in a way that passes is done again, as with `reads`. */
  readonly database: Database;
  /** For everything that is only read: these connections cannot write. */
  readonly reads: Executor;
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
  const { reads, openWrites, askPresent, calls } = await openCommandParts(config, opening);
  const database = openWrites();
  const queue = opening.use(openQueueAdmin(config.queue));
  const resources = opening.move();
  return {
    database,
    reads,
    queue,
    compare: compareBy(askPresent),
    isRunning: async () => (await getIntakeState(reads)).running,
    calls,
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}
