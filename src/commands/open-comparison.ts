import { machineClocks } from "../platform/time/clocks.ts";
import { openDatabase, type Database, type Executor } from "../platform/database/database.ts";
import { unobserved } from "../platform/process/observed-call.ts";
import { createTokenSource } from "../sync/manage-pom-cases/hmpps-auth.ts";
import { inspectDelius } from "../delius/schema/delius-inspection.ts";
import { createLog } from "../platform/process/log.ts";
import { openQueueAdmin, type QueueAdmin } from "../platform/queue/queue-admin.ts";
import { withRetries } from "../platform/database/retrying-database.ts";
import { ConfigError, type ComparisonConfig } from "../app/config.ts";
import { getIntakeState } from "../sync/intake/intake-state-store.ts";
import { openPreviews } from "../app/previews.ts";
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
  const random = Math.random;
  const { signal: stopping } = opening.adopt(new AbortController(), (ending) => ending.abort());
  const repeating = { signal: stopping, random };
  const database = withRetries(opening.use(openDatabase(config.database)), repeating);
  const reads = withRetries(opening.use(openDatabase({ ...config.database, isReadOnly: true })), repeating);
  const delius = await inspectDelius(database, { ...config.database, log: createLog("silent") });
  if ("faults" in delius) throw new ConfigError(delius.faults);
  const queue = opening.use(openQueueAdmin(config.queue));
  let calls = 0;
  const onCall = () => {
    calls += 1;
  };
  const tokens = createTokenSource(config.auth, machineClocks.uptime);
  const parts = {
    config,
    tokens,
    observeCall: unobserved,
    ...machineClocks,
    random,
    stopping,
    resources: opening,
    onCall,
  };
  const { askPresent } = openPreviews(parts, delius);
  const compare = compareBy(askPresent);
  const resources = opening.move();
  return {
    database,
    reads,
    queue,
    compare,
    isRunning: async () => (await getIntakeState(database)).running,
    calls: () => calls,
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}
