import { maxInOrder, type OrderName } from "../../operations/quarantine/quarantine-schema.ts";
import { displayNumber } from "../web/display.ts";
import { fewFirst } from "../../operations/action/few-first.ts";
import { writeAddress } from "../web/navigation.ts";
import { groupAddress, groupReplayPath } from "./quarantine-address.ts";

/** Something to do with a whole group, by a link to its preview. */
export interface GroupOrder {
  readonly text: string;
  readonly href: string;
}

/** A group and where its orders were asked for. */
export interface OrderedGroup {
  readonly group: string;
  readonly state: string;
  readonly messages: number;
  readonly from: string;
}

const ordersOf: Readonly<Record<string, readonly OrderName[]>> = {
  held: ["replay", "discard"],
  discarded: ["restore"],
  replaying: ["cancel"],
};
/** What is done by each order, as a button says it. */
export const verbs = {
  replay: "Replay",
  discard: "Discard",
  restore: "Restore",
  cancel: "Cancel the replay of",
} as const;

/** What may be done with a group at once: all of it, or as much as one order takes. A larger one is replayed by itself, a few first. */
export function listGroupOrders({ group, state, messages, from }: OrderedGroup): readonly GroupOrder[] {
  return (ordersOf[state] ?? []).map((name) =>
    name === "replay" && messages > fewFirst
      ? {
          text: `Replay all ${displayNumber(messages)} held for ${group}, ${fewFirst} first`,
          href: writeAddress(groupReplayPath, { group, from }),
        }
      : {
          text: `${verbs[name]} ${countGroup(messages)} ${words[state]} ${group}`,
          href: groupAddress(name, { group, from }),
        },
  );
}

const words: Readonly<Record<string, string>> = {
  held: "held for",
  discarded: "discarded of",
  replaying: "being replayed of",
};

function countGroup(messages: number): string {
  if (messages === 1) return "the one message";
  const all = displayNumber(messages);
  return messages <= maxInOrder ? `all ${all}` : `the oldest ${displayNumber(maxInOrder)} of ${all}`;
}
