import type { Database, Executor } from "../platform/database/database.ts";
import { openQueueAdmin, type QueueAdmin } from "../platform/queue/queue-admin.ts";
import { withPatience } from "../platform/database/retrying-database.ts";
import { repeatWhileAway } from "../platform/process/retry-transient.ts";
import { openCommandParts } from "../app/command-parts.ts";
import type { Tracing } from "../platform/process/tracing.ts";
import type { ComparisonConfig } from "../app/config.ts";
import { getIntakeState } from "../sync/intake/intake-state-store.ts";
import { compareBy, type Compare } from "../operations/reconciliation/comparison-handler.ts";

/** What commands compare and refresh cases with. */
export interface Comparison extends AsyncDisposable {
  /** For the record of a run. It survives a failover of the database, as do `reads` and `compare`. */
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
export async function openComparison(config: ComparisonConfig, tracing?: Tracing): Promise<Comparison> {
  await using opening = new AsyncDisposableStack();
  const { openWrites, askPresent, calls, repeating, ...parts } = await openCommandParts(config, opening, tracing);
  const database = withPatience(openWrites(), repeating);
  const reads = withPatience(parts.reads, repeating);
  const queue = opening.use(openQueueAdmin(config.queue));
  const resources = opening.move();
  return {
    database,
    reads,
    queue,
    compare: compareBy((nomsNumber, signal) =>
      repeatWhileAway(() => askPresent(nomsNumber, signal), { ...repeating, signal }),
    ),
    isRunning: async () => (await getIntakeState(reads)).running,
    calls,
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}
