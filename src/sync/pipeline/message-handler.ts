import { setTimeout as wait } from "node:timers/promises";
import type { ReadAll } from "../../platform/process/work-limits.ts";
import type { MpcApi } from "../manage-pom-cases/mpc-api.ts";
import { repeatPassing } from "../../platform/process/retry-transient.ts";
import { readCaseEvent, type CaseEvent, type RefusedEvent } from "../events/case-event.ts";
import { readEnvelope, type Delivery } from "../events/envelope.ts";
import { withoutFaultyFacts } from "./delius-fault.ts";
import type { SettleOne } from "./batching.ts";
import type { JournalEntry } from "../fact/journal-record.ts";
import type { Ending, Preview } from "./settle-batch.ts";
import {
  toLookupRequest,
  type Prepared,
  type ReadMessage,
  type Ended,
  type ToFetch,
  type PreparedFact,
} from "./prepared-message.ts";
import type { LookupRequest, LookupResult } from "./lookup-result.ts";
import { triage } from "./triage.ts";

/** What the inbox is built from. */
export interface InboxSettings {
  /** Looks messages up in the database, in the order asked. */
  readonly look: ReadAll<LookupRequest, LookupResult>;
  /** Counts a delivery more of each of these messages, which were settled before. */
  readonly countDuplicates: (inboxKeys: readonly string[]) => Promise<unknown>;
  readonly api: MpcApi;
  readonly settle: SettleOne;
  readonly random: () => number;
  /** The origins that may be called; the first is Manage POM Cases' own. */
  readonly origins: readonly [string, ...string[]];
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
 * same person is settled in between (rule G4). After it resolves, the message may be deleted, unless its case was still `locked`
 * after half a minute: then it is to be put back. Raises `DependencyError` when it has to be tried again later, and the reason of
 * `signal` when its time is up.
 */
export async function handleMessage(
  inbox: InboxSettings,
  message: ReadMessage,
  signal: AbortSignal,
): Promise<HandledEnding> {
  for (let locked = 0; ;) {
    signal.throwIfAborted();
    const ending = await attempt(inbox, message, signal);
    if (ending.kind === "duplicate") await inbox.countDuplicates([message.envelope.inboxKey]);
    if (ending.kind === "start over") continue;
    const pause = ending.kind === "locked" ? lockPauses[locked] : undefined;
    if (pause === undefined) return ending;
    locked += 1;
    // Nothing is held meanwhile, neither a connection nor a writer.
    await wait(pause * (0.5 + inbox.random()), undefined, { signal });
  }
}

async function attempt(inbox: InboxSettings, message: ReadMessage, signal: AbortSignal): Promise<Ending> {
  const lookup = await repeatPassing(() => look(inbox, message), { signal, random: inbox.random });
  if (lookup.isSettled) return { kind: "duplicate" };
  return inbox.settle(await prepare(inbox, { message, lookup }, signal), signal);
}

/** What would be decided about a message at this moment, be it settled or not; nothing is written (rule G5). */
export async function previewMessage(
  inbox: Omit<InboxSettings, "settle" | "countDuplicates"> & { readonly preview: Preview },
  message: ReadMessage,
  signal: AbortSignal,
): Promise<readonly JournalEntry[]> {
  const lookup = await look(inbox, message);
  const prepared = await prepare(inbox, { message, lookup }, signal);
  return withoutFaultyFacts(prepared, (rest) => inbox.preview(rest, signal));
}

async function look(inbox: Pick<InboxSettings, "look">, message: ReadMessage): Promise<LookupResult> {
  const [lookup] = await inbox.look([toLookupRequest({ message })]);
  if (lookup === undefined) throw new Error("The look-up answered nothing.");
  return lookup;
}

async function prepare(
  { api, origins, random }: Pick<InboxSettings, "api" | "origins" | "random">,
  { message, lookup }: Pick<Prepared, "message" | "lookup">,
  signal: AbortSignal,
): Promise<Prepared> {
  const { event } = message;
  const steps = triage(event, { lookup, origins });
  const preparedFacts = await repeatPassing(() => fetchDetails(api, { event, steps }, signal), { signal, random });
  return { message, lookup, preparedFacts };
}

/**
 * Asks Manage POM Cases what is true now of the facts that need it (rule G1), side by side and outside any transaction.
 * Raises `DependencyError` when it cannot be reached or it is not Manage POM Cases that speaks (rule M3).
 */
export function fetchDetails(
  api: MpcApi,
  { event, steps }: { readonly event: CaseEvent | RefusedEvent; readonly steps: readonly (Ended | ToFetch)[] },
  signal: AbortSignal,
): Promise<readonly PreparedFact[]> {
  const isAnyNotFoundNoData = event.kind === "event" && event.rule.isAnyNotFoundNoData;
  return Promise.all(
    steps.map(async (step) =>
      step.kind === "ended" ? step : fetchDetail(api, { ...step, isAnyNotFoundNoData }, signal),
    ),
  );
}

async function fetchDetail(
  api: MpcApi,
  { fact, url, isAnyNotFoundNoData }: ToFetch & { readonly isAnyNotFoundNoData: boolean },
  signal: AbortSignal,
): Promise<PreparedFact> {
  if (fact === "allocation") {
    const answered = await api.fetchAllocation(url, signal);
    return answered.kind === "answer" ? { ...answered, fact } : { ...answered, kind: "ended", fact };
  }
  const answered = await api.fetchHandover(url, signal);
  if (answered.kind === "answer") return { ...answered, fact };
  if (answered.outcome === "UnexpectedNotFound" && isAnyNotFoundNoData) {
    return { kind: "answer", fact, answer: { kind: "noData" } };
  }
  return { ...answered, kind: "ended", fact };
}
