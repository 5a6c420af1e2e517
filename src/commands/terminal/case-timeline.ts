import type { ExplainedMessage, Explanation, ToldFact } from "../../operations/explanation/explanation-schema.ts";
import { setText, type Paragraph, type TextSurface } from "./terminal-text.ts";
import { tellAnswer, tellChange, tellDate, tellTime, type Reality } from "./change-text.ts";

/** An explanation as text for a terminal: how the case stands, what would happen now, and what happened. */
export function renderTimeline(surface: TextSurface, explanation: Explanation): string {
  const { inDelius, messages, next } = explanation;
  const standing: readonly Part[] = [
    ["Prison offender manager (POM)", tellPoms(explanation)],
    ["Community offender manager (COM)", tellCom(explanation)],
    ["Responsible officer", tellResponsible(explanation)],
    ["Handover dates", tellCustodies(explanation)],
  ];
  const parts: readonly Part[] = [
    ...(inDelius === "present" ? standing : []),
    ["Waiting", tellWaiting(explanation)],
    ["Set aside (quarantine)", tellQuarantined(explanation)],
    ["What would happen now (nothing was written)", tellPresent(explanation)],
    ["What happened, the newest first", messages.flatMap(tellMessage)],
  ];
  const older = next === undefined ? [] : [{ text: "" }, { text: `There are older messages: add --before ${next}` }];
  return setText(surface, [...tellCase(explanation), ...parts.flatMap(tellPart), ...older]);
}

function tellCase({ at, inDelius, crn, nomsNumber, cases = [] }: Explanation): readonly Paragraph[] {
  const time = `at ${tellTime(at)} London time`;
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

function tellPart([title, paragraphs]: Part): readonly Paragraph[] {
  const told = paragraphs.length === 0 ? [{ text: "None.", indent: 2 }] : paragraphs;
  return [{ text: "" }, { text: title, isStrong: true }, ...told];
}

interface Period {
  readonly standing: "current" | "planned" | "ended";
  readonly start: string;
  readonly end?: string | undefined;
}

const standings = { current: "Now", planned: "Planned", ended: "Ended" } as const;

function tellPeriod({ standing, start, end }: Period): string {
  const until = end === undefined ? "" : ` to ${tellTime(end)}`;
  return `${standings[standing]}, from ${tellTime(start)}${until}`;
}

type Com = NonNullable<Explanation["com"]>;

function tellOfficer({ code, forename, surname }: Com["officer"]): string {
  return `${forename} ${surname} (${code?.trim() ?? "no code"})`;
}

function tellPost({ officer, team, provider }: Com): string {
  return `${tellOfficer(officer)}, team ${team.description} (${team.code}), ${provider.description} (${provider.code})`;
}

function tellPoms({ poms }: Explanation): readonly Paragraph[] {
  return poms.flatMap(({ reason, email, ...pom }) => [
    { text: `${tellPeriod(pom)}: ${tellPost(pom)}`, indent: 2 },
    { text: `Reason: ${reason.description} (${reason.code}); e-mail: ${email ?? "none"}`, indent: 6 },
  ]);
}

function tellCom({ com }: Explanation): readonly Paragraph[] {
  return com === undefined ? [] : [{ text: tellPost(com), indent: 2 }];
}

function tellResponsible({ responsibleOfficers }: Explanation): readonly Paragraph[] {
  return responsibleOfficers.map(({ office, officer, ...period }) => ({
    text: `${tellPeriod(period)}: the ${office}, ${tellOfficer(officer)}`,
    indent: 2,
  }));
}

const dateNames = { POM1: "handover start date", POM2: "handover date" } as const;

function tellCustodies({ custodies }: Explanation): readonly Paragraph[] {
  if (custodies.length === 0) return [{ text: "None: there is no active custodial sentence.", indent: 2 }];
  return custodies.map(({ custodyId, keyDates }) => {
    const dates = keyDates.map(({ type, date }) => `${dateNames[type]} ${tellDate(date)} (${type})`);
    return { text: `Custody ${custodyId}: ${dates.join(", ") || "no dates"}`, indent: 2 };
  });
}

const waitsInVain = "No case in Delius has this NOMS number any more, so nothing can end the wait: dismiss it.";

function tellWaiting({ waiting }: Explanation): readonly Paragraph[] {
  return waiting.flatMap((one) => [
    {
      text: `${factNames[one.fact]}: waits for a ${one.waitsFor} since ${tellTime(one.since)} (${one.outcome})`,
      indent: 2,
    },
    ...(one.waitsFor === "sentence change" && !one.isNumberInDelius ? [{ text: waitsInVain, indent: 6 }] : []),
  ]);
}

function tellQuarantined({ quarantined }: Explanation): readonly Paragraph[] {
  return quarantined.flatMap(({ inboxKey, fact, reason, error, state, since, replays }) => [
    { text: `${nameFact(fact)}: ${reason}; ${state} since ${tellTime(since)}${tellReplays(replays)}`, indent: 2 },
    { text: error, indent: 6 },
    { text: `Message ${inboxKey}`, indent: 6 },
  ]);
}

function tellReplays(replays: number): string {
  return replays === 0 ? "" : `; replayed ${replays === 1 ? "once" : `${replays} times`}`;
}

function tellPresent({ present }: Explanation): readonly Paragraph[] {
  const { facts = [], message = "It is not known" } = present;
  return present.result === "decided"
    ? facts.flatMap((fact) => tellFact(fact, expectations))
    : [{ text: `${message}.`, indent: 2 }];
}

const factNames = { allocation: "POM allocation", handover: "Handover dates" } as const;

function nameFact(fact: ToldFact["fact"]): string {
  return fact === undefined ? "The message" : factNames[fact];
}

type Consequences = Readonly<Record<ToldFact["outcomeClass"], string>>;

const consequences: Consequences = {
  written: "Delius was changed",
  "no change": "Delius was left as it was",
  waiting: "it had to wait",
  quarantined: "the message was set aside",
};
const rehearsals: Consequences = {
  written: "Delius would have been changed",
  "no change": "Delius would have been left as it was",
  waiting: "it would have had to wait",
  quarantined: "the message would have been set aside",
};
const expectations: Consequences = {
  written: "Delius would be changed",
  "no change": "Delius would be left as it is",
  waiting: "it would have to wait",
  quarantined: "the message would be set aside",
};

function tellFact(told: ToldFact, consequence: Consequences): readonly Paragraph[] {
  const { fact, outcome, outcomeClass, answer, reasons, changes } = told;
  return [
    { text: `${nameFact(fact)}: ${consequence[outcomeClass]} (${outcome})`, indent: 2 },
    { text: `Manage POM Cases: ${tellAnswer(answer)}`, indent: 6 },
    ...reasons.map((reason) => ({ text: `Why: ${tellDates(reason)}`, indent: 6 })),
    ...changes.flatMap((change) => tellChanged(change, consequence === consequences ? "made" : "rehearsed")),
  ];
}

function tellDates(sentence: string): string {
  return sentence.replaceAll(/\b\d{4}-\d\d-\d\d\b/g, tellDate);
}

function tellChanged(change: unknown, reality: Reality): readonly Paragraph[] {
  const { text, notes } = tellChange(change, reality);
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

function tellMessage(message: ExplainedMessage): readonly Paragraph[] {
  const { inboxKey, eventType = "no type", decidedAt, dryRun, decisions, attempts } = message;
  const name = eventNames[eventType] ?? "A message of another kind";
  const rehearsal = dryRun ? " (dry run: nothing was written)" : "";
  return [
    { text: "" },
    { text: `${tellTime(decidedAt)}  ${name}${rehearsal}`, isStrong: true },
    { text: tellTimes(message), indent: 2 },
    { text: `Event ${eventType}, message ${inboxKey}`, indent: 2 },
    ...attempts.map(tellAttempt),
    ...decisions.flatMap((decision) => tellFact(decision, dryRun ? rehearsals : consequences)),
  ];
}

function tellTimes({ occurredAt, receivedAt, decidedAt, deliveries = 1 }: ExplainedMessage): string {
  const occurred = occurredAt === undefined ? "When it happened is not known" : `Happened ${tellTime(occurredAt)}`;
  const often = deliveries > 1 ? `; delivered ${deliveries} times, settled once` : "";
  return `${occurred}, received ${tellTime(receivedAt)}, decided ${tellTime(decidedAt)}${often}`;
}

const dependencies: Readonly<Record<string, string>> = {
  mpc: "Manage POM Cases",
  auth: "HMPPS Auth",
  database: "the database",
};

function tellAttempt({ failedAt, dependency, errorClass }: ExplainedMessage["attempts"][number]): Paragraph {
  const culprit = dependencies[dependency] ?? dependency;
  return { text: `An attempt failed ${tellTime(failedAt)}, because of ${culprit}: ${errorClass}`, indent: 2 };
}
