import type { Database, Executor, Transaction } from "../../platform/database/database.ts";
import { errorClassOf } from "../../platform/process/dependency-error.ts";
import type { Log } from "../../platform/process/log.ts";
import { HttpError } from "../../platform/web/http-error.ts";
import { insertAction } from "../action/action-store.ts";
import { maxReplays } from "../../sync/events/case-event.ts";
import { decideNext, describeGroupReplay, type GroupReplay, type KeptGroupReplay } from "./group-replay.ts";
import {
  beginBatch,
  cancelGroupReplay,
  countBatch,
  findGroupReplay,
  findGroupReplayUnderWay,
  finishGroupReplay,
  holdCancelledGroup,
  insertGroupReplay,
  listOpenGroupReplays,
  lockGroupReplay,
  markBatchSent,
} from "./group-replay-store.ts";
import { carryOut } from "./quarantine-handler.ts";
import { holdReplaying, lockQuarantined, type LockedFact } from "./order-store.ts";
import { findGroupKeys } from "./quarantine-store.ts";
import { decideCancel } from "./replay.ts";

/** Who wants a group replayed, and why. */
export interface GroupOrder {
  readonly group: string;
  readonly actor: string;
  readonly reason: string;
}

/** What is said where a group has nothing to replay. */
export const nothingHeld = "No message of this group can be replayed now";
/** What is said where there is nothing to cancel. */
export const isOver = "This replay is over, so there is nothing to cancel";

const which = (group: string) => ({ reason: group, state: "held", replaysBelow: maxReplays }) as const;

/** The replay that an order is answered with. */
export interface OrderedGroup {
  readonly id: number;
  /** False where it was under way already: the order changed nothing. */
  readonly isNew: boolean;
}

/**
 * Orders that a group be replayed by itself: a few first and, when one of these is repaired, the rest. Answers the one under way
 * where there is one. Raises a 400 where the group has nothing to replay.
 */
export function orderGroupReplay(database: Database, order: GroupOrder, signal: AbortSignal): Promise<OrderedGroup> {
  return database.transaction<OrderedGroup>(async (tx) => {
    const { group, actor, reason } = order;
    const open = await findGroupReplayUnderWay(tx, group);
    if (open !== null) return { commit: false, value: { id: open, isNew: false } };
    const { total: messages } = await findGroupKeys(tx, { ...which(group), heldSince: null, most: 1 });
    if (messages === 0) throw new HttpError({ status: 400, message: nothingHeld });
    const id = await insertGroupReplay(tx, { ...order, messages });
    if (id === null) return { commit: false, value: { id: await requireOpen(tx, group), isNew: false } };
    await insertAction(tx, { actor, action: "replay-group", reason, subject: { group, groupReplay: id, messages } });
    return { commit: true, value: { id, isNew: true } };
  }, signal);
}

/** Another has ordered the same meanwhile. */
async function requireOpen(tx: Transaction, group: string): Promise<number> {
  const open = await findGroupReplayUnderWay(tx, group);
  if (open === null) throw new HttpError({ status: 409, message: "The group was just replayed: look again" });
  return open;
}

const idText = /^[1-9]\d{0,14}$/;

/** How the replay of a group goes; raises a 404 where there is none of this number. */
export async function getGroupReplay(reads: Executor, id: string): Promise<GroupReplay> {
  const kept = await requireKept(reads, id);
  return describeGroupReplay(kept, await countBatch(reads, kept.batch));
}

async function requireKept(executor: Executor, id: string): Promise<KeptGroupReplay> {
  const kept = idText.test(id) ? await findGroupReplay(executor, Number(id)) : null;
  if (kept === null) throw new HttpError({ status: 404, message: `Group replay ${id} not found` });
  return kept;
}

/** Who cancels which replay of a group, and why. */
export interface GroupCancel {
  readonly id: string;
  readonly actor: string;
  readonly reason: string;
}

/** Cancels the replay of a group: what is not sent is held again. Raises a 404 where there is none, and a 409 once it is over. */
export async function cancelGroup(database: Database, order: GroupCancel, signal: AbortSignal): Promise<GroupReplay> {
  const { id: asked, actor, reason } = order;
  const { id, group } = await requireKept(database, asked);
  await database.transaction(async (tx) => {
    if (!(await cancelGroupReplay(tx, id))) throw new HttpError({ status: 409, message: isOver });
    const { batch } = await requireKept(tx, asked);
    const facts = Map.groupBy(await lockQuarantined(tx, batch), ({ inboxKey }) => inboxKey);
    const inboxKeys = batch.filter((key) => decideCancel(facts.get(key) ?? []).kind === "allowed");
    await holdReplaying(tx, inboxKeys);
    await keepOpen(tx, { id, batch, facts, held: inboxKeys });
    const subject = { group, groupReplay: id, inboxKeys };
    await insertAction(tx, { actor, action: "cancel-group-replay", reason, subject });
    return { commit: true, value: null };
  }, signal);
  return getGroupReplay(database, asked);
}

interface CancelledBatch {
  readonly id: number;
  readonly batch: readonly string[];
  readonly facts: ReadonlyMap<string, readonly LockedFact[]>;
  readonly held: readonly string[];
}

/** What is held again may be ordered anew: a cancelled replay is about what is still replayed alone. */
async function keepOpen(tx: Transaction, { id, batch, facts, held }: CancelledBatch): Promise<void> {
  const counts = await countBatch(tx, batch);
  const isOpen = (key: string) => facts.get(key)?.some(({ state }) => state === "replaying") === true;
  const open = batch.filter((key) => isOpen(key) && !held.includes(key));
  await beginBatch(tx, { id, counts }, open);
}

/** What the steps of group replays are built from. */
export interface StepSettings {
  readonly database: Pick<Database, "list" | "transaction">;
  readonly log: Log;
}

/** Lets every group go on by one step, where its last batch has ended; one that fails keeps none of the others. */
export async function stepGroupReplays({ database, log }: StepSettings, signal: AbortSignal): Promise<void> {
  for (const id of await listOpenGroupReplays(database)) {
    try {
      await database.transaction((tx) => step(tx, id), signal);
    } catch (error) {
      signal.throwIfAborted();
      log.warn({ groupReplay: id, errorClass: errorClassOf(error) }, "a group replay failed; will retry");
    }
  }
}

const unchanged = { commit: false, value: null } as const;

async function step(tx: Transaction, id: number) {
  const kept = await lockGroupReplay(tx, id);
  if (kept === null) return unchanged;
  if (kept.isCancelled) await holdCancelledGroup(tx, id);
  const current = await countBatch(tx, kept.batch);
  const next = decideNext(kept, current);
  if (next.kind === "wait") {
    const isSent = current.unsent === 0 && !kept.isBatchSent;
    if (isSent) await markBatchSent(tx, id);
    return { commit: isSent || kept.isCancelled, value: null };
  }
  const counts = { ...current, failed: current.failed + current.open };
  if (next.kind === "end") {
    await finishGroupReplay(tx, { id, counts });
    return { commit: true, value: null };
  }
  const { group, startedAt, orderedBy: actor, reason } = kept;
  const { inboxKeys } = await findGroupKeys(tx, { ...which(group), heldSince: startedAt, most: next.most });
  if (inboxKeys.length === 0) {
    await finishGroupReplay(tx, { id, counts });
    return { commit: true, value: null };
  }
  const pace = { groupReplay: id, group, everyMs: next.everyMs };
  const { value, writes = [] } = await carryOut(tx, { name: "replay", chosen: { inboxKeys }, actor, reason, pace });
  const taken = value.results.flatMap(({ result, inboxKey }) => (result === "replaying" ? inboxKey : []));
  return { commit: taken.length > 0, value: null, writes: [...writes, beginBatch(tx, { id, counts }, taken)] };
}
