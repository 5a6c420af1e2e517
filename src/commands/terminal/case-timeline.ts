import type { ExplainedMessage, Explanation, ExplainedFact } from "../../operations/explanation/explanation-schema.ts";
import { setText, type Paragraph, type TextSurface } from "./terminal-text.ts";
import { formatAnswer, formatChange, formatDay, formatMoment, type Reality } from "./change-text.ts";

/** An explanation as text for a terminal: how the case stands, what would happen now, and what happened. */
export function renderTimeline(surface: TextSurface, explanation: Explanation): string {
  const { inDelius, messages, next } = explanation;
  const standing: readonly Part[] = [
    ["Prison offender manager (POM)", describePoms(explanation)],
    ["Community offender manager (COM)", describeCom(explanation)],
    ["Responsible officer", describeResponsible(explanation)],
    ["Handover dates", describeCustodies(explanation)],
  ];
  const parts: readonly Part[] = [
    ...(inDelius === "present" ? standing : []),
    ["Waiting", describeWaiting(explanation)],
    ["Quarantined", describeQuarantined(explanation)],
    ["What would happen now (nothing was written)", describePresent(explanation)],
    ["What happened, newest first", messages.flatMap(describeMessage)],
  ];
  const older = next === undefined ? [] : [{ text: "" }, { text: `There are older messages: add --before ${next}` }];
  return setText(surface, [...describeCase(explanation), ...parts.flatMap(describePart), ...older]);
}

function describeCase({ at, inDelius, crn, nomsNumber, cases = [] }: Explanation): readonly Paragraph[] {
  const time = `at ${formatMoment(at)} London time`;
  if (inDelius === "present") {
    return [{ text: `Case ${crn ?? "without a CRN"}, NOMS number ${nomsNumber ?? "none"}, ${time}`, isStrong: true }];
  }
  const name = crn === undefined ? `NOMS number ${nomsNumber ?? "none"}` : `CRN ${crn}`;
  const list = cases.map((one) => one.crn + (one.isDeleted ? " (deleted)" : "")).join(", ");
  const texts = {
    absent: "Delius has no case with this number. This is what messages said about it.",
    deleted: `The case is deleted in Delius: ${list}. This is what messages said about it.`,
    ambiguous: `Several cases in Delius share this number: ${list}. Each can be explained by its CRN.`,
  };
  return [{ text: `${name}, ${time}`, isStrong: true }, { text: texts[inDelius] }];
}

type Part = readonly [title: string, paragraphs: readonly Paragraph[]];

function describePart([title, paragraphs]: Part): readonly Paragraph[] {
  const told = paragraphs.length === 0 ? [{ text: "None.", indent: 2 }] : paragraphs;
  return [{ text: "" }, { text: title, isStrong: true }, ...told];
}

interface Period {
  readonly standing: "current" | "planned" | "ended";
  readonly start: string;
  readonly end?: string | undefined;
}

const standings = { current: "Now", planned: "Planned", ended: "Ended" } as const;

function describePeriod({ standing, start, end }: Period): string {
  const until = end === undefined ? "" : ` to ${formatMoment(end)}`;
  return `${standings[standing]}, from ${formatMoment(start)}${until}`;
}

type Com = NonNullable<Explanation["com"]>;

function describeOfficer({ code, forename, surname }: Com["officer"]): string {
  return `${forename} ${surname} (${code?.trim() ?? "no code"})`;
}

function describePost({ officer, team, provider }: Com): string {
  return `${describeOfficer(officer)}, team ${team.description} (${team.code}), ${provider.description} (${provider.code})`;
}

function describePoms({ poms }: Explanation): readonly Paragraph[] {
  return poms.flatMap(({ reason, email, ...pom }) => [
    { text: `${describePeriod(pom)}: ${describePost(pom)}`, indent: 2 },
    { text: `Reason: ${reason.description} (${reason.code}); e-mail: ${email ?? "none"}`, indent: 6 },
  ]);
}

function describeCom({ com }: Explanation): readonly Paragraph[] {
  return com === undefined ? [] : [{ text: describePost(com), indent: 2 }];
}

function describeResponsible({ responsibleOfficers }: Explanation): readonly Paragraph[] {
  return responsibleOfficers.map(({ office, officer, ...period }) => ({
    text: `${describePeriod(period)}: the ${office}, ${describeOfficer(officer)}`,
    indent: 2,
  }));
}

const dateNames = { POM1: "handover start date", POM2: "handover date" } as const;

function describeCustodies({ custodies }: Explanation): readonly Paragraph[] {
  if (custodies.length === 0) return [{ text: "None: there is no active custodial sentence.", indent: 2 }];
  return custodies.map(({ custodyId, keyDates }) => {
    const dates = keyDates.map(({ type, date }) => `${dateNames[type]} ${formatDay(date)} (${type})`);
    return { text: `Custody ${custodyId}: ${dates.join(", ") || "no dates"}`, indent: 2 };
  });
}

const waitsInVain = "No case in Delius has this NOMS number any more, so nothing can end the wait: dismiss it.";

function describeWaiting({ waiting }: Explanation): readonly Paragraph[] {
  return waiting.flatMap((one) => [
    {
      text: `${factNames[one.fact]}: waits for a ${one.waitsFor} since ${formatMoment(one.since)} (${one.outcome})`,
      indent: 2,
    },
    ...(one.waitsFor === "sentence change" && !one.isNumberInDelius ? [{ text: waitsInVain, indent: 6 }] : []),
  ]);
}

function describeQuarantined({ quarantined }: Explanation): readonly Paragraph[] {
  return quarantined.flatMap(({ inboxKey, fact, reason, error, state, since, replays }) => [
    {
      text: `${nameFact(fact)}: ${reason}; ${state} since ${formatMoment(since)}${describeReplays(replays)}`,
      indent: 2,
    },
    { text: error, indent: 6 },
    { text: `Message ${inboxKey}`, indent: 6 },
  ]);
}

function describeReplays(replays: number): string {
  return replays === 0 ? "" : `; replayed ${replays === 1 ? "once" : `${replays} times`}`;
}

function describePresent({ present }: Explanation): readonly Paragraph[] {
  const { facts = [], message = "It is not known" } = present;
  return present.result === "decided"
    ? facts.flatMap((fact) => describeFact(fact, expectations))
    : [{ text: `${message}.`, indent: 2 }];
}

const factNames = { allocation: "POM allocation", handover: "Handover dates" } as const;

function nameFact(fact: ExplainedFact["fact"]): string {
  return fact === undefined ? "The message" : factNames[fact];
}

type Consequences = Readonly<Record<ExplainedFact["outcomeClass"], string>>;

const consequences: Consequences = {
  written: "Delius was changed",
  "no change": "Delius was left as it was",
  waiting: "it had to wait",
  quarantined: "the message was quarantined",
};
const rehearsals: Consequences = {
  written: "Delius would have been changed",
  "no change": "Delius would have been left as it was",
  waiting: "it would have had to wait",
  quarantined: "the message would have been quarantined",
};
const expectations: Consequences = {
  written: "Delius would be changed",
  "no change": "Delius would be left as it is",
  waiting: "it would have to wait",
  quarantined: "the message would be quarantined",
};

function describeFact(told: ExplainedFact, consequence: Consequences): readonly Paragraph[] {
  const { fact, outcome, outcomeClass, answer, reasons, changes } = told;
  return [
    { text: `${nameFact(fact)}: ${consequence[outcomeClass]} (${outcome})`, indent: 2 },
    { text: `Manage POM Cases: ${formatAnswer(answer)}`, indent: 6 },
    ...reasons.map((reason) => ({ text: `Why: ${describeDates(reason)}`, indent: 6 })),
    ...changes.flatMap((change) => describeChanged(change, consequence === consequences ? "made" : "rehearsed")),
  ];
}

function describeDates(sentence: string): string {
  return sentence.replaceAll(/\b\d{4}-\d\d-\d\d\b/g, formatDay);
}

function describeChanged(change: unknown, reality: Reality): readonly Paragraph[] {
  const { text, notes } = formatChange(change, reality);
  return [{ text, indent: 6 }, ...notes.map((note) => ({ text: `| ${note}`, indent: 8 }))];
}

const eventNames: Readonly<Record<string, string>> = {
  "offender-management.handover.changed": "The handover changed in Manage POM Cases",
  "offender-management.allocation.changed": "The POM changed in Manage POM Cases",
  "offender-management.pom.allocated": "A POM was allocated in Manage POM Cases",
  "probation-case.prison-identifier.added": "The case was given a NOMS number",
  "probation-case.prison-identifier.updated": "The case was given another NOMS number",
  SENTENCE_CHANGED: "The sentence changed in Delius",
  CONVICTION_CHANGED: "The case's conviction changed in Delius",
  "manage-pom-cases-and-delius.internal.refresh": "A refresh compared the case with Manage POM Cases",
  "pom-handover-dates.internal.bulk-update": "A bulk update compared the case with Manage POM Cases",
};

function describeMessage(message: ExplainedMessage): readonly Paragraph[] {
  const { inboxKey, eventType = "no type", decidedAt, dryRun, decisions, attempts } = message;
  const name = eventNames[eventType] ?? "A message of another kind";
  const rehearsal = dryRun ? " (dry run: nothing was written)" : "";
  return [
    { text: "" },
    { text: `${formatMoment(decidedAt)}  ${name}${rehearsal}`, isStrong: true },
    { text: describeTimes(message), indent: 2 },
    { text: `Event ${eventType}, message ${inboxKey}`, indent: 2 },
    ...attempts.map(describeAttempt),
    ...decisions.flatMap((decision) => describeFact(decision, dryRun ? rehearsals : consequences)),
  ];
}

function describeTimes({ occurredAt, receivedAt, decidedAt, deliveries = 1 }: ExplainedMessage): string {
  const occurred = occurredAt === undefined ? "When it happened is not known" : `Happened ${formatMoment(occurredAt)}`;
  const often = deliveries > 1 ? `; delivered ${deliveries} times, settled once` : "";
  return `${occurred}, received ${formatMoment(receivedAt)}, decided ${formatMoment(decidedAt)}${often}`;
}

const dependencies: Readonly<Record<string, string>> = {
  mpc: "Manage POM Cases",
  auth: "HMPPS Auth",
  database: "the database",
};

function describeAttempt({ failedAt, dependency, errorClass }: ExplainedMessage["attempts"][number]): Paragraph {
  const culprit = dependencies[dependency] ?? dependency;
  return { text: `An attempt failed ${formatMoment(failedAt)}, because of ${culprit}: ${errorClass}`, indent: 2 };
}
