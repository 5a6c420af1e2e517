import { coalesce } from "./adapters/coalescing.ts";
import { createDeletions } from "./adapters/deletions.ts";
import type { Database } from "./adapters/database.ts";
import type { Delius } from "./adapters/delius.ts";
import { createTokenSource } from "./adapters/hmpps-auth.ts";
import { createMpcApi, type MpcApi } from "./adapters/mpc-api.ts";
import { createAllocationHandler } from "./allocation/allocation-handler.ts";
import type { ComparisonConfig, Config } from "./config.ts";
import { writeCaseQuestion } from "./explanation/case-question.ts";
import type { AskPresent } from "./explanation/explanation-handler.ts";
import { createHandoverHandler } from "./handover/handover-handler.ts";
import { pingDatabase } from "./health/health-store.ts";
import type { SharedDependency } from "./inbox/circuit.ts";
import { failMessage } from "./inbox/failure-handler.ts";
import { createGate, type Gate, type MindedGate } from "./inbox/gate-job.ts";
import { createGathering } from "./inbox/gathering-handler.ts";
import { handleMessage, previewMessage, readMessage } from "./inbox/inbox-handler.ts";
import { countDuplicates } from "./inbox/inbox-store.ts";
import { createIntake } from "./inbox/intake-handler.ts";
import { lookUp } from "./inbox/look-store.ts";
import { outcomeClasses } from "./inbox/outcome.ts";
import { isComplete, readReferenceData, type ReferenceData } from "./inbox/reference-data.ts";
import { listReferenceEntries } from "./inbox/reference-store.ts";
import { createPreview, createSettlement, type FactHandlers } from "./inbox/settlement-handler.ts";
import type { LookUp } from "./inbox/sighting.ts";
import { getIntakeState } from "./operations/intake-state-store.ts";
import type { PreviewedFact } from "./operations/quarantine-schema.ts";
import { createReplayJob } from "./operations/replay-job.ts";
import { writeReplay, type StoredMessage } from "./operations/replay.ts";
import { createRetentionJob } from "./operations/retention-job.ts";
import type { Parts } from "./parts.ts";
import { createRepairJob } from "./reconciliation/repair-job.ts";

const minute = 60_000;
const gathering = { writers: { usual: 2, most: 3 }, largestSet: 32 };
const sharing = { most: 64, parallel: 1 };

/** Joins the half of the service that turns messages into rows, and begins to receive. */
export function startConsumer(parts: Parts, delius: Delius): void {
  const { config, database, queue, log, clock, random, metrics, resources, state } = parts;
  const { concurrency } = config.consumer;
  // What is opened first is closed last: receiving ends before anything that it needs, and before the jobs.
  startJobs(parts);
  const gate = resources.use(startGate(parts));
  const deletions = resources.use(createDeletions(queue, log));
  const tokens = createTokenSource(config.auth, clock);
  const api = watch(resources.use(createMpcApi({ tokens, columnLengths: delius.columnLengths })), gate);
  const readReferences = rememberReferences(database);
  const handlers = createHandlers(config, delius, readReferences);
  const settle = createGathering({ settleSet: createSettlement(database, handlers), random, ...gathering });
  const inbox = { ...shareReads(database), api, settle, readReferences, random, origins: config.mpc.origins };
  const failure = { database, queue, log, metrics, random, retryDelays: config.rules.retryDelays };
  const intake = resources.use(
    createIntake({
      queue,
      deletions,
      log,
      metrics,
      clock,
      gate,
      concurrency,
      handle: (message, signal) => handleMessage(inbox, message, signal),
      fail: (held, error) => failMessage(failure, held, error),
    }),
  );
  const previews = { ...inbox, preview: createPreview(database, handlers), clock };
  state.consumer = {
    intake,
    gate,
    preview: (stored, signal) => previewStored(previews, stored, signal),
    askPresent: (nomsNumber, signal) => previewCase(previews, nomsNumber, signal),
  };
  intake.start();
  log.info({ concurrency }, "receiving");
}

/** Messages that come at the same moment share what they ask of the database before they are settled. */
function shareReads(database: Database): Pick<Inbox, "look" | "countDuplicates"> {
  const count = async (inboxKeys: readonly string[]) => {
    await countDuplicates(database, inboxKeys);
    return inboxKeys;
  };
  return {
    look: coalesce((asked: readonly LookUp[]) => lookUp(database, asked), sharing),
    countDuplicates: coalesce(count, sharing),
  };
}

/** What the answers of {@link createAskPresent} are built from. */
export interface AskPresentParts extends Pick<Parts, "database" | "clock" | "random" | "resources"> {
  readonly config: ComparisonConfig;
  /** Told of each call of Manage POM Cases. */
  readonly onCall: () => void;
}

/** Makes what answers how cases would be decided now, for whoever receives no messages. */
export function createAskPresent(parts: AskPresentParts, delius: Delius): AskPresent {
  const { config, database, clock, random, resources, onCall } = parts;
  const tokens = createTokenSource(config.auth, clock);
  const api = countCalls(resources.use(createMpcApi({ tokens, columnLengths: delius.columnLengths })), onCall);
  const readReferences = rememberReferences(database);
  const preview = createPreview(database, createHandlers(config, delius, readReferences));
  const previews = {
    ...shareReads(database),
    api,
    readReferences,
    random,
    origins: config.mpc.origins,
    preview,
    clock,
  };
  return (nomsNumber, signal) => previewCase(previews, nomsNumber, signal);
}

function countCalls(api: MpcApi, onCall: () => void): MpcApi {
  return {
    ...api,
    fetchHandover: (url, signal) => {
      onCall();
      return api.fetchHandover(url, signal);
    },
    fetchAllocation: (url, signal) => {
      onCall();
      return api.fetchAllocation(url, signal);
    },
  };
}

type Inbox = Parameters<typeof handleMessage>[0];

type Previews = Parameters<typeof previewMessage>[0] & Pick<Parts, "clock">;

/** What a refresh of both facts of a case would come to, at this moment. */
async function previewCase(
  { clock, ...inbox }: Previews,
  ...[nomsNumber, signal]: Parameters<AskPresent>
): ReturnType<AskPresent> {
  const message = readMessage({ ...writeCaseQuestion(nomsNumber), receives: 1, receivedAt: clock() });
  const settlements = await previewMessage(inbox, message, signal);
  return settlements.map(({ fact, answer, decision: { outcome, reasons, changes } }) => ({
    ...(fact === null ? {} : { fact }),
    outcome,
    outcomeClass: outcomeClasses[outcome],
    answer,
    reasons: [...reasons],
    changes: [...(changes ?? [])],
  }));
}

/** What would become of a message that was set aside, at this moment. */
async function previewStored(
  { clock, ...inbox }: Previews,
  stored: StoredMessage,
  signal: AbortSignal,
): Promise<readonly PreviewedFact[]> {
  const { body, attributes } = writeReplay(stored);
  const message = readMessage({ messageId: stored.inboxKey, body, attributes, receives: 1, receivedAt: clock() });
  const settlements = await previewMessage(inbox, message, signal);
  return settlements.map(({ fact, decision: { outcome, reasons, changes } }) => ({
    fact,
    outcome,
    reasons,
    changes: changes ?? [],
  }));
}

function startJobs({ config, database, queueAdmin, log, clock, random, resources }: Parts): void {
  resources.use(createReplayJob({ database, queue: queueAdmin, log, random })).start();
  const isRunning = async () => (await getIntakeState(database)).running;
  resources.use(createRepairJob({ database, queue: queueAdmin, isRunning, log, clock, random })).start();
  const firstAfterMs = minute * (1 + random());
  resources.use(createRetentionJob({ database, rules: config.retention, firstAfterMs, log, clock, random })).start();
}

function startGate({ config, database, probe, clock, random, log }: Parts): MindedGate {
  const probes: Readonly<Record<SharedDependency, () => Promise<unknown>>> = {
    database: () => pingDatabase(database),
    mpc: () => probe.ask("mpc", `${config.mpc.origins[0]}/api`),
    auth: () => probe.ask("auth", config.api.tokens.jwksUrl),
  };
  const gate = createGate({
    concurrency: config.consumer.concurrency,
    clock,
    random,
    log,
    readIsPaused: async () => !(await getIntakeState(database)).running,
    probe: (dependency) => probes[dependency](),
  });
  gate.start();
  return gate;
}

/** Tells the gate whenever Manage POM Cases has answered, for which HMPPS Auth had to be well too. */
function watch(api: MpcApi, gate: Gate): MpcApi {
  const tell = <Answer>(answer: Answer): Answer => {
    gate.recordWell("mpc");
    gate.recordWell("auth");
    return answer;
  };
  return {
    ...api,
    fetchHandover: async (url, signal) => tell(await api.fetchHandover(url, signal)),
    fetchAllocation: async (url, signal) => tell(await api.fetchAllocation(url, signal)),
  };
}

function createHandlers(
  { rules }: Pick<Config, "rules">,
  { userId }: Delius,
  readReferences: () => Promise<ReferenceData>,
): FactHandlers {
  const reasonDescriptions = async () => (await readReferences()).reasonDescriptions;
  return {
    handover: createHandoverHandler({ nullDates: rules.nullDates, userId }),
    allocation: createAllocationHandler({ userId, reasonDescriptions }),
  };
}

/** Reads Delius's code values once, and again for as long as some are missing: people mend reference data. */
function rememberReferences(database: Database): () => Promise<ReferenceData> {
  let complete: ReferenceData | null = null;
  return async () => {
    const reference = complete ?? readReferenceData(await listReferenceEntries(database));
    if (isComplete(reference)) complete = reference;
    return reference;
  };
}
