import type { Fact } from "../../sync/fact/outcome.ts";
import { maxReplays, replayKey } from "../../sync/events/case-event.ts";

/** What may be the matter with a message that was quarantined. */
export const quarantineStates = ["held", "replaying", "discarded", "settled"] as const;

export type QuarantineState = (typeof quarantineStates)[number];

/** One fact of a message that was quarantined, as far as it bears on what may be done with the message. */
export interface QuarantinedFact {
  /** Null where the message does not say which fact it is about. */
  readonly fact: Fact | null;
  readonly state: QuarantineState;
  readonly replays: number;
}

/** The same, and whether its newest replay was sent, or is being sent. */
export interface OrderedFact extends QuarantinedFact {
  readonly isSent: boolean;
}

/** Why nothing is done with a message, and what an operator reads. */
export const refusals = {
  unknown: "No message with this key is quarantined",
  replaying: "The message is being replayed",
  discarded: "The message is discarded",
  settled: "The message is settled",
  "not discarded": "The message is not discarded",
  "not replaying": "The message is not being replayed",
  sent: "The message was sent already, so it is decided anew",
  "replayed too often": `The message was replayed ${maxReplays} times`,
} as const;

export type Refusal = keyof typeof refusals;

/** What may be done with a message: with these facts of it, as its replay of this number; or why nothing. */
export type Permission =
  | { readonly kind: "refused"; readonly refusal: Refusal }
  | { readonly kind: "allowed"; readonly replay: number; readonly facts: readonly (Fact | null)[] };

/** Whether the facts of a message that are held may be replayed, together. */
export function decideReplay(all: readonly QuarantinedFact[]): Permission {
  const permission = decideDiscard(all);
  const isSpent = permission.kind === "allowed" && permission.replay > maxReplays;
  return isSpent ? { kind: "refused", refusal: "replayed too often" } : permission;
}

/** Whether the facts of a message that are held may be discarded, together. */
export function decideDiscard(all: readonly QuarantinedFact[]): Permission {
  if (all.length === 0) return { kind: "refused", refusal: "unknown" };
  if (all.some(({ state }) => state === "replaying")) return { kind: "refused", refusal: "replaying" };
  const isHeld = all.some(({ state }) => state === "held");
  if (isHeld) return allow(all, "held");
  return { kind: "refused", refusal: all.some(({ state }) => state === "discarded") ? "discarded" : "settled" };
}

/** Whether the facts of a message that were discarded may be held again, together. */
export function decideRestore(all: readonly QuarantinedFact[]): Permission {
  if (all.length === 0) return { kind: "refused", refusal: "unknown" };
  const isDiscarded = all.some(({ state }) => state === "discarded");
  return isDiscarded ? allow(all, "discarded") : { kind: "refused", refusal: "not discarded" };
}

/** Whether the replay of a message may be cancelled: for as long as it is not sent. */
export function decideCancel(all: readonly OrderedFact[]): Permission {
  if (all.length === 0) return { kind: "refused", refusal: "unknown" };
  const replaying = all.filter(({ state }) => state === "replaying");
  if (replaying.length === 0) return { kind: "refused", refusal: "not replaying" };
  return replaying.some(({ isSent }) => isSent) ? { kind: "refused", refusal: "sent" } : allow(all, "replaying");
}

function allow(all: readonly QuarantinedFact[], wanted: QuarantineState): Permission {
  const facts = all.filter(({ state }) => state === wanted).map(({ fact }) => fact);
  return { kind: "allowed", replay: Math.max(...all.map(({ replays }) => replays)) + 1, facts };
}

/** A message that was quarantined, whole. */
export interface StoredMessage {
  readonly inboxKey: string;
  readonly body: string;
  readonly attributes: Readonly<Record<string, string>>;
  /** Which replay of the message this is. */
  readonly replay: number;
  /** The facts that are to be decided anew; a null among them is all that the message is about. */
  readonly facts: readonly (Fact | null)[];
}

/** A message as it is sent to the queue. */
export interface ReplayMessage {
  readonly body: string;
  readonly attributes: Readonly<Record<string, string>>;
}

const needed: readonly string[] = ["eventType", "traceparent", "tracestate"];
const limits = { attributes: 10, bytes: 262_144 };
const dataType = "String";

/**
 * The message to send: the body as it was stored, and its attributes with those of the replay (rule O3). Where the
 * queue takes no more of them, or no more bytes, the attributes that no one needs stay behind.
 */
export function writeReplay({ inboxKey, body, attributes, replay, facts }: StoredMessage): ReplayMessage {
  const known = facts.filter((fact) => fact !== null);
  const names = known.length < facts.length ? {} : { facts: known.join(",") };
  const own: Readonly<Record<string, string>> = { inboxKey: replayKey(inboxKey, replay), ...names };
  const stored = Object.entries(attributes).filter(([name, value]) => value !== "" && !(name in own));
  const isNeeded = ([name]: readonly [string, string]) => needed.includes(name);
  const byNeed = [...stored.filter(isNeeded), ...stored.filter((attribute) => !isNeeded(attribute))];
  let room = limits.bytes - Buffer.byteLength(body) - sizeOf(Object.entries(own));
  const kept = byNeed.slice(0, limits.attributes - Object.keys(own).length).filter((attribute) => {
    room -= sizeOf([attribute]);
    return room >= 0 || isNeeded(attribute);
  });
  return { body, attributes: { ...Object.fromEntries(kept), ...own } };
}

function sizeOf(attributes: readonly (readonly [string, string])[]): number {
  return Buffer.byteLength(attributes.map(([name, value]) => name + dataType + value).join(""));
}
