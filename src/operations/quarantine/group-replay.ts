import { z } from "zod";
import { instantSchema } from "../../platform/web/paging.ts";
import { reasonSchema } from "../action/action.ts";
import { progressSchema, type Progress } from "../action/action-result.ts";
import { fewFirst, mayFollow } from "../action/few-first.ts";
import { groupSchema, maxInOrder } from "./quarantine-schema.ts";

/** Milliseconds between two messages of the rest. */
const restEveryMs = 100;

const states = ["first", "rest", "finished", "stopped", "cancelled"] as const;

/** What asks for a group to be replayed. */
export const groupReplayRequestSchema = z
  .strictObject({ group: groupSchema.describe("Why the messages are held"), reason: reasonSchema })
  .meta({ title: "GroupReplayRequest" });

/** The replay of a group, as the API shows it. */
export const groupReplaySchema = z
  .object({
    id: z.int(),
    group: z.string().describe("Why the messages were held"),
    orderedBy: z.string(),
    reason: z.string().describe("Why it was ordered"),
    startedAt: instantSchema,
    finishedAt: instantSchema.optional().describe("Absent while it is under way"),
    state: z
      .enum(states)
      .describe(
        `\`first\`: the oldest ${fewFirst} are replayed; \`rest\`: the others follow; \`stopped\`: none of the first was repaired, so the others are still held`,
      ),
    progress: progressSchema,
  })
  .meta({ title: "GroupReplay" });

/** See {@link groupReplaySchema}. */
export type GroupReplay = Readonly<z.infer<typeof groupReplaySchema>>;

/** The replay that an order of a group is answered with. */
export const orderedGroupSchema = groupReplaySchema
  .extend({
    isNew: z.boolean().describe("`false`: it was under way already; this order changed nothing and is not recorded"),
  })
  .meta({ title: "OrderedGroupReplay" });

/** How the messages of a batch stand. */
export interface BatchCounts {
  /** Those that are being replayed, and those of them that are not sent yet. */
  readonly open: number;
  readonly unsent: number;
  readonly settled: number;
  readonly failed: number;
  readonly cancelled: number;
}

/** The replay of a group as it stands. */
export interface GroupReplayRun {
  readonly batches: number;
  readonly isCancelled: boolean;
  /** All of its batch were sent long ago, and the intake has run since: what is not settled by now is waited for no more. */
  readonly isLate: boolean;
}

/** What comes next: to wait, to end, or to replay so many more with so many milliseconds between them. */
export type NextStep =
  | { readonly kind: "wait" }
  | { readonly kind: "end" }
  | { readonly kind: "replay"; readonly most: number; readonly everyMs: number };

/** What comes next of a group of which the last batch stands so. */
export function decideNext({ batches, isCancelled, isLate }: GroupReplayRun, current: BatchCounts): NextStep {
  if (isLate ? current.unsent > 0 : current.open > 0) return { kind: "wait" };
  if (isCancelled) return { kind: "end" };
  if (batches === 0) return { kind: "replay", most: fewFirst, everyMs: 0 };
  if (batches === 1 && !mayFollow(current, "one")) return { kind: "end" };
  return { kind: "replay", most: maxInOrder, everyMs: restEveryMs };
}

/** Everything that is kept of the replay of a group. */
export interface KeptGroupReplay extends GroupReplayRun {
  readonly id: number;
  readonly group: string;
  readonly orderedBy: string;
  readonly reason: string;
  readonly startedAt: string;
  readonly finishedAt: string | null;
  /** Whether all of its batch were seen to be sent. */
  readonly isBatchSent: boolean;
  /** How many the group had when it was ordered. */
  readonly messages: number;
  /** The messages of the batch that is under way. */
  readonly batch: readonly string[];
  readonly settled: number;
  readonly failed: number;
  readonly cancelled: number;
}

/** The replay of a group as the API shows it; `current` says how its batch stands. */
export function describeGroupReplay(kept: KeptGroupReplay, current: BatchCounts): GroupReplay {
  const { id, group, orderedBy, reason, startedAt, finishedAt } = kept;
  return {
    id,
    group,
    orderedBy,
    reason,
    startedAt,
    ...(finishedAt === null ? {} : { finishedAt }),
    state: findState(kept),
    progress: countGroup(kept, current),
  };
}

/** Whether none of the first few was repaired. */
function isUnrepaired(kept: KeptGroupReplay): boolean {
  return kept.batches === 1 && !mayFollow(kept, "one");
}

function findState(kept: KeptGroupReplay): GroupReplay["state"] {
  const { isCancelled, finishedAt, batches } = kept;
  if (isCancelled) return "cancelled";
  if (finishedAt !== null) return isUnrepaired(kept) ? "stopped" : "finished";
  return batches < 2 ? "first" : "rest";
}

/** What is neither done nor under way when no more follows is left alone, as what was cancelled is. */
function countGroup(kept: KeptGroupReplay, current: BatchCounts): Progress {
  const settled = kept.settled + current.settled;
  const failed = kept.failed + current.failed;
  const ended = kept.isCancelled || kept.finishedAt !== null;
  const left = Math.max(kept.messages - settled - failed - current.open, 0);
  const cancelled = ended ? left : kept.cancelled + current.cancelled;
  return { ordered: kept.messages, sent: settled + failed + current.open - current.unsent, settled, failed, cancelled };
}
