import type { Executor } from "../../platform/database/database.ts";
import type { Log } from "../../platform/process/log.ts";
import type { AdminQueue, DeadMessage, QueueAdmin } from "../../platform/queue/queue-admin.ts";
import { HttpError } from "../../platform/web/http-error.ts";
import { readEnvelope, type Envelope, originalKey } from "../../sync/events/case-event.ts";
import { insertAction, refuseRedrives } from "../action/action-store.ts";
import { findQuarantined } from "../quarantine/quarantine-store.ts";
import { maxDeadLetters, type DeadLetter, type DeadLetters, type RedriveAnswer } from "./dead-letter-schema.ts";
import { listFailures } from "./dead-letter-store.ts";

/** What the work on dead letters is built from. */
export interface DeadLetterSettings {
  readonly reads: Executor;
  readonly database: Executor;
  readonly queueAdmin: QueueAdmin;
  readonly log: Log;
}

/** The key of a dead message, also of a replay, by which the rest of it is found. */
export function keyOf(message: DeadMessage): string {
  return originalKey(open(message).inboxKey);
}

function open(message: DeadMessage): Envelope {
  return readEnvelope({ ...message, receives: 1, receivedAt: 0 });
}

/**
 * What is on the dead-letter queue. Its messages are received only where it holds any, and are back in sight when this
 * resolves: looking takes none away.
 */
export async function listDeadLetters(
  settings: Pick<DeadLetterSettings, "reads" | "queueAdmin">,
): Promise<DeadLetters> {
  const { reads, queueAdmin } = settings;
  const { dead } = await queueAdmin.findQueues();
  if (dead === null) return { found: 0, deadLetters: [] };
  const found = await queueAdmin.count(dead);
  const messages = found === 0 ? [] : await queueAdmin.peek(dead, maxDeadLetters);
  const deadLetters = await describeLetters(reads, messages.map(open));
  return { queue: dead.name, found: Math.max(found, messages.length), deadLetters: [...deadLetters] };
}

/** What is known of messages by their keys alone, without a look at the queue. */
export function describeKeys(reads: Executor, inboxKeys: readonly string[]): Promise<readonly DeadLetter[]> {
  return describeLetters(
    reads,
    inboxKeys.map((inboxKey) => ({ inboxKey, eventType: null, content: { fault: "not read" } })),
  );
}

type Opened = Pick<Envelope, "inboxKey" | "eventType" | "content">;

async function describeLetters(reads: Executor, letters: readonly Opened[]): Promise<readonly DeadLetter[]> {
  if (letters.length === 0) return [];
  const keys = letters.map(({ inboxKey }) => inboxKey);
  const [failures, quarantined] = await Promise.all([
    listFailures(reads, keys),
    findQuarantined(reads, keys.map(originalKey)),
  ]);
  return letters.map(({ inboxKey, eventType, content }) => {
    const failed = failures.find((one) => one.inboxKey === inboxKey);
    const nomsNumber = findNomsNumber(content);
    const type = eventType ?? failed?.eventType;
    return {
      inboxKey: originalKey(inboxKey),
      ...(type === undefined ? {} : { eventType: type }),
      ...(nomsNumber === undefined ? {} : { nomsNumber }),
      attempts: failed?.attempts ?? 0,
      ...(failed?.lastFailure === undefined ? {} : { lastFailure: failed.lastFailure }),
      isQuarantined: quarantined.has(originalKey(inboxKey)),
    };
  });
}

function findNomsNumber(content: Envelope["content"]): string | undefined {
  if ("fault" in content) return undefined;
  return content.personReference?.identifiers?.find((one) => one?.type === "NOMS")?.value;
}

/** Which dead letters are to be redriven, by whom and why. */
export interface RedriveOrder {
  readonly inboxKeys: readonly string[];
  readonly actor: string;
  readonly reason: string;
}

const notFound = { status: 404, message: "There is no dead-letter queue" };
const refusals = {
  quarantined: "The message is quarantined: replay or discard it there",
  gone: "The message was not found on the dead-letter queue",
  "not reached": "The redrive broke off before this message",
} as const;

/**
 * Sends dead letters to the queue again, except quarantined ones; recorded before the first is sent. Raises a 404 where
 * there is no dead-letter queue.
 */
export async function redriveDeadLetters(
  settings: DeadLetterSettings,
  { inboxKeys, actor, reason }: RedriveOrder,
  signal: AbortSignal,
): Promise<RedriveAnswer> {
  const { database, queueAdmin, log } = settings;
  const { dead } = await queueAdmin.findQueues();
  if (dead === null) throw new HttpError(notFound);
  const asked = [...new Set(inboxKeys)];
  const quarantined = await findQuarantined(database, asked);
  const wanted = asked.filter((inboxKey) => !quarantined.has(inboxKey));
  const refused = [...quarantined].map((inboxKey) => ({ inboxKey, message: refusals.quarantined }));
  const results = refused.map((one) => ({ ...one, result: "refused" as const }));
  if (wanted.length === 0) return { results };
  const subject = { queue: dead.name, inboxKeys: wanted, ...(refused.length === 0 ? {} : { refused }) };
  const action = await insertAction(database, { actor, action: "retry-dlq", reason, subject });
  const left = await moveOnRecord({ database, action, queueAdmin, dead, wanted: new Set(wanted) }, signal);
  log.info({ found: asked.length, moved: wanted.length - left.inboxKeys.length }, "dead letters redriven");
  const ends = wanted.map((inboxKey) =>
    left.inboxKeys.includes(inboxKey)
      ? { inboxKey, result: "refused" as const, message: left.message }
      : { inboxKey, result: "sent" as const },
  );
  return { results: [...ends, ...results], action };
}

interface MoveOnRecord extends Omit<Move, "met"> {
  readonly database: Executor;
  readonly action: number;
}

/** Moves messages and answers which were left, and why; that is added to the record of the action, also where the move fails. */
async function moveOnRecord({ database, action, ...asked }: MoveOnRecord, signal: AbortSignal) {
  const met = new Set<string>();
  let message: string = refusals["not reached"];
  const findLeft = () => [...asked.wanted].filter((inboxKey) => !met.has(inboxKey));
  try {
    await move({ ...asked, met }, signal);
    if (!signal.aborted) message = refusals.gone;
  } finally {
    const inboxKeys = findLeft();
    if (inboxKeys.length > 0) await refuseRedrives(database, action, { inboxKeys, message });
  }
  return { inboxKeys: findLeft(), message };
}

interface Move {
  readonly queueAdmin: QueueAdmin;
  readonly dead: AdminQueue;
  readonly wanted: ReadonlySet<string>;
  /** Those that were met so far. */
  readonly met: Set<string>;
}

/** Moves the wanted ones and no other; ends as soon as all of them were met. */
async function move({ queueAdmin, dead, wanted, met }: Move, signal: AbortSignal): Promise<void> {
  const done = new AbortController();
  const findKept = (messages: readonly DeadMessage[]) => {
    const chosen = messages.filter((message) => wanted.has(keyOf(message)));
    chosen.forEach((message) => met.add(keyOf(message)));
    if (met.size === wanted.size) done.abort();
    const kept = messages.filter((message) => !chosen.includes(message));
    return Promise.resolve(new Set(kept.map(({ messageId }) => messageId)));
  };
  await queueAdmin.redrive(dead, findKept, AbortSignal.any([signal, done.signal]));
}
