import { inspectDelius, type Delius } from "../delius/schema/delius-inspection.ts";
import { listMissingCodes } from "../sync/fact/reference-store.ts";
import type { Database, PooledDatabase } from "../platform/database/database.ts";
import { openDatabase } from "../platform/database/pool.ts";
import { withRetries } from "../platform/database/retrying-database.ts";
import { createLog, type Log } from "../platform/process/log.ts";
import { observeCalls, unobserved } from "../platform/process/service-call.ts";
import { noTracing, type Tracing } from "../platform/process/tracing.ts";
import type { Repeating } from "../platform/process/retry-transient.ts";
import { machineClocks } from "../platform/time/clocks.ts";
import { createTokenSource } from "../sync/manage-pom-cases/mpc-api.ts";
import { ConfigError, type ComparisonConfig } from "./config.ts";
import type { Previews } from "./parts.ts";
import { openPreviews } from "./previews.ts";

/** What a command works with that asks Manage POM Cases about cases: the same parts as the service's, without a log. */
export interface CommandParts extends Pick<Previews, "askPresent"> {
  /** For everything that is only read: these connections cannot write. */
  readonly reads: Database;
  /** Opens connections that can write. */
  readonly openWrites: () => Database;
  /** How often Manage POM Cases was asked so far. */
  readonly calls: () => number;
  /** How what fails is repeated; its signal aborts when the parts are closed. */
  readonly repeating: Repeating;
}

// A process that ends leaves no metrics: its gauges would be those of the service.
const uncounted = { observe: () => undefined };

/**
 * Opens these parts; they are closed with `resources`. What they do is a part of the trace under way. Raises `ConfigError`
 * where the database is not fit.
 */
export async function openCommandParts(
  config: ComparisonConfig,
  resources: AsyncDisposableStack,
  tracing: Tracing = noTracing,
): Promise<CommandParts> {
  const random = Math.random;
  const { signal: stopping } = resources.adopt(new AbortController(), (ending) => ending.abort());
  const repeating = { signal: stopping, random };
  const open = (isReadOnly: boolean) =>
    withRetries(resources.use(openDatabase({ ...config.database, isReadOnly })), repeating);
  const reads = open(true);
  const delius = await requireDelius({ database: reads, config, log: createLog("silent") });
  const { uptime } = machineClocks;
  const observeCall = tracing.isOn ? observeCalls(tracing, uncounted, uptime) : unobserved;
  const tokens = createTokenSource(config.auth, uptime, observeCall);
  let calls = 0;
  const onCall = () => {
    calls += 1;
  };
  const watching = { observeCall, tracing, watchPool: () => undefined };
  const parts = { config, tokens, ...watching, ...machineClocks, random, stopping, resources, onCall };
  const { askPresent } = openPreviews(parts, delius);
  return { reads, openWrites: () => open(false), askPresent, calls: () => calls, repeating };
}

/** What Delius is inspected with. */
export interface DeliusInspection {
  readonly database: Database | PooledDatabase;
  readonly config: Pick<ComparisonConfig, "database">;
  readonly log: Log;
}

/** Reads what has to be known of Delius. Raises `ConfigError` with all that is wrong with it at once. */
export async function requireDelius({ database, config, log }: DeliusInspection): Promise<Delius> {
  const inspection = await inspectDelius(database, { ...config.database, log, listMissingCodes });
  if ("faults" in inspection) throw new ConfigError(inspection.faults);
  return inspection;
}
