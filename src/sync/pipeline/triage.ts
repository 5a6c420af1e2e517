import type { CaseEvent, RefusedEvent } from "../events/case-event.ts";
import type { Fact, Outcome } from "../fact/outcome.ts";
import { solePerson, type Ended, type LookupResult, type ToFetch } from "./prepared-message.ts";
import { readNomsNumber, type Crn, type NomsNumber } from "../../delius/person/person.ts";

/** What a triage rests on beside the message. */
export interface TriageKnowledge {
  readonly lookup: LookupResult;
  /** The origins that may be called; the first is Manage POM Cases' own, for addresses that are built. */
  readonly origins: readonly [string, ...string[]];
}

/** Decides, before any call, which facts of a message end here and which address to ask about the others. Pure. */
export function triage(
  event: CaseEvent | RefusedEvent,
  { lookup, origins }: TriageKnowledge,
): readonly (Ended | ToFetch)[] {
  if (event.kind === "refused") {
    const { facts, outcome, reason } = event;
    return (facts.length > 0 ? facts : [null]).map((fact) => ({ kind: "ended", fact, outcome, reason }));
  }
  const { facts, person, detailUrl, rule } = event;
  const found = "crn" in person ? findByCrn(person.crn, lookup) : findByNomsNumber(person.nomsNumber, lookup);
  return facts.map((fact) => {
    if ("outcome" in found) return { kind: "ended", fact, ...found };
    const { nomsNumber } = found;
    if (rule.detail === "built" || detailUrl === null) {
      return { kind: "fetch", fact, url: buildDetailUrl(origins[0], fact, nomsNumber) };
    }
    if (isTrustedDetailUrl(detailUrl, origins, nomsNumber)) return { kind: "fetch", fact, url: detailUrl };
    const reason = "The event's detail URL is not an address of this case in Manage POM Cases.";
    return { kind: "ended", fact, outcome: "UntrustedDetailUrl", reason };
  });
}

type Found = { readonly nomsNumber: NomsNumber } | { readonly outcome: Outcome; readonly reason: string };

function findByNomsNumber(nomsNumber: NomsNumber, lookup: LookupResult): Found {
  const { length } = lookup.persons;
  if (length === 0) {
    return { outcome: "PersonNotFound", reason: "Delius has no undeleted case with this NOMS number yet." };
  }
  return solePerson(lookup) === null ? ambiguous(length) : { nomsNumber };
}

function ambiguous(cases: number): Found {
  return {
    outcome: "AmbiguousPerson",
    reason: `Delius has ${cases} cases with this NOMS number, and not exactly one of them has a sentence.`,
  };
}

/** Sentence changes come for all of probation: most are about cases that Manage POM Cases does not know (rule E4). */
function findByCrn(crn: Crn, lookup: LookupResult): Found {
  const person = solePerson(lookup);
  if (person === null && lookup.persons.length > 1) return ambiguous(lookup.persons.length);
  if (person === null || person.nomsNumber === null) {
    return nothing("Delius has no case with this CRN that has a NOMS number.");
  }
  if (person.crn !== crn) {
    return nothing("Another case has the same NOMS number and an active custodial sentence, so it is not this one's.");
  }
  if (person.sentences !== 1 && !lookup.isWaiting) {
    return nothing(`The case has ${person.sentences} active custodial sentences, and no handover dates wait for it.`);
  }
  return { nomsNumber: person.nomsNumber };
}

function nothing(reason: string): Found {
  return { outcome: "NothingToRefresh", reason };
}

/** Where the detail of each fact lives in Manage POM Cases (rule E2). */
const livePaths: Readonly<Record<Fact, (nomsNumber: NomsNumber) => string>> = {
  handover: (nomsNumber) => `/api/handovers/${nomsNumber}`,
  allocation: (nomsNumber) => `/api/allocation/${nomsNumber}/primary_pom`,
};

// No percent sign, dot or query: nothing that two readers of one address could understand in two ways.
const plainPath = /^\/api(?:\/[A-Za-z0-9_-]+)+$/;

// Anywhere in the path, in any letter case: an address of two people is an address of the wrong one.
const anyNomsNumber = /(?<![A-Za-z0-9])[A-Z]\d{4}[A-Z]{2}(?![A-Za-z0-9])/gi;

/** The address of a fact's detail in Manage POM Cases. `origin` is scheme, host and port. */
export function buildDetailUrl(origin: string, fact: Fact, nomsNumber: NomsNumber): string {
  return origin + livePaths[fact](nomsNumber);
}

/**
 * Whether an address from an event may be called with our token: its text starts byte for byte with an allowed origin
 * and `/api/`, its path is plain, and the event's own NOMS number, in any letter case, is a segment of the path and the
 * only number in it (rule E5).
 */
export function isTrustedDetailUrl(text: string, origins: readonly string[], nomsNumber: NomsNumber): boolean {
  const origin = origins.find((allowed) => text.startsWith(`${allowed}/api/`));
  if (origin === undefined) return false;
  const path = text.slice(origin.length);
  if (!plainPath.test(path) || !path.split("/").map(readNomsNumber).includes(nomsNumber)) return false;
  return [...path.matchAll(anyNomsNumber)].every(([number]) => readNomsNumber(number) === nomsNumber);
}
