import { describeChange } from "../../operations/explanation/change-text.ts";
import type { OrderName, PreviewAnswer, Quarantined } from "../../operations/quarantine/quarantine-schema.ts";
import type { Instant } from "../../platform/time/london-time.ts";
import { outcomeClasses, type OutcomeClass } from "../../sync/fact/outcome.ts";
import { displayCount, displayNumber, pageTimes } from "../web/display.ts";
import { verbs } from "./group-orders.ts";
import { viewRow } from "./quarantine-list-view.ts";

type Previewed = PreviewAnswer["results"][number];

/** An order before it is confirmed. */
export interface OrderFacts {
  readonly name: OrderName;
  readonly inboxKeys: readonly string[];
  /** Messages of the group that the order does not come to. */
  readonly left: number;
  readonly quarantined: readonly Quarantined[];
  /** What a replay of the first of them would come to; null where it is not known. */
  readonly previewed: readonly Previewed[] | null;
  readonly from: string;
}

const participles = { replay: "replayed", discard: "discarded", restore: "restored", cancel: "cancelled" } as const;
const effects = {
  replay:
    "Each message is sent to the queue again and decided anew, from what Manage POM Cases answers then. One that still cannot be applied is quarantined again.",
  discard:
    "The messages are no longer listed as held, and nothing is written to Delius. They can be restored for as long as they are kept.",
  restore: "The messages are held again, as they were before they were discarded.",
  cancel:
    "Messages that are not sent yet are held again, and can be replayed later. Those that were sent cannot be called back: the result says which.",
} as const;

/** What an order would do, message by message, before it is given. */
export function viewOrder({ name, inboxKeys, left, quarantined, previewed, from }: OrderFacts, now: Instant) {
  const facts = Map.groupBy(quarantined, ({ inboxKey }) => inboxKey);
  const results = new Map(previewed?.map((result) => [result.inboxKey, result]));
  const title = `${verbs[name]} ${displayCount(inboxKeys.length, "message")}`;
  return {
    name,
    title,
    nothing: `No message of this group can be ${participles[name]} now: someone else may have been quicker.`,
    effect: effects[name],
    left:
      left === 0
        ? null
        : `${displayNumber(left)} more of this group are not part of it: come back for them afterwards.`,
    summary: name === "replay" ? summarise(inboxKeys.length, previewed) : [],
    messages: inboxKeys.map((inboxKey, index) => ({
      inboxKey,
      ...viewRow(facts.get(inboxKey) ?? [], index, now)[0],
      preview: viewResult(results.get(inboxKey)),
    })),
    inboxKeys,
    from,
  };
}

function summarise(all: number, previewed: readonly Previewed[] | null): readonly string[] {
  if (previewed === null)
    return [
      "The preview could not be made in time: Manage POM Cases may be slow or down. You can replay all the same.",
    ];
  const count = (isCounted: (result: Previewed) => boolean) => previewed.filter(isCounted).length;
  const ends =
    (wanted: OutcomeClass) =>
    ({ facts = [] }: Previewed) =>
      weigh(facts) === wanted;
  const counts = [
    [count(ends("written")), "would change Delius"],
    [count(ends("no change")), "would leave Delius as it is"],
    [count(ends("waiting")), "would have to wait"],
    [count(ends("quarantined")), "would be quarantined again"],
    [count(({ result }) => result === "refused"), "cannot be replayed"],
    [count(({ result }) => result === "unavailable"), "could not be previewed"],
    [all - previewed.length, "not previewed, for a preview asks about a few"],
  ] as const;
  return counts.filter(([number]) => number > 0).map(([number, text]) => `${displayNumber(number)} ${text}`);
}

const weights = ["quarantined", "waiting", "written", "no change"] as const;

/** The class that counts for a message of several facts: what is still wrong comes before what is right. */
function weigh(facts: NonNullable<Previewed["facts"]>): OutcomeClass | null {
  const classes = facts.map(({ outcome }) => classOf(outcome));
  return weights.find((one) => classes.includes(one)) ?? null;
}

function classOf(outcome: string): OutcomeClass | null {
  return Object.entries(outcomeClasses).find(([name]) => name === outcome)?.[1] ?? null;
}

const factNames = { handover: "Handover dates", allocation: "POM allocation" } as const;

function viewResult(result: Previewed | undefined) {
  if (result === undefined) return null;
  const { facts = [], message = null } = result;
  return {
    message,
    facts: facts.map(({ fact, outcome, reasons, changes }) => ({
      name: fact === undefined ? "The message" : factNames[fact],
      outcome,
      outcomeClass: classOf(outcome),
      reasons,
      changes: changes.map((change) => describeChange(change, { reality: "rehearsed", format: pageTimes }).text),
    })),
  };
}
