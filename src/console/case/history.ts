import type { Explanation, KnownCase, Mark, Origin } from "../../operations/explanation/explanation-schema.ts";
import type { Instant } from "../../platform/time/london-time.ts";
import { displayCount, displayTime, pageTimes } from "../web/display.ts";

/** Something that happened to a case, or will, as the picture draws it and its table says it. */
export interface Entry {
  readonly kind: "period" | "date" | "messages";
  /** How it is drawn. */
  readonly style: "pom" | "com" | "date" | Mark["outcomeClass"];
  readonly name: string;
  /** The prison or team of an officer. */
  readonly place: string;
  readonly from: string;
  readonly to: string;
  /** The moments that it is drawn at; of a period its start and its end. An end that is open is null. */
  readonly moments: readonly (Instant | null)[];
  readonly origin: OriginView | null;
}

/** Who made something what it is: `href` leads to the message. */
export interface OriginView {
  readonly text: string;
  readonly href: string | null;
}

/** Entries under one title. */
export interface Lane {
  readonly title: string;
  readonly entries: readonly Entry[];
}

/** Where the message of an origin is shown; null where it is not known any more. */
export type FindMessage = (inboxKey: string) => string | null;

/** The periods, dates and messages of a case, the newest first. */
export function listLanes(known: KnownCase, findMessage: FindMessage): readonly Lane[] {
  const originOf = (origin: Origin) => viewOrigin(origin, findMessage);
  const lanes = [
    { title: "Prison offender manager (POM)", entries: known.poms.map((pom) => toPom(pom, originOf(pom.origin))) },
    { title: "Community offender manager (COM)", entries: known.coms.map(toCom) },
    { title: "Responsible officer", entries: listResponsible(known, originOf) },
    {
      title: "Handover dates",
      entries: known.custodies.flatMap(({ keyDates }) => keyDates.map((date) => toDate(date, originOf(date.origin)))),
    },
    { title: "Messages", entries: listMessages(known.timeline) },
  ];
  return lanes.filter(({ entries }) => entries.length > 0);
}

interface Period {
  readonly start: string;
  readonly end?: string | undefined;
}

function toPeriod({ start, end }: Period) {
  const moments = [Date.parse(start), end === undefined ? null : Date.parse(end)];
  return {
    kind: "period",
    from: pageTimes.time(start),
    to: end === undefined ? "no end yet" : pageTimes.time(end),
    moments,
  } as const;
}

type Officer = Explanation["coms"][number]["officer"];

/** Delius has no officer for an outside employee. */
function nameOf(officer: Officer): string {
  return officer === undefined ? "Outside employee" : `${officer.forename} ${officer.surname}`;
}

function toPom(pom: Explanation["poms"][number], origin: OriginView): Entry {
  return { ...toPeriod(pom), style: "pom", name: nameOf(pom.officer), place: pom.provider.description, origin };
}

function toCom(com: Explanation["coms"][number]): Entry {
  const { team, provider } = com;
  const place = team === undefined ? provider.description : `${team.description}, ${provider.description}`;
  return { ...toPeriod(com), style: "com", name: nameOf(com.officer), place, origin: notOurs };
}

/** A responsible officer is the POM or the COM of that time: there is their prison or team. */
function listResponsible(
  { responsibleOfficers, poms, coms }: KnownCase,
  originOf: (origin: Origin) => OriginView,
): readonly Entry[] {
  return responsibleOfficers.map((one) => {
    const posts = one.office === "POM" ? poms : coms;
    const isSame = ({ officer }: { readonly officer?: Officer }) => nameOf(officer) === nameOf(one.officer);
    const provider = posts.find((post) => isSame(post) && doesMeet(post, one))?.provider.description;
    return {
      ...toPeriod(one),
      style: one.office === "POM" ? "pom" : "com",
      name: nameOf(one.officer),
      place: provider === undefined ? `the ${one.office}` : `the ${one.office}, ${provider}`,
      origin: originOf(one.origin),
    };
  });
}

function doesMeet(one: Period, other: Period): boolean {
  const isBefore = ({ end }: Period, { start }: Period) => end !== undefined && Date.parse(end) < Date.parse(start);
  return !isBefore(one, other) && !isBefore(other, one);
}

const dateNames = { POM1: "Handover start date", POM2: "Handover date" } as const;

function toDate({ type, date }: Explanation["custodies"][number]["keyDates"][number], origin: OriginView): Entry {
  const day = pageTimes.date(date);
  const moments = [Date.parse(`${date}T12:00:00Z`)];
  return {
    kind: "date",
    style: "date",
    name: `${dateNames[type]}, ${day}`,
    place: "",
    from: day,
    to: "",
    moments,
    origin,
  };
}

const classNames = {
  written: "changed Delius",
  "no change": "left Delius as it was",
  waiting: "had to wait",
  quarantined: "were quarantined",
} as const;
const classes = ["written", "no change", "waiting", "quarantined"] as const;

function listMessages(timeline: readonly Mark[]): readonly Entry[] {
  const real = timeline.filter(({ dryRun }) => !dryRun);
  return classes.flatMap((style) => {
    const moments = real.flatMap((mark) => (mark.outcomeClass === style ? Date.parse(mark.decidedAt) : []));
    const [newest, oldest] = [moments[0], moments.at(-1)];
    if (newest === undefined || oldest === undefined) return [];
    const verb = moments.length === 1 ? classNames[style].replace("were", "was") : classNames[style];
    const name = `${displayCount(moments.length, "message")} ${verb}`;
    const [from, to] = [displayTime(oldest), moments.length === 1 ? "" : displayTime(newest)];
    return { kind: "messages", style, name, place: "", from, to, moments, origin: null } as const;
  });
}

const notOurs: OriginView = { text: "Not made by this service", href: null };

function viewOrigin({ isService, inboxKey, user, at }: Origin, findMessage: FindMessage): OriginView {
  const time = pageTimes.time(at);
  const href = inboxKey === undefined ? null : findMessage(inboxKey);
  if (href !== null) return { text: `Message of ${time}`, href };
  if (isService) return { text: `Made by this service's Delius user on ${time}; no message of it is kept`, href: null };
  const hand = user === undefined ? "" : `, but by ${user}`;
  return { text: `Not made by this service${hand} on ${time}`, href: null };
}
