import { postgresql } from "../../platform/database/database.ts";
import { DependencyError } from "../../platform/process/dependency-error.ts";
import type { Metrics } from "../../platform/process/metrics.ts";
import { traceTogether, type Tracing } from "../../platform/process/tracing.ts";
import type { Uptime } from "../../platform/time/uptime.ts";
import type { MpcApi } from "../manage-pom-cases/mpc-api.ts";
import type { Batching } from "../pipeline/batching.ts";
import { handleMessage, type InboxSettings } from "../pipeline/message-handler.ts";
import type { SettleBatch } from "../pipeline/settle-batch.ts";
import type { AttemptSettings } from "./attempt.ts";
import type { Gate, Use } from "./gate-job.ts";

/** What the handling of messages is built from, and who watches it. */
export interface WatchedSettings {
  readonly inbox: Omit<InboxSettings, "settle">;
  /** A message that has failed before is settled apart from those that have not: it would probably spoil their set. */
  readonly settle: Batching;
  readonly gate: Pick<Gate, "recordWell" | "recordFailure">;
  readonly uptime: Uptime;
}

/** Handles messages, and tells the gate which dependencies served and which failed the person that each is about. */
export function watchHandling({ inbox, settle, gate, uptime }: WatchedSettings): AttemptSettings["handle"] {
  return async (message, signal) => {
    const { person, failedBy, hasFailed } = message;
    const use: Use = { person, failedBy, begunAt: uptime() };
    const watched = { ...inbox, api: watch(inbox.api, gate, use), settle: hasFailed ? settle.apart : settle.together };
    try {
      const ending = await handleMessage(watched, message, signal);
      // That a case is locked says nothing about the database.
      if (ending.kind !== "locked") gate.recordWell("database", use);
      return ending;
    } catch (error) {
      if (error instanceof DependencyError) gate.recordFailure(error.dependency, use);
      throw error;
    }
  };
}

/** Tells the gate whenever Manage POM Cases has answered, for which HMPPS Auth had to be well too. */
function watch(api: MpcApi, gate: WatchedSettings["gate"], use: Use): MpcApi {
  const tell = <Answer>(answer: Answer): Answer => {
    gate.recordWell("mpc", use);
    gate.recordWell("auth", use);
    return answer;
  };
  return {
    ...api,
    fetchHandover: async (url, signal) => tell(await api.fetchHandover(url, signal)),
    fetchAllocation: async (url, signal) => tell(await api.fetchAllocation(url, signal)),
  };
}

/** Who watches what messages do in the database. */
export interface Observers {
  readonly metrics: Pick<Metrics, "observe">;
  readonly tracing: Tracing;
  readonly uptime: Uptime;
}

/** Makes each message's look-up a span of its own, and measures it. */
export function observeLookUps(look: InboxSettings["look"], observers: Observers): InboxSettings["look"] {
  const start = { name: "look up", kind: "client", attributes: postgresql } as const;
  return (asked) => observers.tracing.trace(start, () => measure("look up", observers, () => look(asked)));
}

/** Makes the transaction of each batch a span, joined to the traces of its messages, and measures both. */
export function observeSettling(settle: SettleBatch, observers: Observers): SettleBatch {
  const { metrics, tracing } = observers;
  return (batch, how) => {
    metrics.observe("batch", {}, batch.length);
    const links = batch.flatMap(({ message }) => message.envelope.trace ?? []);
    const attributes = { ...postgresql, "messaging.batch.message_count": batch.length };
    return traceTogether(tracing, { name: "settle", kind: "client", attributes, links }, () =>
      measure("settle", observers, () => settle(batch, how)),
    );
  };
}

async function measure<Value>(
  operation: string,
  { metrics, uptime }: Observers,
  work: () => Promise<Value>,
): Promise<Value> {
  const startedAt = uptime();
  try {
    return await work();
  } finally {
    metrics.observe("databaseOperations", { operation }, (uptime() - startedAt) / 1000);
  }
}
