import type { TimeFormat } from "./change-text.ts";
import type { Explanation, KnownCase } from "./explanation-schema.ts";
import { describeMessage, nameFact, type MessageView } from "./message-words.ts";

/** A sentence, and what belongs to it. */
export interface Entry {
  readonly text: string;
  readonly details: readonly string[];
  /** What is over and says nothing of the present. */
  readonly isPast?: boolean;
  /** The message that it is about. */
  readonly inboxKey?: string;
}

/** Some entries under one title. */
export interface Section {
  readonly title: string;
  readonly entries: readonly Entry[];
}

/** A case in words, for everyone who shows it: a terminal and a page differ in how they write times. */
export interface CaseView {
  readonly name: string;
  /** Why nothing of it is known from Delius; null where Delius has one such case. */
  readonly notice: string | null;
  /** How it stands in Delius; empty where Delius has no such case. */
  readonly standing: readonly Section[];
  readonly waiting: Section;
  readonly quarantined: Section;
  readonly messages: readonly MessageView[];
}

/** How a case stands and what happened to it, newest first. */
export function describeCase(known: KnownCase, format: TimeFormat): CaseView {
  return {
    ...nameCase(known),
    standing: known.inDelius === "present" ? describeStanding(known, format) : [],
    waiting: { title: "Waiting", entries: known.waiting.map((one) => describeWaiting(one, format)) },
    quarantined: {
      title: "Quarantined",
      entries: known.quarantined.map((one) => describeQuarantined(one, format)),
    },
    messages: known.messages.map((message) => describeMessage(message, format)),
  };
}

function nameCase({ inDelius, crn, nomsNumber, cases = [] }: KnownCase): Pick<CaseView, "name" | "notice"> {
  if (inDelius === "present") {
    return { name: `Case ${crn ?? "without a CRN"}, NOMS number ${nomsNumber ?? "none"}`, notice: null };
  }
  const name = crn === undefined ? `NOMS number ${nomsNumber ?? "none"}` : `CRN ${crn}`;
  const list = cases.map((one) => one.crn + (one.isDeleted ? " (deleted)" : "")).join(", ");
  const notices = {
    absent: "Delius has no case with this number. This is what messages said about it.",
    deleted: `The case is deleted in Delius: ${list}. This is what messages said about it.`,
    ambiguous: `Several cases in Delius share this number: ${list}. Each can be explained by its CRN.`,
  };
  return { name, notice: notices[inDelius] };
}

function describeStanding(known: KnownCase, format: TimeFormat): readonly Section[] {
  const com = known.com === undefined ? [] : [{ text: describeCom(known.com), details: [] }];
  return [
    { title: "Prison offender manager (POM)", entries: known.poms.map((pom) => describePom(pom, format)) },
    { title: "Community offender manager (COM)", entries: com },
    {
      title: "Responsible officer",
      entries: known.responsibleOfficers.map((one) => describeResponsibility(one, format)),
    },
    { title: "Handover dates", entries: describeCustodies(known, format) },
  ];
}

interface Period {
  readonly standing: "current" | "planned" | "ended";
  readonly start: string;
  readonly end?: string | undefined;
}

const standings = { current: "Now", planned: "Planned", ended: "Ended" } as const;

function describePeriod({ standing, start, end }: Period, { time }: TimeFormat): string {
  const until = end === undefined ? "" : ` to ${time(end)}`;
  return `${standings[standing]}, from ${time(start)}${until}`;
}

type Com = NonNullable<Explanation["com"]>;

/** Delius holds neither officer nor team of an outside employee. */
function describeOfficer(officer: Com["officer"]): string {
  if (officer === undefined) return "an outside employee";
  return `${officer.forename} ${officer.surname} (${officer.code?.trim() ?? "no code"})`;
}

function describePost({ officer, team, provider }: Com): string {
  const place = `${provider.description} (${provider.code})`;
  return [
    describeOfficer(officer),
    ...(team === undefined ? [] : [`team ${team.description} (${team.code})`]),
    place,
  ].join(", ");
}

function describeCom(com: Com): string {
  const [first = "", ...rest] = describePost(com);
  return first.toUpperCase() + rest.join("");
}

function describePom({ reason, email, ...pom }: Explanation["poms"][number], format: TimeFormat): Entry {
  return {
    text: `${describePeriod(pom, format)}: ${describePost(pom)}`,
    details: [`Reason: ${reason.description} (${reason.code}); e-mail: ${email ?? "none"}`],
    isPast: pom.standing === "ended",
  };
}

function describeResponsibility(
  { office, officer, ...period }: Explanation["responsibleOfficers"][number],
  format: TimeFormat,
): Entry {
  return {
    text: `${describePeriod(period, format)}: the ${office}, ${describeOfficer(officer)}`,
    details: [],
    isPast: period.standing === "ended",
  };
}

const dateNames = { POM1: "handover start date", POM2: "handover date" } as const;

function describeCustodies({ custodies }: KnownCase, { date }: TimeFormat): readonly Entry[] {
  if (custodies.length === 0) return [{ text: "None: there is no active custodial sentence.", details: [] }];
  return custodies.map(({ custodyId, keyDates }) => {
    const dates = keyDates.map((one) => `${dateNames[one.type]} ${date(one.date)} (${one.type})`);
    return { text: `Custody ${custodyId}: ${dates.join(", ") || "no dates"}`, details: [] };
  });
}

const waitsInVain = "No case in Delius has this NOMS number any more, so nothing can end the wait: dismiss it.";

function describeWaiting(
  { fact, waitsFor, since, outcome, isNumberInDelius }: Explanation["waiting"][number],
  { time }: TimeFormat,
): Entry {
  const isInVain = waitsFor === "sentence change" && !isNumberInDelius;
  return {
    text: `${nameFact(fact)}: waits for a ${waitsFor} since ${time(since)} (${outcome})`,
    details: isInVain ? [waitsInVain] : [],
  };
}

function describeQuarantined(
  { inboxKey, fact, reason, error, state, since, replays }: Explanation["quarantined"][number],
  { time }: TimeFormat,
): Entry {
  const often = replays === 1 ? "once" : `${replays} times`;
  const replayed = replays === 0 ? "" : `; replayed ${often}`;
  return { text: `${nameFact(fact)}: ${reason}; ${state} since ${time(since)}${replayed}`, details: [error], inboxKey };
}
