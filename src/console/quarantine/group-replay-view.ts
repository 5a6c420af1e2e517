import { fewFirst } from "../../operations/action/few-first.ts";
import type { GroupReplay } from "../../operations/quarantine/group-replay.ts";
import type { Instant } from "../../platform/time/london-time.ts";
import { displayCount, displayMoment, displayNumber } from "../web/display.ts";
import { viewProgress } from "../web/progress-view.ts";
import { groupReplayAddress } from "../web/navigation.ts";
import { listAddress } from "./quarantine-address.ts";
import { viewOrder, type OrderFacts } from "./quarantine-order-view.ts";

/** The replay of a group before it is ordered: its first messages, and how many there are. */
export interface GroupOrderFacts extends Pick<OrderFacts, "inboxKeys" | "quarantined" | "previewed" | "from"> {
  readonly group: string;
  readonly total: number;
}

/** What the replay of a group would do, before it is ordered. */
export function viewGroupOrder({ group, total, ...facts }: GroupOrderFacts, now: Instant) {
  const { nothing, effect, summary, messages, from } = viewOrder({ ...facts, name: "replay", left: 0 }, now);
  const first = facts.inboxKeys.length;
  return {
    title: `Replay ${displayCount(total, "message")} held for ${group}`,
    group,
    isEmpty: total === 0,
    nothing,
    effect: `${effect} ${describeOrder(first, total - first)}`,
    summary,
    messages,
    from,
  };
}

function describeOrder(first: number, rest: number): string {
  if (rest === 0) return "All of them are replayed at once.";
  return `The oldest ${first} go first. When all of these have ended and at least one is repaired, the other ${displayNumber(rest)} follow, up to ten a second. When none is repaired, the others stay as they are.`;
}

const states: Readonly<Record<GroupReplay["state"], string>> = {
  first: `The oldest ${fewFirst} are being replayed. The rest follows when one of them is repaired.`,
  rest: "One or more of the first were repaired, so the rest is being replayed.",
  finished: "Every message that was held has been replayed.",
  stopped:
    "Stopped: none of the first was repaired, so the others were left alone. Look at why they are held, repair the cause and replay the group again.",
  cancelled: "Cancelled: what was not sent is held again.",
};

const ofFew: Readonly<Partial<Record<GroupReplay["state"], string>>> = {
  first: "All of them are being replayed.",
  stopped: "None of them was repaired. Look at why they are held, repair the cause and replay the group again.",
};

/** Where a group has a few messages only, there are no others. */
function describeState({ state, progress }: GroupReplay): string {
  return (progress.ordered <= fewFirst ? ofFew[state] : undefined) ?? states[state];
}

/** How the replay of a group goes. */
export function viewGroupReplay(replay: GroupReplay, now: Instant) {
  const { id, group, orderedBy, reason, startedAt, finishedAt, state } = replay;
  return {
    title: `Replay of ${group}`,
    group,
    orderedBy,
    reason,
    started: displayMoment(startedAt, now),
    sentence: describeState(replay),
    hasStopped: state === "stopped",
    mayBeCancelled: finishedAt === undefined && state !== "cancelled",
    progress: viewProgress(replay.progress),
    path: groupReplayAddress(id),
    held: listAddress({ reason: group }),
  };
}
