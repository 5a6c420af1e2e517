import { answerWithin, coalesce } from "../platform/process/work-limits.ts";
import { openDatabase } from "../platform/database/pool.ts";
import type { Delius } from "../delius/schema/delius-inspection.ts";
import { DependencyError, errorClassOf } from "../platform/process/dependency-error.ts";
import type { ObserveCall } from "../platform/process/service-call.ts";
import { type TokenSource, createMpcApi, type MpcApi } from "../sync/manage-pom-cases/mpc-api.ts";
import { withRetries } from "../platform/database/retrying-database.ts";
import type { ComparisonConfig } from "./config.ts";
import { writeCaseQuestion } from "../operations/explanation/case-question.ts";
import { createHandlers } from "./handlers.ts";
import { readMessage } from "../sync/pipeline/message-handler.ts";
import { lookUp } from "../sync/pipeline/lookup-store.ts";
import { outcomeClasses } from "../sync/fact/outcome.ts";
import { previewMessage } from "../sync/pipeline/preview.ts";
import type { LookupRequest } from "../sync/pipeline/prepared-message.ts";
import { writeReplay } from "../operations/quarantine/replay.ts";
import type { Parts, Previews } from "./parts.ts";

/** What previews are built from. */
export interface PreviewParts extends Pick<
  Parts,
  "clock" | "random" | "stopping" | "resources" | "tracing" | "watchPool"
> {
  readonly config: ComparisonConfig;
  readonly tokens: TokenSource;
  readonly observeCall: ObserveCall;
  /** Called at each call of Manage POM Cases. */
  readonly onCall: () => void;
}

// Nothing that a person waits for takes as long as they would: then what failed is known by its name.
const patience = { connect: 1_500, answer: 2_000 };
const tokenMs = 5_000;
const sharing = { most: 64, parallel: 1 };

/** The most connections to the database that previews open. */
export const previewConnections = 2;

/**
 * Opens previews on connections of their own, which the database lets read and nothing else, and with a client of Manage
 * POM Cases of their own: no event ever waits for them.
 */
export function openPreviews(parts: PreviewParts, { columnLengths }: Pick<Delius, "columnLengths">): Previews {
  const { config, clock, random, stopping: signal, resources, onCall, observeCall, tracing, watchPool } = parts;
  const pool = resources.use(
    openDatabase({ ...config.database, poolSize: previewConnections, patience, isReadOnly: true }),
  );
  watchPool("previews", pool);
  const reads = withRetries(pool, { signal, random });
  const tokens = limitWait(parts.tokens);
  const api = countCalls(resources.use(createMpcApi({ tokens, columnLengths, observeCall })), onCall);
  const look = coalesce((asked: readonly LookupRequest[]) => lookUp(reads, asked), sharing);
  const handlers = createHandlers(config, { isPreview: true });
  const settings = { look, api, random, tracing, origins: config.mpc.origins, database: reads, handlers };
  return {
    preview: async (stored, cut) => {
      const { body, attributes } = writeReplay(stored);
      const message = readMessage({ messageId: stored.inboxKey, body, attributes, receives: 1, receivedAt: clock() });
      const settlements = await previewMessage(settings, message, cut);
      return settlements.map(({ fact, decision: { outcome, reasons, changes } }) => ({
        fact,
        outcome,
        reasons,
        changes: changes ?? [],
      }));
    },
    // What would happen now is what a refresh of both facts would result in.
    askPresent: async (nomsNumber, cut) => {
      const message = readMessage({ ...writeCaseQuestion(nomsNumber), receives: 1, receivedAt: clock() });
      const settlements = await previewMessage(settings, message, cut);
      return settlements.map(({ fact, answer, decision: { outcome, reasons, changes } }) => ({
        ...(fact === null ? {} : { fact }),
        outcome,
        outcomeClass: outcomeClasses[outcome],
        answer,
        reasons: [...reasons],
        changes: [...(changes ?? [])],
      }));
    },
  };
}

/** A token that does not come in time is a failure of HMPPS Auth, and not of Manage POM Cases, which waits for it. */
function limitWait(tokens: TokenSource): TokenSource {
  return {
    ...tokens,
    getToken: async () => {
      try {
        return await answerWithin(tokenMs, tokens.getToken());
      } catch (error) {
        throw error instanceof DependencyError ? error : new DependencyError("auth", errorClassOf(error), error);
      }
    },
  };
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
