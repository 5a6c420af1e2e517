import type { QuarantineGroup } from "../../operations/quarantine/quarantine-schema.ts";
import type { Instant } from "../../platform/time/london-time.ts";
import { displayCount, displayMoment, displayNumber, type Moment } from "../web/display.ts";
import { viewHelp } from "./reason-help.ts";
import { listGroupOrders, type GroupOrder } from "./group-orders.ts";
import { listAddress, quarantinePath } from "./quarantine-address.ts";
import { stateNames } from "./quarantine-list-view.ts";

/** Messages held for one reason. */
export interface HeldGroup {
  readonly reason: string;
  readonly messages: string;
  readonly oldest: Moment;
  readonly href: string;
  readonly meaning: string;
  readonly repair: string;
  readonly orders: readonly GroupOrder[];
}

/** The quarantine by reason: what is held, since when and what repairs it; below it what is no longer held. */
export function viewQuarantine(groups: readonly QuarantineGroup[], now: Instant) {
  const held = groups.filter(({ state }) => state === "held");
  const byAge = held.toSorted((one, other) => Date.parse(one.oldest) - Date.parse(other.oldest));
  const messages = held.reduce((sum, group) => sum + group.messages, 0);
  return {
    sentence: `${displayCount(messages, "message")} held for ${displayCount(held.length, "reason")}.`,
    held: byAge.map((group) => viewHeld(group, now)),
    others: groups
      .filter(({ state }) => state !== "held")
      .map(({ reason, state, messages: count, newest }) => ({
        reason,
        state: stateNames[state],
        messages: displayNumber(count),
        newest: displayMoment(newest, now),
        href: listAddress({ reason, state }),
      })),
  };
}

function viewHeld({ reason, messages, oldest }: QuarantineGroup, now: Instant): HeldGroup {
  return {
    reason,
    messages: displayCount(messages, "message"),
    oldest: displayMoment(oldest, now),
    href: listAddress({ reason }),
    ...viewHelp(reason),
    orders: listGroupOrders({ group: reason, state: "held", messages, from: quarantinePath }),
  };
}
