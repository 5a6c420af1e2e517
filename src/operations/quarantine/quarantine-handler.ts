import pLimit from "p-limit";
import { z } from "zod";
import type { Database, Executor, Transaction } from "../../platform/database/database.ts";
import { DependencyError } from "../../platform/process/dependency-error.ts";
import { cutPage, cursorOf, listTop, standardSize } from "../../platform/web/paging.ts";
import { parseInput } from "../../platform/web/secured-route.ts";
import { describeFailure } from "../../platform/process/failed-dependency.ts";
import type { OperatorAction } from "../action/action.ts";
import { insertAction } from "../action/action-store.ts";
import {
  discardHeld,
  holdReplaying,
  lockQuarantined,
  replayHeld,
  restoreDiscarded,
  type NewReplay,
} from "./order-store.ts";
import {
  maxInOrder,
  quarantineQuerySchema,
  quarantineReasons,
  type Chosen,
  type OrderAnswer,
  type OrderName,
  type PreviewAnswer,
  type PreviewedFact,
  type QuarantinePage,
} from "./quarantine-schema.ts";
import {
  findGroupKeys,
  listQuarantined,
  listStoredFacts,
  type GroupKeys,
  type StoredFact,
} from "./quarantine-store.ts";
import { maxReplays } from "../../sync/events/case-event.ts";
import {
  decideCancel,
  decideDiscard,
  decideReplay,
  decideRestore,
  refusals,
  type Permission,
  type QuarantineState,
  type Refusal,
  type OrderedFact,
  type StoredMessage,
} from "./replay.ts";

const querySchema = quarantineQuerySchema.extend({ before: cursorOf(z.int()).optional() });

/** What is said of a query that does not fit. */
export const badQuery = "The query is not valid";

/** Finds what is quarantined by a caller's query, the newest first. Raises a 400 with every field that does not fit. */
export async function searchQuarantined(reads: Executor, query: unknown): Promise<QuarantinePage> {
  const { reason, state = "held", size = standardSize, before = listTop } = parseInput(querySchema, query, badQuery);
  const reasons = reason === undefined ? quarantineReasons : [reason];
  const found = await listQuarantined(reads, { reasons, state, before, most: size + 1 });
  const { entries, next } = cutPage(found, size, ({ id }) => id);
  return { messages: entries.map(({ message }) => message), next };
}

/** What is to be done with messages that were quarantined, by whom and why. */
export interface Order {
  readonly name: OrderName;
  readonly chosen: Chosen;
  readonly actor: string;
  readonly reason: string;
  /** Of the replay of a whole group: which it is, and the milliseconds between two messages. */
  readonly pace?: { readonly groupReplay: number; readonly group: string; readonly everyMs: number };
}

/** Says what would be decided for each fact of a stored message now; raises `DependencyError` when it cannot ask. */
export type Preview = (message: StoredMessage, signal: AbortSignal) => Promise<readonly PreviewedFact[]>;

interface OrderKind {
  /** The state of what it is about. */
  readonly from: QuarantineState;
  readonly replaysBelow: number | null;
  readonly done: OrderAnswer["results"][number]["result"];
  readonly action: OperatorAction["action"];
  readonly decide: (facts: readonly OrderedFact[]) => Permission;
  readonly write: (tx: Transaction, allowed: readonly NewReplay[], everyMs: number) => Promise<void>;
}

const replays: OrderKind = {
  from: "held",
  replaysBelow: maxReplays,
  done: "replaying",
  action: "replay",
  decide: decideReplay,
  write: replayHeld,
};
const discards: OrderKind = {
  from: "held",
  replaysBelow: null,
  done: "discarded",
  action: "discard",
  decide: decideDiscard,
  write: (tx, allowed) => discardHeld(tx, keysOf(allowed)),
};
const restores: OrderKind = {
  from: "discarded",
  replaysBelow: null,
  done: "restored",
  action: "restore",
  decide: decideRestore,
  write: (tx, allowed) => restoreDiscarded(tx, keysOf(allowed)),
};

const cancels: OrderKind = {
  from: "replaying",
  replaysBelow: null,
  done: "cancelled",
  action: "cancel-replay",
  decide: decideCancel,
  write: (tx, allowed) => holdReplaying(tx, keysOf(allowed)),
};

const kinds: Readonly<Record<OrderName, OrderKind>> = {
  replay: replays,
  discard: discards,
  restore: restores,
  cancel: cancels,
};

/**
 * Carries out an order. Once an order of replays resolves they are stored together with it, and will be sent whatever
 * becomes of this process (rule O3). What is discarded stays where it is and can be restored.
 */
export function carryOutOrder(database: Database, order: Order, signal: AbortSignal): Promise<OrderAnswer> {
  return database.transaction((tx) => carryOut(tx, order), signal);
}

/** The messages that an order is about: of a group the oldest, and how many it has in all. */
export function findChosen(
  executor: Executor,
  { name, chosen, most = maxInOrder }: Pick<Order, "name" | "chosen"> & { readonly most?: number },
): Promise<GroupKeys> {
  if ("inboxKeys" in chosen) {
    const { inboxKeys } = chosen;
    return Promise.resolve({ inboxKeys, total: inboxKeys.length });
  }
  const { from, replaysBelow } = kinds[name];
  return findGroupKeys(executor, { reason: chosen.group, state: from, replaysBelow, heldSince: null, most });
}

/** The same, as part of a transaction. */
export async function carryOut(tx: Transaction, { name, chosen, actor, reason, pace }: Order) {
  const kind = kinds[name];
  const { inboxKeys, total } = await findChosen(tx, { name, chosen });
  const facts = Map.groupBy(await lockQuarantined(tx, inboxKeys), ({ inboxKey }) => inboxKey);
  const decided = inboxKeys.map((inboxKey) => ({ inboxKey, permission: kind.decide(facts.get(inboxKey) ?? []) }));
  const allowed = decided.flatMap(({ inboxKey, permission }) =>
    permission.kind === "allowed" ? { inboxKey, replay: permission.replay } : [],
  );
  const refused = decided.flatMap(({ inboxKey, permission }) =>
    permission.kind === "refused" ? refuse(inboxKey, permission.refusal) : [],
  );
  const value: OrderAnswer = {
    results: decided.map(({ inboxKey, permission }) =>
      permission.kind === "refused" ? refuse(inboxKey, permission.refusal) : report(kind, inboxKey, permission.replay),
    ),
    left: total - inboxKeys.length,
  };
  if (allowed.length === 0) return { commit: false, value };
  const subject = {
    inboxKeys: keysOf(allowed),
    ...("group" in chosen ? { group: chosen.group } : {}),
    ...(pace === undefined ? {} : { group: pace.group, groupReplay: pace.groupReplay }),
    ...(refused.length === 0 ? {} : { refused: refused.map(({ inboxKey, message }) => ({ inboxKey, message })) }),
  };
  const action = await insertAction(tx, { actor, action: kind.action, reason, subject });
  return { commit: true, value: { ...value, action }, writes: [kind.write(tx, allowed, pace?.everyMs ?? 0)] };
}

function keysOf(allowed: readonly NewReplay[]): readonly string[] {
  return allowed.map(({ inboxKey }) => inboxKey);
}

function refuse(inboxKey: string, refusal: Refusal) {
  return { inboxKey, result: "refused" as const, refusal, message: refusals[refusal] };
}

function report({ done }: OrderKind, inboxKey: string, replay: number): OrderAnswer["results"][number] {
  return { inboxKey, result: done, ...(done === "replaying" ? { replay } : {}) };
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
  const { inboxKeys, total } = await findChosen(reads, { name: "replay", chosen });
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
    const shown = await preview({ inboxKey, body, attributes, replay, facts: named }, signal);
    return { inboxKey, result: "previewed", facts: shown.map(describeFact) };
  } catch (error) {
    if (!(error instanceof DependencyError)) throw error;
    return { inboxKey, result: "unavailable", message: describeFailure(error) };
  }
}

function describeFact({ fact, outcome, reasons, changes }: PreviewedFact) {
  return { ...(fact === null ? {} : { fact }), outcome, reasons: [...reasons], changes: [...changes] };
}
