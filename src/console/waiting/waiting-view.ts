import type { z } from "zod";
import type {
  waitingCaseSchema,
  waitingGroupsSchema,
  waitingPageSchema,
} from "../../operations/waiting/waiting-schema.ts";
import { writeCsvRow } from "../../platform/text/csv.ts";
import type { Instant } from "../../platform/time/london-time.ts";
import type { Faults } from "../web/form-faults.ts";
import { displayCount, displayDuration, displayMoment, displayNumber, displayTime } from "../web/display.ts";
import { caseAddress, messageAddress, writeAddress } from "../web/navigation.ts";

type WaitingCase = Readonly<z.infer<typeof waitingCaseSchema>>;

/** What waits, and a page of the cases. */
export interface WaitingFacts {
  readonly groups: z.infer<typeof waitingGroupsSchema>["groups"];
  readonly page: z.input<typeof waitingPageSchema>;
  readonly waitsFor: string | undefined;
  readonly isFirst: boolean;
}

const path = "/console/waiting";

/** What the page of waiting cases shows: how many wait for what since when, and the cases. */
export function viewWaiting({ groups, page: { cases, next }, waitsFor, isFirst }: WaitingFacts, now: Instant) {
  return {
    groups: groups.map((group) => ({
      waitsFor: `A ${group.waitsFor}`,
      why: reasons[group.outcome] ?? group.outcome,
      number: displayNumber(group.cases),
      oldest: displayMoment(group.oldest, now),
      href: `${writeAddress(path, { waitsFor: group.waitsFor })}#cases`,
    })),
    waitsFor: waitsFor ?? null,
    rows: cases.map((one) => viewCase(one, now)),
    next: next === undefined ? null : `${writeAddress(path, { waitsFor, before: next })}#cases`,
    isFirst,
    csv: writeAddress(`${path}/cases.csv`, { waitsFor }),
    total: displayCount(
      groups.reduce((sum, group) => sum + group.cases, 0),
      "entry",
      "entries",
    ),
  };
}

const reasons: Readonly<Record<string, string>> = {
  PersonNotFound: "No case in Delius has the NOMS number",
  NoActiveCustodialSentence: "The case has no active custodial sentence",
  MultipleActiveCustodialSentences: "The case has several active custodial sentences",
};

const factNames = { allocation: "POM", handover: "Handover dates" } as const;

function viewCase(one: WaitingCase, now: Instant) {
  const { nomsNumber, fact, outcome, waitsFor, inboxKey, since } = one;
  return {
    nomsNumber,
    href: caseAddress(nomsNumber),
    fact: factNames[fact],
    why: reasons[outcome] ?? outcome,
    waitsFor: `a ${waitsFor}`,
    since: displayMoment(since, now),
    advice: isInVain(one) ? inVain : null,
    messageHref: messageAddress(inboxKey),
    dismissHref: writeAddress(`${path}/dismiss`, { nomsNumber, fact }),
  };
}

const inVain = "No case in Delius has this number now, so no sentence change can end the wait. Dismiss it.";

function isInVain({ waitsFor, isNumberInDelius }: WaitingCase): boolean {
  return waitsFor === "sentence change" && !isNumberInDelius;
}

/** The columns of the file of waiting cases. */
export const waitingHeading = writeCsvRow([
  "NOMS number",
  "What",
  "Waits for",
  "Why",
  "Since",
  "Age",
  "Number in Delius",
  "Message",
]);

/** One waiting case as a line of the file. */
export function writeWaitingCase(one: WaitingCase, now: Instant): string {
  const { nomsNumber, fact, outcome, waitsFor, inboxKey, since, isNumberInDelius } = one;
  const at = Date.parse(since);
  const age = displayDuration(now - at);
  const inDelius = isNumberInDelius ? "yes" : "no";
  return writeCsvRow([
    nomsNumber,
    factNames[fact],
    `a ${waitsFor}`,
    reasons[outcome] ?? outcome,
    displayTime(at),
    age,
    inDelius,
    inboxKey,
  ]);
}

/** What a dismissal is about, as its page shows it. */
export function viewDismissal({ nomsNumber, fact }: Pick<WaitingCase, "nomsNumber" | "fact">, faults: Faults | null) {
  return { nomsNumber, fact, what: factNames[fact], href: caseAddress(nomsNumber), list: path, faults };
}
