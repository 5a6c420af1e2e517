import { coalesce } from "../platform/process/work-limits.ts";
import { createDeletions } from "../platform/queue/queue.ts";
import { traceStatements, type Database } from "../platform/database/database.ts";
import type { Delius } from "../delius/schema/delius-inspection.ts";
import { type TokenSource, createMpcApi } from "../sync/manage-pom-cases/mpc-api.ts";
import { checkSigningKeys } from "../platform/access/signing-keys.ts";
import type { ObserveCall } from "../platform/process/service-call.ts";
import { createHandlers } from "./handlers.ts";
import { pingDatabase } from "../platform/health/health-store.ts";
import type { SharedDependency } from "../sync/intake/trouble.ts";
import { failMessage, postponeMessage, type FailureSettings } from "../sync/intake/failed-attempt.ts";
import { createGate, type MindedGate } from "../sync/intake/gate-job.ts";
import { createBatching } from "../sync/pipeline/batching.ts";
import { createMessageHandler, type InboxSettings } from "../sync/pipeline/message-handler.ts";
import { countDuplicates, insertAttempts, type Attempt } from "../sync/pipeline/journal-store.ts";
import { createIntake } from "../sync/intake/intake.ts";
import { lookUp } from "../sync/pipeline/lookup-store.ts";
import { createSettleBatch } from "../sync/pipeline/settle-batch.ts";
import type { LookupRequest } from "../sync/pipeline/prepared-message.ts";
import { getIntakeState } from "../sync/intake/intake-state-store.ts";
import { watchIntake } from "./gauges.ts";
import type { Parts } from "./parts.ts";

const batching = { writers: { usual: 2, most: 3 }, largestSet: 32 };
const sharing = { most: 64, parallel: 1 };

/** What receiving is built from beside the other parts. */
interface ConsumerParts extends Parts {
  readonly tokens: TokenSource;
  readonly observeCall: ObserveCall;
}

/** Joins the half of the service that turns messages into rows, and begins to receive. */
export function startConsumer(parts: ConsumerParts, { columnLengths }: Delius): void {
  const { config, database, queue, log, clock, uptime, random, metrics, tracing, resources, state } = parts;
  const { concurrency } = config.consumer;
  // What is opened first is closed last: receiving ends before anything that it needs.
  const gate = resources.use(startGate(parts));
  const deletions = resources.use(createDeletions(queue, log, tracing));
  const api = resources.use(createMpcApi({ ...parts, columnLengths }));
  const handlers = createHandlers(config, { isPreview: false });
  const settleBatch = createSettleBatch(traceStatements(database, tracing), handlers, parts);
  const settle = createBatching({ settleBatch, random, ...batching });
  const { recordAttempts, ...shared } = shareTrips(database);
  const observers = { metrics, tracing, uptime };
  const handle = createMessageHandler({ ...shared, ...observers, api, settle, random, origins: config.mpc.origins });
  const failure = { recordAttempts, queue, log, metrics, random, retryDelays: config.rules.retryDelays };
  const intake = resources.use(
    createIntake({
      queue,
      deletions,
      log,
      metrics,
      tracing,
      clock,
      uptime,
      gate,
      concurrency,
      handle,
      fail: (held, error) => failMessage(failure, held, error),
      postpone: (held, reason) => postponeMessage(failure, held, reason),
      onPausedEnd: () => state.reportIntake(),
    }),
  );
  state.consumer = { intake, gate };
  gate.onChange(() => state.reportIntake());
  watchIntake(metrics, intake, gate);
  intake.start();
  log.info({ concurrency }, "consumer started");
}

type SharedTrips = Pick<InboxSettings, "look" | "countDuplicates"> & Pick<FailureSettings, "recordAttempts">;

/** Messages of the same moment share what they ask and tell the database before and after they are settled. */
function shareTrips(database: Database): SharedTrips {
  const count = async (inboxKeys: readonly string[]) => {
    await countDuplicates(database, inboxKeys);
    return inboxKeys;
  };
  const record = async (attempts: readonly Attempt[]) => {
    await insertAttempts(database, attempts);
    return attempts;
  };
  return {
    look: coalesce((asked: readonly LookupRequest[]) => lookUp(database, asked), sharing),
    countDuplicates: coalesce(count, sharing),
    // The record of a failure is in no hurry: those of a tenth of a second cost one commit.
    recordAttempts: coalesce(record, { ...sharing, gatherMs: 100 }),
  };
}

function startGate({ config, database, probe, uptime, random, log }: Parts): MindedGate {
  const probes: Readonly<Record<SharedDependency, () => Promise<unknown>>> = {
    database: () => pingDatabase(database),
    mpc: () => probe.ask("mpc", `${config.mpc.origins[0]}/api`, [200, 401]),
    auth: () => checkSigningKeys(config.api.tokens.jwksUrl),
  };
  const gate = createGate({
    concurrency: config.consumer.concurrency,
    uptime,
    random,
    log,
    readIsPaused: async () => !(await getIntakeState(database)).running,
    probe: (dependency) => probes[dependency](),
  });
  gate.start();
  return gate;
}
