import type { MessagePage } from "../../operations/messages/message-schema.ts";
import type { Instant } from "../../platform/time/london-time.ts";
import { outcomeClasses } from "../../sync/fact/outcome.ts";
import { capitalise, displayMoment, displayTime, type Moment } from "../web/display.ts";
import { caseAddress } from "../web/navigation.ts";
import { readTypedTime } from "./typed-time.ts";

/** The filters of the list, as its address holds them. */
export type Filters = Readonly<Record<string, string>>;

/** A filter that can be set or removed by a link. */
export interface FilterLink {
  readonly text: string;
  readonly href: string;
  readonly isCurrent: boolean;
}

/** How one fact of a message ended. */
interface FactRow {
  readonly fact: string;
  readonly outcome: string;
  readonly outcomeClass: string;
  readonly isDryRun: boolean;
}

/** The outcomes of one class. */
interface OutcomeGroup {
  readonly name: string;
  readonly outcomes: readonly string[];
}

/** The list of messages as its page shows it. */
export interface MessageListView {
  readonly rows: readonly {
    readonly href: string;
    readonly eventType: string;
    readonly person: string;
    readonly personHref: string | null;
    readonly decided: Moment;
    /** Whether nothing of it was written: all of it was a dry run. */
    readonly isDryRun: boolean;
    readonly facts: readonly FactRow[];
  }[];
  readonly classes: readonly FilterLink[];
  /** Filters that are set, each with the address without it. */
  readonly chips: readonly FilterLink[];
  readonly filters: Filters;
  /** What may be chosen as outcome: of the class that is chosen, or of all. */
  readonly outcomes: readonly OutcomeGroup[];
  readonly next: string | null;
  readonly isFirst: boolean;
}

const path = "/console/messages";
const classes = ["written", "no change", "waiting", "quarantined"] as const;
const names: Readonly<Record<string, string>> = {
  outcome: "Outcome",
  outcomeClass: "Class",
  eventType: "Event",
  identifier: "Person",
  from: "From",
  to: "To",
};

/** What the page of the list shows: every filter is a link that can be shared. */
export function viewMessageList({ messages, next }: MessagePage, query: Filters, now: Instant): MessageListView {
  const { before, ...filters } = query;
  return {
    rows: messages.map(({ inboxKey, eventType, nomsNumber, crn, decidedAt, facts }) => ({
      href: `${path}/${encodeURIComponent(inboxKey)}`,
      eventType: eventType ?? "no event type",
      person: nomsNumber ?? crn ?? "no person",
      personHref: casePath(nomsNumber ?? crn),
      decided: displayMoment(decidedAt, now),
      isDryRun: facts.every(({ dryRun }) => dryRun),
      facts: facts.map(({ fact, outcome, outcomeClass, dryRun }) => ({
        fact: fact ?? "message",
        outcome,
        outcomeClass,
        isDryRun: dryRun,
      })),
    })),
    classes: listClasses(filters),
    chips: Object.entries(filters)
      .filter(([name]) => name in names && name !== "outcomeClass")
      .map(([name, value]) => ({
        text: `${names[name]}: ${describeFilter(name, value)}`,
        href: addressOf(without(filters, name)),
        isCurrent: true,
      })),
    filters,
    outcomes: listOutcomes(filters["outcomeClass"]),
    next: next === undefined ? null : addressOf({ ...filters, before: next }),
    isFirst: before === undefined,
  };
}

/** A time as every page shows it; what was typed where it is none. */
function describeFilter(name: string, value: string): string {
  const instant = name === "from" || name === "to" ? readTypedTime(value, name) : null;
  return instant === null ? value : displayTime(instant);
}

function listOutcomes(chosen: string | undefined): readonly OutcomeGroup[] {
  return classes
    .filter((name) => chosen === undefined || chosen === name)
    .map((name) => ({ name: capitalise(name), outcomes: outcomesOf(name) }));
}

function outcomesOf(outcomeClass: string): readonly string[] {
  return Object.entries(outcomeClasses).flatMap(([outcome, itsClass]) => (itsClass === outcomeClass ? outcome : []));
}

/** A class is that of what really happened; a dry run, which writes nothing, has a link of its own. */
function listClasses(filters: Filters): readonly FilterLink[] {
  const rest = without(without(filters, "outcomeClass"), "dryRun");
  const { outcomeClass, dryRun } = filters;
  return [
    { text: "All", href: addressOf(rest), isCurrent: outcomeClass === undefined && dryRun === undefined },
    ...classes.map((name) => ({
      text: capitalise(name),
      href: addressOf({ ...keepOutcome(rest, name), outcomeClass: name, dryRun: "false" }),
      isCurrent: outcomeClass === name && dryRun === "false",
    })),
    {
      text: "Dry runs",
      href: addressOf({ ...rest, dryRun: "true" }),
      isCurrent: outcomeClass === undefined && dryRun === "true",
    },
  ];
}

/** An outcome of another class would find nothing in this one. */
function keepOutcome(filters: Filters, outcomeClass: string): Filters {
  const { outcome = "" } = filters;
  return outcomesOf(outcomeClass).includes(outcome) ? filters : without(filters, "outcome");
}

/** The page of a case; null where a message names no one. */
export function casePath(identifier: string | undefined): string | null {
  return identifier === undefined ? null : caseAddress(identifier);
}

function addressOf(filters: Filters): string {
  const query = Object.entries(filters)
    .map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
    .join("&");
  return query === "" ? path : `${path}?${query}`;
}

function without(filters: Filters, name: string): Filters {
  return Object.fromEntries(Object.entries(filters).filter(([other]) => other !== name));
}
