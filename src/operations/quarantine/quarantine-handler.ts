import pLimit from "p-limit";
import type { Database, Executor, Transaction } from "../../platform/database/database.ts";
import { DependencyError } from "../../platform/process/dependency-error.ts";
import { describeFailure } from "../../platform/process/failed-dependency.ts";
import type { OperatorAction } from "../action/action.ts";
import { insertAction } from "../action/action-store.ts";
import { discardHeld, lockQuarantined, replayHeld, restoreDiscarded, type NewReplay } from "./order-store.ts";
import {
  maxInOrder,
  type Chosen,
  type OrderAnswer,
  type PreviewAnswer,
  type PreviewedFact,
} from "./quarantine-schema.ts";
import { findGroupKeys, listStoredFacts, type GroupKeys, type StoredFact } from "./quarantine-store.ts";
import { maxReplays } from "../../sync/fact/replay-key.ts";
import {
  decideDiscard,
  decideReplay,
  decideRestore,
  refusals,
  type Permission,
  type QuarantineState,
  type Refusal,
  type QuarantinedFact,
  type StoredMessage,
} from "./replay.ts";

/** What is to be done with messages that were set aside, by whom and why. */
export interface Order {
  readonly chosen: Chosen;
  readonly actor: string;
  readonly reason: string;
}

/** Says what would be decided for each fact of a stored message now; raises `DependencyError` when it cannot ask. */
export type Preview = (message: StoredMessage, signal: AbortSignal) => Promise<readonly PreviewedFact[]>;

interface OrderKind {
  readonly action: OperatorAction["action"];
  /** The state of what it is about. */
  readonly from: QuarantineState;
  readonly replaysBelow: number | null;
  readonly done: OrderAnswer["results"][number]["result"];
  readonly decide: (facts: readonly QuarantinedFact[]) => Permission;
  readonly write: (tx: Transaction, allowed: readonly NewReplay[]) => Promise<void>;
}

const replays: OrderKind = {
  action: "replay",
  from: "held",
  replaysBelow: maxReplays,
  done: "replaying",
  decide: decideReplay,
  write: replayHeld,
};
const discards: OrderKind = {
  action: "discard",
  from: "held",
  replaysBelow: null,
  done: "discarded",
  decide: decideDiscard,
  write: (tx, allowed) => discardHeld(tx, keysOf(allowed)),
};
const restores: OrderKind = {
  action: "restore",
  from: "discarded",
  replaysBelow: null,
  done: "restored",
  decide: decideRestore,
  write: (tx, allowed) => restoreDiscarded(tx, keysOf(allowed)),
};

/**
 * Orders replays: once this resolves they are stored together with the order, and will be sent whatever becomes of this
 * process (rule O3).
 */
export function replayMessages(database: Database, order: Order, signal: AbortSignal): Promise<OrderAnswer> {
  return database.transaction((tx) => carryOut(tx, replays, order), signal);
}

/** Discards messages that are held; they stay where they are and can be restored. */
export function discardMessages(database: Database, order: Order, signal: AbortSignal): Promise<OrderAnswer> {
  return database.transaction((tx) => carryOut(tx, discards, order), signal);
}

/** Holds messages again that were discarded. */
export function restoreMessages(database: Database, order: Order, signal: AbortSignal): Promise<OrderAnswer> {
  return database.transaction((tx) => carryOut(tx, restores, order), signal);
}

async function carryOut(tx: Transaction, kind: OrderKind, { chosen, actor, reason }: Order) {
  const { inboxKeys, total } = await choose(tx, kind, chosen);
  const facts = Map.groupBy(await lockQuarantined(tx, inboxKeys), ({ inboxKey }) => inboxKey);
  const decided = inboxKeys.map((inboxKey) => ({ inboxKey, permission: kind.decide(facts.get(inboxKey) ?? []) }));
  const allowed = decided.flatMap(({ inboxKey, permission }) =>
    permission.kind === "allowed" ? { inboxKey, replay: permission.replay } : [],
  );
  const value: OrderAnswer = {
    results: decided.map(({ inboxKey, permission }) =>
      permission.kind === "refused" ? refuse(inboxKey, permission.refusal) : report(kind, inboxKey, permission.replay),
    ),
    left: total - inboxKeys.length,
  };
  if (allowed.length === 0) return { commit: false, value };
  const subject = { inboxKeys: keysOf(allowed), ...("group" in chosen ? { group: chosen.group } : {}) };
  const writes = [kind.write(tx, allowed), insertAction(tx, { actor, action: kind.action, reason, subject })];
  return { commit: true, value, writes };
}

function choose(executor: Executor, { from, replaysBelow }: Pick<OrderKind, "from" | "replaysBelow">, chosen: Chosen) {
  if ("inboxKeys" in chosen) {
    const { inboxKeys } = chosen;
    return Promise.resolve<GroupKeys>({ inboxKeys, total: inboxKeys.length });
  }
  return findGroupKeys(executor, { reason: chosen.group, state: from, replaysBelow, most: maxInOrder });
}

function keysOf(allowed: readonly NewReplay[]): readonly string[] {
  return allowed.map(({ inboxKey }) => inboxKey);
}

function refuse(inboxKey: string, refusal: Refusal) {
  return { inboxKey, result: "refused" as const, refusal, message: refusals[refusal] };
}

function report({ done, action }: OrderKind, inboxKey: string, replay: number): OrderAnswer["results"][number] {
  return { inboxKey, result: done, ...(action === "replay" ? { replay } : {}) };
}

/** What previews are built from. */
export interface PreviewSettings {
  readonly reads: Executor;
  readonly preview: Preview;
}

// Each asks Manage POM Cases: an operator's curiosity must not keep it from the events.
const previewsAtOnce = 4;

/** Says what a replay would come to, message by message. Writes nothing. */
export async function previewMessages(
  { reads, preview }: PreviewSettings,
  chosen: Chosen,
  signal: AbortSignal,
): Promise<PreviewAnswer> {
  const { inboxKeys, total } = await choose(reads, replays, chosen);
  const facts = Map.groupBy(await listStoredFacts(reads, inboxKeys), ({ inboxKey }) => inboxKey);
  const limit = pLimit(previewsAtOnce);
  const previewed = inboxKeys.map((inboxKey) =>
    limit(() => previewOne({ preview, inboxKey, facts: facts.get(inboxKey) ?? [] }, signal)),
  );
  return { results: await Promise.all(previewed), left: total - inboxKeys.length };
}

interface ToPreview {
  readonly preview: Preview;
  readonly inboxKey: string;
  readonly facts: readonly StoredFact[];
}

async function previewOne(
  { preview, inboxKey, facts }: ToPreview,
  signal: AbortSignal,
): Promise<PreviewAnswer["results"][number]> {
  signal.throwIfAborted();
  const permission = decideReplay(facts);
  const stored = facts.find(({ state }) => state === replays.from);
  if (permission.kind === "refused") return refuse(inboxKey, permission.refusal);
  if (stored === undefined) return refuse(inboxKey, "unknown");
  const { body, attributes } = stored;
  const { replay, facts: named } = permission;
  try {
    const told = await preview({ inboxKey, body, attributes, replay, facts: named }, signal);
    return { inboxKey, result: "previewed", facts: told.map(describeFact) };
  } catch (error) {
    if (!(error instanceof DependencyError)) throw error;
    return { inboxKey, result: "unavailable", message: describeFailure(error) };
  }
}

function describeFact({ fact, outcome, reasons, changes }: PreviewedFact) {
  return { ...(fact === null ? {} : { fact }), outcome, reasons: [...reasons], changes: [...changes] };
}
