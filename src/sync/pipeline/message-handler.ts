import { setTimeout as wait } from "node:timers/promises";
import { postgresql } from "../../platform/database/database.ts";
import type { ReadAll } from "../../platform/process/work-limits.ts";
import { repeatPassing } from "../../platform/process/retry-transient.ts";
import { readCaseEvent, readEnvelope, type Delivery } from "../events/case-event.ts";
import type { MpcApi } from "../manage-pom-cases/mpc-api.ts";
import type { Batching } from "./batching.ts";
import {
  type LookupRequest,
  type LookupResult,
  type Prepared,
  type PreparedFact,
  type ReadMessage,
} from "./prepared-message.ts";
import type { Ending, Observers } from "./settle-batch.ts";
import { triage } from "./triage.ts";

/** What a message is prepared with. */
export interface PreparationSettings extends Pick<Observers, "tracing"> {
  /** Looks messages up in the database, in the order asked. */
  readonly look: ReadAll<LookupRequest, LookupResult>;
  readonly api: MpcApi;
  readonly random: () => number;
  /** The origins that may be called; the first is Manage POM Cases' own. */
  readonly origins: readonly [string, ...string[]];
}

/** What the inbox is built from. */
export interface InboxSettings extends PreparationSettings, Observers {
  /** Counts a delivery more of each of these messages, which were settled before. */
  readonly countDuplicates: (inboxKeys: readonly string[]) => Promise<unknown>;
  /** A message that has failed before is settled apart from those that have not: it would probably spoil their set. */
  readonly settle: Batching;
}

/** Reads a message; see {@link readEnvelope} and {@link readCaseEvent}. */
export function readMessage(delivery: Delivery): ReadMessage {
  const envelope = readEnvelope(delivery);
  return { delivery, envelope, event: readCaseEvent(envelope) };
}

/** How the handling of a message ended. */
export type HandledEnding = Exclude<Ending, { kind: "start over" }>;

// Milliseconds before a locked case is tried again: half a minute in all, within the deadline of a message.
const lockPauses = [100, 200, 400, 800, 1_500, 3_000, 5_000, 5_000, 5_000, 5_000];

/**
 * Takes one message from *look* to its one recorded outcome per fact, starting over as often as another message of the
 * same person is settled in between (rule G4), and calls `onAnswer` whenever Manage POM Cases has answered. After it resolves, the message
 * may be deleted, unless its case was still `locked` after half a minute: then it is to be put back. Raises `DependencyError` when it has
 * to be tried again later, and the reason of `signal` when its time is up.
 */
export type HandleMessage = (
  message: ReadMessage & { readonly hasFailed: boolean },
  signal: AbortSignal,
  onAnswer: () => void,
) => Promise<HandledEnding>;

/** Makes what handles messages. */
export function createMessageHandler(inbox: InboxSettings): HandleMessage {
  const { metrics, uptime, random } = inbox;
  return async (message, signal, onAnswer) => {
    const settle = message.hasFailed ? inbox.settle.apart : inbox.settle.together;
    const repeating = { signal, random };
    for (let locked = 0; ;) {
      signal.throwIfAborted();
      const lookup = await repeatPassing(() => {
        const startedAt = uptime();
        return lookAtMessage(inbox, message).finally(() =>
          metrics.observe("databaseOperations", { operation: "look up" }, (uptime() - startedAt) / 1000),
        );
      }, repeating);
      const ending: Ending = lookup.isSettled
        ? { kind: "duplicate" }
        : await settle(await prepareMessage(inbox, { message, lookup }, { signal, onAnswer }), signal);
      if (ending.kind === "duplicate") await inbox.countDuplicates([message.envelope.inboxKey]);
      if (ending.kind === "start over") continue;
      const pause = ending.kind === "locked" ? lockPauses[locked] : undefined;
      if (pause === undefined) return ending;
      locked += 1;
      // Nothing is held meanwhile, neither a connection nor a writer.
      await wait(pause * (0.5 + random()), undefined, { signal });
    }
  };
}

/** What the database shows about a message before anything is fetched or locked, read in a span of its own. */
export async function lookAtMessage(
  { look, tracing }: Pick<PreparationSettings, "look" | "tracing">,
  message: ReadMessage,
): Promise<LookupResult> {
  const start = { name: "look up", kind: "client", attributes: postgresql } as const;
  const [lookup] = await tracing.trace(start, () => look([message]));
  if (lookup === undefined) throw new Error("The look-up answered nothing.");
  return lookup;
}

/** How Manage POM Cases is asked about a message. */
interface Asking {
  readonly signal: AbortSignal;
  /** Called whenever it has answered. */
  readonly onAnswer?: () => void;
}

/** Finds out everything that a message needs to be settled; raises what {@link fetchDetails} raises. */
export async function prepareMessage(
  { api, origins, random }: Pick<PreparationSettings, "api" | "origins" | "random">,
  { message, lookup }: Pick<Prepared, "message" | "lookup">,
  asking: Asking,
): Promise<Prepared> {
  const { event } = message;
  const steps = triage(event, { lookup, origins });
  const repeating = { signal: asking.signal, random };
  return {
    message,
    lookup,
    preparedFacts: await repeatPassing(() => fetchDetails(api, { event, steps }, asking), repeating),
  };
}

/**
 * Asks Manage POM Cases what is true now of the facts that need it (rule G1), side by side and outside any transaction.
 * Raises `DependencyError` when it cannot be reached or it is not Manage POM Cases that speaks (rule M3).
 */
export function fetchDetails(
  api: MpcApi,
  { event, steps }: { readonly event: ReadMessage["event"]; readonly steps: ReturnType<typeof triage> },
  { signal, onAnswer }: Asking,
): Promise<readonly PreparedFact[]> {
  return Promise.all(
    steps.map(async (step): Promise<PreparedFact> => {
      if (step.kind === "ended") return step;
      const { fact, url } = step;
      if (fact === "allocation") {
        const answered = await api.fetchAllocation(url, signal);
        onAnswer?.();
        return answered.kind === "answer" ? { ...answered, fact } : { ...answered, kind: "ended", fact };
      }
      const answered = await api.fetchHandover(url, signal);
      onAnswer?.();
      if (answered.kind === "answer") return { ...answered, fact };
      const isAnyNotFoundNoData = event.kind === "event" && event.rule.isAnyNotFoundNoData;
      return answered.outcome === "UnexpectedNotFound" && isAnyNotFoundNoData
        ? { kind: "answer", fact, answer: { kind: "noData" } }
        : { ...answered, kind: "ended", fact };
    }),
  );
}
