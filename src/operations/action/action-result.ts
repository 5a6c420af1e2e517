import { z } from "zod";
import { recordedActionSchema, type ActionTaken } from "./action.ts";

const itemStates = ["ordered", "sent", "settled", "failed", "cancelled", "refused"] as const;

/** What became of one message of an action. */
export const actionItemSchema = z
  .object({
    inboxKey: z.string(),
    state: z
      .enum(itemStates)
      .describe(
        "`refused`: the action did not take it; `failed`: it is quarantined again; `cancelled`: before it was sent",
      ),
    outcomes: z.array(z.string()).describe("How its facts ended since the action"),
    message: z.string().optional().describe("More about it, in a sentence"),
  })
  .meta({ title: "ActionItem" });

/** See {@link actionItemSchema}. */
export type ActionItem = Readonly<z.infer<typeof actionItemSchema>>;

/** How many messages of an action have come how far. */
export const progressSchema = z
  .object({
    ordered: z.int().describe("All that the action took"),
    sent: z.int().describe("Those that were sent to the queue, no matter how they ended"),
    settled: z.int(),
    failed: z.int(),
    cancelled: z.int().describe("Those that were cancelled before they were sent"),
  })
  .meta({ title: "Progress" });

/** See {@link progressSchema}. */
export type Progress = Readonly<z.infer<typeof progressSchema>>;

/** An action with what became of each message that it was about. */
export const actionDetailsSchema = recordedActionSchema
  .extend({ items: z.array(actionItemSchema), progress: progressSchema })
  .meta({ title: "ActionDetails" });

/** See {@link actionDetailsSchema}. */
export type ActionDetails = Readonly<z.infer<typeof actionDetailsSchema>>;

/** What our tables know of a message since an action. */
export interface Trace {
  readonly inboxKey: string;
  readonly quarantined: readonly {
    readonly state: string;
    readonly error: string;
    readonly sentAt?: string | undefined;
    /** No replica has begun to send its newest replay. */
    readonly isUnsent: boolean;
  }[];
  readonly outcomes: readonly string[];
  /** Whether an operator cancelled its replay before it was replayed again. */
  readonly isCancelled: boolean;
  /** Whether it was ever settled, under whichever of its keys. */
  readonly isKnown: boolean;
  /** The class of the error of the newest failed attempt; null where none failed. */
  readonly failure: string | null;
}

const subjectSchema = z.object({
  inboxKeys: z.array(z.string()).catch([]),
  refused: z.array(z.object({ inboxKey: z.string(), message: z.string() })).catch([]),
});

/** The messages that an action took, and those that it did not. */
export function readSubject({ subject }: Pick<ActionTaken, "subject">) {
  return subjectSchema.parse(subject);
}

/** A run that an action ordered, as far as it tells what became of its messages. */
export interface SendingRun {
  readonly state: string;
  /** How many messages it has sent. */
  readonly done: number;
}

/**
 * What became of each message of an action, those that it did not take last. A refresh by number is sent at once or not at all:
 * cancelled with nothing sent, none of its messages is to come.
 */
export function listItems(
  action: ActionTaken,
  traces: readonly Trace[],
  run: SendingRun | null,
): readonly ActionItem[] {
  const isNeverSent = action.action === "refresh" && run?.state === "cancelled" && run.done === 0;
  const { refused } = readSubject(action);
  return [
    ...traces.map((trace) => {
      if (isOrderOnly(action)) return describeStanding(trace);
      return isNeverSent || isCancelled(action, trace) ? describeCancelled(trace) : describeTrace(trace);
    }),
    ...refused.map(({ inboxKey, message }) => ({ inboxKey, state: "refused" as const, outcomes: [], message })),
  ];
}

/** The actions that are done with their order, for nothing is sent, and what they make of a message. */
export const orderEnds: Readonly<Record<string, string>> = {
  discard: "discarded",
  restore: "restored",
  "cancel-replay": "held again",
  "cancel-group-replay": "held again",
};

/** Whether an action is one of {@link orderEnds}. */
export function isOrderOnly({ action }: Pick<ActionTaken, "action">): boolean {
  return action in orderEnds;
}

const standings: Readonly<Record<string, string>> = {
  held: "It is held now.",
  replaying: "It is being replayed now.",
  discarded: "It is discarded now.",
  settled: "It is settled now.",
};

function describeStanding({ inboxKey, quarantined: [first] }: Trace): ActionItem {
  const message = first === undefined ? "It is not kept any more." : standings[first.state];
  return { inboxKey, state: "settled", outcomes: [], ...(message === undefined ? {} : { message }) };
}

/** A replay that was cancelled, on the record or with its group, and so is to be sent no more. */
function isCancelled({ action }: ActionTaken, trace: Trace): boolean {
  if (action !== "replay") return false;
  return trace.isCancelled || (trace.outcomes.length === 0 && trace.quarantined.some(isHeldUnsent));
}

/** What came of the message later is not of this replay. */
function describeCancelled({ inboxKey }: Trace): ActionItem {
  return { inboxKey, state: "cancelled", outcomes: [] };
}

function isHeldUnsent({ state, isUnsent }: Trace["quarantined"][number]): boolean {
  return state === "held" && isUnsent;
}

function nameItem({ inboxKey, outcomes }: Trace) {
  return { inboxKey, outcomes: [...outcomes] };
}

/** What became of a message that was sent, from what our tables know of it. */
export function describeTrace(trace: Trace): ActionItem {
  const { quarantined, outcomes, isKnown, failure } = trace;
  const item = nameItem(trace);
  const replaying = quarantined.filter(({ state }) => state === "replaying");
  const held = quarantined.find(({ state }) => state === "held");
  if (replaying.some(({ sentAt }) => sentAt === undefined)) return { ...item, state: "ordered" };
  if (held !== undefined) return { ...item, state: "failed", message: held.error };
  if (replaying.length === 0 && (outcomes.length > 0 || isKnown)) return { ...item, state: "settled" };
  if (failure === null) return { ...item, state: "sent" };
  return { ...item, state: "sent", message: `An attempt at it failed: ${failure}. It is tried again.` };
}

/** How many of these messages have come how far. */
export function countProgress(items: readonly ActionItem[]): Progress {
  const count = (...states: readonly ActionItem["state"][]) =>
    items.filter(({ state }) => states.includes(state)).length;
  return {
    ordered: count("ordered", "sent", "settled", "failed", "cancelled"),
    sent: count("sent", "settled", "failed"),
    settled: count("settled"),
    failed: count("failed"),
    cancelled: count("cancelled"),
  };
}
