import { describeMissingTime, describeOtherTime, type EffectiveTime } from "./effective-time.ts";
import type { Decision, Outcome } from "../fact/outcome.ts";
import {
  chooseOfficer,
  type Candidate,
  nextOfficerCode,
  isSameName,
  describeOfficer,
  type Provider,
  type Team,
} from "../../delius/staff/officer.ts";
import { formatLondonTime, type Instant } from "../../platform/time/london-time.ts";
import type { AllocationAnswer } from "./allocation-answer.ts";
import { findDifferences, hasDifferences, type AllocationChanges, type NewOfficer } from "./allocation-changes.ts";
import type { AllocationDecision, AllocationFacts, AllocationQuestion } from "./allocation-question.ts";
import { findFuturePoms, keepOneOpenPom, removeFuturePoms, type Tidied } from "./overlapping-poms.ts";
import { changePom, planOf, type Plan, type PlannedPom, type PomId } from "./plan.ts";
import { replacePom } from "./replacement.ts";
import { bringForwardResponsibility, clearResponsibilityEnd, type Moment } from "./responsible-officer.ts";

/** An allocation question whose answer names an officer. */
export interface NamedQuestion extends AllocationQuestion {
  readonly answer: Extract<AllocationAnswer, { kind: "allocated" }>;
  readonly effective: EffectiveTime;
}

interface Case {
  readonly facts: AllocationFacts;
  readonly question: NamedQuestion;
  readonly provider: Provider;
  readonly team: Team;
  readonly tidied: Tidied;
  readonly future: readonly PomId[];
  readonly moment: Moment;
}

/** Decides about an answer that names an officer (rules A2 to A8). */
export function decideNamedOfficer(facts: AllocationFacts, question: NamedQuestion): AllocationDecision {
  const { now, effective, answer } = question;
  const { destination } = facts;
  if (destination === null) {
    return refuse(
      "UnknownPrison",
      question,
      `No provider in Delius has a prison with the NOMIS code ${answer.prisonCode}.`,
    );
  }
  if ("contenders" in destination) {
    const prison = `the prison with the NOMIS code ${answer.prisonCode}`;
    const reason = `Several providers in Delius have ${prison}: ${destination.contenders.join(", ")}.`;
    return refuse("UnknownPrison", question, reason);
  }
  const { provider, team } = destination;
  if (team === null) {
    return refuse(
      "UnknownTeam",
      question,
      `Delius has no team ${provider.code}POM, where the POMs of ${provider.description} stand.`,
    );
  }
  const plan = planOf(facts.poms, facts.responsibleOfficers);
  const future = findFuturePoms(plan, now);
  const tidied = removeFuturePoms(keepOneOpenPom(plan, now), future);
  const moment = { at: effective.at, now };
  return decideOfficer({ facts, question, provider, team, tidied, future, moment });
}

function decideOfficer(allocation: Case): AllocationDecision {
  const { facts, question, provider, team, tidied } = allocation;
  const { open } = tidied;
  const named = facts.candidates.filter((candidate) => isSameName(candidate, question.answer.manager));
  const found = chooseOfficer(named, open?.officer.staffId);
  if (found !== undefined) {
    const isSame =
      open?.officer.staffId === found.staffId &&
      open.team.teamId === team.teamId &&
      open.provider.providerId === provider.providerId;
    return isSame ? repair(allocation, open) : replace(allocation, found);
  }
  if (facts.highestNumbers === null) return { outcome: "OfficerCodeNeeded", provider };
  const code = nextOfficerCode(provider.code, facts.highestNumbers);
  if (code === null) {
    return refuse(
      "StaffCodesExhausted",
      question,
      `All officer codes of ${provider.description} up to ${provider.code}Z999 are taken.`,
    );
  }
  const { forename, surname } = question.answer.manager;
  return replace(allocation, { code, forename, surname, providerId: provider.providerId, start: allocation.moment.at });
}

function replace(allocation: Case, officer: Candidate | NewOfficer): Decision<AllocationChanges> {
  const { question, provider, team, tidied } = allocation;
  const isKnown = "staffId" in officer;
  const joinsTeam = isKnown && officer.isInTeam ? null : team.teamId;
  const reasonCode = reasonFor(provider, tidied.open);
  const pom = { officer, team, provider, email: question.answer.manager.email, joinsTeam };
  const { changes, reasons } = replacePom({ ...allocation, pom, reasonCode });
  const code = officer.code ?? "one";
  const created = question.isPreview
    ? `Delius knows no such officer at ${provider.description}: a new officer code will be chosen, ${code} as things stand.`
    : `Delius knew no such officer at ${provider.description}, so ${code} is created.`;
  return {
    outcome: "PomAllocated",
    properties: propertiesOf(question, question.effective.at),
    reasons: [question.effective.reason, ...(isKnown ? [] : [created]), ...reasons, ...describeEmail(question)],
    changes,
  };
}

function reasonFor(provider: Provider, open: PlannedPom | undefined) {
  if (open === undefined) return "AUT";
  return open.provider.providerId === provider.providerId ? "INA" : "EXT";
}

/** The same officer stays the POM: only what contradicts that is repaired (rule A6). */
function repair({ facts, question, tidied, future, moment }: Case, open: PlannedPom): Decision<AllocationChanges> {
  const { email } = question.answer.manager;
  const endless = clearEnd(tidied.plan, open);
  const repaired = bringForwardResponsibility(endless, { from: future, to: open.pomId, added: null }, moment);
  const isRepaired = hasDifferences(findDifferences(facts, repaired));
  const isNewEmail = email !== null && email !== open.email;
  const plan = isNewEmail ? changePom(repaired, open.pomId, { email }) : repaired;
  const reasons = [
    `Delius already has ${describeOfficer(open.officer)} as the POM.`,
    ...tidied.reasons,
    ...(open.end === null ? [] : ["Its end date is cleared: Manage POM Cases knows of no end."]),
    ...(isNewEmail ? ["The POM's e-mail address changes to the one that Manage POM Cases holds."] : []),
    ...describeEmail(question),
  ];
  if (!isRepaired && !isNewEmail) {
    const properties = propertiesOf(question, question.occurredAt);
    return {
      outcome: "NoPomChange",
      properties,
      reasons: [...reasons, ...describeMissingTime(question)],
      changes: null,
    };
  }
  return {
    outcome: isRepaired ? "PomRepaired" : "PomEmailUpdated",
    properties: propertiesOf(question, question.effective.at),
    reasons: [...reasons, ...describeOtherTime(question.effective)],
    changes: { ...findDifferences(facts, plan), newPom: null, newResponsibleOfficer: null, contacts: [] },
  };
}

function describeEmail({ answer }: NamedQuestion): readonly string[] {
  if (answer.manager.isEmailLeftOut !== true) return [];
  return ["The e-mail address that Manage POM Cases holds is too long or is not one, so it is left out."];
}

function clearEnd(plan: Plan, { pomId, end }: PlannedPom): Plan {
  return end === null ? plan : clearResponsibilityEnd(changePom(plan, pomId, { end: null }), pomId, end);
}

function refuse(outcome: Outcome, question: NamedQuestion, reason: string): Decision<AllocationChanges> {
  return { outcome, properties: propertiesOf(question, question.occurredAt), reasons: [reason], changes: null };
}

function propertiesOf({ nomsNumber, answer }: NamedQuestion, at: Instant) {
  return { prisonId: answer.prisonCode, nomsId: nomsNumber, allocationDate: formatLondonTime(at) };
}
