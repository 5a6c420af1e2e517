import type { Quarantined, QuarantineGroup, QuarantinePage } from "../../operations/quarantine/quarantine-schema.ts";
import { quarantineStates } from "../../operations/quarantine/replay.ts";
import type { Instant } from "../../platform/time/london-time.ts";
import { displayCount, displayMoment } from "../web/display.ts";
import { caseAddress, messageAddress } from "../web/navigation.ts";
import { listGroupOrders } from "./group-orders.ts";
import { viewHelp } from "./reason-help.ts";
import { listAddress, listPath, type QuarantineFilters } from "./quarantine-address.ts";

/** What the list of quarantined messages shows. */
export interface QuarantineListFacts {
  readonly page: QuarantinePage;
  readonly groups: readonly QuarantineGroup[];
  readonly filters: QuarantineFilters;
}

/** The states of quarantined messages in words. */
export const stateNames = {
  held: "Held",
  replaying: "Being replayed",
  discarded: "Discarded",
  settled: "Settled since",
} as const;
const titles = {
  held: "Held",
  replaying: "Being replayed",
  discarded: "Discarded",
  settled: "Settled after quarantine",
} as const;

/** The list of quarantined messages, with what may be done with some of them or with a whole group. */
export function viewQuarantineList({ page, groups, filters }: QuarantineListFacts, now: Instant) {
  const { reason, before } = filters;
  const state = quarantineStates.find((one) => one === filters.state) ?? "held";
  const from = listAddress(filters);
  const group = groups.find((one) => one.reason === reason && one.state === state);
  return {
    title: reason === undefined ? titles[state] : `${titles[state]}: ${reason}`,
    state,
    from,
    help: reason === undefined ? null : viewHelp(reason),
    states: quarantineStates.map((one) => ({
      text: stateNames[one],
      href: listAddress({ ...filters, before: undefined, state: one }),
      isCurrent: one === state,
    })),
    chip: reason === undefined ? null : { text: `Reason: ${reason}`, href: listAddress({ state }) },
    rows: [...Map.groupBy(page.messages, ({ inboxKey }) => inboxKey).values()].flatMap((facts, index) =>
      viewRow(facts, index, now),
    ),
    orders: group === undefined ? [] : listGroupOrders({ group: group.reason, state, messages: group.messages, from }),
    next: page.next === undefined ? null : listAddress({ ...filters, before: page.next }),
    newest: before === undefined ? null : listAddress({ reason, state }),
    path: listPath,
  };
}

/** A message, with all of its facts that are on this page. */
export function viewRow(facts: readonly Quarantined[], index: number, now: Instant) {
  const [first] = facts;
  if (first === undefined) return [];
  const { inboxKey, eventType, nomsNumber, firstSeen, replays } = first;
  return [
    {
      // The first box is where the summary of faults leads.
      id: index === 0 ? "inboxKey" : `inboxKey-${index + 1}`,
      inboxKey,
      href: messageAddress(inboxKey),
      eventType: eventType ?? "no event type",
      person: nomsNumber ?? null,
      personHref: nomsNumber === undefined ? null : caseAddress(nomsNumber),
      firstSeen: displayMoment(firstSeen, now),
      replays: replays === 0 ? null : `Replayed ${displayCount(replays, "time")}`,
      reasons: facts.map(({ fact, reason, error }) => ({ fact: fact ?? "message", reason, error })),
    },
  ];
}
