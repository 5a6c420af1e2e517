import {
  chooseOfficer,
  describeOfficer,
  isSameName,
  isUnallocatedOfficer,
  nextOfficerCode,
  type Candidate,
  type Provider,
  type Team,
} from "../../delius/staff/officer.ts";
import { formatLondonTime } from "../../platform/time/london-time.ts";
import type { Decision, Outcome } from "../fact/outcome.ts";
import {
  findDifferences,
  hasDifferences,
  replacePom,
  type AllocationChanges,
  type NewOfficer,
} from "./allocation-changes.ts";
import type {
  AllocationDecision,
  AllocationFacts,
  AllocationQuestion,
  OfficerCodeNeeded,
} from "./allocation-question.ts";
import { describeMissingTime, describeOtherTime, findEffectiveTime, type EffectiveTime } from "./effective-time.ts";
import {
  bringForwardResponsibility,
  changePom,
  clearResponsibilityEnd,
  keepOneOpenPom,
  removeFuturePoms,
  type PlannedPom,
  type Tidied,
} from "./plan.ts";

/**
 * Decides what Delius's POM record, its responsible officer and its diary become (rules A1 to A11). Pure; never fails. When it
 * answers that an officer code is needed, ask again with `highestNumbers`, read under the provider's lock (rule S3).
 */
export function decideAllocation(facts: AllocationFacts, question: AllocationQuestion): AllocationDecision {
  const { answer, nomsNumber, occurredAt } = question;
  const effective = findEffectiveTime(facts, question);
  const decided =
    answer.kind === "allocated"
      ? decideNamedOfficer(facts, { ...question, answer, effective })
      : decideUnallocated(facts, { ...question, effective });
  if (decided.outcome === "OfficerCodeNeeded") return decided;
  const properties = {
    ...(answer.kind === "allocated" ? { prisonId: answer.prisonCode } : {}),
    nomsId: nomsNumber,
    allocationDate: formatLondonTime(decided.changes === null ? occurredAt : effective.at),
  };
  return { ...decided, properties };
}

/** A decision, still without what it is filed under. */
type Decided = Omit<Decision<AllocationChanges>, "properties">;

interface TimedQuestion extends AllocationQuestion {
  readonly effective: EffectiveTime;
}

/**
 * Decides about an answer that no one is allocated: the case moves to the unallocated officer of the open POM's
 * provider, unless it has no open POM or is there already (rules A10, A11).
 */
function decideUnallocated(facts: AllocationFacts, question: TimedQuestion): Decided {
  if (question.answer.kind === "notReady" && !question.removeStale) {
    const reason = "Manage POM Cases says that the case is not ready for allocation, so the POM is left as it is.";
    return refuse("NotReadyToAllocate", reason);
  }
  const single = keepOneOpenPom(facts, question.now);
  const { open, future } = single;
  if (open === undefined) {
    const later = `Delius has ${future.length} POM${future.length === 1 ? "" : "s"} planned for later; that is left as it is.`;
    const reason = "The case has no open POM in Delius, so there is no POM to end.";
    return changeNothing(question, [reason, ...(future.length === 0 ? [] : [later])]);
  }
  return isUnallocatedOfficer(open.officer.code)
    ? keepUnallocated(facts, question, single)
    : moveToUnallocated({ facts, question, open, tidied: removeFuturePoms(single) });
}

function keepUnallocated(facts: AllocationFacts, question: TimedQuestion, { plan, reasons }: Tidied): Decided {
  const already = "No one is allocated to the case in Manage POM Cases, and Delius already shows it as unallocated.";
  const differences = findDifferences(facts, plan);
  if (differences.poms.length === 0) return changeNothing(question, [already]);
  return {
    outcome: "PomRepaired",
    reasons: [already, ...reasons, ...describeOtherTime(question.effective)],
    changes: { ...differences, newPom: null, newResponsibleOfficer: null, contacts: [] },
  };
}

interface Move {
  readonly facts: AllocationFacts;
  readonly question: TimedQuestion;
  readonly open: PlannedPom;
  readonly tidied: Tidied;
}

function moveToUnallocated({ facts, question: { effective }, open: { provider }, tidied }: Move): Decided {
  const unallocated = facts.unallocatedOfficers.find((row) => row.provider.providerId === provider.providerId);
  const { team, officer } = unallocated ?? { team: null, officer: null };
  if (team === null || officer === null) {
    const reason = `Delius lacks the team ${provider.code}ALL or its unallocated officer ${provider.code}ALLU.`;
    return refuse("UnallocatedOfficerMissing", reason);
  }
  const pom = { officer, team, provider, email: null, joinsTeam: null };
  const { changes, reasons } = replacePom({ facts, tidied, pom, reasonCode: "AUT", moment: effective });
  const none = "No one is allocated to the case in Manage POM Cases.";
  return { outcome: "PomDeallocated", reasons: [none, effective.reason, ...reasons], changes };
}

/** An allocation question whose answer names an officer. */
interface NamedQuestion extends TimedQuestion {
  readonly answer: Extract<AllocationQuestion["answer"], { kind: "allocated" }>;
}

interface Case {
  readonly facts: AllocationFacts;
  readonly question: NamedQuestion;
  readonly provider: Provider;
  readonly team: Team;
  readonly tidied: Tidied;
  /** What is said of an e-mail address that cannot be written. */
  readonly emailReasons: readonly string[];
}

/** Decides about an answer that names an officer (rules A2 to A8). */
function decideNamedOfficer(facts: AllocationFacts, question: NamedQuestion): Decided | OfficerCodeNeeded {
  const { now, answer } = question;
  const { destination } = facts;
  const prison = `the NOMIS code ${answer.prisonCode}`;
  if (destination === null) return refuse("UnknownPrison", `No provider in Delius has a prison with ${prison}.`);
  if ("contenders" in destination) {
    const contenders = destination.contenders.join(", ");
    return refuse("UnknownPrison", `Several providers in Delius have the prison with ${prison}: ${contenders}.`);
  }
  const { provider, team } = destination;
  if (team === null) {
    const reason = `Delius has no team ${provider.code}POM, where the POMs of ${provider.description} stand.`;
    return refuse("UnknownTeam", reason);
  }
  const tidied = removeFuturePoms(keepOneOpenPom(facts, now));
  const leftOut = "The e-mail address that Manage POM Cases holds is too long or is not one, so it is left out.";
  const emailReasons = answer.manager.isEmailLeftOut === true ? [leftOut] : [];
  return decideOfficer({ facts, question, provider, team, tidied, emailReasons });
}

function decideOfficer(allocation: Case): Decided | OfficerCodeNeeded {
  const { facts, question, provider, team, tidied } = allocation;
  const { open } = tidied;
  const { manager } = question.answer;
  const named = facts.candidates.filter((candidate) => isSameName(candidate, manager));
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
    const reason = `All officer codes of ${provider.description} up to ${provider.code}Z999 are taken.`;
    return refuse("StaffCodesExhausted", reason);
  }
  const { forename, surname } = manager;
  const { providerId } = provider;
  return replace(allocation, { code, forename, surname, providerId, start: question.effective.at });
}

function replace(allocation: Case, officer: Candidate | NewOfficer): Decided {
  const { facts, question, provider, team, tidied, emailReasons } = allocation;
  const { effective: moment, isPreview, answer } = question;
  const { open } = tidied;
  const isKnown = "staffId" in officer;
  const joinsTeam = isKnown && officer.isInTeam ? null : team.teamId;
  const transfer = open?.provider.providerId === provider.providerId ? "INA" : "EXT";
  const reasonCode = open === undefined ? "AUT" : transfer;
  const pom = { officer, team, provider, email: answer.manager.email, joinsTeam };
  const { changes, reasons } = replacePom({ facts, tidied, pom, reasonCode, moment });
  const code = officer.code ?? "one";
  const created = isPreview
    ? `Delius knows no such officer at ${provider.description}: a new officer code will be chosen, ${code} as things stand.`
    : `Delius knew no such officer at ${provider.description}, so ${code} is created.`;
  return {
    outcome: "PomAllocated",
    reasons: [moment.reason, ...(isKnown ? [] : [created]), ...reasons, ...emailReasons],
    changes,
  };
}

/** The same officer stays the POM: only what contradicts that is repaired (rule A6). */
function repair({ facts, question, tidied, emailReasons }: Case, open: PlannedPom): Decided {
  const { effective, answer } = question;
  const { email } = answer.manager;
  const { pomId, end } = open;
  const endless =
    end === null ? tidied.plan : clearResponsibilityEnd(changePom(tidied.plan, pomId, { end: null }), pomId, end);
  const repaired = bringForwardResponsibility(endless, { from: tidied.future, to: pomId, added: null }, effective);
  const isRepaired = hasDifferences(findDifferences(facts, repaired));
  const isNewEmail = email !== null && email !== open.email;
  const reasons = [
    `Delius already has ${describeOfficer(open.officer)} as the POM.`,
    ...tidied.reasons,
    ...(end === null ? [] : ["Its end date is cleared: Manage POM Cases knows of no end."]),
    ...(isNewEmail ? ["The POM's e-mail address changes to the one that Manage POM Cases holds."] : []),
    ...emailReasons,
  ];
  if (!isRepaired && !isNewEmail) return changeNothing(question, reasons);
  const plan = isNewEmail ? changePom(repaired, pomId, { email }) : repaired;
  return {
    outcome: isRepaired ? "PomRepaired" : "PomEmailUpdated",
    reasons: [...reasons, ...describeOtherTime(effective)],
    changes: { ...findDifferences(facts, plan), newPom: null, newResponsibleOfficer: null, contacts: [] },
  };
}

function changeNothing(question: TimedQuestion, reasons: readonly string[]): Decided {
  return { outcome: "NoPomChange", reasons: [...reasons, ...describeMissingTime(question)], changes: null };
}

function refuse(outcome: Outcome, reason: string): Decided {
  return { outcome, reasons: [reason], changes: null };
}
