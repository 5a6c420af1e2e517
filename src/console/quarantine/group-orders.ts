import { maxInOrder, type OrderName } from "../../operations/quarantine/quarantine-schema.ts";
import { displayNumber } from "../web/display.ts";
import { groupAddress } from "./quarantine-address.ts";

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

// Enough to see whether the repair holds, and few enough to do no harm where it does not.
const fewFirst = 5;

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

/** What may be done with a group at once: all of it, or as much as one order takes; a replay may begin with a few. */
export function listGroupOrders({ group, state, messages, from }: OrderedGroup): readonly GroupOrder[] {
  const names = ordersOf[state] ?? [];
  const word = words[state];
  const all = names.map((name) => ({
    text: `${verbs[name]} ${countGroup(messages)} ${word} ${group}`,
    href: groupAddress(name, { group, from }),
  }));
  if (state !== "held" || messages <= fewFirst) return all;
  const few = {
    text: `Replay the oldest ${fewFirst} first`,
    href: groupAddress("replay", { group, from }, fewFirst),
  };
  return [...all.slice(0, 1), few, ...all.slice(1)];
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
