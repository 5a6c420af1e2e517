import { formatLondonTime, type Instant } from "../../platform/time/london-time.ts";
import type { AllocationDecision, AllocationFacts, AllocationQuestion } from "./allocation-question.ts";
import { findEffectiveTime, describeMissingTime, describeOtherTime, type EffectiveTime } from "./effective-time.ts";
import { decideNamedOfficer } from "./named-officer.ts";
import type { Decision } from "../fact/outcome.ts";
import { isUnallocatedOfficer } from "../../delius/staff/officer.ts";
import { findDifferences, type AllocationChanges } from "./allocation-changes.ts";
import { findFuturePoms, keepOneOpenPom, removeFuturePoms, type Tidied } from "./overlapping-poms.ts";
import { planOf, type PlannedPom } from "./plan.ts";
import { replacePom } from "./replacement.ts";

/**
 * Decides what Delius's POM record, its responsible officer and its diary become (rules A1 to A11). Pure; never fails. When it
 * answers that an officer code is needed, ask again with `highestNumbers`, read under the provider's lock (rule S3).
 */
export function decideAllocation(facts: AllocationFacts, question: AllocationQuestion): AllocationDecision {
  const { answer, occurredAt, nomsNumber } = question;
  if (answer.kind === "notReady" && !question.removeStale) {
    const properties = { nomsId: nomsNumber, allocationDate: formatLondonTime(occurredAt) };
    const reason = "Manage POM Cases says that the case is not ready for allocation, so the POM is left as it is.";
    return { outcome: "NotReadyToAllocate", properties, reasons: [reason], changes: null };
  }
  const effective = findEffectiveTime({
    ...question,
    ...facts,
    answerStaffCode: answer.kind === "allocated" ? answer.manager.code : null,
  });
  return answer.kind === "allocated"
    ? decideNamedOfficer(facts, { ...question, answer, effective })
    : decideDeallocation(facts, { ...question, effective });
}

/** An allocation question whose answer is that no one is allocated. */
interface DeallocationQuestion extends AllocationQuestion {
  readonly effective: EffectiveTime;
}

/**
 * Decides about an answer that no one is allocated: the case moves to the unallocated officer of the open POM's
 * provider, unless it has no open POM or is there already (rule A10).
 */
function decideDeallocation(facts: AllocationFacts, question: DeallocationQuestion): Decision<AllocationChanges> {
  const plan = planOf(facts.poms, facts.responsibleOfficers);
  const future = findFuturePoms(plan, question.now);
  const single = keepOneOpenPom(plan, question.now);
  const { open } = single;
  if (open === undefined) {
    const planned =
      future.length === 0
        ? []
        : [
            `Delius has ${future.length} POM${future.length === 1 ? "" : "s"} planned for later; that is left as it is.`,
          ];
    return noChange(question, ["The case has no open POM in Delius, so there is no POM to end.", ...planned]);
  }
  if (isUnallocatedOfficer(open.officer.code)) return alreadyUnallocated(facts, question, single);
  return moveToUnallocated({ facts, question, open, tidied: removeFuturePoms(single, future), future });
}

interface Move {
  readonly facts: AllocationFacts;
  readonly question: DeallocationQuestion;
  readonly open: PlannedPom;
  readonly tidied: Tidied;
  readonly future: ReturnType<typeof findFuturePoms>;
}

function moveToUnallocated({ facts, question, open, tidied, future }: Move): Decision<AllocationChanges> {
  const { provider } = open;
  const unallocated = facts.unallocatedOfficers.find((row) => row.provider.providerId === provider.providerId);
  const { team, officer } = unallocated ?? { team: null, officer: null };
  if (team === null || officer === null) {
    const reason = `Delius lacks the team ${provider.code}ALL or its unallocated officer ${provider.code}ALLU.`;
    const properties = propertiesOf(question, question.occurredAt);
    return { outcome: "UnallocatedOfficerMissing", properties, reasons: [reason], changes: null };
  }
  const { changes, reasons } = replacePom({
    facts,
    tidied,
    future,
    pom: { officer, team, provider, email: null, joinsTeam: null },
    reasonCode: "AUT",
    moment: { at: question.effective.at, now: question.now },
  });
  return {
    outcome: "PomDeallocated",
    properties: propertiesOf(question, question.effective.at),
    reasons: ["No one is allocated to the case in Manage POM Cases.", question.effective.reason, ...reasons],
    changes,
  };
}

function alreadyUnallocated(
  facts: AllocationFacts,
  question: DeallocationQuestion,
  { plan, reasons }: Tidied,
): Decision<AllocationChanges> {
  const already = "No one is allocated to the case in Manage POM Cases, and Delius already shows it as unallocated.";
  const differences = findDifferences(facts, plan);
  if (differences.poms.length === 0) return noChange(question, [already]);
  return {
    outcome: "PomRepaired",
    properties: propertiesOf(question, question.effective.at),
    reasons: [already, ...reasons, ...describeOtherTime(question.effective)],
    changes: { ...differences, newPom: null, newResponsibleOfficer: null, contacts: [] },
  };
}

function noChange(question: DeallocationQuestion, reasons: readonly string[]): Decision<AllocationChanges> {
  const properties = propertiesOf(question, question.occurredAt);
  return { outcome: "NoPomChange", properties, reasons: [...reasons, ...describeMissingTime(question)], changes: null };
}

function propertiesOf({ nomsNumber }: DeallocationQuestion, at: Instant) {
  return { nomsId: nomsNumber, allocationDate: formatLondonTime(at) };
}
